"""scenario show, scenario diff, scenario new."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer
from pydantic import BaseModel
from rich.table import Table

from sim.cli.saying import echo, escape
from sim.cli.showing import console
from sim.errors import InputError, nearest
from sim.scenario.declaring import declared
from sim.scenario.levers import field_at
from sim.scenario.load import load_scenario, read_resolved
from sim.scenario.origins import Origin, differences, origins
from sim.scenario.places import shown
from sim.scenario.policy import Policy
from sim.scenario.scenario import Scenario
from sim.scenario.shipped import as_typed
from sim.scenario.writing import Wishes, annotated, in_yaml, policies, write_starter
from sim.vocabulary import CLASSES

_MODELS: dict[str, type[BaseModel]] = {"scenario": Scenario, "policy": Policy}


def _values(path: Path, overrides: list[str]) -> tuple[str, list[Origin]]:
    part = declared(path, read_resolved(path))
    if part not in _MODELS:
        raise InputError(f"{shown(path)}: this command needs a scenario or a policy; the file declares: {part}")
    return part, origins(path, overrides, _MODELS[part])


def show_command(path: Path, overrides: list[str], *, at: str, only_set: bool, as_json: bool) -> None:
    """Print a resolved scenario with the place of each value."""
    _, values = _values(path, overrides)
    kept = [o for o in values if not at or o.path == at or o.path.startswith(f"{at}.")]
    if not kept:
        parts = sorted({o.path.rsplit(".", n)[0] for o in values for n in range(4)})
        raise InputError(f"--at {at}: no such section{nearest(at, parts)}")
    if only_set:
        kept = [o for o in kept if o.mark is not None]
    if as_json:
        found = [{"path": o.path, "value": o.value, "from": o.place} for o in kept]
        echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        echo(annotated(kept), nl=False)


def _words(path: str, part: str) -> str:
    try:
        return field_at(f"policy.{path}" if part == "policy" else path).description or ""
    except InputError:
        return ""


def _cell(value: Any) -> str:
    return "–" if value is None else in_yaml(value)


def diff_command(one: Path, other: Path, *, as_json: bool) -> None:
    """Print where two scenarios, or two policies, differ: field by field, then in words."""
    (part, before), (second, after) = _values(one, []), _values(other, [])
    if part != second:
        raise InputError(f"{shown(one)} is a {part}, {shown(other)} a {second}: they cannot be compared")
    found = differences(before, after)
    less, more = _sentences(one, other, part)
    if as_json:
        said = {"differences": [asdict(d) | {"words": _words(d.path, part)} for d in found]}
        echo(json.dumps(said | {"only_first": less, "only_second": more}, ensure_ascii=False, indent=1))
        return
    out = console()
    if not found:
        out.print("No differences.")
        return
    table = Table(title=f"{len(found)} differences", title_justify="left")
    for name in ("field", escape(as_typed(one)), escape(as_typed(other)), "meaning"):
        table.add_column(name, overflow="fold")
    for d in found:
        table.add_row(escape(d.path), escape(_cell(d.before)), escape(_cell(d.after)), escape(_words(d.path, part)))
    out.print(table)
    for path, sentences in ((one, less), (other, more)):
        if sentences:
            out.print(f"\nOnly [bold]{escape(as_typed(path))}[/bold]:")
        for sentence in sentences:
            out.print(f"  - {escape(sentence)}")


def _sentences(one: Path, other: Path, part: str) -> tuple[list[str], list[str]]:
    """Return what the policies of two files say in words that the other does not say."""
    from sim.report.words import policy_in_words

    said = []
    for path in (one, other):
        scenario = load_scenario(path).scenario if part == "scenario" else _around(path)
        said.append(policy_in_words(scenario))
    return [s for s in said[0] if s not in said[1]], [s for s in said[1] if s not in said[0]]


def _around(path: Path) -> Scenario:
    from sim.scenario.load import validate

    policy = validate(read_resolved(path), Policy)
    return Scenario().model_copy(update={"policy": policy})


def new_command(
    path: Path,
    *,
    users: int | None,
    days: int | None,
    topics: list[str],
    classes: list[str],
    policy: str | None,
) -> None:
    """Write a commented scenario to start from; ask for what was not given, if somebody is there to ask."""
    ask = sys.stdin.isatty()
    if users is None:
        users = typer.prompt("Number of simulated users?", default=5000, type=int) if ask else 5000
    if days is None:
        days = typer.prompt("Number of days?", default=30, type=int) if ask else 30
    if not topics:
        said = typer.prompt("Topics (separated by commas)?", default="vaccines, news") if ask else ""
        topics = [t.strip() for t in said.split(",") if t.strip()] or ["vaccines", "news"]
    if not classes:
        usual = "conspiracy, fraud, benign, correction"
        said = typer.prompt(f"Content classes that spread ({', '.join(CLASSES)})?", default=usual) if ask else usual
        classes = [c.strip() for c in said.split(",") if c.strip()]
    if policy is None:
        known = ", ".join(policies())
        policy = typer.prompt(f"Policy ({known})?", default="notice-and-action") if ask else "notice-and-action"
    for name in classes:
        if name not in CLASSES:
            raise InputError(f"unknown content class '{name}'{nearest(name, list(CLASSES))}")
    if policy not in policies():
        raise InputError(f"unknown policy '{policy}'{nearest(policy, policies())}")
    if not 2 <= users <= 20_000_000 or not 1 <= days <= 3660:
        raise InputError(f"users must be 2 to 20,000,000 and days 1 to 3,660 (got {users} and {days})")
    made = write_starter(path, Wishes(path.stem, users, days, tuple(topics), tuple(classes), policy))
    echo(f"{shown(path)}: written" + (f", with {len(made) - 1} shared parts beside it" if made[1:] else ""))
    echo(f"  rumorlab scenario show {shown(path)} --set-only")
    echo(f"  rumorlab run {shown(path)}")
