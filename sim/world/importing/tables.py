"""Tables of real data, with the columns that a reader needs."""

from pathlib import Path

import pandas as pd

from sim.errors import DataError


def read_table_of(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """Read a table (CSV, or Parquet by its ending) that must have these columns of numbers; raises DataError."""
    try:
        table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    except Exception as problem:  # the readers raise many kinds for a damaged file
        raise DataError(f"{path.name}: cannot be read ({problem})") from None
    for column in columns:
        if column not in table.columns:
            raise DataError(f"{path.name}: has no column '{column}' (it has: {', '.join(map(str, table.columns))})")
        if not pd.api.types.is_numeric_dtype(table[column]) and not pd.api.types.is_bool_dtype(table[column]):
            raise DataError(f"{path.name}: column '{column}' must be numbers")
    return table
