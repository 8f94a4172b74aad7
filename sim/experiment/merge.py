"""Joining the shards of a sweep; and a plan from the folder of a sweep alone."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from sim.errors import InputError, ResultError
from sim.experiment.plan import Plan, plan_of_manifest
from sim.experiment.results import PARTS, TABLES, TIMINGS, Store, open_results, read_whole, write_whole
from sim.experiment.space import Interval
from sim.experiment.store import refuse_foreign

_SAME = ("name", "reference", "design", "space", "points", "arms", "outcomes")


def plan_of_results(manifest: dict[str, Any], folder: Path) -> Plan:
    """Return the plan of a sweep from its manifest; raises ResultError if it is damaged or of another version."""
    try:
        space: dict[str, Any] = {
            path: Interval.model_validate(axis) if isinstance(axis, dict) else tuple(axis)
            for path, axis in manifest["space"].items()
        }
        return replace(plan_of_manifest(manifest, folder), space=space)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        reason = f"{type(problem).__name__}: {problem}".splitlines()[0]
        raise ResultError(f"{folder}: the manifest is damaged, or of another version ({reason})") from None


def merge_results(folders: list[Path], out: Path) -> tuple[pd.DataFrame, list[str]]:
    """Join the results of several folders of one experiment into a new one; return the runs, and what is missing."""
    opened = [open_results(folder) for folder in folders]
    first = opened[0][0]
    for folder, (manifest, _) in zip(folders, opened, strict=True):
        for key in _SAME:
            if manifest[key] != first[key]:
                raise InputError(f"{folder}: is of another experiment than {folders[0]} (`{key}` differs)")
    refuse_foreign(out)
    if out.is_dir() and any(out.iterdir()):
        raise ResultError(f"{out}: holds results already; give a new folder")
    store = Store(out)
    text = (folders[0] / "experiment.yaml").read_text(encoding="utf-8")
    store.begin({**first, "shard": ""}, text)
    for number, folder in enumerate(folders):
        source = Store(folder)
        runs = source.runs()
        write_whole(pa.Table.from_pandas(runs, preserve_index=False), out / PARTS / "runs" / f"{number}.parquet")
        if (folder / TIMINGS).is_file():
            write_whole(read_whole(folder / TIMINGS), out / PARTS / "timings" / f"{number}.parquet")
        for path in (folder / TABLES).glob("*.parquet"):
            write_whole(read_whole(path), out / PARTS / path.stem / f"{number}.parquet")
    joined = store.finish({name: i for i, name in enumerate(first["arms"])})
    points = first["points"] if isinstance(first["points"], int) else len(first["points"])
    wanted = points * len(first["arms"]) * first["design"]["pairs"]
    notes = []
    if len(joined) < wanted:
        notes.append(f"{wanted - len(joined):,} of {wanted:,} runs are not there yet")
    return joined, notes
