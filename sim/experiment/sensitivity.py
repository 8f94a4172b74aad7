"""Whether an answer survives doubt about assumed values: the comparison again, over their ranges all at once."""

import json
import math
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from sim.errors import InputError
from sim.experiment.answers import paired_values
from sim.experiment.assumed import not_varied
from sim.experiment.claims import beside, folder_for, write_beside
from sim.experiment.comparison import Comparison, complete_pairs
from sim.experiment.executors import Make
from sim.experiment.plan import Plan
from sim.experiment.points import points_of
from sim.experiment.scale import key_of
from sim.experiment.space import named, place_of
from sim.experiment.spec import HELD, Design
from sim.experiment.store import code_hash, to_json
from sim.experiment.sweep import Tell, sweep, sweep_claim
from sim.experiment.weights import Weight, in_numbers, independent_rows, sobol_totals, weigh
from sim.outcomes import OUTCOMES
from sim.scenario.load import value_at
from sim.scenario.places import shown

FILE = "sensitivity.json"
FEWEST_SAMPLES = 20
"""Samples below which a verdict, which is about 1 in 20, says too much."""
SHARE_THAT_MAY_FAIL = 0.05
"""Share of the draws that a verdict does not look at: one in twenty."""
NOTHING_LEFT = 0.1
"""Below this share of the size at the shipped values nothing is left; that much the other way is a reversal."""
MUCH_LESS = 0.2
HALF, TWICE = 0.5, 2.0

Verdict = Literal["robust", "stronger", "weaker", "vanishes", "reverses", "no difference"]
VERDICTS: dict[Verdict, str] = {
    "reverses": "in more than 1 sample of 20 it has the opposite sign, by a tenth of its size or more",
    "vanishes": "in more than 1 sample of 20 less than a tenth of its size is left",
    "weaker": "it keeps its direction, but in more than 1 sample of 20 less than a fifth of its size is left, or in "
    "the median sample less than half",
    "stronger": "it keeps its direction, and in the median sample it is more than twice as large",
    "robust": "in 19 of 20 samples at least a fifth of its size is left, in the median sample between half and twice",
}
"""What the words mean; the first that holds is the verdict."""


@dataclass(frozen=True)
class Turn:
    """One difference from the reference over the ranges, beside the reference answer: that at the shipped values."""

    arm: str
    outcome: str
    points: int
    below: int
    """Points at which the mean difference over the pairs is below zero."""
    above: int
    low: float
    high: float
    """5 % and 95 % quantiles of the difference over the points."""
    base: float
    """The difference at the shipped values, on the same pairs."""
    reversed: int
    """Points at which it goes the other way, by a tenth of the base or more."""
    nothing: int
    """Points at which less than a tenth of the base is left, those that are reversed among them."""
    much_less: int
    """Points at which less than a fifth is left, those among them."""
    left_low: float
    left: float
    left_high: float
    """5 %, 50 % and 95 % quantiles of what is left of the size: the difference over the base; 0 where that is 0."""

    @property
    def same(self) -> int:
        """Points that keep the direction of the reference answer; a difference of exactly zero has none."""
        return self.below if self.base < 0.0 else self.above if self.base > 0.0 else 0

    @property
    def minority(self) -> int:
        """Points that do not keep the direction of the reference answer."""
        return self.points - self.same

    @property
    def verdict(self) -> Verdict:
        """What becomes of the difference over the ranges, in a word; VERDICTS says what each means."""
        few = SHARE_THAT_MAY_FAIL * self.points
        if self.base == 0.0:
            return "no difference"
        if self.reversed > few:
            return "reverses"
        if self.nothing > few:
            return "vanishes"
        if self.much_less > few or self.left < HALF:
            return "weaker"
        return "stronger" if self.left > TWICE else "robust"

    @property
    def survives(self) -> bool:
        """Whether the difference keeps its direction and much of its size at nearly all points."""
        return self.verdict in ("robust", "stronger")

    @property
    def among(self) -> bool:
        """Whether the reference answer lies among the draws: within 5 % to 95 % of them."""
        return self.low <= self.base <= self.high


@dataclass(frozen=True)
class Sensitivity:
    """What came of a comparison over the ranges of assumed values."""

    key: str
    kind: str
    samples: int
    pairs: int
    ranges: dict[str, dict[str, Any]]
    turns: tuple[Turn, ...]
    weights: tuple[Weight, ...]
    best: dict[str, int]
    """By arm: at how many points it alone is the best by the first outcome."""
    outcome: str
    """The first outcome."""
    failed: int
    command: str
    tied: int = 0
    """At how many points no arm alone is the best."""
    base_pairs: int = 0
    """Pairs on which the shipped values were run."""
    settled: tuple[tuple[str, str], ...] = ()
    """Headline differences told from chance on those pairs, by arm and outcome: what `compare` finds on them."""
    at_the_edge: dict[str, str] = field(default_factory=dict)
    """Ranges at whose end, or outside of which, the shipped value lies: where."""
    not_varied: dict[str, str] = field(default_factory=dict)
    """Assumed numbers that the policies read and the ranges leave out: words by path."""

    def only(self, differences: set[tuple[str, str]]) -> "Sensitivity":
        """Return the same for some of the differences, by arm and outcome: those that chance does not explain, say."""
        return replace(self, turns=tuple(turn for turn in self.turns if (turn.arm, turn.outcome) in differences))

    def told_from_chance(self) -> "Sensitivity":
        """Return the same for the differences that are told from chance at the shipped values."""
        return self.only(set(self.settled))

    @property
    def survives(self) -> bool:
        """Whether all headline differences keep their direction and much of their size at nearly all points."""
        return all(turn.survives for turn in self.turns)

    def sentences(self, titles: dict[str, str], reference: str) -> list[str]:
        """Say what survives, what does not, and which assumed values decide."""
        if not self.turns:
            return ["No headline effect is statistically detectable, so there is nothing to test for robustness."]
        few = max(turn.points for turn in self.turns)
        said = [self._counted()]
        if few < FEWEST_SAMPLES:
            said.append(f"{few} samples are too few for a verdict, which is about 1 sample in 20: use at least 32.")
        said += [*(self._lost(turn, titles) for turn in self.turns if not turn.survives)]
        outside = [turn for turn in self.turns if not turn.among]
        if outside:
            said.append(self._outside(outside, titles))
        said.append(self._named_best(titles))
        said += self._key_assumptions(titles)
        if self.not_varied:
            said.append(f"Assumed, used by the policies, and not varied: {', '.join(_grouped(self.not_varied))}.")
        if self.failed:
            said.append(f"{self.failed} runs failed and are left out.")
        return [sentence[0].upper() + sentence[1:] for sentence in said]

    def _counted(self) -> str:
        total, found = max(turn.points for turn in self.turns), [turn.verdict for turn in self.turns]
        counts = {word: found.count(word) for word in ("robust", "stronger", "weaker", "vanishes", "reverses")}
        words = {"vanishes": "vanish", "reverses": "reverse"}
        parts = [f"{n} {words.get(word, word) if n != 1 else word}" for word, n in counts.items() if n]
        none = found.count("no difference")
        parts += [f"{none} not judged (zero in the check's own paired {'run' if self.pairs == 1 else 'runs'})"] * (
            none > 0
        )
        return (
            f"Robustness: over {total} samples of {len(self.ranges)} assumptions from their ranges "
            f"({self.pairs} paired {'run' if self.pairs == 1 else 'runs'} each), of the {len(self.turns)} "
            f"statistically detectable headline effects: {', '.join(parts)}."
        )

    def _lost(self, turn: Turn, titles: dict[str, str]) -> str:
        what = f"{titles[turn.arm]}, {OUTCOMES[turn.outcome].words}"
        happens = {
            "reverses": f"has the opposite sign in {turn.reversed} of {turn.points} samples",
            "vanishes": f"all but vanishes in {turn.nothing} of {turn.points} samples",
            "weaker": "is weaker",
            "no difference": "is zero at the shipped values in these paired runs",
        }[turn.verdict]
        if turn.base == 0.0:
            return f"{what}: {happens}."
        return (
            f"{what}: {happens}; same direction in {turn.same} of {turn.points}, "
            f"size left {size_words(turn.left)} in the median sample "
            f"({size_words(turn.left_low)} to {size_words(turn.left_high)} in 90 % of them)."
        )

    def _outside(self, outside: list[Turn], titles: dict[str, str]) -> str:
        which = "; ".join(
            f"{titles[turn.arm]}, {OUTCOMES[turn.outcome].words} ({turn.base:+z.3g} against {turn.low:+z.3g} to "
            f"{turn.high:+z.3g})"
            for turn in outside
        )
        if self.at_the_edge:
            why = "the shipped value lies at or beyond an end of its range: " + ", ".join(
                f"{path} ({where})" for path, where in self.at_the_edge.items()
            )
        else:
            why = "all shipped values lie within their ranges, but effects are not linear in the values, so the middle "
            why += "of the ranges does not give the middle of the effects"
        return f"The effect at the shipped values lies outside 90 % of the samples for {which}. Reason: {why}."

    def _named_best(self, titles: dict[str, str]) -> str:
        words = OUTCOMES[self.outcome].words
        ranked = [(arm, n) for arm, n in sorted(self.best.items(), key=lambda pair: -pair[1]) if n]
        if OUTCOMES[self.outcome].better == "neither":
            return f"No policy is best on {words}: neither more nor less of it is better."
        if not ranked:
            return f"No policy is best on {words}: the best are equal in every sample."
        counted = ", ".join(f"{titles[arm]} in {count}" for arm, count in ranked)
        ties = f"; none in {self.tied}, where the best are equal" if self.tied else ""
        return f"Best on {words}, by sample: {counted}{ties}."

    def _key_assumptions(self, titles: dict[str, str]) -> list[str]:
        bases = {(turn.arm, turn.outcome): turn.base for turn in self.turns}
        said = []
        for w in self.strongest():
            base = bases.get((w.arm, w.outcome), 0.0)
            sizes = [f"{value:+z.3g}" for value in (w.at_low, w.at_middle, w.at_high)]
            if base:
                left = [size_words(value / base) for value in (w.at_low, w.at_middle, w.at_high)]
                sizes = [f"{size} ({share})" for size, share in zip(sizes, left, strict=True)]
            total = "" if w.total is None else f", total Sobol index {w.total:.2f}"
            said.append(
                f"Key assumption: {w.path} explains {100 * w.strength:.0f} % of the variance between the samples for "
                f"{titles[w.arm]}, {OUTCOMES[w.outcome].words}{total}. In the third of the samples with its lowest "
                f"values the effect is {sizes[0]}, in the middle third {sizes[1]}, in the highest {sizes[2]}"
                f"{' (size left in brackets)' * bool(base)}."
            )
        return said or ["No single assumption explains more of them than noise would."]

    def strongest(self, most: int = 3) -> list[Weight]:
        """Return the key assumptions: each value once, where it explains most, among the differences that are told.

        What staff cost comes last: that their number decides it goes without saying.
        """
        shown_now = {(turn.arm, turn.outcome) for turn in self.turns}
        found: dict[str, Weight] = {}
        for w in sorted(self.weights, key=lambda w: (w.outcome == "staff_cost", -w.strength)):
            if w.named and (w.arm, w.outcome) in shown_now:
                found.setdefault(w.path, w)
        return list(found.values())[:most]


def _grouped(words: dict[str, str]) -> list[str]:
    """Return paths, the entries of a mapping (which have the same words) as one."""
    groups: dict[tuple[str, str], list[str]] = {}
    for path, each in words.items():
        parent, _, name = path.rpartition(".")
        groups.setdefault((parent, each), []).append(name)
    return [
        f"{parent}.{names[0]}" if len(names) == 1 else f"{parent} ({', '.join(names)})"
        for (parent, _), names in groups.items()
    ]


def size_words(share: float) -> str:
    """Return what is left of a size, 1 is all of it."""
    return "0" if abs(share) < 0.005 else f"{share:.2g}" if abs(share) < 10 else f"{share:.0f}"


def _differences(plan: Plan, runs: pd.DataFrame, points: int, outcome: str) -> pd.DataFrame:
    """Return mean differences from the reference, a row a point and a column an arm; only points that have a pair."""
    rows = {}
    for point in range(points):
        values = paired_values(runs, point, outcome)
        if len(values) and set(values.columns) == {arm.name for arm in plan.arms}:
            rows[point] = values.sub(values[plan.reference], axis=0).mean()
    return pd.DataFrame(rows).T


def _turns(plan: Plan, by_outcome: dict[str, pd.DataFrame], base: dict[tuple[str, str], float]) -> list[Turn]:
    """Return what becomes of each difference; `base` has those at the shipped values, by arm and outcome."""
    made = []
    for arm in plan.arms:
        for outcome, frame in by_outcome.items():
            size = base.get((arm.name, outcome))
            if arm.name == plan.reference or arm.name not in frame or size is None:
                continue
            values = frame[arm.name].to_numpy(dtype=np.float64)
            low, high = np.quantile(values, [0.05, 0.95])
            left = values / size if size else np.zeros(len(values))
            made.append(
                Turn(
                    arm=arm.name,
                    outcome=outcome,
                    points=len(values),
                    below=int((values < 0).sum()),
                    above=int((values > 0).sum()),
                    low=float(low),
                    high=float(high),
                    base=size,
                    reversed=int((left <= -NOTHING_LEFT).sum()),
                    nothing=int((left < NOTHING_LEFT).sum()),
                    much_less=int((left < MUCH_LESS).sum()),
                    left_low=float(np.quantile(left, 0.05)),
                    left=float(np.median(left)),
                    left_high=float(np.quantile(left, 0.95)),
                )
            )
    return made


def _best(plan: Plan, runs: pd.DataFrame, points: int) -> tuple[dict[str, int], int]:
    """Return at how many points each arm alone is the best by the first outcome, and at how many none is."""
    outcome, counts, tied = plan.outcomes[0], {arm.name: 0 for arm in plan.arms if not arm.name.endswith(HELD)}, 0
    better = OUTCOMES[outcome].better
    for point in range(points):
        means = paired_values(runs, point, outcome).mean()
        means = means[[name for name in means.index if name in counts]]
        if not len(means) or better == "neither":
            continue
        best = means[means == (means.max() if better == "higher" else means.min())]
        if len(best) == 1:
            counts[str(best.index[0])] += 1
        else:
            tied += 1
    return counts, tied


def _at_the_edge(plan: Plan) -> dict[str, str]:
    """Return the ranges in whose outer tenths, or outside of which, the shipped value lies, and where."""
    found, resolved = {}, [arm.scenario.resolved() for arm in plan.arms]
    for path, axis in plan.ranges.items():
        values = [value_at(data, path) for data in resolved]
        places = [place_of(axis, value) for value in values if value is not None]
        place = min(places, key=lambda u: -abs(u - 0.5), default=math.nan)
        if place < -1e-9 or place > 1.0 + 1e-9:
            found[path] = "outside of it"
        elif place < 0.1 or place > 0.9:
            found[path] = "at its low end" if place < 0.5 else "at its high end"
    return found


def check_sensitivity(
    plan: Plan,
    folder: Path,
    *,
    kind: Literal["latin-hypercube", "sobol"] = "latin-hypercube",
    samples: int,
    make: Make,
    room: int,
    base_pairs: int | None = None,
    settle: tuple[str, ...] = (),
    command: str = "",
    text: str = "",
    tell: Tell = lambda told: None,
) -> Sensitivity:
    """Run a plan at the shipped values and at points drawn from its ranges, in folders of their own: what survives?

    The shipped values are run on `base_pairs` pairs (those of the plan, at the least), as `compare` would: what it
    tells from chance on them is what is counted here. What is there already is reused. Raises InputError if the plan
    has no ranges.
    """
    if not plan.ranges:
        source = shown(plan.source[0]) if plan.source else plan.name
        raise InputError(
            f"{source}: names no ranges of assumed values; add for example `ranges: ../scenarios/ranges/telegram.yaml`"
        )
    own, how = folder / "sensitivity", {"make": make, "room": room, "settle": settle, "command": command, "text": text}
    pairs, fixed = plan.design.pairs, {k: getattr(plan.design, k) for k in ("seed", "fixed_world", "seeds_per_world")}
    shipped = replace(plan, space={}, design=Design(pairs=max(pairs, base_pairs or 0), **fixed), keep=())
    begun = sweep(shipped, _place(own / "shipped", shipped), resume=True, tell=tell, **how)  # type: ignore[arg-type]
    good = complete_pairs(begun.runs[begun.runs["status"] == "done"], [arm.name for arm in plan.arms])
    settled = Comparison(own / "shipped", shipped, good, 0).all_settled()
    design = Design(kind=kind, samples=samples, pairs=pairs, **fixed)
    varied = replace(plan, space=dict(plan.ranges), design=design, keep=())
    drawn = _place(own / f"{kind}-{samples}", varied)
    swept = sweep(varied, drawn, resume=True, tell=tell, **how)  # type: ignore[arg-type]
    runs, points = swept.runs[swept.runs["status"] == "done"], len(swept.points)
    by_outcome = {name: _differences(plan, runs, points, name) for name in plan.outcomes}
    by_outcome = {name: frame for name, frame in by_outcome.items() if len(frame)}
    same = good[good["pair"] < pairs]
    at_base = {name: _differences(plan, same, 1, name) for name in plan.outcomes}
    base = {
        (str(arm), name): float(size)
        for name, frame in at_base.items()
        if len(frame)
        for arm, size in zip(frame.columns, frame.to_numpy(dtype=np.float64)[0], strict=True)
    }
    rows = None
    if kind == "sobol":
        rows = set(independent_rows(points, len(plan.ranges), second_order=False))
    free = {name: frame if rows is None else frame[frame.index.isin(rows)] for name, frame in by_outcome.items()}
    numbers = in_numbers(swept.points, [named(path, axis) for path, axis in plan.ranges.items()])
    weights = weigh(plan, free, numbers, settled or None)
    if kind == "sobol":
        totals = sobol_totals(plan, varied, runs, points)
        weights = [replace(w, total=totals.get((w.path, w.arm, w.outcome))) for w in weights]
    best, tied = _best(plan, runs, points)
    made = Sensitivity(
        key=key_of(plan),
        kind=kind,
        samples=samples,
        pairs=pairs,
        ranges={path: axis.model_dump(mode="json") for path, axis in plan.ranges.items()},
        turns=tuple(_turns(plan, by_outcome, base)),
        weights=tuple(weights),
        best=best,
        outcome=plan.outcomes[0],
        failed=int(sum((each.runs["status"] == "failed").sum() for each in (begun, swept))),
        command=command,
        tied=tied,
        base_pairs=shipped.design.pairs,
        settled=tuple(sorted(settled)),
        at_the_edge=_at_the_edge(plan),
        not_varied=not_varied(plan),
    )
    text = to_json(asdict(made) | {"code": code_hash()})
    write_beside(folder / FILE, text, ("key", "kind", "samples", "pairs", "ranges", "code"))
    return made


def _place(folder: Path, plan: Plan) -> Path:
    """Return where the runs of a part of the check go: its folder, or beside it where that holds those of another."""
    return folder_for(folder, sweep_claim(plan, points_of(plan)))


def known_sensitivity(plan: Plan, folder: Path) -> Sensitivity | None:
    """Return what a check of the same comparison has left in a folder, or the one above; None if there is none."""
    for path in (*beside(folder / FILE), *beside(folder.parent / FILE)):
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if data["key"] != key_of(plan):
                continue
            data.pop("code", None)
            turns = tuple(Turn(**turn) for turn in data.pop("turns"))
            weights = tuple(Weight(**weight) for weight in data.pop("weights"))
            settled = tuple((arm, outcome) for arm, outcome in data.pop("settled"))
            return Sensitivity(**data, turns=turns, weights=weights, settled=settled)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return None


def turned(found: Sensitivity | None) -> dict[tuple[str, str], str]:
    """Return for each arm and outcome how many draws do not keep the direction, of how many: '0 of 32'."""
    return {} if found is None else {(t.arm, t.outcome): f"{t.minority} of {t.points}" for t in found.turns}


def verdicts(found: Sensitivity | None) -> dict[tuple[str, str], str]:
    """Return for each arm and outcome what becomes of the difference over the ranges: 'robust', 'weaker', ..."""
    return {} if found is None else {(t.arm, t.outcome): t.verdict for t in found.turns}
