"""The rows of the exam, gathered from the files that set them up; each is run by ordinary options of a scenario."""

from collections.abc import Iterator

from sim.exam import cascade_rows, epidemic_rows, moderation_rows, opinion_rows, planted_rows, shape_rows
from sim.exam.cases import CASES, Case

__all__ = ["CASES", "FAMILIES", "MISSING", "Case", "chosen"]

FAMILIES = (cascade_rows, shape_rows, epidemic_rows, moderation_rows, opinion_rows, planted_rows)
"""Importing them enters their cases."""
MISSING: dict[str, str] = {}
"""Closed forms that are not part of the exam, and what the model lacks for them."""


def chosen(only: list[str], quick: bool) -> Iterator[Case]:
    """Return the cases whose row (or row and name) is asked for; all if none is."""
    for one in CASES:
        if (not only or one.row in only or one.id in only) and (one.quick or not quick):
            yield one
