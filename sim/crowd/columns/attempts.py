"""Sendings about to be made, and the places that a user can and would post to."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled_within
from sim.crowd.columns.state import Ints, Numbers, Persons, Rules, Streams
from sim.draws import fold, unit
from sim.often import compiled_often
from sim.vocabulary import DIRECT_KEY
from sim.world.columns import GONE, HAS_JOINED, HAS_LEFT, OUT, Members, has_left
from sim.world.sendings import COPIED
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


@compiled_within
def may_post(members: Members, status: int, channels: int, venue: int, user: int) -> bool:
    """Whether a user can post in a venue; `status` is hers, venues below `channels` are channels."""
    if not members.active[venue] or (status & HAS_LEFT and has_left(members, venue, user)):
        return False
    return venue >= channels or members.owner[venue] == user


@compiled_within
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
            if not has_left(members, np.int64(out[k]), user):
                out[kept] = out[k]
                kept += 1
        count = kept
    if status & OUT:  # she can post on other platforms only
        kept = 0
        for k in range(count):
            if members.platform[out[k]] and not status & GONE:
                out[kept] = out[k]
                kept += 1
        count = kept
    return count


@compiled_within
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


@compiled_often
def places_bound(users: Numbers, members: Members, persons: Persons) -> tuple[int, int]:
    """Return the most places to which these users can post, in all and of one of them."""
    total, most = np.int64(0), np.int64(0)
    for user in users:
        bound = reach_bound(np.int64(user), members, persons)
        most = max(most, bound)
        total += bound
    return total, most


@compiled_within
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
    if chance <= 0.0 or persons.status[user] & OUT:
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


@compiled_often
def still_allowed(attempts: Attempts, begin: int, end: int, members: Members, persons: Persons, channels: int) -> int:
    """Drop the attempts from `begin` on to post where the author has no place any more; return where they end."""
    item, author, venue_of, parent = attempts.item, attempts.author, attempts.venue, attempts.parent
    hops, flags, source, begins, counts = attempts.hops, attempts.flags, attempts.source, attempts.begin, attempts.count
    status = persons.status
    kept = begin
    for i in range(begin, end):
        venue, user = venue_of[i], np.int64(author[i])
        if venue >= 0 and not may_post(members, status[user], channels, venue, user):
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
