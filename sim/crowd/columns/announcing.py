"""Putting looks into the calendar: each reader of a place comes to a post once, after a delay of her own."""

import numpy as np

from sim.arithmetic import compiled_within
from sim.crowd.columns.calendar import PIECE, Calendar, put
from sim.crowd.columns.state import Clockwork, ItemColumns, Numbers, Persons, Streams
from sim.draws import fold, unit
from sim.fetching import fetch
from sim.often import compiled_often
from sim.rules.delay import waiting_ticks
from sim.vocabulary import DIRECT_KEY
from sim.world.columns import HAS_LEFT, Members, has_left
from sim.world.sendings import LIVE, Posts

_BLOCK = 128


@compiled_often
def look_count(rows: Numbers, posts: Posts, members: Members) -> int:
    """Return the most looks that new sendings can get."""
    total = np.int64(0)
    for row in rows:
        venue = posts.hot[row].venue
        total += members.count[venue] if venue >= 0 else 1 + np.int64(posts.more[row])
    return total


@compiled_within
def plan_look(
    row: int,
    user: int,
    since: int,
    history: bool,
    delay_stream: int,
    posts: Posts,
    persons: Persons,
    clock: Clockwork,
    calendar: Calendar,
) -> None:
    """Enter the look of a member at the live post of a sending, unless she came to an earlier post in the same venue.

    The delay is one draw per user, item and place, whatever the interval; it runs from the tick after the post was
    made, or after she joined.
    """
    if posts.hot[row].author == user:
        return
    if since > posts.hot[row].tick and not history:
        return
    u = unit(fold(delay_stream, user))
    level, country = persons.habit[user] & 63, persons.habit[user] >> 6
    earlier = posts.previous[row] - 1
    while earlier >= 0:
        if since <= posts.hot[earlier].tick or history:
            begin = max(np.int64(posts.hot[earlier].tick), since) + 1
            end = posts.seen[posts.hot[earlier].first].removed - 1
            if begin <= end:
                tick = begin + waiting_ticks(u, level, country, begin, clock.geometric, clock.awake, clock.awake_counts)
                if tick <= end:
                    return
        earlier = posts.previous[earlier] - 1
    begin = max(np.int64(posts.hot[row].tick), since) + 1
    tick = begin + waiting_ticks(u, level, country, begin, clock.geometric, clock.awake, clock.awake_counts)
    if tick < calendar.last.size:
        put(calendar, tick, (np.int64(user) << 32) | posts.hot[row].first)


@compiled_often
def announce(
    rows: Numbers,
    posts: Posts,
    members: Members,
    persons: Persons,
    items: ItemColumns,
    streams: Streams,
    clock: Clockwork,
    calendar: Calendar,
) -> None:
    """Enter the looks of all readers of newly live sendings; the calendar must have room for `look_count` of them.

    Members who have left come to nothing when their moment is there. Who would come to a direct message after its
    sender took it back does not come.
    """
    hot_posts, hot_items, previous, more, to = posts.hot, items.hot, posts.previous, posts.more, posts.to
    firsts, member, joined, habit_of = members.first, members.member, members.joined_venue, members.habit
    join_user, next_joined = members.join_user, members.next_of_venue
    geometric, awake, awake_counts, habit = clock.geometric, clock.awake, clock.awake_counts, persons.habit
    last, filled, before, looks, free = calendar
    readers, ticks = np.empty(_BLOCK, dtype=np.int64), np.empty(_BLOCK, dtype=np.int64)
    habits = np.empty(_BLOCK, dtype=np.int64)
    for at in range(rows.size):
        row = rows[at]
        if at + 2 < rows.size:
            ahead = hot_posts[rows[at + 2]]
            fetch(hot_items, ahead.item)
            fetch(firsts, max(ahead.venue, np.int32(0)))
            ahead = hot_posts[rows[at + 1]]
            if ahead.venue >= 0:
                fetch(member, firsts[ahead.venue])
                fetch(habit_of, firsts[ahead.venue])
        sending = hot_posts[row]
        venue, author, post = np.int64(sending.venue), np.int64(sending.author), np.int64(sending.first)
        begin, end, each = np.int64(sending.tick) + 1, np.int64(last.size), np.int64(0)
        delay_stream = fold(streams.delay, hot_items[sending.item].key)
        if venue < 0:
            delay_stream = fold(delay_stream, DIRECT_KEY + author)
            first, stop, each, newcomer = post, post + 1 + more[row], np.int64(1), np.int32(-1)
            end = min(end, np.int64(sending.until) + 1)
        else:
            delay_stream = fold(delay_stream, venue)
            if previous[row] > 0:
                _announce_again(row, venue, delay_stream, posts, members, persons, clock, calendar)
                continue
            first, stop, newcomer = firsts[venue], firsts[venue + 1], joined[venue]
        while first < stop or newcomer >= 0:
            n = min(np.int64(_BLOCK), stop - first)
            if n > 0:
                if venue < 0:
                    for k in range(n):
                        readers[k] = to[first + k] - 1
                        habits[k] = habit[readers[k]]
                else:
                    for k in range(np.uint64(n)):  # unsigned, so that no position can count from the end
                        readers[k], habits[k] = member[np.uint64(first) + k], habit_of[np.uint64(first) + k]
                first += n
            else:
                n = np.int64(0)
                while n < _BLOCK and newcomer >= 0:
                    readers[n] = join_user[newcomer]
                    habits[n] = habit[readers[n]]
                    newcomer = next_joined[newcomer]
                    n += 1
            for k in range(np.uint64(n)):  # without branches, so that the reads from memory overlap
                mine = habits[k]
                u = unit(fold(delay_stream, readers[k]))
                ticks[k] = begin + waiting_ticks(u, mine & 63, mine >> 6, begin, geometric, awake, awake_counts)
            for k in range(n):
                tick = ticks[k]
                if tick >= end or readers[k] == author:
                    continue
                # As calendar.put does it: a call here would count a reference to each of its arrays, every time.
                piece, fill = last[tick], filled[tick]
                if piece < 0 or fill == PIECE:
                    new = np.int32(free[0])
                    if new >= 0:
                        free[0] = before[new]
                        free[1] -= 1
                    else:
                        new = np.int32(free[2])
                        free[2] += 1
                    before[new] = piece
                    last[tick] = new
                    piece, fill = new, np.int32(0)
                looks[piece, fill] = (readers[k] << 32) | (post + each * k)
                filled[tick] = fill + 1
            post += each * n


@compiled_within
def _announce_again(
    row: int,
    venue: int,
    delay_stream: int,
    posts: Posts,
    members: Members,
    persons: Persons,
    clock: Clockwork,
    calendar: Calendar,
) -> None:
    """Enter the looks of members at an item that was up in their venue before."""
    history = members.history[venue] != 0
    for k in range(members.first[venue], members.first[venue + 1]):
        user = np.int64(members.member[k])
        if not (persons.status[user] & HAS_LEFT and has_left(members, venue, user)):
            plan_look(row, user, np.int64(-1), history, delay_stream, posts, persons, clock, calendar)
    k = members.joined_venue[venue]
    while k >= 0:
        user, since = np.int64(members.join_user[k]), np.int64(members.join_since[k])
        if not (persons.status[user] & HAS_LEFT and has_left(members, venue, user)):
            plan_look(row, user, since, history, delay_stream, posts, persons, clock, calendar)
        k = members.next_of_venue[k]


@compiled_within
def welcome(
    user: int,
    venue: int,
    since: int,
    newest: Numbers,
    posts: Posts,
    members: Members,
    persons: Persons,
    items: ItemColumns,
    streams: Streams,
    clock: Clockwork,
    calendar: Calendar,
) -> None:
    """Enter the looks of a new member at what is already up; `newest` is the head of each venue's list of sendings."""
    history = members.history[venue] != 0
    hot, hot_items, previous, flags, following = posts.hot, items.hot, posts.previous, posts.flags, posts.next_of_venue
    mine = np.int64(persons.habit[user])
    row = newest[venue]
    while row >= 0:
        sending = hot[row]
        if flags[sending.first] & LIVE:
            delay_stream = fold(fold(streams.delay, hot_items[sending.item].key), np.int64(venue))
            if previous[row] > 0:
                plan_look(row, user, since, history, delay_stream, posts, persons, clock, calendar)
            elif sending.author != user and (history or since <= sending.tick):
                begin = max(np.int64(sending.tick), since) + 1
                u = unit(fold(delay_stream, user))
                wait = waiting_ticks(u, mine & 63, mine >> 6, begin, clock.geometric, clock.awake, clock.awake_counts)
                if begin + wait < calendar.last.size:
                    put(calendar, begin + wait, (np.int64(user) << 32) | sending.first)
        row = following[row]
