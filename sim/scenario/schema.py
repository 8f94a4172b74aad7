"""JSON Schemas for editors, and the reference page: both made from the models, so that they cannot disagree."""

from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from sim.scenario.elsewhere import Elsewhere
from sim.scenario.law import Regime
from sim.scenario.levers import range_of, source_of
from sim.scenario.people import Persona
from sim.scenario.policy import Policy
from sim.scenario.problems import expand
from sim.scenario.scenario import Scenario

_EXTENDS = {
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
    "description": "file, or files (later ones override earlier ones), that the keys given here override",
}


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of a part; any mapping may say `extends`."""
    schema = model.model_json_schema()
    for part in (schema, *schema.get("$defs", {}).values()):
        if part.get("type") == "object" and "properties" in part:
            part["properties"]["extends"] = _EXTENDS
        for inner in part.get("properties", {}).values():
            if isinstance(inner, dict) and isinstance(inner.get("additionalProperties"), dict):
                inner["properties"] = {"extends": _EXTENDS}
                inner.pop("propertyNames", None)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return schema


def _by_name(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of a file of parts by name."""
    schema, name = schema_of(model), model.__name__
    definitions = schema.pop("$defs", {})
    schema.pop("$schema")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": {**definitions, name: schema},
        "type": "object",
        "properties": {"extends": _EXTENDS},
        "additionalProperties": {"$ref": f"#/$defs/{name}"},
    }


SCHEMAS = {
    "scenario": lambda: schema_of(Scenario),
    "policy": lambda: schema_of(Policy),
    "personas": lambda: _by_name(Persona),
    "elsewhere": lambda: _by_name(Elsewhere),
    "regime": lambda: schema_of(Regime),
}


def reference(model: type[BaseModel] = Scenario) -> str:
    """Return the reference of all fields as Markdown."""
    lines = [
        "# Scenario reference",
        "",
        "Generated from the models by `rumorlab scenario reference`. The source of a number is a publication or",
        "'assumed' (no source was found); names, switches and sections have none (–). Terms: [glossary](glossary.md).",
        "",
        "A section may begin with `extends: FILE`, or `extends: [FILE, FILE]`. Later files override earlier ones, and",
        "the keys beside `extends` override both. `null` removes an inherited section; a section with its own",
        "`extends` replaces the inherited one. Quantities that differ between users, items, channels or groups take a",
        "number, or one of: `{kind: constant, value}`, `{kind: uniform, low, high}`,",
        "`{kind: even, low, high}`, `{kind: power-law, exponent, minimum, maximum}`,",
        "`{kind: log-normal, median, spread, minimum, maximum}`, `{kind: quantiles, values: [...]}`.",
        "",
    ]
    lines += _section(model, "", set())
    return "\n".join(lines) + "\n"


def _section(model: type[BaseModel], path: str, seen: set[type[BaseModel]]) -> list[str]:
    rows, inner = [], []
    for name, info in model.model_fields.items():
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        name = info.alias or name
        here = f"{path}.{name}" if path else name
        default = "" if info.default is PydanticUndefined else _short(info.default)
        words = (info.description or "").replace("|", "\\|")
        allowed = range_of(info).replace("|", "\\|")
        rows.append(f"| `{name}` | {words} | {extra.get('unit', '')} | {allowed} | {default} | {source_of(info)} |")
        for kind in expand(info.annotation):
            step = here
            if get_origin(kind) is dict:
                kind, step = expand(get_args(kind)[1])[0], f"{here}.<name>"
            elif get_origin(kind) is tuple:
                kind, step = get_args(kind)[0], f"{here}.<number>"
            for part in expand(kind):
                if isinstance(part, type) and issubclass(part, BaseModel) and part not in seen:
                    if "Spread" in part.__module__ or part.__module__.endswith("spread"):
                        continue
                    inner.append((part, step))
    head = [f"## {_heading(model, path)}", "", " ".join((model.__doc__ or "").split()), ""]
    table = [
        "| field | meaning | unit | range | default | source |",
        "| --- | --- | --- | --- | --- | --- |",
        *rows,
        "",
    ]
    lines = head + table
    for part, step in inner:
        lines += _section(part, step, seen)
    return lines


def _heading(model: type[BaseModel], path: str) -> str:
    """Return the heading of a section; where a section can be of several kinds, each has a heading that names it."""
    kind = model.model_fields.get("kind")
    return f"`{path}`, kind: {kind.default}" if kind is not None else f"`{path}`" if path else "The scenario"


def _short(value: object) -> str:
    if isinstance(value, BaseModel):
        kept = {k: v for k, v in value.model_dump(mode="json").items() if k != "kind" or v != "constant"}
        if set(kept) == {"value"}:
            return f"{kept['value']:g}"
        return " ".join(f"{v}" if k == "kind" else f"{k} {v}" for k, v in kept.items())
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value)
    return "none" if value is None else f"{value}".replace("|", "\\|")
