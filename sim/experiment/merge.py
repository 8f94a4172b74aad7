"""Joining the shards of a sweep; and a plan from the folder of a sweep alone."""

import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from sim.errors import InputError, ResultError
from sim.experiment.claims import Claim, at_work, claim_in
from sim.experiment.plan import Plan, plan_of_manifest
from sim.experiment.results import PARTS, TIMINGS, Store, open_results, read_whole, write_whole
from sim.experiment.space import Interval
from sim.experiment.store import new_file, refuse_foreign

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
            if manifest.get(key) != first.get(key):
                raise InputError(f"{folder}: is of another experiment than {folders[0]} (`{key}` differs)")
        _same_wish(folders[0], first, folder, manifest)
    refuse_foreign(out)
    if out.is_dir() and any(out.iterdir()):
        raise ResultError(f"{out}: holds results already; give a new folder")
    plan = plan_of_results(first, folders[0])
    points = first["points"] if isinstance(first["points"], int) else len(first["points"])
    claim = _claim_of(first, folders[0], shard="")
    with at_work(out, claim):
        store = Store(out)
        text = _text(folders[0] / "experiment.yaml")
        store.begin({**first, "shard": "", "claim": asdict(claim)}, text)
        for number, (folder, (_, runs)) in enumerate(zip(folders, opened, strict=True)):
            write_whole(pa.Table.from_pandas(runs, preserve_index=False), out / PARTS / "runs" / f"{number}.parquet")
            if (folder / TIMINGS).is_file():
                write_whole(read_whole(folder / TIMINGS), out / PARTS / "timings" / f"{number}.parquet")
            for name in Store(folder).tables():
                for part, path in enumerate(Store(folder).files_of(name)):
                    _copy(path, out / PARTS / name / f"{number}-{part}.parquet")
        joined, notes = store.finish({name: i for i, name in enumerate(first["arms"])})
    wanted = points * len(plan.arms) * plan.design.pairs
    if len(joined) < wanted:
        notes.append(f"{wanted - len(joined):,} of {wanted:,} runs are not there yet")
    return joined, notes


def _claim_of(manifest: dict[str, Any], folder: Path, shard: str) -> Claim:
    """Return the claim of a sweep's folder, for another shard of it."""
    known = claim_in(manifest, folder)
    if known is None:
        raise ResultError(f"{folder}: written by an earlier version of Rumorlab, which did not say of which code it is")
    of = str(manifest.get("shard", "")).replace("/", " of ")
    words = [part for part in known.design.split(", ") if part != f"shard {of}"]
    return replace(known, design=", ".join([*words, *([f"shard {shard}"] if shard else [])]))


def _same_wish(first: Path, one: dict[str, Any], folder: Path, other: dict[str, Any]) -> None:
    """Raise InputError if two folders are not shards of one sweep, run by the same code."""
    claims = _claim_of(one, first, ""), _claim_of(other, folder, "")
    if claims[0] != claims[1]:
        raise InputError(f"{folder}: holds {claims[1].words()}, and {first} {claims[0].words()}: they cannot be joined")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as problem:
        raise ResultError(f"{path}: cannot be read ({problem})") from None


def _copy(path: Path, goal: Path) -> None:
    try:
        with path.open("rb") as source, new_file(goal) as file:
            shutil.copyfileobj(source, file, 1 << 20)
    except OSError as problem:
        raise ResultError(f"{path}: cannot be read ({problem})") from None
