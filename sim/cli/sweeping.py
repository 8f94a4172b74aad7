"""sweep, experiment check, experiment plan."""

import json
import shlex
import time
from pathlib import Path
from typing import Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from sim.cli.saying import echo, escape
from sim.cli.showing import console
from sim.errors import InputError, nearest
from sim.experiment.answers import answers
from sim.experiment.batch import Run, scenario_at
from sim.experiment.claims import place_for
from sim.experiment.executors import chosen
from sim.experiment.plan import load_settled_experiment
from sim.experiment.points import check_points, points_of
from sim.experiment.run import run_scenario
from sim.experiment.store import results_folder, to_json
from sim.experiment.sweep import Swept, Told, source_text, sweep, sweep_claim
from sim.scenario.places import shown
from sim.scenario.shipped import as_typed


def _shard(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise InputError(f"--shard {text}: must look like 2/8 (the second of eight)")
    return int(number), int(count)


def sweep_command(
    path: Path,
    *,
    pairs: int | None,
    workers: int,
    dask: str | None,
    shard: str | None,
    point: int | None,
    arm: str | None,
    pair: int | None,
    overrides: list[str],
    out: Path | None,
    resume: bool,
    crowd: str,
    quiet: bool,
    log: bool,
    as_json: bool,
) -> None:
    """Run a sweep, keep its results, and print what it says."""
    plan, fixed, notes = load_settled_experiment(path, overrides, pairs)
    part = _shard(shard)
    usual = results_folder(plan.name + (f"-shard-{part[0]}-of-{part[1]}" if part else ""))
    folder = place_for(out, usual, sweep_claim(plan, points_of(plan), shard or ""))
    command = shlex.join(["rumorlab", "sweep", as_typed(path), "--pairs", str(plan.design.pairs)])
    command += "".join(f" --set {shlex.quote(text)}" for text in overrides)
    if arm is not None and arm not in {a.name for a in plan.arms}:
        raise InputError(f"unknown arm '{arm}'{nearest(arm, [a.name for a in plan.arms])}")
    chosen_runs = {"point": point, "arm": arm, "pair": pair}

    def only(run: Run) -> bool:
        return all(wanted is None or getattr(run, name) == wanted for name, wanted in chosen_runs.items())

    say = console(err=True)
    for note in notes:
        say.print(escape(note))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    began = time.perf_counter()
    with Progress(*columns, TimeRemainingColumn(), console=say, disable=quiet or log) as bar:
        task = bar.add_task("preparing (the first start compiles the rules)", total=None)
        told_notes: set[str] = set()

        def tell(told: Told) -> None:
            for note in told.notes:
                if note not in told_notes:
                    told_notes.add(note)
                    say.print(escape(note))
            gone = told.reused + told.done + told.failed
            words = f"{told.done:,} run, {told.reused:,} reused" + (f", {told.failed:,} failed" if told.failed else "")
            bar.update(task, completed=gone, total=told.total, description=words)
            if log:
                line = {"total": told.total, "done": told.done, "reused": told.reused, "failed": told.failed}
                say.file.write(json.dumps(line | {"seconds": round(time.perf_counter() - began, 1)}) + "\n")
                say.file.flush()

        try:
            with chosen(workers, dask) as (make, room):
                made = sweep(
                    plan, folder, make=make, room=room, resume=resume, shard=part, only=only, crowd=crowd, settle=fixed,
                    command=command, text=source_text(path), tell=tell,
                )  # fmt: skip
        except KeyboardInterrupt:
            say.print("interrupted: finished runs are kept; run the same command with --resume to continue")
            raise typer.Exit(130) from None
    seconds = time.perf_counter() - began
    found = answers(plan, made.runs)
    if as_json:
        echo(to_json(_json(made, found)), nl=False)
    else:
        _print(made, found, seconds)
    if made.told.failed:
        raise typer.Exit(1)


def _json(made: Swept, found: dict[str, Any]) -> dict[str, Any]:
    told = made.told
    return {
        "results": str(made.folder),
        "points": len(made.points),
        "runs": told.total,
        "ran": told.done,
        "reused": told.reused,
        "failed": told.failed,
        "notes": told.notes,
        **found,
    }


def _print(made: Swept, found: dict[str, Any], seconds: float) -> None:
    out, told = console(), made.told
    for sentence in found["sentences"]:
        out.print(f"- {escape(sentence)}")
    bad = made.runs[made.runs["status"] == "failed"]
    for row in bad.head(5).itertuples():
        out.print(escape(f"failed: point {row.point} ({row.set}), arm {row.arm}, pair {row.pair}: {row.error}"))
        out.print(escape(f"  to repeat: {row.command}"), soft_wrap=True)
    out.print(
        f"{len(made.points):,} points, {told.total:,} runs ({told.done:,} new, {told.reused:,} reused, {told.failed:,} "
        f"failed), {seconds:.0f} s"
    )
    out.print(
        f"results {escape(shown(made.folder))}: rumorlab results show {escape(shown(made.folder))}", soft_wrap=True
    )


def check_experiment_command(path: Path, overrides: list[str]) -> None:
    """Check an experiment: its arms, its space, and every value of every axis."""
    plan, _, _ = load_settled_experiment(path, overrides, None)
    points = points_of(plan)
    check_points(plan, points)
    runs = len(points) * len(plan.arms) * plan.design.pairs
    echo(
        f"{as_typed(path)}: valid ({len(plan.arms)} policies, {len(points):,} points, {plan.design.pairs} paired runs: "
        f"{runs:,} runs)"
    )


def plan_command(path: Path, overrides: list[str], *, pairs: int | None, workers: int, as_json: bool) -> None:
    """Say how many runs an experiment has, and how long and how large they will be, from a short probe."""
    plan, fixed, _ = load_settled_experiment(path, overrides, pairs)
    points = points_of(plan)
    check_points(plan, points)
    runs = len(points) * len(plan.arms) * plan.design.pairs
    world_seed, seed = plan.seeds(0)
    seconds, memory = [], 0.0
    for arm in plan.arms[:2]:
        for point in (points[0], points[-1])[: 1 if len(points) == 1 else 2]:
            assert arm.tree is not None
            scenario = scenario_at(arm.tree, point, (), fixed)
            run_scenario(scenario, seed, world_seed, root=plan.root)  # compiles, makes the world
            done = run_scenario(scenario, seed, world_seed, root=plan.root)
            seconds.append(done.seconds["total"])
            memory = max(memory, done.peak_memory_mb)
    each = sum(seconds) / len(seconds)
    said = {
        "points": len(points), "arms": len(plan.arms), "pairs": plan.design.pairs, "runs": runs,
        "seconds_a_run": each, "seconds": each * runs / workers, "workers": workers,
        "memory_mb": memory * workers, "axes": len(plan.space), "design": plan.design.kind,
    }  # fmt: skip
    if as_json:
        echo(to_json(said), nl=False)
        return
    table = Table(
        title=escape(f"{plan.name}: {' '.join(plan.question.split())}"), title_justify="left", show_header=False
    )
    design = f"{plan.design.kind} over {len(plan.space)} axes" if plan.space else "the base scenario"
    for words, value in (
        ("points", f"{len(points):,} ({design})"),
        ("policies (arms)", ", ".join(arm.name for arm in plan.arms)),
        ("paired runs", f"{plan.design.pairs:,}"),
        ("runs", f"{runs:,}"),
        ("time per run (from a test run)", f"{each:.2f} s, without building worlds"),
        ("total time", f"about {_long(each * runs / workers)} with {workers} workers"),
        ("memory", f"about {memory * workers:,.0f} MB"),
    ):
        table.add_row(words, escape(value))
    console().print(table)


def _long(seconds: float) -> str:
    return (
        f"{seconds:.0f} s"
        if seconds < 120
        else f"{seconds / 60:.0f} min"
        if seconds < 7200
        else f"{seconds / 3600:.1f} h"
    )
