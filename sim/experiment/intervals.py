"""Intervals and p-values of one kind of outcome each: levels, counts, events. Which for which: docs/decisions/0017."""

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled
from sim.draws import draw, start
from sim.outcomes import OUTCOMES
from sim.vocabulary import Purpose

Floats = NDArray[np.float64]
Kind = Literal["level", "count", "event"]
Limits = tuple[float | None, float | None]
RESAMPLES = 2_000
FARTHEST = 4.0
EVENT_UNIT = "% of runs"
NONE: Limits = (None, None)
_COUNTED = ("posts/", "users/1,000", "venues/", "cases/", "requests/")


def kind_of(outcome: str) -> Kind:
    """Return what kind of number an outcome is: it happens in a run or not, it counts rare things, or neither."""
    unit = OUTCOMES[outcome].unit if outcome in OUTCOMES else ""
    return "event" if unit == EVENT_UNIT else "count" if unit.startswith(_COUNTED) else "level"


def t_limits(values: Floats, confidence: float = 0.95) -> Limits:
    """Return the t-interval of a mean; none for fewer than two values."""
    from scipy.stats import t

    n = len(values)
    if n < 2:
        return NONE
    half = float(t.ppf(0.5 + confidence / 2.0, n - 1)) * float(values.std(ddof=1)) / math.sqrt(n)
    return float(values.mean()) - half, float(values.mean()) + half


@compiled
def _studentised(values: Floats, stream: int, resamples: int) -> Floats:
    """Return t-statistics of resamples; those in which nothing varies are left out (NaN)."""
    n = values.size
    centre = values.mean()
    found = np.empty(resamples)
    for r in range(resamples):
        total = 0.0
        squares = 0.0
        for i in range(n):
            value = values[int(draw(stream, r, i) * n)] - centre
            total += value
            squares += value * value
        mean = total / n
        left = squares - n * mean * mean
        error = np.sqrt(left / (n - 1) / n) if left > 1e-12 * (squares + 1e-300) else 0.0
        found[r] = mean / error if error > 0.0 else np.nan
    return found


def bootstrap_t_limits(values: Floats, *, seed: int = 1, resamples: int = RESAMPLES) -> Limits:
    """Return the bootstrap-t interval of a mean (Efron and Tibshirani 1993, chapter 12), from keyed draws.

    Fewer than five values make too few different resamples for it: theirs is the t-interval. It is never narrower
    than that on either side, since a sample too small to hold the rare large values seems to have no skew; and never
    reaches more than FARTHEST times as far, since a resample without the one large value has hardly any variance.
    """
    n, plain = len(values), t_limits(values)
    if n < 5 or plain[0] is None or plain[1] is None or float(np.ptp(values)) == 0.0:
        return plain
    stream = start(seed, int(Purpose.RESAMPLE))
    drawn = _studentised(np.ascontiguousarray(values, dtype=np.float64), stream, resamples)
    drawn = drawn[drawn == drawn]
    if len(drawn) < resamples // 20:
        return plain
    below, above = np.quantile(drawn, [0.025, 0.975])
    mean, error = float(values.mean()), float(values.std(ddof=1)) / math.sqrt(n)
    half = mean - plain[0]
    down, up = (min(max(float(t) * error, half), FARTHEST * half) for t in (above, -below))
    return mean - down, mean + up


def proportion_limits(successes: float, trials: float, confidence: float = 0.95) -> tuple[float, float]:
    """Return the exact interval of a proportion (Clopper and Pearson 1934)."""
    from scipy.stats import beta

    tail = (1.0 - confidence) / 2.0
    low = 0.0 if successes <= 0.0 else float(beta.ppf(tail, successes, trials - successes + 1.0))
    high = 1.0 if successes >= trials else float(beta.ppf(1.0 - tail, successes + 1.0, trials - successes))
    return low, high


def mcnemar_p(arm: Floats, reference: Floats) -> float:
    """Return the exact two-sided p-value of McNemar's test: of the pairs that differ, each way is as likely."""
    from scipy.stats import binomtest

    up, down = int((arm > reference).sum()), int((arm < reference).sum())
    return float(binomtest(up, up + down, 0.5).pvalue) if up + down else 1.0


def event_limits(arm: Floats, reference: Floats) -> Limits:
    """Return an interval of the difference of two paired proportions (shares of 1), none for fewer than two pairs.

    Newcombe's square-and-add method with the correlation of the pairs (1998, method 10), from exact limits of each
    proportion; it takes in 0 wherever McNemar's exact test does not reject.
    """
    n = len(arm)
    if n < 2:
        return NONE
    p, q, both = float(arm.mean()), float(reference.mean()), float((arm * reference).mean())
    (p_low, p_high), (q_low, q_high) = proportion_limits(p * n, n), proportion_limits(q * n, n)
    joined = both - p * q
    if joined > 0.0:
        joined = max(0.0, joined - 0.5 / n)
    spread = math.sqrt(p * (1.0 - p) * q * (1.0 - q))
    phi = joined / spread if spread > 0.0 else 0.0

    def reach(a: float, b: float) -> float:
        return math.sqrt(max(0.0, a * a - 2.0 * phi * a * b + b * b))

    apart = p - q
    low, high = apart - reach(p - p_low, q_high - q), apart + reach(p_high - p, q - q_low)
    if mcnemar_p(arm, reference) >= 0.05:
        low, high = min(low, 0.0), max(high, 0.0)
    return max(low, -1.0), min(high, 1.0)


def t_test(values: Floats) -> float | None:
    """Return the two-sided p-value of a t-test that the mean is 0; none for fewer than two values."""
    from scipy.stats import t

    n = len(values)
    if n < 2:
        return None
    error = float(values.std(ddof=1)) / math.sqrt(n)
    if error == 0.0:
        return 1.0 if values[0] == 0.0 else 0.0
    return float(2.0 * t.sf(abs(float(values.mean())) / error, n - 1))


def skewness(values: Floats) -> float:
    """Return the sample skewness; 0 where nothing varies."""
    left = values - values.mean()
    spread = float((left**2).mean())
    return float((left**3).mean()) / spread**1.5 if spread > 1e-300 else 0.0
