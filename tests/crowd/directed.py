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


def faded() -> Scenario:
    """The same law for longer, so that the fear of its answers has time to fade."""
    data: Any = asked().resolved()
    data["time"]["days"], data["world"]["users"] = 9, 80
    return Scenario.model_validate(data)


def leaving() -> Scenario:
    """Users move to another platform by choice, and search for channels and groups by what they believe."""
    data: Any = moving().resolved()
    data["moving"] |= {"leaving": 0.5, "joins": 2, "searching": 0.5, "searching_by_belief": 0.9}
    data["world"]["elsewhere"]["a"] |= {"removing": RECALL, "delay": "12 h"}
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


def ruled() -> Scenario:
    """Two rules of users, for a part of them, with a persona that others have too."""
    return quick(
        {},
        behaviours=[
            {"kind": "accuracy-prompt", "classes": ["fraud", "drugs"], "abandoned": 0.5, "share": 0.9},
            {"kind": "prebunking", "classes": ["conspiracy", "incitement"], "resistance": 0.5, "share": 0.9},
        ],
    )


def appealed() -> Scenario:
    """Scanners that act alone and err, authors who appeal, and suspensions at each strike."""
    appeals = {
        "wrongful": 0.5, "rightful": 0.5, "delay": "4 h", "overturned_wrongful": 0.5, "overturned_rightful": 0.5,
    }  # fmt: skip
    ladder = [{"at": 1, "suspend": "12 h"}, {"at": 3, "suspend": "1 day"}]
    scan = {"recall": RECALL, "false_positive": 0.05, "private_venues": True, "direct_chats": True}
    return quick({
        "moderation": {
            "scan": scan, "appeals": appeals, "reviewers": {"count": 20_000, "specificity": 0.3},
            "takedown": {"delay": "1 h"},
            "strikes": {"ladder": ladder, "ban_user_at": 6, "ban_venue_at": None},
        }
    })  # fmt: skip


def matched() -> Scenario:
    """Known items are matched at upload, in all kinds of places; users copy as often as they forward."""
    personas = {name: {**KEEN, "copies": 0.9, "to_contacts": 0.5} for name in small_scenario().world.personas}
    hashes = {"known": dict.fromkeys(CLASSES, 0.5), "copied": 0.9, "learned": True}
    return quick({"moderation": {"hashes": hashes}}, world={"personas": personas, "direct": {"secret": 0.5}})


def watched() -> Scenario:
    """Owners of groups remove, bots are found and boosted; the policy changes on the second day; some come back."""
    names = list(small_scenario().world.personas)
    personas = {name: {**KEEN, "bot": name in names[:3], "boosting": 1.0, "sharing": 0.1} for name in names}
    return quick(
        {
            "moderation": {
                "admins": {"removing": RECALL, "delay": "3 h"}, "bots": {"recall": 1.0, "delay": "1 day"},
                "strikes": {"ban_user_at": 1}, "scan": {"recall": RECALL, "acts_alone": True},
            },
            "features": {"identity": "phone"},
        },
        world={"personas": personas},
        phases=[{"from": "day 2", "policy": {"features": {"forward_limit": 1}}}],
        moving={
            "returning": 0.9, "returning_after": "4 h", "identity": {"anonymous": 1.0, "phone": 0.5, "verified": 0.1},
        },
    )  # fmt: skip


def arrested() -> Scenario:
    """An arrest on the second day, after which less is posted and another policy holds."""
    data: Any = asked().resolved()
    regime = data["law"]["regimes"]["r"]
    data["law"] |= {
        "regimes": {"r": regime, "s": {**regime, "countries": []}}, "arrest": {"on": "day 2", "by": "r"},
        "chilling": 0.5, "after_shock_delay": "12 h", "after_shock": {"features": {"forward_limit": 1}},
    }  # fmt: skip
    return Scenario.model_validate(data)


def told() -> Scenario:
    """Items about two topics, told by word, with a call to an event."""
    streams = {name: {"per_1000_users_day": 20.0} for name in MANY}
    first = next(iter(streams))
    topics = list(small_scenario().topics)
    streams[first] |= {"also": {topics[-1]: 0.5}, "calls": "rally", "hours": 6, "medium": "text"}
    return quick(
        {},
        behaviour={"telling": "2 h", "stifling": 0.5},
        content={"streams": streams, "medium_factor": {"video": 2.0}},
        events={"rally": {"topic": topics[0], "on": "day 3", "willing_at": 0.3, "heard_elsewhere": 0.5}},
    )


def tied(kind: str, **more: Any) -> Scenario:
    """The same people in another network of contacts, to whom they forward."""
    personas = {name: {**KEEN, "to_contacts": 0.5} for name in small_scenario().world.personas}
    return quick({}, world={"contacts": {"kind": kind, **more}, "personas": personas})


def shares(scenario: Scenario, what: str) -> dict[str, Any]:
    """Return the countries or personas with a tenth of the first one's share given to the second one."""
    made: dict[str, Any] = scenario.resolved()["world"][what]  # type: ignore[index]
    first, second = list(made)[:2]
    moved = round(made[first]["share"] / 2.0, 6)
    made[first]["share"] -= moved
    made[second]["share"] += moved
    return made


LAW, FEATURES = ("law", "regimes", "r"), ("policy", "features")
LABELS, APPEALS = ("policy", "labels"), ("policy", "moderation", "appeals")
STEPS, TIES = ("policy", "moderation", "strikes", "ladder"), ("world", "contacts")
HASHES = ("policy", "moderation", "hashes")
FIRST = ("content", "streams", next(iter(MANY)))
PROMPT, SHOWN = ("behaviours", 0), ("behaviours", 1)


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
        (ruled, (
            ((*PROMPT, "abandoned"), 0.1), ((*PROMPT, "classes"), ["conspiracy"]), ((*PROMPT, "share"), 0.2),
            ((*PROMPT, "personas"), [list(mine.world.personas)[-1]]),
            ((*SHOWN, "share"), 0.2), ((*SHOWN, "personas"), [list(mine.world.personas)[-1]]),
            ((*SHOWN, "resistance"), 0.1), ((*SHOWN, "classes"), ["incitement"]), (("behaviours",), []),
        )),
        (faded, ((("law", "deterrence_half_life"), "4 h"),)),
        (leaving, (
            (("moving", "searching_by_belief"), 0.1), (("world", "elsewhere", "a", "delay"), "2 days"),
        )),
        (appealed, (
            ((*APPEALS, "wrongful"), 0.1), ((*APPEALS, "rightful"), 0.1), ((*APPEALS, "overturned_wrongful"), 0.1),
            ((*APPEALS, "overturned_rightful"), 0.1), ((*APPEALS, "delay"), "1 day"),
            ((*STEPS, 0, "suspend"), "2 days"), ((*STEPS, 1, "at"), 2),
        )),
        (matched, (
            ((*HASHES, "copied"), 0.1), ((*HASHES, "private_venues"), True), ((*HASHES, "direct_chats"), True),
            ((*HASHES, "secret_chats"), True),
        )),
        (watched, (
            (("policy", "moderation", "admins", "delay"), "12 h"),
            (("policy", "moderation", "bots", "delay"), "10 days"),
            (("world", "personas", next(iter(mine.world.personas)), "boosting"), 0.0), (("phases", 0, "from"), "day 3"),
            ((*FEATURES, "identity"), "anonymous"), (("moving", "identity", "phone"), 0.1),
            (("moving", "returning_after"), "3 days"),
        )),
        (arrested, (
            (("law", "arrest", "on"), "day 3"), (("law", "arrest", "by"), "s"), (("law", "chilling"), 0.1),
            (("law", "after_shock_delay"), "1 day"), (("law", "after_shock"), None), (("law", "arrest"), None),
        )),
        (told, (
            (("behaviour", "stifling"), 0.1), ((*FIRST, "also"), {}), ((*FIRST, "calls"), None),
            ((*FIRST, "from_hour"), 12), ((*FIRST, "medium"), "video"),
            (("events", "rally", "topic"), mine.topics[1]),
        )),
        (lambda: tied("configuration", exponent=2.5, minimum=2, maximum=20), (
            ((*TIES, "exponent"), 3.0), ((*TIES, "minimum"), 3), ((*TIES, "maximum"), 10),
        )),
        (lambda: tied("random-regular", degree=4), (((*TIES, "degree"), 6),)),
        (lambda: tied("stochastic-blocks", blocks=3, mean_degree=6.0, inside=0.5), (
            ((*TIES, "blocks"), 5), ((*TIES, "mean_degree"), 9.0), ((*TIES, "inside"), 0.9),
            ((*TIES, "by_country"), True),
        )),
        (lambda: tied("tree", branching=3), (((*TIES, "branching"), 5),)),
        (lambda: tied("watts-strogatz", neighbours=4, rewiring=0.1), (((*TIES, "rewiring"), 0.5),)),
        (lambda: quick({}), (
            (("topics",), [*mine.topics, "another"]),
            (("world", "countries"), shares(mine, "countries")), (("world", "personas"), shares(mine, "personas")),
        )),
    )  # fmt: skip
