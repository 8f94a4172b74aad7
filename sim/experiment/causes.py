"""Cause and effect: how much of an outcome each path brings about, by cutting paths on the same draws."""

import math
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, nearest
from sim.experiment.compare import Tell, run_plan
from sim.experiment.comparison import Comparison
from sim.experiment.paired import mean_interval
from sim.experiment.plan import Plan, PlannedArm
from sim.experiment.store import to_json, write_text
from sim.outcomes import OUTCOMES
from sim.scenario.load import edited, finish
from sim.scenario.places import shown
from sim.scenario.writing import in_yaml

FILE = "causes.json"
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Share:
    """What one path, or all of them, or none, brings about: mean over pairs, with a 95 % interval."""

    name: str
    value: float
    low: float | None
    high: float | None

    @classmethod
    def of(cls, name: str, values: Floats) -> "Share":
        """Make one of the values by pair."""
        low, high = mean_interval(values)
        return cls(name, float(values.mean()), low, high)


@dataclass(frozen=True)
class Causes:
    """The decomposition of one outcome: without any path, by path, and with all of them."""

    outcome: str
    arm: str
    pairs: int
    none: Share
    """What is there with all paths cut: initial sorting and causes that both share."""
    paths: tuple[Share, ...]
    whole: Share

    def sentences(self) -> list[str]:
        """Say which path does how much."""
        unit, words = OUTCOMES[self.outcome].unit, OUTCOMES[self.outcome].words
        said = [
            f"{words[0].upper()}{words[1:]}: {_in(self.whole)} {unit} with all paths open, {_in(self.none)} with "
            "all of them "
            "cut: that much was there from the start (initial sorting and shared causes)."
        ]
        for path in sorted(self.paths, key=lambda p: -abs(p.value)):
            clear = path.low is not None and path.high is not None and (path.low > 0 or path.high < 0)
            verdict = "" if clear else "; it cannot be told from nothing"
            said.append(f"{path.name} brings about {_in(path)} {unit}{verdict}.")
        said.append(
            "These are effects inside the model, over the stated horizon, at its assumed values. No real data "
            "identified "
            "which is cause and which is effect."
        )
        return said


def _in(share: Share) -> str:
    if share.low is None or share.high is None:
        return f"{share.value:+.3g}"
    return f"{share.value:+.3g} ({share.low:+.3g} to {share.high:+.3g})"


def subsets(names: list[str]) -> list[frozenset[str]]:
    """Return every set of paths, the empty one first."""
    return [frozenset(part) for size in range(len(names) + 1) for part in combinations(names, size)]


def shapley(names: list[str], values: dict[frozenset[str], Floats]) -> dict[str, Floats]:
    """Return the Shapley value of each path, by pair: its mean contribution over all orders in which paths open.

    `values` holds the outcome by pair for every set of open paths. The values of all paths add up to the difference
    between all open and none.
    """
    n, found = len(names), {}
    for name in names:
        total = np.zeros_like(values[frozenset()])
        for part in subsets([other for other in names if other != name]):
            weight = math.factorial(len(part)) * math.factorial(n - len(part) - 1) / math.factorial(n)
            total = total + weight * (values[part | {name}] - values[part])
        found[name] = total
    return found


def cut_arms(plan: Plan, arm: PlannedArm) -> tuple[dict[frozenset[str], str], tuple[PlannedArm, ...]]:
    """Return an arm for every set of open paths: the values of the paths that are cut are set."""
    names, made, by_set = list(plan.paths), [], {}
    assert arm.tree is not None
    for opened in subsets(names):
        cuts = [
            f"{path}={in_yaml(value)}"
            for name in names
            if name not in opened
            for path, value in plan.paths[name].items()
        ]
        tree = edited(arm.tree, cuts)
        label = "-".join(sorted(opened)) or "none"
        by_set[opened] = label
        made.append(PlannedArm(label, label, finish(tree, plan.source[0]).scenario, tree))
    if len({planned.scenario.world_hash() for planned in made}) > 1:
        raise InputError("paths: cutting one changes the world; only behaviour, moving, content and policy can be cut")
    return by_set, tuple(made)


def find_causes(
    plan: Plan, folder: Path, *, arm: str | None, outcome: str, workers: int | None, tell: Tell
) -> tuple[Causes, Comparison]:
    """Run an arm with every set of paths open, on the same pairs, and share the outcome out among the paths."""
    if not plan.paths:
        source = shown(plan.source[0]) if plan.source else plan.name
        raise InputError(f"{source}: names no `paths` that could be cut")
    if outcome not in OUTCOMES:
        raise InputError(f"unknown outcome '{outcome}'{nearest(outcome, list(OUTCOMES))}")
    known = {one.name: one for one in plan.arms}
    if arm is not None and arm not in known:
        raise InputError(f"unknown arm '{arm}'{nearest(arm, list(known))}")
    chosen = known[arm or plan.reference]
    by_set, arms = cut_arms(plan, chosen)
    cut = replace(plan, arms=arms, side=(), reference="none", outcomes=(outcome,))
    comparison = run_plan(cut, folder / "causes" / chosen.name, workers=workers, tell=tell)
    values = {opened: comparison.values(label, outcome) for opened, label in by_set.items()}
    defined = ~np.isnan(np.array(list(values.values()))).any(axis=0)
    if not defined.any():
        raise InputError(f"'{outcome}' is not defined in these runs")
    values = {opened: found[defined] for opened, found in values.items()}
    parts = shapley(list(plan.paths), values)
    causes = Causes(
        outcome=outcome,
        arm=chosen.name,
        pairs=int(defined.sum()),
        none=Share.of("none", values[frozenset()]),
        paths=tuple(Share.of(name, found) for name, found in parts.items()),
        whole=Share.of("all", values[frozenset(plan.paths)]),
    )
    write_text(folder / FILE, to_json(_plain(causes)))
    return causes, comparison


def _plain(causes: Causes) -> dict[str, Any]:
    return asdict(causes) | {"sentences": causes.sentences()}
