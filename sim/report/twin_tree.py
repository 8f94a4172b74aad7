"""The joined tree of a twin: posts, and their places in the picture."""

import math
from dataclasses import dataclass, field

Key = tuple[int, int, int]
"""What names a post in both runs: its author, and the venue or the receiver."""
ROOT: Key = (-1, -1, -1)


@dataclass
class Node:
    """A post of the item in one or both runs."""

    key: Key
    place: str
    parent: Key
    ticks: dict[str, int] = field(default_factory=dict)
    """Tick in which it was posted, by run ('reference', 'policy')."""
    removed: dict[str, int] = field(default_factory=dict)
    readers: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """(tick, readers so far), by run."""
    depth: int = 0
    hops: int = 0
    """Forwards since the origin or the last copy."""
    angle: float = 0.0
    cause: str = ""
    """Why a branch that begins here is missing under the policy."""
    culprit: Key | None = None
    """The post on which the act was that cut it."""

    def total(self, run: str) -> int:
        """Return the readers who first met the item through this post."""
        steps = self.readers.get(run)
        return steps[-1][1] if steps else 0


def children_of(nodes: dict[Key, Node]) -> dict[Key, list[Key]]:
    """Return the branches of each post; first posts are branches of ROOT."""
    children: dict[Key, list[Key]] = {}
    for key, node in nodes.items():
        children.setdefault(node.parent if node.parent in nodes else ROOT, []).append(key)
    return children


def lay_out(nodes: dict[Key, Node]) -> None:
    """Give each post an angle and a depth: a sector as wide as its leaves, children in the order of their time."""
    children = children_of(nodes)
    order: list[Key] = []
    waiting = [ROOT]
    while waiting:
        key = waiting.pop()
        for child in children.get(key, []):
            nodes[child].depth = nodes[key].depth + 1 if key in nodes else 1
        order.append(key)
        waiting += children.get(key, [])
    leaves: dict[Key, float] = {}
    for key in reversed(order):
        own = sum(leaves[child] for child in children.get(key, []))
        leaves[key] = max(own, 1.0 + (nodes[key].total("reference") ** 0.5 / 6.0 if key in nodes else 0.0))
    sectors: dict[Key, tuple[float, float]] = {ROOT: (0.0, 2.0 * math.pi)}
    for key in order:
        low, high = sectors[key]
        mine = sorted(children.get(key, []), key=lambda k: (min(nodes[k].ticks.values()), k))
        total = sum(leaves[child] for child in mine) or 1.0
        at = low
        for child in mine:
            width = (high - low) * leaves[child] / total
            sectors[child] = (at, at + width)
            nodes[child].angle = at + width / 2.0
            at += width
