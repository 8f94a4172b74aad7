"""Running a comparison: every arm on every pair of seeds, side by side in processes, kept as it goes."""

import contextlib
import os
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyarrow as pa

from sim.crowd.protocol import Wish
from sim.errors import CrowdsDiffer, InputError, ResultError, RumorlabError, RunError
from sim.experiment.batch import said_of
from sim.experiment.claims import Claim, at_work, claim_of
from sim.experiment.comparison import FAILED_FILE, OUTCOMES_FILE, Comparison, begin_folder, run_folder
from sim.experiment.dispatch import Lost, done_by
from sim.experiment.executors import Here, processes
from sim.experiment.memory import check_memory
from sim.experiment.plan import Plan
from sim.experiment.run import run_scenario, run_to_folder
from sim.experiment.store import (
    code_hash,
    read_manifest,
    to_json,
    whole_files,
    write_json,
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


def _claim(job: Job) -> Claim:
    wish = {"scenario": job.scenario.hash(), "seeds": [job.world_seed, job.seed]}
    return claim_of("run of a comparison", job.scenario.name, wish, arm=job.arm, pair=job.pair + 1)


def _work(job: Job) -> dict[str, Any]:
    """Run one job in a worker and write its folder; return its manifest."""
    extra = {"arm": job.arm, "pair": job.pair, "key": job.key}
    try:
        run_to_folder(
            job.scenario,
            job.seed,
            job.world_seed,
            root=job.root,
            folder=job.folder,
            crowd=job.crowd,
            extra=extra,
            claim=_claim(job),
        )
    except SystemExit as problem:  # a plug-in that ends the process ends its run, and nothing else
        raise RunError(said_of(problem)) from None
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
    with contextlib.suppress(Exception):  # what is wrong is told by the runs
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
    return manifest if manifest.get("key") == job.key and whole_files(job.folder, manifest) else None


def _repeat(job: Job, plan: Plan) -> str:
    return f"{plan.command()} --workers 1   # arm {job.arm}, pair {job.pair}"


def comparison_claim(plan: Plan) -> Claim:
    """Return the wish of a comparison: paired runs and headline outcomes may be added to it later."""
    return claim_of(
        "comparison",
        plan.name,
        plan.hash(),
        arms=len(plan.arms),
        seed=plan.design.seed,
        worlds="one" if plan.design.fixed_world else "",
    )


def _pairs_there(before: dict[str, Any] | None, folder: Path) -> int:
    """Return how many paired runs the comparison has that is finished there; 0 if none is."""
    return int(before["design"]["pairs"]) if before is not None and (folder / OUTCOMES_FILE).is_file() else 0


def run_plan(
    plan: Plan,
    folder: Path,
    *,
    workers: int | None = None,
    fresh: bool = False,
    crowd: Wish | Literal["both"] = "auto",
    tell: Tell,
) -> Comparison:
    """Run what is missing of a plan and write the folder's tables; an interrupted comparison resumes.

    A finished one of more paired runs stays what it is: all of them are used. Runs that fail are recorded, and their
    pairs left out of all arms; raises RunError if no pair is left.
    """
    with at_work(folder, comparison_claim(plan)) as before:
        plan = plan.with_design(pairs=max(plan.design.pairs, _pairs_there(before, folder)))
        begin_folder(plan, folder, comparison_claim(plan))
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
        failures: list[dict[str, Any]] = []
        tell(reused, total, "reused" if reused else "")
        if missing:
            count = max(1, min(workers or os.cpu_count() or 1, len(missing)))
            distinct = {job.arm: job.scenario for job in missing}
            check_memory(list(distinct.values()), count, agents=crowd in ("agents", "both"))
            warm(missing[0].scenario, missing[0].root)
            make, room = (Here, 1) if count == 1 else (processes(count), count)
            with contextlib.closing(done_by(missing, _work, make, room)) as coming:
                for done, (job, found) in enumerate(coming, start=reused + 1):
                    if isinstance(found, BaseException):
                        failures.append(_failure(job, plan, found))
                    else:
                        manifests[job.arm, job.pair] = found
                    words = f"{job.arm}, pair {job.pair + 1}"
                    tell(done, total, f"{words}: failed" if isinstance(found, BaseException) else words)
        bad = {failure["pair"] for failure in failures}
        rows = [_row(job, manifests[job.arm, job.pair]) for job in jobs if job.pair not in bad]
        if not rows:
            first = failures[0]
            raise RunError(
                f"no paired run of {len({job.pair for job in jobs})} could be finished; the first failed run: arm "
                f"{first['arm']}, pair {first['pair'] + 1}: {first['error']}\nrepeat:  {first['repeat']}"
            )
        outcomes = pd.DataFrame(rows)
        write_json(folder / FAILED_FILE, failures)
        write_table(folder, "outcomes", pa.Table.from_pandas(outcomes, preserve_index=False))
        comparison = Comparison(folder=folder, plan=plan, outcomes=outcomes, reused=reused, failures=tuple(failures))
        write_text(folder / "differences.json", to_json(comparison.differences()))
        return comparison


def _failure(job: Job, plan: Plan, problem: BaseException) -> dict[str, Any]:
    """Return what is recorded of a run that failed; what is no matter of one run is raised."""
    if not isinstance(problem, Exception) or isinstance(problem, InputError | ResultError | CrowdsDiffer):
        raise problem
    path = job.folder.parent / f"{job.folder.name}.error.txt"
    write_text(path, "".join(traceback.format_exception(problem)))
    words = str(problem) if isinstance(problem, RumorlabError | Lost) else f"{type(problem).__name__}: {problem}"
    return {
        "arm": job.arm,
        "pair": job.pair,
        "error": words,
        "details": path.relative_to(job.folder.parent.parent.parent).as_posix(),
        "repeat": _repeat(job, plan),
    }


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
