"""Encounters outside the platform, in columns: people meet a claim elsewhere, and their beliefs move."""

import numpy as np

from sim.arithmetic import compiled
from sim.crowd.columns.calendar import Calendar, put
from sim.crowd.columns.state import Flags, Floats, Ints, Persons
from sim.rules.belief import moved, pull
from sim.rules.delay import Waits
from sim.world.outside import next_encounter
from sim.world.people import CREDULITY


@compiled
def plan_encounters(
    stream: int, source: int, key: int, met: Flags, waits: Waits, persons: Persons, calendar: Calendar
) -> None:
    """Enter the first encounter of everybody with a source outside; the calendar must have room for all."""
    for user in range(persons.status.size):
        if met[persons.country[user]] and persons.rows[user, CREDULITY] > 0.0:
            tick = next_encounter(stream, key, user, 0, waits)
            if tick < calendar.last.size:
                put(calendar, tick, (np.int64(user) << 32) | source)


@compiled
def meet(
    events: Ints,
    tick: int,
    stream: int,
    keys: Ints,
    topics_of: Ints,
    persuasion: Floats,
    target: Floats,
    waits: Waits,
    believes: int,
    persons: Persons,
    calendar: Calendar,
) -> None:
    """Move beliefs by encounters outside (user << 32 | source, sorted), and enter the next of each."""
    for event in events:
        user, source = event >> 32, event & 0xFFFFFFFF
        credulity, place = np.float64(persons.rows[user, CREDULITY]), believes + topics_of[source]
        belief = np.float64(persons.rows[user, place])
        persons.rows[user, place] = moved(belief, pull(credulity, persuasion[source], 1.0, 1.0), target[source])
        following = next_encounter(stream, keys[source], user, tick + 1, waits[source])
        if following < calendar.last.size:
            put(calendar, following, event)
