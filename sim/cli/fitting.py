"""calibrate and tip."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from sim.cli.saying import echo, escape
from sim.cli.showing import console
from sim.errors import InputError
from sim.experiment.calibrate import calibrate, calibration_claim, load_calibration, summary
from sim.experiment.claims import place_for
from sim.experiment.plan import load_experiment
from sim.experiment.space import Interval
from sim.experiment.store import results_folder, to_json
from sim.experiment.tipping import tipping_point
from sim.scenario.levers import field_at
from sim.scenario.places import shown
from sim.scenario.problems import expand


def calibrate_command(path: Path, *, trials: int | None, out: Path | None, as_json: bool) -> None:
    """Search for parameters, and say what was found and how well it holds."""
    spec, tree, root = load_calibration(path)
    spec = spec.model_copy(update={"trials": trials}) if trials is not None else spec
    folder = place_for(out, results_folder(spec.name or path.stem), calibration_claim(spec, tree))
    say = console(err=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=say, transient=True) as bar:
        task = bar.add_task("preparing", total=spec.trials)

        def tell(done: int, total: int, best: float) -> None:
            bar.update(task, completed=done, description=f"least misfit {best:.3g}")

        fitted = calibrate(spec, tree, root, folder, tell)
    if as_json:
        echo(to_json(summary(fitted)), nl=False)
        return
    out_ = console()
    for sentence in fitted.sentences():
        out_.print(f"- {escape(sentence)}")
    out_.print(f"results {escape(shown(folder))}", soft_wrap=True)


def tip_command(
    path: Path,
    *,
    lever: str,
    low: float,
    high: float,
    unit: str,
    arm: str,
    outcome: str,
    bound: float,
    steps: int,
    pairs: int | None,
    overrides: list[str],
    as_json: bool,
) -> None:
    """Find where the difference of an arm from the reference crosses a bound."""
    if not low < high:
        raise InputError(f"--low must be below --high, got {low:g} and {high:g}")
    plan = load_experiment(path, overrides).with_design(pairs=pairs)
    say = console(err=True)

    def tell(step: int, value: Any, difference: float) -> None:
        say.print(escape(f"{step}: {lever} = {value}: {difference:+z.4g}"))

    found = tipping_point(
        plan,
        lever,
        Interval(low=low, high=high, unit=unit, whole=not unit and int in expand(field_at(lever).annotation)),
        arm=arm,
        outcome=outcome,
        bound=bound,
        steps=steps,
        tell=tell,
    )
    if as_json:
        echo(to_json(asdict(found) | {"sentences": found.sentences()}), nl=False)
        return
    for sentence in found.sentences():
        console().print(f"- {escape(sentence)}")
