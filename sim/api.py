"""The functions of `import sim` that are more than a name: load, run, compare, sweep, measure."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import InputError, nearest
from sim.experiment.answer import sentences
from sim.experiment.answers import bands, differences_at, sign_changes
from sim.experiment.beside import run_beside
from sim.experiment.claims import place_for
from sim.experiment.compare import comparison_claim, run_plan
from sim.experiment.comparison import Comparison
from sim.experiment.executors import chosen
from sim.experiment.plan import load_settled_experiment
from sim.experiment.points import points_of
from sim.experiment.results import TABLES, read_whole
from sim.experiment.run import Finished, run_scenario
from sim.experiment.store import results_folder
from sim.experiment.sweep import Swept, source_text, sweep_claim
from sim.experiment.sweep import sweep as run_sweep
from sim.model import Society
from sim.outcomes import OUTCOMES, Record, measure_all
from sim.scenario.load import load_scenario
from sim.scenario.scenario import Scenario
from sim.world.build import settle_users


def _texts(overrides: Iterable[str] | Mapping[str, Any] | None) -> list[str]:
    """Return overrides as texts 'path=value'; a mapping of paths to values will do. Raises InputError for one text."""
    if isinstance(overrides, str):
        raise InputError(
            f"overrides must be a list of 'path=value', or a mapping of paths to values (got {overrides!r})"
        )
    if isinstance(overrides, Mapping):
        return [f"{path}={json.dumps(value)}" for path, value in overrides.items()]
    return list(overrides or ())


def load(path: str | Path, overrides: Iterable[str] | Mapping[str, Any] | None = ()) -> Scenario:
    """Load a scenario file, with overrides: texts 'path=value', or a mapping of paths to values.

    Where a file of contacts decides how many users there are, `world.users` is set to that. Raises ScenarioError with
    every problem at its file and line, DataError if a data file is missing.
    """
    loaded = load_scenario(path, _texts(overrides))
    return settle_users(loaded.scenario, loaded.locate)[0]


@dataclass(frozen=True)
class RunResult:
    """A finished run."""

    scenario: Scenario
    finished: Finished

    def __repr__(self) -> str:
        of, done = self.scenario, self.finished
        return (
            f"<run of {of.name}: {done.record.users:,} users, {of.time.days:g} days, seed {done.seed}, crowd "
            f"{done.crowd}; .outcomes, .frame('ticks'), .digest>"
        )

    @property
    def digest(self) -> str:
        """Hash of the whole history: equal for equal runs on any machine."""
        return self.finished.record.digest

    @property
    def outcomes(self) -> pd.DataFrame:
        """Every outcome: value, unit, and what it is; indexed by name. NaN where one is not defined."""
        rows = {
            name: (value, OUTCOMES[name].unit, OUTCOMES[name].words) for name, value in self.finished.outcomes.items()
        }
        return pd.DataFrame.from_dict(rows, orient="index", columns=["value", "unit", "words"])

    def frame(self, table: str) -> pd.DataFrame:
        """Return a table of the run: ticks, items, posts, views, venues, cases, sanctions.

        The units of its columns are in `.attrs["units"]`. Raises InputError for a table that is not there.
        """
        tables = self.finished.record.tables
        if table not in tables:
            raise InputError(f"no table '{table}'; there are: {', '.join(tables)}")
        frame = self.finished.record.frame(table).copy()
        schema = tables[table].schema
        frame.attrs["units"] = {
            field.name: (field.metadata or {}).get(b"unit", b"").decode() for field in schema if field.metadata
        }
        return frame


@dataclass(frozen=True)
class ComparisonResult:
    """A finished comparison."""

    comparison: Comparison

    def __repr__(self) -> str:
        plan, pairs = self.comparison.plan, len(self.comparison.pairs)
        return (
            f"<comparison {plan.name}: {', '.join(arm.name for arm in plan.arms)}; {pairs} pairs, in "
            f"{self.folder}; .answer, .differences, .runs, .figure('{plan.outcomes[0]}')>"
        )

    @property
    def folder(self) -> Path:
        """Where it is kept; the report is there if it was made."""
        return self.comparison.folder

    @property
    def answer(self) -> list[str]:
        """The answer in sentences."""
        return sentences(self.comparison)

    @property
    def differences(self) -> pd.DataFrame:
        """Differences from the reference: one row an arm and outcome, with unit and 95 % interval (low, high)."""
        return pd.DataFrame(self.comparison.differences())

    @property
    def runs(self) -> pd.DataFrame:
        """One row a run: arm, pair, seeds, digest, and every outcome."""
        return self.comparison.outcomes

    def figure(self, outcome: str) -> Any:
        """Return a plotly figure of an outcome: each policy's difference with its interval."""
        from sim.report.figures import forest

        return forest(self.comparison, outcome)


@dataclass(frozen=True)
class SweepResult:
    """A finished sweep."""

    swept: Swept

    def __repr__(self) -> str:
        plan = self.swept.plan
        return (
            f"<sweep {plan.name}: {', '.join(arm.name for arm in plan.arms)} at {len(self.swept.points):,} points, "
            f"{len(self.runs):,} runs, in {self.folder}; .differences, .sign_changes, .points, .runs>"
        )

    @property
    def folder(self) -> Path:
        """Where it is kept."""
        return self.swept.folder

    @property
    def runs(self) -> pd.DataFrame:
        """One row a run: point, arm, pair, what was set, and every outcome."""
        return self.swept.runs

    @property
    def points(self) -> pd.DataFrame:
        """The values of every point, by its number; empty where the base scenario stands."""
        return pd.DataFrame(self.swept.points)

    @property
    def differences(self) -> pd.DataFrame:
        """Headline differences from the reference at every point, with units, intervals and adjusted p-values."""
        rows = [
            row
            for point in sorted(self.runs["point"].unique().tolist())
            for row in differences_at(self.swept.plan, self.runs, point)
        ]
        return pd.DataFrame(rows)

    @property
    def sign_changes(self) -> pd.DataFrame:
        """At how many points each difference is clearly up or down."""
        return pd.DataFrame(sign_changes([dict(row) for _, row in self.differences.iterrows()]))

    def figure(self, outcome: str, along: str) -> Any:
        """Return a plotly figure of the differences in an outcome along one axis of the space, with their intervals."""
        from sim.report.space_figures import along_axis

        return along_axis(self.swept.plan, self.differences, self.points, outcome, along)

    def bands(self, measure: str, *, classes: Iterable[str] = (), per_day: bool = True) -> Any:
        """Return a plotly figure of a measure over time: each arm's median over all points and pairs, with bands of
        50 % and 90 % of the runs. `classes` are summed (all if none is named). The experiment must `keep: [ticks]`.

        Raises InputError if that table was not kept, or for an unknown measure.
        """
        from sim.report.space_figures import bands as figure

        hours = self.swept.plan.arms[0].scenario.time.tick_hours
        ticks_a_day = max(1, round(24 / hours)) if per_day else 1
        quantiles = bands(self.table("ticks"), measure, classes=tuple(classes), ticks_a_day=ticks_a_day)
        what = f"{measure.replace('_', ' ')}{' of ' + ', '.join(classes) if classes else ''}"
        return figure(self.swept.plan, quantiles, what, f"{measure.replace('_', ' ')} a {'day' if per_day else 'tick'}")

    def table(self, name: str) -> pd.DataFrame:
        """Return a table that the sweep kept of every run (`keep` in the experiment), such as 'ticks'.

        Raises InputError with the nearest name if it was not kept.
        """
        path, kept = self.folder / TABLES / f"{name}.parquet", self.swept.plan.keep
        if name not in kept or not path.is_file():
            raise InputError(f"the sweep kept no table '{name}'{nearest(name, list(kept))}: add it to `keep`")
        frame: pd.DataFrame = read_whole(path).to_pandas()
        return frame


def run(
    scenario: str | Path | Scenario,
    overrides: Iterable[str] | Mapping[str, Any] | None = (),
    *,
    seed: int = 1,
    world_seed: int | None = None,
    crowd: Any = "auto",
    root: str | Path = ".",
) -> RunResult:
    """Run a scenario (a file, or a loaded one) to its end; `overrides` are 'path=value' and need a file.

    `root` is where the data files of a loaded scenario are looked for. Raises what `load` raises.
    """
    if isinstance(scenario, Scenario):
        if _texts(overrides):
            raise InputError("overrides are set in a file: give its path, or change the scenario")
        return RunResult(scenario, run_scenario(scenario, seed, world_seed, root=Path(root), crowd=crowd))
    loaded = load_scenario(scenario, _texts(overrides))
    settled = settle_users(loaded.scenario, loaded.locate)[0]
    return RunResult(settled, run_scenario(settled, seed, world_seed, root=loaded.root, crowd=crowd))


def compare(
    experiment: str | Path,
    overrides: Iterable[str] | Mapping[str, Any] | None = (),
    *,
    pairs: int | None = None,
    workers: int | None = None,
    out: str | Path | None = None,
) -> ComparisonResult:
    """Run an experiment's arms on common random numbers; what the folder already holds is reused."""
    plan, *_ = load_settled_experiment(Path(experiment), _texts(overrides), pairs)
    if plan.space or plan.design.table is not None:
        raise InputError("the experiment has a space of values: use sweep")
    usual = results_folder(plan.name) / plan.hash()[:8]
    folder = place_for(None if out is None else Path(out), usual, comparison_claim(plan))
    made = run_plan(plan, folder, workers=workers, tell=lambda done, total, what: None)
    run_beside(made, plan, workers=workers, tell=lambda done, total, what: None)
    return ComparisonResult(made)


def sweep(
    experiment: str | Path,
    overrides: Iterable[str] | Mapping[str, Any] | None = (),
    *,
    pairs: int | None = None,
    workers: int | None = None,
    out: str | Path | None = None,
    resume: bool = True,
) -> SweepResult:
    """Run an experiment over its space; by default it goes on where the folder's last one stopped."""
    plan, fixed, _ = load_settled_experiment(Path(experiment), _texts(overrides), pairs)
    claim = sweep_claim(plan, points_of(plan))
    folder = place_for(None if out is None else Path(out), results_folder(plan.name), claim)
    with chosen(workers or os.cpu_count() or 1, None) as (make, room):
        swept = run_sweep(
            plan, folder, make=make, room=room, resume=resume, settle=fixed, text=source_text(Path(experiment)),
            command=f"sim.sweep({str(experiment)!r})",
        )  # fmt: skip
    return SweepResult(swept)


def measure(society: Society) -> dict[str, float]:
    """Return every outcome of a finished run by name; `sim.OUTCOMES` has their words and units.

    Raises InputError while the run is not at its end: outcomes of half a run are not what their names say.
    """
    if society.running:
        ticks = society.config.time.ticks
        raise InputError(f"the run is at tick {society.tick} of {ticks}; call run_model() first")
    return measure_all(Record.of(society))
