"""How a quantity differs between users, items or venues: a constant, a range, an exponential, a power law, ..."""

from itertools import pairwise
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, Field, model_validator

from sim.arithmetic import compiled, natural_log, normal_quantile, power, truncated_power_law
from sim.scenario.fields import Listed, Part, declared_bounds, param

_E = 2.718281828459045
LEAST, MOST = 1e-9, 1e9
"""Smallest and largest number of any form: beyond, arithmetic overflows or loses what it computes."""


class Constant(Part):
    """The same value for all; a bare number in the YAML means this."""

    kind: Literal["constant"] = param("constant", "name of this form", unit="word")
    value: float = param(1.0, "the value", unit="of the quantity", ge=-MOST, le=MOST)

    def bounds(self) -> tuple[float, float]:
        """Return the smallest and the largest value that can come out."""
        return self.value, self.value

    def quantiles(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the value at each quantile `u` (any shape, in [0, 1))."""
        return np.full(u.shape, self.value)


class Uniform(Part):
    """Any value between two bounds, all equally likely."""

    kind: Literal["uniform"] = param("uniform", "name of this form", unit="word")
    low: float = param(0.0, "smallest value", unit="of the quantity", ge=-MOST, le=MOST)
    high: float = param(1.0, "largest value", unit="of the quantity", ge=-MOST, le=MOST)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.high < self.low:
            raise ValueError(f"high must be at least low ({self.low:g}), got {self.high:g}")
        return self

    def bounds(self) -> tuple[float, float]:
        """Return the smallest and the largest value that can come out."""
        return self.low, self.high

    def quantiles(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the value at each quantile `u` (any shape, in [0, 1))."""
        return self.low + u * (self.high - self.low)


class Even(Part):
    """Evenly spaced values, without chance: the first user or item gets `low`, the last `high`."""

    kind: Literal["even"] = param("even", "name of this form", unit="word")
    low: float = param(0.0, "value of the first", unit="of the quantity", ge=-MOST, le=MOST)
    high: float = param(1.0, "value of the last", unit="of the quantity", ge=-MOST, le=MOST)

    def bounds(self) -> tuple[float, float]:
        """Return the smallest and the largest value that can come out."""
        return min(self.low, self.high), max(self.low, self.high)

    def quantiles(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values in the order of the entries of `u`, whose draws count for nothing."""
        steps = np.arange(u.size) / max(1, u.size - 1)
        values: NDArray[np.float64] = (self.low + steps * (self.high - self.low)).reshape(u.shape)
        return values


class Exponential(Part):
    """Many small values and few large ones: density exp(-x / mean) / mean."""

    kind: Literal["exponential"] = param("exponential", "name of this form", unit="word")
    mean: float = param(1.0, "mean", unit="of the quantity", ge=LEAST, le=MOST)

    def bounds(self) -> tuple[float, float]:
        """Return the smallest and the largest value that can come out: draws have 53 bits."""
        return 0.0, 36.8 * self.mean

    def quantiles(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the value at each quantile `u` (any shape, in [0, 1))."""
        out: NDArray[np.float64] = _exponential(u.ravel(), self.mean)
        return out.reshape(u.shape)


class PowerLaw(Part):
    """A heavy tail: density x^-exponent between two bounds (Clauset, Shalizi and Newman 2009)."""

    kind: Literal["power-law"] = param("power-law", "name of this form", unit="word")
    exponent: float = param(2.5, "exponent of the density", unit="-", gt=1.0, le=10.0)
    minimum: float = param(1.0, "smallest value", unit="of the quantity", ge=LEAST, le=MOST)
    maximum: float = param(100.0, "largest value", unit="of the quantity", ge=LEAST, le=MOST)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.maximum < self.minimum:
            raise ValueError(f"maximum must be at least minimum ({self.minimum:g}), got {self.maximum:g}")
        return self

    def bounds(self) -> tuple[float, float]:
        """Return the smallest and the largest value that can come out."""
        return self.minimum, self.maximum

    def quantiles(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the value at each quantile `u` (any shape, in [0, 1))."""
        out: NDArray[np.float64] = _power_law(u.ravel(), self.exponent, self.minimum, self.maximum)
        return out.reshape(u.shape)


class LogNormal(Part):
    """A log-normal distribution (Aitchison and Brown 1957), cut at two bounds."""

    kind: Literal["log-normal"] = param("log-normal", "name of this form", unit="word")
    median: float = param(30.0, "median", unit="of the quantity", ge=LEAST, le=MOST)
    spread: float = param(1.0, "standard deviation of the natural logarithm", unit="-", ge=LEAST, le=5.0)
    minimum: float = param(1.0, "smallest value; lower ones are set to this", unit="of the quantity", ge=LEAST, le=MOST)
    maximum: float = param(1e5, "largest value; higher ones are set to this", unit="of the quantity", ge=LEAST, le=MOST)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.minimum <= self.median <= self.maximum:
            raise ValueError(f"median must lie between minimum and maximum, got {self.median:g}")
        return self

    def bounds(self) -> tuple[float, float]:
        """Return the smallest and the largest value that can come out."""
        return self.minimum, self.maximum

    def quantiles(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the value at each quantile `u` (any shape, in [0, 1))."""
        out: NDArray[np.float64] = _log_normal(u.ravel(), self.median, self.spread, self.minimum, self.maximum)
        return out.reshape(u.shape)


class Quantiles(Part):
    """Values at equally spaced quantiles from 0 to 1, straight lines between: any published distribution fits in."""

    kind: Literal["quantiles"] = param("quantiles", "name of this form", unit="word")
    values: Listed[Annotated[float, Field(ge=-MOST, le=MOST)]] = param(
        (0.0, 1.0), "values from the smallest to the largest", unit="of the quantity", min_length=2, max_length=101
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if any(b < a for a, b in pairwise(self.values)):
            raise ValueError("values must not decrease")
        return self

    def bounds(self) -> tuple[float, float]:
        """Return the smallest and the largest value that can come out."""
        return float(self.values[0]), float(self.values[-1])

    def quantiles(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the value at each quantile `u` (any shape, in [0, 1))."""
        table = np.asarray(self.values, dtype=np.float64)
        place = u * (len(table) - 1)
        left = place.astype(np.int64)
        part: NDArray[np.float64] = table[left] + (place - left) * (table[left + 1] - table[left])
        return part


@compiled
def _exponential(u: NDArray[np.float64], mean: float) -> NDArray[np.float64]:
    out = np.empty(u.size)
    for i in range(u.size):
        out[i] = -mean * natural_log(1.0 - u[i])
    return out


@compiled
def _power_law(u: NDArray[np.float64], exponent: float, minimum: float, maximum: float) -> NDArray[np.float64]:
    out = np.empty(u.size)
    for i in range(u.size):
        out[i] = truncated_power_law(u[i], exponent, minimum, maximum)
    return out


@compiled
def _log_normal(
    u: NDArray[np.float64], median: float, spread: float, minimum: float, maximum: float
) -> NDArray[np.float64]:
    out = np.empty(u.size)
    for i in range(u.size):
        out[i] = min(maximum, max(minimum, median * power(_E, spread * normal_quantile(u[i]))))
    return out


def _number(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"kind": "constant", "value": float(value)}
    return value


Form = Annotated[
    Constant | Uniform | Even | Exponential | PowerLaw | LogNormal | Quantiles, Field(discriminator="kind")
]
Spread = Annotated[Form, BeforeValidator(_number, json_schema_input_type=float | Form)]
"""A number, or a mapping with `kind: constant | uniform | even | exponential | power-law | log-normal | quantiles`."""


def spread(
    default: Any, words: str, *, unit: str, source: str = "assumed", between: tuple[float, float] | None = None
) -> Any:
    """Declare a field that differs between users, items or venues; its part checks `between` with `in_bounds`."""
    value = Constant(value=float(default)) if isinstance(default, int | float) else default
    declared = param(value, words, unit=unit, source=source)
    if between is not None:
        declared.json_schema_extra["between"] = list(between)
    return declared


def in_bounds(part: BaseModel) -> None:
    """Raise if a quantity of a part, or an entry of a mapping of quantities, can lie outside its declared bounds."""
    for name, info in type(part).model_fields.items():
        low, high = declared_bounds(info)
        if low is None or high is None:
            continue
        value = getattr(part, name)
        forms = {f"{name}.{key}": form for key, form in value.items()} if isinstance(value, dict) else {name: value}
        for what, form in forms.items():
            within(form, low, high, what)


def within(
    form: Constant | Uniform | Even | Exponential | PowerLaw | LogNormal | Quantiles, low: float, high: float, what: str
) -> None:
    """Raise if a form can give values outside [low, high]."""
    least, most = form.bounds()
    if least < low or most > high:
        raise ValueError(f"{what} must lie in {low:g} to {high:g} (it can reach from {least:g} to {most:g})")
