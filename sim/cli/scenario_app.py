"""The commands of `rumorlab scenario`. Heavy imports wait until a command needs them."""

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.options import Json, Set, study_file
from sim.cli.saying import echo

scenario_app = typer.Typer(
    name="scenario",
    help="Create, check, show and compare scenario files; print schemas for editors.",
    no_args_is_help=True,
)


@scenario_app.command("check")
def scenario_check(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILES", help="Scenarios, experiments or parts.", parser=study_file)
    ],
    json: Json = False,
) -> None:
    """Check files; problems are printed with their file, line and field (the first 20; all with --json).

    Example: rumorlab scenario check scenarios/*.yaml scenarios/policies/*.yaml
    """
    from sim.cli.showing import check_command

    check_command(files, as_json=json)


@scenario_app.command("show")
def scenario_show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Scenario or policy.", parser=study_file)],
    at: Annotated[str, typer.Option("--at", metavar="PATH", help="Only this section.")] = "",
    set_only: Annotated[bool, typer.Option("--set-only", help="Omit default values.")] = False,
    set_: Set = None,
    json: Json = False,
) -> None:
    """Print the resolved scenario as YAML, each value with the file and line that set it.

    Example: rumorlab scenario show scenarios/telegram.yaml --at policy
    """
    from sim.cli.scenarios import show_command

    show_command(file, set_ or [], at=at, only_set=set_only, as_json=json)


@scenario_app.command("diff")
def scenario_diff(
    one: Annotated[Path, typer.Argument(metavar="A", help="Scenario or policy.", parser=study_file)],
    other: Annotated[Path, typer.Argument(metavar="B", help="Another one.", parser=study_file)],
    json: Json = False,
) -> None:
    """List the differences between two scenarios or two policies, field by field and in words.

    Example: rumorlab scenario diff scenarios/policies/notice-and-action.yaml scenarios/policies/combined.yaml
    """
    from sim.cli.scenarios import diff_command

    diff_command(one, other, as_json=json)


@scenario_app.command("new")
def scenario_new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="New file, preferably in a folder scenarios/.")],
    users: Annotated[int | None, typer.Option("--users", help="Simulated users.")] = None,
    days: Annotated[int | None, typer.Option("--days", help="Days to run.")] = None,
    topic: Annotated[list[str] | None, typer.Option("--topic", help="A topic; may be repeated.")] = None,
    content: Annotated[
        list[str] | None, typer.Option("--content", help="A content class that spreads; may be repeated.")
    ] = None,
    policy: Annotated[str | None, typer.Option("--policy", help="One of the shipped policies.")] = None,
) -> None:
    """Write a commented scenario to start from; options that are not given are asked for.

    Example: rumorlab scenario new scenarios/mine.yaml --topic vaccines --content conspiracy --policy laissez-faire
    """
    from sim.cli.scenarios import new_command

    new_command(file, users=users, days=days, topics=topic or [], classes=content or [], policy=policy)


@scenario_app.command("schema")
def scenario_schema(
    part: Annotated[
        str,
        typer.Argument(
            metavar="PART", help="scenario, policy, personas, elsewhere, regime, ranges, experiment, calibration."
        ),
    ] = "scenario",
) -> None:
    """Print the JSON Schema that editors use to complete and check.

    Example: rumorlab scenario schema > scenario.schema.json
    """
    from sim.cli.showing import schema_command

    schema_command(part)


@scenario_app.command("reference")
def scenario_reference() -> None:
    """Print every field with meaning, unit, range, default and source, as Markdown.

    Example: rumorlab scenario reference > reference.md
    """
    from sim.scenario.schema import reference

    echo(reference(), nl=False)
