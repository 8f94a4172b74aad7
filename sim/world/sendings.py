"""Posts of a run in its compiled form.

A *sending* is one act of posting an item: into a venue, which is one post, or to contacts, which is a post for each
receiver. What the posts of a sending have in common (item, author, tick, parent, the streams of their draws) is kept
once; a direct message takes 25 bytes more.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled, compiled_within
from sim.draws import mix
from sim.vocabulary import DIRECT_KEY
from sim.world.posts import SECRET

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]
Flags = NDArray[np.uint16]
COPIED, ECHO, LIVE, CASE_OPEN, CLEARED, IN_SECRET, RESTORED = (1 << bit for bit in range(7))
"""Flags of a post; LIVE, CASE_OPEN and CLEARED hold for the interval that it opened.
Labels of moderation are flags too."""
_SPARE = 4
"""How far columns grow at a time: memory that is not used yet costs nothing, and copying does."""
_U1 = np.uint64(1)

HOT_SENDING = np.dtype(
    [
        ("notice", np.int64),  # streams of the draws of noticing, reporting and leaving over this item in this place
        ("report", np.int64),
        ("leave", np.int64),
        ("join", np.int64),  # the same of joining the venue that it shows as its source
        ("item", np.int32),
        ("author", np.int32),
        ("venue", np.int32),  # -1 for direct messages: then the author is the sender
        ("tick", np.int32),
        ("source", np.int32),
        ("until", np.int32),  # last tick in which direct messages can be read, if their sender takes them back
        ("first", np.int32),  # number of its first post
        ("kind", np.uint8),  # position in vocabulary.PLACES; DIRECT for secret chats too
    ],
    align=True,
)
"""What reading and reacting ask of a sending: one line of the processor's cache."""

SEEN = np.dtype([("views", np.int32), ("new", np.int32), ("removed", np.int32)])
"""Who saw a post: views and new readers; and 1 + the tick of its removal."""


def in_lines(size: int, kind: np.dtype[Any]) -> NDArray[Any]:
    """Return an empty array whose rows of 64 bytes each lie in one line of the cache."""
    spare = np.empty(size * kind.itemsize + 64, dtype=np.uint8)
    begin = -spare.ctypes.data % 64
    rows: NDArray[Any] = spare[begin : begin + size * kind.itemsize].view(kind)
    return rows


class Posts(NamedTuple):
    """Sendings, one row each, and after them posts, numbered in canonical order.

    A sending into a venue that is no echo is an interval of its slot. A slot of a direct chat has one post at most:
    what one has sent, one does not send to the same person again. Columns that say nothing of most posts are 0 there:
    what is never written takes no memory.
    """

    hot: NDArray[Any]
    """Rows of HOT_SENDING."""
    more: Numbers
    """Posts beyond the first."""
    parent: Numbers
    """Number of the post that was passed on."""
    hops: Numbers
    previous: Numbers
    """1 + the interval before it in its slot; 0 if there was none."""
    next_of_item: Numbers
    next_of_venue: Numbers
    next_echo: Numbers
    """1 + the next one in the list of the echoes of a post; 0 at its end."""
    of: Numbers
    """Sending of each post."""
    to: Numbers
    """1 + the receiver of each direct message; 0 for posts in venues."""
    flags: Flags
    seen: NDArray[Any]
    """Rows of SEEN."""


_OF_POSTS = ("of", "flags", "to", "seen")
_SPARSE = ("more", "previous", "next_echo", "to", "seen")
_KINDS: dict[str, Any] = {"seen": SEEN}
_OWN = np.dtype([("of", np.int32), ("flags", np.uint16)], align=True)
"""Sending and flags of a post lie side by side: who asks for one asks for the other."""


class PostColumns:
    """The posts of a run so far, with room to grow; at first for four sendings and eight posts a user.

    Memory that is not used yet costs nothing; copying does.
    """

    def __init__(self, users: int = 0) -> None:
        self.sendings = self.count = 0
        shared = {name: self._made(name, 4 * users + 1024) for name in Posts._fields if name not in _OF_POSTS}
        self.rows = Posts(**shared, **self._made_own(8 * users + 1024))

    def reserve(self, sendings: int, posts: int) -> Posts:
        """Return the columns with room for so many sendings and posts beyond those that are there."""
        if self.sendings + sendings > len(self.rows.more):
            size = (self.sendings + sendings) * _SPARE + 1024
            names = [name for name in Posts._fields if name not in _OF_POSTS]
            self._replace({name: self._made(name, size) for name in names}, self.sendings)
        if self.count + posts > len(self.rows.of):
            self._replace(self._made_own((self.count + posts) * _SPARE + 1024), self.count)
        return self.rows

    def _replace(self, longer: dict[str, NDArray[Any]], used: int) -> None:
        for name, column in longer.items():
            column[:used] = getattr(self.rows, name)[:used]
        self.rows = self.rows._replace(**longer)

    @classmethod
    def _made_own(cls, size: int) -> dict[str, NDArray[Any]]:
        own = np.empty(size, dtype=_OWN)
        return {"of": own["of"], "flags": own["flags"]} | {name: cls._made(name, size) for name in ("to", "seen")}

    @staticmethod
    def _made(name: str, size: int) -> NDArray[Any]:
        if name == "hot":
            return in_lines(size, HOT_SENDING)
        return (np.zeros if name in _SPARSE else np.empty)(size, dtype=_KINDS.get(name, np.int32))

    def column(self, name: str) -> NDArray[Any]:
        """Return one column, a value for each post."""
        rows, mine = self.rows, slice(0, self.count)
        if name == "removed":
            removed: NDArray[Any] = rows.seen["removed"][mine] - 1
            return removed
        if name in ("views", "new_readers"):
            seen: NDArray[Any] = rows.seen["new" if name == "new_readers" else name][mine]
            return seen
        if name == "receiver":
            receivers: NDArray[Any] = rows.to[mine] - 1
            return receivers
        if name in _OF_POSTS:
            own: NDArray[Any] = getattr(rows, name)[mine]
            return own
        hot = HOT_SENDING.names is not None and name in HOT_SENDING.names
        shared: NDArray[Any] = (rows.hot[name] if hot else getattr(rows, name))[rows.of[mine]]
        if name == "kind":
            return np.where(rows.flags[mine] & IN_SECRET > 0, SECRET, shared)
        return shared


@compiled_within
def interval_of(posts: Posts, sending: int) -> int:
    """Return the how-manieth interval of its slot a sending is."""
    number, earlier = np.int64(1), posts.previous[sending]
    while earlier > 0:
        number += 1
        earlier = posts.previous[earlier - 1]
    return number


@compiled_within
def place_of(posts: Posts, sending: int) -> int:
    """Return the key of a sending's place: its venue, or DIRECT_KEY + sender."""
    venue = np.int64(posts.hot[sending].venue)
    return venue if venue >= 0 else np.int64(DIRECT_KEY + posts.hot[sending].author)


@compiled_within
def kind_of(posts: Posts, post: int) -> int:
    """Return where a post is: a position in vocabulary.PLACES."""
    return SECRET if posts.flags[post] & IN_SECRET else np.int64(posts.hot[posts.of[post]].kind)


def make_places(size: int) -> Numbers:
    """Return an empty table of the latest intervals of the slots of venues; `size` is a power of 2.

    Open addressing: sendings, whose rows say which item and venue they are of; -1 where empty.
    """
    return np.full(size, -1, dtype=np.int32)


@compiled_within
def first_position(places: Numbers, item: int, venue: int) -> int:
    """Return where the slot of an item in a venue is looked for first."""
    return np.int64(mix(np.uint64((item << 32) | venue)) >> _U1) & (places.size - 1)


@compiled_within
def find_place(places: Numbers, hot: NDArray[Any], item: int, venue: int) -> int:
    """Return the position at which the slot of an item in a venue stands in a table, or would."""
    mask = places.size - 1
    at = first_position(places, item, venue)
    row = places[at]
    while row >= 0 and (hot[row].item != item or hot[row].venue != venue):
        at = (at + 1) & mask
        row = places[at]
    return at


@compiled
def refill_places(places: Numbers, old: Numbers, hot: NDArray[Any]) -> None:
    """Put the slots of a smaller table into a larger one."""
    mask = places.size - 1
    for row in old:
        if row >= 0:
            at = first_position(places, np.int64(hot[row].item), np.int64(hot[row].venue))
            while places[at] >= 0:
                at = (at + 1) & mask
            places[at] = row
