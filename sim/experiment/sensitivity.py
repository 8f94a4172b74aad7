"""Whether an answer survives doubt about assumed values: the comparison again, over their ranges all at once."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from sim.errors import InputError
from sim.experiment.answers import paired_values
from sim.experiment.executors import Make
from sim.experiment.plan import Plan
from sim.experiment.scale import key_of
from sim.experiment.spec import Design
from sim.experiment.store import to_json, write_text
from sim.experiment.sweep import Tell, sweep
from sim.experiment.weights import Weight, in_numbers, rank_weights, sobol_weights
from sim.outcomes import OUTCOMES
from sim.scenario.places import shown

FILE = "sensitivity.json"
SHARE_THAT_TURNS = 0.05
"""Above this share of the points with the opposite sign an answer is said not to survive."""


@dataclass(frozen=True)
class Turn:
    """One difference from the reference over the ranges."""

    arm: str
    outcome: str
    points: int
    below: int
    """Points at which the mean difference over the pairs is below zero."""
    above: int
    low: float
    high: float
    """5 % and 95 % quantiles of the difference over the points."""

    @property
    def minority(self) -> int:
        """Points that have the rarer sign."""
        return min(self.below, self.above)

    @property
    def survives(self) -> bool:
        """Whether the difference has one sign at nearly all points."""
        return self.minority <= SHARE_THAT_TURNS * self.points


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
    """By arm: at how many points it is the best by the first outcome."""
    outcome: str
    """The first outcome."""
    failed: int
    command: str

    def only(self, differences: set[tuple[str, str]]) -> "Sensitivity":
        """Return the same for some of the differences, by arm and outcome: those that chance does not explain, say."""
        return replace(self, turns=tuple(turn for turn in self.turns if (turn.arm, turn.outcome) in differences))

    @property
    def survives(self) -> bool:
        """Whether all headline differences keep their sign at nearly all points."""
        return all(turn.survives for turn in self.turns)

    def sentences(self, titles: dict[str, str], reference: str) -> list[str]:
        """Say what survives, what does not, and which assumed values decide."""
        total = max((turn.points for turn in self.turns), default=0)
        turned = [turn for turn in self.turns if not turn.survives]
        if not self.turns:
            return ["No headline difference can be told from chance, so that there is nothing that could survive."]
        beginning = f"Over {total} draws of {len(self.ranges)} assumed values from their ranges"
        against = titles.get(reference, reference)
        said = []
        if turned:
            what = "; ".join(
                f"{titles[turn.arm]}, {OUTCOMES[turn.outcome].words}: below {against} at {turn.below}, above at "
                f"{turn.above}"
                for turn in turned
            )
            said.append(
                f"{beginning} {len(turned)} of {len(self.turns)} headline differences that can be told from "
                f"chance do not keep their sign: {what}."
            )
        else:
            said.append(
                f"{beginning} all {len(self.turns)} headline differences that can be told from chance keep their "
                "sign at nearly all of them."
            )
        ranked = sorted(self.best.items(), key=lambda pair: -pair[1])
        counted = ", ".join(f"{titles[arm]} at {count}" for arm, count in ranked if count)
        said.append(f"Best by {OUTCOMES[self.outcome].words}: {counted}.")
        strongest = self.strongest()
        measure = "total Sobol index" if self.kind == "sobol" else "partial rank correlation"
        if strongest:
            named = "; ".join(
                f"{w.path} ({measure} {w.strength:+.2f}, {titles[w.arm]}, {OUTCOMES[w.outcome].words})"
                for w in strongest
            )
            said.append(f"What decides most: {named}.")
        else:
            said.append("No single assumed value decides any of them by more than chance.")
        if self.failed:
            said.append(f"{self.failed} runs failed and are left out.")
        return said

    def strongest(self, most: int = 3) -> list[Weight]:
        """Return the values that decide most: each once, at its strongest, if its interval leaves out zero."""
        clear = [w for w in self.weights if abs(w.strength) > w.half_width and abs(w.strength) >= 0.1]
        found: dict[str, Weight] = {}
        for w in sorted(clear, key=lambda w: -abs(w.strength)):
            found.setdefault(w.path, w)
        return list(found.values())[:most]


def _differences(plan: Plan, runs: pd.DataFrame, points: int, outcome: str) -> pd.DataFrame:
    """Return mean differences from the reference, a row a point and a column an arm; only points that have a pair."""
    rows = {}
    for point in range(points):
        values = paired_values(runs, point, outcome)
        if len(values) and set(values.columns) == {arm.name for arm in plan.arms}:
            rows[point] = values.sub(values[plan.reference], axis=0).mean()
    return pd.DataFrame(rows).T


def _turns(plan: Plan, by_outcome: dict[str, pd.DataFrame]) -> list[Turn]:
    made = []
    for arm in plan.arms:
        for outcome, frame in by_outcome.items():
            if arm.name == plan.reference or arm.name not in frame:
                continue
            values = frame[arm.name].to_numpy(dtype=np.float64)
            low, high = np.quantile(values, [0.05, 0.95])
            below, above = int((values < 0).sum()), int((values > 0).sum())
            made.append(Turn(arm.name, outcome, len(values), below, above, float(low), float(high)))
    return made


def _best(plan: Plan, runs: pd.DataFrame, points: int) -> dict[str, int]:
    outcome, counts = plan.outcomes[0], {arm.name: 0 for arm in plan.arms}
    for point in range(points):
        means = paired_values(runs, point, outcome).mean()
        if len(means):
            best = means.idxmax() if OUTCOMES[outcome].better == "higher" else means.idxmin()
            counts[str(best)] += 1
    return counts


def check_sensitivity(
    plan: Plan,
    folder: Path,
    *,
    kind: Literal["latin-hypercube", "sobol"] = "latin-hypercube",
    samples: int,
    make: Make,
    room: int,
    settle: tuple[str, ...] = (),
    command: str = "",
    text: str = "",
    tell: Tell = lambda told: None,
) -> Sensitivity:
    """Run a plan at points drawn from its ranges, in a folder of their own, and say what keeps its sign.

    What is there already is reused. Raises InputError if the plan has no ranges.
    """
    if not plan.ranges:
        source = shown(plan.source[0]) if plan.source else plan.name
        raise InputError(
            f"{source}: names no ranges of assumed values; add for example `ranges: ../scenarios/ranges/telegram.yaml`"
        )
    design = Design(kind=kind, samples=samples, pairs=plan.design.pairs, seed=plan.design.seed)
    varied = replace(plan, space=dict(plan.ranges), design=design, keep=())
    own = folder / "sensitivity" / f"{kind}-{samples}"
    swept = sweep(
        varied, own, make=make, room=room, resume=own.exists(), settle=settle, command=command, text=text, tell=tell
    )
    runs, points = swept.runs[swept.runs["status"] == "done"], len(swept.points)
    by_outcome = {name: _differences(plan, runs, points, name) for name in plan.outcomes}
    by_outcome = {name: frame for name, frame in by_outcome.items() if len(frame)}
    if kind == "sobol":
        weights = sobol_weights(plan, varied, runs, points)
    else:
        weights = rank_weights(plan, by_outcome, in_numbers(swept.points, list(plan.ranges)))
    made = Sensitivity(
        key=key_of(plan),
        kind=kind,
        samples=samples,
        pairs=plan.design.pairs,
        ranges={path: axis.model_dump(mode="json") for path, axis in plan.ranges.items()},
        turns=tuple(_turns(plan, by_outcome)),
        weights=tuple(weights),
        best=_best(plan, runs, points),
        outcome=plan.outcomes[0],
        failed=int((swept.runs["status"] == "failed").sum()),
        command=command,
    )
    write_text(folder / FILE, to_json(asdict(made)))
    return made


def known_sensitivity(plan: Plan, folder: Path) -> Sensitivity | None:
    """Return what a check of the same comparison has left in a folder, or the one above; None if there is none."""
    for place in (folder, folder.parent):
        try:
            data = json.loads((place / FILE).read_text(encoding="utf-8"))
            if data["key"] != key_of(plan):
                continue
            turns = tuple(Turn(**turn) for turn in data.pop("turns"))
            weights = tuple(Weight(**weight) for weight in data.pop("weights"))
            return Sensitivity(**data, turns=turns, weights=weights)
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def turned(found: Sensitivity | None) -> dict[tuple[str, str], str]:
    """Return for each arm and outcome how many draws have the rarer sign, of how many: '0 of 32'."""
    return {} if found is None else {(t.arm, t.outcome): f"{t.minority} of {t.points}" for t in found.turns}
