"""Delay: how long until a person comes to a post, in ticks; geometric in her visits, counted while she is awake."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled, natural_log, power

BUCKETS = 4096
LEVELS = 64
LONGEST = 65_535
"""Waking ticks until a person comes to a post, at most."""
NEVER = 3660 * 24 * 60
"""Ticks of the longest run with the shortest ticks: what takes as many does not happen."""
Waits = NDArray[np.uint32]
"""Ticks until something happens, by quantile bucket."""
_LOWEST = 1.0 / 1024.0
_RATIO = power(2.0, 0.25)


def activity_levels() -> NDArray[np.float64]:
    """Return visits per waking hour of each level of activity: 64 levels, four to a doubling, from 1/1024 an hour."""
    levels = np.empty(LEVELS)
    levels[0] = _LOWEST
    for k in range(1, LEVELS):
        levels[k] = levels[k - 1] * _RATIO
    return levels


def nearest_level(activity: NDArray[np.float32] | NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the highest level that does not exceed each person's activity (visits per waking hour)."""
    position = np.searchsorted(activity_levels(), activity, side="right") - 1
    levels: NDArray[np.int64] = np.minimum(np.maximum(position, 0), LEVELS - 1)
    return levels


@lru_cache(maxsize=8)
def geometric_table(tick_hours: float, late: float = 0.0, late_half_ticks: float = 1.0) -> NDArray[np.uint16]:
    """Return waking ticks until a person comes to a post, by (level, quantile bucket); shape (LEVELS, BUCKETS).

    The chance of a visit in one tick is p = ah / (1 + ah) for a visits an hour and ticks of h hours: the mean wait,
    (1 - p) / p ticks, is then exactly 1/a hours whatever the tick. By recurrence, at the middle of each bucket;
    waits of 65,535 ticks and more are that long. A share `late` of the looks does not come at the next visit but by
    search, link or scrolling back: more than k ticks with probability 1 / (1 + (k + 1) / late_half_ticks), a Lomax
    law of shape 1, half of it within `late_half_ticks`.

    The table of the latest settings is kept, and is not to be changed: many small runs would spend a quarter of their
    time on it.
    """
    table = np.empty((LEVELS, BUCKETS), dtype=np.uint16)
    for level, rate in enumerate(activity_levels()):
        p = float(rate * tick_hours / (1.0 + rate * tick_hours))
        row = _mixed_row(p, late, late_half_ticks) if late > 0.0 else _geometric_row(p, LONGEST)
        table[level] = row
    return table


@compiled
def _mixed_row(p: float, late: float, half: float) -> NDArray[np.uint16]:
    row = np.empty(BUCKETS, dtype=np.uint16)
    soon = 1.0 - p
    k = np.int64(0)
    for bucket in range(BUCKETS):
        rest = 1.0 - (bucket + 0.5) / BUCKETS
        while k < LONGEST and (1.0 - late) * soon + late * half / (half + (k + 1.0)) >= rest:
            soon *= 1.0 - p
            k += 1
        row[bucket] = k
    return row


@compiled
def _geometric_row(p: float, most: int) -> Waits:
    row = np.empty(BUCKETS, dtype=np.uint32)
    left = 1.0 - p
    k = np.int64(0)
    for bucket in range(BUCKETS):
        rest = 1.0 - (bucket + 0.5) / BUCKETS
        while left >= rest and k < most:
            left *= 1.0 - p
            k += 1
        row[bucket] = k
    return row


def awake_table(awake_from: list[int], awake_hours: list[int], ticks_per_day: int) -> NDArray[np.int32]:
    """Return ticks until the r-th waking tick from each tick of the day; shape (countries, ticks a day, ticks a day).

    Entry [c, s, r] counts from tick s of the day to the r-th waking tick at or after it (r from 0). A country with
    n waking ticks uses r < n only; a tick is awake if its beginning is.
    """
    table = np.zeros((len(awake_from), ticks_per_day, ticks_per_day), dtype=np.int32)
    for c, (first, hours) in enumerate(zip(awake_from, awake_hours, strict=True)):
        awake = [((tick * 24.0 / ticks_per_day) - first) % 24.0 < hours for tick in range(ticks_per_day)]
        if not any(awake):
            awake[(first * ticks_per_day) // 24] = True
        for tick in range(ticks_per_day):
            offsets = [o for o in range(ticks_per_day) if awake[(tick + o) % ticks_per_day]]
            table[c, tick, : len(offsets)] = offsets
            table[c, tick, len(offsets) :] = ticks_per_day
    return table


def awake_ticks(table: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the number of waking ticks a day of each country in an `awake_table`, and its reciprocal times 2^32.

    The reciprocal, rounded up, divides numbers below 2^16 exactly, and faster than a division.
    """
    counts = [int((row[0] < table.shape[2]).sum()) for row in table]
    return np.array([(n, (1 << 32) // n + 1) for n in counts], dtype=np.int64)


@compiled
def waiting_ticks(
    u: float,
    level: int,
    country: int,
    tick: int,
    geometric: NDArray[np.uint16],
    awake: NDArray[np.int32],
    awake_counts: NDArray[np.int64],
) -> int:
    """Ticks from `tick` (the first at which a post can be read) until a person comes to it, for a draw `u`."""
    k = np.int64(geometric[level, int(u * BUCKETS)])
    per_day = awake.shape[1]
    days = (k * awake_counts[country, 1]) >> 32
    ticks: int = days * per_day + awake[country, tick % per_day, k - days * awake_counts[country, 0]]
    return ticks


def withdrawal_table(mean_ticks: float) -> Waits:
    """Return ticks beyond the first for which a message stays, by quantile bucket; geometric.

    Empty if it stays for good (a mean of 0).
    """
    if mean_ticks <= 0.0:
        return np.zeros(0, dtype=np.uint32)
    return _geometric_row(1.0 / max(1.0, mean_ticks), NEVER)


def wait_table(hours: float | None, tick_hours: float) -> Waits:
    """Return ticks beyond the first until something happens, by quantile bucket; empty if it never does (none).

    A mean of 0 hours means as soon as it can be: in the next tick.
    """
    return withdrawal_table(0.0 if hours is None else max(1.0, hours / tick_hours))


@compiled
def stays_until(tick: int, u: float, table: Waits) -> int:
    """Return the last tick in which a message made in `tick` can be read, for a draw `u`."""
    return tick + 1 + int(table[int(u * table.size)])


def hazard_table(rate: float) -> Waits:
    """Return ticks until something happens that has a hazard of `rate` a tick, by quantile bucket.

    Geometric from 0, with a chance of rate / (1 + rate) a tick; empty if it never happens.
    """
    return _geometric_row(rate / (1.0 + rate), NEVER) if rate > 0.0 else np.zeros(0, dtype=np.uint32)


@compiled
def log_of_one_plus(x: float) -> float:
    """Return the natural logarithm of 1 + x for x >= 0, which keeps its digits where x is small."""
    if x > 0.5:
        return natural_log(1.0 + x)
    z = x / (2.0 + x)
    square, term, total = z * z, z, 0.0
    for k in range(1, 30, 2):
        total += term / k
        term *= square
    return 2.0 * total


@compiled
def first_tick(u: float, hazard: float, most: int) -> int:
    """Return ticks until something happens, for a draw `u`; `most` if it takes as many or more.

    Geometric from 0 with a chance of 1 - exp(-hazard) a tick, in closed form: exact however small the hazard is.
    """
    if u >= hazard * most:  # -log(1 - u) is at least u
        return most
    waits = -natural_log(1.0 - u) / hazard
    return int(waits) if waits < most else most


@compiled
def clock_ticks(u: float, table: Waits) -> int:
    """Return a random time from 0 ticks on, for a draw `u` and a `hazard_table`; 0 if the table is empty."""
    return int(table[int(u * table.size)]) if table.size else 0


@compiled
def further_ticks(u: float, table: Waits) -> int:
    """Return a random time of at least one tick, for a draw `u` and a `withdrawal_table`; 0 if the table is empty."""
    return 1 + int(table[int(u * table.size)]) if table.size else 0
