"""The answer of a comparison, in sentences that say no more than the intervals do."""

import math

from sim.experiment.comparison import Comparison
from sim.experiment.paired import Difference
from sim.experiment.sensitivity import Sensitivity, known_sensitivity
from sim.experiment.spec import HELD, is_side_arm
from sim.outcomes import OUTCOMES
from sim.scenario.shipped import as_typed

INTERVAL = (
    "The numbers in brackets are a 95 % interval of the paired difference over {pairs} pairs of seeds. It covers "
    "chance in the {what} at the assumed values of the scenario; it does not cover doubt about those values or about "
    "the model."
)
_NOUNS = {
    "harmful_views": "views of harmful items",
    "harm": "harm-weighted views",
    "illegal_views": "views of illegal items",
    "conspiracy_views": "views of conspiracy items",
    "misinformation_views": "views of misinformation",
    "harmless_views": "views of harmless items",
    "lawful_removed": "lawful posts removed by mistake, post by post",
    "lost_posts": "lawful posts that stood in banned channels and groups",
    "lost_posts_to_come": "lawful posts that would have come in banned channels and groups",
    "lost_views": "views of lawful posts that would have come in banned channels and groups (estimated)",
    "members_cut_off": "members cut off by bans of channels and groups",
    "membership_lost": "months of membership in banned channels and groups",
    "lawful_geo_blocked": "lawful posts hidden by geo-blocks by mistake",
    "believers": "the share of believers",
    "adoptions": "adoptions",
    "exposures": "tracked views",
    "wrongly_sanctioned": "wrongful punishments",
    "harm_elsewhere": "harm on other platforms",
    "harmful_elsewhere": "views of harmful items on other platforms",
    "illegal_elsewhere": "illegal views on other platforms",
    "liable": "the runs in which all elements of the last step of some law are met",
    "arrested": "the runs in which the executive is arrested",
    "happened": "the runs in which the event happens",
    "turnout": "turnout",
    "heard_of": "the share of those who had heard of the event",
    "notices_ignored": "the share of valid notices that is ignored or refused",
    "belief_gap": "the gap in belief between those who read about a claim and the others",
    "users_returned": "new accounts of banned people",
    "venues_reopened": "banned places that opened again",
    "locked_out": "people locked out",
}


_EVENTS = ("happened", "arrested")
"""Outcomes that are events: they happen in a run or not."""


def noun(outcome: str) -> str:
    """Return an outcome as it stands in a sentence."""
    return _NOUNS.get(outcome, OUTCOMES[outcome].words)


def per_cent(value: float) -> str:
    """Return a share as a whole percentage, or with a decimal below 10."""
    size = abs(100.0 * value)
    return f"{size:.0f}" if size >= 9.95 else f"{size:.1f}"


def effect(found: Difference | None, outcome: str) -> str:
    """Return one effect in words: 'cut views of harmful items by 41 % (33 to 48)'."""
    what = noun(outcome)
    if found is not None and OUTCOMES[outcome].unit == "% of runs":
        return f"puts {what} at {found.mean:.0f} %, from {found.reference_mean:.0f} %"
    if found is None:
        return f"says nothing about {what} (not defined)"
    if found.exactly_zero:
        return f"changed nothing at all in {what}"
    if found.low is None:
        verb = "lowered" if found.difference < 0 else "raised"
        return f"{verb} {what} in the one pair that was run (no interval)"
    if not found.settled:
        return f"made no difference to {what} that can be told from chance ({_range(found, outcome)})"
    verb = "cut" if found.difference < 0 else "raised"
    if found.relative is None or found.relative_low is None or found.relative_high is None:
        return f"{verb} {what} by {abs(found.difference):.3g} {OUTCOMES[outcome].unit} ({_plain(found)})"
    edges = sorted((abs(found.relative_low), abs(found.relative_high)))
    if found.relative_low * found.relative_high < 0:
        return f"{verb} {what} by {per_cent(found.relative)} % ({_range(found, outcome)})"
    return f"{verb} {what} by {per_cent(found.relative)} % ({per_cent(edges[0])} to {per_cent(edges[1])})"


def _plain(found: Difference) -> str:
    low, high = sorted((abs(found.low or 0.0), abs(found.high or 0.0)))
    return f"{low:.3g} to {high:.3g}"


def _signed(share: float) -> str:
    words = f"{100 * share:+.0f}" if abs(share) >= 0.0995 else f"{100 * share:+.1f}"
    return "0" if float(words) == 0.0 else words


def _range(found: Difference, outcome: str) -> str:
    """Return the interval in per cent, or in units where that in per cent would say another thing about zero."""
    low, high = found.relative_low, found.relative_high
    if low is not None and high is not None and (low <= 0.0 <= high) != found.settled:
        return f"{_signed(low)} % to {_signed(high)} %"
    return f"{found.low:+.3g} to {found.high:+.3g} {OUTCOMES[outcome].unit}"


def costs(comparison: Comparison, arm: str) -> str:
    """Return what a policy cost in lawful posts, wrong punishments, staff and privacy."""

    def mean(name: str) -> float:
        return float(comparison.values(arm, name).mean())

    lawful, illegal, parts = mean("lawful_removed"), mean("illegal_removed"), []
    if lawful + illegal == 0:
        parts.append("it removed nothing")
    else:
        parts.append(f"it removed {lawful:.3g} lawful posts per 1,000 users by mistake, post by post")
    if mean("lost_posts") > 0:
        parts.append(
            f"lost {mean('lost_posts'):.3g} lawful posts per 1,000 users with banned channels and groups (and "
            f"{mean('lost_posts_to_come'):.3g} that would have come there)"
        )
    if mean("wrongly_sanctioned") > 0:
        parts.append(f"punished {mean('wrongly_sanctioned'):.2g} in 1,000 users wrongly")
    if mean("private_scanned") > 0:
        parts.append(f"scanned {mean('private_scanned'):.3g} private posts per 1,000 users")
    parts.append(f"paid {mean('staff_cost'):.3g} USD a month in wages per 1,000 persons")
    return ", ".join(parts[:-1]) + f" and {parts[-1]}"


def sentences(comparison: Comparison) -> list[str]:
    """Return the answer: one sentence for each policy, then how the policies compare with each other."""
    plan = comparison.plan
    titles = {arm.name: arm.title for arm in plan.arms}
    others = [arm.name for arm in plan.arms if arm.name != plan.reference and not is_side_arm(arm.name)]
    first = plan.outcomes[0]
    spread = [name for name in plan.outcomes if OUTCOMES[name].unit.startswith("views")][:3] or [first]
    said = []
    for arm in others:
        effects = [effect(comparison.difference(arm, name), name) for name in spread]
        said.append(f"Against {titles[plan.reference]}, {titles[arm]} {_join(effects)}; {costs(comparison, arm)}.")
    ranked = sorted(others, key=lambda arm: _mean_or_worst(comparison, arm, first))
    if OUTCOMES[first].better == "higher":
        ranked.reverse()
    best = ranked[0]
    for arm in ranked[1:]:
        found = comparison.difference(best, first, arm)
        if found is not None and found.settled:
            said.append(f"Of the policies, {titles[best]} {effect(found, first)} against {titles[arm]}.")
        else:
            said.append(f"Between {titles[best]} and {titles[arm]} it is too close to call on {noun(first)}.")
    said += _surprises(comparison, others, titles)
    said += with_law_held(comparison)
    said += anyway(comparison)
    return [sentence[0].upper() + sentence[1:] for sentence in said]


def _surprises(comparison: Comparison, others: list[str], titles: dict[str, str]) -> list[str]:
    """Say where a policy worsened something that it is not meant to worsen."""
    said = []
    for arm in others:
        for name in comparison.plan.outcomes:
            found = comparison.difference(arm, name)
            wrong_way = {"lower": 1, "higher": -1, "neither": 0}[OUTCOMES[name].better]
            counted_above = name in ("lawful_removed", "staff_cost", "wrongly_sanctioned", "private_scanned", "backlog")
            counted_above = counted_above or name in (
                "lost_posts",
                "lost_posts_to_come",
                "lost_views",
                "members_cut_off",
                "membership_lost",
                "lawful_geo_blocked",
                "users_returned",
                "venues_reopened",
                "locked_out",
                "secret_scanned",
            )
            if found is None or not found.settled or counted_above or found.difference * wrong_way <= 0:
                continue
            said.append(f"A cost to mind: {titles[arm]} {effect(found, name)}.")
    return said


def _mean_or_worst(comparison: Comparison, arm: str, outcome: str) -> float:
    mean = float(defined_mean(comparison, arm, outcome))
    return math.inf if math.isnan(mean) else mean


def defined_mean(comparison: Comparison, arm: str, outcome: str) -> float:
    """Return the mean of an outcome over the pairs in which it is defined."""
    values = comparison.values(arm, outcome)
    defined = values[values == values]
    return float(defined.mean()) if len(defined) else math.nan


def interval_words(comparison: Comparison) -> str:
    """Return what the intervals cover and what they do not."""
    design = comparison.plan.design
    if design.pairs < 2:
        return "With one pair of seeds there is no interval: run more pairs."
    what = "dynamics on one fixed world" if design.fixed_world else "world and in the dynamics"
    return INTERVAL.format(pairs=design.pairs, what=what)


def anyway(comparison: Comparison) -> list[str]:
    """Say, for outcomes that happen or not, whether they would have happened anyway under a policy.

    Of the worlds in which it happens under the reference (a share p), it happens under the policy (a share q) in at
    least (p + q - 1) / p and at most min(p, q) / p, whatever joins the two (Frechet 1951); twins show one way to join
    them, by the same draws.
    """
    plan, said = comparison.plan, []
    titles = {arm.name: arm.title for arm in plan.arms}
    for name in plan.outcomes:
        if name not in _EVENTS:
            continue
        before = comparison.values(plan.reference, name) / 100.0
        for arm in plan.arms:
            after = comparison.values(arm.name, name) / 100.0
            kept = (before == before) & (after == after)
            p, q, n = float(before[kept].mean()), float(after[kept].mean()), int(kept.sum())
            if arm.name == plan.reference or is_side_arm(arm.name) or not n or p == 0.0:
                continue
            both = float((before[kept] * after[kept]).mean())
            low, high = max(0.0, p + q - 1.0) / p, min(p, q) / p
            said.append(
                f"{OUTCOMES[name].words}: {100 * p:.0f} % under {titles[plan.reference]}, {100 * q:.0f} % under "
                f"{arm.title} "
                f"({n} pairs). Where it happened under the first it would have happened anyway under the second in "
                f"{100 * low:.0f} to {100 * high:.0f} % of the cases, whatever joins the two (Frechet bounds); "
                "on the same "
                f"draws it did in {100 * both / p:.0f} %."
            )
    return [sentence[0].upper() + sentence[1:] for sentence in said]


def with_law_held(comparison: Comparison) -> list[str]:
    """Say what each policy does by itself, with nothing following from the law, beside its total effect."""
    plan, said = comparison.plan, []
    titles, first = {arm.name: arm.title for arm in plan.arms}, plan.outcomes[0]
    if plan.reference + HELD not in {arm.name for arm in (*plan.arms, *plan.side)}:
        return []
    for arm in (a.name for a in plan.arms if a.name != plan.reference and not is_side_arm(a.name)):
        alone = comparison.difference(arm + HELD, first, plan.reference + HELD)
        whole = comparison.difference(arm, first)
        said.append(
            f"With the law held fixed {titles[arm]} {effect(alone, first)} against {titles[plan.reference]}; "
            "with what the "
            f"law makes of it, it {effect(whole, first)}."
        )
    return said


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
            "Whether the answer survives doubt about the assumed values was not checked; `rumorlab sensitivity "
            f"{source_words(comparison)}` does{needs}."
        ]
    settled = comparison.all_settled()
    shown_now = found.only(settled)
    said = shown_now.sentences({arm.name: arm.title for arm in plan.arms}, plan.reference)
    if settled != set(found.settled):
        said.append(
            f"The check took the {len(found.settled)} differences that its {found.base_pairs} pairs at the shipped "
            f"values tell from chance; the {plan.design.pairs} pairs of this comparison tell {len(settled)}, which "
            "are counted here."
        )
    return shown_now, said


def low_variance_ratios(comparison: Comparison) -> list[str]:
    """Say why common random numbers gain little where the variance ratio is below 2.

    With variances a and b of the arm and of the reference and a correlation r between their runs of one pair, the ratio
    is (a + b) / (a + b - 2 r sqrt(ab)): it is low where r is, or where one of them hardly varies.
    """
    plan, said = comparison.plan, []
    titles = {arm.name: arm.title for arm in plan.arms}
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
                share = f"{100 * least / most:.0f} % of what it does" if least > 0.0 else "nothing beside what it does"
                why = f"under {calm} it varies between pairs by {share} under the other, so there is little to share"
            else:
                correlation = float(((one - one[kept].mean()) * (other - other[kept].mean()))[kept].mean())
                correlation /= max(float(one[kept].std() * other[kept].std()), 1e-300)
                why = (
                    f"the two runs of a pair correlate by only {correlation:+.2f}: the policy changes so much of what "
                    "happens that little of the chance in it stays common"
                )
            said.append(f"{arm.title}, {noun(name)} (ratio {found.variance_ratio:.1f}): {why}.")
    return said


def _join(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]
