"""Misinformation events on a network of followers, as the rows on interventions and on labels set them up."""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.agents.user import User
from sim.arithmetic import truncated_power_law
from sim.exam.published.row import Floats, fitted
from sim.exam.setups import run, spreading
from sim.model import Society

USERS = 20_000
_STREAMS, _PER_STREAM = 40, 3
_FEWEST, _MOST = 4.0, 4_000.0
"""Persons who come to an event by themselves in the time of a run: the least and the most, by a power law."""
_WAIT_HOURS = 0.5
NUDGE = -12.4
"""% of engagement that a nudge cutting sharing by 10 % takes away (Bak-Coleman et al. 2022): what is fitted."""
TUNING = (101, 102, 103)
NETWORK = (
    "20,000 users with random contacts (16 on average), ticks of a quarter of an hour; who notices a post passes it "
    "on to all contacts with one probability, whatever they believe. "
)


def world(
    seed: int, sharing: float, policy: dict[str, Any], streams: dict[str, Any], days: int, friction: float
) -> Society:
    """Run a world in which items spread from persons to all of their contacts."""
    scenario = spreading(
        USERS,
        {"kind": "erdos-renyi", "mean_degree": 16.0},
        1.0,
        items=1,
        ticks=1,
        time={"days": days, "tick_hours": 0.25},
        world={
            "personas": {"everyone": {"sharing": sharing, "activity": 1.0 / _WAIT_HOURS}},
            "countries": {"somewhere": {"awake_from": 0, "awake_hours": 24}},
        },
        content={"streams": streams},
        behaviour={"transaction": 0.0, "reading": "visits"},
        policy={"title": "policy", **policy, "features": {"friction": friction}},
    )
    return run(scenario, seed, "compiled", User)


def events(seed: int, sharing: float, policy: dict[str, Any] | None = None, friction: float = 1.0) -> Society:
    """Run a day of events to which people come by themselves all the time, and from each other."""
    window = 0.25 / 24.0
    one = {
        "content": "drugs",
        "until": "15 min",
        "spacing": "even",
        "per_1000_users_day": _PER_STREAM * 1000.0 / (USERS * window),
        "appeal": 1.0,
        "starts": "drawn",
        "seeded_by_interest": False,
    }
    coming = [truncated_power_law((k + 0.5) / _STREAMS, 2.0, _FEWEST, _MOST) for k in range(_STREAMS)]
    streams = {f"s{k}": {**one, "found": n / USERS} for k, n in enumerate(coming)} | {"item": {**one, "until": "0 h"}}
    return world(seed, sharing, policy or {}, streams, 1, friction)


def on_all(action: str, delay_hours: float = 0.0) -> dict[str, Any]:
    """Return a policy that treats every copy of every event, some time after its first post; removal keeps it out."""
    return {
        "terms": {"drugs": {"actions": [action], "scope": "every-copy"}},
        "moderation": {
            "scan": {"recall": {"drugs": 1.0}, "false_positive": 0.0, "direct_chats": True, "acts_alone": True},
            "hashes": {"learned": True, "copied": 1.0, "direct_chats": True},
            "reports": {"accepted": False},
            "takedown": {"delay": f"{delay_hours:g} h"},
        },
    }


def sizes(society: Society) -> Floats:
    """Return how many persons posted each event."""
    posts = society.crowd.post_columns()
    pairs = np.unique(np.stack([posts["item"], posts["author"]]), axis=1)
    counted: NDArray[np.int64] = np.bincount(pairs[0], minlength=len(society.items))
    return counted.astype(np.float64)


def engagement(society: Society) -> float:
    """Return how many persons posted, over all events."""
    return float(sizes(society).sum())


@cache
def readiness() -> float:
    """Return the readiness to share at which a nudge of 10 % does what it did."""

    def change(sharing: float) -> float:
        plain = sum(engagement(events(k, sharing)) for k in TUNING)
        return 100.0 * (sum(engagement(events(k, sharing, friction=0.9)) for k in TUNING) / plain - 1.0)

    return fitted(change, NUDGE, 0.01, 0.055, 8)
