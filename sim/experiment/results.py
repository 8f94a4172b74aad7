"""Results of a sweep in a folder: parts that land whole as it goes, and tables of everything once it is done."""

import contextlib
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from sim.errors import ResultError
from sim.experiment.batch import Done
from sim.experiment.joining import (
    COLUMNS,
    Damaged,
    Files,
    Place,
    digest_of_names,
    is_damage,
    join,
    out_of_reach,
    places_in,
    write_part,
)
from sim.experiment.sealing import is_broken, seal
from sim.experiment.store import MANIFEST, new_file, read_manifest, write_manifest, write_text
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
    said = {**(table.schema.metadata or {}), COLUMNS: digest_of_names(table.column_names)}
    with new_file(path, "; what was finished before is kept") as file:
        pq.write_table(table.replace_schema_metadata(said), file, compression="zstd", write_page_checksum=True)
        seal(file)


def _read(path: Path) -> pa.Table:
    """Read a table, verifying it; raises Damaged, or ResultError if it is out of reach or of another layout."""
    try:
        if is_broken(path):
            raise Damaged("its footer is not what was written")
        table = pq.read_table(path, page_checksum_verification=True)
        names, said = table.column_names, table.schema.metadata or {}
    except (OSError, pa.ArrowException, ValueError) as problem:
        if not is_damage(problem):
            raise out_of_reach(path, problem) from None
        raise Damaged(str(problem).partition("\n")[0]) from None
    layout = said.get(b"rumorlab_layout", str(LAYOUT).encode()).decode(errors="replace")
    if layout != str(LAYOUT):
        raise ResultError(f"{path}: written by another version of Rumorlab (layout {layout}, not {LAYOUT})")
    if said.get(COLUMNS, digest_of_names(names)) != digest_of_names(names):
        raise Damaged("its columns are not those that were written")
    return table


def as_it_comes(path: Path) -> ds.Dataset:
    """Return a table of results to be read piece by piece, verified as it is; raises ResultError as read_whole."""
    try:
        if is_broken(path):
            raise Damaged("its footer is not what was written")
        how = ds.ParquetFileFormat(
            default_fragment_scan_options=ds.ParquetFragmentScanOptions(page_checksum_verification=True)
        )
        return ds.dataset(path, format=how)
    except (OSError, pa.ArrowException, ValueError, Damaged) as problem:
        raise ResultError(f"{path}: damaged ({str(problem).splitlines()[0]})") from None


def read_whole(path: Path) -> pa.Table:
    """Read a table of results; raises ResultError if it is damaged or of another layout."""
    try:
        return _read(path)
    except Damaged as problem:
        raise ResultError(f"{path}: cannot be read: damaged ({problem})") from None


@dataclass
class Store:
    """The folder of a sweep. Reading it changes nothing in it."""

    folder: Path
    damaged: list[Path] = field(default_factory=list)
    """Files that could not be read; `finish` sets them aside."""

    @property
    def there(self) -> bool:
        """Whether the folder holds a sweep."""
        return (self.folder / MANIFEST).is_file()

    def begin(self, manifest: dict[str, Any], text: str) -> None:
        """Write what is being run, before it is."""
        write_manifest(self.folder, manifest)
        write_text(self.folder / "experiment.yaml", text)

    def add(self, done: Done) -> None:
        """Write the results of a batch: tables first, so that a run that counts as done has them."""
        name = uuid.uuid4().hex
        keys = [str(row["key"]) for row in done.rows if row["status"] == "done"]
        for table, parts in done.tables.items():
            if parts:
                write_part(self._part(table, name), list(zip(keys, parts, strict=True)))
        write_whole(pa.Table.from_pylist(done.timings), self._part("timings", name))
        write_whole(pa.Table.from_pylist(done.rows, schema=_schema()), self._part("runs", name))

    def _part(self, what: str, name: str) -> Path:
        return self.folder / PARTS / what / f"{name}.parquet"

    def _files_of(self, what: str, whole: Path) -> list[Path]:
        parts = sorted((self.folder / PARTS / what).glob("*.parquet"))
        return [whole, *parts] if whole.is_file() else parts

    def files_of(self, name: str) -> list[Path]:
        """Return the files of a kept table: the whole one first, then the parts that wait to be joined."""
        return self._files_of(name, self.folder / TABLES / f"{name}.parquet")

    def _all(self, what: str, whole: Path) -> pa.Table | None:
        tables = []
        for path in self._files_of(what, whole):
            try:
                tables.append(_read(path))
            except Damaged:
                self._note(path)
        return pa.concat_tables(tables, promote_options="permissive") if tables else None

    def _note(self, path: Path) -> None:
        if path not in self.damaged:
            self.damaged.append(path)

    def runs(self) -> pd.DataFrame:
        """Return the results so far: for each key the last one, a finished one before a failed one."""
        table = self._all("runs", self.folder / RUNS)
        if table is None:
            table = pa.Table.from_pylist([], schema=_schema())
        frame: pd.DataFrame = table.to_pandas()
        frame = frame.sort_values("status", kind="stable")  # done before failed
        latest: pd.DataFrame = frame.drop_duplicates("key", keep="first")
        return latest

    def _places(self, name: str, files: Files) -> dict[str, list[Place]]:
        """Return where the rows of each run lie in a kept table and its parts, by key."""
        found: dict[str, list[Place]] = {}
        for path in self.files_of(name):
            try:
                for key, place in list(places_in(files, path)):
                    found.setdefault(key, []).append(place)
            except Damaged:
                self._note(path)
        return found

    def kept(self, name: str) -> set[str]:
        """Return the keys of the runs whose rows a kept table has."""
        files = Files()
        try:
            return set(self._places(name, files))
        finally:
            files.close()

    def tables(self) -> list[str]:
        """Return the names of the tables that were kept."""
        names = {path.name for path in (self.folder / PARTS).glob("*") if path.is_dir()} - {"runs", "timings"}
        return sorted(names | {path.stem for path in (self.folder / TABLES).glob("*.parquet")})

    def finish(self, order: dict[str, int]) -> tuple[pd.DataFrame, list[str]]:
        """Join the parts into whole tables in one order, whoever ran what; return the runs, and what is lacking.

        `order` ranks the arms. Nothing that is there is left out; what cannot be read is set aside.
        """
        parts = list((self.folder / PARTS).rglob("*.parquet"))
        frame, notes = self.runs(), list[str]()
        rank = frame["arm"].map(order).fillna(len(order))
        frame = frame.assign(_rank=rank).sort_values(["point", "_rank", "pair"], kind="stable").drop(columns="_rank")
        frame = frame.reset_index(drop=True)
        done = frame.loc[frame["status"] == "done", "key"].tolist()
        for name in self.tables():
            notes += self._finish_table(name, done)
        timings = self._all("timings", self.folder / TIMINGS)
        if timings is not None:
            times = timings.to_pandas().drop_duplicates("key", keep="last")
            times = times.set_index("key").reindex(frame["key"]).reset_index()
            self._replace(pa.Table.from_pandas(times, preserve_index=False), self.folder / TIMINGS)
        table = pa.Table.from_pandas(frame, preserve_index=False)
        known = [f for f in _schema() if f.name in table.column_names]
        more = [f for f in table.schema if f.name not in _schema().names]
        schema = pa.schema([*known, *more], metadata=_schema().metadata)
        self._replace(table.select(schema.names).cast(schema), self.folder / RUNS)
        self._clear_parts(parts)
        return frame, notes

    def _finish_table(self, name: str, keys: list[str]) -> list[str]:
        files, whole = Files(), self.folder / TABLES / f"{name}.parquet"
        try:
            places = self._places(name, files)
            if whole in self.damaged:
                self._set_aside(whole)
            lacks = join(files, places, keys, whole)
        finally:
            files.close()
        if not lacks:
            return []
        return [
            f"{whole.name} lacks {len(lacks):,} of {len(keys):,} runs (damaged, or not kept); --resume does them again"
        ]

    def _replace(self, table: pa.Table, path: Path) -> None:
        if path in self.damaged:
            self._set_aside(path)
        write_whole(table, path)

    def _set_aside(self, path: Path) -> None:
        with contextlib.suppress(OSError):
            path.rename(path.with_suffix(".damaged"))

    def _clear_parts(self, parts: list[Path]) -> None:
        """Remove the parts that were joined, and no others; set aside those that could not be read."""
        for path in parts:
            if path in self.damaged:
                self._set_aside(path)
            else:
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
