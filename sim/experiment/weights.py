"""How much each assumed value decides a difference: partial rank correlations, or total Sobol indices."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sim.experiment.answers import sobol_indices
from sim.experiment.paired import Floats
from sim.experiment.plan import Plan


@dataclass(frozen=True)
class Weight:
    """How much one assumed value decides one difference."""

    path: str
    arm: str
    outcome: str
    strength: float
    """Partial rank correlation with the difference, or total Sobol index of the difference."""
    half_width: float
    """Half of its 95 % interval."""


def partial_rank_correlations(points: Floats, values: Floats) -> tuple[Floats, float]:
    """Return the partial rank correlation of each column of points with values, and the half of a 95 % interval at 0.

    Ranks of both are regressed on the ranks of the other columns; what is left is correlated (Saltelli et al. 2004).
    `points` has shape (samples, axes). NaN where values or a column do not vary.
    """
    from scipy.stats import rankdata
    from scipy.stats import t as student

    n, axes = points.shape
    freedom = n - 2 - (axes - 1)
    if freedom < 1:
        return np.full(axes, math.nan), math.inf
    x, y = np.apply_along_axis(rankdata, 0, points), rankdata(values)
    found = np.full(axes, math.nan)
    for j in range(axes):
        others = np.column_stack([np.ones(n), np.delete(x, j, axis=1)])
        left = [v - others @ np.linalg.lstsq(others, v, rcond=None)[0] for v in (x[:, j], y)]
        spread = float(np.sqrt((left[0] ** 2).sum() * (left[1] ** 2).sum()))
        if spread > 1e-9 * n:
            found[j] = float((left[0] * left[1]).sum() / spread)
    edge = float(student.ppf(0.975, freedom))
    return found, edge / math.sqrt(freedom + edge * edge)


def rank_weights(plan: Plan, by_outcome: dict[str, pd.DataFrame], points: Floats) -> list[Weight]:
    """Return partial rank correlations of the points, shape (points, ranges), with each difference that varies."""
    made = []
    for outcome, frame in by_outcome.items():
        for arm in plan.arms:
            if arm.name == plan.reference or arm.name not in frame:
                continue
            values = frame[arm.name].to_numpy(dtype=np.float64)
            if not len(values) or np.ptp(values) == 0.0:
                continue
            mine = points[frame.index.to_numpy(dtype=np.int64)]
            strengths, half = partial_rank_correlations(mine, values)
            made += [
                Weight(path, arm.name, outcome, float(strength), half)
                for path, strength in zip(plan.ranges, strengths, strict=True)
                if strength == strength
            ]
    return made


def sobol_weights(plan: Plan, varied: Plan, runs: pd.DataFrame, points: int) -> list[Weight]:
    """Return total Sobol indices of the differences, which are the outcome of an arm less that of the reference."""
    made = []
    reference = runs[runs["arm"] == plan.reference].set_index(["point", "pair"])
    for outcome in plan.outcomes:
        for arm in plan.arms:
            if arm.name == plan.reference:
                continue
            mine = runs[runs["arm"] == arm.name].set_index(["point", "pair"]).copy()
            mine[outcome] = mine[outcome] - reference[outcome].reindex(mine.index)
            for row in sobol_indices(varied, mine.reset_index(), points, outcome, arm.name):
                made.append(Weight(row["path"], arm.name, outcome, row["total"], row["total_half_width"]))
    return made


def in_numbers(points: Sequence[dict[str, Any]], paths: Sequence[str]) -> Floats:
    """Return the values of points as numbers, shape (points, paths); durations and sizes without their unit."""

    def number(value: Any) -> float:
        return float(str(value).split()[0]) if isinstance(value, str) else float(value)

    return np.array([[number(point[path]) for path in paths] for point in points])
