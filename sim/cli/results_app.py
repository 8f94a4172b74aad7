"""The commands of `rumorlab results`. Heavy imports wait until a command needs them."""

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.options import Json

results_app = typer.Typer(name="results", help="Inspect the results of sweeps.", no_args_is_help=True)

Results = Annotated[Path, typer.Argument(metavar="RESULTS", help="Folder of a sweep.")]


@results_app.command("list")
def results_list(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to look in.")] = Path("results"),
    json: Json = False,
) -> None:
    """List the results below a folder: type, number of runs, failures.

    Example: rumorlab results list results
    """
    from sim.cli.results import list_command

    list_command(folder, as_json=json)


@results_app.command("show")
def results_show(results: Results, json: Json = False) -> None:
    """Summarise a sweep: differences, sign changes, regret, Sobol indices, and failed runs.

    Example: rumorlab results show results/takedown-space
    """
    from sim.cli.results import show_command

    show_command(results, as_json=json)


@results_app.command("sql")
def results_sql(
    results: Results,
    query: Annotated[
        str, typer.Argument(metavar="QUERY", help="SQL over the tables runs, timings and those saved with `keep`.")
    ],
    json: Json = False,
) -> None:
    """Run an SQL query over the tables of a sweep (DuckDB), as CSV; read-only.

    Example: rumorlab results sql results/takedown-space "SELECT arm, avg(harm) FROM runs GROUP BY arm"
    """
    from sim.cli.results import sql_command

    sql_command(results, query, as_json=json)


@results_app.command("figure")
def results_figure(
    results: Results,
    outcome: Annotated[str | None, typer.Option("--outcome", help="Outcome whose differences are drawn.")] = None,
    along: Annotated[
        str | None, typer.Option("--along", metavar="PATH", help="Axis of the space to draw along.")
    ] = None,
    measure: Annotated[
        str | None, typer.Option("--measure", help="Measure of the saved table of ticks, drawn over time with bands.")
    ] = None,
    class_: Annotated[
        list[str] | None, typer.Option("--class", help="Content class; may be repeated. Default: all.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Page to write.")] = None,
) -> None:
    """Draw a figure of a sweep as a page: differences along an axis, or a measure over time with bands.

    Example: rumorlab results figure results/takedown-space --outcome harm --along policy.moderation.takedown.delay
    """
    from sim.cli.picturing import figure_command

    figure_command(results, outcome=outcome, along=along, measure=measure, classes=class_ or [], out=out)


@results_app.command("export")
def results_export(
    results: Results,
    table: Annotated[str, typer.Option("--table", help="runs, timings, or a table saved with `keep`.")] = "runs",
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
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would be removed.")] = False,
) -> None:
    """Remove temporary and damaged files of an interrupted sweep; results are never removed.

    Example: rumorlab results clean results/takedown-space --dry-run
    """
    from sim.cli.results import clean_command

    clean_command(results, dry_run=dry_run)
