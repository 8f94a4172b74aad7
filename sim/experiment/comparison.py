"""A finished comparison: its folder, what came out of its runs, and the differences between its arms."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import InputError, ResultError
from sim.experiment.paired import Difference, compare_pairs
from sim.experiment.plan import Plan, plan_of_manifest
from sim.experiment.spec import Twin
from sim.experiment.store import MANIFEST, SCHEMA, git_commit, read_manifest, read_table, to_json, versions, write_text
from sim.outcomes import OUTCOMES
from sim.scenario.shipped import as_typed


def run_folder(folder: Path, arm: str, pair: int) -> Path:
    """Return where, in the folder of a comparison, the run of an arm under a pair of seeds lies."""
    return folder / "runs" / arm / f"{pair:04d}"


@dataclass(frozen=True)
class Comparison:
    """A finished comparison."""

    folder: Path
    plan: Plan
    outcomes: pd.DataFrame
    """One row a run: arm, pair, seeds, digest, seconds, and every outcome."""
    reused: int
    _known: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    """What was asked before: values by arm and outcome, differences."""

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
        """Return an arm less another (the reference, if not named)."""
        key = (arm, outcome, reference or self.plan.reference)
        if key not in self._known:
            one, other = self.values(arm, outcome), self.values(key[2], outcome)
            self._known[key] = compare_pairs(one, other, self.plan.worlds(np.arange(len(one))))
        found: Difference | None = self._known[key]
        return found

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
                    row = {"arm": arm.name, "outcome": name, "unit": OUTCOMES[name].unit, **asdict(found)}
                    rows.append({**row, "headline": name in self.plan.outcomes})
        return rows


def begin_folder(plan: Plan, folder: Path) -> None:
    """Write the manifest of a comparison, so that the folder says what it is even if the run is interrupted."""
    arms = {arm.name: {"title": arm.title, "scenario": arm.scenario.resolved()} for arm in plan.arms}
    manifest = {
        "schema": SCHEMA,
        "what": "comparison",
        "name": plan.name,
        "question": plan.question,
        "reference": plan.reference,
        "design": plan.design.model_dump(mode="json"),
        "outcomes": list(plan.outcomes),
        "twin": plan.twin.model_dump(mode="json"),
        "hash": plan.hash(),
        "sources": [as_typed(path) for path in plan.source],
        "overrides": list(plan.overrides),
        "command": plan.command(),
        "versions": versions(),
        "git_commit": git_commit(),
        "arms": arms,
    }
    write_text(folder / MANIFEST, to_json(manifest))


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
    if not (folder / "outcomes.parquet").is_file():
        raise ResultError(f"{folder}: the comparison is not finished; run it again and it goes on where it was")
    outcomes = read_table(folder, "outcomes").to_pandas()
    return Comparison(folder=folder, plan=plan, outcomes=outcomes, reused=0)


def _plan_of(manifest: dict[str, Any], folder: Path) -> Plan:
    return replace(
        plan_of_manifest(manifest, folder),
        twin=Twin.model_validate(manifest["twin"]),
        source=tuple(Path(name) for name in manifest["sources"]),
        overrides=tuple(manifest["overrides"]),
    )
