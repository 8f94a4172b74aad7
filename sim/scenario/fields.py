"""What every field of a scenario carries: a description, a unit, a range, a default, and a source or 'assumed'."""

import datetime
import math
import re
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, cast, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator
from pydantic.fields import FieldInfo

ASSUMED = "assumed"

_UNITS = {"min": 1 / 60, "minute": 1 / 60, "h": 1.0, "hour": 1.0, "day": 24.0, "d": 24.0, "week": 168.0}
_DURATION = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([a-z]+)\s*", re.ASCII)


MOST_NUMBER = 1e15
"""Bound of a number of which nothing else is known, either way: beyond it, sums lose what they add."""
SHORTEST = 0.001
"""Hours of the shortest duration but none: half-lives far below a tick would overflow."""

CLEARED = "{}"
"""Key that a mapping has, on its way to validation, if an explicit `{}` cleared what stands below it."""


class _Nothing:
    """What stands after a key with nothing after it."""

    def __str__(self) -> str:
        return "nothing"


NOTHING = _Nothing()


class Part(BaseModel):
    """Base of every part of a scenario: frozen, strict, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, validate_default=True)

    @model_validator(mode="before")
    @classmethod
    def _defaults_stay(cls, data: object) -> object:
        """Let what is given of a mapping or section leave the rest of its default as it is; `{}` clears a mapping."""
        if not isinstance(data, dict):
            return data
        data = {key: None if _is_scalar(cls, key, value) else value for key, value in data.items() if key != CLEARED}
        return _laid_over_defaults(cls, data)


@cache
def _sections(part: type[Part]) -> frozenset[str]:
    """Return the keys of a part whose value is a section, a mapping or a generator: with a default that is made."""
    return frozenset(info.alias or name for name, info in part.model_fields.items() if info.default_factory is not None)


def _is_scalar(part: type[Part], key: object, value: object) -> bool:
    """Whether nothing stands after the key of a single value: it means none there, where a section wants `{}`."""
    return value is NOTHING and key not in _sections(part)


def _dumped(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    return {key: _dumped(one) for key, one in value.items()} if isinstance(value, dict) else value


@cache
def _defaults_of(part: type[Part]) -> dict[str, dict[str, Any]]:
    """Return the defaults that what is given is laid over, by key, as plain data.

    Those are mappings with fixed keys (classes, media), sections with a `kind`, and sections that the field makes
    otherwise than their class does. A mapping of free names (streams, countries) is replaced by what is given.
    """
    found = {}
    for name, info in part.model_fields.items():
        default = info.get_default(call_default_factory=True, validated_data={})
        fixed_keys = isinstance(default, dict) and get_origin(get_args(info.annotation)[0]) is Literal
        section = isinstance(default, BaseModel) and (
            "kind" in type(default).model_fields or default != type(default)()
        )
        if (fixed_keys and default) or section:
            found[info.alias or name] = cast(dict[str, Any], _dumped(default))
    return found


def _laid_over_defaults(part: type[Part], data: dict[Any, Any]) -> dict[Any, Any]:
    made, defaults = {}, _defaults_of(part)
    for key, given in data.items():
        if given is None and key in _sections(part):  # null takes away what is inherited: the default applies
            continue
        if isinstance(given, dict) and CLEARED in given:
            given = {name: value for name, value in given.items() if name != CLEARED}
        elif isinstance(given, dict) and given and key in defaults:
            given = _laid(defaults[key], given)
        made[key] = given
    return made


def _laid(default: dict[str, Any], given: dict[Any, Any]) -> dict[Any, Any]:
    """Lay what is given over a default, mapping by mapping; another `kind` replaces it."""
    if "kind" in default and given.get("kind", default["kind"]) != default["kind"]:
        return given
    made = {**default, **given}
    for key, value in given.items():
        below = default.get(key)
        if isinstance(value, dict) and value and CLEARED not in value and isinstance(below, dict):
            made[key] = _laid(below, value)
    return made


def param(default: Any, words: str, *, unit: str, source: str = ASSUMED, **limits: Any) -> Any:
    """Declare a field with a fixed default; `limits` are pydantic's ge, gt, le, lt, min_length, max_length."""
    extra: dict[str, Any] = {"unit": unit, "source": source}
    return Field(default, description=words, json_schema_extra=extra, **limits)


def made(
    factory: Callable[[], Any],
    words: str,
    *,
    unit: str,
    source: str = ASSUMED,
    between: tuple[float, float | None] | None = None,
    **limits: Any,
) -> Any:
    """Declare a field whose default is made afresh (a section, a list, a mapping).

    `between` states bounds of its entries that a validator of the part checks, not the type: see `spread.in_bounds`.
    """
    extra: dict[str, Any] = {"unit": unit, "source": source} | ({"between": list(between)} if between else {})
    return Field(default_factory=factory, description=words, json_schema_extra=extra, **limits)


def declared_bounds(info: FieldInfo) -> tuple[float | None, float | None]:
    """Return the bounds that a field declares with `between`; None where there is none."""
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    low, high = extra.get("between") or (None, None)  # type: ignore[str-unpack, misc]
    return low, high  # type: ignore[return-value]


def parse_duration(value: object) -> object:
    """Turn '24 h', '2 days', '30 min' or '1 week' into hours (float)."""
    if isinstance(value, str):
        match = _DURATION.fullmatch(value)
        unit = match[2] if match else ""
        hours = _UNITS.get(unit) or _UNITS.get(unit.removesuffix("s"))
        if match is None or hours is None:
            raise ValueError("must be a duration such as '30 min', '24 h', '2 days' or '1 week'")
        time = float(match[1]) * hours
        if 0.0 < time < SHORTEST:
            raise ValueError(f"must be 0, or at least {SHORTEST:g} h")
        return time
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(f"must be a duration with its unit, such as '{value:g} h' or '{value:g} days'")
    return value


def write_limit(value: float) -> str:
    """Return a bound of a number as people read it: 20,000,000."""
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value:.9f}".rstrip("0") if 1e-9 <= abs(value) < 1e-4 else f"{value:g}"


def write_duration(hours: float) -> str:
    """Write hours as people do, so that it reads back to the same number."""
    if hours and hours % 24 == 0:
        return "1 day" if hours == 24 else f"{hours / 24:g} days"
    minutes = hours * 60
    return (
        f"{minutes:g} min"
        if hours < 1 and math.isclose(minutes, round(minutes))
        else f"{hours!r} h".replace(".0 h", " h")
    )


Duration = Annotated[
    float,
    BeforeValidator(parse_duration, json_schema_input_type=str),
    PlainSerializer(write_duration, return_type=str),
    Field(ge=0.0, le=24.0 * 3660),
]
"""Hours inside, written as people write them: '24 h', '2 days', '30 min'."""

_DAY = re.compile(r"day\s+([0-9]{1,5})", re.ASCII)


def parse_moment(value: object) -> object:
    """Turn a date, or 'day 10', into how it is written; day 1 is the first day of the run."""
    if isinstance(value, datetime.date):
        return value.isoformat()[:10]
    if isinstance(value, str):
        match = _DAY.fullmatch(value.strip())
        if match and int(match[1]) > 0:
            return f"day {int(match[1])}"
        try:
            return datetime.date.fromisoformat(value.strip()).isoformat()
        except ValueError:
            pass
    raise ValueError("must be a day of the run such as 'day 10' (day 1 is the first), or a date such as 2024-08-24")


def days_until(moment: str, start: datetime.date) -> int:
    """Return how many days after the beginning of the run a moment lies."""
    match = _DAY.fullmatch(moment)
    return int(match[1]) - 1 if match else (datetime.date.fromisoformat(moment) - start).days


Moment = Annotated[str, BeforeValidator(parse_moment, json_schema_input_type=str)]
"""The beginning of a day: 'day 10' of the run, or a date."""

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Name = Annotated[str, Field(min_length=1, max_length=80)]


T = TypeVar("T")
Listed = Annotated[tuple[T, ...], Field(strict=False)]
"""A YAML list that becomes a tuple (a frozen part holds no list)."""


def sums_to_one(shares: dict[str, float], what: str) -> None:
    """Raise if shares do not add up to 1 within 1e-6."""
    total = math.fsum(shares.values())
    if abs(total - 1.0) > 1e-6:
        parts = ", ".join(f"{name} {share:g}" for name, share in shares.items())
        raise ValueError(f"{what} must sum to 1 (they sum to {total:.6g}: {parts})")
