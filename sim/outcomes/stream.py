"""Readers over time, written to Parquet as a run goes: the one table that grows with every exposure."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.outcomes.tables import file_options, views

GROUP = 1 << 20
"""Rows of one row group of a Parquet file."""
_COLUMNS = ("post", "tick", "views", "new_readers")


class ViewStream:
    """Takes rows tick by tick, keeps a row group of them in memory at most."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._waiting = {name: np.empty(0, dtype=np.int32) for name in _COLUMNS}
        self._rows = 0
        schema = views(self._waiting).schema
        self._writer = pq.ParquetWriter(path, schema, **file_options("views", schema))

    def add(self, tick: int, rows: NDArray[np.int32]) -> None:
        """Take what was seen in a tick: posts, their views, their new readers, shape (3, n)."""
        while rows.shape[1]:
            some = rows[:, : GROUP - self._rows]
            place = slice(self._rows, self._rows + some.shape[1])
            self._make_room(place.stop)
            self._waiting["tick"][place] = tick
            for name, column in zip(("post", "views", "new_readers"), some, strict=True):
                self._waiting[name][place] = column
            self._rows, rows = place.stop, rows[:, some.shape[1] :]
            if self._rows == GROUP:
                self._write()

    def _make_room(self, count: int) -> None:
        if count > len(self._waiting["post"]):
            for name, column in self._waiting.items():
                self._waiting[name] = np.empty(min(2 * count, GROUP), dtype=np.int32)
                self._waiting[name][: self._rows] = column[: self._rows]

    def _write(self) -> None:
        self._writer.write_table(views({name: column[: self._rows] for name, column in self._waiting.items()}))
        self._rows = 0

    def close(self) -> None:
        """Write what is left and close the file."""
        if self._rows:
            self._write()
        self._writer.close()
