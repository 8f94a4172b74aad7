"""sensitivity."""

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Literal

import typer
from rich.markup import escape
from rich.table import Table

from sim.cli.comparing import comparison_bar
from sim.cli.showing import console
from sim.experiment.answer import noun
from sim.experiment.executors import chosen
from sim.experiment.plan import Plan, load_settled_experiment
from sim.experiment.sensitivity import FILE, Sensitivity, check_sensitivity
from sim.experiment.store import results_folder, to_json
from sim.experiment.sweep import Told, source_text
from sim.scenario.places import shown
from sim.scenario.shipped import as_typed


def sensitivity_command(
    path: Path,
    *,
    kind: Literal["latin-hypercube", "sobol"],
    samples: int,
    pairs: int,
    workers: int,
    overrides: list[str],
    out: Path | None,
    as_json: bool,
) -> None:
    """Run an experiment over the ranges of its assumed values, and say what keeps its sign."""
    plan, fixed, notes = load_settled_experiment(path, overrides, pairs)
    folder, say = out or results_folder(plan.name), console(err=True)
    for note in notes:
        say.print(escape(note))
    command = shlex.join(["rumorlab", "sensitivity", as_typed(path), "--samples", str(samples), "--pairs", str(pairs)])
    command += (" --design sobol" if kind == "sobol" else "") + "".join(f" --set {shlex.quote(o)}" for o in overrides)
    try:
        with comparison_bar(say) as bar, chosen(workers, None) as (make, room):
            task = bar.add_task("preparing (compiles the rules the first time)", total=None)

            def tell(told: Told) -> None:
                words = f"{told.done:,} run, {told.reused:,} reused" + (f", {told.failed:,} failed" * bool(told.failed))
                bar.update(task, completed=told.reused + told.done + told.failed, total=told.total, description=words)

            made = check_sensitivity(
                plan, folder, kind=kind, samples=samples, make=make, room=room, settle=fixed, command=command,
                text=source_text(path), tell=tell,
            )  # fmt: skip
    except KeyboardInterrupt:
        say.print("interrupted: what was finished is kept; the same command goes on where it was")
        raise typer.Exit(130) from None
    titles = {arm.name: arm.title for arm in plan.arms}
    if as_json:
        said = {"sentences": made.sentences(titles, plan.reference), "results": str(folder / FILE)}
        typer.echo(to_json(asdict(made) | said), nl=False)
        return
    _print(made, plan, titles, folder)


def _print(made: Sensitivity, plan: Plan, titles: dict[str, str], folder: Path) -> None:
    out = console()
    table = Table(
        title=escape(f"Differences from {titles[plan.reference]} over the ranges of {len(made.ranges)} assumed values"),
        title_justify="left",
    )
    for name in ("policy", "outcome", "below", "above", "5 % to 95 % of the draws", "keeps its sign"):
        table.add_column(name, justify="right" if name in ("below", "above", "5 % to 95 % of the draws") else "left")
    last = ""
    for turn in made.turns:
        name, last = titles[turn.arm] if turn.arm != last else "", turn.arm
        if name and table.row_count:
            table.add_section()
        counts = (str(turn.below), str(turn.above), f"{turn.low:+.3g} to {turn.high:+.3g}")
        table.add_row(escape(name), escape(noun(turn.outcome)), *counts, "yes" if turn.survives else "no")
    out.print(table)
    for sentence in made.sentences(titles, plan.reference):
        out.print(f"- {escape(sentence)}")
    out.print(
        "A draw sets all assumed values at once; its difference is the mean over the pairs, so that chance turns small "
        "ones too."
    )
    out.print(f"results {escape(shown(folder / FILE))}", soft_wrap=True)
