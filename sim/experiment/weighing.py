"""What policies cost, which is best at what cost, and which are dominated: differences from the reference only."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.experiment.comparison import Comparison
from sim.experiment.wording import amount, apart, capital, is_event, joined, noun, noun_in, titles_of, told_apart, were
from sim.outcomes import OUTCOMES

COSTS = {
    "lawful_removed": "{n} {more} lawful posts per 1,000 users removed by mistake",
    "lost_posts": "{n} {more} lawful posts per 1,000 users lost with banned channels and groups",
    "lost_posts_to_come": "{n} {more} lawful posts per 1,000 users that would have come there",
    "members_cut_off": "{n} {more} users per 1,000 cut off by bans of channels and groups",
    "lawful_geo_blocked": "{n} {more} lawful posts per 1,000 users hidden by geo-blocks",
    "wrongly_sanctioned": "{n} {more} users per 1,000 wrongly sanctioned",
    "harmless_views": "{n} {more} views of harmless items per user",
    "private_scanned": "{n} {more} private posts per 1,000 users scanned",
    "secret_scanned": "{n} {more} secret messages per 1,000 users scanned on devices",
    "private_matched": "{n} {more} private uploads per 1,000 users matched against hashes",
    "staff_cost": "{n} USD {more} a month in staff cost per 1,000 people",
}
"""Outcomes that are costs of a policy, where a run has them, and how a difference in each is said."""


@dataclass(frozen=True)
class Cost:
    """One cost of a policy: how it differs from the reference, with its 95 % interval."""

    outcome: str
    difference: float
    low: float | None
    high: float | None
    unit: str
    settled: bool
    words: str
    leaning: bool = False
    """Whether the interval alone leaves out zero, but not among all the effects that are compared."""


@dataclass(frozen=True)
class Weighed:
    """The first outcome against the costs."""

    outcome: str
    costs: tuple[str, ...]
    """Costs in which any two policies differ."""
    best: tuple[str, ...]
    """Arms with the best first outcome, not told apart from each other and detectably better than the reference; empty
    if there is none."""
    front: tuple[str, ...]
    """Arms that no other dominates (Pareto front); empty if the first outcome is the same under all."""
    dominated: dict[str, str]
    """By dominated arm: one that is at least as good in everything, and better beyond chance in something."""


def judged_arms(comparison: Comparison) -> list[str]:
    """Return the policies that are compared, the reference among them."""
    return [arm.name for arm in comparison.plan.arms]


def others(comparison: Comparison) -> list[str]:
    """Return the policies that are compared with the reference."""
    return [name for name in judged_arms(comparison) if name != comparison.plan.reference]


def defined_mean(comparison: Comparison, arm: str, outcome: str) -> float:
    """Return the mean of an outcome over the pairs in which it is defined."""
    values = comparison.values(arm, outcome)
    defined = values[values == values]
    return float(defined.mean()) if len(defined) else math.nan


def _costs_beside(comparison: Comparison) -> list[str]:
    """Return the costs that the runs have, but for the first outcome itself."""
    return [name for name in COSTS if name != comparison.plan.outcomes[0] and name in comparison.outcomes]


def cost_of(comparison: Comparison, arm: str, outcome: str) -> Cost | None:
    """Return one cost of a policy against the reference; None where it is not defined."""
    found = apart(comparison, arm, outcome)
    if found is None:
        return None
    more = "less" if outcome == "staff_cost" else "fewer"
    size, brackets = amount(found.difference, found.low, found.high)
    text = COSTS[outcome].format(n=size, more="more" if found.difference > 0 else more)
    words = f"{text} ({brackets})"
    settled = told_apart(comparison, arm, outcome)
    unit = OUTCOMES[outcome].unit
    return Cost(outcome, found.difference, found.low, found.high, unit, settled, words, found.leaning)


def costs(comparison: Comparison, arm: str) -> list[Cost]:
    """Return all costs of a policy as differences from the reference, but for the first outcome itself."""
    found = [cost_of(comparison, arm, name) for name in _costs_beside(comparison)]
    return [cost for cost in found if cost is not None]


def cost_words(comparison: Comparison, arm: str) -> str:
    """Return what a policy costs, and what it saves, against the reference: each a difference with its interval."""
    known = [c for c in costs(comparison, arm) if c.difference != 0.0]
    told = [c for c in known if c.settled or c.low is None]
    worse = [c for c in told if (c.difference > 0.0) == (OUTCOMES[c.outcome].better == "lower")]
    better = [c for c in told if c not in worse]
    said = f"at a cost of {joined([c.words for c in worse])}" if worse else "at no detectable cost"
    said += f", and with {joined([c.words for c in better])}" if better else ""
    maybe = [c.words for c in known if c.leaning and (c.difference > 0.0) == (OUTCOMES[c.outcome].better == "lower")]
    return f"{said} (possibly {joined(maybe)}, not detectable among so many comparisons)" if maybe else said


def _signs(outcome: str) -> float:
    return -1.0 if OUTCOMES[outcome].better == "higher" else 1.0


def weigh(comparison: Comparison) -> Weighed | None:
    """Weigh the first outcome against the costs; None if neither way of the first outcome is better.

    A matrix is about platforms before the law, none of which is a choice that another could dominate: None too.
    """
    first = comparison.plan.outcomes[0]
    if OUTCOMES[first].better == "neither" or comparison.plan.headline.form == "matrix":
        return None
    arms = [arm for arm in judged_arms(comparison) if not math.isnan(defined_mean(comparison, arm, first))]
    names = _costs_beside(comparison)
    means = {name: [defined_mean(comparison, arm, name) for arm in arms] for name in (first, *names)}
    kept = tuple(name for name in names if not any(map(math.isnan, means[name])) and len(set(means[name])) > 1)
    table = np.array([[_signs(name) * value for value in means[name]] for name in (first, *kept)]).T
    dominated: dict[str, str] = {}
    for i, arm in enumerate(arms if len(set(means[first])) > 1 else []):
        for j, other in enumerate(arms):
            if i == j or not (table[j] <= table[i]).all():
                continue
            better = [name for k, name in enumerate((first, *kept)) if table[j, k] < table[i, k]]
            if any(told_apart(comparison, other, name, arm) for name in better):
                dominated.setdefault(arm, other)
    best: tuple[str, ...] = ()
    if arms:
        leader = arms[int(table[:, 0].argmin())]
        tied = [arm for arm in arms if arm == leader or not told_apart(comparison, arm, first, leader)]
        reference = comparison.plan.reference
        if reference not in tied:
            tied = [arm for arm in tied if told_apart(comparison, arm, first)]
        best = () if len(tied) > 1 and reference in tied else tuple(tied)
    front = tuple(arm for arm in arms if arm not in dominated) if len(set(means[first])) > 1 else ()
    return Weighed(first, kept, best, front, dominated)


def best_sentence(comparison: Comparison, weighed: Weighed) -> str:
    """Name the best policy by the first outcome with its costs in the same sentence; where none is best, say so."""
    plan, first = comparison.plan, weighed.outcome
    titles = titles_of(comparison)
    what = noun_in(comparison, first)
    if not weighed.best:
        found = [apart(comparison, arm, first) for arm in others(comparison)]
        if all(one is not None and one.exactly_zero for one in found):
            if is_event(first):
                return ""
            return f"{capital(what)} {were(first)} the same under every policy in every pair: none is best."
        if len(comparison.pairs) < 2:
            return "With one paired run no policy can be called best."
        return f"No policy is best on {what}: none was detectably better than {titles[plan.reference]}."
    extreme = "highest" if OUTCOMES[first].better == "higher" else "lowest"
    names = joined([titles[arm] for arm in weighed.best])
    tie = "" if len(weighed.best) == 1 else ", which did not differ detectably"
    said = f"{what} {were(first)} {extreme} under {names}{tie}"
    priced = [arm for arm in weighed.best if arm != plan.reference]
    if not priced:
        return capital(f"{said}, with which the others are compared.")
    if len(weighed.best) == 1:
        return capital(f"{said}, compared with {titles[plan.reference]} {cost_words(comparison, priced[0])}.")
    each = [f"{titles[arm]} {cost_words(comparison, arm)}" for arm in priced]
    return capital(f"{said}; compared with {titles[plan.reference]}, {'; '.join(each)}.")


def dominated_sentences(comparison: Comparison, weighed: Weighed) -> list[str]:
    """Say of each dominated policy which other is at least as good in everything."""
    titles = titles_of(comparison)
    said = []
    for arm, other in weighed.dominated.items():
        better = [noun(name) for name in (weighed.outcome, *weighed.costs) if told_apart(comparison, other, name, arm)]
        said.append(
            f"{titles[arm]} is dominated by {titles[other]}, which is at least as good on {noun(weighed.outcome)} and "
            f"on every cost, and better on {joined(better)}."
        )
    return [capital(sentence) for sentence in said]


def front_sentence(comparison: Comparison, weighed: Weighed) -> str:
    """Say which policies are not dominated."""
    if not weighed.front:
        return f"No Pareto front: {noun(weighed.outcome)} {were(weighed.outcome)} the same under every policy."
    titles = titles_of(comparison)
    against = f"against {joined([noun(name) for name in weighed.costs])}" if weighed.costs else "without any cost"
    front = joined([titles[arm] for arm in weighed.front])
    return f"Pareto front, by means, detectable or not ({noun(weighed.outcome)} {against}): {front}."


def pareto_plain(weighed: Weighed | None) -> dict[str, Any] | None:
    """Return the front as plain data."""
    if weighed is None:
        return None
    dominated = [{"arm": arm, "by": other} for arm, other in weighed.dominated.items()]
    return {
        "outcome": weighed.outcome,
        "costs": list(weighed.costs),
        "best": list(weighed.best),
        "front": list(weighed.front),
        "dominated": dominated,
    }
