"""A policy in words, made from the scenario: what a reader of the report can check against the YAML."""

from sim.scenario.fields import write_duration
from sim.scenario.policy import Policy
from sim.scenario.scenario import Scenario
from sim.vocabulary import ContentClass

_DEEDS = {
    "remove": "removed",
    "label": "labelled",
    "downrank": "shown less",
    "friction": "passed on only after a question",
    "restrict": "not forwarded any more, only copied",
    "geo-block": "hidden where it is illegal",
    "correct": "shown with a correction",
}
_ORDERS = {
    "severity": "the most harmful class first",
    "reach": "the largest channel or group first",
    "risk": "the most harmful class in the largest channel or group first",
}


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1] if parts else ""


def _shares(shares: dict[ContentClass, float]) -> str:
    return _and([f"{100 * share:g} % of {name}" for name, share in shares.items() if share > 0])


def policy_in_words(scenario: Scenario) -> list[str]:
    """Return the policy of a scenario as sentences; what a later phase says, with its day."""
    said = _policy(scenario, scenario.policy)
    for phase in scenario.phases:
        before = set(said)
        new = [sentence for sentence in _policy(scenario, phase.policy) if sentence not in before]
        title = f"From {phase.begins} on: {phase.policy.title}."
        said += [title, *(f"From {phase.begins} on: {sentence}" for sentence in new)]
    return said


def _policy(scenario: Scenario, policy: Policy) -> list[str]:
    parts = (_terms, _detection, _notices, _hashes, _staff, _queue, _strikes, _appeals, _features)
    return [sentence for part in parts for sentence in part(scenario, policy)]


def _terms(scenario: Scenario, policy: Policy) -> list[str]:
    groups: dict[str, list[str]] = {}
    for name, treatment in policy.terms.items():
        deeds = _and([_DEEDS[action] for action in treatment.actions]) or "left alone"
        scope = "on every copy" if treatment.scope == "every-copy" else "on the post that was found"
        strike = ", with a strike for author and venue" if treatment.strike else ""
        groups.setdefault(f"is {deeds}, {scope}{strike}", []).append(name)
    if not groups:
        return ["The terms forbid nothing: no post is removed or marked."]
    return [f"What reviewers find to be {_and(names)} {deed}." for deed, names in groups.items()]


def _detection(scenario: Scenario, policy: Policy) -> list[str]:
    moderation = policy.moderation
    if not policy.terms:
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
        places += ["secret chats, on people's phones"] if moderation.scan.secret_chats else []
        shares = _shares(recall)
        false = f"{10_000 * moderation.scan.false_positive:g} in 10,000 other posts"
        alone = "and acts on its own" if moderation.scan.acts_alone else "for a reviewer"
        said.append(f"A scanner looks at uploads in {_and(places)}: it flags {shares}, and {false}, {alone}.")
    else:
        said.append("Nothing is scanned.")
    return said


def _notices(scenario: Scenario, policy: Policy) -> list[str]:
    moderation, said = policy.moderation, []
    flaggers, orders, admins = moderation.flaggers, moderation.orders, moderation.admins
    if found := _shares(flaggers.recall):
        first = ", and their notices come first" if moderation.queue.notices_first else ""
        said.append(f"Trusted flaggers notify {found}, {write_duration(flaggers.delay)} later on average{first}.")
    if found := _shares(orders.recall):
        deeds = _and([_DEEDS[action] for action in orders.does.actions])
        said.append(
            f"Authorities order {found} to be {deeds}, {write_duration(orders.delay)} after the post on average; "
            f"{100 * orders.comply:g} % of the orders are obeyed, within {write_duration(orders.deadline)}."
        )
    if found := _shares(admins.removing):
        said.append(f"Owners of groups take down up to {found} themselves: what does not suit them.")
    return said


def _hashes(scenario: Scenario, policy: Policy) -> list[str]:
    hashes, said = policy.moderation.hashes, []
    known = _shares(hashes.known)
    if known or hashes.learned:
        places = ["public venues"]
        places += ["venues by invitation"] if hashes.private_venues else []
        places += ["one-to-one cloud chats"] if hashes.direct_chats else []
        places += ["secret chats, on people's phones"] if hashes.secret_chats else []
        what = [f"a database that holds {known}"] if known else []
        what += ["what was taken down before"] if hashes.learned else []
        said.append(
            f"Uploads to {_and(places)} are matched against {_and(what)}, and stopped; "
            f"{100 * hashes.copied:g} % of the copies are still recognised."
        )
    return said


def _queue(scenario: Scenario, policy: Policy) -> list[str]:
    discipline = policy.moderation.queue.discipline
    return [f"Cases are taken by urgency: {_ORDERS[discipline]}."] if discipline in _ORDERS and policy.terms else []


def _appeals(scenario: Scenario, policy: Policy) -> list[str]:
    spec = policy.moderation.appeals
    if spec is None:
        return []
    return [
        f"Authors object to {100 * spec.wrongful:g} % of wrong verdicts and {100 * spec.rightful:g} % of right ones; "
        f"after {write_duration(spec.delay)} on average {100 * spec.overturned_wrongful:g} % and "
        f"{100 * spec.overturned_rightful:g} % of these objections are upheld: posts are put back, strikes lifted."
    ]


def _staff(scenario: Scenario, policy: Policy) -> list[str]:
    staff, delay = policy.moderation.reviewers, policy.moderation.takedown.delay
    if not policy.terms:
        return []
    if staff.count == 0:
        return ["There are no reviewers."]
    further = policy.moderation.takedown.further
    later = f", and after a further random time of {write_duration(further)} on average" if further else ""
    pace = " (each case takes a random time)" if staff.service == "random" else ""
    persons = scenario.world.users * scenario.world.persons_per_user
    said = []
    if staff.shifts:
        hours = _and([f"{100 * s.share:g} % from {s.begins} h for {s.hours} h" for s in staff.shifts])
        said.append(f"The reviewers work in shifts: {hours}.")
    if staff.languages:
        read = _and([f"{100 * share:g} % read {name}" for name, share in staff.languages.items()])
        said.append(f"Of the reviewers {read}; what none of them reads waits.")
    employed = staff.employed(persons)
    return [
        f"{f'{employed:,.0f}' if employed >= 10 else f'{employed:.2g}'} reviewers for {persons:,.0f} persons "
        f"({employed * 1e6 / persons:.2g} for each million) decide {staff.decisions_per_day:g} cases a day "
        f"each{pace}, find {100 * staff.sensitivity:g} % of the breaches, and clear {100 * staff.specificity:g} % "
        "of what breaks no rule.",
        f"A verdict takes effect {write_duration(delay)} after the case was opened, or later if the queue is "
        f"long{later}.",
        *said,
    ]


def _strikes(scenario: Scenario, policy: Policy) -> list[str]:
    strikes = policy.moderation.strikes
    said = [
        f"From {rung.at} strikes on, each suspends an account for {write_duration(rung.suspend)}."
        for rung in strikes.ladder
    ]
    if strikes.ban_user_at is not None:
        said.append(f"An account is banned at {strikes.ban_user_at} strikes.")
    if strikes.ban_venue_at is not None:
        said.append(f"A channel or group is banned at {strikes.ban_venue_at} strikes.")
    return said


def _features(scenario: Scenario, policy: Policy) -> list[str]:
    features, labels = policy.features, policy.labels
    said = []
    if features.forward_limit is not None:
        said.append(f"One forward goes to at most {features.forward_limit} chats.")
    if features.viral_forward_limit is not None:
        said.append(
            f"Once an item has come through {features.viral_hops} hops, a forward goes to at most "
            f"{features.viral_forward_limit} chats."
        )
    if features.friction < 1.0:
        said.append(f"A question before each forward multiplies passing on by {features.friction:g}.")
    actions = {action for treatment in policy.terms.values() for action in treatment.actions}
    if "friction" in actions:
        said.append(f"Friction on a post multiplies passing it on by {labels.friction_factor:g}.")
    if "correct" in actions:
        said.append(
            f"A corrected post pulls beliefs down {labels.correction_strength:g} times as strongly as it did up."
        )
    if any("label" in treatment.actions for treatment in policy.terms.values()):
        said.append(
            f"A label multiplies passing on by {labels.sharing_factor:g} and persuasion by {labels.belief_factor:g}."
        )
    return said
