"""Every outcome of one run that was made by hand: its formula, its unit and its denominator, worked out on paper."""

import math
from dataclasses import replace

import numpy as np
import pytest

from sim.outcomes import OUTCOMES, Record
from sim.outcomes.enforcement import taken_down_within
from sim.outcomes.tables import table, words
from sim.vocabulary import CASE_SOURCES, CLASSES, LEGAL_EVENTS, MEASURES, MOVES, SANCTIONS, TICK_CLASSES, VERDICTS
from tests.small import small_scenario

USERS = 200
"""Simulated; each stands for 1,000 persons. Eight days of 24 ticks: 192 ticks."""
HERE, ELSEWHERE = 0, 1
REGIME = {
    "illegal": ["fraud"],
    "elements": {"a": {"measure": "persons", "at_least": 0.0}, "b": {"measure": "late_share", "at_least": 10.0}},
    "ladder": [{"step": "warning", "needs": ["a"]}, {"step": "arrest", "needs": ["a", "b"]}],
}
LAW = {"regimes": {"r0": {**REGIME, "requests": 0.5}, "r1": {**REGIME, "requests": 1.0}}}
EVENT = {"topic": "migration", "on": "day 2", "happens_at": 30.0}
COUNTS = {
    "views": {"benign": 40, "misinformation": 6, "conspiracy": 30, "fraud": 20, "correction": 10},
    "illegal_views": {"fraud": 15, "drugs": 3},
    "forwards": {"benign": 5, "fraud": 3},
    "adoptions": {"conspiracy": 2, "benign": 7},
    "blocked": {"csam": 4},
    "restored": {"fraud": 1, "ordinary": 1},
    "removed": {"fraud": 3, "conspiracy": 2, "ordinary": 3},
    "views_elsewhere": {"conspiracy": 10, "benign": 50},
    "illegal_elsewhere": {"fraud": 8},
}
"""By measure and class; one of each stands in the first of two ticks, the rest in the second."""
POSTS = (  # class, illegal, venue, platform, views, posted, removed
    ("fraud", True, 0, HERE, 1, 0, 10),
    ("fraud", True, 0, HERE, 1, 0, -1),
    ("conspiracy", False, -1, HERE, 1, 2, 5),
    ("fraud", True, -1, ELSEWHERE, 1, 0, 3),
    ("conspiracy", False, 1, HERE, 1, 3, 47),
    ("fraud", True, 0, HERE, 1, 180, -1),
    ("fraud", True, 0, HERE, 1, 100, 120),
    ("fraud", True, 0, HERE, 1, 10, 34),
    ("benign", False, 0, HERE, 10, 0, -1),
)
CASES = (  # place, subject, source, class, verdict, acted
    (1, 7, "report", "ordinary", "upheld", 20),
    (1, 8, "report", "ordinary", "upheld", 60),
    (0, 900, "order", "fraud", "refused", -1),
    (0, 900, "order", "fraud", "upheld", -1),
    (0, 900, "order", "fraud", "waiting", -1),
    (0, 900, "order", "fraud", "cleared", -1),
)
SANCTIONED = (  # sanction, subject, wrong
    ("strike", 5, True), ("strike", 5, True), ("ban-user", 6, False), ("suspend", 5, True), ("suspend", 9, True),
    ("suspend", 7, False),
    ("ban-venue", 1, True), ("strike-lifted", 8, True),
)  # fmt: skip
MOVED = (  # move, subject, members
    ("reopened", 2, 50), ("left", 3, 0), ("returned", 4, 0), ("returned", 5, 0), ("locked-out", -1, 30),
    ("locked-out", -1, 20), ("let-in", -1, 9),
)  # fmt: skip
LEGAL = (  # regime, event, value
    (0, "warning", 0), (0, "fine", 1000), (1, "fine", 500), (1, "arrest", 0), (0, "request", 1), (0, "answer", 1),
    (0, "answer", 2), (1, "answer", 3),
)  # fmt: skip


def numbers(rows, place, kind=np.int64):
    return np.array([row[place] for row in rows], dtype=kind)


def said(rows, place, names):
    return words([names.index(row[place]) for row in rows], names)


def _ticks():
    columns = {"tick": np.repeat([0, 191], len(TICK_CLASSES)), "class": words([*range(11)] * 2, TICK_CLASSES)}
    for measure in MEASURES:
        found = np.zeros((2, len(TICK_CLASSES)), dtype=np.int64)
        for name, count in COUNTS.get(measure, {}).items():
            found[:, TICK_CLASSES.index(name)] = 1, count - 1
        columns[measure] = found.ravel()
    waiting = np.zeros((2, len(TICK_CLASSES)), dtype=np.int64)
    waiting[0, 3], waiting[1, 3], waiting[1, 10] = 9, 2, 3
    return table({**columns, "backlog": waiting.ravel()})


def by_hand() -> Record:
    scenario = small_scenario(
        {"title": "x", "terms": {"fraud": {"actions": ["remove"]}}, "moderation": {"reviewers": {"count": 400}}},
        law=LAW,
        events={"rally": EVENT, "march": EVENT},
    )
    later = small_scenario({"title": "y", "moderation": {"reviewers": {"count": 100}}}).policy
    platforms = (scenario.platform.name, "other")
    flags = {"illegal": numbers(POSTS, 1, np.bool_), "echo": np.zeros(len(POSTS), dtype=np.bool_)}
    tables = {
        "ticks": _ticks(),
        "items": table(
            {
                "key": np.array([900, 901, 902]),
                "class": words([CLASSES.index(name) for name in ("conspiracy", "fraud", "benign")], CLASSES),
                "new_readers": np.array([10, 30, 99]),
            }
        ),
        "posts": table(
            {
                "item": np.zeros(len(POSTS), dtype=np.int64), "class": said(POSTS, 0, CLASSES), **flags,
                "venue": numbers(POSTS, 2), "platform": words(numbers(POSTS, 3), platforms),
                "views": numbers(POSTS, 4), "tick": numbers(POSTS, 5), "removed_at": numbers(POSTS, 6),
            }
        ),
        "venues": table(
            {
                "venue": np.arange(3), "backup_of": np.array([-1, -1, 0]), "traffic": np.full(3, 24.0),
                "members_at_end": np.array([41, 30, 20]), "banned_at": np.array([-1, 47, -1]),
            }
        ),
        "cases": table(
            {
                "place": numbers(CASES, 0), "subject": numbers(CASES, 1), "source": said(CASES, 2, CASE_SOURCES),
                "class": said(CASES, 3, TICK_CLASSES), "verdict": said(CASES, 4, VERDICTS), "acted": numbers(CASES, 5),
            }
        ),
        "sanctions": table(
            {
                "tick": np.full(len(SANCTIONED), 47), "sanction": said(SANCTIONED, 0, SANCTIONS),
                "subject": numbers(SANCTIONED, 1), "wrong": numbers(SANCTIONED, 2, np.bool_),
            }
        ),
        "moves": table(
            {
                "tick": np.full(len(MOVED), 95), "move": said(MOVED, 0, MOVES), "subject": numbers(MOVED, 1),
                "members": numbers(MOVED, 2),
            }
        ),
        "legal": table(
            {
                "regime": words(numbers(LEGAL, 0), ("r0", "r1")), "event": said(LEGAL, 1, LEGAL_EVENTS),
                "value": numbers(LEGAL, 2),
            }
        ),
    }  # fmt: skip
    totals = {
        "believers": 60.0, "believers_at_start": 30.0, "topics": 3.0, "private_scanned": 10.0, "secret_scanned": 2.0,
        "asked of accuracy-prompt: forward": 7.0,
        "private_matched": 6.0, "bot_views": 53.0, "members_cut_off": 30.0, "lawful_geo_blocked": 4.0,
        "belief_gap": 0.25, "belief_gap_at_start": 0.1,
    }  # fmt: skip
    events = [
        {"event": "rally", "tick": 30, "heard": 40, "willing": 9, "turnout": 3.0, "local": 100},
        {"event": "march", "tick": 31, "heard": 10, "willing": 9, "turnout": 1.0, "local": 50},
    ]
    policies = ((0, scenario.policy), (96, later))
    return Record(scenario, USERS, tables, totals, "", policies, events, law("met", "not met"))


def law(first: str, second: str, *, applies: bool = True) -> list[dict]:
    """What is found at the end under each regime: its two elements, and the share of notices ignored."""
    elements = [{"name": "a", "verdict": first}, {"name": "b", "verdict": second}]
    shares = {"r0": 25.0, "r1": 40.0}
    return [
        {"regime": name, "applies": applies, "elements": elements, "record": {"ignored_share": share}}
        for name, share in shares.items()
    ]


EXPECTED = {
    "staff_cost": (0.5 * 400 + 0.5 * 100) * 5.7 * 30 * 18 / 200,  # half the run each; 200 thousand persons
    "backlog": 1000 * (2 + 3) / 200,  # of the last tick only
    "prompts": 35.0,
    "private_scanned": 50.0,
    "secret_scanned": 10.0,
    "private_matched": 30.0,
    "lost_posts": 1000 * (48 - 1 + 1) / 200,  # an hourly post, 48 hours, one acted on before, one tracked
    "lost_posts_to_come": 1000 * 144 / 200,
    "lost_views": 144 * 30 * (10 / 40) / 200,
    "members_cut_off": 150.0,
    "membership_lost": 1000 * 30 * 6 / 30 / 200,
    "lawful_geo_blocked": 20.0,
    "lawful_removed": 1000 * (1 + 3) / 200,  # one tracked by itself, three ordinary; one fell with its channel
    "illegal_removed": 1000 * 3 / 200,  # the fourth was on another platform
    "removal_precision": 100 * 3 / 8,
    "illegal_down_in_a_day": 100 * (1 - 4 / 5 * 2 / 3 * 1 / 2),  # after 10, 20 and 24 hours; one seen for 12 hours
    "wrongly_sanctioned": 1000 * 2 / 200,  # one user three times, one who was suspended only
    "users_banned": 5.0,
    "venues_banned": 5.0,
    "users_suspended": 15.0,
    "uploads_blocked": 20.0,
    "posts_restored": 10.0,
    "orders_obeyed": 75.0,
    "liable": 0.0,  # the last step needs both elements
    "arrested": 100.0,
    "fines": 1000 * 1500 / 200_000,
    "notices_ignored": 40.0,
    "requests_answered": 1000 * (0.5 * 2 + 1.0 * 1) / 200 * 365 / 8,
    "locked_out": 1000 * 50 / 200,
    "harmful_views": 56 / 200,
    "harm": (6 * 1 + 30 * 2 + 20 * 3) / 200,
    "illegal_views": 18 / 200,
    "conspiracy_views": 30 / 200,
    "misinformation_views": 6 / 200,
    "harmless_views": 50 / 200,
    "exposures": 106 / 200,
    "harmful_reach": (10 + 30) / 2,
    "forwards": 8 / 200,
    "believers": 100 * 60 / (200 * 3),
    "adoptions": 1000 * 2 / 200,  # those of harmful items
    "belief_gap": 25.0,
    "belief_gap_grown": 15.0,
    "bot_reach": 50.0,
    "harmful_elsewhere": 10 / 200,
    "harm_elsewhere": 20 / 200,
    "illegal_elsewhere": 8 / 200,
    "users_left": 5.0,
    "users_returned": 10.0,
    "venues_reopened": 5.0,
    "followers": 100 * 20 / 50,
    "turnout": 1000 * 3 / 100 + 1000 * 1 / 50,
    "happened": 100.0,  # 30 per 1,000 is just what it takes
    "heard_of": 40.0,
}


def test_every_outcome_is_worked_out_here():
    own = {name for name, spec in OUTCOMES.items() if spec.measure.__module__.startswith("sim.")}
    assert own == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_an_outcome_is_what_comes_out_on_paper(name):
    assert OUTCOMES[name].measure(by_hand()) == pytest.approx(EXPECTED[name])


@pytest.mark.parametrize(
    ("first", "second", "applies", "expected"),
    [("met", "met", True, 100.0), ("not met", "met", True, 0.0), ("met", "cannot tell", True, 0.0),
     ("met", "met", False, 0.0)],
)  # fmt: skip
def test_liable_goes_by_all_elements_of_the_last_step_where_the_law_applies(first, second, applies, expected):
    record = replace(by_hand(), law=law(first, second, applies=applies))
    assert OUTCOMES["liable"].measure(record) == expected


def test_liable_goes_by_the_last_step_and_not_by_the_first():
    """The first element alone is enough for a warning, and the second alone for nothing."""
    light = {**LAW["regimes"]["r0"], "ladder": [REGIME["ladder"][1], {"step": "warning", "needs": ["a"]}]}
    made = by_hand()
    scenario = small_scenario(law={"regimes": {"r0": light, "r1": LAW["regimes"]["r1"]}})
    assert OUTCOMES["liable"].measure(replace(made, scenario=scenario)) == 100.0


@pytest.mark.parametrize(("least", "expected"), [(30.0, 100.0), (30.1, 0.0)])
def test_an_event_happens_from_its_turnout_on(least, expected):
    made = by_hand()
    events = {"rally": {**EVENT, "happens_at": least}, "march": {**EVENT, "happens_at": 1.0}}
    assert OUTCOMES["happened"].measure(replace(made, scenario=small_scenario(events=events))) == expected


def test_without_a_law_or_an_event_their_outcomes_are_not_defined():
    bare = replace(by_hand(), law=[], events=[])
    for name in ("liable", "arrested", "fines", "notices_ignored", "requests_answered", "turnout", "happened"):
        assert math.isnan(OUTCOMES[name].measure(bare)), name


def test_kaplan_and_meier_count_as_at_risk_who_leaves_later_or_at_that_moment():
    removed, posted = np.array([5, 9, -1, 30, -1]), np.array([0, 4, 0, 0, 15])
    # stays: 5 removed, 5 removed, 20 to the end, 30 removed, 5 to the end
    assert taken_down_within(removed, posted, 24, 20) == pytest.approx(1 - 3 / 5)
    assert taken_down_within(removed, posted, 4, 20) == 0.0
    assert taken_down_within(removed, posted, 30, 20) == pytest.approx(1.0)
