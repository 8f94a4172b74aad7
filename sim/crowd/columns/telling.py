"""Telling: who spreads an item by word to one contact at a time; and finding it elsewhere, without having met it."""

import numpy as np

from sim.arithmetic import compiled, compiled_within
from sim.crowd.columns.attempts import Attempts
from sim.crowd.columns.calendar import Calendar, put
from sim.crowd.columns.passed import Passed, add_passed, find_passed, has_served, serve
from sim.crowd.columns.sights import MARK, Sights, place_in
from sim.crowd.columns.state import Ints, ItemColumns, Numbers, Persons, Rules, Streams
from sim.draws import draw3, fold, unit
from sim.rules.delay import first_tick, further_ticks
from sim.rules.forward import chats_allowed, may_forward
from sim.rules.tell import gives_up
from sim.vocabulary import DIRECT_KEY, RESTRICTED
from sim.world.columns import OUT
from sim.world.sendings import COPIED, Posts
from sim.world.ties import degree, write_contacts

_LOW = 0xFFFFFFFF


@compiled_within
def _schedule(
    user: int, item: int, key: int, k: int, tick: int, rules: Rules, streams: Streams, calendar: Calendar
) -> None:
    """Enter the k-th telling of a user about an item."""
    moment = tick + further_ticks(draw3(streams.tell_when, key, user, k), rules.tellings)
    if moment < calendar.last.size:
        put(calendar, moment, (np.int64(user) << 32) | item)


@compiled
def begin_telling(
    users: Numbers,
    parents: Numbers,
    at: Ints,
    tick: int,
    posts: Posts,
    items: ItemColumns,
    persons: Persons,
    rules: Rules,
    streams: Streams,
    sights: Sights,
    passed: Passed,
    calendar: Calendar,
) -> None:
    """Let those who want to pass an item on begin to tell it, unless they have; `at` is as in passing.pass_on."""
    pool = sights.pool
    for i in range(users.size):
        user, row = np.int64(users[i]), posts.of[parents[i]]
        if rules.max_forwards[persons.persona[user]] <= 0 or pool[at[i]] & MARK:
            continue
        if not may_forward(posts.flags[parents[i]], RESTRICTED, False):
            continue
        pool[at[i]] |= np.uint32(MARK)
        sending = posts.hot[row]
        item = np.int64(sending.item)
        known = add_passed(passed, (item << 32) | user)
        passed.parent[known] = parents[i]
        serve(passed, known, sending.venue if sending.venue >= 0 else DIRECT_KEY + np.int64(sending.author))
        _schedule(user, item, items.hot[item].key, 0, tick, rules, streams, calendar)


@compiled
def starters_tell(
    which: Ints,
    who: Ints,
    tick: int,
    items: ItemColumns,
    persons: Persons,
    rules: Rules,
    streams: Streams,
    passed: Passed,
    calendar: Calendar,
) -> None:
    """Let those who have begun an item go on telling it."""
    for i in range(which.size):
        item, user = which[i], who[i]
        if persons.status[user] & OUT or rules.max_forwards[persons.persona[user]] <= 0:
            continue
        times = np.int64(passed.times[find_passed(passed, (item << 32) | user)])
        _schedule(user, item, items.hot[item].key, times, tick, rules, streams, calendar)


@compiled
def tell(
    events: Ints,
    tick: int,
    posts: Posts,
    items: ItemColumns,
    persons: Persons,
    rules: Rules,
    streams: Streams,
    sights: Sights,
    passed: Passed,
    calendar: Calendar,
    out: Attempts,
    end: int,
    receivers: int,
    forwarded: Numbers,
) -> tuple[int, int, int]:
    """Carry out the tellings of a tick (user << 32 | item): messages for `out` from `end` on, and what comes next.

    Return where attempts and receivers end, and how many messages there are; their items go into `forwarded`.
    """
    most = np.int64(0)
    for event in events:
        most = max(most, degree(persons.ties, event >> 32))
    people = np.empty(most, dtype=np.int64)
    sent = 0
    for event in events:
        user, item = event >> 32, event & _LOW
        known = find_passed(passed, (item << 32) | user)
        times, persona = np.int64(passed.times[known]), persons.persona[user]
        if persons.status[user] & OUT or times >= rules.max_forwards[persona]:
            continue
        count = write_contacts(persons.ties, user, people, 0)
        if count == 0:
            continue
        key = items.hot[item].key
        other = people[np.int64(draw3(streams.tell_whom, key, user, times) * count)]
        knows = sights.table[other, 1] != 0 and sights.pool[place_in(sights, other, item)] != 0
        parent = passed.parent[known]
        copied = draw3(streams.copy, key, user, times) < rules.copies[persona]
        hops = np.int64(0)
        if parent >= 0 and not copied:
            hops = np.int64(posts.hops[posts.of[parent]]) + 1
        limit = chats_allowed(rules.forward_limit, rules.viral_limit, max(0, hops - 1), rules.viral_hops)
        if limit > 0 and not has_served(passed, known, DIRECT_KEY + other):
            serve(passed, known, DIRECT_KEY + other)
            out.item[end], out.author[end], out.venue[end], out.parent[end] = item, user, -1, parent
            out.hops[end], out.flags[end] = hops, COPIED if copied else 0
            out.source[end] = -1
            if parent >= 0 and not copied:
                out.source[end] = posts.hot[posts.of[parent]].source
            out.begin[end], out.count[end], out.receiver[receivers] = receivers, 1, other
            end += 1
            receivers += 1
            forwarded[sent] = item
            sent += 1
        passed.times[known] = times + 1
        if not gives_up(draw3(streams.stifle, key, user, times), knows, rules.stifling):
            _schedule(user, item, key, times + 1, tick, rules, streams, calendar)
    return end, receivers, sent


@compiled
def plan_finds(item: int, key: int, tick: int, users: int, stream: int, hazard: float, calendar: Calendar) -> None:
    """Enter when each user would find an item elsewhere; the calendar must have room for all."""
    root, most = fold(stream, key), calendar.last.size - tick - 1
    for user in range(users):
        wait = first_tick(unit(fold(root, user)), hazard, most)
        if wait < most:
            put(calendar, tick + 1 + wait, (np.int64(user) << 32) | item)


@compiled
def new_to(events: Ints, sights: Sights) -> Ints:
    """Return the events (user << 32 | item) in which the item is new to the user."""
    out = np.empty(events.size, dtype=np.int64)
    count = 0
    for event in events:
        user, item = event >> 32, event & _LOW
        if sights.table[user, 1] == 0 or sights.pool[place_in(sights, user, item)] == 0:
            out[count] = event
            count += 1
    return out[:count]
