"""The fields of a scenario: those of the schema, where each stands, and which values the random scenarios draw."""

import copy
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any, get_args

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from pydantic import BaseModel, ValidationError

from sim.scenario.problems import expand
from sim.scenario.scenario import Scenario
from sim.scenario.spread import Constant
from tests.random_scenarios import lively_scenarios, scenarios

DRAWN = (240, 60)
"""Scenarios drawn of each kind."""

_FORM, _FILE = "names a form, and each form is drawn", "needs a file: tests/world/test_importing.py"
_WORDS = "words that no mechanism reads"
UNDRAWN = {
    **{f"people.{kind}.kind": _FORM for kind in (
        "BarabasiAlbert", "Complete", "ConfigurationModel", "EdgeList", "ErdosRenyi", "RandomRegular",
        "StochasticBlocks", "Tree", "WattsStrogatz",
    )},
    "kinds.SpotCheck.kind": _FORM, "behaviours.AccuracyPrompt.kind": _FORM, "behaviours.Prebunking.kind": _FORM,
    **{f"world.Imported.{name}": _FILE for name in ("file", "sha256", "ties", "venues")},
    "people.EdgeList.file": _FILE, "world.World.imported": _FILE,
    "people.WattsStrogatz.neighbours": "a world of three users has room for no other number",
    "recording.Recording.tables": "what is kept: tests/test_api.py holds that the digest stays",
    "scenario.Scenario.record": "what is kept: tests/test_api.py holds that the digest stays",
    "scenario.Time.start": "the random scenarios name days, not dates",
}  # fmt: skip
"""Fields that the random scenarios do not draw, with the reason."""

INERT = {
    **{f"{name}": _WORDS for name in (
        "law.Element.source", "law.Element.words", "law.Regime.source", "law.Regime.title", "law.Rung.source",
        "policy.Policy.title", "scenario.Scenario.description", "scenario.Scenario.name", "scenario.Platform.name",
    )},
    "events.Event.happens_at": "an outcome goes by it: tests/outcomes/test_by_hand.py",
    "reviewers.Reviewers.cost_per_hour": "an outcome goes by it: tests/outcomes/test_by_hand.py",
    "reviewers.Reviewers.hours_per_day": "an outcome goes by it: tests/outcomes/test_by_hand.py",
}  # fmt: skip
"""Fields that are drawn and change no digest, with the reason."""

SOUGHT: tuple[str, ...] = (
    "elsewhere.Moving.joins",
    "elsewhere.Moving.leaving",
    "law.Rung.needs",
    "moderation.Takedown.heeds_deadlines",
    "people.Country.language",
    "reviewers.Reviewers.languages",
)
"""Fields for which no witness was found so far; `python -m tests.crowd.witnesses` looks for them."""


def is_section(kind: Any) -> bool:
    """Whether a type is a section of a scenario; a distribution of a number is a value."""
    return isinstance(kind, type) and issubclass(kind, BaseModel) and kind.__module__ != Constant.__module__


def name_of(section: type[BaseModel], field: str) -> str:
    """Return a field as 'module.Section.field'; two modules have sections of the same name."""
    return f"{section.__module__.rpartition('.')[2]}.{section.__name__}.{field}"


def schema_leaves() -> set[str]:
    """Return every field of every section that a scenario can have, as `name_of` writes it."""
    found, todo, seen = set(), [Scenario], set()
    while todo:
        section = todo.pop()
        if section in seen:
            continue
        seen.add(section)
        for name, info in section.model_fields.items():
            found.add(name_of(section, info.alias or name))
            kinds = expand(info.annotation)
            while kinds:
                kind = kinds.pop()
                if is_section(kind):
                    todo.append(kind)
                else:
                    kinds += [inner for part in get_args(kind) for inner in expand(part) if inner is not kind]
    return found


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield every field of every section of a scenario, with where it stands in the scenario as plain data."""
    if is_section(type(value)):
        for name, info in type(value).model_fields.items():
            key = info.alias or name
            yield name_of(type(value), key), (*path, key)
            yield from leaves(getattr(value, name), (*path, key))
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, tuple):
        for place, inner in enumerate(value):
            yield from leaves(inner, (*path, place))


def at(data: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        data = data[step]
    return data


@cache
def drawn() -> list[tuple[Scenario, dict[str, Any], list[tuple[str, tuple[Any, ...]]]]]:
    """Return scenarios, the same each time, as data and with their fields."""
    made: list[Scenario] = []
    for strategy, count in zip((scenarios(), lively_scenarios()), DRAWN, strict=True):

        @seeded(20_240_824)
        @settings(
            max_examples=count, database=None, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(strategy)
        def collect(scenario: Scenario) -> None:
            made.append(scenario)

        collect()
    return [(scenario, scenario.resolved(), list(leaves(scenario))) for scenario in made]


@cache
def values() -> dict[str, list[Any]]:
    """Return the values that each field has somewhere in the scenarios that were drawn."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for _, data, fields in drawn():
        for name, path in fields:
            value = at(data, path)
            found[name][repr(value)] = value
    return {name: list(several.values()) for name, several in found.items()}


def changed(scenario: Scenario, data: dict[str, Any], path: tuple[Any, ...], value: Any) -> Scenario | None:
    """Return the scenario with one value changed; None if it may not be."""
    other = copy.deepcopy(data)
    at(other, path[:-1])[path[-1]] = value
    try:
        made = Scenario.model_validate(other)
    except ValidationError:
        return None
    return None if made == scenario else made
