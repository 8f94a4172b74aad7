"""How often each user has seen each item: one small table a user, which lies near when users come in their order."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled, compiled_within
from sim.draws import mix
from sim.errors import InputError

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]
Words = NDArray[np.uint32]
MOST_ITEMS = 1 << 24
MARK, MANY, ITEM_BITS = 128, 127, 8
"""An entry is item << ITEM_BITS | mark | number of sights, or MANY: then the number is in a table of its own.

The mark says that the user has passed the item on, or has begun it; see columns.passed.
"""
LINE = 16
"""Entries in a line of the cache: the first table of a user."""
_SMALLEST = 4
FILL_BITS = 5
_GOLDEN = np.uint32(0x9E3779B9)
_U1 = np.uint64(1)


class Sights(NamedTuple):
    """Open-addressing tables in one pool; a user's grows with the number of items that she has seen."""

    pool: Words
    table: Numbers
    """Shape (users, 2): where the table of a user begins, in lines; entries in it << 5 | logarithm of its size, which
    is 0 if she has none."""
    free: Ints
    """Given-back tables by logarithm of the size: the first of a list, -1 if none; then the lines used, and how many
    pairs `often` holds."""
    often: Ints
    """Open-addressing set of item << 32 | user seen MANY times or more, -1 where empty."""
    times: Numbers
    """How often."""


def make_sights(items: int, table: Numbers) -> Sights:
    """Return tables without entries; memory that is not used yet costs nothing. `table` holds zeros, two a user."""
    if items >= MOST_ITEMS:
        raise InputError(f"a compiled run can hold {MOST_ITEMS - 1:,} items at most, this scenario starts {items:,}")
    free = np.full(34, -1, dtype=np.int64)
    free[32] = free[33] = 0
    return Sights(
        pool=_pool(4 * LINE * (len(table) + 64)),
        table=table,
        free=free,
        often=np.full(64, -1, dtype=np.int64),
        times=np.zeros(64, dtype=np.int32),
    )


def _pool(size: int) -> Words:
    """Return empty entries whose lines are lines of the cache."""
    spare = np.zeros(size + LINE, dtype=np.uint32)
    begin = -(spare.ctypes.data // 4) % LINE
    return spare[begin : begin + size]


def larger_pool(sights: Sights) -> Sights:
    """Return the tables in a pool of twice the size."""
    pool = _pool(2 * len(sights.pool))
    used = int(sights.free[32]) * LINE
    pool[:used] = sights.pool[:used]
    return sights._replace(pool=pool)


def room_for_often(sights: Sights, more: int) -> Sights:
    """Return the tables with room for so many pairs seen MANY times more."""
    pairs = int(sights.free[33]) + more
    if 2 * pairs <= len(sights.often):
        return sights
    size = 1 << int(4 * pairs - 1).bit_length()
    grown = sights._replace(often=np.full(size, -1, dtype=np.int64), times=np.zeros(size, dtype=np.int32))
    _refill_often(grown, sights.often, sights.times)
    return grown


@compiled_within
def enlarge(pool: Words, table: Numbers, free: Ints, user: int, more: int) -> bool:
    """Make room for so many items more in the table of a user; False if the pool is too small for it."""
    fill = np.int64(table[user, 1])
    need, bits = (fill >> FILL_BITS) + more, fill & 31
    new_bits = max(np.int64(_SMALLEST), bits)
    while 8 * need > 7 << new_bits:
        new_bits += 1
    new = free[new_bits]
    if new >= 0:
        free[new_bits] = np.int64(pool[new * LINE]) - 1
        pool[new * LINE : (new * LINE) + (1 << new_bits)] = 0
    else:
        new = free[32]
        if (new * LINE) + (1 << new_bits) > pool.size:
            return False
        free[32] += (1 << new_bits) // LINE
    old = np.int64(table[user, 0])
    table[user, 0] = new
    table[user, 1] = (fill >> FILL_BITS) << FILL_BITS | new_bits
    if bits:
        for k in range(old * LINE, old * LINE + (1 << bits)):
            entry = pool[k]
            if entry:
                home, step = hashed(np.int64(entry >> ITEM_BITS), new_bits), np.int64(0)
                while pool[new * LINE + probed(home, step, new_bits)]:
                    step += 1
                pool[new * LINE + probed(home, step, new_bits)] = entry
        pool[old * LINE] = free[bits] + 1
        free[bits] = old
    return True


@compiled
def room_for_users(sights: Sights, users: Ints) -> bool:
    """Make room in the tables of users (sorted) for an item more each time that one is named.

    False if the pool is too small: then call it again with a larger one.
    """
    begin = 0
    while begin < users.size:
        user = users[begin]
        end = begin + 1
        while end < users.size and users[end] == user:
            end += 1
        fill = np.int64(sights.table[user, 1])
        if 8 * ((fill >> FILL_BITS) + end - begin) > 7 << (fill & 31) and not enlarge(
            sights.pool, sights.table, sights.free, user, end - begin
        ):
            return False
        begin = end
    return True


@compiled_within
def hashed(item: int, bits: int) -> int:
    """Return where in a table of 2**bits entries an item is looked for first."""
    return np.int64(np.uint32(np.uint32(item + 1) * _GOLDEN) >> np.uint32(32 - bits))


@compiled_within
def probed(home: int, step: int, bits: int) -> int:
    """Return where it is looked for after so many steps: round its line of the cache, then in the next."""
    line = ((home & ~(LINE - 1)) + (step & ~(LINE - 1))) & ((np.int64(1) << bits) - 1)
    return line | ((home + step) & (LINE - 1))


@compiled_within
def position(pool: Words, begin: int, bits: int, item: int) -> int:
    """Return where an item stands in a table, or would."""
    home, step = hashed(item, bits), np.int64(0)
    while True:
        at = begin + probed(home, step, bits)
        entry = pool[at]
        if entry == 0 or entry >> ITEM_BITS == item:
            return at
        step += 1


@compiled
def place_in(sights: Sights, user: int, item: int) -> int:
    """Return where an item stands in the table of a user, or would; she must have one."""
    return position(sights.pool, np.int64(sights.table[user, 0]) * LINE, np.int64(sights.table[user, 1] & 31), item)


@compiled_within
def _often_at(often: Ints, pair: int) -> int:
    mask = often.size - 1
    at = np.int64(mix(np.uint64(pair)) >> _U1) & mask
    while often[at] != -1 and often[at] != pair:
        at = (at + 1) & mask
    return at


@compiled
def _refill_often(sights: Sights, often: Ints, times: Numbers) -> None:
    for k in range(often.size):
        if often[k] != -1:
            at = _often_at(sights.often, often[k])
            sights.often[at], sights.times[at] = often[k], times[k]


@compiled
def one_more(sights: Sights, at: int, user: int, item: int) -> int:
    """Count a sight at its place in the user's table, which must have room; return the how-manieth it is."""
    pool = sights.pool
    entry = pool[at]
    if entry == 0:
        entry = np.uint32(item << ITEM_BITS)
        sights.table[user, 1] += 1 << FILL_BITS
    number = np.int64(entry & MANY)
    if number < MANY - 1:
        pool[at] = entry + np.uint32(1)
        return number + 1
    pair = (np.int64(item) << 32) | user
    k = _often_at(sights.often, pair)
    if number < MANY:
        pool[at] = entry + np.uint32(1)
        sights.often[k], sights.times[k] = pair, MANY
        sights.free[33] += 1
    else:
        sights.times[k] += 1
    return np.int64(sights.times[k])


@compiled
def set_mark(sights: Sights, user: int, item: int) -> None:
    """Mark that a user has begun an item; her table must have room."""
    at = place_in(sights, user, item)
    if sights.pool[at] == 0:
        sights.pool[at] = np.uint32(item << ITEM_BITS)
        sights.table[user, 1] += 1 << FILL_BITS
    sights.pool[at] |= np.uint32(MARK)


@compiled
def sights_of(sights: Sights, item: int, user: int) -> int:
    """Return how often a user has seen an item."""
    if sights.table[user, 1] == 0:
        return np.int64(0)
    entry = sights.pool[place_in(sights, user, item)]
    number = np.int64(entry & MANY)
    if entry == 0 or number < MANY:
        return number
    return np.int64(sights.times[_often_at(sights.often, (np.int64(item) << 32) | user)])


@compiled
def all_sights(sights: Sights, items: int) -> tuple[Ints, Numbers, Numbers]:
    """Return where the readers of each item begin, the readers by item (sorted), and how often each has seen it."""
    first = np.zeros(items + 1, dtype=np.int64)
    for turn in range(2):
        if turn == 1:
            for item in range(items):
                first[item + 1] += first[item]
            fill = first[:items].copy()
            users, numbers = np.empty(first[items], dtype=np.int32), np.empty(first[items], dtype=np.int32)
        for user in range(len(sights.table)):
            if sights.table[user, 1] == 0:
                continue
            begin = np.int64(sights.table[user, 0]) * LINE
            for k in range(begin, begin + (1 << (sights.table[user, 1] & 31))):
                entry = sights.pool[k]
                if entry & MANY:
                    item = np.int64(entry >> ITEM_BITS)
                    if turn == 0:
                        first[item + 1] += 1
                    else:
                        users[fill[item]] = user
                        numbers[fill[item]] = sights_of(sights, item, user)
                        fill[item] += 1
    return first, users, numbers
