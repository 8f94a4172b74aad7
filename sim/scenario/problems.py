"""Turning pydantic's errors into messages that name the place, the value, what is allowed, and the nearest name."""

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from sim.errors import Problem, nearest
from sim.scenario.fields import write_limit
from sim.scenario.tree import Mark, Tree


def problems_of(error: ValidationError, tree: Tree, model: type[BaseModel]) -> list[Problem]:
    """Return every problem of a failed validation, in the order of the file."""
    found = []
    for detail in error.errors(include_url=False):
        if detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]:
            continue  # the entries are there, but wrong: each has its own message
        loc = [part for part in detail["loc"] if part != "[key]"]
        if detail["type"] == "union_tag_invalid":
            loc.append("kind")
        message = _words(detail, model)
        if message.startswith("@"):
            _, path, message = message.split("@", 2)
            loc = [*loc, *path.split(".")]
        mark, path = _find(tree, loc, at_key=detail["type"] == "extra_forbidden" or "[key]" in detail["loc"])
        found.append(Problem(mark.file, mark.line, mark.column, path, message))
    return sorted(dict.fromkeys(found), key=lambda p: (p.file, p.line, p.column, p.field))


def _find(tree: Tree, loc: list[Any], *, at_key: bool) -> tuple[Mark, str]:
    """Follow a location through the tree; parts that only name a form (a discriminator's tag) are passed over."""
    mark, path = tree.mark, ""
    for position, part in enumerate(loc):
        last = position == len(loc) - 1
        if isinstance(tree.value, list) and isinstance(part, str) and part.isdecimal():
            part = int(part)
        if isinstance(tree.value, dict) and part in tree.value:
            mark = tree.keys[part] if last and at_key else tree.value[part].mark
            tree = tree.value[part]
            path = f"{path}.{part}" if path else str(part)
        elif isinstance(tree.value, list) and isinstance(part, int) and part < len(tree.value):
            tree = tree.value[part]
            mark, path = tree.mark, f"{path}[{part}]"
        elif isinstance(tree.value, dict) and last and "kind" not in tree.value:
            path = f"{path}.{part}" if path else str(part)
    return mark, path


def _got(value: object) -> str:
    if isinstance(value, str | int | float) or value is None:
        text = "nothing" if value is None else f"'{value}'" if isinstance(value, str) else f"{value}"
    else:
        text = "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


_TYPES = {
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "dict_type": "must be a mapping",
    "mapping_type": "must be a mapping",
    "model_type": "must be a mapping",
    "model_attributes_type": "must be a mapping",
    "tuple_type": "must be a list",
    "finite_number": "must be a finite number",
    "date_type": "must be a date such as 2024-08-01",
    "union_tag_not_found": "needs a `kind`",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "must be at least"),
    "less_than_equal": ("le", "must be at most"),
    "greater_than": ("gt", "must be more than"),
    "less_than": ("lt", "must be less than"),
    "string_too_short": ("min_length", "length must be at least"),
    "string_too_long": ("max_length", "length must be at most"),
    "too_short": ("min_length", "number of entries must be at least"),
    "too_long": ("max_length", "number of entries must be at most"),
}


def _words(detail: ErrorDetails, model: type[BaseModel]) -> str:
    kind, context, got = detail["type"], detail.get("ctx", {}), _got(detail.get("input"))
    if kind == "extra_forbidden":
        name = str(detail["loc"][-1])
        return f"unknown key '{name}'{nearest(name, _names_at(model, list(detail['loc'][:-1])))}"
    if kind == "value_error":
        return str(context.get("error", detail["msg"])) + (
            f" (got {got})" if not isinstance(detail["input"], dict) else ""
        )
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        limit = context[key]
        length = f"{context['actual_length']}" if "actual_length" in context else got
        return (
            f"{words} {write_limit(limit)} (got {length})"
            if isinstance(limit, int | float)
            else f"{words} {limit} (got {got})"
        )
    if kind == "literal_error":
        names = _literals(model, [part for part in detail["loc"] if part != "[key]"], "[key]" in detail["loc"])
        value = str(detail["input"])
        return (
            f"unknown name '{value}'{nearest(value, names)}" if names else f"must be {context['expected']} (got {got})"
        )
    if kind == "union_tag_invalid":
        names = [name.strip("' ") for name in str(context["expected_tags"]).split(",")]
        return f"unknown kind '{context['tag']}'{nearest(str(context['tag']), names)}"
    return (
        f"{_TYPES[kind]} (got {got}){_remedy(kind, detail['input'])}"
        if kind in _TYPES
        else f"{detail['msg']} (got {got})"
    )


def _remedy(kind: str, value: object) -> str:
    """Return how to write what was meant, where that is plain."""
    if _TYPES[kind] == "must be a mapping" and isinstance(value, str) and value.endswith((".yaml", ".yml")):
        return f"; to include a file, write {{extends: {value}}}"
    if _TYPES[kind] == "must be a whole number" and isinstance(value, float) and value.is_integer():
        return f"; write {value:.0f}"
    return ""


def expand(annotation: Any) -> list[Any]:
    """Return the plain types behind Annotated, unions and aliases."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return expand(get_args(annotation)[0])
    if origin is Union or origin is types.UnionType:
        return [kind for part in get_args(annotation) for kind in expand(part)]
    return [annotation]


def fields_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields of a model by the keys that stand in YAML."""
    return {info.alias or name: info for name, info in model.model_fields.items()}


def _types_at(model: type[BaseModel], loc: list[Any]) -> list[Any]:
    current: list[Any] = [model]
    for part in loc:
        following: list[Any] = []
        for kind in current:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                fields = fields_of(kind)
                if part in fields:
                    following += expand(fields[part].annotation)
                elif "kind" in fields and fields["kind"].default == part:
                    following.append(kind)
            elif get_origin(kind) in (dict, tuple):
                following += expand(get_args(kind)[1 if get_origin(kind) is dict else 0])
        current = following
    return current


def _names_at(model: type[BaseModel], loc: list[Any]) -> list[str]:
    kinds = _types_at(model, loc)
    return [
        name for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel) for name in fields_of(kind)
    ]


def _literals(model: type[BaseModel], loc: list[Any], is_key: bool) -> list[str]:
    kinds = _types_at(model, loc[:-1] if is_key else loc)
    if is_key:
        kinds = [inner for kind in kinds if get_origin(kind) is dict for inner in expand(get_args(kind)[0])]
    return [str(name) for kind in kinds if get_origin(kind) is Literal for name in get_args(kind)]
