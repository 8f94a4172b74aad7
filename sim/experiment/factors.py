"""Factors: a range that multiplies what each arm has of its own, so that what an arm does not use stays off."""

from typing import Annotated, Any, get_args, get_origin

from sim.scenario.fields import parse_duration, write_duration
from sim.scenario.levers import field_at
from sim.scenario.load import as_tree, lay_phases, override, validate, value_at
from sim.scenario.problems import expand
from sim.scenario.scenario import Scenario
from sim.scenario.tree import Mark, Tree

FACTOR = " *"
"""End of the name of an axis whose values are factors, in points: 'policy.moderation.takedown.delay *=0.5'."""


def bounds_at(path: str) -> tuple[float, float]:
    """Return the least and the largest value that a field may have; raises InputError if there is no such field."""
    info = field_at(path)
    metadata, kinds = [*info.metadata], [info.annotation, *expand(info.annotation)]
    for kind in list(kinds):
        if get_origin(kind) is dict:
            kinds += [get_args(kind)[1], *expand(get_args(kind)[1])]
    for kind in kinds:
        for part in (kind, *get_args(kind)):
            if get_origin(part) is Annotated:
                metadata += [m for extra in get_args(part)[1:] for m in getattr(extra, "metadata", [extra])]
    found = {name: getattr(m, name) for m in metadata for name in ("ge", "gt", "le", "lt") if hasattr(m, name)}
    return float(found.get("ge", found.get("gt", 0.0))), float(found.get("le", found.get("lt", float("inf"))))


def times(value: Any, factor: float, low: float, high: float) -> Any:
    """Return a number, a duration, or all numbers of a mapping times a factor, kept within bounds; 0 stays 0.

    What is no number (none, a word, yes or no) stays as it is.
    """
    if isinstance(value, dict):
        return {key: times(each, factor, low, high) for key, each in value.items()}
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, str):
        try:
            hours = parse_duration(value)
        except ValueError:
            return value
        return write_duration(float(f"{min(max(float(hours) * factor, low), high):.6g}"))  # type: ignore[arg-type]
    if value == 0:
        return value
    made = min(max(value * factor, low), high)
    return max(1, int(made + 0.5)) if isinstance(value, int) else float(f"{made:.12g}")


def multiplied(tree: Tree, factors: dict[str, float]) -> Tree:
    """Return a scenario as written with some of its own values multiplied, by path.

    A path below `policy` counts in the policies of all phases and of the time after an arrest too. Raises ScenarioError
    if the scenario cannot be, InputError for an unknown field.
    """
    own = validate(lay_phases(tree), Scenario).resolved()
    phases = own.get("phases")
    count = len(phases) if isinstance(phases, list | tuple) else 0
    for path, factor in factors.items():
        low, high = bounds_at(path)
        places = [path]
        if path.split(".")[0] == "policy":
            places += [f"phases.{i}.{path}" for i in range(count)]
            places.append("law.after_shock" + path.removeprefix("policy"))
        for place in places:
            value = value_at(own, place)
            if value is not None and value != {}:
                tree = override(tree, place.split("."), as_tree(times(value, factor, low, high), Mark("", 0, 0)))
    return tree
