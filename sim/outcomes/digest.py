"""The digest of a run: equal for equal histories, whatever was recorded and in whatever order."""

import hashlib

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


def order_free(rows: Ints) -> bytes:
    """Return a hash of a set of rows that does not depend on their order: two sums of 64-bit row hashes."""
    sums = _row_sums(np.ascontiguousarray(rows, dtype=np.int64))
    return bytes(np.concatenate([np.array([rows.shape[0]]), sums]).astype("<i8").tobytes())


def digest(ticks: Ints, items: Ints, unordered: list[Ints]) -> str:
    """Return SHA-256 over the tables of ticks and items, in order, and the order-free hashes of the others."""
    hashed = hashlib.sha256(b"rumorlab-digest-1")
    for rows in (ticks, items):
        hashed.update(np.array(rows.shape, dtype="<i8").tobytes())
        hashed.update(np.ascontiguousarray(rows).astype("<i8").tobytes())
    for rows in unordered:
        hashed.update(order_free(rows))
    return hashed.hexdigest()
