"""Which cascade the report shows by default: an ordinary one of what the experiment is about, not the largest."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.errors import InputError
from sim.experiment.comparison import Comparison
from sim.experiment.weighing import others, weigh
from sim.experiment.wording import apart, capital
from sim.outcomes.reach import weighed_classes
from sim.scenario.scenario import Scenario
from sim.vocabulary import BELIEF_CLASSES, CLASSES

NOTICEABLE = 10
"""Readers under the reference from which the spread of an item is noticeable."""
_ILLEGAL = (
    "illegal_views",
    "illegal_elsewhere",
    "illegal_removed",
    "illegal_down_in_a_day",
    "removal_precision",
    "liable",
    "notices_ignored",
    "requests_answered",
)
_EVENTS = ("happened", "turnout", "heard_of")
_BELIEFS = ("believers", "belief_gap", "belief_gap_grown")
_CLASS = {"conspiracy_views": "conspiracy", "misinformation_views": "misinformation"}


@dataclass(frozen=True)
class Choice:
    """An item, a policy and a pair, and how they were chosen."""

    item: int
    arm: str
    pair: int
    words: str


def choose(comparison: Comparison, item: int | None, arm: str | None, pair: int | None) -> Choice:
    """Return what to show: as asked; else the policy that did most to the first outcome, and of the items that this
    outcome is about the one on which it had its median effect. Raises InputError for what is not there.
    """
    plan = comparison.plan
    asked, pair = pair, plan.twin.pair if pair is None else pair
    arm = arm or plan.twin.arm
    item = plan.twin.item if item is None else item
    names = [a.name for a in plan.arms]
    if pair not in comparison.pairs:
        if pair >= plan.design.pairs:
            raise InputError(f"pair must be below {plan.design.pairs} (got {pair})")
        if asked is not None or not comparison.pairs:
            raise InputError(f"pair {pair} is left out: a run of it failed")
        pair = comparison.pairs[0]
    if arm is not None and (arm not in names or arm == plan.reference):
        allowed = ", ".join(name for name in names if name != plan.reference)
        raise InputError(f"unknown arm '{arm}' for the twin; known: {allowed}")
    before = _items(comparison, plan.reference, pair)
    if item is not None and item >= len(before):
        raise InputError(f"item must be below {len(before)} (got {item})")
    if not len(before) or not before["new_readers"].any():
        raise InputError("nothing was started in this comparison: there is no cascade to show")
    chosen = arm or default_arm(comparison)
    if item is not None:
        return Choice(item, chosen, pair, "Chosen by number.")
    return _typical(comparison, before, chosen, pair)


def default_arm(comparison: Comparison) -> str:
    """Return the policy that is best by the first outcome, or else that changed it most; the first of equals."""
    names, weighed = others(comparison), weigh(comparison)
    if weighed is not None and (best := [name for name in weighed.best if name in names]):
        return best[0]
    first = comparison.plan.outcomes[0]

    def change(name: str) -> float:
        found = apart(comparison, name, first)
        return 0.0 if found is None else abs(found.difference)

    return max(names, key=change)


def subject_of(scenario: Scenario, outcome: str, items: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """Return the items that an outcome is about, and what they are called."""
    illegal = {name for country in scenario.world.countries.values() for name in country.illegal}
    illegal |= {name for regime in scenario.law.regimes.values() for name in regime.illegal}
    calling = {name for name, stream in scenario.content.streams.items() if stream.calls is not None}
    harmful = weighed_classes(scenario)
    content, stream = items["class"].astype(str), items["stream"].astype(str)
    if outcome in _EVENTS and calling:
        return "call to the event", items[stream.isin(calling)]
    if outcome in _CLASS:
        return f"{_CLASS[outcome]} item", items[content == _CLASS[outcome]]
    if outcome in _ILLEGAL:
        return "illegal item", items[content.isin(illegal)]
    if outcome in _BELIEFS:
        return "item that moves beliefs", items[content.isin(BELIEF_CLASSES & harmful)]
    if outcome == "harmless_views":
        return "harmless item", items[content.isin(set(CLASSES) - harmful)]
    return "harmful item", items[content.isin(harmful)]


def _typical(comparison: Comparison, before: pd.DataFrame, arm: str, pair: int) -> Choice:
    plan = comparison.plan
    titles, scenarios = {a.name: a.title for a in plan.arms}, {a.name: a.scenario for a in plan.arms}
    what, mine = subject_of(scenarios[plan.reference], plan.outcomes[0], before)
    if not mine["new_readers"].any():
        what, mine = "item", before
    bound = NOTICEABLE if (mine["new_readers"] >= NOTICEABLE).any() else 1
    mine = mine[mine["new_readers"] >= bound]
    readers = mine["new_readers"].to_numpy(dtype=np.float64)
    after = _items(comparison, arm, pair)["new_readers"].reindex(mine.index).to_numpy(dtype=np.float64)
    effects = after / readers - 1.0
    touched = effects != 0.0
    some = touched if float(np.median(effects)) == 0.0 and touched.any() else np.ones(len(effects), dtype=np.bool_)
    median = float(np.median(effects[some]))
    place = np.lexsort((mine.index.to_numpy(), -readers, np.abs(effects - median), ~some))[0]
    same = int((~touched).sum())
    kept = "" if some.all() else f" The readers of {same:,} did not change; of the other {int(some.sum()):,} this is"
    many = f"{bound} readers" if bound > 1 else "one reader"
    words = (
        f"{capital(what)} chosen as typical of {len(mine):,} with at least {many} under {titles[plan.reference]} in "
        f"this pair.{kept or ' It is'} the one on which {titles[arm]} had the effect closest to its median on readers "
        f"({100 * median:+z.0f} %); of equals, the most read."
    )
    return Choice(int(mine.index[place]), arm, pair, words)


def _items(comparison: Comparison, arm: str, pair: int) -> pd.DataFrame:
    columns = ("item", "stream", "class", "new_readers")
    return comparison.frame("items", arm, pair, columns).set_index("item")
