"""When each reader of a place will come to a post: each tie is looked at once per item, not once per tick."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled
from sim.draws import fold, unit
from sim.rules.delay import BUCKETS, LEVELS, awake_table, awake_ticks, geometric_table, waiting_ticks
from sim.rules.notice import notice_probability
from sim.scenario.scenario import Scenario
from sim.world.posts import Slot

Ints = NDArray[np.int64]


@dataclass(slots=True, eq=False)
class Look:
    """The looks at one live post: who, and her draws about noticing, reporting and leaving."""

    slot: Slot
    generation: int
    report_luck: NDArray[np.float64]
    leave_luck: NDArray[np.float64]


@dataclass(frozen=True)
class Clock:
    """Tables of the delay rule for one scenario."""

    geometric: NDArray[np.uint16]
    awake: NDArray[np.int32]
    awake_counts: Ints

    @classmethod
    def of(cls, scenario: Scenario) -> "Clock":
        """Make the tables."""
        countries, per_day = scenario.world.countries.values(), scenario.time.ticks_per_day
        if scenario.behaviour.reading == "at-once":
            awake = awake_table([0] * len(countries), [24] * len(countries), per_day)
            return cls(np.zeros((LEVELS, BUCKETS), dtype=np.uint16), awake, awake_ticks(awake))
        awake = awake_table([c.awake_from for c in countries], [c.awake_hours for c in countries], per_day)
        behaviour, hours = scenario.behaviour, scenario.time.tick_hours
        waits = geometric_table(hours, behaviour.late, behaviour.late_half / hours)
        return cls(waits, awake, awake_ticks(awake))


@compiled
def plan(
    delay_place: int,
    lucky_places: Ints,
    readers: Ints,
    since: Ints,
    starts: Ints,
    ends: Ints,
    history: bool,
    levels: NDArray[np.uint8],
    countries: NDArray[np.uint8],
    geometric: NDArray[np.uint16],
    awake: NDArray[np.int32],
    awake_counts: Ints,
) -> tuple[Ints, NDArray[np.float64]]:
    """Return the tick in which each reader comes to the live post, and her draws about it.

    `lucky_places` holds the streams of the decisions keyed by (item, place, user): noticing, reporting, leaving; the
    draws have one row each.

    `starts` and `ends` are the intervals of the slot, the present one last; a reader who came to the post in an
    earlier interval, or who joined too late to see it, gets -1. The delay is one draw per user, item and place,
    whatever the interval; it runs from the tick after the post was made, or after she joined.
    """
    due = np.full(readers.size, -1, dtype=np.int64)
    luck = np.empty((lucky_places.size, readers.size))
    last = starts.size - 1
    for i in range(readers.size):
        user = readers[i]
        u = unit(fold(delay_place, user))
        for p in range(lucky_places.size):
            luck[p, i] = unit(fold(lucky_places[p], user))
        for k in range(last + 1):
            if since[i] > starts[k] and not history:
                continue
            begin = max(starts[k], since[i]) + 1
            tick = begin + waiting_ticks(u, levels[user], countries[user], begin, geometric, awake, awake_counts)
            if k < last:
                if begin <= ends[k] and tick <= ends[k]:
                    break
            else:
                due[i] = tick
    return due, luck


@compiled
def noticing(
    users: Ints, luck: NDArray[np.float64], weights: NDArray[np.float64], openness: NDArray[np.float64]
) -> Ints:
    """Return the positions of the looks that notice: the rule of notice, applied to many at once."""
    hits = np.empty(users.size, dtype=np.int64)
    count = 0
    for k in range(users.size):
        if luck[k] < notice_probability(weights[k], openness[users[k]]):
            hits[count] = k
            count += 1
    return hits[:count]
