"""compare, demo and report."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from sim.cli.saying import echo, escape
from sim.cli.showing import Choice, console
from sim.errors import InputError
from sim.experiment.answer import (
    TextTable,
    costs,
    headline,
    interval_words,
    low_variance_ratios,
    noun,
    pareto_plain,
    ratio_words,
    sentences,
    size_words,
    survival,
    trade_offs,
    weigh,
    with_caveat,
)
from sim.experiment.attribution import attribution_data, attribution_sentences
from sim.experiment.beside import run_beside, runs_of
from sim.experiment.claims import mark_of, place_for, write_own
from sim.experiment.compare import comparison_claim, run_plan
from sim.experiment.comparison import Comparison, open_comparison
from sim.experiment.horizon import horizon_data, horizon_words
from sim.experiment.placebo import placebo_sentences
from sim.experiment.plan import Plan, is_experiment, load_experiment, plan_of_scenarios, settle
from sim.experiment.sensitivity import turned, verdicts
from sim.experiment.store import reading, results_folder, to_json, write_text
from sim.experiment.weighing import others
from sim.report.page import make_report
from sim.scenario.places import shown


def comparison_bar(say: Console) -> Progress:
    """Return the progress bar of runs side by side."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=say)


def compare_command(
    files: list[Path],
    *,
    seeds: int | None = None,
    seed: int | None = None,
    fixed_world: bool | None = None,
    workers: int | None = None,
    overrides: list[str] | None = None,
    out: Path | None = None,
    fresh: bool = False,
    crowd: Choice = "auto",
    as_json: bool = False,
) -> None:
    """Run a comparison, write its report, and print the answer."""
    plan, notes = settle(_plan(files, overrides or []).with_design(pairs=seeds, seed=seed, fixed_world=fixed_world))
    say = console(err=True)
    for note in notes:
        say.print(escape(note))
    folder = place_for(out, results_folder(plan.name) / plan.hash()[:8], comparison_claim(plan))
    began = time.perf_counter()
    with comparison_bar(say) as bar:
        task = bar.add_task("preparing (compiles the rules the first time)", total=runs_of(plan))

        def tell(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, description=f"comparing: {what}" if what else None)

        try:
            comparison = run_plan(plan, folder, workers=workers, fresh=fresh, crowd=crowd, tell=tell)
            run_beside(comparison, plan, workers=workers, tell=tell)
        except KeyboardInterrupt:
            say.print("interrupted: finished runs are kept; run the same command again to resume")
            raise typer.Exit(130) from None
    if comparison.plan.design.pairs > plan.design.pairs:
        there = comparison.plan.design.pairs
        say.print(f"{there} paired runs are there already, not {plan.design.pairs}: all of them are used")
    report = folder / "report.html"
    write_text(report, make_report(comparison))
    seconds = time.perf_counter() - began
    if as_json:
        echo(to_json(_json(comparison, report)), nl=False)
        _failed(comparison)
        return
    _print(comparison, report, seconds)
    _failed(comparison)


def _failed(comparison: Comparison) -> None:
    """End with exit code 1 if runs failed; say which, and how to repeat them."""
    for failure in comparison.failures[:5]:
        said = f"failed: arm {failure['arm']}, pair {failure['pair'] + 1}: {str(failure['error']).splitlines()[0]}"
        echo(f"{said}\n  to repeat: {failure['repeat']}", err=True)
    if comparison.failures:
        raise typer.Exit(1)


def _plan(files: list[Path], overrides: list[str]) -> Plan:
    if len(files) == 1 and is_experiment(files[0]):
        plan = load_experiment(files[0], overrides)
        if plan.space or plan.design.table is not None:
            raise InputError(f"{shown(files[0])}: has a space of values: rumorlab sweep {shown(files[0])}")
        return plan
    if any(is_experiment(path) for path in files):
        raise InputError("give one experiment file, or several scenario files, not both")
    return plan_of_scenarios(files, overrides)


def _json(comparison: Comparison, report: Path) -> dict[str, Any]:
    plan, doubt = comparison.plan, survival(comparison)[0]
    turns, robust = turned(doubt), verdicts(doubt)
    return {
        "results": str(comparison.folder),
        "report": str(report),
        "reference": plan.reference,
        "arms": [{"name": arm.name, "title": arm.title} for arm in plan.arms],
        "pairs": len(comparison.pairs),
        "failed": list(comparison.failures),
        "headline": headline(comparison).plain(),
        "answer": [*sentences(comparison), interval_words(comparison)],
        "costs": {arm: [asdict(cost) for cost in costs(comparison, arm)] for arm in others(comparison)},
        "pareto": pareto_plain(weigh(comparison)),
        "what_did_it": attribution_sentences(comparison),
        "attribution": attribution_data(comparison),
        "placebo": placebo_sentences(comparison),
        "survival": survival(comparison)[1],
        "size": size_words(comparison),
        "horizon": horizon_words(comparison),
        "effect_per_day": horizon_data(comparison),
        "variance_ratios_below_2": low_variance_ratios(comparison),
        "differences": [
            {
                **row,
                "opposite_sign": turns.get((row["arm"], row["outcome"])),
                "robustness": robust.get((row["arm"], row["outcome"])),
            }
            for row in comparison.differences()
        ],
        "reused": comparison.reused,
    }


def _print(comparison: Comparison, report: Path, seconds: float) -> None:
    out, plan = console(), comparison.plan
    titles = {arm.name: arm.title for arm in plan.arms}
    if plan.question:
        out.print(f"[bold]{escape(' '.join(plan.question.split()))}[/bold]")
    doubt, doubts = survival(comparison)
    said = with_caveat(comparison)
    for sentence in said:
        out.print(f"- {escape(sentence)}")
    for sentence in [*attribution_sentences(comparison), *placebo_sentences(comparison)]:
        out.print(f"- {escape(sentence)}")
    for sentence in doubts:
        if sentence not in said:
            out.print(escape(sentence))
    for sentence in [*size_words(comparison), *horizon_words(comparison)]:
        out.print(escape(sentence))
    out.print(escape(interval_words(comparison)))
    for made in (headline(comparison).table, trade_offs(comparison)):
        if made is not None:
            _print_words(out, made)
    robust = verdicts(doubt)
    table = Table(
        title=escape(
            f"Differences from {titles[plan.reference]} (95 % intervals, {len(comparison.pairs)} paired runs)"
        ),
        title_justify="left",
    )
    for name in (
        "policy",
        "outcome",
        "difference",
        "95 % interval",
        "in %",
        "unit",
        "variance ratio",
        *(["robustness"] if robust else []),
    ):
        table.add_column(name, justify="left" if name in ("policy", "outcome", "unit") else "right")
    last = ""
    for row in comparison.differences():
        if not row["headline"]:
            continue
        interval = "–" if row["low"] is None else f"{row['low']:+z.3g} to {row['high']:+z.3g}"
        relative = "–" if row["relative"] is None else f"{100 * row['relative']:+z.0f}"
        ratio = ratio_words(row["variance_ratio"])
        name = titles[row["arm"]] if row["arm"] != last else ""
        if name and last:
            table.add_section()
        last = row["arm"]
        words = noun(row["outcome"])
        table.add_row(
            escape(name), escape(words), f"{row['difference']:+z.3g}", interval, relative, escape(row["unit"]), ratio,
            *([robust.get((row["arm"], row["outcome"]), "–")] if robust else []),
        )  # fmt: skip
    out.print(table)
    out.print("Variance ratio: how many times larger the variance of the difference would be with unpaired runs.")
    if robust:
        out.print("Robustness: direction and size of the effect under sampled assumptions; – if not detectable.")
    if low := low_variance_ratios(comparison):
        out.print(f"Pairing gained little for {len(low)} of these differences; the report says why.")
    runs = len(comparison.outcomes)
    fresh = runs - comparison.reused
    mean = comparison.outcomes["seconds"].mean()
    out.print(f"{runs} runs ({fresh} new, {comparison.reused} reused), {mean:.1f} s a run, {seconds:.0f} s in all")
    out.print(f"results {escape(shown(comparison.folder))}", soft_wrap=True)
    out.print(f"report  {escape(shown(report))}", soft_wrap=True)


def _print_words(out: Console, words: TextTable) -> None:
    table = Table(title=escape(words.title), title_justify="left")
    for name in words.head:
        table.add_column(escape(name))
    for row in words.rows:
        table.add_row(*map(escape, row))
    out.print(table)
    if words.note:
        out.print(escape(words.note))


def report_command(results: Path, *, item: int | None, arm: str | None, pair: int | None, out: Path | None) -> None:
    """Make the report again from a results folder."""
    with reading(results):
        _report(results, open_comparison(results), item=item, arm=arm, pair=pair, out=out)


def _report(
    results: Path, comparison: Comparison, *, item: int | None, arm: str | None, pair: int | None, out: Path | None
) -> None:
    chosen = [f"{name}-{value}" for name, value in (("item", item), ("arm", arm), ("pair", pair)) if value is not None]
    path = out or results / f"{'-'.join(['report', *chosen])}.html"
    mark = mark_of("report", comparison.plan.hash(), item, arm, pair)
    text = f"{make_report(comparison, item=item, arm=arm, pair=pair)}{mark}\n"
    write_own(path, text, mark) if out or chosen else write_text(path, text)
    echo(shown(path))
