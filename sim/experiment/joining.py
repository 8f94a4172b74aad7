"""Kept tables of a sweep: each run's rows found by its key, and joined in bounded memory, one row group at a time."""

import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sim.errors import ResultError
from sim.experiment.sealing import is_broken, seal
from sim.experiment.store import code_hash, new_file
from sim.scenario.scenario import digest_of

GROUP_ROWS = 1 << 17
"""Rows after which a row group of a joined table ends, at the end of a run: no run lies in two of them."""
_OPEN = 64
"""Files that are open at a time."""
COLUMNS = b"rumorlab_columns"
_RUNS, _CODE, _LACKS = b"rumorlab_runs", b"rumorlab_code", b"rumorlab_lacks"


def digest_of_names(names: Sequence[str]) -> bytes:
    """Return a checksum of the names of columns, which stand in no page of a file."""
    return digest_of(list(names))[:16].encode()


@dataclass(frozen=True)
class Place:
    """Where the rows of a run lie: a slice of one row group of a file (group -1: it has no rows)."""

    path: Path
    group: int
    first: int
    rows: int


class Damaged(Exception):
    """A file, or a part of it, is not what was written."""


def is_damage(problem: Exception) -> bool:
    """Whether a file that could not be read is damaged, rather than out of reach for now (rights, open files)."""
    return not (isinstance(problem, OSError) and problem.errno is not None)


def out_of_reach(path: Path, problem: Exception) -> ResultError:
    """Return what to raise for a file that cannot be read for a reason outside of it."""
    return ResultError(f"{path}: cannot be read ({str(problem).partition(chr(10))[0]}); nothing was changed")


@dataclass
class Files:
    """Parquet files that were opened lately, and the row group read last; all reading verifies checksums."""

    _files: "OrderedDict[Path, pq.ParquetFile]" = field(default_factory=OrderedDict)
    _last: tuple[Path, int, pa.Table] | None = None

    def file(self, path: Path) -> pq.ParquetFile:
        """Open a file; raises Damaged, or ResultError if it is out of reach."""
        if path not in self._files:
            while len(self._files) >= _OPEN:
                self._files.popitem(last=False)[1].close()
            try:
                if is_broken(path):
                    raise Damaged("its footer is not what was written")
                self._files[path] = pq.ParquetFile(path, page_checksum_verification=True)
            except (OSError, pa.ArrowException, ValueError) as problem:
                if is_damage(problem):
                    raise Damaged(str(problem)) from None
                raise out_of_reach(path, problem) from None
        self._files.move_to_end(path)
        return self._files[path]

    def rows(self, place: Place, key: str) -> pa.Table:
        """Return the rows of a run; raises Damaged if they are not, or not its own."""
        if self._last is None or self._last[:2] != (place.path, place.group):
            file = self.file(place.path)
            try:
                self._last = (place.path, place.group, file.read_row_group(place.group, use_threads=False))
            except (OSError, pa.ArrowException, ValueError, IndexError) as problem:
                if isinstance(problem, OSError) and not is_damage(problem):
                    raise out_of_reach(place.path, problem) from None
                raise Damaged(str(problem)) from None
        table = self._last[2].slice(place.first, place.rows)
        if "key" not in table.column_names or table["key"].unique().to_pylist() != [key]:
            raise Damaged("rows of another run")
        return table

    def close(self) -> None:
        """Close all of them."""
        self._last = None
        for file in self._files.values():
            file.close()
        self._files.clear()


def places_in(files: Files, path: Path) -> Iterator[tuple[str, Place]]:
    """Yield the runs that a file says it holds, by key, and where; raises Damaged."""
    meta = files.file(path).metadata
    try:
        said, names = meta.metadata or {}, files.file(path).schema_arrow.names
        runs = [(str(key), int(rows)) for key, rows in json.loads(said[_RUNS])]
        sizes = [meta.row_group(i).num_rows for i in range(meta.num_row_groups)]
    except (KeyError, TypeError, ValueError) as problem:
        raise Damaged(str(problem)) from None
    if said.get(COLUMNS) != digest_of_names(names):
        raise Damaged("its columns are not those that were written")
    if sum(sizes) != sum(rows for _, rows in runs):
        raise Damaged("the number of rows is not what was written")
    group = first = 0
    for key, rows in runs:
        if rows and first == sizes[group]:
            group, first = group + 1, 0
        if rows and (group >= len(sizes) or first + rows > sizes[group]):
            raise Damaged("a run in two row groups")
        yield key, Place(path, group if rows else -1, first, rows)
        first += rows


def lacking_in(path: Path) -> list[str]:
    """Return the keys of the runs that a joined table says it lacks."""
    try:
        return list(json.loads((pq.read_metadata(path).metadata or {}).get(_LACKS, b"[]")))
    except (OSError, pa.ArrowException, ValueError):
        return []


class Joined:
    """Writes runs one after the other, each within one row group; says at the end which are there."""

    def __init__(self, file: Any, schema: pa.Schema, group_rows: int = GROUP_ROWS) -> None:
        self._writer = pq.ParquetWriter(file, schema, compression="zstd", write_page_checksum=True)
        self._file = file
        self._schema, self._most = schema, group_rows
        self._waiting: list[pa.Table] = []
        self._rows = 0
        self.runs: list[tuple[str, int]] = []

    def add(self, key: str, table: pa.Table) -> None:
        """Take the rows of a run."""
        self.runs.append((key, table.num_rows))
        if table.num_rows:
            self._waiting.append(fitted(table, self._schema))
            self._rows += table.num_rows
        if self._rows >= self._most:
            self._write()

    def _write(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.concat_tables(self._waiting), row_group_size=self._rows)
        self._waiting, self._rows = [], 0

    def close(self, lacks: Sequence[str] = ()) -> None:
        """Write what is left, and what is there."""
        self._write()
        names = digest_of_names(self._schema.names)
        said = {_RUNS: json.dumps(self.runs), _CODE: code_hash(), _LACKS: json.dumps(lacks), COLUMNS: names}
        self._writer.add_key_value_metadata(said)
        self._writer.close()
        seal(self._file)


def fitted(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return a table with the columns of a schema, in its order; what it has not is empty."""
    columns = [
        table[f.name].cast(f.type) if f.name in table.column_names else pa.nulls(table.num_rows, f.type) for f in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def one_schema(schemas: Sequence[pa.Schema]) -> pa.Schema:
    """Return one schema for tables of several scenarios: all their columns."""
    unified: pa.Schema = pa.unify_schemas([s.remove_metadata() for s in schemas], promote_options="permissive")
    return unified


def write_part(path: Path, tables: Sequence[tuple[str, pa.Table]]) -> None:
    """Write the rows of a few runs by key, a row group each."""
    with new_file(path, "; what was finished before is kept") as file:
        joined = Joined(file, one_schema([table.schema for _, table in tables]), group_rows=1)
        for key, table in tables:
            joined.add(key, table)
        joined.close()


def join(files: Files, places: Mapping[str, Sequence[Place]], keys: Sequence[str], whole: Path) -> list[str]:
    """Write the rows of the runs `keys`, in that order, as one table; return the keys of those that are lacking.

    Of several places of a run the last is taken that can be read.
    """
    paths = dict.fromkeys(place.path for key in keys for place in places.get(key, ()))
    schemas = OrderedDict[str, pa.Schema]()
    for path in paths:
        schema = files.file(path).schema_arrow
        schemas.setdefault(str(schema.remove_metadata()), schema)
    if not schemas:
        return list(keys)
    lacks = []
    schema = one_schema(list(schemas.values()))
    none = schema.empty_table()
    with new_file(whole, "; what was finished before is kept") as file:
        joined = Joined(file, schema)
        for key in keys:
            for place in reversed(places.get(key, ())):
                try:
                    joined.add(key, none if place.group < 0 else files.rows(place, key))
                except Damaged:
                    continue
                break
            else:
                lacks.append(key)
        joined.close(lacks)
        files.close()
    return lacks
