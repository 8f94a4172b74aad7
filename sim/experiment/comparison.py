"""A finished comparison: its folder, what came out of its runs, and the differences between its arms."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import InputError, ResultError
from sim.experiment.claims import Claim
from sim.experiment.intervals import kind_of
from sim.experiment.paired import Difference, Ratio, compare_pairs, holm, ratio_interval
from sim.experiment.plan import Plan, plan_of_manifest
from sim.experiment.spec import HELD, Twin
from sim.experiment.store import (
    MANIFEST,
    SCHEMA,
    git_commit,
    read_json,
    read_manifest,
    read_table,
    versions,
    write_manifest,
)
from sim.outcomes import OUTCOMES
from sim.scenario.shipped import as_typed

OUTCOMES_FILE, FAILED_FILE = "outcomes.parquet", "failed.json"


def run_folder(folder: Path, arm: str, pair: int) -> Path:
    """Return where, in the folder of a comparison, the run of an arm under a pair of seeds lies."""
    return folder / "runs" / arm / f"{pair:04d}"


@dataclass(frozen=True)
class Comparison:
    """A finished comparison."""

    folder: Path
    plan: Plan
    outcomes: pd.DataFrame
    """One row a run: arm, pair, seeds, digest, seconds, and every outcome; pairs of which every run was finished."""
    reused: int
    failures: tuple[dict[str, Any], ...] = ()
    """Runs that failed: arm, pair, error, and the command that repeats it; their pairs are in no arm."""
    _known: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    """What was asked before: values by arm and outcome, differences."""

    @property
    def pairs(self) -> list[int]:
        """The pairs on which the comparison stands, by number."""
        if "pairs" not in self._known:
            self._known["pairs"] = sorted({int(pair) for pair in self.outcomes["pair"]})
        return list(self._known["pairs"])

    def run_folder(self, arm: str, pair: int) -> Path:
        """Return where the run of an arm under a pair of seeds lies."""
        return run_folder(self.folder, arm, pair)

    def frame(self, name: str, arm: str, pair: int, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return a table of one of the runs, or some of its columns."""
        frame: pd.DataFrame = read_table(self.run_folder(arm, pair), name, columns).to_pandas()
        return frame

    def values(self, arm: str, outcome: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return an outcome of an arm, by pair."""
        key = (arm, outcome)
        if key not in self._known:
            if arm not in self._known:
                self._known[arm] = self.outcomes[self.outcomes["arm"] == arm].sort_values("pair")
            self._known[key] = self._known[arm][outcome].to_numpy(dtype=np.float64)
        found: np.ndarray[Any, np.dtype[np.float64]] = self._known[key]
        return found

    def difference(self, arm: str, outcome: str, reference: str | None = None) -> Difference | None:
        """Return an arm less another (the reference, if not named), its p-value adjusted among all of its family.

        `settled` goes by that. A family is what is shown together: every arm and headline outcome against the
        reference; likewise the other outcomes; and every two of the other arms, outcome by outcome.
        """
        key = (arm, outcome, reference or self.plan.reference)
        if key not in self._known:
            family = self._family(*key)
            found = {each: self._alone(*each) for each in dict.fromkeys([*family, key])}
            tested = [each for each in family if (one := found[each]) is not None and one.p is not None]
            adjusted = holm([found[each].p for each in tested])  # type: ignore[union-attr, misc]
            for each, p in zip(tested, adjusted, strict=True):
                alone = found[each]
                assert alone is not None
                found[each] = replace(alone, p_adjusted=p, shown_together=len(tested))
            self._known.update(found)
        made: Difference | None = self._known[key]
        return made

    def _family(self, arm: str, outcome: str, reference: str) -> list[tuple[str, str, str]]:
        plan = self.plan
        others = [a.name for a in plan.arms if a.name != plan.reference]
        if reference == plan.reference:
            headline = outcome in plan.outcomes
            names = plan.outcomes if headline else [name for name in OUTCOMES if name not in plan.outcomes]
            return [(name, each, reference) for name in others for each in names if each in self.outcomes]
        if plan.reference == arm:
            return []
        held = [name for name in others if name.endswith(HELD) == arm.endswith(HELD)]
        pairs = [(a, b) for i, a in enumerate(held) for b in held[i + 1 :]]
        return [(a, outcome, b) if (b, a) != (arm, reference) else (b, outcome, a) for a, b in pairs]

    def _alone(self, arm: str, outcome: str, reference: str) -> Difference | None:
        one, other = self.values(arm, outcome), self.values(reference, outcome)
        found = compare_pairs(one, other, self.plan.worlds(np.array(self.pairs)), kind_of(outcome))
        if found is None or found.low is None or found.high is None or not OUTCOMES[outcome].unit.startswith("%"):
            return found
        return replace(found, low=max(found.low, -100.0), high=min(found.high, 100.0))  # shares differ by 100 at most

    def settled(self, arm: str, outcome: str) -> bool:
        """Whether an arm's difference from the reference is told from chance, among all that are shown together."""
        found = self.difference(arm, outcome)
        return found is not None and found.settled

    def all_settled(self) -> set[tuple[str, str]]:
        """Return which headline differences from the reference are told from chance, by arm and outcome."""
        arms = [arm.name for arm in self.plan.arms if arm.name != self.plan.reference]
        return {(arm, name) for arm in arms for name in self.plan.outcomes if self.settled(arm, name)}

    def ratio(self, arm: str, above: str, below: str, per: float = 1.0) -> Ratio | None:
        """Return the ratio of two outcomes of an arm, with its interval; None where it says nothing."""
        one, other = self.values(arm, above), self.values(arm, below)
        return ratio_interval(one, other, self.plan.worlds(np.array(self.pairs)), kind=kind_of(above), per=per)

    def differences(self) -> list[dict[str, Any]]:
        """Return all differences from the reference, headline outcomes first."""
        names = [*self.plan.outcomes, *(name for name in OUTCOMES if name not in self.plan.outcomes)]
        rows = []
        for arm in self.plan.arms:
            if arm.name == self.plan.reference:
                continue
            for name in names:
                found = self.difference(arm.name, name)
                if found is not None:
                    row = {
                        "arm": arm.name,
                        "outcome": name,
                        "unit": OUTCOMES[name].unit,
                        **asdict(found),
                        "settled": found.settled,
                    }
                    rows.append({**row, "headline": name in self.plan.outcomes})
        return rows


def complete_pairs(runs: pd.DataFrame, arms: Sequence[str]) -> pd.DataFrame:
    """Return the runs of those pairs of which every arm has one, so that arms are compared on the same pairs."""
    mine = runs[runs["arm"].isin(arms)]
    whole: pd.DataFrame = mine[mine.groupby("pair")["arm"].transform("nunique") == len(arms)]
    return whole


def begin_folder(plan: Plan, folder: Path, claim: Claim) -> None:
    """Write the manifest of a comparison, so that the folder says what it is even if the run is interrupted."""
    arms, side = (
        {arm.name: {"title": arm.title, "scenario": arm.scenario.resolved()} for arm in some}
        for some in (plan.arms, plan.side)
    )
    manifest = {
        "schema": SCHEMA,
        "what": "comparison",
        "claim": asdict(claim),
        "name": plan.name,
        "question": plan.question,
        "reference": plan.reference,
        "design": plan.design.model_dump(mode="json"),
        "outcomes": list(plan.outcomes),
        "twin": plan.twin.model_dump(mode="json"),
        "headline": plan.headline.model_dump(mode="json"),
        "hash": plan.hash(),
        "sources": [as_typed(path) for path in plan.source],
        "overrides": list(plan.overrides),
        "command": plan.command(),
        "versions": versions(),
        "git_commit": git_commit(),
        "arms": arms,
        "side_arms": side,
    }
    write_manifest(folder, manifest)


def open_comparison(folder: Path) -> Comparison:
    """Read a finished comparison back from its folder alone; raises ResultError if it is damaged or unfinished."""
    manifest = read_manifest(folder)
    if manifest.get("what") != "comparison":
        raise InputError(f"{folder}: holds a {manifest.get('what')}, not a comparison")
    try:
        plan = _plan_of(manifest, folder)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        reason = f"{type(problem).__name__}: {problem}".splitlines()[0]
        raise ResultError(f"{folder / MANIFEST}: damaged, or written by another version ({reason})") from None
    if not (folder / OUTCOMES_FILE).is_file():
        raise ResultError(f"{folder}: the comparison is not finished; run it again to resume")
    outcomes = read_table(folder, "outcomes").to_pandas()
    lacking = sorted({"arm", "pair", *plan.outcomes} - set(outcomes.columns))
    if lacking:
        raise ResultError(f"{folder / OUTCOMES_FILE}: damaged, or of another version: it has no {', '.join(lacking)}")
    return Comparison(folder=folder, plan=plan, outcomes=outcomes, reused=0, failures=failures_of(folder))


def failures_of(folder: Path) -> tuple[dict[str, Any], ...]:
    """Return the runs of a comparison that failed; raises ResultError if what is kept of them is damaged."""
    path = folder / FAILED_FILE
    if not path.is_file():
        return ()
    found = read_json(path, [])
    if not all(isinstance(one, dict) and {"arm", "pair", "error", "repeat"} <= set(one) for one in found):
        raise ResultError(f"{path}: damaged, or of another version")
    return tuple(found)


def _plan_of(manifest: dict[str, Any], folder: Path) -> Plan:
    return replace(
        plan_of_manifest(manifest, folder),
        twin=Twin.model_validate(manifest["twin"]),
        source=tuple(Path(name) for name in manifest["sources"]),
        overrides=tuple(manifest["overrides"]),
    )
