"""Sweeps: every arm at every point on every pair of seeds, in batches, kept as they end, resumed where they stopped."""

import contextlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import ResultError
from sim.experiment import space as spaces
from sim.experiment.batch import Run
from sim.experiment.claims import Claim, at_work, claim_of
from sim.experiment.compare import warm
from sim.experiment.dispatch import results
from sim.experiment.executors import Make
from sim.experiment.intervals import kind_of
from sim.experiment.memory import check_memory
from sim.experiment.paired import compare_pairs
from sim.experiment.plan import Plan
from sim.experiment.points import batches_of, check_points, points_of, runs_of, shard_of
from sim.experiment.results import Store
from sim.experiment.space import Point
from sim.experiment.store import SCHEMA, git_commit, versions


@dataclass
class Told:
    """How far a sweep is."""

    total: int
    reused: int = 0
    done: int = 0
    failed: int = 0
    notes: list[str] = field(default_factory=list)


Tell = Callable[[Told], None]
Only = Callable[[Run], bool]
"""Which runs are done; the others are left as they are."""


@dataclass(frozen=True)
class Swept:
    """A finished sweep: its folder, its runs in order, and how they came about."""

    folder: Path
    plan: Plan
    points: list[Point]
    runs: pd.DataFrame
    told: Told


def sweep_claim(plan: Plan, points: list[Point], shard: str = "") -> Claim:
    """Return the wish of a sweep: paired runs, kept tables and outcomes may be added to it later."""
    design = plan.design
    varied = {**design.model_dump(mode="json", exclude={"pairs", "until"}), "points": points}
    scenarios = {"arms": {arm.name: arm.scenario.hash() for arm in plan.arms}, "design": varied}
    return claim_of(
        "sweep",
        plan.name,
        scenarios,
        seed=design.seed,
        points=f"{len(points):,} by {design.kind}" if plan.space else "",
        shard=shard.replace("/", " of "),
        worlds="one" if design.fixed_world else "",
    )


def manifest_of(plan: Plan, points: list[Point], command: str, shard: str) -> dict[str, Any]:
    """Return what the folder of a sweep says of itself."""
    return {
        "schema": SCHEMA,
        "what": "sweep",
        "claim": asdict(sweep_claim(plan, points, shard)),
        "name": plan.name,
        "question": plan.question,
        "reference": plan.reference,
        "outcomes": list(plan.outcomes),
        "design": plan.design.model_dump(mode="json"),
        "space": {
            path: axis.model_dump(mode="json") if isinstance(axis, spaces.Interval) else list(axis)
            for path, axis in plan.space.items()
        },
        "points": points if len(points) <= 100_000 else len(points),
        "arms": {a.name: {"title": a.title, "scenario": a.scenario.resolved()} for a in plan.arms},
        "shard": shard,
        "command": command,
        "versions": versions(),
        "git_commit": git_commit(),
    }


def _unclear(plan: Plan, runs: pd.DataFrame, points: int) -> list[int]:
    """Return the points where the interval of a difference is still too wide."""
    until = plan.design.until
    if until is None:
        return []
    good = runs[runs["status"] == "done"]
    wide = []
    for point, mine in good.groupby("point"):
        values = mine.pivot(index="pair", columns="arm", values=until.outcome)
        for arm in plan.arms:
            if arm.name == plan.reference or not {arm.name, plan.reference} <= set(values.columns):
                continue
            found = compare_pairs(
                values[arm.name].to_numpy(),
                values[plan.reference].to_numpy(),
                plan.worlds(values.index.to_numpy()),
                kind_of(until.outcome),
            )
            if found is None or found.high is None or found.low is None:
                wide.append(int(str(point)))
                break
            base = abs(found.reference_mean) if until.relative else 1.0
            if 0.5 * (found.high - found.low) > until.half_width * base:
                wide.append(int(str(point)))
                break
    return wide


def sweep(
    plan: Plan,
    folder: Path,
    *,
    make: Make,
    room: int,
    resume: bool = False,
    shard: tuple[int, int] | None = None,
    only: Only = lambda run: True,
    crowd: str = "auto",
    settle: tuple[str, ...] = (),
    command: str = "",
    text: str = "",
    tell: Tell = lambda told: None,
) -> Swept:
    """Run what is missing of a sweep and join its tables. What is finished is kept, whatever happens meanwhile."""
    points, part = points_of(plan), "/".join(map(str, shard)) if shard else ""
    check_points(plan, points)
    claim = sweep_claim(plan, points, part)
    with at_work(folder, claim) as before:
        if before is not None and not resume:
            raise ResultError(f"{folder}: holds results already; go on with --resume, or give another folder (--out)")
        store = Store(folder)
        known = store.runs() if before is not None else None
        manifest = manifest_of(plan, points, command, part)
        if before is not None:
            there = int(before["design"]["pairs"])
            manifest["design"]["pairs"] = max(there, plan.design.pairs)
        store.begin(manifest, text)
        wanted = shard_of(runs_of(plan, points, range(plan.design.pairs)), shard)
        keys = {run.key for run in wanted}
        told = Told(total=len(wanted))
        have = set(known.loc[known["status"] == "done", "key"]) if known is not None else set()
        for name in plan.keep if have else ():
            kept = store.kept(name)
            if have - kept:
                told.notes.append(f"table {name}: lacks {len(have - kept):,} runs; they are done again")
            have &= kept
        told.notes += [f"{path.name}: a damaged part was set aside; its runs are done again" for path in store.damaged]
        told.reused = len(keys & have)
        tell(told)
        todo = [run for run in wanted if run.key not in have and only(run)]
        how = (plan, points, store, told, make, room, crowd, settle, command, tell)
        _do(todo, *how)
        until, pairs, which = plan.design.until, plan.design.pairs, list(range(len(points)))
        while until is not None and pairs < until.max_pairs:
            current = store.runs()
            wide = set(_unclear(plan, current[current["key"].isin(keys)], len(points)))
            which = [index for index in which if index in wide]
            if not which:
                break
            more = min(max(2, pairs // 2), until.max_pairs - pairs)
            further = shard_of(runs_of(plan, points, range(pairs, pairs + more), which), shard)
            pairs += more
            keys |= {run.key for run in further}
            told.total += len(further)
            told.reused += sum(run.key in have for run in further)
            _do([run for run in further if run.key not in have and only(run)], *how)
        whole, lacks = store.finish({arm.name: i for i, arm in enumerate(plan.arms)})
        mine = whole[whole["key"].isin(keys)].reset_index(drop=True)
        told.notes += lacks
        if len(whole) > len(mine):
            told.notes.append(f"{len(whole) - len(mine):,} more runs are kept there; this answer does not count them")
        tell(told)
        return Swept(folder, plan, points, mine, told)


def _do(
    missing: list[Run],
    plan: Plan,
    points: list[Point],
    store: Store,
    told: Told,
    make: Make,
    room: int,
    crowd: str,
    settle: tuple[str, ...],
    command: str,
    tell: Tell,
) -> None:
    if not missing:
        return
    check_memory([arm.scenario for arm in plan.arms], min(room, len(missing)), agents=crowd in ("agents", "both"))
    batches = batches_of(plan, points, missing, room, crowd=crowd, settle=settle, command=command)
    warm(plan.arms[0].scenario, plan.root)
    with contextlib.closing(results(batches, make, room)) as coming:
        for done in coming:
            store.add(done)
            bad = sum(row["status"] == "failed" for row in done.rows)
            told.failed += bad
            told.done += len(done.rows) - bad
            tell(told)


def source_text(path: Path) -> str:
    """Return the text of an experiment as it stands in its file."""
    return path.read_text(encoding="utf-8-sig")
