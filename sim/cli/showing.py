"""levers, scenario check, scenario schema."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import typer
from rich.console import Console
from rich.table import Table

from sim.cli.saying import echo, escape
from sim.errors import InputError, Problem, ScenarioError, nearest
from sim.scenario.declaring import declared
from sim.scenario.elsewhere import Elsewhere
from sim.scenario.fields import Part, made
from sim.scenario.law import Regime
from sim.scenario.levers import levers
from sim.scenario.load import load_scenario, read_resolved, validate
from sim.scenario.people import Persona
from sim.scenario.places import shown
from sim.scenario.policy import Policy
from sim.scenario.schema import SCHEMAS, schema_of
from sim.scenario.shipped import as_typed
from sim.scenario.tree import Mark, Tree
from sim.scenario.writing import in_yaml

Choice = Literal["agents", "compiled", "auto", "both"]
"""Forms of a run that a command takes."""


class _Personas(Part):
    personas: dict[str, Persona] = made(dict, "personas", unit="mapping")


class _Elsewhere(Part):
    elsewhere: dict[str, Elsewhere] = made(dict, "other platforms", unit="mapping")


def console(*, err: bool = False) -> Console:
    """Return a console that does not colour numbers; wide enough for tables when piped."""
    stream = sys.stderr if err else sys.stdout
    return Console(stderr=err, highlight=False, width=None if stream.isatty() else 140)


def words(value: object) -> str:
    """Return a value as it would be written in the YAML."""
    if isinstance(value, dict | list):
        return in_yaml(value)
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else f"{value}"


def levers_command(path: Path, overrides: list[str], *, as_json: bool) -> None:
    """Print the most important parameters."""
    knobs = list(levers(load_scenario(path, overrides).scenario))
    if as_json:
        echo(json.dumps([asdict(knob) for knob in knobs], default=str, ensure_ascii=False, indent=1))
        return
    table = Table(title=f"Main parameters of {escape(as_typed(path))}", title_justify="left", show_lines=True)
    table.add_column("parameter (change with --set PATH=VALUE)", no_wrap=False, min_width=42, overflow="fold")
    for name in ("value", "range", "unit", "source"):
        table.add_column(name, overflow="fold")
    for knob in knobs:
        cells = (words(knob.value), knob.range, knob.unit, knob.source)
        table.add_row(f"[bold]{escape(knob.path)}[/bold]\n{escape(knob.words)}", *(escape(cell) for cell in cells))
    console().print(table)


def check_command(paths: list[Path], *, as_json: bool = False) -> None:
    """Check files by what they declare themselves to be; report all problems of all files.

    As JSON, all problems are on standard output, and the exit code is 2 if there are any.
    """
    problems: list[Problem] = []
    files = []
    for path in paths:
        what: str | None = None
        wrong: tuple[Problem, ...] = ()
        try:
            what = _check(path)
        except ScenarioError as error:
            problems, wrong = [*problems, *error.problems], error.problems
        files.append({"file": as_typed(path), "kind": what, "problems": [asdict(each) for each in wrong]})
        if what is not None and not as_json:
            echo(f"{as_typed(path)}: valid ({what})")
    if as_json:
        echo(json.dumps({"valid": not problems, "files": files}, ensure_ascii=False, indent=1))
        raise typer.Exit(2 if problems else 0)
    if problems:
        raise ScenarioError(problems)


_PARTS = [*SCHEMAS, "experiment", "ranges", "calibration"]


def _check(path: Path) -> str:
    tree = read_resolved(path)
    part = declared(path, tree)
    if part == "experiment":
        from sim.experiment.plan import load_experiment

        load_experiment(path)
    elif part == "policy":
        validate(tree, Policy)
    elif part == "elsewhere":
        validate(Tree({"elsewhere": tree}, tree.mark, {"elsewhere": Mark(tree.mark.file, 1, 1)}), _Elsewhere)
    elif part == "regime":
        validate(tree, Regime)
    elif part == "ranges":
        from sim.experiment.plan import read_ranges

        read_ranges(tree)
    elif part == "calibration":
        from sim.experiment.calibrate import read_calibration

        read_calibration(path)
    elif part == "personas":
        validate(Tree({"personas": tree}, tree.mark, {"personas": Mark(tree.mark.file, 1, 1)}), _Personas)
    elif part == "scenario":
        load_scenario(path)
    else:
        raise InputError(f"{shown(path)}: declares an unknown schema '{part}'{nearest(part, _PARTS)}")
    return part


def schema_command(part: str) -> None:
    """Print a JSON Schema."""
    schemas: dict[str, Callable[[], dict[str, Any]]] = {
        **SCHEMAS,
        "experiment": _experiment_schema,
        "ranges": _ranges_schema,
        "calibration": _calibration_schema,
    }
    if part not in schemas:
        raise InputError(f"unknown part '{part}'{nearest(part, list(schemas))}")
    echo(json.dumps(schemas[part](), indent=1, ensure_ascii=False))


def _experiment_schema() -> dict[str, Any]:
    from sim.experiment.spec import Experiment

    return schema_of(Experiment)


def _ranges_schema() -> dict[str, Any]:
    from sim.experiment.space import Ranges

    return schema_of(Ranges)


def _calibration_schema() -> dict[str, Any]:
    from sim.experiment.calibrate import Calibration

    return schema_of(Calibration)
