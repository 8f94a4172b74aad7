"""Writing YAML: a resolved scenario with the place of each value beside it, and a commented starter."""

import json
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.errors import InputError
from sim.scenario.levers import LEVERS, field_at, range_of, source_of
from sim.scenario.load import load_scenario, read_resolved
from sim.scenario.origins import Origin
from sim.scenario.places import shown
from sim.scenario.shipped import shipped_root

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 _./()%+-]*[A-Za-z0-9)%.]|[A-Za-z]|\d{4}-\d\d-\d\d|\d[\d.]* (?:h|min|days?)")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n", "none"}
_FAR = 64


def in_yaml(value: Any) -> str:
    """Return plain data as YAML on one line."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{in_yaml(key)}: {in_yaml(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(in_yaml(part) for part in value) + "]"
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS and ": " not in value and " #" not in value
        return value if plain else json.dumps(value, ensure_ascii=False)
    return repr(value)


def annotated(values: Iterable[Origin]) -> str:
    """Return values as YAML that loads again, each with the place that set it behind it."""
    lines: list[str] = []
    open_path: list[str] = []
    for origin in values:
        steps = origin.path.split(".")
        common = 0
        while common < min(len(open_path), len(steps) - 1) and open_path[common] == steps[common]:
            common += 1
        for depth in range(common, len(steps) - 1):
            lines.append("  " * depth + _key(steps, depth))
        text = "  " * (len(steps) - 1) + f"{_key(steps, len(steps) - 1)} {in_yaml(origin.value)}"
        lines.append(f"{text:<{_FAR}}  # {origin.place}")
        open_path = steps[:-1]
    return "\n".join(lines) + "\n"


def _key(steps: list[str], depth: int) -> str:
    return "-" if steps[depth].isdecimal() else f"{in_yaml(steps[depth])}:"


# A starter


@dataclass(frozen=True)
class Wishes:
    """What a new scenario is about."""

    name: str
    users: int
    days: int
    topics: tuple[str, ...]
    classes: tuple[str, ...]
    policy: str


def policies() -> list[str]:
    """Return the names of the shipped policies."""
    return sorted(path.stem for path in (shipped_root() / "scenarios" / "policies").glob("*.yaml"))


def _about(path: str) -> str:
    info = field_at(path)
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    return f"{info.description} [{extra.get('unit')}; {range_of(info)}; source: {source_of(info)}]"


def _wrapped(text: str, indent: str, width: int = 116) -> list[str]:
    lines, now = [], indent + "#"
    for word in text.split():
        if len(now) + 1 + len(word) > width:
            lines.append(now)
            now = indent + "#  "
        now += " " + word
    return [*lines, now]


def _needed_topics(personas: Path) -> list[str]:
    kinds = read_resolved(personas, personas.parent.parent).plain()
    return list(dict.fromkeys(topic for kind in kinds.values() for topic in kind.get("interests", {})))


def _topic_of(name: str, topics: tuple[str, ...]) -> str:
    home = {"fraud": "money", "drugs": "drugs", "benign": "news"}.get(name)
    return home if home is not None and home in topics else topics[0]


def starter(wishes: Wishes, needed: list[str]) -> str:
    """Return a new scenario as YAML with comments; `needed` are topics that its personas name."""
    topics = tuple(dict.fromkeys([*wishes.topics, *needed]))
    lines = [
        "# yaml-language-server: $schema=scenario.schema.json",
        "# The platform is described in platforms/, the user types in personas/, moderation policies in policies/.",
        "# Values in this file override them. All fields: rumorlab scenario reference. The values that a run will",
        "# use, and where each comes from: rumorlab scenario show FILE.",
        "extends: platforms/telegram.yaml",
        f"name: {in_yaml(wishes.name)}",
        "description: >",
        "  Describe the scenario here.",
        "",
        *_wrapped(_about("time.days"), ""),
        f"time: {{days: {wishes.days}, tick_hours: 1, start: 2024-08-01}}",
        "",
        *_wrapped(_about("topics"), ""),
        f"topics: {in_yaml(list(topics))}",
        "",
        "world:",
        *_wrapped(_about("world.users"), "  "),
        f"  users: {wishes.users}",
        *_wrapped(_about("world.persons_per_user"), "  "),
        "  persons_per_user: 1000",
        "  personas: {extends: personas/telegram.yaml}",
        "",
        "content:",
        "  # Streams of items: content class, topic, and number per day.",
        *_wrapped(_about("content.streams.x.per_1000_users_day"), "  "),
        "  streams:",
    ]
    for name in wishes.classes:
        made = {"content": name, "topic": _topic_of(name, topics), "per_1000_users_day": 0.8, "first_places": 3}
        lines.append(f"    {name}: {in_yaml(made)}")
    lines += [
        "",
        "policy:",
        f"  extends: policies/{wishes.policy}.yaml",
        "  # The most important parameters: remove the # to set one.",
        *_levers("policy"),
        "",
        "# Changes of policy on a given day:",
        "# phases:",
        "#   - {from: day 10, policy: {extends: policies/fast-takedown.yaml}}",
        "",
    ]
    return "\n".join(lines)


def _levers(section: str) -> list[str]:
    """Return the levers of a section as commented YAML, each with what is known of it."""
    lines: list[str] = []
    open_path: list[str] = []
    mine = [path for path in LEVERS if path.split(".")[0] == section]
    parents = list(dict.fromkeys(path.rsplit(".", 1)[0] for path in mine))
    tops = list(dict.fromkeys(parent.split(".")[1] for parent in parents))
    for path in sorted(mine, key=lambda p: (tops.index(p.split(".")[1]), parents.index(p.rsplit(".", 1)[0]))):
        steps = path.split(".")[1:]
        common = 0
        while common < min(len(open_path), len(steps) - 1) and open_path[common] == steps[common]:
            common += 1
        for depth in range(common, len(steps) - 1):
            lines.append("  # " + "  " * depth + f"{steps[depth]}:")
        default = field_at(path).get_default(call_default_factory=True, validated_data={})
        lines += ["  # " + "  " * (len(steps) - 1) + line.strip() for line in _wrapped(_about(path), "", 100)]
        lines.append("  # " + "  " * (len(steps) - 1) + f"{steps[-1]}: {in_yaml(default)}")
        open_path = steps[:-1]
    return lines


def write_starter(path: Path, wishes: Wishes) -> list[Path]:
    """Write a new scenario, and beside it those shipped parts that it needs and that are not there; return the files.

    Nothing that is there is overwritten; raises InputError.
    """
    if path.exists():
        raise InputError(f"{shown(path)}: exists already; give a new file (nothing was written)")
    if path.suffix not in (".yaml", ".yml"):
        raise InputError(f"{shown(path)}: give a file that ends in .yaml")
    source, written = shipped_root() / "scenarios", []
    parts = [p for folder in ("platforms", "personas", "policies") for p in sorted((source / folder).glob("*.yaml"))]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for part in [*parts, *sorted(source.glob("*.schema.json"))]:
            goal = path.parent / part.relative_to(source)
            if not goal.exists():
                goal.parent.mkdir(exist_ok=True)
                shutil.copyfile(part, goal)
                written.append(goal)
        needed = _needed_topics(path.parent / "personas" / "telegram.yaml")
        path.write_text(starter(wishes, needed), encoding="utf-8")
    except OSError as problem:
        raise InputError(f"{shown(path)}: cannot be written ({problem.strerror or problem})") from None
    load_scenario(path)
    return [path, *written]
