"""The space of a sweep: which fields vary, over which values, and the points that a design takes from it."""

import csv
import math
from itertools import product
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from sim.arithmetic import power
from sim.draws import draw, start
from sim.errors import DataError, InputError
from sim.experiment.factors import FACTOR
from sim.scenario.fields import MOST_NUMBER, Listed, Part, made, param, parse_duration
from sim.scenario.load import parse_override
from sim.vocabulary import Purpose

MOST_POINTS = 1_000_000
Floats = NDArray[np.float64]
Point = dict[str, Any]
"""Values by path of the scenario; empty for the base scenario."""


class Interval(Part):
    """All values between two bounds."""

    low: float = param(0.0, "smallest value", unit="of the field", ge=-MOST_NUMBER, le=MOST_NUMBER)
    high: float = param(1.0, "largest value", unit="of the field", ge=-MOST_NUMBER, le=MOST_NUMBER)
    scale: Literal["linear", "log"] = param("linear", "how values are spread: evenly, or by equal ratios", unit="word")
    levels: int = param(5, "values that a grid, or one at a time, takes from it", unit="values", ge=2, le=10_000)
    whole: bool = param(False, "whether only whole numbers are taken", unit="yes/no")
    unit: str = param(
        "", "unit that is written behind the number, for durations: min, h, days", unit="word", max_length=10
    )
    factor: bool = param(
        False,
        "whether the values are factors on what each arm has of its own, kept within the bounds of the field: an arm "
        "that does not use it (none, 0, an empty mapping) stays as it is",
        unit="yes/no",
    )
    source: str = param("", "where the bounds come from", unit="words", max_length=500)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.factor and (self.unit or self.whole):
            raise ValueError("a factor is a plain number: it has no unit, and is not whole")
        if self.factor and self.low <= 0.0:
            raise ValueError(f"a factor must be above 0, got {self.low:g}")
        if not self.low < self.high:
            raise ValueError(f"low must be below high ({self.high:g}), got {self.low:g}")
        if self.scale == "log" and self.low <= 0.0:
            raise ValueError(f"a log scale needs low above 0, got {self.low:g}")
        return self

    def at(self, u: float) -> Any:
        """Return the value at a quantile in [0, 1]."""
        if self.scale == "log":
            value = self.low * power(self.high / self.low, u)
        else:
            value = self.low + u * (self.high - self.low)
        value = float(f"{min(max(value, self.low), self.high):.12g}")
        if self.whole:
            value = int(value + 0.5)
        return f"{value:.12g} {self.unit}" if self.unit else value


class Ranges(Part):
    """A file of ranges: how far assumed values could lie from what a scenario says."""

    ranges: dict[str, Interval] = made(
        dict, "range of a field, by its path in the scenario", unit="path: range", min_length=1, max_length=100
    )


Axis = Listed[Any] | Interval
"""A list of values, or an interval."""


def named(path: str, axis: tuple[Any, ...] | Interval) -> str:
    """Return how an axis is called in a point: by its path, marked if its values are factors."""
    return path + FACTOR if isinstance(axis, Interval) and axis.factor else path


def place_of(axis: Interval, value: Any) -> float:
    """Return where a value lies in an interval: 0 at its low end, 1 at its high end; NaN if it is no number."""
    number = 1.0 if axis.factor else value
    low, high = axis.low, axis.high
    if isinstance(number, str):
        low, high, number = (parse_duration(each) for each in (f"{low:g} {axis.unit}", f"{high:g} {axis.unit}", number))  # type: ignore[assignment]
    if isinstance(number, bool) or not isinstance(number, int | float):
        return float("nan")
    if axis.scale == "log":
        return math.log(number / low) / math.log(high / low) if number > 0.0 else -1.0
    return (number - low) / (high - low)


def at(axis: tuple[Any, ...] | Interval, u: float) -> Any:
    """Return the value of an axis at a quantile in [0, 1)."""
    return axis.at(u) if isinstance(axis, Interval) else axis[min(int(u * len(axis)), len(axis) - 1)]


def levels(axis: tuple[Any, ...] | Interval) -> list[Any]:
    """Return the values that a grid takes from an axis."""
    if not isinstance(axis, Interval):
        return list(axis)
    values = [axis.at(k / (axis.levels - 1)) for k in range(axis.levels)]
    return list(dict.fromkeys(values))


def _from_quantiles(space: dict[str, Any], u: Floats) -> list[Point]:
    return [{named(path, axis): at(axis, float(row[j])) for j, (path, axis) in enumerate(space.items())} for row in u]


def grid(space: dict[str, Any]) -> list[Point]:
    """Every combination of the values of all axes."""
    values = [levels(axis) for axis in space.values()]
    count = int(np.prod([len(v) for v in values], dtype=np.float64)) if values else 1
    if count > MOST_POINTS:
        raise InputError(f"the grid has {count:,} points; at most {MOST_POINTS:,} can be run: take fewer values")
    names = [named(path, axis) for path, axis in space.items()]
    return [dict(zip(names, combination, strict=True)) for combination in product(*values)]


def one_at_a_time(space: dict[str, Any]) -> list[Point]:
    """The base scenario, then every value of every axis with the others as they stand."""
    return [{}, *({named(path, axis): value} for path, axis in space.items() for value in levels(axis))]


def latin_quantiles(samples: int, axes: int, seed: int) -> Floats:
    """Return a Latin hypercube, shape (samples, axes): in each axis one value in each of `samples` equal parts."""
    order, place = start(seed, int(Purpose.LATIN_ORDER)), start(seed, int(Purpose.LATIN_PLACE))
    u = np.empty((samples, axes))
    for j in range(axes):
        ranks = np.argsort([draw(order, j, i) for i in range(samples)], kind="stable")
        u[ranks, j] = [(k + draw(place, j, k)) / samples for k in range(samples)]
    return u


def sobol_problem(space: dict[str, Any]) -> dict[str, Any]:
    """Return the space as SALib describes it: quantiles of every axis."""
    return {"num_vars": len(space), "names": list(space), "bounds": [[0.0, 1.0]] * len(space)}


def sobol_quantiles(space: dict[str, Any], samples: int, seed: int, *, second_order: bool) -> Floats:
    """Return Saltelli's extension of a Sobol sequence (SALib), from which Sobol indices are estimated."""
    try:
        from SALib.sample import sobol
    except ImportError:
        raise InputError("Sobol designs need SALib: pip install 'rumorlab[analysis]'") from None
    if samples & (samples - 1):
        raise InputError(f"design.samples: must be a power of 2 for a Sobol design, got {samples}")
    made: Floats = sobol.sample(sobol_problem(space), samples, calc_second_order=second_order, seed=seed % (1 << 31))
    return made


def read_table(path: Path, name: str) -> list[Point]:
    """Read points from a CSV file: a header of paths, then a line for each point, values as in YAML."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise DataError(f"{name}: cannot be read ({problem})") from None
    lines = list(csv.reader(text.splitlines()))
    if len(lines) < 2 or not lines[0]:
        raise DataError(f"{name}: needs a header of paths and at least one line of values")
    head, points = [cell.strip() for cell in lines[0]], []
    for number, line in enumerate(lines[1:], start=2):
        if not line:
            continue
        if len(line) != len(head):
            raise DataError(f"{name}:{number}: has {len(line)} values, the header names {len(head)} paths")
        cells = zip(head, line, strict=True)
        points.append({path: parse_override(f"{path}={cell}")[1].plain() for path, cell in cells})
    if len(points) > MOST_POINTS:
        raise DataError(f"{name}: has {len(points):,} points; at most {MOST_POINTS:,} can be run")
    return points


def latin_hypercube(space: dict[str, Any], samples: int, seed: int) -> list[Point]:
    """Samples that are spread evenly over every axis (McKay, Beckman and Conover 1979)."""
    return _from_quantiles(space, latin_quantiles(samples, len(space), seed))


def sobol(space: dict[str, Any], samples: int, seed: int, *, second_order: bool) -> list[Point]:
    """Samples for Sobol indices (Saltelli 2010): samples * (axes + 2), or samples * (2 axes + 2) with second order."""
    return _from_quantiles(space, sobol_quantiles(space, samples, seed, second_order=second_order))


def changes_world(path: str) -> bool:
    """Whether a field is part of what determines the world."""
    return path.split(".")[0] in ("world", "topics", "platform")
