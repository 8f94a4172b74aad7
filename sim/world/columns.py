"""Columns of a run in its compiled form: posts, who is where, and the state of people; all whole numbers in arrays.

Kernels take named tuples of arrays. Arrays that grow are replaced by longer ones between two kernels, never inside.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled
from sim.draws import mix
from sim.world.venues import VenueTable

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]
Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

COPIED, ECHO, LIVE, CASE_OPEN, CLEARED, LABELLED, DOWNRANKED = (1 << bit for bit in range(7))
"""Flags of a post; the last five hold for the interval that it opened."""
BANNED, HAS_LEFT, HAS_JOINED = (1 << bit for bit in range(3))
"""Flags of a user."""
SPARE = 1.5
_U1, _U32 = np.uint64(1), np.uint64(32)


HOT_POST = np.dtype(
    [
        ("notice", np.int64),  # streams of the draws of noticing, reporting and leaving over this item in this place
        ("report", np.int64),
        ("leave", np.int64),
        ("item", np.int32),
        ("author", np.int32),
        ("venue", np.int32),  # -1 for a direct message: then the author is the sender
        ("receiver", np.int32),
        ("tick", np.int32),
        ("source", np.int32),
        ("until", np.int32),  # last tick in which a direct message can be read, if its sender takes it back
        ("views_now", np.int32),
        ("new_now", np.int32),
        ("kind", np.uint8),
        ("flags", np.uint8),
    ],
    align=True,
)
"""What reading and reacting ask of a post: one line of the processor's cache."""


def in_lines(size: int, kind: np.dtype[Any]) -> NDArray[Any]:
    """Return an empty array whose rows of 64 bytes each lie in one line of the cache."""
    spare = np.empty(size * kind.itemsize + 64, dtype=np.uint8)
    begin = -spare.ctypes.data % 64
    rows: NDArray[Any] = spare[begin : begin + size * kind.itemsize].view(kind)
    return rows


class Posts(NamedTuple):
    """One row a post. A row that is no echo is an interval of its place: `previous` is the interval before it there."""

    hot: NDArray[Any]
    """Rows of HOT_POST."""
    parent: Numbers
    hops: Numbers
    views: Numbers
    new_readers: Numbers
    removed: Numbers
    previous: Numbers
    interval: Numbers
    next_of_item: Numbers
    next_of_venue: Numbers
    next_echo: Numbers


class PostColumns:
    """The posts of a run so far, with room to grow."""

    def __init__(self) -> None:
        self.count = 0
        self.rows = self._make(1024)

    @staticmethod
    def _make(size: int) -> Posts:
        cold = (name for name in Posts._fields if name != "hot")
        return Posts(hot=in_lines(size, HOT_POST), **{name: np.empty(size, dtype=np.int32) for name in cold})

    def reserve(self, more: int) -> Posts:
        """Return the columns with room for `more` posts beyond those that are there."""
        need = self.count + more
        if need > len(self.rows.hot):
            old, self.rows = self.rows, self._make(int(need * SPARE) + 1024)
            for name in self.rows._fields:
                getattr(self.rows, name)[: self.count] = getattr(old, name)[: self.count]
        return self.rows

    def column(self, name: str) -> NDArray[Any]:
        """Return one column as far as it is filled."""
        hot = HOT_POST.names is not None and name in HOT_POST.names
        column: NDArray[Any] = (self.rows.hot[name] if hot else getattr(self.rows, name))[: self.count]
        return column


class PlaceMap(NamedTuple):
    """Latest interval by (item, place, receiver): an open-addressing table of rows of the posts, -1 where empty."""

    row: Numbers


@compiled
def place_hash(item: int, venue: int, sender: int, receiver: int) -> int:
    """Return where in the table a place is looked for first, before it is cut to the table's length."""
    low = np.uint64(np.uint32(receiver + 1)) | (np.uint64(np.uint32(sender + 1)) << _U32)
    high = np.uint64(np.uint32(item)) | (np.uint64(np.uint32(venue + 1)) << _U32)
    return np.int64(mix(low + mix(high)) >> _U1)


@compiled
def find_place(places: PlaceMap, posts: Posts, item: int, venue: int, sender: int, receiver: int) -> int:
    """Return the position in the table at which a place stands, or would; `sender` is -1 in a venue."""
    mask = places.row.size - 1
    at = place_hash(item, venue, sender, receiver) & mask
    while True:
        row = places.row[at]
        if row < 0 or (
            posts.hot[row].item == item
            and posts.hot[row].venue == venue
            and posts.hot[row].receiver == receiver
            and (venue >= 0 or posts.hot[row].author == sender)
        ):
            return at
        at = (at + 1) & mask


@compiled
def refill_places(places: PlaceMap, posts: Posts, old: Numbers) -> None:
    """Put the rows of a smaller table into a larger one."""
    for row in old:
        if row >= 0:
            sender = posts.hot[row].author if posts.hot[row].venue < 0 else -1
            places.row[
                find_place(places, posts, posts.hot[row].item, posts.hot[row].venue, sender, posts.hot[row].receiver)
            ] = row


class Members(NamedTuple):
    """Who is in which venue: as it was at the start, who joined since, and who left; and what venues are."""

    first: Ints
    member: Numbers
    user_first: Ints
    user_venue: Numbers
    owner: Numbers
    topic: Numbers
    private: Bytes
    history: Bytes
    traffic: Numbers
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

    def __init__(self, table: VenueTable, users: int) -> None:
        v = len(table)
        none = np.full(16, -1, dtype=np.int32)
        self.now = Members(
            first=table.first,
            member=table.member,
            user_first=table.user_first,
            user_venue=table.user_venue,
            owner=table.owner if v else np.zeros(1, dtype=np.int32),
            topic=table.topic.astype(np.int32),
            private=table.private.astype(np.uint8),
            history=table.history.astype(np.uint8),
            traffic=table.traffic.astype(np.int32),
            active=np.ones(v, dtype=np.uint8),
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


@compiled
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


@compiled
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


@compiled
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
        user = members.member[k]
        if not (status[user] & HAS_LEFT and has_left(members, venue, user)):
            out[n] = user
            n += 1
    k = members.joined_venue[venue]
    while k >= 0:
        user = members.join_user[k]
        if not (status[user] & HAS_LEFT and has_left(members, venue, user)):
            out[n] = user
            n += 1
        k = members.next_of_venue[k]
    out.sort()
    return out
