"""Posting: attempts become posts, or echoes of what is live in their place already."""

import numpy as np

from sim.arithmetic import compiled
from sim.crowd.columns.passing import Attempts
from sim.crowd.columns.state import Ints, ItemColumns, Numbers, Rules, Streams
from sim.draws import draw, draw3, fold
from sim.vocabulary import DIRECT_KEY
from sim.world.columns import ECHO, LIVE, Members, PlaceMap, Posts, find_place
from sim.world.posts import CHANNEL, DIRECT, GROUP, SECRET


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
    live = np.empty(order.size, dtype=np.int32)
    lives = 0
    begin = 0
    while begin < order.size:
        a = order[begin]
        item, named, author = attempts.item[a], attempts.place[a], np.int64(attempts.author[a])
        direct = named >= DIRECT_KEY
        place = DIRECT_KEY + author if direct else named
        receiver = named - DIRECT_KEY if direct else np.int64(-1)
        end = begin + 1
        while end < order.size:
            b = order[end]
            same = attempts.item[b] == item and attempts.place[b] == named
            if not same or (direct and attempts.author[b] != author):
                break
            end += 1
        key, content = items.hot[item].key, items.hot[item].content
        venue = np.int64(-1) if direct else named
        if direct:
            low, high = min(author, receiver), max(author, receiver)
            kind = SECRET if draw(rules.secret_stream, low, high) < rules.secret else DIRECT
        else:
            kind = CHANNEL if venue < rules.channels else GROUP
        at = find_place(places, posts, item, venue, author if direct else -1, receiver)
        latest = places.row[at]
        standing = latest >= 0 and posts.hot[latest].flags & LIVE
        winner = begin
        if not standing and end - begin > 1:
            best = 2.0
            for k in range(begin, end):
                u = draw3(streams.slot_post, key, place, np.int64(attempts.author[order[k]]))
                if u < best:
                    winner, best = k, u
        post = latest if standing else np.int32(base + winner)
        for k in range(begin, end):
            a, row = order[k], np.int32(base + k)
            echo = row != post
            posts.hot[row].item, posts.hot[row].author = item, attempts.author[a]
            posts.hot[row].venue, posts.hot[row].receiver, posts.hot[row].kind = venue, receiver, kind
            posts.hot[row].tick, posts.parent[row], posts.hops[row] = tick, attempts.parent[a], attempts.hops[a]
            posts.hot[row].source, posts.removed[row] = attempts.source[a], -1
            posts.views[row] = posts.new_readers[row] = posts.hot[row].views_now = posts.hot[row].new_now = 0
            posts.previous[row] = posts.next_of_item[row] = posts.next_of_venue[row] = posts.next_echo[row] = -1
            posts.interval[row] = 0
            posts.hot[row].flags = attempts.flags[a] | (ECHO if echo else 0)
            measure = echo_measure if echo else post_measure
            items.counts[item, measure] += 1
            by_class[content, measure] += 1
        if not standing:
            posts.hot[post].flags |= LIVE | items.hot[item].marks
            posts.previous[post] = latest
            posts.interval[post] = posts.interval[latest] + 1 if latest >= 0 else 1
            posts.hot[post].notice = fold(fold(streams.notice, key), place)
            posts.hot[post].report = fold(fold(streams.report, key), place)
            posts.hot[post].leave = fold(fold(streams.leave, key), place)
            posts.next_of_item[post], items.first_post[item] = items.first_post[item], post
            if not direct:
                posts.next_of_venue[post], newest[venue] = newest[venue], post
                members.live[venue] += 1
            members.fill[2] += 1
            places.row[at] = post
            live[lives] = post
            lives += 1
        for k in range(begin, end):
            row = np.int32(base + k)
            if row != post:
                posts.next_echo[row], posts.next_echo[post] = posts.next_echo[post], row
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
