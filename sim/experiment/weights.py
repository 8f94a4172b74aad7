"""Key assumptions: how much each assumed value decides a difference, told from chance; and what it does to its size."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.arithmetic import compiled
from sim.draws import draw, fold, start
from sim.experiment.answers import sobol_indices
from sim.experiment.paired import Floats
from sim.experiment.plan import Plan
from sim.vocabulary import Purpose

PERMUTATIONS = 200
ROUNDS = 3
"""Most values that are named for one difference."""
_CUTS = 20
_PERMUTED = 1
"""Key that keeps these draws apart from those of the intervals."""


@dataclass(frozen=True)
class Weight:
    """How much one assumed value decides one difference."""

    path: str
    arm: str
    outcome: str
    strength: float
    """Share of the variance of the difference over the draws that the value explains by itself, in three steps."""
    bound: float
    """What the largest of all such shares reaches by chance in 1 of 20 such checks."""
    named: bool
    """Whether it lies above: a key assumption."""
    at_low: float
    """Mean difference over the third of the draws with the lowest values, and so on."""
    at_middle: float
    at_high: float
    total: float | None = None
    """Total Sobol index of the difference, where the design gives one; chance in the runs counts in it."""


@compiled
def _best_steps(ordered: Floats, cuts: NDArray[np.int64]) -> tuple[float, int, int]:
    """Return the most of the sum of squares that two cuts of values in this order explain, and where they are."""
    n = ordered.size
    sums = np.empty(n + 1)
    sums[0] = 0.0
    for i in range(n):
        sums[i + 1] = sums[i] + ordered[i]
    whole = sums[n] * sums[n] / n
    best, first, second = 0.0, n, n
    for a in range(cuts.size):
        i = cuts[a]
        head = sums[i] * sums[i] / i
        for b in range(a, cuts.size):
            j = cuts[b]
            tail = sums[n] - sums[j]
            made = head + tail * tail / (n - j) - whole
            if j > i:
                middle = sums[j] - sums[i]
                made += middle * middle / (j - i)
            if made > best:
                best, first, second = made, i, j
    return best, first, second


@compiled
def _shares(orders: NDArray[np.int64], values: Floats, rows: NDArray[np.int64], cuts: NDArray[np.int64]) -> Floats:
    """Return the shares of variance, shape (axes, differences); `rows` says which draw each row of values is of."""
    axes, n = orders.shape
    found = np.zeros((axes, values.shape[1]))
    ordered = np.empty(n)
    for k in range(values.shape[1]):
        squares = 0.0
        for i in range(n):
            squares += values[i, k] * values[i, k]
        if squares <= 0.0:
            continue
        for j in range(axes):
            for i in range(n):
                ordered[i] = values[rows[orders[j, i]], k]
            found[j, k] = _best_steps(ordered, cuts)[0] / squares
    return found


@compiled
def _largest_by_chance(
    orders: NDArray[np.int64], values: Floats, cuts: NDArray[np.int64], stream: int, permutations: int
) -> Floats:
    """Return the largest share over all axes and differences in each permutation of the draws."""
    n = orders.shape[1]
    largest = np.empty(permutations)
    rows = np.arange(n)
    for r in range(permutations):
        for i in range(n - 1, 0, -1):
            j = int(draw(stream, r, i) * (i + 1))
            rows[i], rows[j] = rows[j], rows[i]
        largest[r] = _shares(orders, values, rows, cuts).max()
    return largest


def _fitted(order: NDArray[np.int64], values: Floats, cuts: NDArray[np.int64]) -> Floats:
    """Return the steps in one axis that explain most of the values, by draw."""
    _, i, j = _best_steps(np.ascontiguousarray(values[order]), cuts)
    made = np.empty(len(values))
    for part in (order[:i], order[i:j], order[j:]):
        if len(part):
            made[part] = values[part].mean()
    return made


def step_shares(
    points: Floats, values: Floats, *, permutations: int = PERMUTATIONS, seed: int = 1, rounds: int = ROUNDS
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return how much each axis explains of each difference, bounds by chance, and which are above: named.

    `points` has shape (draws, axes), `values` (draws, differences); what is returned (axes, differences). The measure
    is the share of variance that a regression tree of one axis with up to three leaves explains: it sees slopes, jumps
    and U-shapes. The bound is the 95 % point of the largest share of all axes and differences when the draws are
    permuted (max-statistic, Westfall and Young 1993): where no value decides anything, none is named in 95 % of checks.
    What a named axis explains is taken out, and the rest is looked at again, up to `rounds` times.
    """
    n, axes = points.shape
    wide = values.shape[1]
    shares, bounds = np.zeros((axes, wide)), np.ones((axes, wide))
    named = np.zeros((axes, wide), dtype=np.bool_)
    if n < 8 or not wide:
        return shares, bounds, named
    least = max(2, n // 20)
    every = max(1, math.ceil((n - 2 * least + 1) / _CUTS))
    cuts = np.arange(least, n - least + 1, every if n > 2 * _CUTS else 1).astype(np.int64)
    orders = np.ascontiguousarray(np.argsort(points, axis=0, kind="stable").T.astype(np.int64))
    stream = int(fold(start(seed, int(Purpose.RESAMPLE)), _PERMUTED))
    left = values - values.mean(axis=0)
    left[:, np.ptp(values, axis=0) <= 1e-12 * np.abs(values).max(axis=0, initial=0.0)] = 0.0
    for turn in range(rounds):
        here = _shares(orders, np.ascontiguousarray(left), np.arange(n), cuts)
        chance = _largest_by_chance(orders, np.ascontiguousarray(left), cuts, int(fold(stream, turn)), permutations)
        bound = float(np.quantile(chance, 0.95, method="higher"))
        fresh = [(int(here[:, k].argmax()), k) for k in range(wide) if here[:, k].max() > bound]
        if turn == 0:
            shares[:], bounds[:] = here, bound
        for j, k in fresh:
            whole = float(((values[:, k] - values[:, k].mean()) ** 2).sum())
            shares[j, k] = max(shares[j, k], here[j, k] * float((left[:, k] ** 2).sum()) / whole)
            bounds[j, k], named[j, k] = bound, True
            left[:, k] -= _fitted(orders[j], left[:, k], cuts)
        if not fresh:
            break
    return shares, bounds, named


def weigh(
    plan: Plan, by_outcome: dict[str, pd.DataFrame], points: Floats, only: set[tuple[str, str]] | None = None
) -> list[Weight]:
    """Return how much each range decides each difference; `points` has shape (points, ranges), rows by number of point.

    `only`: the differences that are looked at, by arm and outcome; the bound by chance is that of all of them.
    """
    which = [
        (arm.name, outcome)
        for outcome, frame in by_outcome.items()
        for arm in plan.arms
        if arm.name != plan.reference and arm.name in frame and (only is None or (arm.name, outcome) in only)
    ]
    if not which:
        return []
    shared = sorted(set.intersection(*(set(by_outcome[outcome].index) for _, outcome in which)))
    values = np.column_stack([by_outcome[name].loc[shared, arm].to_numpy(dtype=np.float64) for arm, name in which])
    mine = points[np.array(shared, dtype=np.int64)] if shared else points[:0]
    shares, bounds, named = step_shares(mine, values)
    made = []
    for j, path in enumerate(plan.ranges):
        thirds = np.array_split(np.argsort(mine[:, j], kind="stable"), 3)
        for k, (arm, outcome) in enumerate(which):
            low, middle, high = (float(values[part, k].mean()) if len(part) else math.nan for part in thirds)
            share, bound = float(shares[j, k]), float(bounds[j, k])
            made.append(Weight(path, arm, outcome, share, bound, bool(named[j, k]), low, middle, high))
    return made


def sobol_totals(plan: Plan, varied: Plan, runs: pd.DataFrame, points: int) -> dict[tuple[str, str, str], float]:
    """Return total Sobol indices of the differences (the outcome of an arm less that of the reference)."""
    made = {}
    reference = runs[runs["arm"] == plan.reference].set_index(["point", "pair"])
    for outcome in plan.outcomes:
        for arm in plan.arms:
            if arm.name == plan.reference:
                continue
            mine = runs[runs["arm"] == arm.name].set_index(["point", "pair"]).copy()
            mine[outcome] = mine[outcome] - reference[outcome].reindex(mine.index)
            for row in sobol_indices(varied, mine.reset_index(), points, outcome, arm.name):
                made[row["path"], arm.name, outcome] = float(row["total"])
    return made


def independent_rows(points: int, axes: int, *, second_order: bool) -> list[int]:
    """Return which points of a design for Sobol indices are draws of their own: the first and last of each block."""
    block = 2 * axes + 2 if second_order else axes + 2
    return [row for first in range(0, points - block + 1, block) for row in (first, first + block - 1)]


def in_numbers(points: Sequence[dict[str, Any]], paths: Sequence[str]) -> Floats:
    """Return the values of points as numbers, shape (points, paths); durations and sizes without their unit."""

    def number(value: Any) -> float:
        return float(str(value).split()[0]) if isinstance(value, str) else float(value)

    return np.array([[number(point[path]) for path in paths] for point in points])
