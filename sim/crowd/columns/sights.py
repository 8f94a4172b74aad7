"""How often each user has seen each item: one small table an item, so that what spreads now lies close together."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled
from sim.crowd.columns.state import Bytes, Flags, ItemColumns, Streams
from sim.draws import draw3
from sim.sorting import sort_by_high
from sim.world.columns import Posts

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]
USER_BITS, ROW_BITS, ROWS, MANY = 38, 8, (1 << 30) - 1, 255
"""An exposure is user << USER_BITS | row of the post << ROW_BITS | how-manieth sight, or MANY for that and more."""
_LOW = 0xFFFFFFFF
_ROOM = 24
_SMALLEST = 3
"""The first table of an item has 2**3 places."""
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


class Sights(NamedTuple):
    """Open-addressing tables in one pool: an entry is number of sights << 32 | user + 1, 0 where empty."""

    pool: Ints
    begin: Ints
    """Where the table of an item begins; -1 if it has none."""
    bits: NDArray[np.int8]
    """Logarithm of its size."""
    used: Numbers
    coming: Numbers
    """Sights of this tick, while they are being counted."""
    free: Ints
    """Given-back tables by logarithm of the size: the first of a list, -1 if none; the last entry is the fill."""


def make_sights(items: int, users: int) -> Sights:
    """Return tables without entries, with room for a few a user: memory that is not used yet costs nothing."""
    free = np.full(65, -1, dtype=np.int64)
    free[64] = 0
    return Sights(
        pool=np.empty(max(1024, _ROOM * users), dtype=np.int64),
        begin=np.full(items, -1, dtype=np.int64),
        bits=np.zeros(items, dtype=np.int8),
        used=np.zeros(items, dtype=np.int32),
        coming=np.zeros(items, dtype=np.int32),
        free=free,
    )


def room_for_sights(sights: Sights, hits: Ints, posts: Posts) -> Sights:
    """Return the tables with room for the sights of a tick."""
    if not len(hits):
        return sights
    touched, words = _count_coming(sights, hits, posts)
    need = int(sights.free[64]) + words
    if need > len(sights.pool):
        pool = np.empty(max(need, 2 * len(sights.pool)), dtype=np.int64)
        pool[: sights.free[64]] = sights.pool[: sights.free[64]]
        sights = sights._replace(pool=pool)
    _enlarge(sights, touched)
    return sights


@compiled
def _bits_for(entries: int) -> int:
    bits = _SMALLEST
    while 3 << bits < 4 * entries:
        bits += 1
    return bits


@compiled
def _count_coming(sights: Sights, hits: Ints, posts: Posts) -> tuple[Numbers, int]:
    touched = np.empty(hits.size, dtype=np.int32)
    count = 0
    for i in range(hits.size):
        item = posts.hot[hits[i] & _LOW].item
        if sights.coming[item] == 0:
            touched[count] = item
            count += 1
        sights.coming[item] += 1
    words = np.int64(0)
    for i in range(count):
        item = touched[i]
        bits = _bits_for(sights.used[item] + sights.coming[item])
        if sights.begin[item] < 0 or bits > sights.bits[item]:
            words += 1 << bits
    return touched[:count], words


@compiled
def _enlarge(sights: Sights, touched: Numbers) -> None:
    for item in touched:
        bits = _bits_for(sights.used[item] + sights.coming[item])
        sights.coming[item] = 0
        old, old_bits = sights.begin[item], sights.bits[item]
        if old >= 0 and bits <= old_bits:
            continue
        new = sights.free[bits]
        size = np.int64(1) << bits
        if new >= 0:
            sights.free[bits] = sights.pool[new] - 1
        else:
            new = sights.free[64]
            sights.free[64] += size
        sights.pool[new : new + size] = 0
        sights.begin[item], sights.bits[item] = new, bits
        if old >= 0:
            for k in range(old, old + (np.int64(1) << old_bits)):
                entry = sights.pool[k]
                if entry:
                    sights.pool[_position(sights, item, (entry & _LOW) - 1)] = entry
            sights.pool[old] = sights.free[old_bits] + 1
            sights.free[old_bits] = old


@compiled
def _hashed(user: int, bits: int) -> int:
    return np.int64((np.uint64(user + 1) * _GOLDEN) >> np.uint64(64 - bits))


@compiled
def _position(sights: Sights, item: int, user: int) -> int:
    begin = sights.begin[item]
    mask = (np.int64(1) << sights.bits[item]) - 1
    at = _hashed(user, sights.bits[item])
    while True:
        entry = sights.pool[begin + at]
        if entry == 0 or (entry & _LOW) == user + 1:
            return begin + at
        at = (at + 1) & mask


@compiled
def sights_of(sights: Sights, item: int, user: int) -> int:
    """Return how often a user has seen an item."""
    if sights.begin[item] < 0:
        return np.int64(0)
    return sights.pool[_position(sights, item, user)] >> 32


@compiled
def readers_of(sights: Sights, item: int) -> Ints:
    """Return (number of sights << 32 | user + 1) of everyone who has seen an item."""
    if sights.begin[item] < 0:
        return np.zeros(0, dtype=np.int64)
    table = sights.pool[sights.begin[item] : sights.begin[item] + (np.int64(1) << sights.bits[item])]
    return table[table != 0]


@compiled
def count_sights(
    noticed: Ints,
    posts: Posts,
    items: ItemColumns,
    sights: Sights,
    countries: Bytes,
    illegal: Flags,
    illegal_somewhere: Flags,
    illegal_measure: int,
    by_class: Ints,
) -> tuple[Ints, Numbers]:
    """Count the sights of a tick, post by post; return them as exposures, and the rows that were seen, sorted.

    Where a user saw an item several times in this tick, their numbers are still to be put in order.
    """
    hot, pool, begin_of, bits_of, used = posts.hot, sights.pool, sights.begin, sights.bits, sights.used
    contents, counts = items.hot, items.counts
    n = noticed.size
    out, seen = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int32)
    rows = 0
    for i in range(n):
        user, row = noticed[i] >> 32, noticed[i] & _LOW
        post = hot[row]
        item = post.item
        start, bits = begin_of[item], np.int64(bits_of[item])
        at = _hashed(user, bits)
        entry = pool[start + at]
        while entry != 0 and (entry & _LOW) != user + 1:
            at = (at + 1) & ((np.int64(1) << bits) - 1)
            entry = pool[start + at]
        if entry == 0:
            used[item] += 1
            entry = user + 1
        entry += np.int64(1) << 32
        pool[start + at] = entry
        number = entry >> 32
        out[i] = (user << USER_BITS) | (row << ROW_BITS) | min(number, MANY)
        if post.views_now == 0:
            seen[rows] = row
            rows += 1
        post.views_now += 1
        post.new_now += number == 1
        content = contents[item].content
        if illegal_somewhere[content] and illegal[countries[user], content]:
            counts[item, illegal_measure] += 1
            by_class[content, illegal_measure] += 1
    kept = seen[:rows]
    kept.sort()
    return out, kept


@compiled
def put_in_order(hits: Ints, users: int, posts: Posts, items: ItemColumns, sights: Sights, streams: Streams) -> Numbers:
    """Sort exposures by user and, for each, into their order; return the how-manieth sight each is.

    Order: tick of the post, then a keyed draw.
    """
    hot = posts.hot
    n = hits.size
    sort_by_high(hits, np.empty(n, dtype=np.int64), USER_BITS, users)
    numbers = np.empty(n, dtype=np.int32)
    begin = 0
    while begin < n:
        user = hits[begin] >> USER_BITS
        end = begin + 1
        while end < n and hits[end] >> USER_BITS == user:
            end += 1
        if end - begin > 1:
            _in_order(hits[begin:end], user, posts, items, streams)
        for i in range(begin, end):
            number = hits[i] & MANY
            if end - begin > 1 or number == MANY:
                item = hot[(hits[i] >> ROW_BITS) & ROWS].item
                later = earlier = 0
                first = np.int64(-1)
                for j in range(begin, end):
                    row = (hits[j] >> ROW_BITS) & ROWS
                    if hot[row].item == item:
                        later += j > i
                        earlier += j < i
                        if hits[j] & MANY == 1:
                            first = row
                number = sights_of(sights, item, user) - later
                if number == 1 and first != (hits[i] >> ROW_BITS) & ROWS and first >= 0:
                    hot[first].new_now -= 1
                    hot[(hits[i] >> ROW_BITS) & ROWS].new_now += 1
            numbers[i] = number
        begin = end
    return numbers


@compiled
def _in_order(looks: Ints, user: int, posts: Posts, items: ItemColumns, streams: Streams) -> None:
    m = looks.size
    draws = np.empty(m)
    for i in range(m):
        row = (looks[i] >> ROW_BITS) & ROWS
        venue = np.int64(posts.hot[row].venue)
        place = venue if venue >= 0 else (np.int64(1) << 40) + posts.hot[row].author
        draws[i] = draw3(streams.exposure_order, items.hot[posts.hot[row].item].key, user, place)
    for i in range(1, m):
        look, u, tick = looks[i], draws[i], posts.hot[(looks[i] >> ROW_BITS) & ROWS].tick
        j = i - 1
        while j >= 0:
            before = posts.hot[(looks[j] >> ROW_BITS) & ROWS].tick
            if before < tick or (before == tick and draws[j] <= u):
                break
            looks[j + 1], draws[j + 1] = looks[j], draws[j]
            j -= 1
        looks[j + 1], draws[j + 1] = look, u
