"""Cause and effect: how much of an outcome each path brings about, by cutting paths on the same draws."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, nearest
from sim.experiment.claims import beside, folder_for, write_beside
from sim.experiment.compare import Tell, comparison_claim, run_plan
from sim.experiment.comparison import Comparison
from sim.experiment.paired import compare_pairs, mean_interval
from sim.experiment.plan import Plan, PlannedArm
from sim.experiment.spec import Headline
from sim.experiment.store import code_hash, to_json
from sim.experiment.wording import capital, decimals_for, joined, noun, number, per_cent, signed, unit_words
from sim.outcomes import OUTCOMES
from sim.scenario.load import edited, finish
from sim.scenario.places import shown
from sim.scenario.scenario import digest_of
from sim.scenario.writing import in_yaml

FILE = "causes.json"
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Share:
    """What one path, or all of them, or none, contributes: mean over pairs, with a 95 % interval."""

    name: str
    value: float
    low: float | None
    high: float | None
    share: float | None = None
    """As a share of the whole, with its interval; None where the whole cannot be told from zero."""
    share_low: float | None = None
    share_high: float | None = None
    parts: tuple[str, ...] = ()
    """Of a sum, the paths that it is made of."""

    @classmethod
    def of(cls, name: str, values: Floats, whole: Floats | None = None) -> "Share":
        """Make one of the values by pair, and of the whole by pair."""
        low, high = mean_interval(values)
        made = cls(name, float(values.mean()), low, high)
        if whole is None or not cls.of(name, whole).clear:
            return made
        ratio = compare_pairs(values, whole)  # relative: of the whole, less 1
        if ratio is None or ratio.relative is None or ratio.relative_low is None or ratio.relative_high is None:
            return made
        edges = sorted((1.0 + ratio.relative_low, 1.0 + ratio.relative_high))
        return replace(made, share=1.0 + ratio.relative, share_low=edges[0], share_high=edges[1])

    @property
    def clear(self) -> bool:
        """Whether it can be told from zero."""
        return self.low is not None and self.high is not None and (self.low > 0.0 or self.high < 0.0)

    def words(self) -> str:
        """Return its name in words."""
        return {"none": "with all paths cut (initial sorting and shared causes)", "all": "all"}.get(
            self.name, self.name
        )

    def in_units(self) -> str:
        """Return the value with its interval."""
        if self.low is None or self.high is None:
            return signed(self.value)
        decimals = decimals_for(self.value, self.low, self.high)
        edges = f"{signed(self.low, decimals)} to {signed(self.high, decimals)}"
        return f"{signed(self.value, decimals)} ({edges})"

    def in_shares(self) -> str:
        """Return the share of the whole with its interval, in per cent."""
        if self.share is None or self.share_low is None or self.share_high is None:
            return "–"
        sign = "-" if self.share < 0.0 else ""
        return f"{sign}{per_cent(self.share)} % ({_percent(self.share_low)} to {_percent(self.share_high)})"


def _percent(share: float) -> str:
    words = per_cent(share)
    return f"-{words}" if share < 0.0 and float(words) else words


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
    key: str = ""
    """Hash of the comparison that it belongs to."""
    sums: tuple[Share, ...] = ()
    """Paths that are told as one."""
    opening: str = ""
    """Which contributes most, in words; empty if paired differences do not tell it from every other."""

    def told_first(self) -> tuple[Share, ...]:
        """Return the sums, and the paths that are in none: what the first sentence names, largest first."""
        summed = {part for whole in self.sums for part in whole.parts}
        chosen = (*self.sums, *(path for path in self.paths if path.name not in summed))
        return tuple(sorted(chosen, key=lambda path: -abs(path.value)))

    def rows(self) -> tuple[tuple[str, Share], ...]:
        """Return what a table or a figure shows, with its name there: each sum, its parts below it, the rest."""
        by_name, shown = {path.name: path for path in self.paths}, []
        for path in self.told_first():
            shown.append((path.name, path))
            shown += [(f"of which {part}", by_name[part]) for part in path.parts]
        return (*shown, (self.none.words(), self.none))

    def sentences(self) -> list[str]:
        """Say which path contributes how much, and of what."""
        unit = unit_words(self.outcome)
        whole, known = self.whole, self.none.share is not None
        decimals = decimals_for(whole.value, whole.low, whole.high)
        brackets = f"{number(whole.value, decimals)} {unit}"
        if whole.low is not None and whole.high is not None:
            brackets += f", {number(whole.low, decimals)} to {number(whole.high, decimals)}"
        else:
            brackets += " in the one paired run"
        parts = _told(self.told_first(), known, unit)
        parts.append(_rest(self.none, known, unit))
        begin = f"{self.opening}: of" if self.opening else "Of"
        first = capital(f"{begin} {noun(self.outcome)} ({brackets}), {joined(parts)}.")
        by_name = {path.name: path for path in self.paths}
        of_sums = [
            f"{capital(one.name)} is the sum of {len(one.parts)} paths: "
            f"{joined(_told([by_name[part] for part in one.parts], known, unit))}."
            for one in self.sums
        ]
        return [
            first,
            *of_sums,
            "These are effects inside the model, over the simulated period, at its assumed values. No real data "
            "identified which is cause and which is effect.",
        ]


def _told(paths: Sequence[Share], known: bool, unit: str) -> list[str]:
    """Say what each path accounts for: those first that can be told from zero, the others together."""
    told = [
        f"{path.name} accounts for {_amount(path, known, unit)}" for path in paths if path.clear or path.low is None
    ]
    open_ = [path for path in paths if not path.clear and path.low is not None]
    if open_:
        names = joined([f"{path.name} ({_range(path, known, unit)})" for path in open_])
        told.append(f"{names} {'has' if len(open_) == 1 else 'have'} no statistically detectable contribution")
    return told


def _rest(none: Share, known: bool, unit: str) -> str:
    """Say what remains with all paths cut."""
    what = "initial sorting and shared causes"
    if none.clear or none.low is None:
        return f"{_amount(none, known, unit)} remains with all paths cut ({what})"
    return f"no statistically detectable part remains with all paths cut ({what}: {_range(none, known, unit)})"


def _same_side(path: Share) -> bool:
    """Whether the interval of its share says of zero what that of its value says: the words go by the value."""
    return path.share_low is not None and path.share_high is not None and (
        (path.share_low > 0.0 or path.share_high < 0.0) == path.clear
    )  # fmt: skip


def _amount(path: Share, known: bool, unit: str) -> str:
    as_share = known and (path.low is None or _same_side(path))
    return path.in_shares() if as_share else f"{path.in_units()} {unit}"


def _range(path: Share, known: bool, unit: str) -> str:
    if known and path.share_low is not None and path.share_high is not None and _same_side(path):
        return f"{_percent(path.share_low)} to {_percent(path.share_high)} %"
    assert path.low is not None
    assert path.high is not None
    return f"{signed(path.low)} to {signed(path.high)} {unit}"


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
    cut = replace(plan, arms=arms, side=(), reference="none", outcomes=(outcome,), headline=Headline())
    place = folder_for(folder / "causes" / chosen.name, comparison_claim(cut))
    comparison = run_plan(cut, place, workers=workers, tell=tell)
    values = {opened: comparison.values(label, outcome) for opened, label in by_set.items()}
    defined = ~np.isnan(np.array(list(values.values()))).any(axis=0)
    if not defined.any():
        raise InputError(f"'{outcome}' is not defined in these runs")
    values = {opened: found[defined] for opened, found in values.items()}
    parts, whole = shapley(list(plan.paths), values), values[frozenset(plan.paths)]
    sums = {name: np.sum([parts[path] for path in paths], axis=0) for name, paths in plan.path_sums.items()}
    causes = Causes(
        outcome=outcome,
        arm=chosen.name,
        pairs=int(defined.sum()),
        none=Share.of("none", values[frozenset()], whole),
        paths=tuple(Share.of(name, found, whole) for name, found in parts.items()),
        whole=Share.of("all", whole),
        key=_key_of(plan),
        sums=tuple(
            replace(Share.of(name, found, whole), parts=tuple(plan.path_sums[name])) for name, found in sums.items()
        ),
        opening=_opening(plan, outcome, parts | sums),
    )
    text = to_json(_plain(causes) | {"code": code_hash()})
    write_beside(folder / FILE, text, ("key", "outcome", "arm", "pairs", "code"))
    return causes, comparison


def who_is_ahead(values: dict[str, Floats], summed: set[str]) -> tuple[str, ...]:
    """Return the name of what contributes most, and of all others, if it is clearly above each in paired differences.

    Paths that are part of a sum are not asked. Empty if one of the others cannot be told apart from the first.
    """
    asked = {name: found for name, found in values.items() if name not in summed}
    first, *others = sorted(asked, key=lambda name: -float(asked[name].mean()))
    apart = [Share.of(name, asked[first] - asked[name]) for name in others]
    return (first, *others) if apart and all(one.low is not None and one.low > 0.0 for one in apart) else ()


def _opening(plan: Plan, outcome: str, values: dict[str, Floats]) -> str:
    ahead = who_is_ahead(values, {path for paths in plan.path_sums.values() for path in paths})
    if not ahead:
        return ""
    by_name = f"{ahead[0]} contributes more than {joined(list(ahead[1:]), 'or')}"
    return plan.headline.openings.get(ahead[0], by_name) if outcome == plan.outcomes[0] else by_name


def _plain(causes: Causes) -> dict[str, Any]:
    return asdict(causes) | {"sentences": causes.sentences()}


def _key_of(plan: Plan) -> str:
    return digest_of([plan.hash(), plan.design.pairs])


def known_causes(comparison: Comparison, outcome: str) -> Causes | None:
    """Return the decomposition of the reference that lies in the folder of a comparison, or the one above it.

    None if there is none, or if it is of another comparison, outcome or number of pairs.
    """
    plan = comparison.plan
    for path in (*beside(comparison.folder / FILE), *beside(comparison.folder.parent / FILE)):
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if (data["key"], data["outcome"], data["arm"]) != (_key_of(plan), outcome, plan.reference):
                continue
            data.pop("sentences")
            data.pop("code", None)
            none, whole = (_share(data.pop(name)) for name in ("none", "whole"))
            paths, sums = (tuple(_share(one) for one in data.pop(name)) for name in ("paths", "sums"))
            return Causes(**data, none=none, whole=whole, paths=paths, sums=sums)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return None


def _share(data: dict[str, Any]) -> Share:
    return Share(**data | {"parts": tuple(data["parts"])})


def wants_decomposition(plan: Plan) -> bool:
    """Whether the headline of an experiment is a decomposition, which takes runs beside those of its arms."""
    return plan.headline.form == "decomposition" and bool(plan.paths)


def decompose(comparison: Comparison, plan: Plan, *, workers: int | None, tell: Tell) -> None:
    """Run what the headline of a comparison needs beside its arms, into its folder; nothing if it needs nothing."""
    if not wants_decomposition(plan):
        return

    def told(done: int, total: int, what: str) -> None:
        tell(done, total, what and f"paths open: {what}")

    find_causes(plan, comparison.folder, arm=None, outcome=plan.outcomes[0], workers=workers, tell=told)
