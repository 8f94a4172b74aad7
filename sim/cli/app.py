"""The commands. Heavy imports wait until a command needs them, so that `--help` answers at once."""

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.experiment_app import commands, experiment_app
from sim.cli.options import Crowd, Json, Out, Set, Workers, study_file
from sim.cli.results_app import results_app
from sim.cli.saying import echo
from sim.cli.scenario_app import scenario_app
from sim.vocabulary import MOST_SEED

app = typer.Typer(
    name="rumorlab",
    help="A policy laboratory for Telegram-like platforms: the effects of moderation on harm, and its costs.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="rich",
)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        from importlib.metadata import version as version_of

        echo(f"rumorlab {version_of('rumorlab')}")
        raise typer.Exit
    from sim.dashboard.scratch import clear_left

    clear_left()  # temporary folders of a dashboard that was killed


@app.command()
def demo(set_: Set = None, out: Out = None, workers: Workers = None, json: Json = False) -> None:
    """Run the shipped comparison of five moderation policies and write its report.

    Example: rumorlab demo
    """
    from sim.cli.comparing import compare_command
    from sim.scenario.shipped import shipped_root

    path = shipped_root() / "experiments" / "telegram-moderation.yaml"
    compare_command([path], overrides=set_, out=out, workers=workers, as_json=json)


@app.command()
def doctor(json: Json = False) -> None:
    """Check an installation: versions, folders, optional packages, and a small run on both engines.

    Example: rumorlab doctor
    """
    from sim.cli.doctoring import doctor_command

    doctor_command(as_json=json)


@app.command()
def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="New folder.")]) -> None:
    """Copy the shipped scenarios and experiments to a new folder for editing.

    Example: rumorlab init my-study
    """
    from sim.scenario.shipped import copy_shipped

    files = copy_shipped(folder)
    echo(f"{len(files)} files in {folder}. Try:")
    echo(f"  rumorlab levers {folder}/scenarios/telegram.yaml")
    echo(f"  rumorlab compare {folder}/experiments/telegram-moderation.yaml")


@app.command()
def levers(
    scenario: Annotated[Path, typer.Argument(metavar="SCENARIO", help="Scenario file.", parser=study_file)],
    set_: Set = None,
    json: Json = False,
) -> None:
    """List the most important parameters, with description, value, range, unit and source.

    Example: rumorlab levers scenarios/telegram.yaml
    """
    from sim.cli.showing import levers_command

    levers_command(scenario, set_ or [], as_json=json)


@app.command()
def run(
    scenario: Annotated[Path, typer.Argument(metavar="SCENARIO", help="Scenario file.", parser=study_file)],
    seed: Annotated[
        int, typer.Option("--seed", min=0, max=MOST_SEED, help="Seed of the world and of the dynamics (one number).")
    ] = 1,
    set_: Set = None,
    out: Out = None,
    json: Json = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print the phases of a tick and the policy in words, and stop.")
    ] = False,
    baseline: Annotated[
        bool, typer.Option(help="With --set policy...: also run the unchanged scenario with the same random numbers.")
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
def brief(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")],
    html: Annotated[bool, typer.Option("--html", help="As an HTML page.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="File to write; printed if not given.")
    ] = None,
) -> None:
    """Write a legal brief of a run: notices and their handling, conditions of each law, enforcement steps, and why.

    Example: rumorlab brief results/telegram-law/abcd1234-seed1 --html --out brief.html
    """
    from sim.cli.running import brief_command

    brief_command(run, html=html, out=out)


@app.command()
def dashboard(
    results: Annotated[Path, typer.Argument(metavar="[RESULTS]", help="Results folder.")] = Path("results"),
    study: Annotated[
        Path | None, typer.Option("--study", metavar="DIR", help="Folder with scenarios/ and experiments/.")
    ] = None,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port.")] = 8050,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; any address other than this machine needs a token.")
    ] = "127.0.0.1",
    jobs: Annotated[
        int, typer.Option("--jobs", min=1, max=16, help="Comparisons of the page 'Try it' that run at once.")
    ] = 2,
) -> None:
    """Open results and scenarios in the browser: answers, curves, twins, moderation and law; try out a policy.

    Example: rumorlab dashboard results --port 8050
    """
    from sim.cli.dashing import dashboard_command

    dashboard_command(results, study=study, host=host, port=port, jobs=jobs)


@app.command()
def compare(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="EXPERIMENT | SCENARIO...", help="Experiment, or scenarios.", parser=study_file),
    ],
    seeds: Annotated[int | None, typer.Option("--seeds", min=1, help="Number of paired runs.")] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", min=0, max=MOST_SEED, help="Seed from which the seeds of all paired runs are derived."),
    ] = None,
    fixed_world: Annotated[
        bool | None,
        typer.Option(
            "--fixed-world", help="One world for all paired runs; the intervals then hold for that world only."
        ),
    ] = None,
    workers: Workers = None,
    set_: Set = None,
    out: Out = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Ignore finished runs in the folder and run everything again.")
    ] = False,
    crowd: Crowd = "auto",
    json: Json = False,
) -> None:
    """Compare policies, simulated with the same random numbers: differences with intervals, sentences, and a report.

    Example: rumorlab compare experiments/telegram-moderation.yaml --seeds 8
    """
    from sim.cli.comparing import compare_command

    compare_command(
        files, seeds=seeds, seed=seed, fixed_world=fixed_world, workers=workers, overrides=set_ or [], out=out,
        fresh=fresh, crowd=crowd, as_json=json,
    )  # fmt: skip


@app.command()
def exam(
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="ID", help="A row (ic-small, takedown-curve) or a case; may be repeated."),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Closed forms only, in about a minute.")] = False,
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="KIND", help="closed-form or published; none means both.")
    ] = None,
    page: Annotated[
        Path | None, typer.Option("--page", metavar="FILE", help="Also write the closed forms as Markdown.")
    ] = None,
    validation: Annotated[
        Path | None,
        typer.Option(
            "--validation",
            metavar="FILE",
            help="Also write the published results as Markdown, with figures beside the page.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Validate the engine against closed forms and published results; the exit code is 1 if a row fails.

    Rows on real data need the folder named by RUMORLAB_DATA; without it they are skipped and do not count as passed.

    Example: rumorlab exam --quick
    """
    from sim.cli.examining import exam_command

    exam_command(only or [], quick=quick, kind=kind, as_json=json, page=page, validation=validation)


@app.command()
def report(
    results: Annotated[Path, typer.Argument(metavar="RESULTS", help="Results folder of a comparison.")],
    item: Annotated[int | None, typer.Option("--item", min=0, help="Item whose cascade is shown.")] = None,
    arm: Annotated[
        str | None, typer.Option("--arm", help="Policy shown beside the reference (by its name in the experiment).")
    ] = None,
    pair: Annotated[int | None, typer.Option("--pair", min=0, help="Paired run shown, from 0.")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="File to write.")] = None,
) -> None:
    """Write the report of a comparison again, optionally with another cascade.

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
        typer.Option("--kind", metavar="KIND", help="Type of the chats in a list of memberships: channel or group."),
    ] = "group",
    out: Out = None,
    json: Json = False,
) -> None:
    """Import users, ties, channels and groups from a file, and write a world that a scenario can use.

    Example: rumorlab import friendships.csv --out scenarios/worlds/friendships.world
    """
    from sim.cli.worlds import import_command

    import_command(file, form=form, kind=kind, out=out, as_json=json)


@app.command()
def world(
    scenario: Annotated[Path, typer.Argument(metavar="SCENARIO", help="Scenario file.", parser=study_file)],
    seed: Annotated[int, typer.Option("--seed", min=0, max=MOST_SEED, help="Seed of the world.")] = 1,
    set_: Set = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Page to write.")] = None,
    json: Json = False,
) -> None:
    """Generate the world of a scenario, print its figures beside published ones, and write a page of plots.

    Example: rumorlab world scenarios/telegram.yaml
    """
    from sim.cli.worlds import world_command

    world_command(scenario, seed, set_ or [], out=out, as_json=json)


app.add_typer(commands)
for group in (scenario_app, experiment_app, results_app):
    app.add_typer(group)
