"""Batches: runs of a sweep that share a world, done one after another in a worker, wherever that is."""

import gc
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from sim.errors import RumorlabError
from sim.experiment.factors import FACTOR, multiplied
from sim.experiment.run import Finished, run_scenario
from sim.experiment.space import Point
from sim.experiment.store import code_hash
from sim.outcomes import OUTCOMES
from sim.scenario.load import edited, lay_phases, validate
from sim.scenario.scenario import Scenario, digest_of
from sim.scenario.tree import Mark, Tree
from sim.scenario.writing import in_yaml

NAN = float("nan")


@dataclass(frozen=True)
class Run:
    """One run of a sweep, and the key of its result."""

    point: int
    arm: str
    pair: int
    world_seed: int
    seed: int
    key: str


@dataclass(frozen=True)
class Batch:
    """Runs that a worker does in one go; all that it needs for them."""

    runs: tuple[Run, ...]
    points: dict[int, Point]
    arms: dict[str, Tree]
    """Scenarios as written, by arm."""
    root: Path
    keep: tuple[str, ...]
    """Tables to bring back."""
    crowd: str
    command: str = ""
    """The command of the sweep, without which runs."""
    settle: tuple[str, ...] = ()
    """Values set in every scenario (users of a world from a file), as 'path=value'."""


@dataclass(frozen=True)
class Done:
    """What came of a batch: rows of results, of timings, and tables by name."""

    rows: list[dict[str, Any]]
    timings: list[dict[str, Any]]
    tables: dict[str, list[pa.Table]]


def key_of(arm_hash: str, point: Point, world_seed: int, seed: int) -> str:
    """Return the hash of all that determines the result of a run."""
    return digest_of([arm_hash, point, world_seed, seed, code_hash()])


def words_of(point: Point) -> list[str]:
    """Return the values of a point as overrides."""
    return [f"{path}={in_yaml(value)}" for path, value in point.items()]


def scenario_at(tree: Tree, point: Point, keep: tuple[str, ...], settle: tuple[str, ...] = ()) -> Scenario:
    """Return the scenario of an arm at a point; raises ScenarioError if a value cannot be."""
    factors = {path.removesuffix(FACTOR): float(value) for path, value in point.items() if path.endswith(FACTOR)}
    plain = {path: value for path, value in point.items() if not path.endswith(FACTOR)}
    changed = edited(tree, [*words_of(plain), *settle])
    changed = multiplied(changed, factors) if factors else changed
    record = {"tables": Tree([Tree(name, Mark("", 0, 0)) for name in keep], Mark("", 0, 0))}
    changed = Tree({**changed.value, "record": Tree(record, Mark("", 0, 0))}, changed.mark, changed.keys)
    return validate(lay_phases(changed), Scenario)


def _row(run: Run, point: Point, finished: Finished | None, error: str, command: str) -> dict[str, Any]:
    again = f"{command} --point {run.point} --arm {run.arm} --pair {run.pair} --workers 1 --resume" if error else ""
    values = finished.outcomes if finished is not None else dict.fromkeys(OUTCOMES, NAN)
    return {
        "point": run.point,
        "arm": run.arm,
        "pair": run.pair,
        "world_seed": run.world_seed,
        "seed": run.seed,
        "key": run.key,
        "status": "done" if finished is not None else "failed",
        "error": error,
        "digest": finished.record.digest if finished is not None else "",
        "set": "; ".join(words_of(point)),
        "command": again,
        **values,
    }


def failed(batch: Batch, why: str) -> dict[str, Any]:
    """Return the row of the only run of a batch, which could not be done."""
    (run,) = batch.runs
    return _row(run, batch.points[run.point], None, why, batch.command)


def work(batch: Batch) -> Done:
    """Do the runs of a batch. One that fails is a row that says so; it does not end the others."""
    rows, timings = [], []
    tables: dict[str, list[pa.Table]] = {name: [] for name in batch.keep}
    scenarios: dict[tuple[str, int], Scenario] = {}
    for run in batch.runs:
        began, point = time.perf_counter(), batch.points[run.point]
        finished, error = None, ""
        try:
            place = (run.arm, run.point)
            if place not in scenarios:
                scenarios[place] = scenario_at(batch.arms[run.arm], point, batch.keep, batch.settle)
            finished = run_scenario(
                scenarios[place],
                run.seed,
                run.world_seed,
                root=batch.root,
                crowd=batch.crowd,  # type: ignore[arg-type]
                collect=False,
            )
        except RumorlabError as problem:
            error = str(problem)
        except (Exception, SystemExit) as problem:  # whatever it is, the sweep goes on and the row says it
            error = said_of(problem)
        rows.append(_row(run, point, finished, error, batch.command))
        seconds = time.perf_counter() - began
        timings.append({"key": run.key, "seconds": seconds} | _sizes(finished))
        if finished is not None:
            for name in batch.keep:
                tables[name].append(_marked(finished.record.tables[name], run))
        del finished
        _tidy(seconds)
    return Done(rows, timings, tables)


def said_of(problem: BaseException) -> str:
    """Return what to say of a problem that nobody foresaw: its kind, its message, and where it came up."""
    last = traceback.extract_tb(problem.__traceback__)[-1]
    return f"{type(problem).__name__}: {problem} ({Path(last.filename).name}:{last.lineno})"


_last_tidied = [0.0]


def _tidy(seconds: float) -> None:
    """Let go of the societies of runs: after each large one, but only now and then after small ones.

    Going through the memory takes a quarter of a second, which is more than a small run does.
    """
    now = time.monotonic()
    if seconds > 1.0 or now - _last_tidied[0] > 10.0:
        gc.collect()
        _last_tidied[0] = now


def _sizes(finished: Finished | None) -> dict[str, Any]:
    if finished is None:
        return {"users": 0, "ticks": 0, "peak_memory_mb": NAN}
    record = finished.record
    return {"users": record.users, "ticks": record.scenario.time.ticks, "peak_memory_mb": finished.peak_memory_mb}


def _marked(table: pa.Table, run: Run) -> pa.Table:
    """Return a table with the run that it is of in its first columns; words as plain text, so that tables join."""
    columns = {
        name: table[name].cast(pa.string()) if pa.types.is_dictionary(table[name].type) else table[name]
        for name in table.column_names
    }
    n = table.num_rows
    key = pa.array([run.key] * n, pa.string())
    whose = {"point": pa.array([run.point] * n, pa.int64()), "arm": pa.array([run.arm] * n, pa.string())}
    return pa.table({**whose, "pair": pa.array([run.pair] * n, pa.int64()), "key": key, **columns})
