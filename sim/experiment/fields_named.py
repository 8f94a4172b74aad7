"""The fields that an experiment names by path, in its space, paths and ranges: whether there are such fields."""

from collections.abc import Iterator
from typing import Any

from sim.errors import InputError, Problem
from sim.experiment.factors import bounds_at
from sim.experiment.space import Interval
from sim.scenario.fields import write_limit
from sim.scenario.levers import field_at
from sim.scenario.tree import Tree


def unknown_fields(tree: Tree, under: str) -> list[Problem]:
    """Return a problem for each path below a key of a file that is no field of a scenario, at its own place."""
    return [problem for path, place in _paths(tree, under) if (problem := _unknown(path, place, under))]


def out_of_bounds(tree: Tree, under: str, axes: dict[str, Any]) -> list[Problem]:
    """Return a problem for each bound of an axis, or value of it, that its field cannot have.

    Durations, words and factors (which are kept within bounds) are left to the check of the points.
    """
    found = []
    for path, axis in axes.items():
        if isinstance(axis, Interval) and (axis.factor or axis.unit):
            continue
        try:
            low, high = bounds_at(path)
        except InputError:
            continue
        values = (axis.low, axis.high) if isinstance(axis, Interval) else axis
        wrong = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool) and not low <= v <= high]
        if wrong and high < float("inf"):
            mark = tree.value[under].value[path].mark
            words = f"must be from {write_limit(low)} to {write_limit(high)} (got {', '.join(f'{v:g}' for v in wrong)})"
            found.append(Problem(mark.file, mark.line, mark.column, f"{under}.{path}", words))
    return found


def _paths(tree: Tree, under: str) -> Iterator[tuple[str, Tree]]:
    section = tree.value.get(under)
    if section is None or not isinstance(section.value, dict):
        return
    for name, each in section.value.items():
        if under == "paths":
            for path in each.value if isinstance(each.value, dict) else ():
                yield path, each
        else:
            yield name, section


def _unknown(path: str, place: Tree, under: str) -> Problem | None:
    try:
        field_at(path)
    except InputError as error:
        mark = place.keys[path]
        return Problem(mark.file, mark.line, mark.column, under, str(error))
    return None
