"""Beginning: who starts an item, and where it is posted first."""

import numpy as np

from sim.arithmetic import compiled
from sim.crowd.columns.attempts import Attempts, own_venues, wanted_places
from sim.crowd.columns.passed import Passed, add_passed, serve
from sim.crowd.columns.sights import Sights, set_mark
from sim.crowd.columns.state import Bytes, Ints, ItemColumns, Numbers, Persons, Rules, Streams
from sim.draws import fold, unit
from sim.fetching import fetch
from sim.often import compiled_often
from sim.sorting import sort_few
from sim.vocabulary import DIRECT_KEY
from sim.world.columns import OUT, Members
from sim.world.items import starters
from sim.world.ties import write_contacts


@compiled
def start_pairs(
    new: Ints, origins: Numbers, seeds: Numbers, items: ItemColumns, users: int, stream: int
) -> tuple[Ints, Ints]:
    """Return who starts what: items and users, one entry each for everyone who starts one."""
    total = np.int64(0)
    for item in new:
        total += seeds[item]
    which, who = np.empty(total, dtype=np.int64), np.empty(total, dtype=np.int64)
    at = 0
    for item in new:
        if seeds[item] == 1:
            which[at], who[at] = item, origins[item]
            at += 1
            continue
        for user in starters(stream, items.hot[item].key, np.int64(origins[item]), np.int64(seeds[item]), users):
            which[at], who[at] = item, user
            at += 1
    return which, who


@compiled_often
def first_posts(
    which: Ints,
    who: Ints,
    tick: int,
    wanted: Bytes,
    drawn: Bytes,
    most: int,
    items: ItemColumns,
    members: Members,
    persons: Persons,
    rules: Rules,
    streams: Streams,
    sights: Sights,
    passed: Passed,
    out: Attempts,
) -> tuple[int, int]:
    """Write where originators post first: own channels on the topic, then elsewhere, else with contacts.

    Return where the attempts end, and their receivers. What they served so counts as served.
    """
    venues, places, ranks = np.empty(most, dtype=np.int32), np.empty(most, dtype=np.int64), np.empty(most)
    best, drawn_places = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64)
    channels = rules.channels
    user_first, user_venue, topic_of = members.user_first, members.user_venue, members.topic
    active, owner = members.active, members.owner
    total, filled = np.int64(0), np.int64(0)
    for i in range(which.size):
        if i + 3 < which.size:  # ask for what those who come later need
            fetch(user_first, who[i + 3])
            fetch(user_venue, user_first[who[i + 2]])
            for k in range(user_first[who[i + 1]], user_first[who[i + 1] + 1]):
                fetch(active, user_venue[k])
                fetch(owner, user_venue[k])
                fetch(topic_of, user_venue[k])
        item, origin = which[i], who[i]
        key = items.hot[item].key
        if persons.status[origin] & OUT and not own_venues(origin, members, persons.status[origin], channels, venues):
            continue
        found = np.int64(0)
        if drawn[item] != 1:
            root = fold(fold(streams.item_place, key), origin)
            count = own_venues(origin, members, persons.status[origin], channels, venues)
            for k in range(count):
                venue = np.int64(venues[k])
                places[k] = venue
                elsewhere = 1.0 if members.topic[venue] != items.hot[item].topic else 0.0
                ranks[k] = (2.0 if venue >= channels else 0.0) + elsewhere + unit(fold(root, venue))
            if count == 0:
                count = write_contacts(persons.ties, origin, places, DIRECT_KEY)
                for k in range(count):
                    ranks[k] = unit(fold(root, places[k]))
            for _ in range(min(count, np.int64(wanted[item]))):
                first = 0
                for k in range(1, count):
                    if ranks[k] < ranks[first]:
                        first = k
                best[found] = places[first]
                ranks[first] = np.inf
                found += 1
        at = add_passed(passed, (np.int64(item) << 32) | origin)
        passed.last[at] = tick
        set_mark(sights, origin, item)
        if drawn[item]:
            passed.times[at] = 1
            chosen = found
            for k in range(wanted_places(key, origin, members, persons, rules, streams, venues, drawn_places)):
                fresh = True
                for j in range(chosen):
                    fresh = fresh and best[j] != drawn_places[k]
                best[found] = drawn_places[k]
                found += fresh
        if rules.max_forwards[persons.persona[origin]] > passed.times[at]:
            for k in range(found):
                serve(passed, at, best[k])
        mine = best[:found]
        sort_few(mine)
        k = np.int64(0)
        while k < found:
            out.item[total], out.author[total] = item, origin
            out.parent[total], out.hops[total], out.flags[total], out.begin[total] = -1, 0, 0, filled
            if mine[k] < DIRECT_KEY:
                out.venue[total], out.source[total], out.count[total] = mine[k], mine[k], 1
                k += 1
            else:
                out.venue[total], out.source[total], out.count[total] = -1, -1, found - k
                while k < found:
                    out.receiver[filled] = mine[k] - DIRECT_KEY
                    filled += 1
                    k += 1
            total += 1
    return total, filled
