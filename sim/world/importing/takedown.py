"""The published curve of takedown: how much illegal content is left, by the half-life of its removal."""

from pathlib import Path

import pandas as pd

from sim.errors import DataError

CURVE = "takedown_curve/takedown_curve.csv"
_COLUMNS = ("half_life_days", "prevalence_change_pct", "impressions_change_pct", "reach_change_pct")


def read_takedown_curve(path: Path) -> dict[float, dict[str, float]]:
    """Read the curve: by half-life in days, changes in percent. Raises DataError.

    Truong et al. 2025, Delayed takedown of illegal content on social media makes moderation ineffective.
    """
    table = read_table_of(path, _COLUMNS)
    return {float(row["half_life_days"]): {str(k): float(v) for k, v in row.items()} for _, row in table.iterrows()}


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
