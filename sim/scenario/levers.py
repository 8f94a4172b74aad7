"""The dozen knobs that matter most, and what is known of any field: words, unit, range, default, source."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.errors import InputError, nearest
from sim.scenario.fields import ASSUMED, Duration, declared_bounds, write_duration, write_limit
from sim.scenario.problems import expand
from sim.scenario.scenario import Scenario
from sim.scenario.spread import Constant

LEVERS = (
    "policy.moderation.reviewers.count",
    "policy.moderation.takedown.delay",
    "policy.moderation.reviewers.sensitivity",
    "policy.moderation.reviewers.specificity",
    "policy.moderation.scan.false_positive",
    "policy.moderation.scan.private_venues",
    "policy.moderation.strikes.ban_user_at",
    "policy.features.forward_limit",
    "policy.features.viral_forward_limit",
    "policy.labels.sharing_factor",
    "world.users",
    "world.direct.secret",
    "world.affinity.topic",
    "behaviour.post_half_life",
)


_MANY = (dict, tuple)


@dataclass(frozen=True)
class Knob:
    """A field of the scenario, as a person wants to see it."""

    path: str
    words: str
    value: Any
    range: str
    unit: str
    default: Any
    source: str


NOTHING = "–"
"""What stands in a table where there is nothing to say: the range of a section, the source of a name."""


def _entries(annotation: Any) -> list[Any]:
    """Return the plain types of a field; of a mapping or list, those of its entries."""
    kinds = expand(annotation)
    if kinds and get_origin(kinds[0]) in _MANY:
        return expand(get_args(kinds[0])[1 if get_origin(kinds[0]) is dict else 0])
    return kinds


def _is_spread(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel) and kind.__module__ == Constant.__module__


def source_of(info: FieldInfo) -> str:
    """Return the source of a field; 'assumed' only of numbers, since a name, a switch or a section assumes nothing."""
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    source = str(extra.get("source", ""))
    numbers = any(kind in (int, float) or _is_spread(kind) for kind in _entries(info.annotation))
    return source if source != ASSUMED or numbers else NOTHING


def range_of(info: FieldInfo) -> str:
    """Return the allowed values of a field in words."""
    found: dict[str, Any] = {}
    kinds = expand(info.annotation)
    metadata = [*info.metadata]
    for name, limit in zip(("ge", "le"), declared_bounds(info), strict=True):
        if limit is not None:
            found[name] = limit
    annotation: Any = info.annotation
    if kinds and get_origin(kinds[0]) in _MANY:  # what its entries may be
        annotation = get_args(kinds[0])[1 if get_origin(kinds[0]) is dict else 0]
        kinds = expand(annotation)
    for part in (annotation, *get_args(annotation)):
        if get_origin(part) is Annotated:
            metadata += [m for extra in get_args(part)[1:] for m in getattr(extra, "metadata", [extra])]
    for constraint in metadata:
        for name in ("ge", "gt", "le", "lt"):
            limit = getattr(constraint, name, None)
            if limit is not None:
                found[name] = limit
    if any(getattr(m, "func", None) is not None and "duration" in m.func.__name__ for m in metadata):
        return f"{write_duration(found['ge'])} to {write_duration(found['le'])}".replace("0.0 h", "0 h").replace(
            "0 min", "0 h"
        )
    literals = [str(value) for kind in kinds for value in get_args(kind) if not isinstance(value, type)]
    if literals and any("Literal" in str(kind) for kind in kinds):
        return " | ".join(literals)
    if kinds and kinds[0] is bool:
        return "true or false"
    if not found and not any(kind in (int, float) or _is_spread(kind) for kind in kinds):
        return NOTHING
    low = write_limit(found["ge"]) if "ge" in found else f"above {write_limit(found['gt'])}" if "gt" in found else ""
    high = write_limit(found["le"]) if "le" in found else f"below {write_limit(found['lt'])}" if "lt" in found else ""
    words = f"{low} to {high}" if low and high else f"at least {low}" if low else f"at most {high}" if high else "any"
    return f"none, or {words}" if type(None) in kinds else words


def field_at(path: str) -> FieldInfo:
    """Return the declaration of a field by its dotted path; raises InputError with the nearest name."""
    models: list[type[BaseModel]] = [Scenario]
    """What the value so far may be: one model, or each of the forms that it can take."""
    info: FieldInfo | None = None
    named: list[Any] = []
    for step in path.split("."):
        if named:  # a name in a mapping, or a position in a list
            kinds, named = named, []
        else:
            fields = {field.alias or name: field for model in models for name, field in model.model_fields.items()}
            if step not in fields:
                raise InputError(f"unknown field '{path}': '{step}'{nearest(step, list(fields))}")
            info = fields[step]
            kinds = expand(info.annotation)
            named = [expand(get_args(k)[-1 if get_origin(k) is dict else 0]) for k in kinds if get_origin(k) in _MANY]
            named = [kind for group in named for kind in group]
        models = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
    assert info is not None
    return info


def knob(scenario: Scenario, path: str) -> Knob:
    """Return what is known of a field and its value in a scenario."""
    info = field_at(path)
    value: Any = scenario
    for step in path.split("."):
        value = getattr(value, step)
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    default = info.get_default(call_default_factory=True, validated_data={})
    if info.annotation is Duration or "duration" in str(extra.get("unit")):
        value = None if value is None else write_duration(value)
    return Knob(
        path=path,
        words=info.description or "",
        value=value,
        range=range_of(info),
        unit=str(extra.get("unit", "")),
        default=default,
        source=source_of(info),
    )


def levers(scenario: Scenario) -> Iterator[Knob]:
    """Return the knobs that matter most, with their values in a scenario."""
    return (knob(scenario, path) for path in LEVERS)
