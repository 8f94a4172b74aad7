"""The law over all runs of a comparison: under which law which step's conditions were met, in how many pairs."""

from dataclasses import dataclass
from typing import Any

from sim.experiment.comparison import Comparison
from sim.experiment.plan import Plan
from sim.experiment.store import read_manifest
from sim.law.diligence import MET, NOT_MET
from sim.scenario.law import Rung
from sim.scenario.scenario import Scenario

Findings = dict[str, list[list[dict[str, Any]]]]
"""By arm: for each pair the findings of its regimes."""


def has_regimes(plan: Plan) -> bool:
    """Whether any arm names a legal regime."""
    return any(arm.scenario.law.regimes for arm in plan.arms)


def findings_of(comparison: Comparison) -> Findings:
    """Read the legal findings of all runs of a comparison."""
    found: Findings = {}
    for arm in comparison.plan.arms:
        rows = []
        for pair in comparison.pairs:
            rows.append(read_manifest(comparison.run_folder(arm.name, pair)).get("law", []))
        found[arm.name] = rows
    return found


def regime_names(found: Findings) -> list[str]:
    """Return the regimes that any run has, in their order."""
    return list(dict.fromkeys(f["regime"] for rows in found.values() for row in rows for f in row))


def chance_of_arrest(scenario: Scenario) -> float:
    """Return how often an arrest would happen within a run if the conditions of every step were met from its first day.

    Each audit takes at most one step of a ladder, with its hazard times the days between audits, the reach of the law
    and the factor on all hazards, as in a run; laws act independently.
    """
    none = 1.0
    for regime in scenario.law.regimes.values():
        steps = [rung.step for rung in regime.ladder]
        if "arrest" not in steps:
            continue
        seated = scenario.platform.seat in (regime.countries or tuple(scenario.world.countries))
        days = max(1, round(regime.audit_every / 24.0))
        scale = days * scenario.law.hazards * (1.0 if seated else regime.reach)
        chances = [min(1.0, rung.hazard * scale) for rung in regime.ladder[: steps.index("arrest") + 1]]
        at = [1.0] + [0.0] * len(chances)
        """Probability of having taken so many steps."""
        for _ in range(scenario.time.days // days):
            for step in range(len(chances) - 1, -1, -1):
                moved = at[step] * chances[step]
                at[step], at[step + 1] = at[step] - moved, at[step + 1] + moved
        none *= 1.0 - at[-1]
    return 1.0 - none


@dataclass(frozen=True)
class StepCount:
    """In how many pairs the conditions of one step were met, not met, or could not be judged."""

    step: str
    met: int
    not_met: int
    cannot_tell: int


@dataclass(frozen=True)
class LegalCell:
    """One policy or platform under one law."""

    arm: str
    regime: str
    title: str
    pairs: int
    does_not_apply: int
    """Pairs in which the platform is too small for the law."""
    steps: tuple[StepCount, ...]
    """From the mildest to the heaviest; empty where the law names none."""

    @property
    def last(self) -> StepCount | None:
        """The heaviest step."""
        return self.steps[-1] if self.steps else None

    def words(self) -> str:
        """Return the verdict on the heaviest step in words: 'arrest: met in 8 of 8'."""
        last = self.last
        if last is None:
            return "–"
        if self.does_not_apply == self.pairs:
            return "does not apply: too few users"
        parts = [f"met in {last.met} of {self.pairs}"] if last.met else []
        if last.not_met:
            parts.append("not met" + (f" in {last.not_met}" if last.not_met < self.pairs else ""))
        if last.cannot_tell:
            parts.append("cannot tell" + (f" in {last.cannot_tell}" if last.cannot_tell < self.pairs else ""))
        if self.does_not_apply:
            parts.append(f"does not apply in {self.does_not_apply}")
        return f"{last.step}: {', '.join(parts)}"


def _judge(rung: Rung, finding: dict[str, Any]) -> str:
    """Return whether the conditions of a step were met: one that is not met decides, then one that cannot be told."""
    verdicts = {e["name"]: e["verdict"] for e in finding["elements"]}
    needed = {verdicts.get(name) for name in rung.needs}
    return MET if needed <= {MET} else NOT_MET if NOT_MET in needed else "cannot tell"


def legal_matrix(comparison: Comparison, found: Findings | None = None) -> list[LegalCell]:
    """Return every policy or platform under every law that it is judged by."""
    found = findings_of(comparison) if found is None else found
    cells = []
    for arm in comparison.plan.arms:
        regimes = arm.scenario.law.regimes
        for name in regime_names(found):
            mine = [f for row in found[arm.name] for f in row if f["regime"] == name]
            if not mine or name not in regimes:
                continue
            judged = [f for f in mine if f["applies"]]
            steps = []
            for rung in regimes[name].ladder:
                said = [_judge(rung, f) for f in judged]
                met, not_met = said.count(MET), said.count(NOT_MET)
                steps.append(StepCount(rung.step, met, not_met, len(said) - met - not_met))
            apart = len(mine) - len(judged)
            cells.append(LegalCell(arm.name, name, str(mine[0]["title"]), len(mine), apart, tuple(steps)))
    return cells
