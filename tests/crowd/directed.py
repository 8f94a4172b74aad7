"""Scenarios made by hand for fields that random ones hardly ever move, each with the changes that move it."""

from collections.abc import Callable
from typing import Any

from sim.scenario.scenario import Scenario
from tests.small import STRICT, merged, small_scenario

Changes = tuple[tuple[tuple[Any, ...], Any], ...]
MANY = {name: {"per_1000_users_day": 20.0} for name in small_scenario().content.streams}
KEEN = {
    "sharing": {"kind": "uniform", "low": 0.3, "high": 1.0}, "attention": 300.0, "to_groups": 0.7, "max_forwards": 4,
    "interest": {"kind": "uniform", "low": 0.3, "high": 1.0},
}  # fmt: skip
QUICK: dict[str, Any] = {
    "world": {"users": 120, "personas": dict.fromkeys(small_scenario().world.personas, KEEN)},
    "time": {"days": 4, "tick_hours": 2.0}, "content": {"streams": MANY},
}  # fmt: skip
CLASSES = ["fraud", "incitement", "drugs", "conspiracy"]
RECALL = dict.fromkeys(CLASSES, 0.7)


def quick(policy: dict[str, Any], **over: Any) -> Scenario:
    """Return the lively scenario, smaller still."""
    return small_scenario(merged(STRICT, policy), **merged(QUICK, over))


def moving() -> Scenario:
    """Places are banned at the first strike, and open again here and elsewhere."""
    strikes = {"ban_user_at": None, "ban_venue_at": 1}
    there = {"channels": {"per_1000_users": 60, "size": 20}, "groups": {"per_1000_users": 30, "size": 10}}
    return quick(
        {"moderation": {"strikes": strikes, "scan": {"recall": RECALL, "private_venues": True, "acts_alone": True}}},
        world={"elsewhere": {"a": {"accounts": 0.5, **there}}, "backups": 2},
        moving={
            "reopening": 0.5, "reopening_after": "1 day", "going": 0.7, "following": 0.5, "following_elsewhere": 0.5,
            "without_account": 0.5, "pull": 0.5, "waves": 2,
        },
    )  # fmt: skip


def asked() -> Scenario:
    """A law whose conditions are met by some notices, and what follows."""
    late = {"measure": "late_share", "at_least": 10.0, "cases": 1}
    few = {"measure": "reviewers_per_million", "at_most": 1e6}
    ladder = [
        {"step": "warning", "needs": ["late"], "hazard": 1.0},
        {"step": "fine", "needs": ["few"], "hazard": 1.0, "fine_share": 0.1},
        {"step": "block", "needs": ["few"], "hazard": 1.0, "block_for": "1 day"},
    ]
    law = {
        "illegal": CLASSES, "audit_every": "1 day", "deadline": "8 h", "ladder": ladder,
        "elements": {"late": late, "few": few}, "countries": ["homeland"], "reach": 0.5, "requests": 0.05,
    }  # fmt: skip
    return quick(
        {"moderation": {"reviewers": {"count": 100}}, "cooperation": {"answers": 1.0, "within": "1 day"}},
        behaviour={"reporting": dict.fromkeys(CLASSES, 1.0)},
        law={"regimes": {"r": law}, "deterrence": 20.0, "deterrence_half_life": "180 days"},
        platform={"turnover": 3.0},
    )


def abroad() -> Scenario:
    """The same law, which has no hold on a platform that is seated elsewhere."""
    data: Any = asked().resolved()
    data["law"]["regimes"]["r"]["reach"] = 0.0
    return Scenario.model_validate(data)


def marked(*actions: str) -> Scenario:
    """Everything about conspiracies is marked at once, in a feed that ranks by views."""
    treatment = {"actions": list(actions), "scope": "every-copy"}
    scan = {"recall": {"conspiracy": 1.0}, "private_venues": True, "direct_chats": True, "acts_alone": True}
    return quick(
        {
            "terms": {"conspiracy": treatment},
            "moderation": {"scan": scan, "takedown": {"delay": "0 h"}},
            "labels": {"correction_strength": 0.5, "notice_factor": 0.8},
            "features": {"feed": 2.0, "feed_half": 20},
        },
        behaviour={"reporting": dict.fromkeys(CLASSES, 1.0)},
    )


def queued() -> Scenario:
    """More cases than reviewers can decide, in two shifts and by risk; notices of flaggers among them."""
    shifts = [{"from": 9, "hours": 8, "share": 0.75}, {"from": 20, "hours": 10, "share": 0.25}]
    return quick(
        {
            "moderation": {
                "reviewers": {"count": 20, "shifts": shifts},
                "scan": {"recall": RECALL, "false_positive": 0.05, "direct_chats": True},
                "queue": {"discipline": "risk", "notices_first": True},
                "flaggers": {"recall": RECALL, "delay": "2 h"},
            }
        },
    )


def shares(scenario: Scenario, what: str) -> dict[str, Any]:
    """Return the countries or personas with a tenth of the first one's share given to the second one."""
    made: dict[str, Any] = scenario.resolved()["world"][what]  # type: ignore[index]
    first, second = list(made)[:2]
    moved = round(made[first]["share"] / 2.0, 6)
    made[first]["share"] -= moved
    made[second]["share"] += moved
    return made


LAW, FEATURES = ("law", "regimes", "r"), ("policy", "features")
LABELS = ("policy", "labels")


def directed() -> tuple[tuple[Callable[[], Scenario], Changes], ...]:
    """Return each scenario with its changes: where a value stands, and another."""
    mine = quick({})
    return (
        (moving, (
            *(((("moving", name), 0.0)) for name in (
                "reopening", "going", "following", "following_elsewhere", "without_account", "pull",
            )),
            (("moving", "waves"), 1), (("moving", "reopening_after"), "2 days"), (("world", "backups"), 1),
        )),
        (asked, (
            ((*LAW, "elements", "late", "at_least"), 100.0), ((*LAW, "elements", "few", "at_most"), 1.0),
            ((*LAW, "elements", "late", "measure"), "lawful_per_illegal"), ((*LAW, "elements", "late", "cases"), 10**8),
            ((*LAW, "deadline"), "3 days"), ((*LAW, "deadlines"), dict.fromkeys(CLASSES, "3 days")),
            ((*LAW, "reach"), 0.0),
            ((*LAW, "ladder", 1, "fine_share"), 0.2), ((*LAW, "ladder", 2, "block_for"), "2 days"),
            (("platform", "turnover"), 1.0), (("policy", "cooperation", "within"), "2 days"),
        )),
        (abroad, (
            (("platform", "seat"), "homeland"), (("law", "deterrence"), 0.0),
            (("law", "deterrence_half_life"), "4 h"),
        )),
        (lambda: marked("correct"), (((*LABELS, "correction_strength"), 0.1),)),
        (lambda: marked("label"), (((*LABELS, "belief_factor"), 0.1), ((*LABELS, "sharing_factor"), 0.1))),
        (lambda: marked("label", "downrank", "friction"), (
            *(((*LABELS, f"{name}_factor"), 0.1) for name in ("notice", "downrank", "friction")),
            ((*FEATURES, "feed_half"), 1),
        )),
        (queued, (
            (("policy", "moderation", "queue", "notices_first"), False),
            (("policy", "moderation", "reviewers", "shifts"), [
                {"from": 9, "hours": 8, "share": 0.25}, {"from": 20, "hours": 10, "share": 0.75},
            ]),
            (("content", "harm"), {"drugs": 9.0}),
        )),
        (lambda: quick({}), (
            (("topics",), [*mine.topics, "another"]),
            (("world", "countries"), shares(mine, "countries")), (("world", "personas"), shares(mine, "personas")),
        )),
    )  # fmt: skip
