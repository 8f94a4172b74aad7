"""Whole scenarios drawn at random, for what must hold whatever the scenario."""

from typing import Any

from hypothesis import strategies as st

from sim.scenario.scenario import Scenario
from sim.vocabulary import CLASSES

TOPICS = ("one", "two")
_share = st.floats(0.0, 1.0, width=32)


def _spreads(low: float, high: float) -> st.SearchStrategy[Any]:
    two = st.tuples(st.floats(low, high, width=32), st.floats(low, high, width=32)).map(sorted)
    return st.one_of(
        st.floats(low, high, width=32),
        two.map(lambda pair: {"kind": "uniform", "low": pair[0], "high": pair[1]}),
    )


def _duration() -> st.SearchStrategy[str]:
    return st.sampled_from(["30 min", "1 h", "5 h", "1 day", "3 days", "40 days"])


@st.composite
def _personas(draw: st.DrawFn) -> dict[str, Any]:
    count = draw(st.integers(1, 3))
    made = {}
    for i in range(count):
        made[f"p{i}"] = {
            "share": 1.0 / count,
            "attention": draw(_spreads(0.0, 300.0)),
            "activity": draw(_spreads(0.015625, 60.0)),
            "sharing": draw(_spreads(0.0, 1.0)),
            "credulity": draw(_spreads(0.0, 0.5)),
            "trust": draw(_spreads(0.0, 1.0)),
            "belief": draw(_spreads(0.0, 1.0)),
            "interest": draw(_spreads(0.0, 1.0)),
            "to_channels": draw(_share),
            "to_groups": draw(_share),
            "to_contacts": draw(_share),
            "copies": draw(_share),
            "max_forwards": draw(st.integers(0, 5)),
            "originates": 1.0,
            "owns": draw(st.sampled_from([0.0, 1.0])),
            "joins_more": draw(st.sampled_from([0.5, 1.0, 4.0])),
        }
    return made


@st.composite
def _venues(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "per_1000_users": draw(st.sampled_from([0.0, 20.0, 150.0, 600.0])),
        "size": {"kind": "power-law", "exponent": draw(st.floats(1.25, 3.0)), "minimum": 2.0, "maximum": 100.0},
        "largest_share": draw(st.sampled_from([0.1, 0.5, 1.0])),
        "private": draw(_share),
        "history": draw(_share),
        "traffic": draw(_spreads(0.0, 40.0)),
    }


@st.composite
def _policies(draw: st.DrawFn) -> dict[str, Any]:
    actions = st.lists(st.sampled_from(["remove", "label", "downrank"]), min_size=1, max_size=3, unique=True)
    treatment = st.fixed_dictionaries(
        {"actions": actions, "scope": st.sampled_from(["post", "every-copy"]), "strike": st.booleans()}
    )
    limit = draw(st.sampled_from([None, 0, 1, 5]))
    viral = draw(st.sampled_from([None, 0, 1])) if limit is None or limit > 0 else None
    return {
        "title": "drawn",
        "terms": draw(st.dictionaries(st.sampled_from(CLASSES), treatment, max_size=5)),
        "moderation": {
            "reviewers": {
                "count": draw(st.sampled_from([0, 1, 40, 400, 20_000])),
                "sensitivity": draw(_share),
                "specificity": draw(_share),
            },
            "scan": {
                "recall": draw(st.dictionaries(st.sampled_from(CLASSES), _share, max_size=5)),
                "false_positive": draw(st.sampled_from([0.0, 0.01, 0.2])),
                "private_venues": draw(st.booleans()),
                "direct_chats": draw(st.booleans()),
                "acts_alone": draw(st.booleans()),
            },
            "reports": {
                "accepted": draw(st.booleans()),
                "private_venues": draw(st.booleans()),
                "ordinary": draw(st.sampled_from([0.0, 0.02])),
            },
            "takedown": {"delay": draw(_duration())},
            "strikes": {
                "ban_user_at": draw(st.sampled_from([None, 1, 3])),
                "ban_venue_at": draw(st.sampled_from([None, 1, 3])),
            },
        },
        "labels": {name: draw(_share) for name in ("sharing_factor", "belief_factor", "notice_factor", "downrank_factor")},
        "features": {
            "forward_limit": limit,
            "viral_forward_limit": viral,
            "viral_hops": draw(st.integers(1, 4)),
            "secret_forwarding": draw(st.booleans()),
        },
    }


@st.composite
def _streams(draw: st.DrawFn) -> dict[str, Any]:
    made = {}
    for i in range(draw(st.integers(1, 4))):
        made[f"s{i}"] = {
            "content": draw(st.sampled_from(CLASSES)),
            "topic": draw(st.sampled_from(TOPICS)),
            "per_1000_users_day": draw(st.sampled_from([2.0, 10.0, 40.0])),
            "appeal": draw(_spreads(0.0, 1.0)),
            "persuasion": draw(_share),
            "detectability": draw(_share),
            "medium": draw(st.sampled_from(["text", "video"])),
            "first_places": draw(st.integers(1, 4)),
            "seeded_by_interest": draw(st.booleans()),
        }
    return made


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """A scenario with everything in it that can differ."""
    contacts = st.one_of(
        st.builds(lambda m: {"kind": "barabasi-albert", "ties": m}, st.integers(1, 6)),
        st.just({"kind": "configuration", "exponent": 2.2, "minimum": 1, "maximum": 20}),
    )
    factors = st.lists(_share, min_size=1, max_size=4)
    countries = {"here": {"share": 0.75, "awake_from": 7, "awake_hours": draw(st.integers(1, 24))}}
    countries["there"] = {"share": 0.25, "awake_from": draw(st.integers(0, 23)), "illegal": ["conspiracy", "fraud"]}
    data = {
        "name": "drawn",
        "topics": list(TOPICS),
        "time": {"days": draw(st.integers(1, 6)), "tick_hours": draw(st.sampled_from([0.5, 1.0, 2.0, 8.0, 24.0]))},
        "world": {
            "users": draw(st.sampled_from([2, 3, 10, 60, 200])),
            "countries": countries,
            "personas": draw(_personas()),
            "contacts": draw(contacts),
            "channels": draw(_venues()),
            "groups": draw(_venues()),
            "direct": {
                "secret": draw(_share),
                "traffic_per_contact": draw(st.sampled_from([0.0, 0.3, 5.0])),
                "weight": draw(st.sampled_from([0.5, 1.0, 10.0])),
            },
            "affinity": {"topic": draw(st.sampled_from([0.0, 4.0])), "country": draw(st.sampled_from([0.0, 3.0]))},
        },
        "content": {"streams": draw(_streams()), "medium_factor": {"text": 1.0, "video": draw(st.floats(0.0, 3.0))}},
        "behaviour": {
            "post_half_life": draw(_duration()),
            "novelty": draw(factors),
            "repetition": draw(factors),
            "believer_at": draw(st.floats(0.125, 1.0)),
            "transaction": draw(_share),
            "reporting": draw(st.dictionaries(st.sampled_from(CLASSES), _share, max_size=5)),
            "joining": draw(_share),
            "invitation": draw(_share),
            "leaving": draw(_share),
        },
        "platform": {"group_cap": draw(st.sampled_from([2, 5, 200_000]))},
        "policy": draw(_policies()),
    }
    return Scenario.model_validate(data)
