"""Forwards between real channels, as a table of source and target: who reads whom among those who run channels."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sim.errors import DataError
from sim.world.importing.found import Found, numbered, with_members
from sim.world.importing.lists import read_pairs

MOST_ROWS = 200_000_000


def import_forwards(path: Path, name: str) -> Found:
    """Read a directed graph of forwards: columns `source`, `target` and perhaps `count` (Parquet, or a list as text).

    Every channel is owned by a person of its own; who forwarded from a channel reads it. Readers who run no channel
    are not in such data, nor is how often: the numbers of forwards are told, not used.
    """
    forwards = 0.0
    if path.suffix == ".parquet":
        try:
            rows = pq.read_metadata(path).num_rows
            if rows > MOST_ROWS:
                raise DataError(f"{name}: has {rows:,} rows; at most {MOST_ROWS:,} can be read")
            table = pq.read_table(path)
        except (OSError, pa.ArrowException) as problem:
            raise DataError(f"{name}: cannot be read as Parquet ({problem})") from None
        for column in ("source", "target"):
            if column not in table.column_names:
                raise DataError(f"{name}: has no column '{column}' (it has: {', '.join(table.column_names)})")
            if table[column].null_count:
                raise DataError(f"{name}: column '{column}' has {table[column].null_count:,} empty values")
        source, target = table["source"].to_pandas(), table["target"].to_pandas()
        if "count" in table.column_names:
            forwards = float(np.nansum(table["count"].to_pandas().to_numpy(dtype=np.float64)))
    else:
        source, target, _, _ = read_pairs(path, name)
    if not len(source):
        raise DataError(f"{name}: has no row")
    (origin, goal), channels = numbered(source, target, name=name)
    own = origin == goal
    number = np.arange(channels)
    world = with_members(channels, origin[~own], goal[~own], channels, number, np.zeros(channels, dtype=np.int64), None)
    counts = {"channels": float(channels), "channels that forward": float(len(np.unique(goal[~own])))}
    if forwards:
        counts["forwards"] = forwards
    notes = ["each channel has an owner of its own, who reads the channels from which she forwarded"]
    notes.append("readers who run no channel are not in the file, and contacts come from the generator of the scenario")
    notes += [f"{int(own.sum()):,} channels forward from themselves: dropped"] if own.any() else []
    return Found("forwards between channels", world, counts, notes)
