"""The digest of a run: equal for equal histories, whatever was recorded and in whatever order."""

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled
from sim.draws import fold

Ints = NDArray[np.int64]


@compiled
def _row_sums(rows: Ints) -> Ints:
    total = np.zeros(2, dtype=np.int64)
    for i in range(rows.shape[0]):
        for side in range(2):
            state = int(side)
            for j in range(rows.shape[1]):
                state = fold(state, rows[i, j])
            total[side] += state
    return total


def order_free(blocks: Iterable[Ints]) -> bytes:
    """Return a hash of a set of rows that does not depend on their order: two sums of 64-bit row hashes."""
    found = np.zeros(3, dtype=np.int64)
    for rows in blocks:
        found[0] += rows.shape[0]
        found[1:] += _row_sums(np.ascontiguousarray(rows, dtype=np.int64))
    return bytes(found.astype("<i8").tobytes())


def digest(ordered: Iterable[tuple[tuple[int, int], Iterable[Ints]]], unordered: Iterable[Iterable[Ints]]) -> str:
    """Return SHA-256 over tables in order, each with its shape, and the order-free hashes of others.

    Each gives its rows in blocks; into how many they are cut makes no difference.
    """
    hashed = hashlib.sha256(b"rumorlab-digest-1")
    for shape, blocks in ordered:
        hashed.update(np.array(shape, dtype="<i8").tobytes())
        for rows in blocks:
            hashed.update(np.ascontiguousarray(rows, dtype="<i8").data)
    for blocks in unordered:
        hashed.update(order_free(blocks))
    return hashed.hexdigest()
