"""The answer of a comparison, in sentences that say no more than the intervals do."""

import numpy as np

from sim.experiment.comparison import Comparison
from sim.experiment.headline import Headline, TextTable, event_counts, event_words, headline
from sim.experiment.legal import chance_of_arrest
from sim.experiment.paired import frechet_bounds
from sim.experiment.scale import known_scale
from sim.experiment.sensitivity import Sensitivity, known_sensitivity
from sim.experiment.weighing import (
    COSTS,
    Weighed,
    best_sentence,
    cost_words,
    costs,
    dominated_sentences,
    front_sentence,
    judged_arms,
    others,
    pareto_plain,
    weigh,
)
from sim.experiment.wording import (
    ALWAYS,
    apart,
    capital,
    compared,
    decimals_for,
    effects,
    is_event,
    joined,
    never_varies,
    noun,
    per_cent,
    ratio_words,
    signed,
    titles_of,
    told_apart,
)
from sim.outcomes import OUTCOMES
from sim.scenario.shipped import as_typed

__all__ = [
    "Headline",
    "TextTable",
    "anyway",
    "costs",
    "headline",
    "interval_words",
    "low_variance_ratios",
    "noun",
    "pareto_plain",
    "ratio_words",
    "sentences",
    "size_words",
    "source_words",
    "survival",
    "trade_offs",
    "weigh",
    "with_caveat",
]
INTERVAL = (
    "Numbers in brackets are 95 % confidence intervals of paired differences, over {pairs} paired runs. They reflect "
    "random variation in the {what} only, not uncertainty about the assumptions of the scenario or about the model."
)
SIDE = "Side effect:"
"""Begins a sentence on what a policy made worse without its being among the costs."""
_EXPECTED = ("users_returned", "venues_reopened", "locked_out")
"""What grows by the working of a policy itself: told as an effect, not as a side effect."""
_EFFECTS = 3
"""Effects beside the headline that the sentence on a policy tells."""


def sentences(comparison: Comparison) -> list[str]:
    """Return the answer: the headline, the best policy with its costs, each policy, side effects."""
    told = headline(comparison)
    said, weighed = list(told.sentences), weigh(comparison)
    priced: tuple[str, ...] = ()
    if weighed is not None:
        said.append(best_sentence(comparison, weighed))
        said += _against_the_others(comparison, weighed)
        said += dominated_sentences(comparison, weighed)
        priced = weighed.best
    said += [_of(comparison, arm, priced=arm in priced) for arm in others(comparison)]
    said += _side_effects(comparison)
    for name in comparison.plan.outcomes:
        if is_event(name) and not (told.form == "matrix" and name == told.outcome):
            said += anyway(comparison, name)
    said += _no_arrest_to_be_seen(comparison)
    return [sentence for sentence in said if sentence]


def _no_arrest_to_be_seen(comparison: Comparison) -> list[str]:
    """Say where the run is too short, at the assumed hazards, for an arrest to be seen."""
    plan = comparison.plan
    asked = headline(comparison).form == "matrix" or "arrested" in plan.outcomes
    scenarios = [arm.scenario for arm in plan.arms if arm.scenario.law.arrest is None]
    most = max((chance_of_arrest(scenario) for scenario in scenarios), default=0.0)
    if not asked or not 0.0 < most < 0.5:
        return []
    days = plan.arms[0].scenario.time.days
    return [
        f"At the assumed rates at which authorities act, an arrest would follow within {days} days in at most "
        f"{per_cent(most)} % of simulations, even if its conditions were met from day 1: that no arrest is seen "
        "says nothing about liability."
    ]


def with_caveat(comparison: Comparison) -> list[str]:
    """Return the answer as it is printed: where it is not robust to its assumptions, that follows the headline."""
    said, first = sentences(comparison), len(headline(comparison).sentences)
    doubt, doubts = survival(comparison)
    caveat = doubts[:1] if doubt is not None and not doubt.survives else []
    return [*said[:first], *caveat, *said[first:]]


def _against_the_others(comparison: Comparison, weighed: Weighed) -> list[str]:
    """Say by how much the best policy differs from those that come after it, but for the reference."""
    if len(weighed.best) != 1 or is_event(weighed.outcome):
        return []
    best, said = weighed.best[0], []
    for arm in others(comparison):
        if arm != best and best != comparison.plan.reference:
            said.append(f"{capital(compared(comparison, best, weighed.outcome, arm))}.")
    return said


def _wrong_way(comparison: Comparison, arm: str, outcome: str) -> bool:
    found = apart(comparison, arm, outcome)
    wrong = {"lower": 1, "higher": -1, "neither": 0}[OUTCOMES[outcome].better]
    return found is not None and told_apart(comparison, arm, outcome) and found.difference * wrong > 0


def _of(comparison: Comparison, arm: str, *, priced: bool) -> str:
    """Return what a policy does beside the headline, and what it costs; empty where all of that was said."""
    plan = comparison.plan
    titles = titles_of(comparison)
    names = [name for name in plan.outcomes[1:] if name not in COSTS and (name in _EXPECTED or not is_event(name))]
    names = [name for name in names if name in _EXPECTED or not _wrong_way(comparison, arm, name)][:_EFFECTS]
    parts = effects(comparison, arm, names)
    parts += [] if priced else [cost_words(comparison, arm)]
    if not parts:
        return ""
    return f"{capital(titles[arm])}, compared with {titles[plan.reference]}: {'; '.join(parts)}."


def _side_effects(comparison: Comparison) -> list[str]:
    """Say where a policy made worse what it is not meant to, and where cases pile up."""
    plan, said = comparison.plan, []
    names = [name for name in plan.outcomes[1:] if name not in COSTS and name not in _EXPECTED and not is_event(name)]
    for name in dict.fromkeys([*names, *(["backlog"] if "backlog" in comparison.outcomes else [])]):
        for arm in others(comparison):
            if _wrong_way(comparison, arm, name):
                said.append(f"{SIDE} {compared(comparison, arm, name, plan.reference)}.")
    return said


def trade_offs(comparison: Comparison) -> TextTable | None:
    """Return the first outcome against the costs as a table, with the policies that are dominated; None where policies
    are not weighed.
    """
    weighed = weigh(comparison)
    if weighed is None:
        return None
    plan, names = comparison.plan, (weighed.outcome, *weighed.costs)
    titles = titles_of(comparison)
    arms = judged_arms(comparison)
    rows = [
        (f"{noun(name).removeprefix('the ')} ({OUTCOMES[name].unit})", *(_cell(comparison, arm, name) for arm in arms))
        for name in names
    ]
    dominated = {arm: f"dominated by {titles[other]}" for arm, other in weighed.dominated.items()}
    places = [dominated.get(arm, "on the front") if weighed.front else "–" for arm in arms]
    rows.append(("Pareto front", *places))
    head = ("first outcome, then costs", *(titles[arm] for arm in arms))
    title = f"First outcome against costs: differences from {titles[plan.reference]}"
    return TextTable(title, head, tuple(rows), front_sentence(comparison, weighed))


def _cell(comparison: Comparison, arm: str, outcome: str) -> str:
    if arm == comparison.plan.reference:
        return "baseline"
    found = apart(comparison, arm, outcome)
    if found is None:
        return "–"
    if found.difference == 0.0 and found.exactly_zero:
        return "0"
    decimals = decimals_for(found.difference, found.low, found.high)
    if found.low is None or found.high is None:
        return signed(found.difference, decimals)
    if never_varies(found.low, found.high):
        return f"{signed(found.difference, decimals)} ({ALWAYS})"
    return f"{signed(found.difference, decimals)} ({signed(found.low, decimals)} to {signed(found.high, decimals)})"


def interval_words(comparison: Comparison) -> str:
    """Return what the intervals cover and what they do not, and which are not to be relied on."""
    design, pairs, lost = comparison.plan.design, len(comparison.pairs), left_out_words(comparison)
    if pairs < 2:
        return " ".join(["With one paired run there is no interval: run more.", *lost])
    what = "course of events on one fixed world" if design.fixed_world else "worlds and in the course of events"
    return " ".join([INTERVAL.format(pairs=pairs, what=what), *lost, *_doubts(comparison)])


def left_out_words(comparison: Comparison) -> list[str]:
    """Say on how many of the paired runs the answer stands, if runs failed."""
    bad = sorted({int(failure["pair"]) for failure in comparison.failures})
    if not bad:
        return []
    runs, pairs = len(comparison.failures), len(comparison.pairs)
    which = ", ".join(str(pair + 1) for pair in bad[:10]) + (", ..." if len(bad) > 10 else "")
    first = comparison.failures[0]
    return [
        f"{runs} {'run' if runs == 1 else 'runs'} failed: the answer stands on {pairs} of {pairs + len(bad)} paired "
        f"runs (without {which}); the first failure: {first['arm']}: {str(first['error']).splitlines()[0]}."
    ]


def _doubts(comparison: Comparison) -> list[str]:
    """Say for which headline outcomes more paired runs are needed, and why."""
    found: dict[str, dict[str, None]] = {}
    for name in comparison.plan.outcomes:
        for arm in others(comparison):
            one = apart(comparison, arm, name)
            if one is not None and one.doubt:
                found.setdefault(one.doubt, {}).setdefault(noun(name))
    said = [f"{joined(list(names))} ({doubt})" for doubt, names in found.items()]
    return [f"More paired runs are needed for {'; for '.join(said)}."] if said else []


def size_words(comparison: Comparison) -> list[str]:
    """Return from which number of users on the effects hold, if that was checked; or how to check it."""
    folder = comparison.folder
    found = known_scale(comparison.plan, folder.parent) or known_scale(comparison.plan, folder)
    said = [text for text in (found or {}).get("sentences", ()) if str(text).startswith("Effect of ")]
    users = comparison.plan.arms[0].scenario.world.users
    command = f"rumorlab scale {source_words(comparison)}"
    return said or [
        f"Whether the effects hold at other sizes than {users:,} users is not checked yet. Run `{command}`."
    ]


def anyway(comparison: Comparison, outcome: str) -> list[str]:
    """Say of an event whether it would have happened anyway under a policy.

    Of the worlds in which it happens under the reference (a share p), it happens under the policy (a share q) in at
    least (p + q - 1) / p and at most min(p, q) / p, whatever joins the two (Frechet 1951); paired runs show one way to
    join them, by the same random numbers. What happens always or never under all policies is left to the headline.
    """
    plan, said = comparison.plan, []
    titles = titles_of(comparison)
    clause, counts = event_words(comparison, outcome), {row["arm"]: row for row in event_counts(comparison, outcome)}
    if not counts or sum(row["times"] for row in counts.values()) in (0, sum(row["of"] for row in counts.values())):
        return [] if outcome == plan.outcomes[0] or not counts else _never_or_always(clause, list(counts.values()))
    if outcome != plan.outcomes[0]:
        parts = [
            f"{row['times']} of {row['of']} simulations under {titles[arm]} ({per_cent(row['low'])} to "
            f"{per_cent(row['high'])} %)"
            for arm, row in counts.items()
        ]
        said.append(f"{capital(clause)} in {joined(parts)}.")
    before = comparison.values(plan.reference, outcome)
    for arm in others(comparison):
        after = comparison.values(arm, outcome)
        found = frechet_bounds(after, before, plan.worlds(np.array(comparison.pairs)))
        if found is None:
            continue
        times = round(found.before * found.pairs)
        met = (
            "" if found.both is None else f"; with the same random numbers, {round(found.both * times)} of {times} did"
        )
        said.append(
            f"Of the simulations in which {clause} under {titles[plan.reference]}, between {100 * found.low:.0f} and "
            f"{100 * found.high:.0f} % would have seen it under {titles[arm]} too (assumption-free bounds; "
            f"{100 * found.low_limit:.0f} to {100 * found.high_limit:.0f} % with the sampling error of {found.pairs} "
            f"paired runs){met}."
        )
    return said


def _never_or_always(clause: str, counts: list[dict[str, int]]) -> list[str]:
    how = "none" if not counts[0]["times"] else "all"
    return [f"{capital(clause)} in {how} of the {sum(row['of'] for row in counts)} simulations, whatever the policy."]


def source_words(comparison: Comparison) -> str:
    """Return the files of a comparison as they stand in a command."""
    return " ".join(map(as_typed, comparison.plan.source))


def survival(comparison: Comparison) -> tuple[Sensitivity | None, list[str]]:
    """Return what was found over the ranges of the assumed values, and sentences; or how to find out."""
    plan = comparison.plan
    found = known_sensitivity(plan, comparison.folder)
    if found is None:
        needs = "" if plan.ranges else ", for an experiment that names their `ranges`"
        return None, [
            f"Robustness to the assumptions is not checked yet. Run `rumorlab sensitivity {source_words(comparison)}`"
            f"{needs}."
        ]
    settled = comparison.all_settled()
    shown_now = found.only(settled)
    said = shown_now.sentences({arm.name: arm.title for arm in plan.arms}, plan.reference)
    if settled != set(found.settled):
        said.append(
            f"The check itself found {len(found.settled)} effects statistically detectable, with {found.base_pairs} "
            f"paired {'run' if found.base_pairs == 1 else 'runs'} at the values of the scenario; this comparison "
            f"finds {len(settled)} with {len(comparison.pairs)}, and those are counted here."
        )
    return shown_now, said


def low_variance_ratios(comparison: Comparison) -> list[str]:
    """Say why pairing gains little where the variance ratio is below 2.

    With variances a and b of the arm and of the reference and a correlation r between their runs of one pair, the ratio
    is (a + b) / (a + b - 2 r sqrt(ab)): it is low where r is, or where one of them hardly varies.
    """
    plan, said = comparison.plan, []
    titles = titles_of(comparison)
    for arm in plan.arms:
        for name in plan.outcomes if arm.name != plan.reference else ():
            found = comparison.difference(arm.name, name)
            if found is None or found.variance_ratio is None or found.variance_ratio >= 2.0 or found.pairs < 3:
                continue
            one, other = comparison.values(arm.name, name), comparison.values(plan.reference, name)
            kept = (one == one) & (other == other)
            spreads = float(one[kept].std(ddof=1)), float(other[kept].std(ddof=1))
            least, most = min(spreads), max(spreads)
            if least <= 0.25 * most:
                calm = arm.title if spreads[0] == least else titles[plan.reference]
                hardly = "hardly varies" if least > 0.0 else "does not vary"
                why = f"the outcome {hardly} under {calm}"
            else:
                correlation = float(np.corrcoef(one[kept], other[kept])[0, 1])
                why = f"the two runs of a pair correlate only weakly ({correlation:+z.2f})"
            said.append(f"{arm.title}, {noun(name)} (variance ratio {found.variance_ratio:.1f}): {why}.")
    return said
