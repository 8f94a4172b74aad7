"""Forwards between real channels, as a table of source and target: who reads whom among those who run channels."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sim.errors import DataError
from sim.world.importing.found import Found, with_members
from sim.world.importing.labels import Pairs
from sim.world.importing.lists import read_pairs

MOST_ROWS = 200_000_000
_PIECE = 100_000


def import_forwards(path: Path, name: str) -> Found:
    """Read a directed graph of forwards: columns `source`, `target` and perhaps `count` (Parquet, or a list as text).

    Every channel is owned by a person of its own; who forwarded from a channel reads it. Readers who run no channel
    are not in such data, nor is how often: the numbers of forwards are told, not used.
    """
    found, forwards = _table(path, name) if path.suffix == ".parquet" else (read_pairs(path, name)[0], 0.0)
    if not found.lines:
        raise DataError(f"{name}: has no row")
    loops = found.loops
    pairs, labels = found.together(name)
    channels, number = len(labels), np.arange(len(labels))
    origin, goal = pairs[pairs[:, 0] != pairs[:, 1]].T
    world = with_members(channels, origin, goal, channels, number, np.zeros(channels, dtype=np.int64))
    counts = {"channels": float(channels), "channels that forward": float(len(np.unique(goal)))}
    if forwards:
        counts["forwards"] = forwards
    notes = ["each channel has an owner of its own, who reads the channels from which she forwarded"]
    notes.append("readers who run no channel are not in the file, and contacts come from the generator of the scenario")
    notes += [f"{loops:,} channels forward from themselves: dropped"] if loops else []
    return Found("forwards between channels", world, counts, notes)


def _table(path: Path, name: str) -> tuple[Pairs, float]:
    """Read the columns of a Parquet file a piece at a time; return the pairs and the sum of their counts."""
    found, forwards, row = Pairs(), 0.0, 0
    try:
        file = pq.ParquetFile(path)
        if file.metadata.num_rows > MOST_ROWS:
            raise DataError(f"{name}: has {file.metadata.num_rows:,} rows; at most {MOST_ROWS:,} can be read")
        names = file.schema_arrow.names
        for column in ("source", "target"):
            if column not in names:
                raise DataError(f"{name}: has no column '{column}' (it has: {', '.join(names)})")
        for batch in file.iter_batches(_PIECE, columns=[c for c in ("source", "target", "count") if c in names]):
            found.add(*(_labels(batch.column(c), c, name, row) for c in ("source", "target")))
            if "count" in names:
                forwards += _counted(batch.column("count"), name, row)
            row += len(batch)
    except (OSError, pa.ArrowException) as problem:
        said = str(problem).splitlines()[0]
        raise DataError(f"{name}: cannot be read as Parquet ({said})") from None
    return found, forwards


def _labels(column: pa.Array, title: str, name: str, row: int) -> pa.Array:
    """Return a column as labels of text; raises DataError with the first row that has none."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_floating(kind):
        column = pc.if_else(pc.is_finite(column), column, None)
    elif not (pa.types.is_integer(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        raise DataError(f"{name}: column '{title}' must be numbers or text, and is of type {kind}")
    if column.null_count:
        first = pc.index(pc.is_null(column), True).as_py()
        raise DataError(f"{name}: row {row + first + 1} of column '{title}' is empty (or no number)")
    return pc.cast(column, pa.string())


def _counted(column: pa.Array, name: str, row: int) -> float:
    """Return the sum of a column of counts; empty ones are left out, others must be numbers from 0."""
    try:
        counts = pc.cast(column, pa.float64())
    except pa.ArrowException:
        raise DataError(f"{name}: column 'count' must be numbers, and is of type {column.type}") from None
    wrong = pc.fill_null(pc.invert(pc.and_(pc.is_finite(counts), pc.greater_equal(counts, 0.0))), False)
    if pc.any(wrong).as_py():
        first = pc.index(wrong, True).as_py()
        raise DataError(f"{name}: row {row + first + 1} of column 'count' must be a number from 0, got {column[first]}")
    return float(pc.sum(counts).as_py() or 0.0)
