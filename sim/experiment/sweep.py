"""Sweeps: every arm at every point on every pair of seeds, in batches, kept as they end, resumed where they stopped."""

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import InputError, Problem, ResultError, ScenarioError
from sim.experiment import space as spaces
from sim.experiment.batch import Batch, Done, Run, failed, key_of, scenario_at, words_of, work
from sim.experiment.compare import warm
from sim.experiment.executors import Make
from sim.experiment.paired import compare_pairs
from sim.experiment.plan import Plan
from sim.experiment.results import Store
from sim.experiment.space import Point, changes_world
from sim.experiment.store import SCHEMA, git_commit, refuse_foreign, versions
from sim.scenario.load import inside, shown
from sim.scenario.scenario import digest_of

MOST_IN_BATCH = 16
_TRIES = 2


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


def points_of(plan: Plan) -> list[Point]:
    """Return the points that the design takes from the space."""
    design, space = plan.design, plan.space
    if design.kind == "table":
        path = inside(str(design.table), plan.source[0].resolve().parent, plan.root)
        if path is None or not path.is_file():
            raise InputError(f"design.table: no such file below {shown(plan.root)}: {design.table}")
        return spaces.read_table(path, shown(path))
    if not space:
        return [{}]
    if design.kind == "one-at-a-time":
        return spaces.one_at_a_time(space)
    if design.kind == "latin-hypercube":
        return spaces.latin_hypercube(space, design.samples, design.seed)
    if design.kind == "sobol":
        return spaces.sobol(space, design.samples, design.seed, second_order=design.second_order)
    return spaces.grid(space)


def check_points(plan: Plan, points: list[Point]) -> None:
    """Raise ScenarioError unless every value of every axis can be, each by itself, in every arm."""
    problems: list[Problem] = []
    seen: set[str] = set()
    for point in points:
        for path, value in point.items():
            text = words_of({path: value})[0]
            if text in seen or len(seen) > 2_000:
                continue
            seen.add(text)
            for arm in plan.arms:
                try:
                    assert arm.tree is not None
                    scenario_at(arm.tree, {path: value}, ())
                except ScenarioError as error:
                    problems += [replace(p, file=f"space ({text}, arm {arm.name})") for p in error.problems]
                    break
    if problems:
        raise ScenarioError(problems)


def runs_of(plan: Plan, points: list[Point], pairs: Iterable[int], which: Iterable[int] | None = None) -> list[Run]:
    """Return all runs over points and pairs, those that share a world next to each other."""
    worlds: dict[str, list[int]] = {}
    for index in range(len(points)) if which is None else which:
        own = {path: value for path, value in points[index].items() if changes_world(path)}
        worlds.setdefault(digest_of(own), []).append(index)
    hashes = {arm.name: arm.scenario.hash() for arm in plan.arms}
    made = []
    for pair in pairs:
        world_seed, seed = plan.seeds(pair)
        for indices in worlds.values():
            for index in indices:
                for arm in plan.arms:
                    key = key_of(hashes[arm.name], points[index], world_seed, seed)
                    made.append(Run(index, arm.name, pair, world_seed, seed, key))
    return made


def batches_of(
    plan: Plan,
    points: list[Point],
    runs: list[Run],
    workers: int,
    *,
    crowd: str = "auto",
    settle: tuple[str, ...] = (),
    command: str = "",
) -> list[Batch]:
    """Cut runs into batches, none across two worlds."""
    most = max(1, min(MOST_IN_BATCH, math.ceil(len(runs) / (4 * workers))))
    arms = {arm.name: arm.tree for arm in plan.arms if arm.tree is not None}
    made: list[Batch] = []
    group: list[Run] = []

    def close() -> None:
        if group:
            mine = {run.point: points[run.point] for run in group}
            used = {name: arms[name] for name in {run.arm for run in group}}
            made.append(Batch(tuple(group), mine, used, plan.root, plan.keep, crowd, command, settle))
            group.clear()

    last: tuple[int, str] | None = None
    for run in runs:
        own = {path: value for path, value in points[run.point].items() if changes_world(path)}
        world = (run.world_seed, digest_of(own))
        if len(group) >= most or (last is not None and world != last):
            close()
        group.append(run)
        last = world
    close()
    return made


def _single(batch: Batch) -> list[Batch]:
    return [replace(batch, runs=(run,), points={run.point: batch.points[run.point]}) for run in batch.runs]


def results(batches: list[Batch], make: Make, room: int) -> Iterator[Done]:
    """Yield what comes of batches, in whatever order; a worker that dies takes down nobody's results but its own.

    Where the executor breaks, what was under way is tried again run by run, one at a time, so that a run that kills
    its worker is found; it is recorded as failed after two tries.
    """
    waiting, suspects = deque(batches), deque[tuple[Batch, int]]()
    executor = make()
    under_way: dict[Future[Done], tuple[Batch, int]] = {}
    try:
        while waiting or suspects or under_way:
            while (waiting or suspects) and len(under_way) < (1 if suspects else 2 * room):
                batch, tries = suspects.popleft() if suspects else (waiting.popleft(), 0)
                try:
                    under_way[executor.submit(work, batch)] = (batch, tries)
                except BrokenExecutor:
                    suspects.appendleft((batch, tries))
                    executor = _again(executor, make)
            finished, _ = wait(under_way, return_when=FIRST_COMPLETED)
            broken: list[tuple[Batch, int]] = []
            for future in finished:
                batch, tries = under_way.pop(future)
                problem = future.exception()
                if problem is None:
                    yield future.result()
                elif isinstance(problem, BrokenExecutor) or type(problem).__name__ == "KilledWorker":
                    broken.append((batch, tries + 1))
                else:
                    raise problem
            if broken:
                broken += [(batch, tries) for batch, tries in under_way.values()]
                under_way.clear()
                executor = _again(executor, make)
                for batch, tries in broken:
                    if len(batch.runs) > 1:
                        suspects += [(one, 0) for one in _single(batch)]
                    elif tries < _TRIES:
                        suspects.append((batch, tries))
                    else:
                        yield Done([failed(batch, "the worker died over it twice: killed, or out of memory")], [], {})
    finally:
        _close(executor, under_way)


def _close(executor: Executor, under_way: Iterable[Future[Any]], *, wait_for_it: bool = True) -> None:
    """Let go of an executor; not all of them know how to cancel what waits."""
    for future in under_way:
        future.cancel()
    executor.shutdown(wait=wait_for_it)


def _again(executor: Executor, make: Make) -> Executor:
    _close(executor, (), wait_for_it=False)
    return make()


@dataclass(frozen=True)
class Swept:
    """A finished sweep: its folder, its runs in order, and how they came about."""

    folder: Path
    plan: Plan
    points: list[Point]
    runs: pd.DataFrame
    told: Told


def manifest_of(plan: Plan, points: list[Point], command: str, shard: str) -> dict[str, Any]:
    """Return what the folder of a sweep says of itself."""
    return {
        "schema": SCHEMA,
        "what": "sweep",
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


def _mine(runs: list[Run], shard: tuple[int, int] | None) -> list[Run]:
    """Return the runs of one shard: those of every n-th pair of point and seeds, all arms of it together."""
    if shard is None:
        return runs
    number, count = shard
    return [run for run in runs if int(digest_of([run.point, run.pair])[:12], 16) % count == number - 1]


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
                values[arm.name].to_numpy(), values[plan.reference].to_numpy(), plan.worlds(values.index.to_numpy())
            )
            if found is None or found.high is None:
                wide.append(int(str(point)))
                break
            base = abs(found.reference_mean) if until.relative else 1.0
            if found.high - found.difference > until.half_width * base:
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
    refuse_foreign(folder)
    store = Store(folder)
    if store.there and not resume:
        raise ResultError(f"{folder}: holds results already; go on with --resume, or give another folder with --out")
    points = points_of(plan)
    check_points(plan, points)
    known = store.runs() if store.there else None
    store.begin(manifest_of(plan, points, command, "/".join(map(str, shard)) if shard else ""), text)
    wanted = _mine(runs_of(plan, points, range(plan.design.pairs)), shard)
    keys = {run.key for run in wanted}
    told = Told(total=len(wanted))
    if known is not None:
        told.notes += [f"{name}: a damaged part was set aside; its runs are done again" for name in store.damaged]
        stale = int((~known["key"].isin(keys)).sum()) if plan.design.until is None else 0
        if stale:
            told.notes.append(f"{stale:,} runs there are of an earlier version (experiment or code): left out")
    have = set(known.loc[known["status"] == "done", "key"]) if known is not None else set()
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
        further = _mine(runs_of(plan, points, range(pairs, pairs + more), which), shard)
        pairs += more
        keys |= {run.key for run in further}
        told.total += len(further)
        told.reused += sum(run.key in have for run in further)
        _do([run for run in further if run.key not in have and only(run)], *how)
    order = {arm.name: i for i, arm in enumerate(plan.arms)}
    return Swept(folder, plan, points, store.finish(order, keys), told)


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
    batches = batches_of(plan, points, missing, room, crowd=crowd, settle=settle, command=command)
    warm(plan.arms[0].scenario, plan.root)
    for done in results(batches, make, room):
        store.add(done)
        bad = sum(row["status"] == "failed" for row in done.rows)
        told.failed += bad
        told.done += len(done.rows) - bad
        tell(told)


def source_text(path: Path) -> str:
    """Return the text of an experiment as it stands in its file."""
    return path.read_text(encoding="utf-8-sig")
