"""The twin: one item's cascade under the reference and under a policy, on the same draws, and what was cut off."""

import math
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from sim.errors import InputError
from sim.experiment.compare import Comparison
from sim.experiment.store import read_table
from sim.outcomes.reach import harmful_classes
from sim.outcomes.record import Record
from sim.scenario.scenario import Scenario

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


@dataclass(frozen=True)
class TwinData:
    """The two cascades joined into one tree, so that the same post has the same place in both pictures."""

    item: int
    arm: str
    pair: int
    content: str
    topic: str
    stream: str
    start: int
    nodes: dict[Key, Node]
    cuts: list[Cut]
    readers: dict[str, int]
    curve: dict[str, list[int]]
    """Readers so far at the end of each tick, by run."""

    def account(self) -> dict[str, int]:
        """Return where the readers went: cut off, met before and after at posts in both runs, and met by new ways."""
        both = [node for node in self.nodes.values() if len(node.ticks) == 2]
        only = [node for node in self.nodes.values() if "reference" not in node.ticks]
        return {
            "cut": sum(cut.readers for cut in self.cuts),
            "both_before": sum(node.total("reference") for node in both),
            "both_after": sum(node.total("policy") for node in both),
            "new": sum(node.total("policy") for node in only),
        }


def choose(comparison: Comparison, item: int | None, arm: str | None, pair: int | None) -> tuple[int, str, int]:
    """Return which item, arm and pair to show: as asked, else the most-read harmful item, and who cut it most."""
    plan = comparison.plan
    pair = plan.twin.pair if pair is None else pair
    arm = arm or plan.twin.arm
    item = plan.twin.item if item is None else item
    names = [a.name for a in plan.arms]
    if pair >= plan.design.pairs:
        raise InputError(f"pair must be below {plan.design.pairs} (got {pair})")
    if arm is not None and (arm not in names or arm == plan.reference):
        allowed = ", ".join(name for name in names if name != plan.reference)
        raise InputError(f"unknown arm '{arm}' for the twin; known: {allowed}")
    reference = _items(comparison, plan.reference, pair)
    if item is not None and item >= len(reference):
        raise InputError(f"item must be below {len(reference)} (got {item})")
    if item is None:
        harmful = harmful_classes(_scenario_record(comparison))
        candidates = reference[reference["class"].isin(harmful)] if harmful else reference
        candidates = reference if candidates.empty else candidates
        if candidates.empty:
            raise InputError("nothing was started in this comparison: there is no cascade to show")
        item = int(candidates.index[int(candidates["new_readers"].to_numpy().argmax())])
    if arm is None:
        others = [name for name in names if name != plan.reference]
        arm = min(others, key=lambda name: int(_items(comparison, name, pair)["new_readers"].to_numpy()[item]))
    return item, arm, pair


def _scenario_record(comparison: Comparison) -> Record:
    return Record(scenario=_scenario(comparison, comparison.plan.reference), users=1, tables={}, totals={}, digest="")


def _scenario(comparison: Comparison, arm: str) -> Scenario:
    return next(a.scenario for a in comparison.plan.arms if a.name == arm)


def _items(comparison: Comparison, arm: str, pair: int) -> pd.DataFrame:
    frame: pd.DataFrame = read_table(_folder(comparison, arm, pair), "items").to_pandas().set_index("item")
    return frame


def _folder(comparison: Comparison, arm: str, pair: int) -> Any:
    return comparison.folder / "runs" / arm / f"{pair:04d}"


def twin(comparison: Comparison, item: int | None = None, arm: str | None = None, pair: int | None = None) -> TwinData:
    """Join the cascades of an item under the reference and under an arm; see `choose` for what is shown by default."""
    item, arm, pair = choose(comparison, item, arm, pair)
    facts = _items(comparison, comparison.plan.reference, pair).loc[item]
    nodes: dict[Key, Node] = {}
    runs = {"reference": comparison.plan.reference, "policy": arm}
    ticks = comparison.plan.arms[0].scenario.time.ticks
    for run, name in runs.items():
        _add_run(nodes, run, _folder(comparison, name, pair), item)
    _layout(nodes)
    bans = _bans(_folder(comparison, arm, pair))
    cuts = _find_cuts(nodes, bans, comparison)
    curve = {run: _curve(nodes, run, ticks) for run in runs}
    return TwinData(
        item=item,
        arm=arm,
        pair=pair,
        content=str(facts["class"]),
        topic=str(facts["topic"]),
        stream=str(facts["stream"]),
        start=int(str(facts["tick"])),
        nodes=nodes,
        cuts=cuts,
        readers={run: sum(node.total(run) for node in nodes.values()) for run in runs},
        curve=curve,
    )


def _add_run(nodes: dict[Key, Node], run: str, folder: Any, item: int) -> None:
    posts = read_table(folder, "posts").to_pandas()
    posts = posts[(posts["item"] == item) & ~posts["echo"]]
    views = read_table(folder, "views").to_pandas()
    views = views[views["post"].isin(posts["post"])]
    keys: dict[int, Key] = {}
    for row in posts.itertuples():
        key = (int(row.author), int(row.venue), int(row.receiver))
        keys[int(row.post)] = key
        parent = keys.get(int(row.parent), ROOT) if row.parent >= 0 else ROOT
        node = nodes.setdefault(key, Node(key, str(row.place), parent))
        node.ticks.setdefault(run, int(row.tick))
        if row.removed_at >= 0:
            node.removed[run] = int(row.removed_at)
    for post, mine in views.sort_values("tick").groupby("post"):
        node = nodes[keys[int(str(post))]]
        steps = node.readers.setdefault(run, [])
        total = steps[-1][1] if steps else 0
        for tick, new in zip(mine["tick"], mine["new_readers"], strict=True):
            if new:
                total += int(new)
                steps.append((int(tick), total))


def _children(nodes: dict[Key, Node]) -> dict[Key, list[Key]]:
    children: dict[Key, list[Key]] = {}
    for key, node in nodes.items():
        children.setdefault(node.parent if node.parent in nodes else ROOT, []).append(key)
    return children


def _layout(nodes: dict[Key, Node]) -> None:
    """Give each post an angle and a depth: a sector as wide as its leaves, children in the order of their time."""
    children = _children(nodes)
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


def _bans(folder: Any) -> dict[tuple[str, int], int]:
    """Return the tick of each ban, by ('user' or 'venue', number)."""
    sanctions = read_table(folder, "sanctions").to_pandas()
    bans = sanctions[sanctions["sanction"].isin(["ban-user", "ban-venue"])]
    return {
        (str(kind).removeprefix("ban-"), int(subject)): int(tick)
        for kind, subject, tick in zip(bans["sanction"], bans["subject"], bans["tick"], strict=True)
    }


def _find_cuts(nodes: dict[Key, Node], bans: dict[tuple[str, int], int], comparison: Comparison) -> list[Cut]:
    children = _children(nodes)
    found: dict[tuple[str, Key | None], list[tuple[int, int]]] = {}
    for key, node in nodes.items():
        parent = nodes.get(node.parent)
        if "policy" in node.ticks or (parent is not None and "policy" not in parent.ticks):
            continue
        tick = node.ticks["reference"]
        node.cause, node.culprit = _cause(node, parent, tick, bans)
        missing = _missing_readers(key, nodes, children)
        found.setdefault((node.cause, node.culprit), []).append((missing, tick))
    cuts = [
        Cut(cause, len(parts), sum(r for r, _ in parts), _cut_tick(nodes, culprit, parts), culprit)
        for (cause, culprit), parts in found.items()
    ]
    return sorted(cuts, key=lambda cut: (-cut.readers, cut.tick))


def _cut_tick(nodes: dict[Key, Node], culprit: Key | None, parts: list[tuple[int, int]]) -> int:
    return nodes[culprit].removed["policy"] if culprit is not None else min(tick for _, tick in parts)


def _cause(node: Node, parent: Node | None, tick: int, bans: dict[tuple[str, int], int]) -> tuple[str, Key | None]:
    author, venue, _ = node.key
    if bans.get(("user", author), tick + 1) <= tick:
        return "accounts that had been banned", None
    if venue >= 0 and bans.get(("venue", venue), tick + 1) <= tick:
        return "channels and groups that had been banned", None
    if parent is not None and parent.removed.get("policy", tick + 1) <= tick:
        return "removal", parent.key
    if parent is None:
        return "originators or places that were gone", None
    return "labels, limits or lost attention", None


def _missing_readers(key: Key, nodes: dict[Key, Node], children: dict[Key, list[Key]]) -> int:
    total, waiting = 0, [key]
    while waiting:
        here = waiting.pop()
        if "policy" not in nodes[here].ticks:
            total += nodes[here].total("reference")
            waiting += children.get(here, [])
    return total


def _curve(nodes: dict[Key, Node], run: str, ticks: int) -> list[int]:
    new = [0] * ticks
    for node in nodes.values():
        last = 0
        for tick, total in node.readers.get(run, []):
            new[tick] += total - last
            last = total
    total, curve = 0, []
    for n in new:
        total += n
        curve.append(total)
    return curve


def to_page(data: TwinData) -> dict[str, Any]:
    """Return the twin as plain data for the picture: positions on a unit disc, steps in ticks."""
    deepest = max((node.depth for node in data.nodes.values()), default=1)
    number = {key: i for i, key in enumerate(data.nodes)}

    def radius(depth: int) -> float:
        return float((depth / (deepest + 0.35)) ** 0.8)

    nodes = []
    for node in data.nodes.values():
        r = radius(node.depth)
        nodes.append(
            {
                "x": round(r * math.sin(node.angle), 4),
                "y": round(-r * math.cos(node.angle), 4),
                "parent": number.get(node.parent, -1),
                "place": node.place,
                "runs": {
                    run: {
                        "t": node.ticks[run],
                        "gone": node.removed.get(run, -1),
                        "readers": node.readers.get(run, []),
                    }
                    for run in node.ticks
                },
                "culprit": number.get(node.culprit, -1) if node.culprit is not None else -1,
                "cause": node.cause,
            }
        )
    return {
        "nodes": nodes,
        "rings": [round(radius(d), 4) for d in range(1, deepest + 1)],
        "curve": data.curve,
        "first": max(0, data.start - 3),
        "last": _end_of_interest(data),
    }


def _end_of_interest(data: TwinData) -> int:
    """Return the tick after which nothing happens any more: no post, no removal, no new reader."""
    ends = [data.start + 24]
    for node in data.nodes.values():
        ends += [*node.ticks.values(), *node.removed.values()]
    for run, curve in data.curve.items():
        ends.append(next((t for t, n in enumerate(curve) if n >= data.readers[run]), 0))
    last = len(data.curve["reference"]) - 1
    return min(last, max(ends) + 6)
