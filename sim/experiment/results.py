"""Results of a sweep in a folder: parts that land whole as it goes, and tables of everything once it is done."""

import contextlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sim.errors import ResultError
from sim.experiment.batch import Done
from sim.experiment.store import MANIFEST, new_file, read_manifest, write_text
from sim.outcomes import OUTCOMES

LAYOUT = 1
"""Version of the columns of `runs`; it stands in the schema of every table."""
RUNS, TIMINGS, PARTS, TABLES = "runs.parquet", "timings.parquet", "parts", "tables"
_WORDS = ("arm", "key", "status", "error", "digest", "set", "command")
_NUMBERS = ("point", "pair", "world_seed", "seed")


def _schema() -> pa.Schema:
    fields = [pa.field(name, pa.int64()) for name in _NUMBERS] + [pa.field(name, pa.string()) for name in _WORDS]
    outcomes = [pa.field(name, pa.float64(), metadata={"unit": spec.unit}) for name, spec in OUTCOMES.items()]
    by_name = {f.name: f for f in fields}
    order = ("point", "arm", "pair", "world_seed", "seed", "key", "status", "error", "digest", "set", "command")
    return pa.schema([*(by_name[name] for name in order), *outcomes], metadata={"rumorlab_layout": str(LAYOUT)})


def write_whole(table: pa.Table, path: Path) -> None:
    """Write a table so that it is there whole or not at all, also after Ctrl-C or a power cut; raises ResultError."""
    with new_file(path, "; what was finished before is kept") as file:
        pq.write_table(table, file, compression="zstd")


def read_whole(path: Path) -> pa.Table:
    """Read a table of results; raises ResultError if it is damaged or of another layout."""
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as problem:
        raise ResultError(f"{path}: cannot be read ({problem})") from None
    layout = (table.schema.metadata or {}).get(b"rumorlab_layout", str(LAYOUT).encode()).decode()
    if layout != str(LAYOUT):
        raise ResultError(f"{path}: written by another version of Rumorlab (layout {layout}, not {LAYOUT})")
    return table


@dataclass
class Store:
    """The folder of a sweep."""

    folder: Path
    damaged: list[str] = field(default_factory=list)
    """Parts that could not be read and were set aside."""

    @property
    def there(self) -> bool:
        """Whether the folder holds a sweep."""
        return (self.folder / MANIFEST).is_file()

    def begin(self, manifest: dict[str, Any], text: str) -> None:
        """Write what is being run, before it is."""
        write_text(self.folder / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
        write_text(self.folder / "experiment.yaml", text)

    def add(self, done: Done) -> None:
        """Write the results of a batch: tables first, so that a run that counts as done has them."""
        name = uuid.uuid4().hex
        for table, parts in done.tables.items():
            if parts:
                write_whole(pa.concat_tables(parts), self.folder / PARTS / table / f"{name}.parquet")
        timings = pa.Table.from_pylist(done.timings)
        write_whole(timings, self.folder / PARTS / "timings" / f"{name}.parquet")
        write_whole(pa.Table.from_pylist(done.rows, schema=_schema()), self.folder / PARTS / "runs" / f"{name}.parquet")

    def _read_parts(self, what: str) -> Iterator[pa.Table]:
        for path in sorted((self.folder / PARTS / what).glob("*.parquet")):
            try:
                yield read_whole(path)
            except ResultError:
                self.damaged.append(path.name)
                path.rename(path.with_suffix(".damaged"))

    def _all(self, what: str, whole: Path) -> pa.Table | None:
        tables = [read_whole(whole)] if whole.is_file() else []
        tables += list(self._read_parts(what))
        return pa.concat_tables(tables, promote_options="permissive") if tables else None

    def runs(self) -> pd.DataFrame:
        """Return the results so far: for each key the last one, a finished one before a failed one."""
        table = self._all("runs", self.folder / RUNS)
        if table is None:
            table = pa.Table.from_pylist([], schema=_schema())
        frame: pd.DataFrame = table.to_pandas()
        frame = frame.sort_values("status", kind="stable")  # done before failed
        latest: pd.DataFrame = frame.drop_duplicates("key", keep="first")
        return latest

    def finish(self, order: dict[str, int], keys: set[str] | None = None) -> pd.DataFrame:
        """Join the parts into whole tables in one order, whoever ran what; return the runs.

        `order` ranks the arms; runs whose key is not among `keys` are of an earlier version, and left out.
        """
        frame = self.runs()
        if keys is not None:
            frame = frame[frame["key"].isin(keys)]
        rank = frame["arm"].map(order).fillna(len(order))
        frame = frame.assign(_rank=rank).sort_values(["point", "_rank", "pair"], kind="stable").drop(columns="_rank")
        frame = frame.reset_index(drop=True)
        timings = self._all("timings", self.folder / TIMINGS)
        names = [path.name for path in (self.folder / PARTS).glob("*") if path.is_dir()]
        for name in sorted(set(names) - {"runs", "timings"}):
            self._finish_table(name, frame, order)
        if timings is not None:
            times = timings.to_pandas().drop_duplicates("key", keep="last")
            times = times.set_index("key").reindex(frame["key"]).reset_index()
            write_whole(pa.Table.from_pandas(times, preserve_index=False), self.folder / TIMINGS)
        table = pa.Table.from_pandas(frame, preserve_index=False)
        known = [f for f in _schema() if f.name in table.column_names]
        more = [f for f in table.schema if f.name not in _schema().names]
        schema = pa.schema([*known, *more], metadata=_schema().metadata)
        write_whole(table.select(schema.names).cast(schema), self.folder / RUNS)
        self._clear_parts()
        return frame

    def _finish_table(self, name: str, runs: pd.DataFrame, order: dict[str, int]) -> None:
        whole, run = self.folder / TABLES / f"{name}.parquet", ["point", "arm", "pair"]
        tables = [read_whole(whole)] if whole.is_file() else []
        tables += list(self._read_parts(name))
        if not tables:
            return
        frame = pd.concat([table.to_pandas().assign(_part=i) for i, table in enumerate(tables)], ignore_index=True)
        frame = frame[frame["_part"] == frame.groupby(run)["_part"].transform("max")].drop(columns="_part")
        frame = frame.merge(runs.loc[runs["status"] == "done", run], on=run)
        rank = frame["arm"].map(order).fillna(len(order))
        frame = frame.assign(_rank=rank).sort_values(["point", "_rank", "pair"], kind="stable").drop(columns="_rank")
        write_whole(pa.Table.from_pandas(frame, preserve_index=False), whole)

    def _clear_parts(self) -> None:
        for path in (self.folder / PARTS).rglob("*.parquet"):
            path.unlink(missing_ok=True)
        for path in sorted((self.folder / PARTS).glob("*"), reverse=True):
            with contextlib.suppress(OSError):
                path.rmdir()
        with contextlib.suppress(OSError):
            (self.folder / PARTS).rmdir()


def open_results(folder: Path) -> tuple[dict[str, Any], pd.DataFrame]:
    """Return the manifest and the runs of a sweep; raises ResultError if it is none, or damaged."""
    manifest = read_manifest(folder)
    if manifest.get("what") != "sweep":
        raise ResultError(f"{folder}: holds a {manifest.get('what')}, not a sweep")
    return manifest, Store(folder).runs()
