"""Running a comparison: every arm on every pair of seeds, side by side in processes, kept as it goes."""

import os
import signal
import traceback
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from sim.crowd.protocol import Wish
from sim.errors import InputError, ResultError, RumorlabError, RunError
from sim.experiment.paired import Difference, compare_pairs
from sim.experiment.plan import Plan, plan_of_manifest
from sim.experiment.run import run_scenario, run_to_folder
from sim.experiment.spec import Twin
from sim.experiment.store import (
    MANIFEST,
    SCHEMA,
    code_hash,
    git_commit,
    read_manifest,
    read_table,
    refuse_foreign,
    to_json,
    versions,
    write_table,
    write_text,
)
from sim.outcomes import OUTCOMES
from sim.scenario.scenario import Scenario, digest_of
from sim.scenario.shipped import as_typed
from sim.vocabulary import CLASSES

Tell = Callable[[int, int, str], None]
"""Called with runs done, runs in all, and a word about the last."""


@dataclass(frozen=True)
class Job:
    """One run of a comparison: what a worker needs, and the key of its result."""

    arm: str
    pair: int
    scenario: Scenario
    world_seed: int
    seed: int
    root: Path
    folder: Path
    crowd: Wish | Literal["both"] = "auto"
    """Form of the run; the result is the same, so it is no part of the key."""

    @property
    def key(self) -> str:
        """Hash of all that determines the result."""
        return digest_of([self.scenario.hash(), self.world_seed, self.seed, code_hash()])


def _work(job: Job) -> dict[str, Any]:
    """Run one job in a worker and write its folder; return its manifest."""
    extra = {"arm": job.arm, "pair": job.pair, "key": job.key}
    run_to_folder(
        job.scenario, job.seed, job.world_seed, root=job.root, folder=job.folder, crowd=job.crowd, extra=extra
    )
    return read_manifest(job.folder)


_WARM_POLICY: dict[str, Any] = {
    "terms": {name: {"actions": ["remove", "label", "downrank"], "strike": True} for name in CLASSES[1:]},
    "moderation": {
        "reviewers": {"count": 100_000},
        "scan": {"recall": {"misinformation": 0.5}, "false_positive": 0.01},
        "reports": {"ordinary": 0.01},
        "takedown": {"delay": "1 h"},
    },
}


def warm(scenario: Scenario, root: Path) -> None:
    """Compile every rule once before the workers start, so that they find them in the cache."""
    data = scenario.resolved()
    data["world"] |= {"users": 400, "contacts": {"kind": "barabasi-albert", "ties": 3}}  # type: ignore[operator]
    data["time"] |= {"days": 4}  # type: ignore[operator]
    data["policy"], data["phases"], data["events"] = _WARM_POLICY, [], {}
    data["law"] |= {"arrest": None}  # type: ignore[operator]
    for stream in data["content"]["streams"].values():  # type: ignore[index]
        stream["calls"] = None
    run_scenario(Scenario.model_validate(data), 1, root=root)


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
        return self.folder / "runs" / arm / f"{pair:04d}"

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


def jobs_of(plan: Plan, folder: Path, crowd: Wish | Literal["both"] = "auto") -> list[Job]:
    """Return all runs of a plan, pair by pair, so that those of one pair share a world."""
    jobs = []
    for pair in range(plan.design.pairs):
        world_seed, seed = plan.seeds(pair)
        for arm in plan.arms:
            where = folder / "runs" / arm.name / f"{pair:04d}"
            jobs.append(Job(arm.name, pair, arm.scenario, world_seed, seed, plan.root, where, crowd))
    return jobs


def _done(job: Job) -> dict[str, Any] | None:
    try:
        manifest = read_manifest(job.folder)
    except ResultError:
        return None
    return manifest if manifest.get("key") == job.key else None


def _repeat(job: Job, plan: Plan) -> str:
    return f"{plan.command()} --workers 1   # arm {job.arm}, pair {job.pair}"


def run_plan(
    plan: Plan,
    folder: Path,
    *,
    workers: int | None = None,
    fresh: bool = False,
    crowd: Wish | Literal["both"] = "auto",
    tell: Tell,
) -> Comparison:
    """Run what is missing of a plan and write the folder's tables; an interrupted comparison goes on where it was."""
    refuse_foreign(folder)
    begin_folder(plan, folder)
    jobs = jobs_of(plan, folder, crowd)
    manifests: dict[tuple[str, int], dict[str, Any]] = {}
    missing = []
    for job in jobs:
        manifest = None if fresh else _done(job)
        if manifest is None:
            missing.append(job)
        else:
            manifests[job.arm, job.pair] = manifest
    reused, total = len(manifests), len(jobs)
    tell(reused, total, "reused" if reused else "")
    if missing:
        count = max(1, min(workers or os.cpu_count() or 1, len(missing)))
        for done, (job, manifest) in enumerate(_results(missing, count, plan), start=reused + 1):
            manifests[job.arm, job.pair] = manifest
            tell(done, total, f"{job.arm}, pair {job.pair + 1}")
    rows = [_row(job, manifests[job.arm, job.pair]) for job in jobs]
    outcomes = pd.DataFrame(rows)
    write_table(folder, "outcomes", pa.Table.from_pandas(outcomes, preserve_index=False))
    comparison = Comparison(folder=folder, plan=plan, outcomes=outcomes, reused=reused)
    write_text(folder / "differences.json", to_json(comparison.differences()))
    return comparison


def _results(jobs: list[Job], workers: int, plan: Plan) -> Iterable[tuple[Job, dict[str, Any]]]:
    warm(jobs[0].scenario, jobs[0].root)
    if workers == 1:
        for job in jobs:
            yield job, _guard(job, plan, lambda job=job: _work(job))  # type: ignore[misc]
        return
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_leave_interrupts_to_parent)
    futures: dict[Future[dict[str, Any]], Job] = {pool.submit(_work, job): job for job in jobs}
    try:
        for future in as_completed(futures):
            yield futures[future], _guard(futures[future], plan, future.result)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _leave_interrupts_to_parent() -> None:
    """Let a worker finish and keep its run when Ctrl-C reaches the whole group of processes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _guard(job: Job, plan: Plan, result: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return result()
    except (RumorlabError, KeyboardInterrupt):
        raise
    except Exception as problem:
        trace = "".join(traceback.format_exception(problem))
        path = job.folder.parent / f"{job.folder.name}.error.txt"
        write_text(path, trace)
        raise RunError(
            f"arm {job.arm}, pair {job.pair} failed: {type(problem).__name__}: {problem}\n"
            f"details: {path}\nrepeat:  {_repeat(job, plan)}"
        ) from None


def _row(job: Job, manifest: dict[str, Any]) -> dict[str, Any]:
    nan = float("nan")
    values = {name: nan if cell["value"] is None else cell["value"] for name, cell in manifest["outcomes"].items()}
    return {
        "arm": job.arm,
        "pair": job.pair,
        "world_seed": job.world_seed,
        "seed": job.seed,
        "digest": manifest["digest"],
        "seconds": manifest["seconds"]["total"],
        "peak_memory_mb": manifest["peak_memory_mb"],
        **values,
    }


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
