"""Paired differences on common random numbers, with their intervals: the one place in which these are made."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.experiment.intervals import (
    NONE,
    Kind,
    Limits,
    bootstrap_t_limits,
    event_limits,
    mcnemar_p,
    proportion_limits,
    skewness,
    t_limits,
    t_test,
)

Floats = NDArray[np.float64]
LEVEL = 0.05
"""A p-value below this tells a difference from chance."""
FEWEST: dict[Kind, int] = {"level": 4, "count": 8, "event": 6}
"""Pairs below which an interval is not to be relied on, by kind of outcome (docs/decisions/0017)."""
SKEWED = 1.5
FEWEST_SKEWED = 32


@dataclass(frozen=True)
class Difference:
    """A policy less the reference, mean over pairs, with a 95 % interval; None where it cannot be told."""

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
    p: float | None = None
    """Of a t-test, or of McNemar's exact test for an event; by itself."""
    p_adjusted: float | None = None
    """The same among all differences that are shown together (Holm 1979); None where this one stands alone."""
    shown_together: int = 1
    """How many differences that are."""
    doubt: str = ""
    """Why the interval is not to be relied on: more pairs are needed; empty where nothing speaks against it."""

    @property
    def leaves_out_zero(self) -> bool:
        """Whether the interval, taken by itself, leaves out zero."""
        return self.low is not None and self.high is not None and (self.low > 0.0 or self.high < 0.0)

    @property
    def settled(self) -> bool:
        """Whether the difference is told from chance, among all that are shown together."""
        p = self.p if self.p_adjusted is None else self.p_adjusted
        return self.leaves_out_zero and (p is None or p < LEVEL)

    @property
    def leaning(self) -> bool:
        """Whether the interval leaves out zero, but among so many differences chance alone may do that."""
        return self.leaves_out_zero and not self.settled

    @property
    def doubtful(self) -> bool:
        """Whether more pairs are needed before its interval can be relied on; `doubt` says why."""
        return bool(self.doubt)

    @property
    def exactly_zero(self) -> bool:
        """Whether no pair differed at all."""
        return self.difference == 0.0 and self.low in (0.0, None) and self.high in (0.0, None)


def limits(values: Floats, kind: Kind = "level") -> Limits:
    """Return the 95 % interval of a mean of a level or a count; (None, None) for fewer than two values."""
    return bootstrap_t_limits(values) if kind == "count" else t_limits(values)


def mean_interval(values: Floats, kind: Kind = "level") -> Limits:
    """Return the 95 % interval of a mean, that of an event (in % of runs) too; (None, None) for fewer than two values.

    An event's is the exact one of a proportion.
    """
    if kind != "event":
        return limits(values, kind)
    if len(values) < 2:
        return NONE
    low, high = proportion_limits(float(values.mean()) / 100.0 * len(values), len(values))
    return 100.0 * low, 100.0 * high


def by_world(values: Floats, worlds: NDArray[np.int64]) -> Floats:
    """Return the mean of the values of each world, worlds in ascending order (same length)."""
    _, places = np.unique(worlds, return_inverse=True)
    means: Floats = np.bincount(places, weights=values) / np.bincount(places)
    return means


def doubt_of(difference: Floats, kind: Kind) -> str:
    """Return why the interval of a mean of these is not to be relied on; empty where nothing speaks against it."""
    n = len(difference)
    if n < 2:
        return "one paired run has no interval"
    if not difference.any():
        return ""
    if n < FEWEST[kind]:
        what = {"level": "", "count": " of a rare count", "event": " of an event"}[kind]
        return f"{n} paired runs are too few for an interval{what}: at least {FEWEST[kind]}"
    if kind == "count" and n < FEWEST_SKEWED:
        moved = int((difference != 0.0).sum())
        if moved < 4:
            return f"it rests on {moved} of {n} paired runs: more are needed"
        if abs(skewness(difference)) > SKEWED:
            return f"a few paired runs make most of it: at least {FEWEST_SKEWED} are needed, {n} were done"
    return ""


def compare_pairs(
    arm: Floats, reference: Floats, worlds: NDArray[np.int64] | None = None, kind: Kind = "level"
) -> Difference | None:
    """Compare an arm with the reference, pair by pair (same length); pairs with NaN are left out, None if none is left.

    Where several pairs share a world (`worlds` numbers it), their mean counts once: they are no independent evidence
    about other worlds. The interval of the relative difference is that of the ratio of means, linearised (delta
    method); an event, in % of runs, has none. A count that the reference never has begins at zero at the least.
    """
    both = ~(np.isnan(arm) | np.isnan(reference))
    a, b = arm[both], reference[both]
    if not len(a):
        return None
    pairs = len(a)
    if worlds is not None:
        a, b = by_world(a, worlds[both]), by_world(b, worlds[both])
    difference, base = a - b, float(b.mean())
    relative, relative_limits = None, NONE
    if base != 0.0:
        ratio = float(a.mean()) / base
        relative = ratio - 1.0
        relative_limits = _around(relative, limits((a - ratio * b) / base, kind)) if kind != "event" else NONE
    if kind == "event":
        low, high = (None if edge is None else 100.0 * edge for edge in event_limits(a / 100.0, b / 100.0))
        p = mcnemar_p(a, b) if len(a) > 1 else None
    else:
        (low, high), p = limits(difference, kind), t_test(difference)
        if kind == "count" and low is not None and low < 0.0 and not b.any() and (a >= 0.0).all():
            low = 0.0  # nothing can be fewer than none
    ratio_of_variances = None
    if len(a) > 1:
        paired = float(difference.var(ddof=1))
        unpaired = float(a.var(ddof=1) + b.var(ddof=1))
        ratio_of_variances = unpaired / paired if paired > 0.0 else None
    return Difference(
        difference=float(difference.mean()),
        low=low,
        high=high,
        relative=relative,
        relative_low=relative_limits[0],
        relative_high=relative_limits[1],
        pairs=pairs,
        variance_ratio=ratio_of_variances,
        mean=float(a.mean()),
        reference_mean=base,
        p=p,
        doubt=doubt_of(difference, kind),
    )


def _around(centre: float, found: Limits) -> Limits:
    low, high = found
    return (None, None) if low is None or high is None else (centre + low, centre + high)


@dataclass(frozen=True)
class Ratio:
    """A ratio of two means over pairs, with its 95 % interval; None for one pair."""

    ratio: float
    low: float | None
    high: float | None
    pairs: int
    doubt: str = ""
    """As of a Difference."""


def ratio_interval(
    above: Floats, below: Floats, worlds: NDArray[np.int64] | None = None, *, kind: Kind = "count", per: float = 1.0
) -> Ratio | None:
    """Return the ratio of two means over pairs (same length), times `per`: lawful posts removed per 100 illegal ones.

    Pairs with NaN are left out. None where the mean below is 0, or its interval takes in 0: then the ratio says
    nothing. Where neither ever falls below 0, neither does the interval.
    """
    both = ~(np.isnan(above) | np.isnan(below))
    a, b = above[both], below[both]
    if not len(a):
        return None
    pairs = len(a)
    if worlds is not None:
        a, b = by_world(a, worlds[both]), by_world(b, worlds[both])
    base = float(b.mean())
    low, high = t_limits(b)
    if base == 0.0 or (low is not None and high is not None and low <= 0.0 <= high):
        return None
    ratio = float(a.mean()) / base
    apart: Floats = (a - ratio * b) / base
    low, high = _around(ratio, limits(apart, kind))
    if low is not None and high is not None and min(float(a.min()), float(b.min())) >= 0.0:
        low = max(low, 0.0)
    scaled = [None if edge is None else per * edge for edge in (low, high)]
    return Ratio(per * ratio, scaled[0], scaled[1], pairs, doubt_of(apart, kind))


@dataclass(frozen=True)
class FrechetBounds:
    """Of the runs in which an event happens under one policy, in which share it happens under another too: shares of 1.

    The two shares of runs alone leave it between `low` and `high`, whatever joins the two (Frechet 1951). `low_limit`
    and `high_limit` are 95 % limits outside of these bounds: they hold the chance in both shares.
    """

    before: float
    """Share of the runs in which it happens under the first."""
    after: float
    both: float | None
    """Share of those in which it happened under the second on the same draws."""
    low: float
    high: float
    low_limit: float
    high_limit: float
    pairs: int


def frechet_bounds(
    after: Floats, before: Floats, worlds: NDArray[np.int64] | None = None, confidence: float = 0.95
) -> FrechetBounds | None:
    """Return bounds on how often it would have happened anyway; an event (in % of runs) under two policies, by pair.

    The limits use three exact one-sided limits (of the share before from below, of the share after from both sides),
    each at a third of the error. None where it never happened before, or no pair has both.
    """
    kept = ~(np.isnan(after) | np.isnan(before))
    one, other = before[kept] / 100.0, after[kept] / 100.0
    if not len(one) or not one.any():
        return None
    pairs = len(one)
    if worlds is not None:
        one, other = by_world(one, worlds[kept]), by_world(other, worlds[kept])
    n, p, q = len(one), float(one.mean()), float(other.mean())
    each = 1.0 - 2.0 * (1.0 - confidence) / 3.0
    p_low, (q_low, q_high) = proportion_limits(p * n, n, each)[0], proportion_limits(q * n, n, each)
    return FrechetBounds(
        before=p,
        after=q,
        both=float((one * other).mean()) / p,
        low=max(0.0, p + q - 1.0) / p,
        high=min(p, q) / p,
        low_limit=max(0.0, p_low + q_low - 1.0) / p_low if p_low > 0.0 else 0.0,
        high_limit=min(1.0, q_high / p_low) if p_low > 0.0 else 1.0,
        pairs=pairs,
    )


def holm(p_values: list[float]) -> list[float]:
    """Return p-values adjusted for their number (Holm 1979); undefined ones stay so and do not count."""
    order = sorted((p, i) for i, p in enumerate(p_values) if p == p)
    adjusted, running = list(p_values), 0.0
    for rank, (p, i) in enumerate(order):
        running = max(running, min(1.0, (len(order) - rank) * p))
        adjusted[i] = running
    return adjusted
