"""How outcomes, numbers and differences stand in a sentence."""

import math

from sim.experiment.comparison import Comparison
from sim.experiment.paired import Difference
from sim.experiment.spec import EVENT_UNITS
from sim.outcomes import OUTCOMES

_NOUNS = {
    "harmful_views": "views of harmful items",
    "harm": "harm-weighted views",
    "illegal_views": "views of illegal items",
    "conspiracy_views": "views of conspiracy items",
    "misinformation_views": "views of misinformation",
    "harmless_views": "views of harmless items",
    "exposures": "views of all tracked items",
    "lawful_removed": "lawful posts removed by mistake, post by post",
    "lost_posts": "lawful posts lost with banned channels and groups",
    "lost_posts_to_come": "lawful posts that would have come in banned channels and groups",
    "lost_views": "views of lawful posts that would have come in banned channels and groups (estimated)",
    "members_cut_off": "users cut off by bans of channels and groups",
    "membership_lost": "months of membership lost with banned channels and groups",
    "lawful_geo_blocked": "lawful posts hidden by geo-blocks by mistake",
    "illegal_removed": "removals of illegal posts",
    "removal_precision": "the share of removed posts that are illegal",
    "illegal_down_in_a_day": "the share of illegal posts removed within 24 hours",
    "posts_restored": "posts restored on appeal",
    "uploads_blocked": "uploads blocked before publication",
    "orders_obeyed": "the share of removal orders obeyed",
    "users_banned": "bans of users",
    "venues_banned": "bans of channels and groups",
    "users_suspended": "suspensions of users",
    "believers": "the share of believers",
    "adoptions": "adoptions",
    "forwards": "forwards",
    "harmful_reach": "the mean readership of a harmful item",
    "bot_reach": "the share of views that bots' posts get",
    "wrongly_sanctioned": "wrongful sanctions of users",
    "private_scanned": "scans of private posts",
    "secret_scanned": "scans of secret messages on users' devices",
    "private_matched": "hash matches of private uploads",
    "staff_cost": "staff cost",
    "backlog": "the number of cases waiting for review at the end",
    "harm_elsewhere": "harm-weighted views on other platforms",
    "harmful_elsewhere": "views of harmful items on other platforms",
    "illegal_elsewhere": "views of illegal items on other platforms",
    "liable": "the share of simulations that meet the conditions for the heaviest sanction of some law",
    "arrested": "the share of simulations with an arrest",
    "fines": "fines",
    "happened": "the share of simulations in which the event happened",
    "turnout": "turnout",
    "heard_of": "the share of local users who had heard of the event",
    "notices_ignored": "the share of valid notices ignored or refused",
    "requests_answered": "answered data requests",
    "belief_gap": "the belief gap between exposed and unexposed users",
    "belief_gap_grown": "the growth of the belief gap",
    "users_left": "departures of users to other platforms",
    "users_returned": "returns of banned users with new accounts",
    "venues_reopened": "reopenings of banned channels and groups",
    "followers": "the share of members who followed a reopened channel or group",
    "locked_out": "lock-outs of users by a block",
}
_SINGULAR = ("the ", "turnout", "staff cost")
_ALL_PLATFORMS = ("harm", "harmful_views", "illegal_views")


def noun(outcome: str) -> str:
    """Return an outcome as it stands in a sentence."""
    return _NOUNS.get(outcome, OUTCOMES[outcome].words)


def noun_in(comparison: Comparison, outcome: str) -> str:
    """Return an outcome as it stands in a sentence; where several platforms are simulated, say which it counts."""
    several = any(arm.scenario.world.elsewhere for arm in comparison.plan.arms)
    return noun(outcome) + (" on all platforms together" if several and outcome in _ALL_PLATFORMS else "")


def were(outcome: str) -> str:
    """Return the verb that goes with an outcome."""
    return "was" if noun(outcome).startswith(_SINGULAR) else "were"


def is_event(outcome: str) -> bool:
    """Whether an outcome is an event, which happens in a run or not."""
    return OUTCOMES[outcome].unit in EVENT_UNITS


def joined(parts: list[str], last: str = "and") -> str:
    """Return parts as a list in a sentence."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}" if parts else ""


def capital(text: str) -> str:
    """Return a text that begins with a capital letter."""
    return text[:1].upper() + text[1:]


def _decimals(value: float) -> int:
    """Return how many decimals show two digits that count."""
    size = abs(value)
    return 0 if size >= 9.95 or size == 0.0 else 1 - math.floor(math.log10(size))


def number(value: float, decimals: int | None = None) -> str:
    """Return a number with two digits that count, 5.2, 47, 1,204, or with so many decimals."""
    decimals = _decimals(value) if decimals is None else decimals
    return f"{round(value, decimals) + 0.0:,.{max(0, decimals)}f}"


def never_varies(low: float, high: float) -> bool:
    """Whether an interval is a point, but for rounding in the last digits."""
    return math.isclose(low, high, rel_tol=1e-9)


def decimals_for(value: float, low: float | None, high: float | None) -> int:
    """Return how many decimals a number takes so that its interval shows: 45.2 (44.9 to 45.6), not 45 (45 to 46)."""
    if low is None or high is None or never_varies(low, high):
        return _decimals(value)
    return min(max(_decimals(value), -math.floor(math.log10(high - low))), _decimals(value) + 1)


def per_cent(value: float) -> str:
    """Return a share as a whole percentage, or with a decimal below 10."""
    size = abs(100.0 * value)
    return f"{size:.0f}" if size >= 9.95 else f"{size:.1f}"


def titles_of(comparison: Comparison) -> dict[str, str]:
    """Return the title of each arm as it stands in a sentence: in quotes if it has a comma."""
    return {arm.name: f"'{arm.title}'" if "," in arm.title else arm.title for arm in comparison.plan.arms}


def apart(comparison: Comparison, arm: str, outcome: str, against: str | None = None) -> Difference | None:
    """Return the difference of an arm from the reference, or from another arm, on which sentences are made."""
    return comparison.difference(arm, outcome, against)


def told_apart(comparison: Comparison, arm: str, outcome: str, against: str | None = None) -> bool:
    """Whether an arm differs from the reference, or from another arm, by more than chance."""
    found = apart(comparison, arm, outcome, against)
    return found is not None and found.settled


def unit_words(outcome: str) -> str:
    """Return the unit of a difference: shares differ by percentage points."""
    unit = OUTCOMES[outcome].unit
    if unit.startswith("%"):
        return "percentage points"
    what, _, base = unit.partition("/")
    if what == "USD" and base == "1,000 persons/month":
        return "USD a month per 1,000 people"
    return unit if not base else f"USD per {base}" if what == "USD" else f"per {base}"


def in_points(outcome: str) -> bool:
    """Whether a difference is told in its own unit: a percentage of a percentage would mislead."""
    return unit_words(outcome) in ("percentage points", "belief points")


def signed(value: float, decimals: int | None = None) -> str:
    """Return a number with its sign; zero has none."""
    words = number(value, decimals)
    return words if value < 0.0 or words.strip("0.") == "" else f"+{words}"


def ratio_words(ratio: float | None) -> str:
    """Return a variance ratio for a table; beyond a thousand its size says nothing more."""
    return "–" if ratio is None else "over 1,000" if ratio > 1000.0 else f"{ratio:.1f}"


def in_per_cent(found: Difference, outcome: str) -> bool:
    """Whether an interval around zero can be told in per cent of the reference without saying another thing."""
    low, high = found.relative_low, found.relative_high
    if in_points(outcome) or low is None or high is None:
        return False
    return max(-low, high) <= 1.0 and (low <= 0.0 <= high) != found.settled  # beyond, the reference is near zero


def around_zero(found: Difference, outcome: str, *, in_units: bool = False) -> str:
    """Return an interval with signs, in per cent unless that would mislead about zero, or units are asked for.

    Where the difference counts as chance only because many are compared at once, that is said.
    """
    low, high = found.relative_low, found.relative_high
    if not in_units and low is not None and high is not None and in_per_cent(found, outcome):
        return f"{signed(100.0 * low)} % to {signed(100.0 * high)} %"
    assert found.low is not None
    assert found.high is not None
    words = f"{signed(found.low)} to {signed(found.high)} {unit_words(outcome)}"
    alone = found.low <= 0.0 <= found.high or found.shown_together < 2
    return words if alone else f"{words}; one of {found.shown_together} comparisons"


ONE_RUN, ALWAYS = "one paired run, no interval", "in every pair"


def amount(value: float, low: float | None, high: float | None) -> tuple[str, str]:
    """Return the size of a number and of its interval, whose bounds have one sign: ('5.2', '4.5 to 5.8')."""
    decimals = decimals_for(value, low, high)
    if low is None or high is None:
        return number(abs(value), decimals), ONE_RUN
    if never_varies(low, high):
        return number(abs(value), decimals), ALWAYS
    small, large = sorted((abs(low), abs(high)))
    return number(abs(value), decimals), f"{number(small, decimals)} to {number(large, decimals)}"


MOST_RELATIVE = 3.0
"""Times the reference beyond which a difference is told in its own unit: the reference is near zero then."""


def tells_per_cent(found: Difference, outcome: str) -> bool:
    """Whether a difference can be told in per cent of the reference without misleading."""
    low, high = found.relative_low, found.relative_high
    if in_points(outcome) or found.relative is None or abs(found.relative) > MOST_RELATIVE:
        return False
    return low is None or high is None or max(abs(low), abs(high)) <= 2.0 * MOST_RELATIVE


def size_of(found: Difference, outcome: str) -> tuple[str, str]:
    """Return by how much, in words, and its interval: ('13 % lower', '10 to 16')."""
    way = "lower" if found.difference < 0 else "higher"
    low, high = found.relative_low, found.relative_high
    around = low is not None and high is not None and low * high < 0.0
    if found.relative is None or around or not tells_per_cent(found, outcome):
        size, brackets = amount(found.difference, found.low, found.high)
        return f"{size} {unit_words(outcome)} {way}", brackets
    low, high = (None if edge is None else 100.0 * edge for edge in (low, high))
    size, brackets = amount(100.0 * found.relative, low, high)
    return f"{size} % {way}", brackets


def effects(comparison: Comparison, arm: str, outcomes: list[str]) -> list[str]:
    """Return what a policy does to several outcomes, in words; those without a detectable effect together."""
    clear, open_, same = [], [], []
    for name in outcomes:
        found, what = apart(comparison, arm, name), noun(name)
        if found is None:
            clear.append(f"{what} not defined")
        elif found.exactly_zero:
            same.append(what)
        elif found.low is not None and not told_apart(comparison, arm, name):
            open_.append(f"{what} ({around_zero(found, name)})")
        else:
            size, brackets = size_of(found, name)
            clear.append(f"{what} {size} ({brackets})")
    if open_:
        clear.append(f"no statistically detectable effect on {joined(open_)}")
    if same:
        clear.append(f"{joined(same)} the same in every pair")
    return clear


def compared(comparison: Comparison, arm: str, outcome: str, against: str) -> str:
    """Return a difference of two policies as a sentence without its full stop: 'X was 13 % lower under A than ...'."""
    titles = titles_of(comparison)
    found, what = apart(comparison, arm, outcome, against), noun(outcome)
    one, other = titles[arm], titles[against]
    if found is None:
        return f"{what} cannot be compared between {one} and {other}: not defined"
    if found.exactly_zero:
        return f"{what} {were(outcome)} the same under {one} and {other} in every pair"
    if found.low is not None and not told_apart(comparison, arm, outcome, against):
        words = around_zero(found, outcome)
        return f"{one} and {other} did not differ detectably on {what} ({words})"
    size, brackets = size_of(found, outcome)
    return f"{what} {were(outcome)} {size} under {one} than under {other} ({brackets})"


def by_arm(comparison: Comparison, outcome: str, arms: list[str]) -> str:
    """Return the effects of several policies on one outcome as a sentence, the largest first."""
    titles = titles_of(comparison)
    reference, what = titles[comparison.plan.reference], noun_in(comparison, outcome)
    clear, open_, same, missing = [], [], [], []
    known = [found for arm in arms if (found := apart(comparison, arm, outcome)) is not None and not found.settled]
    units = not all(in_per_cent(found, outcome) for found in known)  # one unit for all that are named together
    for arm in arms:
        found = apart(comparison, arm, outcome)
        if found is None:
            missing.append(titles[arm])
        elif found.exactly_zero:
            same.append(titles[arm])
        elif found.low is not None and not told_apart(comparison, arm, outcome):
            open_.append(f"{titles[arm]} ({around_zero(found, outcome, in_units=units)})")
        else:
            size, brackets = size_of(found, outcome)
            clear.append((-abs(found.difference), f"{size} under {titles[arm]} ({brackets})"))
    parts = []
    if clear:
        words = joined([text for _, text in sorted(clear, key=lambda pair: pair[0])])
        parts.append(f"compared with {reference}, {what} {were(outcome)} {words}")
    if open_:
        on = "it" if were(outcome) == "was" else "them"
        compared_with = "" if clear else f" compared with {reference}"
        parts.append(
            f"{joined(open_)} had no statistically detectable effect on {on if clear else what}{compared_with}"
        )
    if same:
        parts.append(f"{what} {were(outcome)} the same under {joined([*same, reference])} in every pair")
    if missing:
        parts.append(f"{what} {were(outcome)} not defined under {joined(missing)}")
    return capital("; ".join(parts)) + "."
