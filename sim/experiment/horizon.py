"""Over which days the effects of a comparison were measured, and whether the effect per day had settled by then."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import ResultError
from sim.experiment.comparison import Comparison
from sim.experiment.intervals import Limits, t_limits
from sim.experiment.paired import compare_pairs
from sim.experiment.wording import noun, signed, titles_of
from sim.outcomes.reach import weighed_classes
from sim.scenario.scenario import Scenario
from sim.vocabulary import CLASSES

Floats = NDArray[np.float64]
_HARDLY = 0.025
_VERDICTS = {True: "settled", False: "still changing", None: "too uncertain to tell whether it has settled"}
LONG_ENOUGH = 60
"""Days of a run from which on its last third is held against the third before it."""


def _classes(outcome: str, scenario: Scenario) -> dict[str, float] | None:
    """Return the weight of each class in an outcome that is a sum of views; None for another outcome."""
    harmful = weighed_classes(scenario)
    weights = dict(zip(CLASSES, scenario.content.weights(), strict=True))
    every = dict.fromkeys(CLASSES, 1.0)
    return {
        "harmful_views": dict.fromkeys(harmful, 1.0),
        "harmless_views": {name: 1.0 for name in CLASSES if name not in harmful},
        "harm": weights,
        "conspiracy_views": {"conspiracy": 1.0},
        "misinformation_views": {"misinformation": 1.0},
        "exposures": every,
        "illegal_views": every,
    }.get(outcome)


@dataclass(frozen=True)
class Settling:
    """The effect of a policy on an outcome, per day, in the second and in the last third of a run; shares of 1."""

    arm: str
    outcome: str
    days: tuple[tuple[int, int], tuple[int, int]]
    """First and last day of each of the two, from 1."""
    effect: tuple[float, float]
    limits: tuple[Limits, Limits]
    change: Limits
    """95 % interval of the last effect less the one before."""

    @property
    def hardly_any(self) -> bool:
        """Whether the effect is within 2.5 % of the reference in both, intervals and all."""
        edges = [*self.effect, *(edge for pair in self.limits for edge in pair if edge is not None)]
        return max(map(abs, edges)) <= _HARDLY

    @property
    def settled(self) -> bool | None:
        """Whether the effect per day stays as it is; None if it is too uncertain to tell.

        It does if the interval of its change takes in 0 and leaves no more than half of the effect in doubt.
        """
        low, high = self.change
        if low is None or high is None:
            return None
        if low > 0.0 or high < 0.0:
            return False
        return True if max(-low, high) <= abs(self.effect[1]) / 2.0 else None


def per_day(comparison: Comparison, arm: str, outcome: str) -> Floats | None:
    """Return an outcome of an arm by pair and day, shape (pairs, days); None if it is no sum over days, or not kept."""
    scenario = comparison.plan.arms[0].scenario
    weights = _classes(outcome, scenario)
    if weights is None:
        return None
    column = "illegal_views" if outcome == "illegal_views" else "views"
    found = []
    for pair in range(comparison.plan.design.pairs):
        try:
            frame = comparison.frame("ticks", arm, pair, ("tick", "class", column))
        except ResultError:
            return None
        weight = frame["class"].astype(str).map(weights).fillna(0.0).to_numpy()
        day = frame["tick"].to_numpy() // scenario.time.ticks_per_day
        found.append(np.bincount(day, frame[column].to_numpy() * weight, minlength=scenario.time.days))
    return np.array(found)


def settling(comparison: Comparison, arm: str, outcome: str) -> Settling | None:
    """Return whether the effect of an arm per day had settled; None if the run is short, or the outcome has no days."""
    plan = comparison.plan
    length = plan.arms[0].scenario.time.days
    if length < LONG_ENOUGH or arm == plan.reference:
        return None
    one, other = per_day(comparison, arm, outcome), per_day(comparison, plan.reference, outcome)
    if one is None or other is None:
        return None
    third = length // 3
    spans = ((length - 2 * third, length - third), (length - third, length))
    worlds, effects, limits, around = plan.worlds(np.arange(len(one))), [], [], []
    for begin, end in spans:
        a, b = one[:, begin:end].sum(axis=1), other[:, begin:end].sum(axis=1)
        found = compare_pairs(a, b, worlds)
        if found is None or found.relative is None:
            return None
        effects.append(found.relative)
        limits.append((found.relative_low, found.relative_high))
        around.append((a - (1.0 + found.relative) * b) / b.mean())
    change = around[1] - around[0]
    if worlds is not None:
        change = np.bincount(worlds, change) / np.bincount(worlds)
    low, high = t_limits(change)
    shift = effects[1] - effects[0]
    moved: Limits = (None, None) if low is None or high is None else (shift + low, shift + high)
    days = tuple((begin + 1, end) for begin, end in spans)
    return Settling(arm, outcome, days, tuple(effects), tuple(limits), moved)  # type: ignore[arg-type]


def horizon_words(comparison: Comparison) -> list[str]:
    """Return over which days the effects were measured, and whether the effect per day had settled."""
    plan = comparison.plan
    days = plan.arms[0].scenario.time.days
    first = plan.outcomes[0]
    found = [settling(comparison, arm.name, first) for arm in plan.arms if arm.name != plan.reference]
    told = [one for one in found if one is not None]
    said = f"All effects are those of the first {days} days" if days > 1 else "All effects are those of the first day"
    if not told:
        return [f"{said}: bans, strikes and beliefs build up over weeks, so that a longer run can have other ones."]
    return [f"{said}.", _per_day_words(comparison, told)]


def _per_day_words(comparison: Comparison, told: list[Settling]) -> str:
    titles = titles_of(comparison)
    (a, b), (c, d) = told[0].days
    parts = []
    for one in told:
        two = [_per_cent(effect, *limits) for effect, limits in zip(one.effect, one.limits, strict=True)]
        verdict = "hardly any effect" if one.hardly_any else _VERDICTS[one.settled]
        parts.append(f"{titles[one.arm]} {two[0]} and {two[1]} ({verdict})")
    said = f"Effect per day on {noun(told[0].outcome)} in days {a} to {b} and in days {c} to {d}: {'; '.join(parts)}."
    told = [one for one in told if not one.hardly_any]
    if any(one.settled is False for one in told):
        said += " Where it still changes, the size of an effect depends on the length of the run."
    if any(one.settled is None for one in told):
        said += " More paired runs would tell the rest."
    return said


def _per_cent(value: float, low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return f"{signed(100 * value, 0)} %"
    return f"{signed(100 * value, 0)} % ({signed(100 * low, 0)} to {signed(100 * high, 0)})"


def horizon_data(comparison: Comparison) -> list[dict[str, Any]]:
    """Return the same as data, an entry a policy."""
    plan = comparison.plan
    found = [settling(comparison, arm.name, plan.outcomes[0]) for arm in plan.arms]
    return [{**vars(one), "settled": one.settled} for one in found if one is not None]
