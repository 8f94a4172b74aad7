"""exam."""

from collections.abc import Callable
from pathlib import Path

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from sim.cli.saying import echo, escape
from sim.cli.showing import console
from sim.errors import InputError, nearest
from sim.exam.marking import CLOSED, KINDS, PUBLISHED, Mark, mark, mark_row
from sim.exam.page import exam_page
from sim.exam.published.rows import ROWS
from sim.exam.published.rows import chosen as chosen_rows
from sim.exam.rows import CASES, MISSING, chosen
from sim.exam.validation import write_validation
from sim.experiment.claims import write_own
from sim.experiment.store import to_json

Sitting = tuple[str, Callable[[], list[Mark]]]


def exam_command(
    only: list[str], *, quick: bool, kind: str | None, as_json: bool, page: Path | None, validation: Path | None
) -> None:
    """Sit the exam, print the marks, and exit with 1 if one failed."""
    if kind is not None and kind not in KINDS:
        raise InputError(f"--kind {kind}: must be one of {', '.join(KINDS)}{nearest(kind, list(KINDS))}")
    marks = _sat(_sittings(only, quick=quick, kind=kind))
    failed = [m for m in marks if not m.passed]
    closed, published = ([m for m in marks if m.kind == which] for which in KINDS)
    if page is not None:
        text = exam_page(closed, quick=quick)
        write_own(page, text, text.partition("\n")[0])
    if validation is not None:
        write_validation(validation, published)
    if as_json:
        echo(to_json({"rows": [m.as_dict() for m in marks], "failed": len(failed), "quick": quick}), nl=False)
    else:
        _print(closed, published)
    if failed:
        raise typer.Exit(1)


def _sittings(only: list[str], *, quick: bool, kind: str | None) -> list[Sitting]:
    """Return what is to be sat, in words, and how; raises InputError for a row that there is not."""
    known = sorted({case.row for case in CASES} | {case.id for case in CASES} | {row.id for row in ROWS})
    for name in only:
        if name not in known:
            raise InputError(f"--only {name}: no such row{nearest(name, known)}")
    out: list[Sitting] = []
    if kind != PUBLISHED:
        for case in chosen(only, quick):
            for crowd in case.crowds:
                out.append((f"{case.id}, {crowd}", lambda one=case, on=crowd: [mark(one, on, quick=quick)]))  # type: ignore[misc]
    if kind != CLOSED and not quick:
        out += [(row.id, lambda one=row: mark_row(one)) for row in chosen_rows(only)]  # type: ignore[misc]
    if not out:
        raise InputError("no row matches both --only and --quick or --kind; leave one of them out")
    return out


def _sat(sittings: list[Sitting]) -> list[Mark]:
    marks: list[Mark] = []
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, TimeRemainingColumn(), console=console(err=True), transient=True) as bar:
        task = bar.add_task("exam", total=len(sittings))
        for words, sit in sittings:
            bar.update(task, description=escape(words))
            marks += sit()
            bar.advance(task)
    return marks


def _print(closed: list[Mark], published: list[Mark]) -> None:
    out = console()
    if closed:
        table = Table(title="Validation: closed forms", title_justify="left")
        table.add_column("row", overflow="fold")
        for name in ("engine", "expected", "observed", "tolerance", "observations", "seconds"):
            table.add_column(name, justify="left" if name == "engine" else "right")
        table.add_column("verdict")
        for m in closed:
            numbers = (f"{m.expected:.5g}", f"{m.observed:.5g}", f"{m.tolerance:.2g}", f"{m.observations:,}")
            table.add_row(escape(m.id), m.crowd, *numbers, f"{m.seconds:.1f}", _verdict(m))
        out.print(table)
    if published:
        table = Table(title="Validation: published results", title_justify="left")
        table.add_column("figure", overflow="fold")
        for name in ("published", "observed", "95 % interval"):
            table.add_column(name, justify="right")
        table.add_column("label")
        table.add_column("verdict")
        for m in published:
            sign = {"at-least": "at least ", "at-most": "at most "}.get(m.bound, "")
            interval = f"{m.low:.3g} to {m.high:.3g}" if m.low == m.low else ""
            shown = (f"{sign}{m.expected:.3g} {m.unit}", f"{m.observed:.3g}", interval)
            table.add_row(escape(m.id), *map(escape, shown), m.fit, _verdict(m))
        out.print(table)
    marks = [*closed, *published]
    for m in published:
        if m.reason:
            out.print(escape(f"{m.id}: {m.reason}"))
    out.print(f"{sum(m.passed for m in marks)} of {len(marks)} passed")
    if MISSING:
        out.print(escape(f"not part of the exam yet: {', '.join(MISSING)}"))


def _verdict(m: Mark) -> str:
    return "[green]passed[/green]" if m.passed else "[bold red]FAILED[/bold red]"
