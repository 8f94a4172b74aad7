"""Set-ups of the exam's rows: scenarios in which the model is a textbook model."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.agents.user import User
from sim.crowd.protocol import Wish
from sim.model import Society
from sim.scenario.scenario import Scenario
from sim.vocabulary import Purpose
from sim.world.items import starters

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_LONGEST = 500
"""Days over which the items of a run are started, at most."""


def spreading(users: int, contacts: dict[str, Any], p: float, *, items: int, ticks: int, **over: Any) -> Scenario:
    """Return a scenario in which `items` items spread by direct messages, each target with probability `p`.

    Everybody notices all that reaches her in the next tick and passes it on once: the independent cascade (Kempe,
    Kleinberg and Tardos 2003). `ticks` is how many ticks an item gets at least; `over` changes parts of the scenario.
    """
    window = -(-items // -(-items // _LONGEST))
    persona = {
        "attention": 100_000.0,
        "activity": 60.0,
        "sharing": 1.0,
        "credulity": 0.0,
        "trust": 0.0,
        "belief": 0.0,
        "interest": 1.0,
        "to_channels": 0.0,
        "to_groups": 0.0,
        "to_contacts": p,
        "copies": 0.0,
        "max_forwards": 1,
        "originates": 1.0,
    }
    none = {"per_1000_users": 0.0, "traffic": 0.0}
    stream = {
        "content": "benign",
        "per_1000_users_day": items * 1000.0 / (users * window),
        "until": f"{window} days",
        "appeal": 1.0,
        "starts": "drawn",
        "seeded_by_interest": False,
    }
    data: dict[str, Any] = {
        "name": "exam",
        "time": {"days": window + ticks, "tick_hours": 24.0},
        "world": {
            "users": users,
            "personas": {"everyone": persona},
            "contacts": contacts,
            "channels": dict(none),
            "groups": dict(none),
            "direct": {"secret": 0.0, "traffic_per_contact": 0.0, "weight": 1.0},
            "affinity": {"topic": 0.0, "country": 0.0},
        },
        "content": {"streams": {"item": stream}},
        "behaviour": {
            "reading": "at-once",
            "post_half_life": "3660 days",
            "novelty": [1.0, 0.0],
            "reporting": {},
            "joining": 0.0,
            "leaving": 0.0,
        },
        "record": {"tables": []},
    }
    return Scenario.model_validate(_merged(data, over))


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    out = dict(base)
    for key, value in over.items():
        deep = isinstance(value, dict) and isinstance(out.get(key), dict) and "kind" not in value
        out[key] = _merged(out[key], value) if deep else value
    return out


def run(scenario: Scenario, seed: int, crowd: Wish, user_class: type[User]) -> Society:
    """Run a scenario to its end; a wrong engine comes as a user class and runs on agents."""
    society = Society(scenario, seed, crowd="agents" if user_class is not User else crowd, user_class=user_class)
    society.run_model()
    return society


def who_started(society: Society, item: int) -> Ints:
    """Return who started an item."""
    made, stream = society.items, society.streams[Purpose.ITEM_SEED]
    return starters(
        stream, int(made.key[item]), int(made.origin[item]), int(made.seeds[item]), len(society.world.people)
    )


def persons_reached(society: Society, item: int) -> Ints:
    """Return who started an item or saw it, sorted."""
    return np.union1d(society.crowd.sights_by_reader(item)[:, 0], who_started(society, item))


def sizes(society: Society) -> Floats:
    """Return how many persons each item reached, those who started it among them."""
    return np.array([len(persons_reached(society, item)) for item in range(len(society.items))], dtype=np.float64)


def first_post_ticks(society: Society, item: int) -> Ints:
    """Return when each person posted an item first, in ticks from its start, by person."""
    posts = society.crowd.post_columns()
    mine = posts["item"] == item
    when = np.full(len(society.world.people), np.iinfo(np.int64).max)
    np.minimum.at(when, posts["author"][mine], posts["tick"][mine])
    ticks: Ints = when[when < np.iinfo(np.int64).max] - society.items.tick[item]
    return ticks
