"""Whole scenarios drawn at random, for what must hold whatever the scenario."""

from typing import Any

from hypothesis import strategies as st

from sim.scenario.scenario import Scenario
from sim.vocabulary import CLASSES
from tests.small import small_scenario

TOPICS = ("one", "two")
_share = st.sampled_from([0.0, 0.03, 0.2, 0.5, 0.75, 0.9, 1.0])
"""Drawn from a few values, all alike: hypothesis likes zeros, and in a world of zeros nothing happens."""

_RANGES = ("uniform", "even")
_often = st.sampled_from([0.3, 0.6, 1.0, 1.0])


def _spreads(low: float, high: float) -> st.SearchStrategy[Any]:
    one = st.sampled_from([low + (high - low) * part for part in (0.0, 0.1, 0.3, 0.7, 1.0)])
    two = st.tuples(one, one).map(sorted)
    ranges = [two.map(lambda pair, kind=kind: {"kind": kind, "low": pair[0], "high": pair[1]}) for kind in _RANGES]
    bell = {"kind": "log-normal", "median": 1.0, "spread": 1.0, "minimum": max(low, 1e-9), "maximum": high}
    bells = [st.just(bell | {"median": (max(low, 1e-9) + high) / 2})] if high > 0.0 else []
    return st.one_of(one, *ranges, two.map(_curve), *bells)


def _curve(pair: list[float]) -> dict[str, Any]:
    return {"kind": "quantiles", "values": [pair[0], (pair[0] + pair[1]) / 2, pair[1], pair[1]]}


def _duration() -> st.SearchStrategy[str]:
    return st.sampled_from(["30 min", "2 h", "5 h", "1 day", "3 days", "40 days"])


@st.composite
def _personas(draw: st.DrawFn) -> dict[str, Any]:
    count = draw(st.integers(1, 3))
    made = {}
    for i in range(count):
        made[f"p{i}"] = {
            "share": 1.0 / count,
            "attention": draw(st.sampled_from([5.0, 100.0, 1000.0])),
            "activity": draw(st.one_of(_spreads(0.02, 2.0), st.sampled_from([2.0, 60.0]))),
            "sharing": draw(_spreads(0.2, 1.0)),
            "credulity": draw(_spreads(0.0, 0.5)),
            "trust": draw(_spreads(0.0, 1.0)),
            "belief": draw(_spreads(0.2, 1.0)),
            "interest": draw(_spreads(0.2, 1.0)),
            "false_reports": draw(st.sampled_from([0.0, 0.0, 0.3])),
            "to_channels": draw(_often),
            "to_groups": draw(_often),
            "to_contacts": draw(_share),
            "copies": draw(_share),
            "bot": draw(st.sampled_from([False, False, True])),
            "boosting": draw(st.sampled_from([0.0, 0.0, 0.8])),
            "max_forwards": draw(st.sampled_from([0, 2, 5])),
            "originates": 1.0,
            "owns": draw(st.sampled_from([0.0, 1.0])),
            "joins_more": draw(st.sampled_from([0.5, 1.0, 4.0])),
            "beliefs": draw(st.sampled_from([{}, {}, {"one": 0.9}])),
        }
    return made


@st.composite
def _venues(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "per_1000_users": draw(st.sampled_from([0.0, 20.0, 150.0, 400.0])),
        "size": {
            "kind": "power-law",
            "exponent": draw(st.sampled_from([1.3, 2.0, 3.0])),
            "minimum": 2.0,
            "maximum": 100.0,
        },
        "largest_share": draw(st.sampled_from([0.1, 0.5, 1.0])),
        "private": draw(st.sampled_from([0.0, 0.3, 1.0])),
        **({"per_user": 2, "size": 6.0} if draw(st.integers(0, 5)) == 0 else {}),
        "history": draw(_share),
        "traffic": draw(_spreads(0.0, 20.0)),
    }


_actions = st.lists(
    st.sampled_from(["remove", "remove", "label", "downrank", "friction", "restrict", "geo-block", "correct"]),
    min_size=1,
    max_size=4,
    unique=True,
)
_treatment = st.fixed_dictionaries(
    {"actions": _actions, "scope": st.sampled_from(["post", "every-copy"]), "strike": st.booleans()}
)
_by_class = st.dictionaries(st.sampled_from(CLASSES), _share, min_size=1, max_size=7)


@st.composite
def _organisation(draw: st.DrawFn) -> dict[str, Any]:
    """What of a moderation organisation is off unless a scenario asks for it."""
    rarely = st.sampled_from([False, False, True])
    made: dict[str, Any] = {
        "queue": {
            "discipline": draw(st.sampled_from(["first-come", "first-come", "severity", "reach", "risk", "deadline"])),
            "notices_first": draw(st.booleans()),
        }
    }
    if draw(rarely):
        made["queue"]["expires"] = draw(st.sampled_from(["6 h", "1 day", "3 days"]))
    if draw(rarely):
        made["queue"]["triage"] = {"passes": draw(_often), "dismisses": draw(_share)}
    notice = {"false_positive": st.sampled_from([0.0, 0.1]), "private_venues": st.booleans(), "delay": _duration()}
    if draw(rarely):
        made["flaggers"] = {"recall": draw(_by_class), **{k: draw(v) for k, v in notice.items()}}
    if draw(rarely):
        made["orders"] = {
            "recall": draw(_by_class),
            **{k: draw(v) for k, v in notice.items()},
            "comply": draw(_often),
            "deadline": draw(_duration()),
            "does": draw(_treatment),
        }
    if draw(rarely):
        check = {"kind": "spot-check", "share": draw(_share), "members": draw(st.sampled_from([0, 20]))}
        check |= {"private_venues": draw(st.booleans()), "direct_chats": draw(st.booleans())}
        made["routes"] = [check, {"kind": "spot-check", "share": 0.2}][: draw(st.integers(1, 2))]
    if draw(rarely):
        made["bots"] = {"recall": draw(_share), "false_positive": draw(st.sampled_from([0.0, 0.1])), "delay": "1 day"}
    if draw(rarely):
        made["admins"] = {"removing": draw(_by_class), "delay": draw(_duration())}
    if draw(rarely):
        made["hashes"] = {
            "known": draw(_by_class),
            "learned": draw(st.booleans()),
            "copied": draw(_share),
            **{name: draw(st.booleans()) for name in ("private_venues", "direct_chats", "secret_chats")},
        }
    if draw(rarely):
        made["appeals"] = {
            "wrongful": draw(_often),
            "rightful": draw(_share),
            "delay": draw(_duration()),
            "overturned_wrongful": draw(_often),
            "overturned_rightful": draw(_share),
        }
    return made


def _ladder() -> st.SearchStrategy[Any]:
    long = {"at": 3, "suspend": "2 days"}
    return st.sampled_from([[], [], [{"at": 1, "suspend": "5 h"}, long], [{"at": 2, "suspend": "1 day"}]])


def _hands() -> st.SearchStrategy[Any]:
    shifts = [{"from": 9, "hours": 8, "share": 0.75}, {"from": 20, "hours": 10, "share": 0.25}]
    random = {"service": "random", "decisions_per_day": 0.5}
    return st.sampled_from(
        [{}, {}, random, {"shifts": shifts}, {"languages": {"a": 0.75, "b": 0.25}}, {"languages": {"a": 1.0}}]
    )


@st.composite
def _policies(draw: st.DrawFn) -> dict[str, Any]:
    treatment = _treatment
    limit = draw(st.sampled_from([None, 0, 1, 5]))
    viral = draw(st.sampled_from([None, 0, 1])) if limit is None or limit > 0 else None
    return {
        "title": draw(st.sampled_from(["drawn", "again"])),
        "terms": draw(st.dictionaries(st.sampled_from(CLASSES), treatment, min_size=1, max_size=7)),
        "moderation": {
            "reviewers": {
                "count": draw(st.sampled_from([0, 40, 400, 4000, 20_000])),
                **draw(_hands()),
                "sensitivity": draw(_share),
                "specificity": draw(_share),
                "for_persons": draw(st.sampled_from([None, None, 50_000.0])),
                "hours_per_day": draw(st.sampled_from([5.7, 8.0])),
                "cost_per_hour": draw(st.sampled_from([18.0, 9.0])),
            },
            "scan": {
                "recall": draw(st.dictionaries(st.sampled_from(CLASSES), _share, min_size=1, max_size=7)),
                "false_positive": draw(st.sampled_from([0.0, 0.01, 0.2])),
                "private_venues": draw(st.booleans()),
                "direct_chats": draw(st.booleans()),
                "secret_chats": draw(st.booleans()),
                "acts_alone": draw(st.booleans()),
            },
            "reports": {
                "accepted": draw(st.booleans()),
                "private_venues": draw(st.booleans()),
                "ordinary": draw(st.sampled_from([0.0, 0.02])),
            },
            "takedown": {
                "delay": draw(_duration()),
                "further": draw(st.sampled_from([None, None, "5 h", "2 days"])),
                "heeds_deadlines": draw(st.booleans()),
            },
            "strikes": {
                "ban_user_at": draw(st.sampled_from([None, 1, 3])),
                "ban_venue_at": draw(st.sampled_from([None, 1, 3])),
                "ladder": draw(_ladder()),
                "lapse": draw(st.sampled_from([None, "90 days", "1 day", "2 h", "0 h"])),
            },
            **draw(_organisation()),
        },
        "cooperation": {"answers": draw(_share), "within": draw(st.sampled_from(["1 day", "2 days"]))},
        "labels": {
            name: draw(_share)
            for name in (
                "sharing_factor",
                "belief_factor",
                "notice_factor",
                "downrank_factor",
                "friction_factor",
                "correction_strength",
            )
        },
        "features": {
            "forward_limit": limit,
            "viral_forward_limit": viral,
            "viral_hops": draw(st.integers(1, 4)),
            "secret_forwarding": draw(st.booleans()),
            "friction": draw(st.sampled_from([1.0, 1.0, 0.5])),
            "feed": draw(st.sampled_from([0.0, 0.0, 2.0])),
            "feed_half": draw(st.sampled_from([1, 20])),
            "identity": draw(st.sampled_from(["anonymous", "phone", "verified"])),
        },
    }


_CONTESTS = (
    {"verifying": 0.5},
    {"credibility": -0.5},
    {"spreading": 0.9, "forgetting": 0.0},
    {"spreading": 0.2, "verifying": 0.0},
)


@st.composite
def _streams(draw: st.DrawFn) -> dict[str, Any]:
    made = {}
    for i in range(draw(st.integers(1, 4))):
        made[f"s{i}"] = {
            "content": draw(st.sampled_from(CLASSES)),
            "topic": draw(st.sampled_from(TOPICS)),
            "per_1000_users_day": draw(st.sampled_from([5.0, 30.0, 100.0])),
            "appeal": draw(_spreads(0.1, 1.0)),
            "persuasion": draw(_share),
            "detectability": draw(_share),
            "medium": draw(st.sampled_from(["text", "video"])),
            "first_places": draw(st.integers(1, 4)),
            "starts": draw(st.sampled_from(["best-places", "best-places", "drawn", "both"])),
            "seeds": draw(st.sampled_from([1, 1, 3])),
            "origin": draw(st.sampled_from([None, None, 0])),
            "seeded_by_interest": draw(st.booleans()),
            "found": draw(st.sampled_from([0.0, 0.0, 0.0, 0.02])),
            "contest": draw(st.sampled_from([None, None, None, *_CONTESTS])),
            "from_hour": draw(st.sampled_from([0, 0, 9])),
            "hours": draw(st.sampled_from([24, 24, 6])),
            "until": draw(st.sampled_from([None, None, "1 day"])),
            "started_by": draw(st.sampled_from([[], [], ["p0"]])),
            "spacing": draw(st.sampled_from(["random", "even"])),
            "stance": draw(st.sampled_from(["claim", "claim", "sender"])),
            "novelty": draw(st.sampled_from([None, None, [1.0, 1.0, 0.5]])),
            "repetition": draw(st.sampled_from([None, None, [0.5]])),
        }
        other = TOPICS[made[f"s{i}"]["topic"] == TOPICS[0]]
        made[f"s{i}"] |= {
            "also": draw(st.sampled_from([{}, {}, {other: 0.5}])),
        }
    return made


@st.composite
def _outside(draw: st.DrawFn) -> dict[str, Any]:
    return {
        f"o{i}": {
            "topic": draw(st.sampled_from(TOPICS)),
            "per_day": draw(st.sampled_from([0.0, 0.2, 5.0])),
            "persuasion": draw(_share),
            "claims": draw(st.booleans()),
            "countries": draw(st.sampled_from([[], ["there"]])),
        }
        for i in range(draw(st.sampled_from([0, 0, 2])))
    }


@st.composite
def _elsewhere(draw: st.DrawFn) -> dict[str, Any]:
    """World and behaviour of moving: other platforms, backups; off in half of the scenarios."""
    if draw(st.booleans()):
        return {"world": {}, "moving": {}}
    others = {
        f"e{i}": {
            "accounts": draw(_share),
            "attraction": draw(st.sampled_from([0.0, 1.0, 3.0])),
            "group_cap": draw(st.sampled_from([3, 1000])),
            "removing": draw(_by_class),
            "delay": draw(_duration()),
            "channels": draw(_venues()),
            "groups": draw(_venues()),
        }
        for i in range(draw(st.integers(0, 2)))
    }
    moving = {
        **{name: draw(_share) for name in ("returning", "reopening", "going", "leaving", "following", "pull")},
        **{name: draw(_share) for name in ("following_elsewhere", "without_account")},
        "returning_after": draw(st.sampled_from(["1 day", "2 days"])),
        "reopening_after": draw(st.sampled_from(["1 day", "2 days"])),
        "identity": draw(st.sampled_from([{}, {"phone": 0.5, "verified": 0.1}])),
        "replaced_after": draw(st.sampled_from([None, "1 day", "2 days"])),
        "succeeded_after": draw(st.sampled_from([None, "1 day", "2 days"])),
        "waves": draw(st.integers(1, 3)),
        "joins": draw(st.sampled_from([0, 3])),
        "searching": draw(st.sampled_from([0.0, 0.3])),
        "searching_by_belief": draw(_share),
        "suggestions": draw(st.sampled_from([0.0, 0.3])),
    }
    return {"world": {"elsewhere": others, "backups": draw(st.integers(0, 2))}, "moving": moving}


@st.composite
def _elements(draw: st.DrawFn) -> dict[str, Any]:
    """What a regime asks: something that always holds, and something that may."""
    few = {"measure": "reviewers_per_million", "at_most": draw(st.sampled_from([1.0, 1e6]))}
    slow = {"measure": "late_share", "at_least": draw(st.sampled_from([10.0, 90.0]))}
    made = draw(st.sampled_from([few, slow]))
    about = {"words": draw(st.sampled_from(["", "slow"])), "source": draw(st.sampled_from(["", "a source"]))}
    always = {"measure": "persons", "at_least": 0.0}
    return {"always": always, "slow": {**made, "cases": draw(st.sampled_from([0, 0, 10**8])), **about}}


@st.composite
def _law(draw: st.DrawFn, days: int) -> dict[str, Any]:
    """Regimes that are met at once, and escalate fast; off in half of the scenarios."""
    if draw(st.booleans()):
        return {}
    steps = st.lists(st.sampled_from(["warning", "fine", "block", "arrest"]), max_size=4)
    regimes = {
        f"r{i}": {
            "countries": draw(st.sampled_from([[], ["here"], ["there"]])),
            "illegal": draw(st.lists(st.sampled_from(CLASSES), min_size=3, max_size=9, unique=True)),
            "deadline": draw(_duration()),
            "audit_every": draw(st.sampled_from(["1 day", "2 days"])),
            "reach": draw(_often),
            "requests": draw(_share),
            "title": draw(st.sampled_from(["", "a law"])),
            "source": draw(st.sampled_from(["", "a source"])),
            "applies_from": draw(st.sampled_from([0.0, 0.0, 1e9])),
            "deadlines": draw(st.sampled_from([{}, {"fraud": "1 h", "conspiracy": "2 days"}])),
            "elements": draw(_elements()),
            "ladder": [
                {"step": step, "needs": draw(st.sampled_from([[], ["always"], ["slow"]])),
                 "hazard": draw(st.sampled_from([1.0, 1.0, 0.05])),
                 "fine_share": draw(st.sampled_from([0.1, 0.2])), "source": draw(st.sampled_from(["", "a source"])),
                 "block_for": draw(st.sampled_from(["1 day", "3 days"]))}
                for step in draw(steps)
            ],
        }
        for i in range(draw(st.integers(1, 2)))
    }  # fmt: skip
    return {
        "regimes": regimes,
        "arrest": draw(
            st.sampled_from(
                [None, {"on": f"day {draw(st.integers(1, days))}", "by": draw(st.sampled_from([*regimes]))}]
            )
        ),
        "hazards": draw(st.sampled_from([1.0, 1.0, 0.05])),
        "deterrence_half_life": draw(st.sampled_from(["180 days", "1 day"])),
        "after_shock": draw(st.one_of(st.none(), _policies())),
        "after_shock_delay": draw(st.sampled_from(["30 min", "1 day"])),
        "deterrence": draw(st.sampled_from([0.0, 0.1, 10.0])),
        "chilling": draw(_share),
    }


@st.composite
def _phases(draw: st.DrawFn, days: int) -> list[dict[str, Any]]:
    """Up to two changes of policy."""
    last = draw(st.integers(0, 2)) if days > 1 else 0
    begins = sorted(draw(st.sets(st.integers(2, days), max_size=last))) if last else []
    return [{"from": f"day {day}", "policy": draw(_policies())} for day in begins]


_CONTACTS = (
    *({"kind": "barabasi-albert", "ties": ties} for ties in (1, 3, 6)),
    {"kind": "configuration", "exponent": 2.2, "minimum": 1, "maximum": 20},
    {"kind": "configuration", "exponent": 3.0, "minimum": 2, "maximum": 5},
    *({"kind": "erdos-renyi", "mean_degree": degree} for degree in (2.0, 5.0)),
    *({"kind": "watts-strogatz", "neighbours": 2, "rewiring": rewiring} for rewiring in (0.0, 0.2)),
    {"kind": "stochastic-blocks", "blocks": 3, "mean_degree": 5.0},
    {"kind": "stochastic-blocks", "blocks": 2, "mean_degree": 2.0, "inside": 0.2},
    {"kind": "stochastic-blocks", "by_country": True},
    *({"kind": "random-regular", "degree": degree} for degree in (1, 2)),
    {"kind": "complete"},
    *({"kind": "tree", "branching": branching} for branching in (1, 2, 3)),
)
"""Ties of every kind; in a world of three users no more than two neighbours."""


@st.composite
def _behaviours(draw: st.DrawFn, personas: list[str]) -> list[dict[str, Any]]:
    """Up to two of the rules of users that come with Rumorlab; none in half of the scenarios."""
    classes = st.lists(st.sampled_from(CLASSES), min_size=1, max_size=4, unique=True)
    whom = {
        "classes": draw(classes | st.just(["misinformation", "conspiracy"])),
        "personas": draw(st.sampled_from([[], personas[:1]])),
        "share": draw(st.sampled_from([1.0, 0.5])),
    }
    prompt = {"kind": "accuracy-prompt", "abandoned": draw(_share), **whom}
    shown = {"kind": "prebunking", "resistance": draw(_share), **whom}
    return draw(st.sampled_from([[], [], [prompt], [shown, prompt]]))


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """A scenario with everything in it that can differ."""
    contacts = st.sampled_from(_CONTACTS)
    factors = st.lists(_share, min_size=1, max_size=4)
    countries: dict[str, Any] = {
        "here": {"share": 0.75, "awake_from": 7, "awake_hours": draw(st.integers(1, 24)), "language": "a"}
    }
    countries["there"] = {"share": 0.25, "awake_from": draw(st.integers(0, 23)), "illegal": ["conspiracy", "fraud"]}
    countries["there"] |= {"language": "b", "vpn": draw(_share)}
    days = draw(st.integers(1, 6))
    elsewhere, events = draw(_elsewhere()), draw(_events(days))
    streams = draw(_streams())
    if events:
        next(iter(streams.values()))["calls"] = "rally"
    data = {
        "name": "drawn",
        "topics": list(TOPICS),
        "time": {"days": days, "tick_hours": draw(st.sampled_from([0.5, 1.0, 2.0, 8.0, 24.0]))},
        "world": {
            "users": draw(st.sampled_from([3, 30, 80, 150, 250])),
            "persons_per_user": draw(st.sampled_from([1000.0, 1000.0, 100.0])),
            "countries": countries,
            "personas": draw(_personas()),
            "contacts": draw(contacts),
            "channels": draw(_venues()),
            "groups": draw(_venues()),
            "direct": {
                "secret": draw(st.sampled_from([0.0, 0.3, 1.0])),
                "traffic_per_contact": draw(st.sampled_from([0.0, 0.3, 5.0])),
                "weight": draw(st.sampled_from([0.5, 1.0, 10.0])),
                "withdrawal": draw(st.sampled_from([None, None, "3 h", "2 days"])),
            },
            "outside": draw(_outside()),
            **elsewhere["world"],
            "affinity": {"topic": draw(st.sampled_from([0.0, 4.0])), "country": draw(st.sampled_from([0.0, 3.0]))},
        },
        "content": {
            "streams": streams,
            "harm": draw(st.sampled_from([{}, {"fraud": 9.0, "drugs": 0.0}])),
            "medium_factor": {"text": 1.0, "video": draw(st.sampled_from([0.0, 0.5, 2.0]))},
        },
        "behaviour": {
            "reading": draw(st.sampled_from(["visits", "visits", "at-once"])),
            "threshold_count": draw(st.sampled_from([1, 1, 2])),
            "threshold_share": draw(st.sampled_from([0.0, 0.0, 0.3])),
            "telling": draw(st.sampled_from([None, None, None, "2 h", "1 day"])),
            "stifling": draw(st.sampled_from([0.0, 0.5, 1.0])),
            "post_half_life": draw(_duration()),
            "late": draw(st.sampled_from([0.0, 0.0, 0.4, 1.0])),
            "late_half": draw(st.sampled_from(["2 h", "48 h"])),
            "influence": draw(st.sampled_from([1.0, 1.0, 0.3])),
            "outside": draw(st.sampled_from([1.0, 1.0, 3.0])),
            "novelty": [1.0, *draw(factors)],
            "repetition": draw(factors),
            "belief_half_life": draw(st.sampled_from([None, None, "1 day", "30 days"])),
            "believer_at": draw(st.sampled_from([0.2, 0.5, 0.75, 1.0])),
            "confidence": draw(st.sampled_from([1.0, 1.0, 0.4])),
            "own_weight": draw(st.sampled_from([0.0, 0.0, 1.0])),
            "interest_share": draw(st.sampled_from([0.0, 0.0, 0.5])),
            "transaction": draw(_share),
            "reporting": draw(st.dictionaries(st.sampled_from(CLASSES), _share, min_size=2, max_size=7)),
            "joining": draw(_often),
            "invitation": draw(_often),
            "leaving": draw(_share),
        },
        "behaviours": draw(_behaviours(["p0"])),
        "moving": elsewhere["moving"],
        "platform": {
            "group_cap": draw(st.sampled_from([2, 5, 200_000])),
            "turnover": draw(st.sampled_from([1.0, 5.0])),
        },
        "policy": draw(_policies()),
        "phases": draw(_phases(days)),
        "law": draw(_law(days)),
        "events": events,
    }
    return Scenario.model_validate(data)


@st.composite
def _events(draw: st.DrawFn, days: int) -> dict[str, Any]:
    """An event, in half of the scenarios."""
    if draw(st.booleans()):
        return {}
    return {
        "rally": {
            "topic": draw(st.sampled_from(TOPICS)),
            "happens_at": draw(st.sampled_from([1.7, 50.0])),
            "on": f"day {draw(st.integers(1, days))}",
            "hour": draw(st.integers(0, 23)),
            "countries": draw(st.sampled_from([[], ["here"]])),
            "willing_at": draw(_share),
            "instigators": draw(_share),
            "threshold": draw(st.sampled_from([0.0, 2.0, {"kind": "exponential", "mean": 15.0}])),
            "occasion": draw(
                st.sampled_from([1.0, {"kind": "log-normal", "median": 1.0, "spread": 0.5, "minimum": 0.01}])
            ),
            "heard_elsewhere": draw(_share),
            "free": draw(_often),
        }
    }


def _in_small(law: dict[str, Any]) -> dict[str, Any]:
    """Return a drawn law for the countries of the small scenario."""
    for regime in law.get("regimes", {}).values():
        regime["countries"] = ["homeland" for name in regime["countries"] if name == "here"]
    return law


@st.composite
def lively_scenarios(draw: st.DrawFn) -> Scenario:
    """The lively small scenario under a drawn policy: much is posted, removed, posted again, joined and left."""
    personas = {
        name: {
            "sharing": {"kind": "uniform", "low": 0.3, "high": 1.0},
            "attention": 300.0,
            "interest": {"kind": "uniform", "low": 0.3, "high": 1.0},
            "to_groups": 0.7,
            "max_forwards": draw(st.sampled_from([1, 4])),
            "copies": draw(st.sampled_from([0.0, 0.3, 1.0])),
        }
        for name in small_scenario().world.personas
    }
    terms = {
        "actions": ["remove"],
        "scope": draw(st.sampled_from(["post", "every-copy"])),
        "strike": draw(st.booleans()),
    }
    policy = draw(_policies())
    policy["terms"] |= dict.fromkeys(("fraud", "incitement", "conspiracy"), terms)
    policy["moderation"]["reviewers"] = {"count": draw(st.sampled_from([400, 20_000]))}
    appeals = {"wrongful": 1.0, "rightful": draw(_share), "delay": draw(_duration()), "overturned_rightful": 0.5}
    policy["moderation"]["appeals"] = draw(st.sampled_from([None, appeals]))
    policy["moderation"]["takedown"] = {"delay": draw(st.sampled_from(["1 h", "5 h"]))}
    policy["moderation"]["scan"]["recall"] = {"fraud": 0.5, "incitement": 0.5, "conspiracy": 0.3}
    elsewhere = draw(_elsewhere())
    return small_scenario(
        policy,
        behaviours=draw(_behaviours(list(personas))),
        world={"users": 120, "personas": personas, **elsewhere["world"]},
        moving=elsewhere["moving"],
        law=_in_small(draw(_law(4))),
        time={"days": 4, "tick_hours": draw(st.sampled_from([1.0, 4.0]))},
        behaviour={
            "joining": 0.5,
            "invitation": 1.0,
            "leaving": draw(st.sampled_from([0.0, 0.02])),
            "late": draw(st.sampled_from([0.0, 0.5])),
            "belief_half_life": draw(st.sampled_from([None, "2 days"])),
        },
        platform={"group_cap": draw(st.sampled_from([12, 200_000]))},
    )
