"""The commands. Heavy imports wait until a command needs them, so that `--help` answers at once."""

from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(
    name="rumorlab",
    help="The policy laboratory for Telegram-like platforms: what moderation does to harm, and what it costs.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="rich",
)
scenario_app = typer.Typer(
    name="scenario",
    help="Begin, check, show and compare scenario files; print schemas for editors.",
    no_args_is_help=True,
)
app.add_typer(scenario_app)
experiment_app = typer.Typer(name="experiment", help="Check and plan experiments.", no_args_is_help=True)
app.add_typer(experiment_app)
results_app = typer.Typer(name="results", help="Look into the results of sweeps.", no_args_is_help=True)
app.add_typer(results_app)

Set = Annotated[
    list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Set one field; may be given several times.")
]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder for the results.")]
Crowd = Annotated[
    Literal["agents", "compiled", "auto", "both"],
    typer.Option(
        "--crowd",
        help="Form of the run: users as agents, compiled (the same run, faster), auto (compiled where possible), "
        "or both, side by side, stopping at the first difference.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output and nothing else there.")]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, help="Runs side by side; all processors if not given.")
]


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        from importlib.metadata import version as version_of

        typer.echo(f"rumorlab {version_of('rumorlab')}")
        raise typer.Exit


@app.command()
def demo(out: Out = None, workers: Workers = None, json: Json = False) -> None:
    """Run the shipped comparison of five moderation policies, and write its report.

    Example: rumorlab demo
    """
    from sim.cli.comparing import compare_command
    from sim.scenario.shipped import shipped_root

    path = shipped_root() / "experiments" / "telegram-moderation.yaml"
    compare_command([path], out=out, workers=workers, as_json=json)


@app.command()
def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="New folder to edit in.")]) -> None:
    """Copy the shipped scenarios and experiments to a folder, to edit.

    Example: rumorlab init my-study
    """
    from sim.scenario.shipped import copy_shipped

    files = copy_shipped(folder)
    typer.echo(f"{len(files)} files in {folder}. Try:")
    typer.echo(f"  rumorlab levers {folder}/scenarios/telegram.yaml")
    typer.echo(f"  rumorlab compare {folder}/experiments/telegram-moderation.yaml")


@app.command()
def levers(
    scenario: Annotated[Path, typer.Argument(metavar="SCENARIO", help="Scenario file.")],
    set_: Set = None,
    json: Json = False,
) -> None:
    """List the dozen knobs that matter, in words, with value, range, unit and source.

    Example: rumorlab levers scenarios/telegram.yaml
    """
    from sim.cli.showing import levers_command

    levers_command(scenario, set_ or [], as_json=json)


@app.command()
def run(
    scenario: Annotated[Path, typer.Argument(metavar="SCENARIO", help="Scenario file.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the world and of the dynamics.")] = 1,
    set_: Set = None,
    out: Out = None,
    json: Json = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print what a tick does and the policy, and stop.")
    ] = False,
    baseline: Annotated[
        bool, typer.Option(help="With --set policy...: run the scenario without the change too, on the same draws.")
    ] = True,
    crowd: Crowd = "auto",
) -> None:
    """Run one scenario; with --set, show what changes.

    Example: rumorlab run scenarios/telegram.yaml --set policy.moderation.reviewers.count=50
    """
    from sim.scenario.load import load_scenario

    load_scenario(scenario, set_ or [])  # so that a mistake is told at once, before the heavy imports
    from sim.cli.running import explain_command, run_command

    if explain:
        explain_command(scenario, set_ or [])
    else:
        run_command(scenario, seed, set_ or [], out=out, as_json=json, baseline=baseline, crowd=crowd)


@app.command()
def compare(
    files: Annotated[list[Path], typer.Argument(metavar="EXPERIMENT | SCENARIO...", help="Experiment, or scenarios.")],
    seeds: Annotated[int | None, typer.Option("--seeds", min=1, help="Pairs of seeds.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Seed from which all pairs are derived.")] = None,
    fixed_world: Annotated[
        bool | None, typer.Option("--fixed-world", help="One world for all pairs; the intervals then say so.")
    ] = None,
    workers: Workers = None,
    set_: Set = None,
    out: Out = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Run again what the folder already holds.")] = False,
    crowd: Crowd = "auto",
    json: Json = False,
) -> None:
    """Compare policies on common random numbers: differences with intervals, the answer in sentences, a report.

    Example: rumorlab compare experiments/telegram-moderation.yaml --seeds 8
    """
    from sim.cli.comparing import compare_command

    compare_command(
        files, seeds=seeds, seed=seed, fixed_world=fixed_world, workers=workers, overrides=set_ or [], out=out,
        fresh=fresh, crowd=crowd, as_json=json,
    )  # fmt: skip


@app.command()
def sweep(
    experiment: Annotated[Path, typer.Argument(metavar="EXPERIMENT", help="Experiment with a space of values.")],
    pairs: Annotated[int | None, typer.Option("--pairs", min=1, help="Pairs of seeds at every point.")] = None,
    workers: Workers = None,
    dask: Annotated[
        str | None, typer.Option("--dask", metavar="ADDRESS|local", help="Run on a Dask cluster, or start one here.")
    ] = None,
    shard: Annotated[
        str | None, typer.Option("--shard", metavar="I/N", help="Only this part of the runs, for array jobs.")
    ] = None,
    point: Annotated[int | None, typer.Option("--point", min=0, help="Only the runs at this point.")] = None,
    arm: Annotated[str | None, typer.Option("--arm", help="Only the runs of this arm.")] = None,
    pair: Annotated[int | None, typer.Option("--pair", min=0, help="Only the runs of this pair of seeds.")] = None,
    set_: Set = None,
    out: Out = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on in a folder: run only what is missing.")] = False,
    crowd: Crowd = "auto",
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
    log: Annotated[bool, typer.Option("--log", help="Progress as JSON lines on standard error.")] = False,
    json: Json = False,
) -> None:
    """Run every arm at every point of a space on every pair of seeds; keep it as it goes, and say what changes.

    Example: rumorlab sweep experiments/takedown-space.yaml --pairs 4
    """
    import os

    from sim.cli.sweeping import sweep_command

    sweep_command(
        experiment, pairs=pairs, workers=workers or os.cpu_count() or 1, dask=dask, shard=shard, point=point, arm=arm,
        pair=pair, overrides=set_ or [],
        out=out, resume=resume, crowd=crowd, quiet=quiet, log=log, as_json=json,
    )  # fmt: skip


@app.command()
def calibrate(
    file: Annotated[Path, typer.Argument(metavar="CALIBRATION", help="Calibration file.")],
    trials: Annotated[int | None, typer.Option("--trials", min=2, help="Points that are tried.")] = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Find values of assumed parameters for which a scenario comes near measured figures, and how many such there are.

    Example: rumorlab calibrate believers.yaml --trials 40
    """
    from sim.cli.fitting import calibrate_command

    calibrate_command(file, trials=trials, out=out, as_json=json)


@app.command()
def tip(
    experiment: Annotated[Path, typer.Argument(metavar="EXPERIMENT", help="Experiment file.")],
    lever: Annotated[str, typer.Option("--lever", metavar="PATH", help="Field that is varied, in all arms.")],
    low: Annotated[float, typer.Option("--low", help="Its lowest value.")],
    high: Annotated[float, typer.Option("--high", help="Its highest value.")],
    arm: Annotated[str, typer.Option("--arm", help="Arm that is set against the reference.")],
    outcome: Annotated[str, typer.Option("--outcome", help="Outcome whose difference counts.")],
    bound: Annotated[float, typer.Option("--bound", help="Difference at which it tips.")] = 0.0,
    unit: Annotated[str, typer.Option("--unit", help="Unit of the lever, if it is a duration: h, days.")] = "",
    steps: Annotated[int, typer.Option("--steps", min=1, max=40, help="How often the interval is halved.")] = 6,
    pairs: Annotated[int | None, typer.Option("--pairs", min=2, help="Pairs of seeds at every value.")] = None,
    set_: Set = None,
    json: Json = False,
) -> None:
    """Find the value of a lever at which the difference of an arm from the reference crosses a bound.

    Example: rumorlab tip experiments/telegram-moderation.yaml --lever policy.moderation.takedown.delay --unit h --low 1
    --high 240 --arm notice-and-action --outcome illegal_views --bound -0.3
    """
    from sim.cli.fitting import tip_command

    tip_command(
        experiment, lever=lever, low=low, high=high, unit=unit, arm=arm, outcome=outcome, bound=bound, steps=steps,
        pairs=pairs, overrides=set_ or [], as_json=json,
    )  # fmt: skip


@experiment_app.command("check")
def experiment_check(
    experiment: Annotated[Path, typer.Argument(metavar="EXPERIMENT", help="Experiment file.")], set_: Set = None
) -> None:
    """Check an experiment: its arms, its space, and every value of every axis.

    Example: rumorlab experiment check experiments/takedown-space.yaml
    """
    from sim.cli.sweeping import check_experiment_command

    check_experiment_command(experiment, set_ or [])


@experiment_app.command("plan")
def experiment_plan(
    experiment: Annotated[Path, typer.Argument(metavar="EXPERIMENT", help="Experiment file.")],
    pairs: Annotated[int | None, typer.Option("--pairs", min=1, help="Pairs of seeds at every point.")] = None,
    workers: Workers = None,
    set_: Set = None,
    json: Json = False,
) -> None:
    """Say how many runs an experiment has, how long they will take and how much memory, from a short probe.

    Example: rumorlab experiment plan experiments/takedown-space.yaml
    """
    import os

    from sim.cli.sweeping import plan_command

    plan_command(experiment, set_ or [], pairs=pairs, workers=workers or os.cpu_count() or 1, as_json=json)


@app.command()
def scale(
    file: Annotated[Path, typer.Argument(metavar="EXPERIMENT | SCENARIO", help="Experiment, or one scenario.")],
    size: Annotated[
        list[int] | None, typer.Option("--size", min=10, help="A number of users; several times. Default: four sizes.")
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=2, help="Pairs of seeds at each size.")] = 4,
    tolerance: Annotated[
        float, typer.Option("--tolerance", min=0.0, help="Relative difference that counts as agreement.")
    ] = 0.1,
    workers: Workers = None,
    set_: Set = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Check whether outcomes per head and the ranking of the policies hold at other numbers of users.

    Example: rumorlab scale experiments/telegram-moderation.yaml
    """
    from sim.cli.scaling import scale_command

    scale_command(
        file, size or [], seeds=seeds, tolerance=tolerance, workers=workers, overrides=set_ or [], out=out, as_json=json
    )


@app.command()
def exam(
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="ID", help="A row (ic-small) or a case; several times.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="The part that takes about a minute.")] = False,
    page: Annotated[
        Path | None, typer.Option("--page", metavar="FILE", help="Write the marks as Markdown too.")
    ] = None,
    json: Json = False,
) -> None:
    """Check the engine against closed forms; the exit code is 1 if a row fails.

    Example: rumorlab exam --quick
    """
    from sim.cli.examining import exam_command

    exam_command(only or [], quick=quick, as_json=json, page=page)


@app.command()
def report(
    results: Annotated[Path, typer.Argument(metavar="RESULTS", help="Folder of a comparison.")],
    item: Annotated[int | None, typer.Option("--item", min=0, help="Item whose cascade is shown.")] = None,
    arm: Annotated[str | None, typer.Option("--arm", help="Policy shown beside the reference.")] = None,
    pair: Annotated[int | None, typer.Option("--pair", min=0, help="Pair of seeds shown, from 0.")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="File to write.")] = None,
) -> None:
    """Make the report of a comparison again, with another cascade if you like.

    Example: rumorlab report results/telegram-moderation/1a2b3c4d --item 17 --arm fast-takedown
    """
    from sim.cli.comparing import report_command

    report_command(results, item=item, arm=arm, pair=pair, out=out)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="List, graph or export.")],
    form: Annotated[
        str,
        typer.Option(
            "--as",
            metavar="FORM",
            help="edges, memberships, graphml, gexf, forwards or telegram; guessed from the file if not given.",
        ),
    ] = "",
    kind: Annotated[
        str,
        typer.Option("--kind", metavar="KIND", help="What the venues of a list of memberships are: channel or group."),
    ] = "group",
    out: Out = None,
    json: Json = False,
) -> None:
    """Read people, ties and venues from a file, say what was found, and write a world that a scenario can name.

    Example: rumorlab import friendships.csv --out scenarios/worlds/friendships.world
    """
    from sim.cli.worlds import import_command

    import_command(file, form=form, kind=kind, out=out, as_json=json)


@app.command()
def world(
    scenario: Annotated[Path, typer.Argument(metavar="SCENARIO", help="Scenario file.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the world.")] = 1,
    set_: Set = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Page to write.")] = None,
    json: Json = False,
) -> None:
    """Make the world of a scenario, print what it is like beside published figures, and draw it on a page.

    Example: rumorlab world scenarios/telegram.yaml
    """
    from sim.cli.worlds import world_command

    world_command(scenario, seed, set_ or [], out=out, as_json=json)


@scenario_app.command("check")
def scenario_check(
    files: Annotated[list[Path], typer.Argument(metavar="FILES", help="Scenarios, experiments or parts.")],
) -> None:
    """Check files; every problem is printed with its file, line and field.

    Example: rumorlab scenario check scenarios/*.yaml scenarios/policies/*.yaml
    """
    from sim.cli.showing import check_command

    check_command(files)


@scenario_app.command("show")
def scenario_show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Scenario or policy.")],
    at: Annotated[str, typer.Option("--at", metavar="PATH", help="Only this section.")] = "",
    set_only: Annotated[bool, typer.Option("--set-only", help="Leave out what is at its default.")] = False,
    set_: Set = None,
    json: Json = False,
) -> None:
    """Print what a run will use, as YAML, each value with the file and line that set it.

    Example: rumorlab scenario show scenarios/telegram.yaml --at policy
    """
    from sim.cli.scenarios import show_command

    show_command(file, set_ or [], at=at, only_set=set_only, as_json=json)


@scenario_app.command("diff")
def scenario_diff(
    one: Annotated[Path, typer.Argument(metavar="A", help="Scenario or policy.")],
    other: Annotated[Path, typer.Argument(metavar="B", help="Another one.")],
    json: Json = False,
) -> None:
    """Say in what two scenarios, or two policies, differ: field by field, and in words.

    Example: rumorlab scenario diff scenarios/policies/notice-and-action.yaml scenarios/policies/combined.yaml
    """
    from sim.cli.scenarios import diff_command

    diff_command(one, other, as_json=json)


@scenario_app.command("new")
def scenario_new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="New file, best in a folder scenarios/.")],
    users: Annotated[int | None, typer.Option("--users", help="Simulated users.")] = None,
    days: Annotated[int | None, typer.Option("--days", help="Days to run.")] = None,
    topic: Annotated[list[str] | None, typer.Option("--topic", help="A topic; several times if you like.")] = None,
    content: Annotated[
        list[str] | None, typer.Option("--content", help="A content class that spreads; several times if you like.")
    ] = None,
    policy: Annotated[str | None, typer.Option("--policy", help="One of the shipped policies.")] = None,
) -> None:
    """Write a commented scenario to start from; what no option says is asked.

    Example: rumorlab scenario new scenarios/mine.yaml --topic vaccines --content conspiracy --policy laissez-faire
    """
    from sim.cli.scenarios import new_command

    new_command(file, users=users, days=days, topics=topic or [], classes=content or [], policy=policy)


@scenario_app.command("schema")
def scenario_schema(
    part: Annotated[str, typer.Argument(metavar="PART", help="scenario, policy, personas or experiment.")] = "scenario",
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

    typer.echo(reference(), nl=False)


Results = Annotated[Path, typer.Argument(metavar="RESULTS", help="Folder of a sweep.")]


@results_app.command("list")
def results_list(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to look in.")] = Path("results"),
    json: Json = False,
) -> None:
    """List the results below a folder: what they are, how many runs, how many failed.

    Example: rumorlab results list results
    """
    from sim.cli.results import list_command

    list_command(folder, as_json=json)


@results_app.command("show")
def results_show(results: Results, json: Json = False) -> None:
    """Say what a sweep says: differences, changes of sign, regret, Sobol indices, and what failed.

    Example: rumorlab results show results/takedown-space
    """
    from sim.cli.results import show_command

    show_command(results, as_json=json)


@results_app.command("sql")
def results_sql(
    results: Results,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="SQL over the tables runs, timings and those kept.")],
    json: Json = False,
) -> None:
    """Answer a query over the tables of a sweep (DuckDB), as CSV; nothing can be changed by it.

    Example: rumorlab results sql results/takedown-space "SELECT arm, avg(harm) FROM runs GROUP BY arm"
    """
    from sim.cli.results import sql_command

    sql_command(results, query, as_json=json)


@results_app.command("export")
def results_export(
    results: Results,
    table: Annotated[str, typer.Option("--table", help="runs, timings, or a table that was kept.")] = "runs",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="CSV file to write.")] = None,
) -> None:
    """Write a table of a sweep as CSV.

    Example: rumorlab results export results/takedown-space --out runs.csv
    """
    from sim.cli.results import export_command

    export_command(results, table=table, out=out)


@results_app.command("merge")
def results_merge(
    folders: Annotated[list[Path], typer.Argument(metavar="RESULTS...", help="Folders of the shards.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="New folder.")],
) -> None:
    """Join the shards of a sweep (`sweep --shard`) into one folder.

    Example: rumorlab results merge results/a-shard-1-of-2 results/a-shard-2-of-2 --out results/a
    """
    from sim.cli.results import merge_command

    merge_command(folders, out)


@results_app.command("clean")
def results_clean(
    results: Results,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
) -> None:
    """Remove what an interrupted sweep left behind (temporary and damaged files); never a result.

    Example: rumorlab results clean results/takedown-space --dry-run
    """
    from sim.cli.results import clean_command

    clean_command(results, dry_run=dry_run)
