"""Putting looks into the calendar: each reader of a place comes to a post once, after a delay of her own."""

import numpy as np

from sim.arithmetic import compiled
from sim.crowd.columns.calendar import PIECE, Calendar, put
from sim.crowd.columns.state import Clockwork, ItemColumns, Numbers, Persons, Streams
from sim.draws import fold, unit
from sim.rules.delay import waiting_ticks
from sim.vocabulary import DIRECT_KEY
from sim.world.columns import HAS_LEFT, LIVE, Members, Posts, has_left

_BLOCK = 128


@compiled
def place_of(posts: Posts, row: int) -> int:
    """Return the key of a post's place: its venue, or DIRECT_KEY + sender."""
    venue = np.int64(posts.hot[row].venue)
    return venue if venue >= 0 else np.int64(DIRECT_KEY + posts.hot[row].author)


@compiled
def look_count(rows: Numbers, posts: Posts, members: Members) -> int:
    """Return the most looks that new posts can get."""
    total = np.int64(0)
    for row in rows:
        total += members.count[posts.hot[row].venue] if posts.hot[row].venue >= 0 else 1
    return total


@compiled
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
    """Enter the look of one reader at the live post `row`, unless she came to an earlier post in the same place.

    The delay is one draw per user, item and place, whatever the interval; it runs from the tick after the post was
    made, or after she joined.
    """
    if posts.hot[row].author == user:
        return
    if since > posts.hot[row].tick and not history:
        return
    u = unit(fold(delay_stream, user))
    level, country = persons.habit[user] & 63, persons.habit[user] >> 6
    earlier = posts.previous[row]
    while earlier >= 0:
        if since <= posts.hot[earlier].tick or history:
            begin = max(np.int64(posts.hot[earlier].tick), since) + 1
            end = posts.removed[earlier]
            if begin <= end:
                tick = begin + waiting_ticks(u, level, country, begin, clock.geometric, clock.awake, clock.awake_counts)
                if tick <= end:
                    return
        earlier = posts.previous[earlier]
    begin = max(np.int64(posts.hot[row].tick), since) + 1
    tick = begin + waiting_ticks(u, level, country, begin, clock.geometric, clock.awake, clock.awake_counts)
    if tick < calendar.last.size:
        put(calendar, tick, user, row)


@compiled
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
    """Enter the looks of all readers of newly live posts; the calendar must have room for `look_count` of them."""
    hot_posts, hot_items, previous, habit = posts.hot, items.hot, posts.previous, persons.habit
    geometric, awake, awake_counts = clock.geometric, clock.awake, clock.awake_counts
    last, filled, before, looks, free = calendar
    ends = last.size
    for row in rows:
        post = hot_posts[row]
        venue = np.int64(post.venue)
        place = venue if venue >= 0 else DIRECT_KEY + np.int64(post.author)
        delay_stream = fold(fold(streams.delay, hot_items[post.item].key), place)
        if venue < 0 and previous[row] < 0:
            user = np.int64(post.receiver)
            begin = np.int64(post.tick) + 1
            mine = np.int64(habit[user])
            u = unit(fold(delay_stream, user))
            tick = begin + waiting_ticks(u, mine & 63, mine >> 6, begin, geometric, awake, awake_counts)
            if tick < ends and user != post.author:
                piece, fill = last[tick], filled[tick]
                if piece < 0 or fill == PIECE:
                    new = np.int32(free[0])
                    free[0] = before[new]
                    free[1] -= 1
                    before[new] = piece
                    last[tick] = new
                    piece, fill = new, np.int32(0)
                looks[piece, fill] = (user << 32) | row
                filled[tick] = fill + 1
            continue
        if venue < 0:
            plan_look(row, post.receiver, -1, True, delay_stream, posts, persons, clock, calendar)
            continue
        history = members.history[venue] != 0
        if posts.previous[row] < 0:
            _announce_first(row, venue, delay_stream, posts, members, persons, clock, calendar)
        else:
            for k in range(members.first[venue], members.first[venue + 1]):
                user = members.member[k]
                if not (persons.status[user] & HAS_LEFT and has_left(members, venue, user)):
                    plan_look(row, user, -1, history, delay_stream, posts, persons, clock, calendar)
        k = members.joined_venue[venue]
        while k >= 0:
            user, since = members.join_user[k], np.int64(members.join_since[k])
            if not (persons.status[user] & HAS_LEFT and has_left(members, venue, user)):
                plan_look(row, user, since, history, delay_stream, posts, persons, clock, calendar)
            k = members.next_of_venue[k]


@compiled
def _announce_first(
    row: int,
    venue: int,
    delay_stream: int,
    posts: Posts,
    members: Members,
    persons: Persons,
    clock: Clockwork,
    calendar: Calendar,
) -> None:
    """Enter the looks of those who were members at the start at a post that is the first of its item there.

    Those who have left come to nothing when their moment is there.
    """
    begin, end = np.int64(posts.hot[row].tick) + 1, calendar.last.size
    author = posts.hot[row].author
    member, habit = members.member, persons.habit
    geometric, awake, awake_counts = clock.geometric, clock.awake, clock.awake_counts
    last, filled, before, looks, free = calendar
    ticks = np.empty(_BLOCK, dtype=np.int64)
    for start in range(members.first[venue], members.first[venue + 1], _BLOCK):
        stop = min(start + _BLOCK, members.first[venue + 1])
        for k in range(start, stop):  # without branches, so that the reads from memory overlap
            user = member[k]
            mine = np.int64(habit[user])
            u = unit(fold(delay_stream, user))
            ticks[k - start] = begin + waiting_ticks(u, mine & 63, mine >> 6, begin, geometric, awake, awake_counts)
        for k in range(start, stop):
            tick = ticks[k - start]
            user = member[k]
            if tick >= end or user == author:
                continue
            piece, fill = last[tick], filled[tick]
            if piece < 0 or fill == PIECE:
                new = np.int32(free[0])
                free[0] = before[new]
                free[1] -= 1
                before[new] = piece
                last[tick] = new
                piece, fill = new, np.int32(0)
            looks[piece, fill] = (np.int64(user) << 32) | row
            filled[tick] = fill + 1


@compiled
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
    """Enter the looks of a new member at what is already up; `newest` is the head of each venue's list of posts."""
    history = members.history[venue] != 0
    row = newest[venue]
    while row >= 0:
        if posts.hot[row].flags & LIVE:
            delay_stream = fold(fold(streams.delay, items.hot[posts.hot[row].item].key), np.int64(venue))
            plan_look(row, user, since, history, delay_stream, posts, persons, clock, calendar)
        row = posts.next_of_venue[row]
