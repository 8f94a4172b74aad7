"""Posting: attempts become posts, or echoes of what is live in their place already."""

import numpy as np

from sim.arithmetic import compiled
from sim.crowd.columns.passing import Attempts
from sim.crowd.columns.state import Ints, ItemColumns, Numbers, Rules, Streams
from sim.draws import draw, draw3, fold
from sim.rules.delay import stays_until
from sim.vocabulary import DIRECT_KEY
from sim.world.columns import ECHO, LIVE, Members, PlaceMap, Posts, place_hash
from sim.world.posts import CHANNEL, DIRECT, FOREVER, GROUP, SECRET


@compiled
def sort_keys(attempts: Attempts, count: int) -> tuple[Ints, Ints, Ints]:
    """Return what attempts are sorted by: item, place, and receiver (direct) or author (venue)."""
    items, places = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    others = np.empty(count, dtype=np.int64)
    for i in range(count):
        items[i] = attempts.item[i]
        if attempts.place[i] < DIRECT_KEY:
            places[i], others[i] = attempts.place[i], attempts.author[i]
        else:
            places[i], others[i] = DIRECT_KEY + attempts.author[i], attempts.place[i] - DIRECT_KEY
    return items, places, others


@compiled
def place_posts(
    order: Ints,
    attempts: Attempts,
    base: int,
    tick: int,
    posts: Posts,
    newest: Numbers,
    places: PlaceMap,
    items: ItemColumns,
    members: Members,
    rules: Rules,
    streams: Streams,
    post_measure: int,
    echo_measure: int,
    by_class: Ints,
) -> Numbers:
    """Commit posts together, in rows from `base` on; return the rows that went live.

    `order` sorts by item, place, receiver and author. In each place a keyed draw says which is the post; the others
    echo it. The table of places must have room.
    """
    hot, parents, hops, views, readers = posts.hot, posts.parent, posts.hops, posts.views, posts.new_readers
    removed, previous, interval, next_of_item = posts.removed, posts.previous, posts.interval, posts.next_of_item
    next_of_venue, next_echo, hot_items, first_post = posts.next_of_venue, posts.next_echo, items.hot, items.first_post
    counts, table, members_live, members_fill = items.counts, places.row, members.live, members.fill
    a_item, a_author, a_place, a_parent = attempts.item, attempts.author, attempts.place, attempts.parent
    a_hops, a_flags, a_source = attempts.hops, attempts.flags, attempts.source
    mask, withdrawals = table.size - 1, rules.withdrawals
    live = np.empty(order.size, dtype=np.int32)
    lives = 0
    begin = 0
    while begin < order.size:
        a = order[begin]
        item, named, author = a_item[a], a_place[a], np.int64(a_author[a])
        direct = named >= DIRECT_KEY
        place = DIRECT_KEY + author if direct else named
        receiver = named - DIRECT_KEY if direct else np.int64(-1)
        end = begin + 1
        while end < order.size:
            b = order[end]
            same = a_item[b] == item and a_place[b] == named
            if not same or (direct and a_author[b] != author):
                break
            end += 1
        key, content = hot_items[item].key, hot_items[item].content
        venue = np.int64(-1) if direct else named
        if direct:
            low, high = min(author, receiver), max(author, receiver)
            kind = SECRET if draw(rules.secret_stream, low, high) < rules.secret else DIRECT
        else:
            kind = CHANNEL if venue < rules.channels else GROUP
        sender = author if direct else np.int64(-1)
        at = place_hash(item, venue, sender, receiver) & mask
        while True:
            latest = table[at]
            if latest < 0:
                break
            old = hot[latest]
            if (
                old.item == item
                and old.venue == venue
                and old.receiver == receiver
                and (not direct or old.author == author)
            ):
                break
            at = (at + 1) & mask
        standing = latest >= 0 and hot[latest].flags & LIVE
        winner = begin
        if not standing and end - begin > 1:
            best = 2.0
            for k in range(begin, end):
                u = draw3(streams.slot_post, key, place, np.int64(a_author[order[k]]))
                if u < best:
                    winner, best = k, u
        post = latest if standing else np.int32(base + winner)
        for k in range(begin, end):
            a, row = order[k], np.int32(base + k)
            echo = row != post
            hot[row].item, hot[row].author = item, a_author[a]
            hot[row].venue, hot[row].receiver, hot[row].kind = venue, receiver, kind
            hot[row].tick, parents[row], hops[row] = tick, a_parent[a], a_hops[a]
            hot[row].source, removed[row] = a_source[a], -1
            views[row] = readers[row] = hot[row].views_now = hot[row].new_now = 0
            previous[row] = next_of_item[row] = next_of_venue[row] = next_echo[row] = -1
            interval[row] = 0
            hot[row].flags = a_flags[a] | (ECHO if echo else 0)
            measure = echo_measure if echo else post_measure
            counts[item, measure] += 1
            by_class[content, measure] += 1
        if not standing:
            hot[post].flags |= LIVE | hot_items[item].marks
            if direct and withdrawals.size:
                hot[post].until = stays_until(tick, draw(streams.withdraw, key, author), withdrawals)
            else:
                hot[post].until = FOREVER
            previous[post] = latest
            interval[post] = interval[latest] + 1 if latest >= 0 else 1
            hot[post].notice = fold(fold(streams.notice, key), place)
            hot[post].report = fold(fold(streams.report, key), place)
            hot[post].leave = fold(fold(streams.leave, key), place)
            next_of_item[post], first_post[item] = first_post[item], post
            if not direct:
                next_of_venue[post], newest[venue] = newest[venue], post
                members_live[venue] += 1
            members_fill[2] += 1
            table[at] = post
            live[lives] = post
            lives += 1
        for k in range(begin, end):
            row = np.int32(base + k)
            if row != post:
                next_echo[row], next_echo[post] = next_echo[post], row
        begin = end
    return live[:lives]


@compiled
def take_down(
    row: int, tick: int, posts: Posts, items: ItemColumns, members: Members, measure: int, by_class: Ints
) -> None:
    """End an interval: its post and the echoes are removed, effective from the next tick."""
    item = posts.hot[row].item
    posts.hot[row].flags &= ~np.uint8(LIVE)
    members.fill[2] -= 1
    if posts.hot[row].venue >= 0:
        members.live[posts.hot[row].venue] -= 1
    one = np.int32(row)
    while one >= 0:
        posts.removed[one] = tick
        items.counts[item, measure] += 1
        by_class[items.hot[item].content, measure] += 1
        one = posts.next_echo[one]
