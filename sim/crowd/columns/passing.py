"""Passing on: to which places a forward goes."""

from typing import NamedTuple

import numpy as np

from sim.arithmetic import compiled
from sim.crowd.columns.passed import Passed, add_passed, has_served, pair_hash, serve
from sim.crowd.columns.state import Floats, Ints, ItemColumns, Numbers, Persons, Rules, Streams
from sim.draws import draw3, fold, unit
from sim.rules.forward import chats_allowed
from sim.vocabulary import DIRECT_KEY
from sim.world.columns import BANNED, COPIED, HAS_JOINED, HAS_LEFT, Members, Posts, has_left
from sim.world.items import starters


class Attempts(NamedTuple):
    """Posts about to be made; `count` of them."""

    item: Numbers
    author: Numbers
    place: Ints
    """Venue, or DIRECT_KEY + receiver."""
    parent: Numbers
    hops: Numbers
    flags: Numbers
    source: Numbers


def make_attempts(size: int) -> Attempts:
    """Return room for so many attempts."""
    wide = {"place": np.int64}
    return Attempts(**{name: np.empty(size, dtype=wide.get(name, np.int32)) for name in Attempts._fields})


@compiled
def _may_post(members: Members, status: int, channels: int, venue: int, user: int) -> bool:
    if not members.active[venue] or (status & HAS_LEFT and has_left(members, venue, user)):
        return False
    return venue >= channels or members.owner[venue] == user


@compiled
def own_venues(user: int, members: Members, status: int, channels: int, out: Numbers) -> int:
    """Write the venues in which a user may post; return how many. `out` has room for `reach_bound` of them."""
    count = 0
    user_venue, active, owner = members.user_venue, members.active, members.owner
    for k in range(members.user_first[user], members.user_first[user + 1]):
        venue = user_venue[k]
        if active[venue] and (venue >= channels or owner[venue] == user):
            out[count] = venue
            count += 1
    if status & HAS_JOINED:
        k = members.joined_user[user]
        while k >= 0:
            venue = members.join_venue[k]
            if active[venue] and (venue >= channels or owner[venue] == user):
                out[count] = venue
                count += 1
            k = members.next_of_user[k]
    if status & HAS_LEFT:
        kept = 0
        for k in range(count):
            if not has_left(members, out[k], user):
                out[kept] = out[k]
                kept += 1
        count = kept
    return count


@compiled
def reach_bound(user: int, members: Members, persons: Persons) -> int:
    """Return the most places to which a user can post."""
    bound = members.user_first[user + 1] - members.user_first[user]
    bound += persons.contact_first[user + 1] - persons.contact_first[user]
    if persons.status[user] & HAS_JOINED:
        k = members.joined_user[user]
        while k >= 0:
            bound += 1
            k = members.next_of_user[k]
    return bound


@compiled
def targets_bound(users: Numbers, members: Members, persons: Persons, limit: int) -> tuple[int, int]:
    """Return the most places that the forwards of these users can go to, in all and of one of them."""
    total, most = np.int64(0), np.int64(0)
    for user in users:
        bound = reach_bound(user, members, persons)
        most = max(most, bound)
        total += min(bound, limit)
    return total, most


@compiled
def _ranked(
    key: int, user: int, members: Members, persons: Persons, rules: Rules, streams: Streams, venues: Numbers,
    wanted: Ints, ranks: Floats,
) -> int:  # fmt: skip
    """Write the places that a user would pass an item on to, best ranked first; return how many."""
    persona = persons.persona[user]
    count = 0
    wish, rank = fold(fold(streams.target, key), user), fold(fold(streams.target_rank, key), user)
    for k in range(own_venues(user, members, persons.status[user], rules.channels, venues)):
        venue = np.int64(venues[k])
        chance = rules.to_channels[persona] if venue < rules.channels else rules.to_groups[persona]
        if unit(fold(wish, venue)) < chance:
            wanted[count], ranks[count] = venue, unit(fold(rank, venue))
            count += 1
    chance = rules.to_contacts[persona]
    for k in range(persons.contact_first[user], persons.contact_first[user + 1]):
        place = np.int64(DIRECT_KEY + persons.contact[k])
        if unit(fold(wish, place)) < chance:
            wanted[count], ranks[count] = place, unit(fold(rank, place))
            count += 1
    if count > 1:
        order = np.argsort(ranks[:count], kind="mergesort")
        sorted_places = wanted[:count][order]
        wanted[:count] = sorted_places
    return count


@compiled
def pass_on(
    users: Numbers,
    rows: Numbers,
    most: int,
    posts: Posts,
    items: ItemColumns,
    members: Members,
    persons: Persons,
    rules: Rules,
    streams: Streams,
    passed: Passed,
    out: Attempts,
    begin: int,
    forwarded: Numbers,
) -> tuple[int, int]:
    """Turn decisions to pass on into attempts to post, to the best-ranked places not yet served.

    They go into `out` from `begin` on. Return where they end, and how many decisions led to any; the items of these go
    into `forwarded`.
    """
    # Arrays are taken out of their tuples once: taken out in the loop, each would be counted as one more reference.
    hot_posts, hot_items, hops_of = posts.hot, items.hot, posts.hops
    personas, status, contact_first, contact = persons.persona, persons.status, persons.contact_first, persons.contact
    user_first, joined_user = members.user_first, members.joined_user
    to_channels, to_groups, to_contacts, copies = rules.to_channels, rules.to_groups, rules.to_contacts, rules.copies
    table, pairs, times_of, heads = passed.table, passed.pair, passed.times, passed.head
    served, next_served, fill = passed.place, passed.next, passed.fill
    new_item, new_author, new_place, new_parent = out.item, out.author, out.place, out.parent
    new_hops, new_flags, new_source = out.hops, out.flags, out.source
    venues = np.empty(most, dtype=np.int32)
    wanted, ranks = np.empty(most, dtype=np.int64), np.empty(most)
    mask = table.size - 1
    count, decisions = begin, 0
    for i in range(users.size):
        user, row = np.int64(users[i]), rows[i]
        post = hot_posts[row]
        item = np.int64(post.item)
        key, persona = hot_items[item].key, personas[user]
        pair = (item << 32) | user
        slot = pair_hash(pair) & mask
        while table[slot] >= 0 and pairs[table[slot]] != pair:
            slot = (slot + 1) & mask
        at = np.int64(table[slot])
        times = times_of[at] if at >= 0 else 0
        if times >= rules.max_forwards[persona]:
            continue
        if at < 0:
            at = fill[0]
            fill[0] += 1
            table[slot] = at
            pairs[at], times_of[at], heads[at] = pair, 0, -1
        copied = draw3(streams.copy, key, user, times) < copies[persona]
        hops = 0 if copied else hops_of[row] + 1
        limit = chats_allowed(rules.forward_limit, rules.viral_limit, max(0, hops - 1), rules.viral_hops)

        found = 0
        wish, rank = fold(fold(streams.target, key), user), fold(fold(streams.target_rank, key), user)
        if user_first[user + 1] > user_first[user] or joined_user[user] >= 0:
            for k in range(own_venues(user, members, status[user], rules.channels, venues)):
                venue = np.int64(venues[k])
                chance = to_channels[persona] if venue < rules.channels else to_groups[persona]
                if unit(fold(wish, venue)) < chance:
                    wanted[found] = venue
                    found += 1
        chance = to_contacts[persona]
        for k in range(contact_first[user], contact_first[user + 1]):
            place = np.int64(DIRECT_KEY + contact[k])
            wanted[found] = place
            found += unit(fold(wish, place)) < chance
        if found > 1:
            for k in range(found):
                ranks[k] = unit(fold(rank, wanted[k]))
            order = np.argsort(ranks[:found], kind="mergesort")
            wanted[:found] = wanted[:found][order]

        parent_place = np.int64(post.venue) if post.venue >= 0 else DIRECT_KEY + np.int64(post.author)
        earlier = heads[at]
        known = False
        node = earlier
        while node >= 0:
            known = known or served[node] == parent_place
            node = next_served[node]
        if not known:
            node = np.int32(fill[1])
            fill[1] += 1
            served[node], next_served[node], heads[at] = parent_place, heads[at], node
        sent = 0
        for k in range(found):
            if sent >= limit:
                break
            place = wanted[k]
            if place == parent_place:
                continue
            node = earlier
            while node >= 0 and served[node] != place:
                node = next_served[node]
            if node >= 0:
                continue
            node = np.int32(fill[1])
            fill[1] += 1
            served[node], next_served[node], heads[at] = place, heads[at], node
            new_item[count], new_author[count], new_place[count] = item, user, place
            new_parent[count], new_hops[count] = row, hops
            new_flags[count] = COPIED if copied else 0
            new_source[count] = -1 if copied else post.source
            count += 1
            sent += 1
        if sent:
            times_of[at] = times + 1
            forwarded[decisions] = item
            decisions += 1
    return count, decisions


@compiled
def still_allowed(attempts: Attempts, begin: int, end: int, members: Members, persons: Persons, channels: int) -> int:
    """Drop the attempts from `begin` on to post where the author has no place any more; return where they end."""
    item, author, place_of_it, parent = attempts.item, attempts.author, attempts.place, attempts.parent
    hops, flags, source, status = attempts.hops, attempts.flags, attempts.source, persons.status
    kept = begin
    for i in range(begin, end):
        place, user = place_of_it[i], np.int64(author[i])
        if place < DIRECT_KEY and not _may_post(members, status[user], channels, place, user):
            continue
        if kept < i:
            item[kept], author[kept], place_of_it[kept], parent[kept] = item[i], user, place, parent[i]
            hops[kept], flags[kept], source[kept] = hops[i], flags[i], source[i]
        kept += 1
    return kept


@compiled
def start_pairs(
    new: Ints, origins: Ints, seeds: Ints, items: ItemColumns, users: int, stream: int
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
        for user in starters(stream, items.hot[item].key, origins[item], seeds[item], users):
            which[at], who[at] = item, user
            at += 1
    return which, who


@compiled
def first_posts_bound(
    which: Ints, who: Ints, wanted: Ints, drawn: Ints, members: Members, persons: Persons
) -> tuple[int, int]:
    """Return the most first posts that these starts can make, and the most places that one of those people has."""
    total, most = np.int64(0), np.int64(0)
    for i in range(which.size):
        bound = reach_bound(who[i], members, persons)
        most = max(most, bound)
        total += bound if drawn[which[i]] else min(bound, wanted[which[i]])
    return total, most


@compiled
def first_posts(
    which: Ints,
    who: Ints,
    wanted: Ints,
    drawn: Ints,
    most: int,
    items: ItemColumns,
    members: Members,
    persons: Persons,
    rules: Rules,
    streams: Streams,
    passed: Passed,
    out: Attempts,
) -> int:
    """Write where originators post first: own channels on the topic, then elsewhere, else with contacts."""
    venues, places, ranks = np.empty(most, dtype=np.int32), np.empty(most, dtype=np.int64), np.empty(most)
    channels, total = rules.channels, 0
    for i in range(which.size):
        item, origin = which[i], who[i]
        key = items.hot[item].key
        if persons.status[origin] & BANNED:
            continue
        before = total
        if drawn[item] != 1:
            root = fold(fold(streams.item_place, key), origin)
            count = own_venues(origin, members, persons.status[origin], channels, venues)
            for k in range(count):
                venue = np.int64(venues[k])
                places[k] = venue
                elsewhere = 1.0 if members.topic[venue] != items.hot[item].topic else 0.0
                ranks[k] = (2.0 if venue >= channels else 0.0) + elsewhere + unit(fold(root, venue))
            if count == 0:
                for k in range(persons.contact_first[origin], persons.contact_first[origin + 1]):
                    place = np.int64(DIRECT_KEY + persons.contact[k])
                    places[count], ranks[count] = place, unit(fold(root, place))
                    count += 1
            for _ in range(min(count, wanted[item])):
                best = 0
                for k in range(1, count):
                    if ranks[k] < ranks[best]:
                        best = k
                out.place[total] = places[best]
                ranks[best] = np.inf
                total += 1
        if drawn[item]:
            at = add_passed(passed, (np.int64(item) << 32) | origin)
            passed.times[at] = 1
            for k in range(before, total):
                serve(passed, at, out.place[k])
            for k in range(_ranked(key, origin, members, persons, rules, streams, venues, places, ranks)):
                if not has_served(passed, at, places[k]):
                    serve(passed, at, places[k])
                    out.place[total] = places[k]
                    total += 1
        for k in range(before, total):
            place = out.place[k]
            out.item[k], out.author[k] = item, origin
            out.parent[k], out.hops[k], out.flags[k] = -1, 0, 0
            out.source[k] = place if place < DIRECT_KEY else -1
    return total
