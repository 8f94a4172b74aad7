"""The rows on published results, gathered from their files; importing this enters them."""

from sim.exam.published import (
    arrest,
    deplatforming,
    forwarding,
    interventions,
    labels,
    supersharers,
    takedown_curve,
    telegram_facts,
    twitter_trees,
)
from sim.exam.published.row import ROWS, Row

__all__ = ["FAMILIES", "ROWS", "Row", "chosen"]

FAMILIES = (
    takedown_curve,
    telegram_facts,
    interventions,
    forwarding,
    supersharers,
    deplatforming,
    labels,
    twitter_trees,
    arrest,
)


def chosen(only: list[str]) -> list[Row]:
    """Return the rows that are asked for; all if none is."""
    return [row for row in ROWS if not only or row.id in only]
