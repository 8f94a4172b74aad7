"""Outcomes by name: what each means, its unit, and which way is better."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sim.errors import InputError, RunError, nearest

if TYPE_CHECKING:
    from sim.outcomes.record import Record

Better = Literal["lower", "higher", "neither"]


@dataclass(frozen=True)
class Outcome:
    """A number that a run yields."""

    name: str
    words: str
    unit: str
    better: Better
    measure: "Callable[[Record], float]"


OUTCOMES: dict[str, Outcome] = {}


def outcome(
    words: str, *, unit: str, better: Better
) -> "Callable[[Callable[[Record], float]], Callable[[Record], float]]":
    """Register a function of a record as an outcome, under the function's name."""

    def register(function: "Callable[[Record], float]") -> "Callable[[Record], float]":
        if function.__name__ in OUTCOMES:
            raise InputError(f"the outcome '{function.__name__}' is there already; give another name")
        OUTCOMES[function.__name__] = Outcome(function.__name__, words, unit, better, function)
        return function

    return register


def get_outcome(name: str) -> Outcome:
    """Return an outcome by name; raises InputError with the nearest name."""
    if name not in OUTCOMES:
        raise InputError(f"unknown outcome '{name}'{nearest(name, list(OUTCOMES))}")
    return OUTCOMES[name]


def measure_all(record: "Record") -> dict[str, float]:
    """Return every outcome of a run; NaN where one is not defined (nothing was removed, say). Raises RunError."""
    found = {}
    for name, spec in OUTCOMES.items():
        try:
            found[name] = float(spec.measure(record))
        except SystemExit as problem:  # it fails its run, and does not end the others
            raise RunError(f"the outcome '{name}' ends the program (SystemExit: {problem})") from None
    return found
