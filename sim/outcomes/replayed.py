"""What no table of a run holds about lost speech, and what the society still knows when it ends."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.draws import draw3
from sim.moderation.cases import ORDER, UPHELD
from sim.moderation.terms import Terms
from sim.vocabulary import BLOCKED, CLASSES, Purpose

if TYPE_CHECKING:
    from sim.model import Society

Ints = NDArray[np.int64]


def members_cut_off(society: "Society") -> int:
    """Return how many users were in a channel or group when it was banned, each counted once."""
    cut = society.mover.cut_off.copy()
    banned = society.crowd.venues_at_end()["banned_at"] >= 0
    for venue in np.flatnonzero(banned & ~society.crowd.open_venues()).tolist():
        cut[society.crowd.members_of(venue)] = True
    return int(cut.sum())


def lawful_geo_blocked(society: "Society", cases: Ints) -> int:
    """Return how many lawful posts were taken for a class that is geo-blocked.

    What each was taken for is drawn again: the draw is keyed by the post. `cases` are rows as in outcomes.tables.cases.
    """
    scenario, since = society.config, np.array([tick for tick, _ in society.in_force])
    terms = [Terms.of(scenario, policy) for _, policy in society.in_force]
    country = society.world.people.country
    hidden = 0
    breach, verdict, acted_at = cases[:, 6], cases[:, 9], cases[:, 11]
    mistaken = cases[(breach == 0) & (verdict == UPHELD) & (acted_at >= 0)]
    for _, place, subject, receiver, source, content, _, author, interval, _, _, acted in mistaken.tolist():
        if content < len(CLASSES) and society.illegal[int(country[author])][content]:
            continue
        held = terms[int(np.searchsorted(since, acted, side="right")) - 1]
        marks = held.order[1]
        if source != ORDER:
            u = draw3(society.streams[Purpose.MISTAKEN_AS], subject, place, (interval << 32) + receiver + 1)
            marks = held.marks[held.treated[int(u * len(held.treated))]] if held.treated else 0
        hidden += bool(marks & BLOCKED) and bool(held.barred.any())
    return hidden
