"""Reacting: sights are counted, then users decide and beliefs move; and views are counted post by post."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled_within
from sim.crowd.columns.believing import believe
from sim.crowd.columns.deciding import decide
from sim.crowd.columns.noticed import ADOPTIONS, AGAIN, ELSEWHERE, LOW, Decisions
from sim.crowd.columns.sights import FILL_BITS, ITEM_BITS, LINE, MANY, Sights, enlarge, hashed, one_more, probed
from sim.crowd.columns.state import Bytes, Flags, Ints, ItemColumns, Numbers, Persons, Reals, Rules, Streams
from sim.draws import draw3
from sim.fetching import fetch
from sim.often import compiled_often
from sim.vocabulary import DIRECT_KEY, ILLEGAL_ELSEWHERE, VIEWS_ELSEWHERE
from sim.world.columns import Members
from sim.world.people import INTEREST
from sim.world.sendings import Posts

_BLOCK = 256
"""Exposures that are taken together from step to step: few enough that what they need stays near."""
_AHEAD = 16
"""How many posts before its use memory is asked for."""


@compiled_within
def _in_order(
    who: Ints, begin: int, end: int, hits: NDArray[Any], hot_posts: NDArray[Any], hot_items: NDArray[Any], stream: int,
    out: Decisions,
) -> None:  # fmt: skip
    """Put what one user noticed in a tick into the order of exposures: tick of the post, then a keyed draw."""
    draws, ticks = out.draw, out.tick
    user = who[begin] >> 32
    for i in range(begin, end):
        hit = hits[who[i] & LOW]
        sending = hot_posts[hit.sending]
        venue = np.int64(sending.venue)
        place = venue if venue >= 0 else DIRECT_KEY + np.int64(sending.author)
        draws[i], ticks[i] = draw3(stream, hot_items[hit.item].key, user, place), sending.tick
    gap = 1
    while gap < (end - begin) // 3:
        gap = 3 * gap + 1
    while gap > 0:  # Shell's sort: most have noticed two or three
        for i in range(begin + gap, end):
            look, u, tick = who[i], draws[i], ticks[i]
            j = i - gap
            while j >= begin and (ticks[j] > tick or (ticks[j] == tick and draws[j] > u)):
                who[j + gap], draws[j + gap], ticks[j + gap] = who[j], draws[j], ticks[j]
                j -= gap
            who[j + gap], draws[j + gap], ticks[j + gap] = look, u, tick
        gap //= 3


@compiled_within
def _count(
    who: Ints,
    hits: NDArray[Any],
    begin: int,
    end: int,
    cursors: Ints,
    hot_posts: NDArray[Any],
    items: ItemColumns,
    persons: Persons,
    sights: Sights,
    order_stream: int,
    illegal: Flags,
    illegal_somewhere: Flags,
    illegal_measure: int,
    by_class: Ints,
    out: Decisions,
) -> int:
    """Put the exposures of each user in their order and count them, from position `begin` to `end`.

    Return where it ended: before `end` if the pool of sights is too small. `cursors` holds up to where users were asked
    for, and up to where their tables have room and the rest was asked for.
    """
    # Arrays are taken out of their tuples once: taken out in the loop, each would be counted as one more reference.
    hot_items, counts, persons_rows = items.hot, items.counts, persons.rows
    country_of, persona_of = persons.country, persons.persona
    pool, table, free = sights.pool, sights.table, sights.free
    numbers, at_of, again_post = out.numbers, out.at, out.again_post
    asked, prepared = cursors[0], cursors[1]
    repeats = out.fill[AGAIN]
    n = who.size
    while begin < end:
        while asked < min(begin + 3 * _AHEAD, n):
            user = who[asked] >> 32
            fetch(persons_rows, user)
            fetch(table, user)
            fetch(country_of, user)
            fetch(persona_of, user)
            fetch(hits, who[asked] & LOW)
            asked += 1
        while prepared < min(begin + _AHEAD, n):
            user = who[prepared] >> 32
            stop = prepared + 1
            while stop < n and who[stop] >> 32 == user:
                stop += 1
            fill = np.int64(table[user, 1])
            small = 8 * ((fill >> FILL_BITS) + stop - prepared) > 7 << (fill & 31)
            if small and not enlarge(pool, table, free, user, stop - prepared):
                n = prepared  # the pool is too small: go so far, and no further
                end = min(end, n)
                break
            first_place, bits = np.int64(table[user, 0]) * LINE, np.int64(table[user, 1] & 31)
            for i in range(prepared, stop):
                item = np.int64(hits[who[i] & LOW].item)
                fetch(pool, first_place + hashed(item, bits))
                fetch(hot_items, item)
            prepared = stop
        if begin == end:
            break
        user = who[begin] >> 32
        stop = begin + 1
        while stop < end and who[stop] >> 32 == user:
            stop += 1
        if stop - begin > 1:
            _in_order(who, begin, stop, hits, hot_posts, hot_items, order_stream, out)
        first_place, bits = np.int64(table[user, 0]) * LINE, np.int64(table[user, 1] & 31)
        for i in range(begin, stop):
            hit = hits[who[i] & LOW]
            item = np.int64(hit.item)
            home, step = hashed(item, bits), np.int64(0)
            at = first_place + home
            entry = np.int64(pool[at])
            while entry != 0 and entry >> ITEM_BITS != item:
                step += 1
                at = first_place + probed(home, step, bits)
                entry = np.int64(pool[at])
            if entry == 0:
                number = np.int64(1)
                pool[at] = (item << ITEM_BITS) | 1
                table[user, 1] += 1 << FILL_BITS
            elif entry & MANY < MANY - 1:
                number = (entry & MANY) + 1
                pool[at] = entry + 1
            else:
                number = one_more(sights, at, user, item)
            numbers[i], at_of[i] = number, at
            if number > 1:
                again_post[repeats] = hit.post
                repeats += 1
            thing = hot_items[item]
            content = thing.content
            if illegal_somewhere[content] and illegal[country_of[user], content]:
                thing.illegal_views += 1
                by_class[content, illegal_measure] += 1
                if hit.flags & ELSEWHERE:
                    counts[item, ILLEGAL_ELSEWHERE] += 1
                    by_class[content, ILLEGAL_ELSEWHERE] += 1
        begin = stop
    cursors[0], cursors[1] = asked, prepared
    out.fill[AGAIN] = repeats
    return begin


@compiled_often
def react(
    who: Ints,
    hits: NDArray[Any],
    posts: Posts,
    items: ItemColumns,
    members: Members,
    persons: Persons,
    held: Reals,
    sights: Sights,
    rules: Rules,
    streams: Streams,
    topics: int,
    illegal_somewhere: Flags,
    illegal_measure: int,
    by_class: Ints,
    start: int,
    out: Decisions,
) -> int:
    """Let everyone who noticed something decide what follows; `who` (user << 32 | hit) comes sorted by user.

    Her exposures are put in order and counted; she decides about each item, by what she believed before; then her
    beliefs move, by all she noticed. `held` is what everybody believed before, if an item pulls towards that.

    Begin at the position `start`; return where it ended: before the end if the pool of sights is too small. Called
    again with a larger one, it goes on.
    """
    n = who.size
    believes = INTEREST + topics
    cursors = np.full(2, start, dtype=np.int64)
    begin = start
    while begin < n:
        end = min(begin + _BLOCK, n)
        while end < n and who[end] >> 32 == who[end - 1] >> 32:
            end += 1
        counted = _count(
            who, hits, begin, end, cursors, posts.hot, items, persons, sights, streams.exposure_order,
            rules.illegal, illegal_somewhere, illegal_measure, by_class, out,
        )  # fmt: skip
        decide(who, hits, begin, counted, posts.hot, items.hot, members, persons, believes, rules, streams, out)
        believe(
            who, hits, begin, counted, out.numbers, posts.hot, items.hot, held, persons.rows, believes, topics, rules,
            out.adopt_item, out.fill, ADOPTIONS, out.moved,
        )  # fmt: skip
        begin = counted
        if counted < end:
            break
    return begin


@compiled_often
def count_views(
    seen_post: Numbers, again_post: Numbers, posts: Posts, items: ItemColumns, platform_of: Bytes,
    view_measure: int, new_measure: int, by_class: Ints,
) -> Numbers:  # fmt: skip
    """Count the views of a tick with posts, items and classes; return posts, their views, their new readers: (3, n).

    `seen_post` has an entry for each exposure, `again_post` for each that was no new reader's; both are sorted.
    """
    counts, things, hot, of, seen = items.counts, items.hot, posts.hot, posts.of, posts.seen
    n, distinct = seen_post.size, np.int64(0)
    for i in range(n):
        distinct += i == 0 or seen_post[i] != seen_post[i - 1]
    rows = np.empty((3, distinct), dtype=np.int32)
    at = again = np.int64(0)
    for k in range(distinct):
        post = seen_post[at]
        views = new = np.int64(0)
        while at < n and seen_post[at] == post:
            views += 1
            at += 1
        new = views
        while again < again_post.size and again_post[again] == post:
            new -= 1
            again += 1
        rows[0, k], rows[1, k], rows[2, k] = post, views, new
    for k in range(distinct):
        if k + 2 * _AHEAD < distinct:
            fetch(of, rows[0, k + 2 * _AHEAD])
            fetch(seen, rows[0, k + 2 * _AHEAD])
        if k + _AHEAD < distinct:
            fetch(hot, of[rows[0, k + _AHEAD]])
        if k + _AHEAD // 2 < distinct:
            item = hot[of[rows[0, k + _AHEAD // 2]]].item
            fetch(counts, item)
            fetch(things, item)
        post, views, new = rows[0, k], rows[1, k], rows[2, k]
        sending = hot[of[post]]
        item, venue = np.int64(sending.item), np.int64(sending.venue)
        content = things[item].content
        seen[post].views += views
        seen[post].new += new
        counts[item, view_measure] += views
        counts[item, new_measure] += new
        by_class[content, view_measure] += views
        by_class[content, new_measure] += new
        if venue >= 0 and platform_of[venue]:
            counts[item, VIEWS_ELSEWHERE] += views
            by_class[content, VIEWS_ELSEWHERE] += views
    return rows
