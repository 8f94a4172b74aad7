"""The digest of a run: equal for equal histories, whatever was recorded and in whatever order."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled
from sim.draws import fold
from sim.vocabulary import MEASURES

Ints = NDArray[np.int64]
BY_PLACE = (
    "posts", "echoes", "forwards", "views", "new_readers", "illegal_views", "adoptions", "reports", "cases", "cleared",
    "acted", "removed", "blocked", "restored", "views_elsewhere", "illegal_elsewhere", "removed_elsewhere",
)  # fmt: skip
"""Measures that the digest covers as one table, in this order; any other by its name, and only if it is not all zero.

A new measure thus changes no digest of a run in which nothing of it happens. Nothing is added here.
"""


def by_place(counts: NDArray[Any], measures: Sequence[str] = MEASURES) -> NDArray[Any]:
    """Return the counts of `BY_PLACE`, of shape (rows, 17), from counts of shape (rows, measures)."""
    if tuple(measures) == BY_PLACE:
        return counts
    return counts[:, [measures.index(name) for name in BY_PLACE]]


def by_name(what: str, counts: NDArray[Any], measures: Sequence[str] = MEASURES) -> dict[str, NDArray[Any]]:
    """Return the counts of every other measure, by 'what/measure', from counts of shape (rows, measures)."""
    return {f"{what}/{name}": counts[:, n] for n, name in enumerate(measures) if name not in BY_PLACE}


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


def digest(
    ordered: Iterable[tuple[tuple[int, int], Iterable[Ints]]],
    unordered: Iterable[Iterable[Ints]],
    named: dict[str, NDArray[Any]],
) -> str:
    """Return SHA-256 over tables in order, each with its shape, the order-free hashes of others, and named columns.

    Each table gives its rows in blocks; into how many they are cut makes no difference. A named column that is all zero
    is left out.
    """
    hashed = hashlib.sha256(b"rumorlab-digest-1")
    for shape, blocks in ordered:
        hashed.update(np.array(shape, dtype="<i8").tobytes())
        for rows in blocks:
            hashed.update(np.ascontiguousarray(rows, dtype="<i8").data)
    for blocks in unordered:
        hashed.update(order_free(blocks))
    for name, column in sorted(named.items()):
        if column.any():
            hashed.update(f"{name} {len(column)} ".encode() + column.astype("<i8").tobytes())
    return hashed.hexdigest()
