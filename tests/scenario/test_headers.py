"""What the header or a title of a shipped file says is what its values do: a check beside each claim."""

import re
from datetime import date, timedelta

import numpy as np
import pytest

from sim.experiment.plan import load_experiment
from sim.scenario.law import Regime
from sim.scenario.load import load_scenario, read_resolved, validate
from sim.scenario.policy import Policy
from tests.small import ROOT

FOLDER = ROOT / "scenarios"
ILLEGAL = {"fraud", "incitement", "terrorism", "csam", "drugs"}


def header(path):
    """The comment at the head of a file, and what its first keys say, as one line."""
    return " ".join(path.read_text().replace("#", " ").split())


def policy(name):
    return validate(read_resolved(FOLDER / "policies" / f"{name}.yaml"), Policy)


def scenario(name):
    return load_scenario(FOLDER / f"{name}.yaml").scenario


def reach(spread):
    """The mean of a quantity that differs."""
    return float(spread.quantiles((np.arange(100_000) + 0.5) / 100_000).mean())


def removed(p):
    return {name for name, treatment in p.terms.items() if "remove" in treatment.actions}


def staff(p):
    return p.moderation.reviewers.employed(1e6)


def looks(p):
    """Whether anything is looked for: scanners, hashes, flaggers, orders, other routes."""
    m = p.moderation
    return bool(
        any(m.scan.recall.values())
        or any(m.hashes.known.values())
        or m.hashes.learned
        or any(m.flaggers.recall.values())
        or any(m.orders.recall.values())
        or m.routes
    )


NOTICE, FAST = policy("notice-and-action"), policy("fast-takedown")

POLICIES = {
    "laissez-faire": [
        ("Nothing is taken down, marked or limited", lambda p: not p.terms and p.features == Policy().features),
    ],
    "notice-and-action": [
        ("Users report", lambda p: p.moderation.reports.accepted),
        (
            "what is illegal comes down a day after",
            lambda p: removed(p) == ILLEGAL and p.moderation.takedown.delay == 24,
        ),
        ("nothing is looked for", lambda p: not looks(p)),
        ("20 reviewers for each million persons", lambda p: staff(p) == 20.0),
    ],
    "fast-takedown": [
        (
            "Scanners look at public channels and groups",
            lambda p: (
                set(p.moderation.scan.recall) == ILLEGAL
                and not (p.moderation.scan.private_venues or p.moderation.scan.direct_chats)
            ),
        ),
        ("four times as many", lambda p: staff(p) == 4 * staff(NOTICE)),
        (
            "every copy comes down an hour after",
            lambda p: (
                removed(p) == ILLEGAL
                and all(t.scope == "every-copy" for t in p.terms.values())
                and p.moderation.takedown.delay == 1.0
            ),
        ),
    ],
    "combined": [
        ("Fast takedown of what is illegal", lambda p: removed(p) == ILLEGAL and p.moderation == FAST.moderation),
        (
            "labels on misinformation and conspiracies",
            lambda p: {name for name, t in p.terms.items() if "label" in t.actions} == {"misinformation", "conspiracy"},
        ),
        ("limits on every forward", lambda p: p.features.forward_limit == 5),
    ],
    "limits-and-labels": [
        ("Nothing is removed", lambda p: not removed(p)),
        (
            "forwards are limited as on WhatsApp",
            lambda p: (p.features.forward_limit, p.features.viral_hops, p.features.viral_forward_limit) == (5, 5, 1),
        ),
        (
            "false is labelled on every copy",
            lambda p: (
                set(p.terms) == {"misinformation", "conspiracy"}
                and all(t.actions == ("label",) and t.scope == "every-copy" for t in p.terms.values())
            ),
        ),
    ],
    "soft-measures": [
        ("Nothing is removed", lambda p: not removed(p)),
        (
            "gets a correction and a question",
            lambda p: all(set(p.terms[c].actions) == {"correct", "friction"} for c in ("misinformation", "conspiracy")),
        ),
        (
            "is hidden where it is illegal and can only be copied",
            lambda p: all(set(p.terms[c].actions) == {"geo-block", "restrict"} for c in ILLEGAL),
        ),
        ("A question comes before every other forward too", lambda p: p.features.friction < 1.0),
    ],
    "due-process": [
        ("trusted flaggers come first", lambda p: p.moderation.queue.notices_first and p.moderation.flaggers.recall),
        (
            "strikes suspend before they ban",
            lambda p: max(r.at for r in p.moderation.strikes.ladder) < p.moderation.strikes.ban_user_at,
        ),
        ("authors can object", lambda p: p.moderation.appeals is not None),
        ("owners of groups help", lambda p: any(p.moderation.admins.removing.values())),
        ("Notice and action", lambda p: p.terms == NOTICE.terms and staff(p) == staff(NOTICE)),
    ],
    "flooded": [
        (
            "Fast takedown with a scanner that flags 3 %",
            lambda p: (
                p.moderation.scan.false_positive == 0.03
                and p.model_copy(update={"title": "", "moderation": None})
                == FAST.model_copy(update={"title": "", "moderation": None})
            ),
        ),
        (
            "sixty times as many",
            lambda p: p.moderation.scan.false_positive == pytest.approx(60 * FAST.moderation.scan.false_positive),
        ),
    ],
    "by-deadline": [
        (
            "notices from private channels and groups are accepted",
            lambda p: p.moderation.reports.private_venues and not looks(p),
        ),
        ("by the deadlines of the laws", lambda p: p.moderation.takedown.heeds_deadlines),
        ("reviewers take first what is due soonest", lambda p: p.moderation.queue.discipline == "deadline"),
    ],
    "client-side-scanning": [
        ("Fast takedown", lambda p: p.terms == FAST.terms and staff(p) == staff(FAST)),
        (
            "look everywhere",
            lambda p: all(
                getattr(part, place)
                for part in (p.moderation.scan, p.moderation.hashes)
                for place in ("private_venues", "direct_chats", "secret_chats")
            ),
        ),
    ],
    "squeeze": [
        ("Fast takedown", lambda p: removed(p) > ILLEGAL and p.moderation.takedown == FAST.moderation.takedown),
        (
            "bans accounts, channels and groups soon",
            lambda p: (
                p.moderation.strikes.ban_user_at < FAST.moderation.strikes.ban_user_at
                and p.moderation.strikes.ban_venue_at < FAST.moderation.strikes.ban_venue_at
            ),
        ),
        ("removes conspiracies", lambda p: "conspiracy" in removed(p)),
        (
            "needs a phone number, as under telegram-2024",
            lambda p: p.features.identity == policy("telegram-2024").features.identity == "phone",
        ),
    ],
    "telegram-2024": [
        ("hardly any staff", lambda p: staff(p) < 1.0),
        ("0.2 for each million", lambda p: staff(p) == pytest.approx(0.2)),
        (
            "nothing done about private chats and groups",
            lambda p: (
                not p.moderation.reports.private_venues and not looks(p) and not p.moderation.flaggers.private_venues
            ),
        ),
        ("hardly a request answered", lambda p: p.cooperation.answers <= 0.05),
    ],
    "telegram-after": [
        ("data on valid orders", lambda p: p.cooperation.answers > 10 * policy("telegram-2024").cooperation.answers),
        ("reports from private chats and groups too", lambda p: p.moderation.reports.private_venues),
        (
            "more taken down",
            lambda p: looks(p) and p.moderation.takedown.delay < policy("telegram-2024").moderation.takedown.delay,
        ),
    ],
}


def same_people(s):
    base = scenario("telegram-law")
    return s.world.personas == base.world.personas and s.content == base.content and s.behaviour == base.behaviour


LAW = [
    ("The people and the items of the shipped scenario", same_people),
    ("on another platform", lambda s: s.platform.name != scenario("telegram-law").platform.name),
    ("before the same regimes", lambda s: s.law == scenario("telegram-law").law and not s.world.elsewhere),
]
SCENARIOS = {
    "telegram": [
        ("5,000 users", lambda s: s.world.users == 5000),
        ("30 days by the hour", lambda s: s.time.days == 30 and s.time.tick_hours == 1.0),
        (
            "Conspiracies, misinformation, incitement, fraud and drug offers spread among news and fact checks",
            lambda s: (
                {stream.content for stream in s.content.streams.values()}
                == {"conspiracy", "misinformation", "incitement", "fraud", "drugs", "benign", "correction"}
            ),
        ),
        ("58 h, late: 0.68, late_half: 234 h", lambda s: (s.behaviour.post_half_life, s.behaviour.late) == (58, 0.68)),
    ],
    "telegram-law": [
        ("other platforms beside it", lambda s: set(s.world.elsewhere) == {"rumble", "x", "whatsapp", "signal"}),
        ("bans that are evaded", lambda s: s.moving.returning > 0 and s.moving.reopening > 0 and s.world.backups > 0),
        ("six regimes", lambda s: len(s.law.regimes) == 6),
        (
            "a month before 24 August 2024 and goes on for two",
            lambda s: 28 <= (date(2024, 8, 24) - s.time.start).days <= 31 and s.time.days == 60,
        ),
        ("a tenth) is half a million", lambda s: s.law.regimes["eu"].applies_from == 0.1 * 5_000_000),
    ],
    "x-law": LAW,
    "rumble-law": LAW,
    "whatsapp-law": LAW,
    "signal-law": LAW,
    "riot": [
        ("Ten days after a stabbing", lambda s: s.time.days == 10 and s.time.start == date(2024, 7, 29)),
        (
            "on the evening of the sixth day",
            lambda s: (
                s.events["riot"].hour >= 18
                and s.time.start + timedelta(days=5) == date.fromisoformat(s.events["riot"].on)
            ),
        ),
        ("calls to a place and an hour", lambda s: s.content.streams["calls"].calls == "riot"),
        ("hoaxes about who did it", lambda s: s.content.streams["migration-hoax"].topic == s.events["riot"].topic),
    ],
    "encryption-tradeoff": [
        ("a third of the ties in secret chats", lambda s: s.world.direct.secret == 0.33),
        (
            "people who talk more one to one",
            lambda s: s.world.direct.traffic_per_contact > scenario("telegram").world.direct.traffic_per_contact,
        ),
    ],
    "cause-or-effect": [
        ("over 60 days", lambda s: s.time.days == 60),
        (
            "with search that goes by belief too, suggestions of similar channels",
            lambda s: s.moving.searching > 0 and 0 < s.moving.searching_by_belief < 1 and s.moving.suggestions > 0,
        ),
        (
            "the same claims outside the platform",
            lambda s: {source.topic for source in s.world.outside.values()} <= {"vaccines"},
        ),
    ],
    "unsorted": [
        (
            "without regard to topic, interest or persona",
            lambda s: (
                s.world.affinity.topic == 0.0
                and {(p.joins_more, p.owns) for p in s.world.personas.values()} == {(1.0, 1.0)}
            ),
        ),
        ("It goes on for 120 days", lambda s: s.time.days == 120),
    ],
    "telegram-facebook": [("4,039 people", lambda s: s.world.users == 4039)],
}


def regime(name):
    return validate(read_resolved(FOLDER / "regimes" / f"{name}.yaml"), Regime)


def step(r, name):
    return next(rung for rung in r.ladder if rung.step == name)


def hazard(r, name, days):
    return step(r, name).hazard == pytest.approx(1 / days, rel=0.06)


REGIMES = {
    "eu-dsa": [
        (
            "only notified content counts",
            lambda r: {e.measure for e in r.elements.values()} == {"notices", "ignored_share", "reviewers_per_million"},
        ),
        ("one hour after an order", lambda r: r.deadlines["terrorism"] == 1.0),
        ("users in the EU, from which a platform is very large", lambda r: r.applies_from == 45e6),
        ("more than a fifth of valid notices", lambda r: r.elements["inaction"].at_least == 20),
        (
            "TikTok has 39 for each million",
            lambda r: r.elements["no-diligence"].at_most == pytest.approx(3.9, rel=0.05),
        ),
        ("at most 6 % of turnover", lambda r: step(r, "fine").fine_share == 0.06),
        ("1/730 a day", lambda r: hazard(r, "fine", 730)),
        ("four weeks", lambda r: step(r, "block").block_for == 28 * 24),
    ],
    "germany-netzdg": [
        ("hours for manifest cases, days for others", lambda r: r.deadline == 168 and r.deadlines["csam"] == 24),
        ("registered users in Germany", lambda r: r.applies_from == 2e6),
        ("more than a tenth of complaints", lambda r: r.elements["systematic"].at_least == 10),
        ("1/550 a day", lambda r: hazard(r, "fine", 550)),
    ],
    "france-complicity": [
        ("refusal of data requests", lambda r: "silence" in step(r, "arrest").needs and r.requests > 0),
        ("1/190 a day", lambda r: hazard(r, "arrest", 190)),
    ],
    "uk-osa": [("10 % of turnover", lambda r: step(r, "fine").fine_share == 0.1)],
    "us-safe-harbour": [
        ("but for federal crime", lambda r: set(r.illegal) == {"csam"}),
        ("once it is actually known", lambda r: all("actual-knowledge" in rung.needs for rung in r.ladder)),
        (
            "a third of that of France",
            lambda r: r.requests == pytest.approx(regime("france-complicity").requests / 3, rel=0.15),
        ),
    ],
    "brazil-blocking": [
        ("more than a fifth of valid notices", lambda r: r.elements["disobeyed"].at_least == 20),
        (
            "30 August to 8 October 2024",
            lambda r: step(r, "block").block_for == 24 * (date(2024, 10, 8) - date(2024, 8, 30)).days,
        ),
    ],
    "none": [("nothing follows", lambda r: not r.ladder)],
}


PLATFORMS = {
    "telegram": [
        ("5,000 users stand for 5 million persons", lambda s: s.world.users * s.world.persons_per_user == 5_000_000),
        ("none of the countries below", lambda s: s.platform.seat not in s.world.countries),
        ("group_cap: 200000", lambda s: s.platform.group_cap == 200_000),
    ],
    "x": [
        ("public feeds", lambda s: s.world.channels.private <= 0.05),
        ("a ranked timeline", lambda s: s.policy.features.feed > 0.0),
        ("hardly any groups", lambda s: s.world.groups.per_1000_users < 0.1 * s.world.channels.per_1000_users),
        ("a seat in the United States", lambda s: s.platform.seat == "united-states"),
    ],
    "rumble": [
        ("light moderation", lambda s: staff(s.policy) < staff(scenario("x-law").policy)),
        ("video channels", lambda s: s.world.channels.per_1000_users > s.world.groups.per_1000_users),
        ("seats in Florida and Ontario", lambda s: s.platform.seat == "united-states"),
    ],
    "whatsapp": [
        ("end-to-end encryption by default", lambda s: s.world.direct.secret == 1.0),
        ("groups of 1,024", lambda s: s.platform.group_cap == 1024),
        ("limited forwards", lambda s: s.policy.features.forward_limit == 5),
        ("more than 2 billion users", lambda s: staff(s.policy) == pytest.approx(0.5)),
        (
            "10 groups a user, 12 members",
            lambda s: (
                reach(s.world.groups.size) == pytest.approx(12, rel=0.2)
                and s.world.groups.per_1000_users / 1000 * reach(s.world.groups.size) == pytest.approx(10, rel=0.2)
            ),
        ),
    ],
    "signal": [
        ("everything encrypted", lambda s: s.world.direct.secret == 1.0 and s.world.channels.per_1000_users == 0.0),
        ("groups of 1,000", lambda s: s.platform.group_cap == 1000),
        ("forwards to 5 chats", lambda s: s.policy.features.forward_limit == 5),
    ],
}


def held_by(table, folder, make):
    return [
        pytest.param(FOLDER / folder / f"{name}.yaml", words, check, make, id=f"{name}: {words}")
        for name, claims in table.items()
        for words, check in claims
    ]


@pytest.mark.parametrize(
    ("path", "words", "check", "make"),
    [
        *held_by(POLICIES, "policies", policy),
        *held_by(REGIMES, "regimes", regime),
        *held_by(SCENARIOS, "", scenario),
        *held_by(PLATFORMS, "platforms", lambda name: scenario("telegram" if name == "telegram" else f"{name}-law")),
    ],
)
def test_a_header_says_what_its_values_do(path, words, check, make):
    assert words in header(path), f"{path.name} does not say so any more: mend this test with it"
    assert check(make(path.stem))


@pytest.mark.parametrize("folder", ["policies", "platforms", "regimes", ""])
def test_every_shipped_file_has_its_claims_checked(folder):
    table = {"policies": POLICIES, "platforms": PLATFORMS, "regimes": REGIMES, "": SCENARIOS}[folder]
    assert {path.stem for path in (FOLDER / folder).glob("*.yaml")} - {"elsewhere"} == set(table)


def arms(name):
    return {arm.name: arm.scenario for arm in load_experiment(ROOT / "experiments" / f"{name}.yaml").arms}


def test_titles_of_the_flooded_queue_are_what_each_changes():
    made = {name: scenario.policy for name, scenario in arms("flooded-queue").items()}
    flooded = made["flooded"].moderation
    assert made["first-look"].moderation.queue.triage is not None
    assert made["severity-first"].moderation.queue.discipline == "severity"
    assert made["dropping"].moderation.queue.expires == 48.0
    assert made["more-staff"].moderation.reviewers.count == 4 * flooded.reviewers.count
    assert made["few-false-alarms"].moderation == FAST.moderation


def test_titles_of_takedown_delays_are_their_delays():
    plan = load_experiment(ROOT / "experiments" / "takedown-delay.yaml")
    said = {"after four weeks": 28, "after a week": 7, "after a day": 1, "after an hour": 1 / 24}
    for arm in plan.arms:
        if arm.title == "no takedown":
            assert not arm.scenario.policy.terms
        else:
            days = said[arm.title.removeprefix("takedown ")]
            assert arm.scenario.policy.moderation.takedown.delay == pytest.approx(24 * days)


def test_titles_of_forward_limits_are_their_limits():
    found = {arm.title: arm.scenario.policy for arm in load_experiment(ROOT / "experiments/forward-limit.yaml").arms}
    limits = {title: p.features.forward_limit for title, p in found.items()}
    viral = "a limit of 5 chats (1 once forwarded five times)"
    chats = {20: "a limit of 20 chats", 5: "a limit of 5 chats", 1: "a limit of 1 chat"}
    assert limits == {"no limit": None, viral: 5, **{title: number for number, title in chats.items()}}
    assert (found[viral].features.viral_hops, found[viral].features.viral_forward_limit) == (5, 1)
    rest = [p.model_copy(update={"features": None, "title": ""}) for p in found.values()]
    assert all(one == rest[0] for one in rest), "they differ in nothing else"


def test_cleaned_up_differs_from_as_it_was_in_moderation_alone():
    found = arms("squeeze-the-balloon")
    was, cleaned, verified = (found[name].policy for name in ("as-it-was", "cleaned-up", "cleaned-up-verified"))
    assert cleaned.features == was.features
    assert verified == cleaned.model_copy(
        update={"features": cleaned.features.model_copy(update={"identity": "verified"})}
    )


def test_scanning_reaches_as_far_as_the_titles_say():
    found = {arm.title: arm.scenario for arm in load_experiment(ROOT / "experiments/encryption-tradeoff.yaml").arms}
    reached = {
        title: (scan.private_venues, scan.direct_chats, scan.secret_chats)
        for title, scan in ((title, s.policy.moderation.scan) for title, s in found.items())
    }
    assert reached == {
        "scanning in public only": (False, False, False),
        "scanning in private groups too": (True, False, False),
        "scanning in one-to-one chats too": (True, True, False),
        "scanning in secret chats too (on devices)": (True, True, True),
    }


def test_no_calls_means_no_call_and_no_other_change():
    found = arms("riot")
    assert found["no-calls"].content.streams["calls"].per_1000_users_day == 0.0
    assert found["no-calls"].policy == found["notice-and-action"].policy


ASKED = {  # the part of a question that names policies, and the arm that each of its words is
    "riot": (
        "How do (.*) change turnout",
        {
            "fast takedown": "fast-takedown",
            "a forward limit with labels": "limits-and-labels",
            "no calls at all": "no-calls",
        },
    ),
    "takedown-delay": (
        "matter: (.*)[?]",
        {"after an hour": "hour", "a day": "day", "a week": "week", "four weeks": "month", "never": "never"},
    ),
    "flooded-queue": (
        "what helps: (.*)[?]",
        {
            "a quick first look by a classifier": "first-look",
            "the most harmful cases first": "severity-first",
            "dropping what has waited too long": "dropping",
            "four times as many reviewers": "more-staff",
        },
    ),
}


@pytest.mark.parametrize("name", sorted(ASKED))
def test_every_policy_that_a_question_names_is_compared(name):
    pattern, known = ASKED[name]
    plan = load_experiment(ROOT / "experiments" / f"{name}.yaml")
    (named,) = re.findall(pattern, " ".join(plan.question.split()))
    assert re.split(r", and |, or |, | and ", named) == list(known)
    assert set(known.values()) <= {arm.name for arm in plan.arms}
