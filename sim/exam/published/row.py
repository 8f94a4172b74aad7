"""A row about a published result: what is set up, what must come out, and whether it was fitted or predicted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Kind = Literal["calibrated", "predicted"]
Bound = Literal["near", "at-least", "at-most"]
SURE = 1.96
"""Standard errors on either side of a mean that make a 95 % interval."""


@dataclass(frozen=True)
class Figure:
    """One number of a row: what was published, and what came out of runs with seeds of their own."""

    name: str
    unit: str
    expected: float
    observations: Floats
    """What came out, one value a world."""
    tolerance: float
    """How far from what was published still counts as met; said before the row was run first."""
    kind: Kind = "predicted"
    bound: Bound = "near"
    """Whether it must come near, or be at least or at most what is expected (`tolerance` then counts for nothing)."""

    @property
    def observed(self) -> float:
        """The mean over worlds; NaN if it is not defined in one."""
        return float(self.observations.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the mean over worlds."""
        n = len(self.observations)
        half = SURE * float(self.observations.std(ddof=1)) / float(np.sqrt(n)) if n > 1 else 0.0
        return self.observed - half, self.observed + half

    @property
    def passed(self) -> bool:
        """Whether what came out is what was published, as the row means it."""
        if self.bound == "at-least":
            return self.observed >= self.expected
        if self.bound == "at-most":
            return self.observed <= self.expected
        return abs(self.observed - self.expected) <= self.tolerance


@dataclass(frozen=True)
class Row:
    """A published result, and how it is set up here."""

    id: str
    title: str
    source: str
    set_up: str
    """The setting in words, and which one number was fitted, if one was."""
    sit: Callable[[int], list[Figure]]
    """Worlds -> the figures of the row."""
    worlds: int = 8
    """Worlds over which the row is run, each with seeds of its own."""
    data: tuple[str, ...] = ()
    """Files below RUMORLAB_DATA that it needs."""
    lacking: dict[str, str] = field(default_factory=dict)
    """By name of a figure: why it is not met."""


ROWS: list[Row] = []


def row(one: Row) -> Row:
    """Enter a row."""
    ROWS.append(one)
    return one


def percent_change(arm: Sequence[float] | Floats, base: Sequence[float] | Floats) -> Floats:
    """Return the change of each value against its base, in percent."""
    change: Floats = 100.0 * (np.asarray(arm, dtype=np.float64) / np.asarray(base, dtype=np.float64) - 1.0)
    return change


def fitted(of: Callable[[float], float], target: float, low: float, high: float, steps: int = 12) -> float:
    """Return where a rising (or falling) function reaches a target, by halving the interval, in logarithms.

    The same seeds at every step make the function smooth enough for that.
    """
    rising = of(high) > of(low)
    a, b = np.log(low), np.log(high)
    for _ in range(steps):
        middle = 0.5 * (a + b)
        if (of(float(np.exp(middle))) < target) == rising:
            a = middle
        else:
            b = middle
    return float(np.exp(0.5 * (a + b)))
