"""What was noticed in a tick, and what users decided over it."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.scenario.user_rules import BELIEVE, FORWARD, JOIN, LEAVE, REPORT

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]
Floats = NDArray[np.float64]
LOW = 0xFFFFFFFF
HIT = np.dtype([("post", np.int32), ("sending", np.int32), ("item", np.int32), ("flags", np.uint16)], align=True)
"""What reacting asks of a post that someone noticed; to its flags reading adds ELSEWHERE."""
ELSEWHERE = 1 << 15
"""The post is on another platform than the one under study."""
REPORTS, LEAVES, JOINS, PASSES, ADOPTIONS, AGAIN, ASKED, MOVED = range(8)
"""Positions in `Decisions.fill`."""


QUESTION = np.dtype(
    [("luck", np.float64), ("default", np.float64), ("belief", np.float64), ("who", np.int64), ("at", np.int32),
     ("number", np.int32), ("venue", np.int32), ("decision", np.int8)], align=True,
)  # fmt: skip
"""A decision that a rule of the scenario is asked about: the draw, the built-in probability, belief before the tick,
user << 32 | position in `hits`, position in the list of decisions, exposure, venue joined or left."""
MOVE = np.dtype(
    [("before", np.float64), ("after", np.float64), ("user", np.int32), ("item", np.int32), ("topic", np.int32)],
    align=True,
)
"""A belief about to move, and the item that pulled most."""


class Noticed(NamedTuple):
    """What was noticed in a tick; when it has been reacted to, in the order of exposures."""

    who: Ints
    """User << 32 | position in `hits`."""
    hits: NDArray[Any]
    """Rows of HIT; those of one post mostly together."""


def nothing_noticed() -> Noticed:
    """Return what was noticed when nobody came to anything."""
    return Noticed(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=HIT))


def noticed_posts(noticed: Noticed) -> tuple[Ints, Ints]:
    """Return users and posts, one entry each for everything that was noticed."""
    return noticed.who >> 32, noticed.hits["post"][noticed.who & LOW].astype(np.int64)


class Decisions(NamedTuple):
    """What users saw and decided in a tick; `fill` says how far each list is filled."""

    report_post: Numbers
    report_user: Numbers
    leave_venue: Numbers
    leave_user: Numbers
    join_venue: Numbers
    join_user: Numbers
    pass_user: Numbers
    pass_post: Numbers
    """The post that is passed on."""
    again_post: Numbers
    """Posts of what was no new reader's, one entry for each such exposure."""
    numbers: Numbers
    """The how-manieth sight of its item each exposure is."""
    draw: Floats
    """Its place among those of its user and tick: of the tick of its post, and this draw."""
    tick: Numbers
    at: Ints
    """Where its item stands in the pool of sights."""
    pass_at: Ints
    """The same, of what is passed on."""
    adopt_item: Numbers
    fill: Ints
    asked: NDArray[Any]
    """Rows of QUESTION: what a rule of the scenario is asked about; no room where no rule decides."""
    moved: NDArray[Any]
    """Rows of MOVE: beliefs about to move, where a rule of the scenario decides; else no room."""


def room_for_decisions(decisions: Decisions, hits: int, topics: int, asks: NDArray[np.bool_]) -> Decisions:
    """Return empty lists with room for what so many sights can lead to: the same ones, while they are long enough."""
    if hits > len(decisions.numbers):
        return make_decisions(2 * hits, topics, asks)
    decisions.fill[:] = 0
    return decisions


def make_decisions(hits: int, topics: int, asks: NDArray[np.bool_]) -> Decisions:
    """Return empty lists with room for what so many sights can lead to, of which rules are asked about some."""
    questions = int(asks[[FORWARD, REPORT, JOIN, LEAVE]].sum())
    columns = {name: np.empty(hits, dtype=np.int32) for name in Decisions._fields[:10]}
    return Decisions(
        **columns,
        draw=np.empty(hits),
        tick=np.empty(hits, dtype=np.int32),
        at=np.empty(hits, dtype=np.int64),
        pass_at=np.empty(hits, dtype=np.int64),
        adopt_item=np.empty((topics + 1) * hits, dtype=np.int32),
        fill=np.zeros(8, dtype=np.int64),
        asked=np.empty(questions * hits, dtype=QUESTION),
        moved=np.empty(topics * hits if asks[BELIEVE] else 0, dtype=MOVE),
    )
