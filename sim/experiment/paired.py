"""Paired differences on common random numbers, with their intervals."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Difference:
    """A policy less the reference, mean over pairs, with a 95 % t-interval; None where it cannot be told."""

    difference: float
    low: float | None
    high: float | None
    relative: float | None
    """Difference as a share of the reference's mean."""
    relative_low: float | None
    relative_high: float | None
    pairs: int
    variance_ratio: float | None
    """Variance of an unpaired difference over that of the paired one: how much common random numbers gain."""
    mean: float
    reference_mean: float

    @property
    def settled(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low is not None and self.high is not None and (self.low > 0.0 or self.high < 0.0)

    @property
    def exactly_zero(self) -> bool:
        """Whether no pair differed at all."""
        return self.difference == 0.0 and self.low in (0.0, None) and self.high in (0.0, None)


def _half_width(values: Floats, confidence: float = 0.95) -> float | None:
    from scipy.stats import t

    if len(values) < 2:
        return None
    deviation = float(values.std(ddof=1))
    return float(t.ppf(0.5 + confidence / 2.0, len(values) - 1)) * deviation / math.sqrt(len(values))


def mean_interval(values: Floats) -> tuple[float | None, float | None]:
    """Return the 95 % t-interval of a mean; (None, None) for fewer than two values."""
    half = _half_width(values)
    if half is None:
        return None, None
    return float(values.mean()) - half, float(values.mean()) + half


def by_world(values: Floats, worlds: NDArray[np.int64]) -> Floats:
    """Return the mean of the values of each world, worlds in ascending order (same length)."""
    _, places = np.unique(worlds, return_inverse=True)
    means: Floats = np.bincount(places, weights=values) / np.bincount(places)
    return means


def compare_pairs(arm: Floats, reference: Floats, worlds: NDArray[np.int64] | None = None) -> Difference | None:
    """Compare an arm with the reference, pair by pair (same length); pairs with NaN are left out, None if none is left.

    Where several pairs share a world (`worlds` numbers it), their mean counts once: they are no independent evidence
    about other worlds. The interval of the relative difference is that of the ratio of means, linearised (delta
    method).
    """
    both = ~(np.isnan(arm) | np.isnan(reference))
    a, b = arm[both], reference[both]
    if not len(a):
        return None
    pairs = len(a)
    if worlds is not None:
        a, b = by_world(a, worlds[both]), by_world(b, worlds[both])
    difference = a - b
    mean, width = float(difference.mean()), _half_width(difference)
    base = float(b.mean())
    relative = relative_width = None
    if base != 0.0:
        ratio = float(a.mean()) / base
        relative = ratio - 1.0
        relative_width = _half_width((a - ratio * b) / base)
    ratio_of_variances = None
    if len(a) > 1:
        paired = float(difference.var(ddof=1))
        unpaired = float(a.var(ddof=1) + b.var(ddof=1))
        ratio_of_variances = unpaired / paired if paired > 0.0 else None

    def around(centre: float | None, half: float | None, sign: int) -> float | None:
        return None if centre is None or half is None else centre + sign * half

    return Difference(
        difference=mean,
        low=around(mean, width, -1),
        high=around(mean, width, 1),
        relative=relative,
        relative_low=around(relative, relative_width, -1),
        relative_high=around(relative, relative_width, 1),
        pairs=pairs,
        variance_ratio=ratio_of_variances,
        mean=float(a.mean()),
        reference_mean=base,
    )
