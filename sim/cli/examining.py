"""exam."""

from pathlib import Path

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from sim.cli.showing import console
from sim.errors import InputError, nearest
from sim.exam.marking import Mark, mark
from sim.exam.page import exam_page
from sim.exam.rows import CASES, MISSING, chosen
from sim.experiment.store import to_json, write_text


def exam_command(only: list[str], *, quick: bool, as_json: bool, page: Path | None) -> None:
    """Sit the exam, print the marks, and exit with 1 if one failed."""
    known = sorted({case.row for case in CASES} | {case.id for case in CASES})
    for name in only:
        if name not in known:
            raise InputError(f"--only {name}: no such row{nearest(name, known)}")
    sittings = [(case, crowd) for case in chosen(only, quick) for crowd in case.crowds]
    if not sittings:
        raise InputError("none of these rows is part of --quick; leave --quick out")
    marks: list[Mark] = []
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, TimeRemainingColumn(), console=console(err=True), transient=True) as bar:
        task = bar.add_task("exam", total=len(sittings))
        for case, crowd in sittings:
            bar.update(task, description=escape(f"{case.id}, {crowd}"))
            marks.append(mark(case, crowd, quick=quick))
            bar.advance(task)
    failed = [m for m in marks if not m.passed]
    if page is not None:
        write_text(page, exam_page(marks, quick=quick))
    if as_json:
        typer.echo(to_json({"rows": [m.as_dict() for m in marks], "failed": len(failed), "quick": quick}), nl=False)
    else:
        _print(marks, failed)
    if failed:
        raise typer.Exit(1)


def _print(marks: list[Mark], failed: list[Mark]) -> None:
    out = console()
    table = Table(title="The exam", title_justify="left")
    table.add_column("row", overflow="fold")
    for name in ("crowd", "expected", "observed", "tolerance", "observations", "seconds"):
        table.add_column(name, justify="left" if name == "crowd" else "right")
    table.add_column("verdict")
    for m in marks:
        verdict = "[green]passed[/green]" if m.passed else "[bold red]FAILED[/bold red]"
        numbers = (
            f"{m.expected:.5g}",
            f"{m.observed:.5g}",
            f"{m.tolerance:.2g}",
            f"{m.observations:,}",
            f"{m.seconds:.1f}",
        )
        table.add_row(escape(m.id), m.crowd, *numbers, verdict)
    out.print(table)
    out.print(f"{len(marks) - len(failed)} of {len(marks)} passed")
    if MISSING:
        out.print(escape(f"not part of the exam yet: {', '.join(MISSING)}"))
