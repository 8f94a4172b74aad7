"""The published curve of takedown: how much illegal content is left, by the half-life of its removal."""

from pathlib import Path

from sim.world.importing.tables import read_table_of

CURVE = "takedown_curve/takedown_curve.csv"
_COLUMNS = ("half_life_days", "prevalence_change_pct", "impressions_change_pct", "reach_change_pct")


def read_takedown_curve(path: Path) -> dict[float, dict[str, float]]:
    """Read the curve: by half-life in days, changes in percent. Raises DataError.

    Truong et al. 2025, Delayed takedown of illegal content on social media makes moderation ineffective.
    """
    table = read_table_of(path, _COLUMNS)
    return {float(row["half_life_days"]): {str(k): float(v) for k, v in row.items()} for _, row in table.iterrows()}
