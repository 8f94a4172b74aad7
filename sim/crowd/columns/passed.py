"""Where users have passed items on to: of those who may do so again, and of those who began an item."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled, compiled_within
from sim.draws import mix
from sim.sorting import sort_few
from sim.vocabulary import DIRECT_KEY
from sim.world.columns import SPARE

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]
_U1 = np.uint64(1)


class Passed(NamedTuple):
    """A table of (item << 32 | user), and the places each has served."""

    table: Numbers
    """Open addressing: positions in the next three, -1 where empty."""
    pair: Ints
    times: Numbers
    last: Numbers
    """Tick in which she began the item; -1 if she has passed it on only."""
    parent: Numbers
    """Post that a teller goes on from (columns.telling); -1 if she began the item."""
    head: Numbers
    """Head of the list of places served."""
    place: Numbers
    """Venues; -1 - user for a direct chat with a user."""
    next: Numbers
    fill: Ints
    """Number of pairs, and of places."""


def make_passed() -> Passed:
    """Return empty tables."""
    return Passed(
        table=np.full(64, -1, dtype=np.int32),
        pair=np.zeros(16, dtype=np.int64),
        times=np.zeros(16, dtype=np.int32),
        last=np.zeros(16, dtype=np.int32),
        parent=np.zeros(16, dtype=np.int32),
        head=np.zeros(16, dtype=np.int32),
        place=np.zeros(64, dtype=np.int32),
        next=np.zeros(64, dtype=np.int32),
        fill=np.zeros(2, dtype=np.int64),
    )


def _longer(old: NDArray[np.generic], need: int) -> NDArray[np.generic]:
    if need <= len(old):
        return old
    new = np.zeros(int(need * SPARE), dtype=old.dtype)
    new[: len(old)] = old
    return new


def room_for_passed(passed: Passed, pairs: int, places: int) -> Passed:
    """Return the tables with room for so many pairs and places more."""
    pairs, places = int(passed.fill[0]) + pairs, int(passed.fill[1]) + places
    if pairs > len(passed.pair) or places > len(passed.place):
        grown = {name: _longer(getattr(passed, name), pairs) for name in ("pair", "times", "last", "parent", "head")}
        grown |= {name: _longer(getattr(passed, name), places) for name in ("place", "next")}
        passed = passed._replace(**grown)
    if 2 * pairs > len(passed.table):
        passed = passed._replace(table=np.full(1 << int(4 * pairs - 1).bit_length(), -1, dtype=np.int32))
        _refill(passed)
    return passed


@compiled_within
def _position(passed: Passed, pair: int) -> int:
    mask = passed.table.size - 1
    at = np.int64(mix(np.uint64(pair)) >> _U1) & mask
    while passed.table[at] >= 0 and passed.pair[passed.table[at]] != pair:
        at = (at + 1) & mask
    return at


@compiled
def _refill(passed: Passed) -> None:
    for k in range(passed.fill[0]):
        passed.table[_position(passed, passed.pair[k])] = k


@compiled
def add_passed(passed: Passed, pair: int) -> int:
    """Enter a pair that has served nobody yet; return where it stands."""
    at = _position(passed, pair)
    k = np.int32(passed.fill[0])
    passed.fill[0] += 1
    passed.table[at] = k
    passed.pair[k], passed.times[k], passed.last[k], passed.parent[k], passed.head[k] = pair, 0, -1, -1, -1
    return np.int64(k)


@compiled
def find_passed(passed: Passed, pair: int) -> int:
    """Return where a pair stands, or -1."""
    return np.int64(passed.table[_position(passed, pair)])


@compiled_within
def _short(place: int) -> int:
    """Return the key of a place in 32 bits."""
    return np.int32(place if place < DIRECT_KEY else DIRECT_KEY - 1 - place)


@compiled_within
def _key(short: int) -> int:
    """Return the place that `_short` made short."""
    place = np.int64(short)
    return place if place >= 0 else DIRECT_KEY - 1 - place


@compiled
def has_served(passed: Passed, k: int, place: int) -> bool:
    """Whether the pair at `k` has served a place."""
    node, short = passed.head[k], _short(place)
    while node >= 0:
        if passed.place[node] == short:
            return True
        node = passed.next[node]
    return False


@compiled
def served_places(passed: Passed, k: int) -> Ints:
    """Return the places that the pair at `k` has served, sorted."""
    count = 0
    node = passed.head[k]
    while node >= 0:
        count += 1
        node = passed.next[node]
    out = np.empty(count, dtype=np.int64)
    node = passed.head[k]
    for i in range(count):
        out[i] = _key(passed.place[node])
        node = passed.next[node]
    sort_few(out)
    return out


@compiled
def serve(passed: Passed, k: int, place: int) -> None:
    """Note that the pair at `k` has served a place."""
    node = np.int32(passed.fill[1])
    passed.fill[1] += 1
    passed.place[node], passed.next[node], passed.head[k] = _short(place), passed.head[k], node
