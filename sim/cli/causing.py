"""causes."""

import html
from pathlib import Path

import typer

from sim.cli.comparing import comparison_bar
from sim.cli.saying import echo, escape
from sim.cli.showing import console
from sim.experiment.causes import FILE, find_causes
from sim.experiment.claims import mark_of, place_of_check, write_own
from sim.experiment.compare import comparison_claim
from sim.experiment.plan import load_settled_experiment
from sim.experiment.store import results_folder
from sim.report.causes_figure import causes_figure
from sim.report.frame import Plots, whole_page
from sim.scenario.places import shown


def causes_command(
    path: Path,
    *,
    arm: str | None,
    outcome: str,
    pairs: int | None,
    workers: int | None,
    overrides: list[str],
    out: Path | None,
    as_json: bool,
) -> None:
    """Run every set of open paths, and say how much each path contributes."""
    plan, _, notes = load_settled_experiment(path, overrides, pairs)
    folder = place_of_check(out, results_folder(plan.name), comparison_claim(plan))
    say = console(err=True)
    for note in notes:
        say.print(escape(note))
    try:
        with comparison_bar(say) as bar:
            task = bar.add_task("preparing", total=2 ** len(plan.paths) * plan.design.pairs)

            def tell(done: int, total: int, what: str) -> None:
                bar.update(task, completed=done, total=total, description=what or None)

            causes, _ = find_causes(plan, folder, arm=arm, outcome=outcome, workers=workers, tell=tell)
    except KeyboardInterrupt:
        say.print("interrupted: finished runs are kept; run the same command again to resume")
        raise typer.Exit(130) from None
    plots, page = Plots(), folder / _page(causes.arm, causes.outcome, plan.reference, plan.outcomes[0])
    said = "".join(f"<li>{_text(sentence)}</li>" for sentence in causes.sentences())
    body = f"<h1>{_text(plan.question or plan.name)}</h1><ul>{said}</ul>{plots.place(causes_figure(causes))}"
    mark = mark_of("causes", plan.hash(), causes.arm, causes.outcome)
    write_own(page, whole_page(plan.name, [mark, f"<section>{body}</section>"]), mark)
    if as_json:
        echo((folder / FILE).read_text(encoding="utf-8"), nl=False)
        return
    printer = console()
    for sentence in causes.sentences():
        printer.print(f"- {escape(sentence)}")
    printer.print(
        f"{causes.pairs} paired runs, {2 ** len(plan.paths)} sets of open paths, {plan.arms[0].scenario.time.days} days"
    )
    printer.print(f"results {escape(shown(folder / FILE))}", soft_wrap=True)
    printer.print(f"page    {escape(shown(page))}", soft_wrap=True)


def _page(arm: str, outcome: str, reference: str, first: str) -> str:
    """Return the name of the page: of another arm or outcome than the usual ones it has a name of its own."""
    return (
        "-".join(["causes", *([arm] if arm != reference else []), *([outcome] if outcome != first else [])]) + ".html"
    )


def _text(text: str) -> str:
    return html.escape(" ".join(text.split()))
