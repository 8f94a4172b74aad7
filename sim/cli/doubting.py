"""sensitivity."""

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Literal

import typer
from rich.table import Table

from sim.cli.comparing import comparison_bar
from sim.cli.saying import echo, escape
from sim.cli.showing import console
from sim.experiment.answer import noun
from sim.experiment.claims import place_of_check
from sim.experiment.compare import comparison_claim
from sim.experiment.executors import chosen
from sim.experiment.plan import Plan, load_settled_experiment
from sim.experiment.sensitivity import FILE, VERDICTS, Sensitivity, check_sensitivity, size_words
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
    """Run an experiment over the ranges of its assumed values, and say what is left of its answer."""
    whole, fixed, notes = load_settled_experiment(path, overrides, None)
    plan = whole.with_design(pairs=pairs)
    folder = place_of_check(out, results_folder(plan.name), comparison_claim(whole))
    say = console(err=True)
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
                base_pairs=whole.design.pairs,
                text=source_text(path), tell=tell,
            )  # fmt: skip
    except KeyboardInterrupt:
        say.print("interrupted: finished runs are kept; run the same command again to resume")
        raise typer.Exit(130) from None
    titles = {arm.name: arm.title for arm in plan.arms}
    if as_json:
        told = made.told_from_chance()
        rows = [{**asdict(t), "same": t.same, "verdict": t.verdict, "among": t.among} for t in made.turns]
        said = {"sentences": told.sentences(titles, plan.reference), "results": str(folder / FILE), "turns": rows}
        echo(to_json(asdict(made) | {"verdicts": VERDICTS} | said), nl=False)
        return
    _print(made, plan, titles, folder)


def _print(made: Sensitivity, plan: Plan, titles: dict[str, str], folder: Path) -> None:
    out, told = console(), made.told_from_chance()
    table = Table(
        title=escape(f"Differences from {titles[plan.reference]} over the ranges of {len(made.ranges)} assumptions"),
        title_justify="left",
    )
    share = "5 % to 95 % of the samples"
    columns = ("policy", "outcome", "as shipped", share, "same direction", "size left", "verdict")
    for name in columns:
        table.add_column(name, justify="left" if name in ("policy", "outcome", "verdict") else "right")
    last = ""
    for turn in told.turns:
        name, last = titles[turn.arm] if turn.arm != last else "", turn.arm
        if name and table.row_count:
            table.add_section()
        left = f"{size_words(turn.left)} ({size_words(turn.left_low)} to {size_words(turn.left_high)})"
        cells = (f"{turn.base:+z.3g}", f"{turn.low:+z.3g} to {turn.high:+z.3g}", f"{turn.same} of {turn.points}", left)
        table.add_row(escape(name), escape(noun(turn.outcome)), *cells, turn.verdict)
    if told.turns:
        out.print(table)
        used = {turn.verdict for turn in told.turns}
        for word, meaning in VERDICTS.items():
            if word in used:
                out.print(f"{word}: {escape(meaning)}.")
    for sentence in told.sentences(titles, plan.reference):
        out.print(f"- {escape(sentence)}")
    left_out = len(made.turns) - len(told.turns)
    if left_out:
        out.print(
            f"{left_out} of {len(made.turns)} headline effects are not statistically detectable in the "
            f"{made.base_pairs} paired runs at the shipped values, and are left out."
        )
    out.print(
        "A sample sets all assumptions at once; its effect is the mean over the paired runs, so random variation flips "
        "small ones too. Size left: the effect in a sample over that at the shipped values, in the same paired runs; "
        "the median, and 5 % to 95 % of the samples."
    )
    out.print(f"results {escape(shown(folder / FILE))}", soft_wrap=True)
