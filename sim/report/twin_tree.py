"""The joined tree of a twin: posts, their places in the picture, and why branches are missing under the policy."""

import math
from dataclasses import dataclass, field
from pathlib import Path

from sim.experiment.store import read_table

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
    angle: float = 0.0
    cause: str = ""
    """Why a branch that begins here is missing under the policy."""
    culprit: Key | None = None
    """The post whose removal cut it."""

    def total(self, run: str) -> int:
        """Return the readers who first met the item through this post."""
        steps = self.readers.get(run)
        return steps[-1][1] if steps else 0


@dataclass(frozen=True)
class Cut:
    """Something that the policy did, and what it cut off."""

    words: str
    branches: int
    readers: int
    tick: int
    culprit: Key | None


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


def bans_of(folder: Path) -> dict[tuple[str, int], int]:
    """Return the tick of each ban, by ('user' or 'venue', number)."""
    sanctions = read_table(folder, "sanctions", ("tick", "sanction", "subject")).to_pandas()
    bans = sanctions[sanctions["sanction"].isin(["ban-user", "ban-venue"])]
    return {
        (str(kind).removeprefix("ban-"), int(subject)): int(tick)
        for kind, subject, tick in zip(bans["sanction"], bans["subject"], bans["tick"], strict=True)
    }


def blocked_from(folder: Path) -> int | None:
    """Return the tick of the first block that locked people out; None if there was none, or moves were not kept."""
    if not (folder / "moves.parquet").is_file():
        return None
    moves = read_table(folder, "moves", ("tick", "move")).to_pandas()
    ticks = moves.loc[moves["move"] == "locked-out", "tick"]
    return int(ticks.min()) if len(ticks) else None


def find_cuts(nodes: dict[Key, Node], bans: dict[tuple[str, int], int], blocked: int | None = None) -> list[Cut]:
    """Return what the policy cut off, by cause, the largest first; notes cause and culprit on the nodes.

    `blocked`: tick from which the platform was blocked somewhere.
    """
    children = children_of(nodes)
    found: dict[tuple[str, Key | None], list[tuple[int, int]]] = {}
    for key, node in nodes.items():
        parent = nodes.get(node.parent)
        if "policy" in node.ticks or (parent is not None and "policy" not in parent.ticks):
            continue
        tick = node.ticks["reference"]
        node.cause, node.culprit = _cause(node, parent, tick, bans, blocked)
        missing = _missing_readers(key, nodes, children)
        found.setdefault((node.cause, node.culprit), []).append((missing, tick))
    cuts = [
        Cut(cause, len(parts), sum(r for r, _ in parts), _cut_tick(nodes, culprit, parts), culprit)
        for (cause, culprit), parts in found.items()
    ]
    return sorted(cuts, key=lambda cut: (-cut.readers, cut.tick))


def _cut_tick(nodes: dict[Key, Node], culprit: Key | None, parts: list[tuple[int, int]]) -> int:
    return nodes[culprit].removed["policy"] if culprit is not None else min(tick for _, tick in parts)


def _cause(
    node: Node, parent: Node | None, tick: int, bans: dict[tuple[str, int], int], blocked: int | None
) -> tuple[str, Key | None]:
    author, venue, _ = node.key
    if bans.get(("user", author), tick + 1) <= tick:
        return "accounts that had been banned", None
    if venue >= 0 and bans.get(("venue", venue), tick + 1) <= tick:
        return "channels and groups that had been banned", None
    if parent is not None and parent.removed.get("policy", tick + 1) <= tick:
        return "removal", parent.key
    if blocked is not None and blocked <= tick:
        return "a block of the platform, or what else changed under the policy", None
    if parent is None:
        return "originators, places or uploads that were stopped", None
    return "labels, limits, suspensions, blocked uploads or lost attention", None


def _missing_readers(key: Key, nodes: dict[Key, Node], children: dict[Key, list[Key]]) -> int:
    total, waiting = 0, [key]
    while waiting:
        here = waiting.pop()
        if "policy" not in nodes[here].ticks:
            total += nodes[here].total("reference")
            waiting += children.get(here, [])
    return total
