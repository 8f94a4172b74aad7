"""Columns of a run in its compiled form: who is in which venue, and what venues are; all whole numbers in arrays.

Kernels take named tuples of arrays. Arrays that grow are replaced by longer ones between two kernels, never inside.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled, compiled_within
from sim.draws import mix
from sim.sorting import sort_few
from sim.world.venues import VenueTable

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]
Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

BANNED, HAS_LEFT, HAS_JOINED, SUSPENDED, LOCKED, AWAY, GONE = (1 << bit for bit in range(7))
"""Flags of a user. LOCKED: kept from the platform under study by a block; AWAY: banned or locked out, so that her
attention is with other platforms, if there are any; GONE: taken off all platforms."""
OUT = BANNED | SUSPENDED | LOCKED | GONE
"""Who neither reads nor posts on the platform under study."""
SPARE = 1.5
_U1 = np.uint64(1)


class Members(NamedTuple):
    """Who is in which venue: as it was at the start, who joined since, and who left; and what venues are."""

    first: Ints
    member: Numbers
    habit: NDArray[np.uint16]
    """Of each member, a copy that lies beside `member`: whoever announces a post reads both in their order."""
    user_first: Ints
    user_venue: Numbers
    owner: Numbers
    topic: Numbers
    private: Bytes
    history: Bytes
    traffic: Numbers
    platform: Bytes
    active: Bytes
    banned: Numbers
    strikes: Numbers
    count: Ints
    """Members now; of a banned venue, when it was banned."""
    live: Numbers
    """Live posts."""
    joined_venue: Numbers
    """Head of the list of those who joined, by venue."""
    joined_user: Numbers
    """Head of the list of venues joined, by user."""
    join_user: Numbers
    join_venue: Numbers
    join_since: Numbers
    next_of_venue: Numbers
    next_of_user: Numbers
    left: Ints
    """Open-addressing set of venue << 32 | user, -1 where empty."""
    fill: Ints
    """Number of joins, of pairs in `left`, and of live posts."""


class Membership:
    """The memberships of a run, with room to grow."""

    def __init__(self, table: VenueTable, habit: NDArray[np.uint16]) -> None:
        """Begin with the members that a world gives; `habit` is that of each user."""
        v, users = len(table), len(habit)
        none = np.full(16, -1, dtype=np.int32)
        self.now = Members(
            first=table.first,
            member=table.member,
            habit=habit[table.member],
            user_first=table.user_first,
            user_venue=table.user_venue,
            owner=table.owner if v else np.zeros(1, dtype=np.int32),
            topic=table.topic.astype(np.int32),
            private=table.private.astype(np.uint8),
            history=table.history.astype(np.uint8),
            traffic=table.traffic.astype(np.int32),
            platform=table.platform,
            active=(table.generation == 0).astype(np.uint8),
            banned=np.full(v, -1, dtype=np.int32),
            strikes=np.zeros(v, dtype=np.int32),
            count=np.diff(table.first),
            live=np.zeros(v, dtype=np.int32),
            joined_venue=np.full(v, -1, dtype=np.int32),
            joined_user=np.full(users, -1, dtype=np.int32),
            join_user=none.copy(),
            join_venue=none.copy(),
            join_since=none.copy(),
            next_of_venue=none.copy(),
            next_of_user=none.copy(),
            left=np.full(64, -1, dtype=np.int64),
            fill=np.zeros(3, dtype=np.int64),
        )

    def reserve(self, joins: int, leaves: int) -> Members:
        """Return the memberships with room for so many joins and departures more."""
        now = self.now
        need = int(now.fill[0]) + joins
        if need > len(now.join_user):
            grown = {}
            for name in ("join_user", "join_venue", "join_since", "next_of_venue", "next_of_user"):
                grown[name] = np.full(int(need * SPARE) + 16, -1, dtype=np.int32)
                grown[name][: now.fill[0]] = getattr(now, name)[: now.fill[0]]
            self.now = now = now._replace(**grown)
        need = int(now.fill[1]) + leaves
        if 2 * need > len(now.left):
            left = np.full(1 << int(4 * need - 1).bit_length(), -1, dtype=np.int64)
            _refill_left(left, now.left)
            self.now = now = now._replace(left=left)
        return now


@compiled_within
def _left_position(left: Ints, pair: int) -> int:
    mask = left.size - 1
    at = np.int64(mix(np.uint64(pair)) >> _U1) & mask
    while left[at] != -1 and left[at] != pair:
        at = (at + 1) & mask
    return at


@compiled
def _refill_left(left: Ints, old: Ints) -> None:
    for pair in old:
        if pair != -1:
            left[_left_position(left, pair)] = pair


@compiled_within
def has_left(members: Members, venue: int, user: int) -> bool:
    """Whether a user has left a venue; she does not come back within a run."""
    pair = (np.int64(venue) << 32) | user
    return members.left[_left_position(members.left, pair)] == pair


@compiled
def is_member(members: Members, status: Bytes, venue: int, user: int) -> bool:
    """Whether a user is in a venue now."""
    if not members.active[venue]:
        return False
    flags = status[user]
    if flags & HAS_LEFT and has_left(members, venue, user):
        return False
    for k in range(members.user_first[user], members.user_first[user + 1]):
        if members.user_venue[k] == venue:
            return True
    if flags & HAS_JOINED:
        k = members.joined_user[user]
        while k >= 0:
            if members.join_venue[k] == venue:
                return True
            k = members.next_of_user[k]
    return False


@compiled_within
def leave_venue(members: Members, status: Bytes, venue: int, user: int) -> None:
    """Let a member go; her attention is for the caller to settle."""
    pair = (np.int64(venue) << 32) | user
    members.left[_left_position(members.left, pair)] = pair
    members.fill[1] += 1
    members.count[venue] -= 1
    status[user] |= HAS_LEFT


@compiled
def join_venue(members: Members, status: Bytes, venue: int, user: int, tick: int) -> None:
    """Take a user in, from the next tick; her attention is for the caller to settle."""
    k = np.int32(members.fill[0])
    members.fill[0] += 1
    members.join_user[k], members.join_venue[k], members.join_since[k] = user, venue, tick
    members.next_of_venue[k], members.joined_venue[venue] = members.joined_venue[venue], k
    members.next_of_user[k], members.joined_user[user] = members.joined_user[user], k
    members.count[venue] += 1
    status[user] |= HAS_JOINED


@compiled
def members_now(members: Members, status: Bytes, venue: int) -> Numbers:
    """Return who is in an active venue now, sorted."""
    out = np.empty(members.count[venue], dtype=np.int32)
    n = 0
    for k in range(members.first[venue], members.first[venue + 1]):
        user = np.int64(members.member[k])
        if not (status[user] & HAS_LEFT and has_left(members, venue, user)):
            out[n] = user
            n += 1
    k = members.joined_venue[venue]
    while k >= 0:
        user = np.int64(members.join_user[k])
        if not (status[user] & HAS_LEFT and has_left(members, venue, user)):
            out[n] = user
            n += 1
        k = members.next_of_venue[k]
    sort_few(out)
    return out


@compiled
def mark_readers(members: Members, status: Bytes, reads: NDArray[np.bool_]) -> None:
    """Mark who is now a member of an open venue about each topic; `reads` has shape (users, topics)."""
    for venue in range(members.active.size):
        if not members.active[venue]:
            continue
        topic = members.topic[venue]
        for k in range(members.first[venue], members.first[venue + 1]):
            user = np.int64(members.member[k])
            if not (status[user] & HAS_LEFT and has_left(members, np.int64(venue), user)):
                reads[user, topic] = True
        k = members.joined_venue[venue]
        while k >= 0:
            user = np.int64(members.join_user[k])
            if not (status[user] & HAS_LEFT and has_left(members, np.int64(venue), user)):
                reads[user, topic] = True
            k = members.next_of_venue[k]
