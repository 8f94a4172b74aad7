"""results list, show, sql, export, merge, clean."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
from rich.table import Table

from sim.cli.saying import echo, escape
from sim.cli.showing import console
from sim.errors import InputError, ResultError
from sim.experiment.answers import answers
from sim.experiment.claims import write_own
from sim.experiment.comparison import failures_of
from sim.experiment.merge import merge_results, plan_of_results
from sim.experiment.plan import Plan
from sim.experiment.results import RUNS, TABLES, TIMINGS, Store, as_it_comes, open_results, read_whole
from sim.experiment.store import MANIFEST, read_manifest, reading, to_json
from sim.scenario.places import shown
from sim.whole import leftovers

_MOST_ROWS = 200
_PIECE = 50_000
"""Rows of a table that are written at a time."""


def list_command(folder: Path, *, as_json: bool) -> None:
    """List the results below a folder."""
    if not folder.is_dir():
        raise InputError(f"{shown(folder)}: no such folder")
    found = []
    for path in sorted(folder.rglob(MANIFEST)):
        if "runs" in path.relative_to(folder).parts[:-2] or any(part.startswith(".") for part in path.parts):
            continue
        try:
            manifest = read_manifest(path.parent)
        except ResultError as problem:
            found.append(
                {"folder": shown(path.parent), "what": "damaged", "name": str(problem), "runs": 0, "failed": 0}
            )
            continue
        runs, bad = 1, 0
        try:
            if manifest.get("what") == "sweep":
                frame = Store(path.parent).runs()
                runs, bad = len(frame), int((frame["status"] == "failed").sum())
            elif manifest.get("what") == "comparison":
                runs = len(list((path.parent / "runs").glob("*/[!.]*/" + MANIFEST)))
                bad = len(failures_of(path.parent))
            name = str(manifest.get("name") or manifest.get("scenario", {}).get("name", ""))
        except (ResultError, KeyError, TypeError, ValueError, AttributeError) as problem:
            runs, name, manifest["what"] = 0, str(problem), "damaged"
        found.append(
            {"folder": shown(path.parent), "what": str(manifest.get("what")), "name": name, "runs": runs, "failed": bad}
        )
    if as_json:
        echo(to_json(found), nl=False)
        return
    table = Table()
    for column in ("folder", "what", "name", "runs", "failed"):
        table.add_column(column, overflow="fold", justify="right" if column in ("runs", "failed") else "left")
    for row in found:
        table.add_row(*(escape(f"{cell:,}" if isinstance(cell, int) else str(cell)) for cell in row.values()))
    console().print(table)


def show_command(folder: Path, *, as_json: bool) -> None:
    """Say what the results of a sweep are and what they say."""
    with reading(folder):
        manifest, runs = open_results(folder)
        plan = plan_of_results(manifest, folder)
        _show(folder, manifest, runs, plan, as_json=as_json)


def _show(folder: Path, manifest: dict[str, Any], runs: pd.DataFrame, plan: Plan, *, as_json: bool) -> None:
    found = answers(plan, runs)
    if as_json:
        about = {
            key: manifest[key] for key in ("name", "question", "reference", "design", "space", "command", "versions")
        }
        echo(
            to_json({**about, "runs": len(runs), "failed": int((runs["status"] == "failed").sum()), **found}), nl=False
        )
        return
    out = console()
    out.print(f"[bold]{escape(manifest['name'])}[/bold] {escape(' '.join(manifest['question'].split()))}")
    for sentence in found["sentences"]:
        out.print(f"- {escape(sentence)}")
    table = Table(title="Means over paired runs, by point", title_justify="left")
    table.add_column("point", justify="right")
    table.add_column("set", overflow="fold")
    table.add_column("policy")
    for name in plan.outcomes:
        table.add_column(escape(name), justify="right")
    good = runs[runs["status"] == "done"]
    means = good.groupby(["point", "set", "arm"], sort=False)[list(plan.outcomes)].mean().reset_index()
    for row in means.head(_MOST_ROWS).itertuples(index=False):
        table.add_row(str(row[0]), escape(str(row[1])), escape(str(row[2])), *(f"{value:.3g}" for value in row[3:]))
    out.print(table)
    if len(means) > _MOST_ROWS:
        out.print(f"and {len(means) - _MOST_ROWS:,} more rows: rumorlab results export")
    for name, by_arm in found["regret"].items():
        losses = ", ".join(f"{arm} {value:.3g}" for arm, value in by_arm.items())
        out.print(escape(f"Largest regret over the points, {name}: {losses}."))
    for row in sorted(found.get("sobol", []), key=lambda r: (r["outcome"], r["arm"], -r["total"])):
        out.print(
            escape(
                f"Sobol, {row['outcome']}, {row['arm']}: {row['path']} first {row['first']:.2f} "
                f"(±{row['first_half_width']:.2f}), total {row['total']:.2f} (±{row['total_half_width']:.2f})"
            )
        )
    bad = runs[runs["status"] == "failed"]
    for row in bad.head(10).itertuples():
        out.print(escape(f"failed: point {row.point} ({row.set}), policy {row.arm}, pair {row.pair}: {row.error}"))
    out.print(f"{len(runs):,} runs, {len(bad):,} failed; made by {escape(manifest['command'])}")


def _tables(folder: Path) -> dict[str, pd.DataFrame | ds.Dataset]:
    """Return the tables of a sweep by name; those of all ticks or posts are read only when they are asked for."""
    found: dict[str, pd.DataFrame | ds.Dataset] = {"runs": open_results(folder)[1]}
    if (folder / TIMINGS).is_file():
        found["timings"] = read_whole(folder / TIMINGS).to_pandas()
    return found | {path.stem: as_it_comes(path) for path in sorted((folder / TABLES).glob("*.parquet"))}


def query(folder: Path, sql: str) -> pd.DataFrame:
    """Answer a query over the tables of a sweep. It sees nothing else and changes nothing."""
    try:
        import duckdb
    except ImportError:
        raise InputError("results sql needs DuckDB: pip install 'rumorlab[analysis]'") from None
    with duckdb.connect(":memory:") as connection:
        for name, table in _tables(folder).items():
            connection.register(name, table)
        connection.execute("SET python_enable_replacements = false")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        try:
            result: pd.DataFrame = connection.execute(sql).df()
        except duckdb.Error as problem:
            raise InputError(f"results sql: {str(problem).splitlines()[0]}") from None
    return result


def sql_command(folder: Path, sql: str, *, as_json: bool) -> None:
    """Print the answer to a query."""
    frame = query(folder, sql)
    if as_json:
        echo(json.dumps(json.loads(frame.to_json(orient="records")), ensure_ascii=False, indent=1))
    else:
        echo(frame.to_csv(index=False), nl=False)


def export_command(folder: Path, *, table: str, out: Path | None) -> None:
    """Write a table of a sweep as CSV."""
    found = _tables(folder)
    if table not in found:
        raise InputError(f"no table '{table}' here; there are: {', '.join(found)}")
    if out is None:
        for piece in _csv(found[table]):
            echo(piece, nl=False)
    else:
        write_own(out, _csv(found[table]))
        echo(shown(out))


def _csv(table: pd.DataFrame | ds.Dataset) -> Iterator[str]:
    """Yield a table as CSV, some rows at a time."""
    if isinstance(table, pd.DataFrame):
        yield table.to_csv(index=False)
        return
    yield pd.DataFrame(columns=table.schema.names).to_csv(index=False)
    try:
        for batch in table.to_batches(batch_size=_PIECE):
            yield batch.to_pandas(types_mapper=pd.ArrowDtype).to_csv(index=False, header=False)
    except (OSError, pa.ArrowException) as problem:
        raise ResultError(f"{table.files[0]}: damaged ({str(problem).splitlines()[0]})") from None


def merge_command(folders: list[Path], out: Path) -> None:
    """Join the shards of a sweep."""
    runs, notes = merge_results(folders, out)
    for note in notes:
        console(err=True).print(escape(note))
    echo(f"{shown(out)}: {len(runs):,} runs from {len(folders)} folders")


def clean_command(folder: Path, *, dry_run: bool) -> None:
    """Remove what an interrupted sweep left behind: temporary files and damaged parts; never a result."""
    read_manifest(folder)
    left: list[Path] = [*leftovers(folder), *(p for p in folder.rglob("*.damaged") if p.is_file())]
    for path in left:
        echo(shown(path))
        if not dry_run:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    echo(f"{len(left)} files {'would be' if dry_run else 'were'} removed; {RUNS} and all parts stay")
