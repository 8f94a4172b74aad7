"""Labels become numbers, a piece of a file at a time: kept are distinct labels and distinct pairs, not the lines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sim.errors import DataError
from sim.world.worldfile import MOST_USERS, Ints, Numbers

_SHIFT = 32
_PIECE = 500_000
"""Pairs at a time, where a step needs memory of its own."""


def _split(keys: Ints) -> Numbers:
    """Return sorted keys, each once, as the pairs that they were made of, shape (k, 2)."""
    fresh = np.empty(len(keys), dtype=np.bool_)
    fresh[:1] = True
    np.not_equal(keys[1:], keys[:-1], out=fresh[1:])
    if not fresh.all():
        keys = keys[fresh]
    pairs = np.empty((len(keys), 2), dtype=np.int32)
    for begin in range(0, len(keys), _PIECE):
        part = slice(begin, begin + _PIECE)
        pairs[part, 0], pairs[part, 1] = keys[part] >> _SHIFT, keys[part] & 0xFFFFFFFF
    return pairs


def _keys(one: Ints | Numbers, other: Ints | Numbers) -> Ints:
    keys = one.astype(np.int64)
    keys <<= _SHIFT
    keys |= other
    return keys


def distinct(one: Ints | Numbers, other: Ints | Numbers) -> Numbers:
    """Return each pair once, sorted, shape (k, 2)."""
    keys = _keys(one, other)
    keys.sort()
    return _split(keys)


def clean_ties(pairs: Numbers) -> Numbers:
    """Return each tie once, the lower number first, sorted, without loops."""
    keys = _keys(np.minimum(pairs[:, 0], pairs[:, 1]), np.maximum(pairs[:, 0], pairs[:, 1]))
    loops = pairs[:, 0] == pairs[:, 1]
    keys[loops] = -1
    keys.sort()
    return _split(keys[int(loops.sum()) :])


def mutual(pairs: Numbers) -> int:
    """Return how many pairs, each there once, are there the other way round too (pairs of one with itself too)."""
    there, found = _keys(pairs[:, 1], pairs[:, 0]), 0
    there.sort()
    for begin in range(0, len(pairs), _PIECE):
        part = pairs[begin : begin + _PIECE]
        here = _keys(part[:, 0], part[:, 1])
        found += int((there[np.minimum(np.searchsorted(there, here), len(there) - 1)] == here).sum())
    return found


@dataclass
class Pairs:
    """Pairs of labels, as they come; `lines` and `loops` count those that were taken in."""

    keep_firsts: bool = False
    """Whether it will be asked who stands first with each label of the second column (see apart)."""
    lines: int = 0
    loops: int = 0
    _ones: list[pa.Array] = field(default_factory=list)
    _others: list[pa.Array] = field(default_factory=list)
    _pairs: list[Numbers] = field(default_factory=list)
    _firsts: list[Numbers] = field(default_factory=list)

    def add(self, one: pa.Array, other: pa.Array) -> None:
        """Take in two columns of labels of the same length and type, without empty ones."""
        if not len(one):
            return
        self.lines += len(one)
        self.loops += int(pc.sum(pc.equal(one, other)).as_py())
        one, other = one.dictionary_encode(), other.dictionary_encode()
        a, b = one.indices.to_numpy(), other.indices.to_numpy()
        self._pairs.append(distinct(a, b))
        if self.keep_firsts:
            self._firsts.append(a[np.unique(b, return_index=True)[1]])
        self._ones.append(one.dictionary)
        self._others.append(other.dictionary)

    def mentions(self, label: str) -> bool:
        """Whether a label stands in one of the columns."""
        return any(pc.any(pc.equal(labels, label)).as_py() for labels in (*self._ones, *self._others))

    def together(self, name: str, before: Sequence[pa.Array] = ()) -> tuple[Numbers, pa.Array]:
        """Number both columns alike; return the distinct pairs, sorted, and the labels by number.

        Labels are numbered in the order of their first mention in `before`, in the first column, then in the second.
        """
        size = len(self._ones)
        pieces = [*before, *self._ones, *self._others]
        self._ones, self._others = [], []
        numbers, labels = _number(pieces, name)
        del numbers[: len(before)]
        return self._renumbered(numbers[:size], numbers[size:]), labels

    def apart(self, name: str) -> tuple[Numbers, pa.Array, pa.Array, Numbers]:
        """Number each column for itself; return distinct pairs, labels of both, and who stands first with each other.

        The last has a number of the first column for each of the second: that of the first line with it.
        """
        one, labels = _number(self._ones, name)
        other, other_labels = _number(self._others, name)
        first = np.zeros(len(other_labels), dtype=np.int32)
        for a, b, found in reversed(list(zip(one, other, self._firsts, strict=True))):
            first[b] = a[found]
        return self._renumbered(one, other), labels, other_labels, first

    def _renumbered(self, one: list[Numbers], other: list[Numbers]) -> Numbers:
        total = sum(map(len, self._pairs))
        a, b = np.empty(total, dtype=np.int32), np.empty(total, dtype=np.int32)
        at = 0
        while self._pairs:
            pairs = self._pairs.pop()
            where = slice(at, at + len(pairs))
            a[where], b[where] = one[len(self._pairs)][pairs[:, 0]], other[len(self._pairs)][pairs[:, 1]]
            at += len(pairs)
        return distinct(a, b)


def _number(pieces: list[pa.Array], name: str) -> tuple[list[Numbers], pa.Array]:
    """Return the numbers of the labels of each piece, and the labels in the order of their first mention."""
    if not pieces:
        return [], pa.array([], type=pa.string())
    sizes = [len(piece) for piece in pieces]
    whole = pa.chunked_array(pieces)
    pieces.clear()
    whole = whole.dictionary_encode().combine_chunks()
    pa.default_memory_pool().release_unused()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0)
    if len(whole.dictionary) > MOST_USERS:
        raise DataError(f"{name}: names {len(whole.dictionary):,} things; at most {MOST_USERS:,} can be read")
    numbers = np.split(whole.indices.to_numpy(zero_copy_only=False), np.cumsum(sizes)[:-1])
    return [part.astype(np.int32, copy=False) for part in numbers], whole.dictionary


def labels_of(names: Iterable[str]) -> pa.Array:
    """Return labels as a column."""
    return pa.array(list(names), type=pa.string())
