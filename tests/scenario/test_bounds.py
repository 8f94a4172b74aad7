"""Every number of a scenario has bounds: what is far too large, too small or no number is one message, or it loads."""

import math
import re
from collections.abc import Iterator
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel

from sim.errors import ScenarioError
from sim.experiment.calibrate import Calibration
from sim.experiment.spec import Experiment
from sim.scenario.load import as_tree, validate
from sim.scenario.people import Persona
from sim.scenario.problems import expand, fields_of
from sim.scenario.scenario import Scenario
from sim.scenario.tree import Mark, parse_tree
from tests.small import run, small_scenario

MARK = Mark("test.yaml", 1, 1)
WILD = ("1e308", "-1e308", "1e-300", "1e-18", "nan", "inf", "-inf")


def parts(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    if model in seen:
        return
    seen.add(model)
    yield model
    for info in fields_of(model).values():
        for kind in inner(info.annotation):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from parts(kind, seen)


def inner(annotation: Any) -> Iterator[Any]:
    for kind in expand(annotation):
        if get_origin(kind) in (dict, tuple):
            yield from inner(get_args(kind)[1 if get_origin(kind) is dict else 0])
        else:
            yield kind


PARTS = sorted(
    {part for top in (Scenario, Experiment, Calibration) for part in parts(top, set())},
    key=lambda part: (part.__module__, part.__name__),
)


def numeric(model):
    """Give the fields of a part that take a number, and how one is written there: alone, in a list, in a mapping."""
    for name, info in fields_of(model).items():
        for kind in expand(info.annotation):
            if kind in (int, float):
                yield name, lambda value: value
            elif get_origin(kind) is tuple and set(inner(kind)) & {int, float}:
                yield name, lambda value: [value, value]
            elif get_origin(kind) is dict and set(inner(kind)) & {int, float}:
                keys = [str(key) for one in expand(get_args(kind)[0]) for key in get_args(one)[:1]]
                yield name, lambda value, key=(keys or ["general"])[0]: {key: value}
            elif isinstance(kind, type) and issubclass(kind, BaseModel) and kind.__name__ == "Constant":
                yield name, lambda value: value


FIELDS = [(model, name, wrap) for model in PARTS for name, wrap in numeric(model)]


def test_there_is_something_to_test():
    assert len(FIELDS) > 200
    assert (Persona, "activity") in [(model, name) for model, name, _ in FIELDS]


def schema_numbers(part: dict[str, Any], at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if part.get("type") in ("number", "integer"):
        yield at, part
    for key, one in part.get("properties", {}).items():
        own = one.get("between")
        if own is None:
            yield from schema_numbers(one, f"{at}.{key}")
        else:
            yield f"{at}.{key}", {"minimum": own[0], "maximum": own[1]}
    for key in ("anyOf", "oneOf"):
        for one in part.get(key, []):
            yield from schema_numbers(one, at)
    for key in ("items", "additionalProperties"):
        if isinstance(part.get(key), dict):
            yield from schema_numbers(part[key], at)


@pytest.mark.parametrize("model", PARTS, ids=lambda model: f"{model.__module__}.{model.__name__}")
def test_every_number_of_the_schema_has_a_finite_bound_either_way(model):
    for at, number in schema_numbers(model.model_json_schema()):
        low = number.get("minimum", number.get("exclusiveMinimum"))
        high = number.get("maximum", number.get("exclusiveMaximum"))
        assert low is not None, at
        assert high is not None, at
        assert math.isfinite(low)
        assert math.isfinite(high)


@pytest.mark.parametrize("text", WILD)
def test_a_wild_number_is_one_message_or_loads(text):
    for model, name, wrap in FIELDS:
        value = float(text)
        info, given = fields_of(model)[name], wrap(value)
        try:
            validate(as_tree({info.alias or name: given}, MARK), model)
        except ScenarioError as problem:
            own = [one for one in problem.problems if re.split(r"[.\[]", one.field)[0] == (info.alias or name)]
            assert len(own) <= (2 if isinstance(given, list) else 1), (model, name, str(problem))
        else:
            assert abs(value) < 1.0, (model, name)


def test_a_number_with_very_many_digits_is_one_short_message():
    with pytest.raises(ScenarioError, match="must be below") as caught:
        parse_tree("value: " + "9" * 400, "test.yaml")
    assert len(str(caught.value)) < 200


SHORT = ("0.0000001 h", "0." + "0" * 300 + "1 h", "9" * 400 + " days")


@pytest.mark.parametrize("text", SHORT, ids=("below", "tiny", "endless"))
def test_a_duration_that_no_clock_has_is_one_message(text):
    with pytest.raises(ScenarioError, match="must be") as caught:
        validate(as_tree({"post_half_life": text}, MARK), type(Scenario().behaviour))
    assert len(caught.value.problems) == 1


EXTREMES = (
    {"content": {"streams": {"news": {"found": 1e-300, "per_1000_users_day": 50.0}}}},
    {"content": {"streams": {"news": {"found": 1e-18, "per_1000_users_day": 50.0}}}},
    {"content": {"streams": {"news": {"found": 24.0, "per_1000_users_day": 1000.0}}}},
    {"content": {"harm": {"fraud": 1e6}, "medium_factor": {"text": 1e6}}},
    {"world": {"outside": {"press": {"topic": "vaccines", "per_day": 1e-300}}}},
    {"world": {"outside": {"press": {"topic": "vaccines", "per_day": 1e-18}}}},
    {"world": {"persons_per_user": 1e-3}},
    {"world": {"persons_per_user": 1e7}},
    {"world": {"direct": {"withdrawal": "3660 days", "weight": 1e-6}}},
    {"world": {"personas": {"bystander": {"activity": 0.001, "joins_more": 1e-6}}}},
    {"world": {"personas": {"bystander": {"sharing": {"kind": "power-law", "minimum": 1e-9, "maximum": 1e-9}}}}},
    {"behaviour": {"telling": "3660 days"}},
    {"behaviour": {"post_half_life": "0.001 h", "late": 1.0, "late_half": "3660 days"}},
    {"behaviour": {"belief_half_life": "0.001 h"}},
    {"moving": {"returning": 1.0, "returning_after": "3660 days", "replaced_after": "0 h", "reopening_after": "0 h"}},
    {"law": {"hazards": 1000.0, "deterrence": 1e6, "deterrence_half_life": "0.001 h"}},
    {"policy": {"moderation": {"takedown": {"further": "0.001 h"}}}},
    {"policy": {"moderation": {"takedown": {"further": "3660 days"}}}},
    {"policy": {"moderation": {"reviewers": {"decisions_per_day": 1e-6, "hours_per_day": 0.01}}}},
    {"policy": {"moderation": {"reviewers": {"count": 1, "for_persons": 1e11, "service": "random"}}}},
    {"policy": {"moderation": {"strikes": {"ban_user_at": 1, "lapse": "0 h"}, "queue": {"expires": "0 h"}}}},
)
"""Settings at the ends of what the schema takes, of the kind that ran for ever or overflowed."""


@pytest.mark.parametrize("form", ["agents", "compiled"])
def test_what_loads_at_the_ends_of_the_ranges_also_runs(form):
    for over in EXTREMES:
        over = {**over, "world": {"users": 50, **over.get("world", {})}, "time": {"days": 1}}
        society = run(small_scenario(**over), 1, crowd=form)
        assert society.tick == society.config.time.ticks, over
