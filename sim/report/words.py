"""A policy in words, made from the scenario: what a reader of the report can check against the YAML."""

from sim.scenario.fields import write_duration
from sim.scenario.policy import Policy
from sim.scenario.scenario import Scenario
from sim.vocabulary import ContentClass

_DEEDS = {
    "remove": "removed",
    "label": "labelled",
    "downrank": "down-ranked",
    "friction": "forwarded only after a prompt",
    "restrict": "barred from forwarding (copying remains possible)",
    "geo-block": "hidden where they are illegal",
    "correct": "shown with a correction",
}
_ORDERS = {
    "severity": "the most harmful class first",
    "reach": "the largest channel or group first",
    "risk": "the most harmful class in the largest channel or group first",
    "deadline": "what the laws want dealt with soonest first",
}


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1] if parts else ""


def _or(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " or " + parts[-1]


def _named(name: str, *, in_full: bool = False) -> str:
    """Return a content class as it stands in a sentence."""
    return name if name != "csam" else "CSAM (child sexual abuse material)" if in_full else "CSAM"


def _shares(shares: dict[ContentClass, float]) -> str:
    return _and([f"{100 * share:g} % of {_named(name)}" for name, share in shares.items() if share > 0])


def _less(factor: float) -> str:
    """Return what a factor below 1 takes away: '24.7 %'."""
    return f"{100 * (1 - factor):.3g} %"


def _chats(number: int) -> str:
    return "1 chat" if number == 1 else f"{number} chats"


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
        deeds = _and([_DEEDS[action] for action in treatment.actions]) or "left unchanged"
        scope = "every copy" if treatment.scope == "every-copy" else "that post only"
        strike = "; the author and the channel or group get a strike" if treatment.strike else ""
        groups.setdefault(f"are {deeds} ({scope}){strike}", []).append(_named(name, in_full=True))
    if not groups:
        return ["The terms forbid nothing: no post is removed or marked."]
    return [f"Posts judged to be {_or(names)} {deed}." for deed, names in groups.items()]


def _detection(scenario: Scenario, policy: Policy) -> list[str]:
    moderation = policy.moderation
    if not policy.terms:
        return []
    said = []
    if moderation.reports.accepted:
        where = "everywhere" if moderation.reports.private_venues else "in public channels and groups only"
        said.append(f"User reports open cases {where}.")
    recall = {name: share for name, share in moderation.scan.recall.items() if share > 0}
    if recall:
        places = ["public channels and groups"]
        places += ["channels and groups by invitation"] if moderation.scan.private_venues else []
        places += ["one-to-one cloud chats"] if moderation.scan.direct_chats else []
        places += ["secret chats (on the users' devices)"] if moderation.scan.secret_chats else []
        shares = _shares(recall)
        false = f"{10_000 * moderation.scan.false_positive:g} in 10,000 other posts (false positives)"
        alone = "and acts without human review" if moderation.scan.acts_alone else "for human review"
        said.append(f"Uploads to {_and(places)} are scanned: the scanner flags {shares}, and {false}, {alone}.")
    else:
        said.append("There is no automatic scanning.")
    return said


def _notices(scenario: Scenario, policy: Policy) -> list[str]:
    moderation, said = policy.moderation, []
    flaggers, orders, admins = moderation.flaggers, moderation.orders, moderation.admins
    if found := _shares(flaggers.recall):
        first = "; their notices are reviewed first" if moderation.queue.notices_first else ""
        said.append(
            f"Trusted flaggers report {found}, {write_duration(flaggers.delay)} after posting on average{first}."
        )
    if found := _shares(orders.recall):
        deeds = _and([_DEEDS[action] for action in orders.does.actions])
        said.append(
            f"Authorities order {found} to be {deeds}, {write_duration(orders.delay)} after posting on average; "
            f"{100 * orders.comply:g} % of the orders are obeyed, within {write_duration(orders.deadline)}."
        )
    if found := _shares(admins.removing):
        said.append(f"Group owners remove up to {found} on their own initiative, if they disapprove of it.")
    return said


def _hashes(scenario: Scenario, policy: Policy) -> list[str]:
    hashes, said = policy.moderation.hashes, []
    known = _shares(hashes.known)
    if known or hashes.learned:
        places = ["public channels and groups"]
        places += ["channels and groups by invitation"] if hashes.private_venues else []
        places += ["one-to-one cloud chats"] if hashes.direct_chats else []
        places += ["secret chats (on the users' devices)"] if hashes.secret_chats else []
        what = [f"a hash database that holds {known}"] if known else []
        what += ["previously removed items"] if hashes.learned else []
        said.append(
            f"Uploads to {_and(places)} are matched against {_and(what)}; matches are blocked before publication, and "
            f"{100 * hashes.copied:g} % of copies are recognised."
        )
    return said


def _queue(scenario: Scenario, policy: Policy) -> list[str]:
    queue, said = policy.moderation.queue, []
    if not policy.terms:
        return []
    if queue.triage is not None:
        said.append(
            f"A classifier looks first at what is flagged: it passes {100 * queue.triage.passes:g} % of violations on "
            f"to reviewers and dismisses {100 * queue.triage.dismisses:g} % of what violates nothing."
        )
    if queue.discipline in _ORDERS:
        said.append(f"Cases are reviewed by priority: {_ORDERS[queue.discipline]}.")
    if queue.expires is not None:
        said.append(f"A case that has waited for {write_duration(queue.expires)} is dropped without a decision.")
    if policy.moderation.takedown.heeds_deadlines:
        said.append("Where a law sets a shorter deadline, a decision takes effect by then.")
    return said


def _appeals(scenario: Scenario, policy: Policy) -> list[str]:
    spec = policy.moderation.appeals
    if spec is None:
        return []
    return [
        f"Authors appeal against {100 * spec.wrongful:g} % of wrongful decisions and {100 * spec.rightful:g} % of "
        f"correct ones; after {write_duration(spec.delay)} on average, {100 * spec.overturned_wrongful:g} % and "
        f"{100 * spec.overturned_rightful:g} % of these appeals succeed: posts are restored and strikes lifted."
    ]


def _staff(scenario: Scenario, policy: Policy) -> list[str]:
    staff, delay = policy.moderation.reviewers, policy.moderation.takedown.delay
    if not policy.terms:
        return []
    if staff.count == 0:
        return ["There are no reviewers."]
    further = policy.moderation.takedown.further
    later = f"; a random time of {write_duration(further)} on average is added" if further else ""
    pace = " (with random handling times)" if staff.service == "random" else ""
    persons = scenario.world.users * scenario.world.persons_per_user
    said = []
    if staff.shifts:
        hours = _and([f"{100 * s.share:g} % from {s.begins} h for {s.hours} h" for s in staff.shifts])
        said.append(f"Reviewers work in shifts: {hours}.")
    if staff.languages:
        read = _and([f"{100 * share:g} % read {name}" for name, share in staff.languages.items()])
        said.append(f"Of the reviewers, {read}; cases in any other language wait.")
    employed = staff.employed(persons)
    rate = f"for {persons:,.0f} persons ({employed * 1e6 / persons:.3g} per million)"
    if employed < 1.0:
        who = f"Less than one full-time reviewer {rate} decides {employed * staff.decisions_per_day:.3g} cases a day"
    elif employed == 1.0:
        who = f"1 reviewer {rate} decides {staff.decisions_per_day:g} cases a day"
    else:
        count = f"{employed:,.0f}" if employed >= 10 else f"{employed:.2g}"
        who = f"{count} reviewers {rate} decide {staff.decisions_per_day:g} cases a day each"
    return [
        f"{who}{pace}. Reviews catch {100 * staff.sensitivity:g} % of violations and wrongly flag "
        f"{_less(staff.specificity)} of the legitimate posts that they review.",
        f"A decision takes effect {write_duration(delay)} after the case was opened, or later if the queue is "
        f"long{later}.",
        *said,
    ]


def _strikes(scenario: Scenario, policy: Policy) -> list[str]:
    strikes = policy.moderation.strikes
    said = [
        f"From {rung.at} {'strike' if rung.at == 1 else 'strikes'} on, each strike suspends the account for "
        f"{write_duration(rung.suspend)}."
        for rung in strikes.ladder
    ]
    if strikes.ban_user_at is not None:
        said.append(f"An account is banned at {strikes.ban_user_at} strikes.")
    if strikes.ban_venue_at is not None:
        said.append(f"A channel or group is banned at {strikes.ban_venue_at} strikes.")
    if said and strikes.lapse is not None:
        said.append(f"A strike counts for {write_duration(strikes.lapse)}.")
    return said


def _features(scenario: Scenario, policy: Policy) -> list[str]:
    features, labels = policy.features, policy.labels
    said = []
    if features.forward_limit is not None:
        said.append(f"A post can be forwarded to at most {_chats(features.forward_limit)} at a time.")
    if features.viral_forward_limit is not None:
        said.append(
            f"Content forwarded {features.viral_hops} or more times can go to at most "
            f"{_chats(features.viral_forward_limit)} at a time."
        )
    if features.friction < 1.0:
        said.append(f"A prompt before each forward reduces forwarding by {_less(features.friction)}.")
    actions = {action for treatment in policy.terms.values() for action in treatment.actions}
    if "friction" in actions:
        said.append(f"A prompt on a post (friction) reduces forwarding it by {_less(labels.friction_factor)}.")
    if "correct" in actions:
        said.append(
            f"A corrected post lowers belief {labels.correction_strength:g} times as strongly as it raised it before."
        )
    if any("label" in treatment.actions for treatment in policy.terms.values()):
        said.append(
            f"A warning label reduces forwarding by {_less(labels.sharing_factor)} and persuasion by "
            f"{_less(labels.belief_factor)}."
        )
    return said
