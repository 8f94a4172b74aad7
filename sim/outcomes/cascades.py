"""Cascades: the tree in which an item went from person to person, its depth and its structural virality."""

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled

Ints = NDArray[np.int64]


@compiled
def _pair_distances(parent: Ints) -> float:
    size = np.ones(parent.size)
    total = 0.0
    for i in range(parent.size - 1, 0, -1):
        total += size[i] * (parent.size - size[i])
        size[parent[i]] += size[i]
    return total


def structural_virality(parent: Ints) -> float:
    """Return the mean distance between all pairs of nodes of a tree (Goel, Anderson, Hofman and Watts 2016, eq. 1).

    `parent` holds the position of each node's parent, which is smaller than its own; -1 for the root, the first node.
    NaN for fewer than two nodes. Each edge counts as often as pairs lie on its two sides.
    """
    n = len(parent)
    return float("nan") if n < 2 else float(_pair_distances(np.asarray(parent, dtype=np.int64))) * 2.0 / (n * (n - 1))


def person_tree(columns: dict[str, Ints], item: int, origin: int) -> Ints:
    """Return the tree of the persons whom an item reached by direct messages: parents by position, the origin first.

    `columns` are those of the posts in canonical order. A person hangs on the sender of the message that reached her
    first; of several in one tick, on that with the lowest number.
    """
    mine = (columns["item"] == item) & (columns["receiver"] >= 0) & (columns["views"] > 0)
    senders, receivers = columns["author"][mine], columns["receiver"][mine]
    place = {origin: 0}
    parents = [-1]
    for sender, receiver in zip(senders.tolist(), receivers.tolist(), strict=True):
        if receiver not in place and sender in place:
            place[receiver] = len(parents)
            parents.append(place[sender])
    return np.array(parents, dtype=np.int64)
