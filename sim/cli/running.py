"""run and run --explain."""

import shlex
from pathlib import Path
from time import monotonic
from typing import Any

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from sim.cli.saying import echo, escape
from sim.cli.showing import Choice, console, words
from sim.experiment.claims import mark_of, place_for, write_own
from sim.experiment.run import Finished, peak_memory_mb, run_claim, run_scenario, run_to_folder
from sim.experiment.store import read_manifest, results_folder, to_json
from sim.model import Society
from sim.outcomes import OUTCOMES
from sim.phases import PHASES
from sim.report.brief import as_page, brief
from sim.report.words import policy_in_words
from sim.scenario.load import Loaded, load_scenario
from sim.scenario.places import shown
from sim.scenario.scenario import Scenario
from sim.scenario.shipped import as_typed
from sim.world.build import settle_users


def load_settled(path: Path, overrides: list[str]) -> tuple[Loaded, Scenario, str]:
    """Load a scenario; where a file of contacts decides how many users there are, say so."""
    loaded = load_scenario(path, overrides)
    scenario, note = settle_users(loaded.scenario, loaded.locate)
    return loaded, scenario, note


def explain_command(path: Path, overrides: list[str]) -> None:
    """Print the phases of a tick, and the policy in words."""
    out = console()
    scenario = load_scenario(path, overrides).scenario
    out.print("[bold]A tick[/bold], phase by phase (each phase uses only what earlier phases have completed):")
    for phase in PHASES:
        out.print(f"  {phase.number:>2} {phase.name:<10} {escape(phase.words)}")
    out.print(f"\n[bold]The policy: {escape(scenario.policy.title)}[/bold]")
    for sentence in policy_in_words(scenario):
        out.print(f"  - {escape(sentence)}")


def run_command(
    path: Path, seed: int, overrides: list[str], *, out: Path | None, as_json: bool, baseline: bool, crowd: Choice
) -> None:
    """Run a scenario, write its folder, and print what came out."""
    loaded, scenario, note = load_settled(path, overrides)
    say = console(err=True)
    if note:
        say.print(escape(note))
    default = results_folder(_name(scenario, path)) / f"{scenario.hash()[:8]}-seed{seed}"
    folder = place_for(out, default, run_claim(scenario, seed))
    before = None
    changed = [c for c in loaded.changes if c.before != c.after]
    beside = baseline and not as_json and changed and all(c.path.startswith("policy") for c in changed)
    if beside:
        plain = settle_users(load_scenario(path).scenario, loaded.locate)[0]
        before = _with_bar(plain, seed, loaded, "as it stands", crowd)
    command = f"rumorlab run {shlex.quote(as_typed(path))} --seed {seed}" + "".join(
        f" --set {shlex.quote(text)}" for text in overrides
    )
    changes = [{"path": c.path, "from": c.before, "to": c.after} for c in loaded.changes]
    command += f" --crowd {crowd}" if crowd != "auto" else ""
    extra = {"changes": changes, "command": command}
    finished = _with_bar(scenario, seed, loaded, "changed" if beside else "running", crowd, folder, extra)
    if as_json:
        echo(to_json(_json(finished, folder, changes)), nl=False)
        return
    _print(finished, before, loaded, folder)


def _name(scenario: Scenario, path: Path) -> str:
    """Return the name of a scenario, or that of its file if it says none."""
    return scenario.name if "name" in scenario.model_fields_set else path.stem


def _with_bar(
    scenario: Scenario,
    seed: int,
    loaded: Loaded,
    what: str,
    crowd: Choice,
    folder: Path | None = None,
    extra: dict[str, Any] | None = None,
) -> Finished:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("tick {task.completed:,}/{task.total:,}"),
        TextColumn("{task.fields[done]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console(err=True), transient=True) as bar:
        task = bar.add_task(
            what, total=scenario.time.ticks, done="preparing (the first start compiles the engine: half a minute)"
        )

        def tell(society: Society) -> None:
            if bar.finished or monotonic() - last[0] > 0.2:
                last[0] = monotonic()
                running = society.crowd
                done = f"{running.posts_made:,} posts, {running.exposures:,} views, {peak_memory_mb():,.0f} MB"
                bar.update(task, completed=society.tick, done=done)

        last = [0.0]
        if folder is None:
            return run_scenario(scenario, seed, root=loaded.root, crowd=crowd, progress=tell)
        return run_to_folder(scenario, seed, root=loaded.root, crowd=crowd, progress=tell, folder=folder, extra=extra)


def _json(finished: Finished, folder: Path, changes: list[dict[str, object]]) -> dict[str, object]:
    ticks = finished.record.frame("ticks")
    return {
        "run": str(folder),
        "digest": finished.record.digest,
        "seed": finished.seed,
        "users": finished.record.users,
        "ticks": finished.record.scenario.time.ticks,
        "crowd": finished.crowd,
        "exposures": int(ticks["views"].sum()),
        "seconds": round(finished.seconds["total"], 3),
        "peak_memory_mb": round(finished.peak_memory_mb, 1),
        "outcomes": {n: {"value": v, "unit": OUTCOMES[n].unit} for n, v in finished.outcomes.items()},
        "changes": changes,
    }


def _print(finished: Finished, before: Finished | None, loaded: Loaded, folder: Path) -> None:
    out = console()
    for change in loaded.changes:
        out.print(escape(f"{change.path}: {words(change.before)} -> {words(change.after)}"))
    name = _name(finished.record.scenario, loaded.path)
    table = Table(title=escape(f"{name}, seed {finished.seed}"), title_justify="left")
    table.add_column("outcome", overflow="fold")
    for name in ("as it stands", "changed", "difference") if before else ("value",):
        table.add_column(name, justify="right")
    table.add_column("unit")
    for name, value in finished.outcomes.items():
        cells = [_number(value)]
        if before is not None:
            old = before.outcomes[name]
            cells = [_number(old), _number(value), _signed(value - old)]
        table.add_row(escape(OUTCOMES[name].words), *cells, escape(OUTCOMES[name].unit))
    out.print(table)
    if before is not None:
        out.print(
            "A single paired run with the same random numbers: the difference may be chance. For an answer, use "
            "[bold]rumorlab compare[/bold]."
        )
    record = finished.record
    views = int(record.frame("ticks")["views"].sum())
    seconds = finished.seconds["total"]
    out.print(
        f"{record.users:,} users, {record.scenario.time.ticks} ticks, {views:,} views, {seconds:.1f} s, "
        f"engine {finished.crowd}"
    )
    out.print(f"digest  {record.digest}")
    out.print(f"results {escape(shown(folder))}", soft_wrap=True)


def _number(value: float) -> str:
    return "–" if value != value else f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def _signed(value: float) -> str:
    return "–" if value != value else "0" if value == 0 else f"{value:+,.3g}"


def brief_command(folder: Path, *, html: bool, out: Path | None) -> None:
    """Print the brief of a run, or write it to a file."""
    text = brief(folder)
    text = as_page(text) if html else text
    if out is None:
        echo(text, nl=False)
    else:
        mark = mark_of("brief", read_manifest(folder).get("digest"))
        write_own(out, f"{text}{mark}\n", mark)
        echo(shown(out))
