"""Passing on: decisions become attempts to post, to the best-ranked places not yet served."""

import numpy as np

from sim.arithmetic import compiled_within
from sim.crowd.columns.attempts import Attempts, own_venues
from sim.crowd.columns.passed import Passed, add_passed, find_passed, has_served, serve, served_places
from sim.crowd.columns.sights import MARK, Sights
from sim.crowd.columns.state import Floats, Ints, ItemColumns, Numbers, Persons, Rules, Streams
from sim.draws import draw3, fold, unit
from sim.fetching import fetch
from sim.often import compiled_often
from sim.rules.forward import chats_allowed, may_forward
from sim.vocabulary import DIRECT_KEY, RESTRICTED
from sim.world.columns import OUT, Members
from sim.world.sendings import COPIED, Posts
from sim.world.ties import write_contacts

_AHEAD = 8
"""How many decisions before its use memory is asked for."""


@compiled_within
def _best(key: int, user: int, stream: int, limit: int, wanted: Ints, count: int, ranks: Floats) -> int:
    """Keep the best-ranked places, in the order in which they were; return how many."""
    rank = fold(fold(stream, key), user)
    for k in range(count):
        ranks[k] = unit(fold(rank, wanted[k]))
    for _ in range(limit):
        best = np.int64(-1)
        for k in range(count):
            if ranks[k] >= 0.0 and (best < 0 or ranks[k] < ranks[best]):
                best = k
        ranks[best] = -1.0
    kept = 0
    for k in range(count):
        if ranks[k] < 0.0:
            wanted[kept] = wanted[k]
            kept += 1
    return kept


@compiled_often
def list_places(
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
    ceiling: float,
    first: Ints,
    places: Ints,
    luck: Floats,
    chance: Floats,
) -> None:
    """List the places that a rule of the scenario is asked about, for each decision to pass on.

    Those of decision i go into `places` from `first[i]` to `first[i + 1]`, with the draw and the built-in probability
    of each. Decisions from which nothing can come have none.
    """
    venues, contacts = np.empty(most, dtype=np.int32), np.empty(most, dtype=np.int64)
    count = np.int64(0)
    for i in range(users.size):
        first[i] = count
        user, persona = np.int64(users[i]), persons.persona[users[i]]
        row = posts.of[parents[i]]
        item = np.int64(posts.hot[row].item)
        key, pair = items.hot[item].key, (item << 32) | user
        times = np.int64(0)
        if sights.pool[at[i]] & MARK:
            known = find_passed(passed, pair)
            times = rules.max_forwards[persona] if known < 0 else np.int64(passed.times[known])
            if known >= 0 and passed.last[known] == tick:
                continue
        if times >= rules.max_forwards[persona]:
            continue
        copied = draw3(streams.copy, key, user, times) < rules.copies[persona]
        if not may_forward(posts.flags[parents[i]], RESTRICTED, copied):
            continue
        wish = fold(fold(streams.target, key), user)
        for k in range(own_venues(user, members, persons.status[user], rules.channels, venues)):
            venue = np.int64(venues[k])
            u = unit(fold(wish, venue))
            usual = rules.to_channels[persona] if venue < rules.channels else rules.to_groups[persona]
            if u < max(usual, ceiling):
                places[count], luck[count], chance[count] = venue, u, usual
                count += 1
        usual = rules.to_contacts[persona]
        if max(usual, ceiling) > 0.0 and not persons.status[user] & OUT:
            for k in range(write_contacts(persons.ties, user, contacts, DIRECT_KEY)):
                u = unit(fold(wish, contacts[k]))
                if u < max(usual, ceiling):
                    places[count], luck[count], chance[count] = contacts[k], u, usual
                    count += 1
    first[users.size] = count


@compiled_often
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
    chosen_first: Ints,
    chosen: Ints,
) -> tuple[int, int, int]:
    """Turn decisions to pass on into attempts to post, to the best-ranked places not yet served.

    They go into `out` from `begin` on, their receivers from `receivers` on; `at` is where each item stands in the pool
    of sights. Return where attempts and receivers end, and how many decisions led to any; the items of these go into
    `forwarded`. If rules of the scenario choose places, `chosen` has those of each decision, from `chosen_first` on.
    """
    hot_posts, of, hot_items, hops_of, pool = posts.hot, posts.of, items.hot, posts.hops, sights.pool
    flags_of = posts.flags
    personas, copies, max_forwards = persons.persona, rules.copies, rules.max_forwards
    new_item, new_author, new_venue, new_parent = out.item, out.author, out.venue, out.parent
    new_hops, new_flags, new_source, new_begin, new_count = out.hops, out.flags, out.source, out.begin, out.count
    receiver, ties, status = out.receiver, persons.ties, persons.status
    user_first, user_venue, joined_user = members.user_first, members.user_venue, members.joined_user
    firsts, other = ties.first, ties.other
    to_channels, to_groups, to_contacts = rules.to_channels, rules.to_groups, rules.to_contacts
    venues = np.empty(most, dtype=np.int32)
    wanted, ranks = np.empty(most, dtype=np.int64), np.empty(most)
    count, filled, decisions = np.int64(begin), np.int64(receivers), 0
    for i in range(users.size):
        if i + 2 * _AHEAD < users.size:
            later = users[i + 2 * _AHEAD]
            fetch(firsts, later)
            fetch(user_first, later)
            fetch(joined_user, later)
            fetch(personas, later)
            fetch(pool, at[i + 2 * _AHEAD])
            fetch(of, parents[i + 2 * _AHEAD])
        if i + _AHEAD < users.size:
            fetch(hot_posts, of[parents[i + _AHEAD]])
            fetch(user_venue, user_first[users[i + _AHEAD]])
            if not ties.complete:
                fetch(other, firsts[users[i + _AHEAD]])
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
        if not may_forward(flags_of[post], RESTRICTED, copied):
            continue
        hops = 0 if copied else hops_of[row] + 1
        limit = chats_allowed(rules.forward_limit, rules.viral_limit, max(0, hops - 1), rules.viral_hops)
        # As in wanted_places: a call here would count a reference to each array of its arguments, for every decision.
        found = np.int64(0)
        wish = fold(fold(streams.target, key), user)
        choosing = chosen_first.size > 0
        if choosing:
            for k in range(chosen_first[i], chosen_first[i + 1]):
                wanted[found] = chosen[k]
                found += 1
        elif user_first[user + 1] > user_first[user] or joined_user[user] >= 0:
            for k in range(own_venues(user, members, status[user], rules.channels, venues)):
                venue = np.int64(venues[k])
                if unit(fold(wish, venue)) < (to_channels[persona] if venue < rules.channels else to_groups[persona]):
                    wanted[found] = venue
                    found += 1
        chance = to_contacts[persona]
        if chance > 0.0 and not choosing and not status[user] & OUT:
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
