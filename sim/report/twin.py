"""The twin: one item's cascade under the reference and under a policy, on the same draws, and what was cut off."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sim.experiment.comparison import Comparison
from sim.experiment.store import read_table
from sim.report.twin_choice import choose
from sim.report.twin_cuts import Cut, acts_of, find_cuts, find_losses
from sim.report.twin_tree import ROOT, Key, Node, lay_out
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
    """What is missing under the policy, by the act that cut it."""
    losses: list[Cut]
    """What posts that are there under both lost in readers, by the act on them."""
    readers: dict[str, int]
    curve: dict[str, list[int]]
    """Readers so far at the end of each tick, by run."""
    choice: str
    """How the item was chosen."""

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


def _scenario(comparison: Comparison, arm: str) -> Scenario:
    return next(a.scenario for a in comparison.plan.arms if a.name == arm)


def _items(comparison: Comparison, arm: str, pair: int) -> pd.DataFrame:
    columns = ("item", "key", "stream", "class", "topic", "tick")
    return comparison.frame("items", arm, pair, columns).set_index("item")


def twin(comparison: Comparison, item: int | None = None, arm: str | None = None, pair: int | None = None) -> TwinData:
    """Join the cascades of an item under the reference and under an arm; see `choose` for what is shown by default."""
    chosen = choose(comparison, item, arm, pair)
    item, arm, pair = chosen.item, chosen.arm, chosen.pair
    facts = _items(comparison, comparison.plan.reference, pair).loc[item]
    nodes: dict[Key, Node] = {}
    runs = {"reference": comparison.plan.reference, "policy": arm}
    ticks = comparison.plan.arms[0].scenario.time.ticks
    for run, name in runs.items():
        _add_run(nodes, run, comparison.run_folder(name, pair), item)
    lay_out(nodes)
    reference = comparison.plan.reference
    acts = acts_of(
        comparison.run_folder(arm, pair),
        comparison.run_folder(reference, pair),
        _scenario(comparison, arm),
        _scenario(comparison, reference),
        item,
        int(str(facts["key"])),
    )
    cuts = find_cuts(nodes, acts)
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
        losses=find_losses(nodes, acts),
        readers={run: sum(node.total(run) for node in nodes.values()) for run in runs},
        curve=curve,
        choice=chosen.words,
    )


def _add_run(nodes: dict[Key, Node], run: str, folder: Path, item: int) -> None:
    columns = ("post", "author", "place", "venue", "receiver", "tick", "parent", "hops", "removed_at")
    posts = read_table(folder, "posts", columns, [("item", "==", item), ("echo", "==", False)]).to_pandas()
    seen = ("post", "tick", "new_readers")
    views = read_table(folder, "views", seen, [("post", "in", posts["post"].tolist())]).to_pandas()
    keys: dict[int, Key] = {}
    for row in posts.itertuples():
        key = (int(row.author), int(row.venue), int(row.receiver))
        keys[int(row.post)] = key
        parent = keys.get(int(row.parent), ROOT) if row.parent >= 0 else ROOT
        node = nodes.setdefault(key, Node(key, str(row.place), parent, hops=int(row.hops)))
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
