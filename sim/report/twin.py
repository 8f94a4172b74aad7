"""The twin: one item's cascade under the reference and under a policy, on the same draws, and what was cut off."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import InputError
from sim.experiment.comparison import Comparison
from sim.experiment.store import read_table
from sim.outcomes.reach import harmful_classes
from sim.outcomes.record import Record
from sim.report.twin_tree import ROOT, Cut, Key, Node, bans_of, blocked_from, find_cuts, lay_out
from sim.scenario.scenario import Scenario


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
    columns = ("item", "stream", "class", "topic", "tick", "new_readers")
    return comparison.frame("items", arm, pair, columns).set_index("item")


def twin(comparison: Comparison, item: int | None = None, arm: str | None = None, pair: int | None = None) -> TwinData:
    """Join the cascades of an item under the reference and under an arm; see `choose` for what is shown by default."""
    item, arm, pair = choose(comparison, item, arm, pair)
    facts = _items(comparison, comparison.plan.reference, pair).loc[item]
    nodes: dict[Key, Node] = {}
    runs = {"reference": comparison.plan.reference, "policy": arm}
    ticks = comparison.plan.arms[0].scenario.time.ticks
    for run, name in runs.items():
        _add_run(nodes, run, comparison.run_folder(name, pair), item)
    lay_out(nodes)
    folder = comparison.run_folder(arm, pair)
    cuts = find_cuts(nodes, bans_of(folder), blocked_from(folder))
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


def _add_run(nodes: dict[Key, Node], run: str, folder: Path, item: int) -> None:
    columns = ("post", "author", "place", "venue", "receiver", "tick", "parent", "removed_at")
    posts = read_table(folder, "posts", columns, [("item", "==", item), ("echo", "==", False)]).to_pandas()
    seen = ("post", "tick", "new_readers")
    views = read_table(folder, "views", seen, [("post", "in", posts["post"].tolist())]).to_pandas()
    keys: dict[int, Key] = {}
    for row in posts.itertuples():
        key = (int(row.author), int(row.venue), int(row.receiver))
        keys[int(row.post)] = key
        parent = keys.get(int(row.parent), ROOT) if row.parent >= 0 else ROOT
        node = nodes.setdefault(key, Node(key, str(row.place), parent))
        node.ticks.setdefault(run, int(row.tick))
        if row.removed_at >= 0:
            node.removed[run] = int(row.removed_at)
        else:
            node.removed.pop(run, None)  # it was put back
    for post, mine in views.sort_values("tick").groupby("post"):
        node = nodes[keys[int(str(post))]]
        steps = node.readers.setdefault(run, [])
        total = steps[-1][1] if steps else 0
        for tick, new in zip(mine["tick"], mine["new_readers"], strict=True):
            if new:
                total += int(new)
                steps.append((int(tick), total))


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
