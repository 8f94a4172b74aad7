"""What the runs of a sweep say: differences at every point, how sure they are, and where they change."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.errors import InputError, nearest
from sim.experiment.intervals import kind_of
from sim.experiment.paired import LEVEL, compare_pairs, holm
from sim.experiment.plan import Plan
from sim.outcomes import OUTCOMES

Floats = NDArray[np.float64]


def paired_values(runs: pd.DataFrame, point: int, outcome: str) -> pd.DataFrame:
    """Return an outcome at a point, a row a pair of seeds and a column an arm; only pairs that all arms have."""
    mine = runs[(runs["status"] == "done") & (runs["point"] == point)]
    return mine.pivot(index="pair", columns="arm", values=outcome).dropna()


def superiority(arm: Floats, reference: Floats) -> float:
    """Return how often a pair has the arm below the reference, half of the ties counted: P(arm < reference)."""
    return float(((arm < reference) + 0.5 * (arm == reference)).mean()) if len(arm) else float("nan")


def differences_at(plan: Plan, runs: pd.DataFrame, point: int) -> list[dict[str, Any]]:
    """Return every headline difference from the reference at a point, with intervals and adjusted p-values."""
    rows: list[dict[str, Any]] = []
    for outcome in plan.outcomes:
        values = paired_values(runs, point, outcome)
        for arm in plan.arms:
            if arm.name == plan.reference or not {arm.name, plan.reference} <= set(values.columns):
                continue
            one, other = values[arm.name].to_numpy(), values[plan.reference].to_numpy()
            worlds = plan.worlds(values.index.to_numpy())
            found = compare_pairs(one, other, worlds, kind_of(outcome))
            if found is None:
                continue
            rows.append(
                {
                    "point": point,
                    "arm": arm.name,
                    "outcome": outcome,
                    "unit": OUTCOMES[outcome].unit,
                    "difference": found.difference,
                    "low": found.low,
                    "high": found.high,
                    "relative": found.relative,
                    "below": superiority(one, other),
                    "p": float("nan") if found.p is None else found.p,
                    "variance_ratio": found.variance_ratio,
                    "pairs": found.pairs,
                    "doubt": found.doubt,
                }
            )
    for row, adjusted in zip(rows, holm([row["p"] for row in rows]), strict=True):
        row["p_holm"] = adjusted
        row["settled"] = adjusted < LEVEL and (row["low"] > 0.0 or row["high"] < 0.0)
    return rows


def sign_changes(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return for each arm and outcome at how many points the difference is told from chance, up or down.

    Told from chance: among all headline differences of its point (Holm).
    """
    found = []
    frame = pd.DataFrame(rows)
    if not len(frame):
        return []
    for (arm, outcome), mine in frame.groupby(["arm", "outcome"], sort=False):
        clear = mine[mine["settled"]]
        up, down = int((clear["difference"] > 0).sum()), int((clear["difference"] < 0).sum())
        found.append({"arm": arm, "outcome": outcome, "points": len(mine), "up": up, "down": down})
    return found


def regret(plan: Plan, runs: pd.DataFrame, outcome: str) -> dict[str, float]:
    """Return by arm the largest loss over the points against the arm that is best there (Savage 1951)."""
    good = runs[runs["status"] == "done"]
    means = good.groupby(["point", "arm"])[outcome].mean().unstack()
    better = OUTCOMES[outcome].better
    best = means.max(axis=1) if better == "higher" else means.min(axis=1)
    loss = means.rsub(best, axis=0) if better == "higher" else means.sub(best, axis=0)
    return {arm.name: float(loss[arm.name].max()) for arm in plan.arms if arm.name in loss}


def pareto(plan: Plan, runs: pd.DataFrame, outcomes: tuple[str, ...]) -> list[str]:
    """Return the arms that no other arm beats in one of the outcomes without losing in another, by means over all."""
    good = runs[runs["status"] == "done"]
    means = good.groupby("arm")[list(outcomes)].mean()
    signs = [-1.0 if OUTCOMES[name].better == "higher" else 1.0 for name in outcomes]
    costs = means.to_numpy() * signs
    kept = []
    for i, name in enumerate(means.index):
        beaten = ((costs <= costs[i]).all(axis=1) & (costs < costs[i]).any(axis=1)).any()
        if not beaten:
            kept.append(str(name))
    return [arm.name for arm in plan.arms if arm.name in kept]


def sobol_indices(plan: Plan, runs: pd.DataFrame, points: int, outcome: str, arm: str) -> list[dict[str, Any]]:
    """Return first-order and total Sobol indices of an arm's mean outcome over pairs, with 95 % intervals (SALib)."""
    from SALib.analyze import sobol

    from sim.experiment.space import sobol_problem

    good = runs[(runs["status"] == "done") & (runs["arm"] == arm)]
    means = good.groupby("point")[outcome].mean().reindex(range(points))
    if means.isna().any() or means.std() == 0.0:
        return []
    found = sobol.analyze(
        sobol_problem(plan.space), means.to_numpy(), calc_second_order=plan.design.second_order, seed=1
    )
    return [
        {"path": path, "arm": arm, "outcome": outcome, "first": float(found["S1"][j]), "total": float(found["ST"][j]),
         "first_half_width": float(found["S1_conf"][j]), "total_half_width": float(found["ST_conf"][j])}
        for j, path in enumerate(plan.space)
    ]  # fmt: skip


def _at_points(change: dict[str, Any], reference: str) -> str:
    """Return at how many settings a difference is clearly below, clearly above, or not clear."""
    points, down, up = change["points"], change["down"], change["up"]
    for word, count in (("lower", down), ("higher", up)):
        if count == points:
            return f"{word} than {reference} at all {points} settings tested"
    counts = ((down, "lower"), (up, "higher"), (points - down - up, "not clearly different"))
    said = ", ".join(f"{word} at {count}" for count, word in counts if count)
    return f"compared with {reference}, {said} (of {points} settings tested)"


def _sentences(plan: Plan, rows: list[dict[str, Any]], points: int) -> list[str]:
    said = []
    titles = {arm.name: arm.title for arm in plan.arms}
    for change in sign_changes(rows):
        words, title = OUTCOMES[change["outcome"]].words, titles[change["arm"]]
        if points == 1:
            row = next(r for r in rows if (r["arm"], r["outcome"]) == (change["arm"], change["outcome"]))
            if row["low"] is not None:
                said.append(
                    f"{title}, {words}: {row['difference']:+z.3g} {row['unit']} ({row['low']:+z.3g} to "
                    f"{row['high']:+z.3g}; Holm-adjusted p {row['p_holm']:.2g}; below the reference in "
                    f"{100 * row['below']:.0f} % of the paired runs){'; ' * bool(row['doubt'])}{row['doubt']}."
                )
            continue
        said.append(f"{title}, {words}: {_at_points(change, titles[plan.reference])}.")
    return said


def answers(plan: Plan, runs: pd.DataFrame) -> dict[str, Any]:
    """Return what a sweep says: differences by point, changes of sign, regret, Pareto front, Sobol indices."""
    done = runs[runs["status"] == "done"]
    points = sorted(done["point"].unique().tolist())
    rows = [row for point in points for row in differences_at(plan, runs, point)]
    judged = tuple(name for name in plan.outcomes if OUTCOMES[name].better != "neither")
    found: dict[str, Any] = {
        "sentences": _sentences(plan, rows, len(points)),
        "differences": rows,
        "sign_changes": sign_changes(rows),
        "regret": {name: regret(plan, runs, name) for name in judged} if len(points) else {},
        "pareto": pareto(plan, runs, judged) if len(points) and judged else [],
    }
    if plan.design.kind == "sobol" and plan.space:
        found["sobol"] = [
            row
            for outcome in plan.outcomes
            for arm in plan.arms
            for row in sobol_indices(plan, runs, len(points), outcome, arm.name)
        ]
    return found


def bands(
    ticks: pd.DataFrame,
    measure: str,
    *,
    classes: tuple[str, ...] = (),
    levels: tuple[float, ...] = (0.05, 0.25, 0.5, 0.75, 0.95),
    ticks_a_day: int = 1,
) -> pd.DataFrame:
    """Return quantiles of a measure over the runs, by arm and tick, from the table `ticks` of a sweep.

    `classes` are summed (all if none is named), and so are the ticks of each day if `ticks_a_day` says how many there
    are; the tick is then the first of the day, and a last day that is not whole is left out. A column is named by its
    level. Raises InputError for an unknown measure or class.
    """
    measures = [name for name in ticks.columns if name not in ("arm", "tick", "point", "pair", "platform", "class")]
    if measure not in measures:
        raise InputError(f"no measure '{measure}' in the table of ticks{nearest(measure, measures)}")
    known = [str(name) for name in ticks["class"].unique()]
    for name in classes:
        if name not in known:
            raise InputError(f"no class '{name}' in the table of ticks{nearest(name, known)}")
    mine = ticks[ticks["class"].isin(classes)] if classes else ticks
    if ticks_a_day > 1:
        whole = (int(ticks["tick"].max()) + 1) // ticks_a_day * ticks_a_day
        mine = mine[mine["tick"] < whole].assign(tick=lambda frame: frame["tick"] // ticks_a_day * ticks_a_day)
    sums = mine.groupby(["arm", "tick", "point", "pair"], sort=False)[measure].sum()
    quantiles = sums.groupby(["arm", "tick"], sort=False).quantile(np.array(levels)).unstack()
    return quantiles.reset_index()
