"""A policy in words, made from the scenario: what a reader of the report can check against the YAML."""

from sim.scenario.fields import write_duration
from sim.scenario.scenario import Scenario

_DEEDS = {"remove": "removed", "label": "labelled", "downrank": "shown less"}


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1] if parts else ""


def policy_in_words(scenario: Scenario) -> list[str]:
    """Return the policy of a scenario as sentences."""
    policy = scenario.policy
    return [*_terms(scenario), *_detection(scenario), *_staff(scenario), *_strikes(scenario), *_features(scenario)] or [
        f"{policy.title}: nothing is done."
    ]


def _terms(scenario: Scenario) -> list[str]:
    groups: dict[str, list[str]] = {}
    for name, treatment in scenario.policy.terms.items():
        deeds = _and([_DEEDS[action] for action in treatment.actions]) or "left alone"
        scope = "on every copy" if treatment.scope == "every-copy" else "on the post that was found"
        strike = ", with a strike for author and venue" if treatment.strike else ""
        groups.setdefault(f"is {deeds}, {scope}{strike}", []).append(name)
    if not groups:
        return ["The terms forbid nothing: no post is removed or marked."]
    return [f"What reviewers find to be {_and(names)} {deed}." for deed, names in groups.items()]


def _detection(scenario: Scenario) -> list[str]:
    moderation = scenario.policy.moderation
    if not scenario.policy.terms:
        return []
    said = []
    if moderation.reports.accepted:
        where = "everywhere" if moderation.reports.private_venues else "in public venues"
        said.append(f"Reports by users {where} open cases.")
    recall = {name: share for name, share in moderation.scan.recall.items() if share > 0}
    if recall:
        places = ["public venues"]
        places += ["venues by invitation"] if moderation.scan.private_venues else []
        places += ["one-to-one cloud chats"] if moderation.scan.direct_chats else []
        shares = _and([f"{share:.0%} of {name}".replace("%", " %") for name, share in recall.items()])
        false = f"{10_000 * moderation.scan.false_positive:g} in 10,000 other posts"
        alone = "and acts on its own" if moderation.scan.acts_alone else "for a reviewer"
        said.append(f"A scanner looks at uploads in {_and(places)}: it flags {shares}, and {false}, {alone}.")
    else:
        said.append("Nothing is scanned.")
    return said


def _staff(scenario: Scenario) -> list[str]:
    staff, delay = scenario.policy.moderation.reviewers, scenario.policy.moderation.takedown.delay
    if not scenario.policy.terms:
        return []
    if staff.count == 0:
        return ["There are no reviewers."]
    further = scenario.policy.moderation.takedown.further
    later = f", and after a further random time of {write_duration(further)} on average" if further else ""
    pace = " (each case takes a random time)" if staff.service == "random" else ""
    persons = scenario.world.users * scenario.world.persons_per_user
    return [
        f"{staff.count:,} reviewers for {persons:,.0f} persons decide {staff.decisions_per_day:g} cases a day "
        f"each{pace}, find {100 * staff.sensitivity:g} % of the breaches, and clear {100 * staff.specificity:g} % "
        "of what breaks no rule.",
        f"A verdict takes effect {write_duration(delay)} after the case was opened, or later if the queue is "
        f"long{later}.",
    ]


def _strikes(scenario: Scenario) -> list[str]:
    strikes = scenario.policy.moderation.strikes
    said = []
    if strikes.ban_user_at is not None:
        said.append(f"An account is banned at {strikes.ban_user_at} strikes.")
    if strikes.ban_venue_at is not None:
        said.append(f"A channel or group is banned at {strikes.ban_venue_at} strikes.")
    return said


def _features(scenario: Scenario) -> list[str]:
    features, labels = scenario.policy.features, scenario.policy.labels
    said = []
    if features.forward_limit is not None:
        said.append(f"One forward goes to at most {features.forward_limit} chats.")
    if features.viral_forward_limit is not None:
        said.append(
            f"Once an item has come through {features.viral_hops} hops, a forward goes to at most "
            f"{features.viral_forward_limit} chats."
        )
    if any("label" in treatment.actions for treatment in scenario.policy.terms.values()):
        said.append(
            f"A label multiplies passing on by {labels.sharing_factor:g} and persuasion by {labels.belief_factor:g}."
        )
    return said
