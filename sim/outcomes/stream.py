"""Readers over time, written to Parquet as a run goes: the one table that grows with every exposure."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.outcomes.tables import view_table

GROUP = 1 << 20
"""Rows of one row group of a Parquet file."""


class ViewStream:
    """Takes rows tick by tick, keeps less than a row group of them in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._waiting: list[NDArray[np.int64]] = []
        self._rows = 0
        empty = view_table(np.zeros((0, 4), dtype=np.int64))
        self._writer = pq.ParquetWriter(path, empty.schema, compression="zstd")

    def add(self, rows: NDArray[np.int64]) -> None:
        """Take (post, tick, views, new readers) of one tick."""
        self._waiting.append(rows)
        self._rows += len(rows)
        while self._rows >= GROUP:
            self._write(GROUP)

    def _write(self, count: int) -> None:
        rows = np.concatenate(self._waiting) if self._waiting else np.zeros((0, 4), dtype=np.int64)
        table: pa.Table = view_table(rows[:count])
        self._writer.write_table(table)
        self._waiting, self._rows = [rows[count:]], len(rows) - min(count, len(rows))

    def close(self) -> None:
        """Write what is left and close the file."""
        if self._rows:
            self._write(self._rows)
        self._writer.close()
