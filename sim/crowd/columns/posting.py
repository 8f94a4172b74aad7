"""Posting: attempts become posts, or echoes of what is live in their place already."""

import numpy as np

from sim.arithmetic import compiled_within
from sim.crowd.columns.attempts import Attempts
from sim.crowd.columns.state import Ints, ItemColumns, Numbers, Rules, Streams
from sim.draws import draw, draw3, fold
from sim.fetching import fetch
from sim.often import compiled_often
from sim.rules.delay import stays_until
from sim.vocabulary import DIRECT_KEY
from sim.world.columns import Members
from sim.world.posts import CHANNEL, DIRECT, FOREVER, GROUP
from sim.world.sendings import CLEARED, ECHO, IN_SECRET, LIVE, RESTORED, Posts, find_place, first_position

_DIRECT = 1 << 32


@compiled_often
def sort_keys(attempts: Attempts, count: int) -> tuple[Ints, int]:
    """Return what attempts are sorted by (item, then venue, or sender behind all venues), and how many posts come."""
    keys = np.empty(count, dtype=np.int64)
    total = np.int64(0)
    for i in range(count):
        venue = np.int64(attempts.venue[i])
        place = venue if venue >= 0 else _DIRECT + np.int64(attempts.author[i])
        keys[i] = (np.int64(attempts.item[i]) << 33) | place
        total += attempts.count[i]
    return keys, total


@compiled_within
def _sort_rivals(order: Ints, authors: Numbers) -> None:
    for i in range(1, order.size):
        one = order[i]
        j = i - 1
        while j >= 0 and authors[order[j]] > authors[one]:
            order[j + 1] = order[j]
            j -= 1
        order[j + 1] = one


@compiled_often
def place_posts(
    order: Ints,
    keys: Ints,
    attempts: Attempts,
    base: int,
    base_post: int,
    tick: int,
    posts: Posts,
    newest: Numbers,
    places: Numbers,
    items: ItemColumns,
    members: Members,
    rules: Rules,
    streams: Streams,
    post_measure: int,
    echo_measure: int,
    restored_measure: int,
    by_class: Ints,
) -> Numbers:
    """Commit attempts together, in sendings from `base` and posts from `base_post` on; return the sendings that live.

    `order` sorts by `keys`. In each venue a keyed draw says which is the post; the others echo it. The table of places
    must have room.
    """
    hot, parents, hops, more = posts.hot, posts.parent, posts.hops, posts.more
    previous, next_of_item = posts.previous, posts.next_of_item
    next_of_venue, next_echo, hot_items, first_post = posts.next_of_venue, posts.next_echo, items.hot, items.first_post
    of, to, flags_of = posts.of, posts.to, posts.flags
    counts = items.counts
    members_live, members_fill = members.live, members.fill
    a_item, a_author, a_venue, a_parent = attempts.item, attempts.author, attempts.venue, attempts.parent
    a_hops, a_flags, a_source, a_count = attempts.hops, attempts.flags, attempts.source, attempts.count
    a_begin, a_receiver, withdrawals, secret = attempts.begin, attempts.receiver, rules.withdrawals, rules.secret
    live = np.empty(order.size, dtype=np.int32)
    lives = 0
    begin = 0
    post = np.int64(base_post)
    while begin < order.size:
        if begin + 4 < order.size:
            a = order[begin + 4]
            fetch(hot_items, a_item[a])
            fetch(counts, a_item[a])
            if a_venue[a] >= 0:
                fetch(places, first_position(places, np.int64(a_item[a]), np.int64(a_venue[a])))
                fetch(newest, a_venue[a])
        if begin + 2 < order.size:
            a = order[begin + 2]
            if a_venue[a] >= 0:
                fetch(hot, max(places[first_position(places, np.int64(a_item[a]), np.int64(a_venue[a]))], np.int32(0)))
        a = order[begin]
        item, venue = np.int64(a_item[a]), np.int64(a_venue[a])
        direct = venue < 0
        end = begin + 1
        if not direct:
            while end < order.size and keys[order[end]] == keys[a]:
                end += 1
            if end - begin > 1:
                _sort_rivals(order[begin:end], a_author)
        key, content = hot_items[item].key, hot_items[item].content
        for k in range(begin, end):
            a, row = order[k], np.int32(base + k)
            hot[row].item, hot[row].author, hot[row].tick = item, a_author[a], tick
            hot[row].source, hot[row].first = a_source[a], post
            parents[row], hops[row] = a_parent[a], a_hops[a]
            next_of_item[row] = next_of_venue[row] = -1
            if direct:  # none of these messages can echo another
                author, made = np.int64(a_author[a]), np.int64(a_count[a])
                hot[row].venue, hot[row].kind, hot[row].until = -1, DIRECT, FOREVER
                if withdrawals.size:
                    hot[row].until = stays_until(tick, draw(streams.withdraw, key, author), withdrawals)
                if made > 1:
                    more[row] = made - 1
                mine = np.uint16(a_flags[a] | LIVE | hot_items[item].marks)
                for j in range(made):
                    of[post + j], to[post + j], flags_of[post + j] = row, 1 + a_receiver[a_begin[a] + j], mine
                if secret > 0.0:
                    for j in range(post, post + made):
                        other = np.int64(to[j]) - 1
                        if draw(rules.secret_stream, min(author, other), max(author, other)) < secret:
                            flags_of[j] = mine | IN_SECRET
            else:
                hot[row].venue, hot[row].until = venue, FOREVER
                hot[row].kind = CHANNEL if venue < rules.channels else GROUP
                of[post], flags_of[post] = row, a_flags[a] | ECHO
            post += a_count[a]
        first = np.int32(base + begin)
        if direct:
            winner, made = first, 1 + np.int64(more[first])
            place = DIRECT_KEY + np.int64(hot[winner].author)
            counts[item, post_measure] += made
            by_class[content, post_measure] += made
            members_fill[2] += made
        else:
            place = venue
            at = find_place(places, hot, item, venue)
            latest = places[at]
            standing = latest >= 0 and flags_of[hot[latest].first] & LIVE
            winner = first
            if standing:
                winner = latest
            elif end - begin > 1:
                best, beginners = 2.0, 0  # who begins an item, or is put back, comes before those who pass it on
                for k in range(begin, end):
                    beginners += (a_parent[order[k]] < 0) | (a_flags[order[k]] & RESTORED != 0)
                for k in range(begin, end):
                    u = draw3(streams.slot_post, key, place, np.int64(a_author[order[k]]))
                    begins = (a_parent[order[k]] < 0) | (a_flags[order[k]] & RESTORED != 0)
                    if u < best and (begins or beginners == 0):
                        winner, best = np.int32(base + k), u
            echoes = end - begin - (0 if standing else 1)
            counts[item, echo_measure] += echoes
            by_class[content, echo_measure] += echoes
            for k in range(begin, end):
                row = np.int32(base + k)
                if row != winner:
                    next_echo[row], next_echo[winner] = next_echo[winner], row + 1
            if standing:
                begin = end
                continue
            mine = (flags_of[hot[winner].first] & ~np.uint16(ECHO)) | LIVE
            if members.platform[venue] == 0:
                mine |= hot_items[item].marks
            measure = post_measure
            if mine & RESTORED:  # the platform put it back: it has been looked at
                mine |= CLEARED
                measure = restored_measure
            flags_of[hot[winner].first] = mine
            if latest >= 0:
                previous[winner] = latest + 1
            next_of_venue[winner], newest[venue] = newest[venue], winner
            counts[item, measure] += 1
            by_class[content, measure] += 1
            members_live[venue] += 1
            members_fill[2] += 1
            places[at] = winner
        hot[winner].notice = fold(fold(streams.notice, key), place)
        hot[winner].report = fold(fold(streams.report, key), place)
        hot[winner].leave = fold(fold(streams.leave, key), place)
        source = np.int64(hot[winner].source)
        if source >= 0:
            hot[winner].join = fold(fold(streams.join, key), source)
        next_of_item[winner], first_post[item] = first_post[item], winner
        live[lives] = winner
        lives += 1
        begin = end
    return live[:lives]


@compiled_within
def take_down(
    post: int, tick: int, posts: Posts, items: ItemColumns, members: Members, measure: int, by_class: Ints
) -> None:
    """End an interval: its post and the echoes are removed, effective from the next tick."""
    sending = posts.of[post]
    item = posts.hot[sending].item
    posts.flags[post] &= ~np.uint16(LIVE)
    members.fill[2] -= 1
    venue = posts.hot[sending].venue
    removed = 1
    posts.seen[post].removed = tick + 1
    if venue >= 0:
        members.live[venue] -= 1
        one = posts.next_echo[sending] - 1
        while one >= 0:
            posts.seen[posts.hot[one].first].removed = tick + 1
            removed += 1
            one = posts.next_echo[one] - 1
    items.counts[item, measure] += removed
    by_class[items.hot[item].content, measure] += removed
