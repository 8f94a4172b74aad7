"""scale."""

import shlex
from dataclasses import asdict
from pathlib import Path

import typer
from rich.table import Table

from sim.cli.comparing import comparison_bar
from sim.cli.saying import echo, escape
from sim.cli.showing import console
from sim.experiment.claims import place_of_check
from sim.experiment.compare import Tell, comparison_claim
from sim.experiment.plan import Plan, is_experiment, load_experiment, plan_of_scenarios
from sim.experiment.scale import FILE, SIZES, Scale, check_scale, with_and_without
from sim.experiment.store import results_folder, to_json
from sim.outcomes import OUTCOMES
from sim.scenario.places import shown
from sim.scenario.shipped import as_typed


def _plan(path: Path, overrides: list[str]) -> Plan:
    if is_experiment(path):
        return load_experiment(path, overrides)
    return with_and_without(plan_of_scenarios([path], overrides, alone=True))


def scale_command(
    path: Path,
    sizes: list[int],
    *,
    seeds: int,
    tolerance: float,
    workers: int | None,
    overrides: list[str],
    out: Path | None,
    as_json: bool,
) -> None:
    """Run an experiment at several sizes and say what holds at all of them."""
    plan = _plan(path, overrides).with_design(pairs=seeds, seed=None, fixed_world=None)
    chosen = tuple(sorted(set(sizes))) or SIZES
    command = f"rumorlab scale {shlex.quote(as_typed(path))} --seeds {seeds}"
    command += "".join(f" --size {size}" for size in sizes) + "".join(f" --set {shlex.quote(o)}" for o in overrides)
    folder = place_of_check(out, results_folder(plan.name), comparison_claim(plan))
    say = console(err=True)
    try:
        with comparison_bar(say) as bar:
            task = bar.add_task("preparing", total=len(chosen) * seeds * len(plan.arms))
            done_before = {size: i * seeds * len(plan.arms) for i, size in enumerate(chosen)}

            def tell(size: int) -> Tell:
                def step(done: int, total: int, what: str) -> None:
                    words = f"{size:,} users: {what}" if what else f"{size:,} users"
                    bar.update(task, completed=done_before[size] + done, description=words)

                return step

            made = check_scale(plan, folder, chosen, tolerance=tolerance, workers=workers, command=command, tell=tell)
    except KeyboardInterrupt:
        say.print("interrupted: finished runs are kept; run the same command again to resume")
        raise typer.Exit(130) from None
    if as_json:
        echo(to_json(asdict(made) | {"sentences": made.sentences(), "results": str(folder / FILE)}), nl=False)
        return
    _print(made, plan, folder)


def _print(made: Scale, plan: Plan, folder: Path) -> None:
    out, titles = console(), {arm.name: arm.title for arm in plan.arms}
    table = Table(title="Outcomes per user by number of users (* differs from the largest size)", title_justify="left")
    table.add_column("outcome", overflow="fold")
    table.add_column("policy", overflow="fold")
    for size in made.sizes:
        table.add_column(f"{size:,}", justify="right")
    for outcome in plan.outcomes:
        for i, arm in enumerate(plan.arms):
            cells = [row for row in made.per_head if row.outcome == outcome and row.arm == arm.name]
            marked = [f"{row.mean:.3g}{'*' if row.verdict == 'differs' else ''}" for row in cells]
            table.add_row("" if i else escape(OUTCOMES[outcome].words), escape(titles[arm.name]), *marked)
        table.add_section()
    out.print(table)
    for sentence in made.sentences():
        out.print(f"- {escape(sentence)}")
    out.print(f"results {escape(shown(folder / FILE))}", soft_wrap=True)
