"""What the runs of a sweep say: differences at every point, how sure they are, and where they change."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.arithmetic import compiled
from sim.draws import draw, draw3, start
from sim.errors import InputError, nearest
from sim.experiment.paired import by_world, compare_pairs
from sim.experiment.plan import Plan
from sim.outcomes import OUTCOMES
from sim.vocabulary import Purpose

Floats = NDArray[np.float64]
RESAMPLES = 2_000


def paired_values(runs: pd.DataFrame, point: int, outcome: str) -> pd.DataFrame:
    """Return an outcome at a point, a row a pair of seeds and a column an arm; only pairs that all arms have."""
    mine = runs[(runs["status"] == "done") & (runs["point"] == point)]
    return mine.pivot(index="pair", columns="arm", values=outcome).dropna()


def bootstrap(
    differences: Floats, worlds: NDArray[np.int64] | None = None, *, seed: int = 1, resamples: int = RESAMPLES
) -> tuple[float, float]:
    """Return a 95 % interval of the mean by resampling (Efron 1979), from keyed draws.

    Where every pair has a world of its own (`worlds` is None), pairs are drawn; where several share one, worlds are
    drawn, then pairs within each world that was drawn (Davison and Hinkley 1997, section 3.8). NaN for fewer than two.
    """
    groups = [differences[worlds == world] for world in np.unique(worlds)] if worlds is not None else None
    n, stream = len(groups) if groups is not None else len(differences), start(seed, int(Purpose.RESAMPLE))
    if n < 2:
        return float("nan"), float("nan")
    if groups is None:
        means = _resampled(np.ascontiguousarray(differences, dtype=np.float64), stream, resamples)
    else:
        picks = np.array([[int(draw(stream, r, i) * n) for i in range(n)] for r in range(resamples)])
        means = np.array([_within(groups, picks[r], stream, r) for r in range(resamples)])
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


@compiled
def _resampled(differences: Floats, stream: int, resamples: int) -> Floats:
    n = differences.size
    means = np.empty(resamples)
    for r in range(resamples):
        total = 0.0
        for i in range(n):
            total += differences[int(draw(stream, r, i) * n)]
        means[r] = total / n
    return means


def _within(groups: list[Floats], drawn: NDArray[np.int64], stream: int, resample: int) -> float:
    """Return the mean of world means in one resample: the pairs of each drawn world are drawn again."""
    total, beyond = 0.0, len(groups)
    for place, world in enumerate(drawn):
        values = groups[world]
        size = len(values)
        total += sum(float(values[int(draw3(stream, resample, beyond + place, j) * size)]) for j in range(size)) / size
    return total / len(drawn)


def superiority(arm: Floats, reference: Floats) -> float:
    """Return how often a pair has the arm below the reference, half of the ties counted: P(arm < reference)."""
    return float(((arm < reference) + 0.5 * (arm == reference)).mean()) if len(arm) else float("nan")


def p_value(differences: Floats) -> float:
    """Return the two-sided p-value of a t-test that the mean difference is 0."""
    from scipy.stats import ttest_1samp

    if len(differences) < 2:
        return float("nan")
    if differences.std() == 0.0:
        return 1.0 if differences[0] == 0.0 else 0.0
    return float(ttest_1samp(differences, 0.0).pvalue)


def holm(p_values: list[float]) -> list[float]:
    """Return p-values adjusted for their number (Holm 1979); undefined ones stay so and do not count."""
    order = sorted((p, i) for i, p in enumerate(p_values) if p == p)
    adjusted, running = list(p_values), 0.0
    for rank, (p, i) in enumerate(order):
        running = max(running, min(1.0, (len(order) - rank) * p))
        adjusted[i] = running
    return adjusted


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
            found = compare_pairs(one, other, worlds)
            if found is None:
                continue
            low, high = bootstrap(one - other, worlds)
            rows.append(
                {
                    "point": point,
                    "arm": arm.name,
                    "outcome": outcome,
                    "unit": OUTCOMES[outcome].unit,
                    "difference": found.difference,
                    "low": found.low,
                    "high": found.high,
                    "bootstrap_low": low,
                    "bootstrap_high": high,
                    "relative": found.relative,
                    "below": superiority(one, other),
                    "p": p_value(one - other if worlds is None else by_world(one - other, worlds)),
                    "variance_ratio": found.variance_ratio,
                    "pairs": found.pairs,
                }
            )
    for row, adjusted in zip(rows, holm([row["p"] for row in rows]), strict=True):
        row["p_holm"] = adjusted
    return rows


def sign_changes(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return for each arm and outcome at how many points the difference is clearly up, clearly down, or open."""
    found = []
    frame = pd.DataFrame(rows)
    if not len(frame):
        return []
    for (arm, outcome), mine in frame.groupby(["arm", "outcome"], sort=False):
        up, down = int((mine["low"] > 0).sum()), int((mine["high"] < 0).sum())
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
                    f"{title}, {words}: {row['difference']:+.3g} {row['unit']} ({row['low']:+.3g} to "
                    f"{row['high']:+.3g}; Holm-adjusted p {row['p_holm']:.2g}; below the reference in "
                    f"{100 * row['below']:.0f} % of the paired runs)."
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
