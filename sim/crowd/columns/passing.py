"""Passing on and beginning: which places the posts of a tick go to."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled
from sim.crowd.columns.passed import Passed, add_passed, find_passed, has_served, serve, served_places
from sim.crowd.columns.sights import MARK, Sights, set_mark
from sim.crowd.columns.state import Floats, Ints, ItemColumns, Numbers, Persons, Rules, Streams
from sim.draws import draw3, fold, unit
from sim.rules.forward import chats_allowed
from sim.vocabulary import DIRECT_KEY
from sim.world.columns import BANNED, HAS_JOINED, HAS_LEFT, Members, has_left
from sim.world.items import starters
from sim.world.sendings import COPIED, Posts
from sim.world.ties import degree, write_contacts


class Attempts(NamedTuple):
    """Sendings about to be made, then the receivers of those that are direct messages."""

    item: Numbers
    author: Numbers
    venue: Numbers
    """-1 for direct messages."""
    parent: Numbers
    """Number of the post that is passed on; -1 for first posts."""
    hops: Numbers
    flags: Numbers
    source: Numbers
    begin: Numbers
    """Where its receivers begin, sorted by number; for a venue any position."""
    count: Numbers
    """How many posts it makes: receivers, or 1."""
    receiver: Numbers


def make_attempts(size: int, receivers: int) -> Attempts:
    """Return room for so many attempts, and receivers."""
    return Attempts(
        **{name: np.empty(size, dtype=np.int32) for name in Attempts._fields[:-1]},
        receiver=np.empty(receivers, dtype=np.int32),
    )


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
    bound += degree(persons.ties, user)
    if persons.status[user] & HAS_JOINED:
        k = members.joined_user[user]
        while k >= 0:
            bound += 1
            k = members.next_of_user[k]
    return bound


@compiled
def targets_bound(users: Numbers, members: Members, persons: Persons) -> tuple[int, int]:
    """Return the most places that the forwards of these users can go to, in all and of one of them."""
    total, most = np.int64(0), np.int64(0)
    for user in users:
        bound = reach_bound(user, members, persons)
        most = max(most, bound)
        total += bound
    return total, most


@compiled
def wanted_places(
    key: int, user: int, members: Members, persons: Persons, rules: Rules, streams: Streams, venues: Numbers,
    wanted: Ints,
) -> int:  # fmt: skip
    """Write the places that a user would pass an item on to: venues, then contacts by number; return how many."""
    persona = persons.persona[user]
    count = np.int64(0)
    wish = fold(fold(streams.target, key), user)
    if members.user_first[user + 1] > members.user_first[user] or members.joined_user[user] >= 0:
        to_channels, to_groups = rules.to_channels[persona], rules.to_groups[persona]
        for k in range(own_venues(user, members, persons.status[user], rules.channels, venues)):
            venue = np.int64(venues[k])
            if unit(fold(wish, venue)) < (to_channels if venue < rules.channels else to_groups):
                wanted[count] = venue
                count += 1
    chance = rules.to_contacts[persona]
    if chance <= 0.0:
        return count
    known = write_contacts(persons.ties, user, wanted[count:], DIRECT_KEY)
    if chance >= 1.0:
        return count + known
    begin = count
    for k in range(begin, begin + known):
        place = wanted[k]
        wanted[count] = place
        count += unit(fold(wish, place)) < chance
    return count


@compiled
def _best(key: int, user: int, stream: int, limit: int, wanted: Ints, count: int, ranks: Floats) -> int:
    """Keep the best-ranked places, in the order in which they were; return how many."""
    rank = fold(fold(stream, key), user)
    for k in range(count):
        ranks[k] = unit(fold(rank, wanted[k]))
    order = np.argsort(ranks[:count], kind="mergesort")
    for k in range(limit):
        ranks[order[k]] = -1.0
    kept = 0
    for k in range(count):
        if ranks[k] < 0.0:
            wanted[kept] = wanted[k]
            kept += 1
    return kept


@compiled
def pass_on(
    users: Numbers,
    parents: Numbers,
    at: Ints,
    tick: int,
    most: int,
    posts: Posts,
    items: ItemColumns,
    members: Members,
    persons: Persons,
    rules: Rules,
    streams: Streams,
    sights: Sights,
    passed: Passed,
    out: Attempts,
    begin: int,
    receivers: int,
    forwarded: Numbers,
) -> tuple[int, int, int]:
    """Turn decisions to pass on into attempts to post, to the best-ranked places not yet served.

    They go into `out` from `begin` on, their receivers from `receivers` on; `at` is where each item stands in the pool
    of sights. Return where attempts and receivers end, and how many decisions led to any; the items of these go into
    `forwarded`.
    """
    hot_posts, of, hot_items, hops_of, pool = posts.hot, posts.of, items.hot, posts.hops, sights.pool
    personas, copies, max_forwards = persons.persona, rules.copies, rules.max_forwards
    new_item, new_author, new_venue, new_parent = out.item, out.author, out.venue, out.parent
    new_hops, new_flags, new_source, new_begin, new_count = out.hops, out.flags, out.source, out.begin, out.count
    receiver, ties, status = out.receiver, persons.ties, persons.status
    user_first, joined_user = members.user_first, members.joined_user
    to_channels, to_groups, to_contacts = rules.to_channels, rules.to_groups, rules.to_contacts
    venues = np.empty(most, dtype=np.int32)
    wanted, ranks = np.empty(most, dtype=np.int64), np.empty(most)
    count, filled, decisions = np.int64(begin), np.int64(receivers), 0
    for i in range(users.size):
        user, post = np.int64(users[i]), parents[i]
        persona = personas[user]
        allowed = max_forwards[persona]
        if allowed <= 0:
            continue
        row = of[post]
        item = np.int64(hot_posts[row].item)
        key = hot_items[item].key
        pair = (item << 32) | user
        times, known = np.int64(0), np.int64(-1)
        if pool[at[i]] & MARK:
            known = find_passed(passed, pair)
            if known < 0:
                continue  # she has passed it on once, and may not again
            times = np.int64(passed.times[known])
            if times >= allowed or passed.last[known] == tick:
                continue
        copied = draw3(streams.copy, key, user, times) < copies[persona]
        hops = 0 if copied else hops_of[row] + 1
        limit = chats_allowed(rules.forward_limit, rules.viral_limit, max(0, hops - 1), rules.viral_hops)
        # As in wanted_places: a call here would count a reference to each array of its arguments, for every decision.
        found = np.int64(0)
        wish = fold(fold(streams.target, key), user)
        if user_first[user + 1] > user_first[user] or joined_user[user] >= 0:
            for k in range(own_venues(user, members, status[user], rules.channels, venues)):
                venue = np.int64(venues[k])
                if unit(fold(wish, venue)) < (to_channels[persona] if venue < rules.channels else to_groups[persona]):
                    wanted[found] = venue
                    found += 1
        chance = to_contacts[persona]
        if chance > 0.0:
            known_people = write_contacts(ties, user, wanted[found:], DIRECT_KEY)
            if chance >= 1.0:
                found += known_people
            else:
                start = found
                for k in range(start, start + known_people):
                    place = wanted[k]
                    wanted[found] = place
                    found += unit(fold(wish, place)) < chance
        if found == 0:
            continue
        venue = np.int64(hot_posts[row].venue)
        parent_place = venue if venue >= 0 else DIRECT_KEY + np.int64(hot_posts[row].author)
        left = np.int64(0)
        for k in range(found):
            place = wanted[k]
            wanted[left] = place
            left += place != parent_place
        if known >= 0:
            before = served_places(passed, known)
            found, left = left, np.int64(0)
            for k in range(found):
                place = wanted[k]
                wanted[left] = place
                at_place = np.searchsorted(before, place)
                left += at_place == before.size or before[at_place] != place
        if left > limit:
            left = np.int64(_best(key, user, streams.target_rank, limit, wanted, left, ranks))
        pool[at[i]] |= np.uint32(MARK)
        if allowed > 1 or left == 0:
            if known < 0:
                known = add_passed(passed, pair)
            if not has_served(passed, known, parent_place):
                serve(passed, known, parent_place)
            for k in range(left):
                serve(passed, known, wanted[k])
            passed.times[known] = times + (left > 0)
        elif known >= 0:
            passed.times[known] = times + 1
        if left == 0:
            continue
        flags = COPIED if copied else 0
        source = np.int32(-1) if copied else hot_posts[row].source
        k = np.int64(0)
        while k < left:
            new_item[count], new_author[count], new_parent[count] = item, user, post
            new_hops[count], new_flags[count], new_source[count] = hops, flags, source
            new_begin[count] = filled
            if wanted[k] < DIRECT_KEY:
                new_venue[count], new_count[count] = wanted[k], 1
                k += 1
            else:
                new_venue[count], new_count[count] = -1, left - k
                while k < left:
                    receiver[filled] = wanted[k] - DIRECT_KEY
                    filled += 1
                    k += 1
            count += 1
        forwarded[decisions] = item
        decisions += 1
    return count, filled, decisions


@compiled
def still_allowed(attempts: Attempts, begin: int, end: int, members: Members, persons: Persons, channels: int) -> int:
    """Drop the attempts from `begin` on to post where the author has no place any more; return where they end."""
    item, author, venue_of, parent = attempts.item, attempts.author, attempts.venue, attempts.parent
    hops, flags, source, begins, counts = attempts.hops, attempts.flags, attempts.source, attempts.begin, attempts.count
    status = persons.status
    kept = begin
    for i in range(begin, end):
        venue, user = venue_of[i], np.int64(author[i])
        if venue >= 0 and not _may_post(members, status[user], channels, venue, user):
            continue
        if kept < i:
            item[kept], author[kept], venue_of[kept], parent[kept] = item[i], user, venue, parent[i]
            hops[kept], flags[kept], source[kept] = hops[i], flags[i], source[i]
            begins[kept], counts[kept] = begins[i], counts[i]
        kept += 1
    return kept


def written_out(attempts: Attempts, begin: int, end: int) -> list[NDArray[Any]]:
    """Return author, item, place, hops and copied of attempts, a row for each post."""
    times = attempts.count[begin:end]
    places = [
        attempts.venue[k : k + 1].astype(np.int64)
        if attempts.venue[k] >= 0
        else DIRECT_KEY + attempts.receiver[attempts.begin[k] : attempts.begin[k] + attempts.count[k]].astype(np.int64)
        for k in range(begin, end)
    ]
    columns = [np.repeat(getattr(attempts, name)[begin:end], times) for name in ("author", "item", "hops", "flags")]
    place = np.concatenate(places) if places else np.zeros(0, dtype=np.int64)
    return [columns[0], columns[1], place, columns[2], columns[3] & COPIED > 0]


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
def first_posts_bound(who: Ints, members: Members, persons: Persons) -> tuple[int, int]:
    """Return the most first posts that these starts can make, and the most places that one of those people has."""
    total, most = np.int64(0), np.int64(0)
    for user in who:
        bound = reach_bound(user, members, persons)
        most = max(most, bound)
        total += bound
    return total, most


@compiled
def first_posts(
    which: Ints,
    who: Ints,
    tick: int,
    wanted: Ints,
    drawn: Ints,
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
    total, filled = np.int64(0), np.int64(0)
    for i in range(which.size):
        item, origin = which[i], who[i]
        key = items.hot[item].key
        if persons.status[origin] & BANNED:
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
            for _ in range(min(count, wanted[item])):
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
        mine.sort()
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
