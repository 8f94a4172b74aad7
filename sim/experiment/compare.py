"""Running a comparison: every arm on every pair of seeds, side by side in processes, kept as it goes."""

import os
import traceback
from collections.abc import Callable, Iterable
from concurrent.futures import Future, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyarrow as pa

from sim.crowd.protocol import Wish
from sim.errors import ResultError, RumorlabError, RunError
from sim.experiment.comparison import Comparison, begin_folder, run_folder
from sim.experiment.executors import processes
from sim.experiment.plan import Plan
from sim.experiment.run import run_scenario, run_to_folder
from sim.experiment.store import (
    code_hash,
    read_manifest,
    refuse_foreign,
    to_json,
    write_table,
    write_text,
)
from sim.scenario.scenario import Scenario, digest_of
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


def jobs_of(plan: Plan, folder: Path, crowd: Wish | Literal["both"] = "auto") -> list[Job]:
    """Return all runs of a plan, pair by pair, so that those of one pair share a world."""
    jobs = []
    for pair in range(plan.design.pairs):
        world_seed, seed = plan.seeds(pair)
        for arm in (*plan.arms, *plan.side):
            where = run_folder(folder, arm.name, pair)
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
    """Run what is missing of a plan and write the folder's tables; an interrupted comparison resumes."""
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
    pool = processes(workers)()
    futures: dict[Future[dict[str, Any]], Job] = {pool.submit(_work, job): job for job in jobs}
    try:
        for future in as_completed(futures):
            yield futures[future], _guard(futures[future], plan, future.result)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


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
