"""Calibration: values of assumed parameters for which a scenario comes near measured figures; all good ones."""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
import pyarrow as pa
from pydantic import model_validator

from sim.draws import subseed
from sim.errors import InputError, ScenarioError, nearest
from sim.experiment.batch import scenario_at
from sim.experiment.claims import Claim, at_work, claim_of
from sim.experiment.results import write_whole
from sim.experiment.run import run_scenario
from sim.experiment.space import Interval, at, named
from sim.experiment.store import versions, write_manifest
from sim.outcomes import OUTCOMES
from sim.outcomes.likeness import FIGURES, likeness_of
from sim.scenario.declaring import mistaken
from sim.scenario.fields import MOST_NUMBER, Name, Part, made, param
from sim.scenario.load import read_resolved, validate
from sim.scenario.places import inside, root_of
from sim.scenario.shipped import nearest_file
from sim.scenario.tree import Tree
from sim.vocabulary import MOST_SEED, Purpose
from sim.world.importing.channels import MEASURED, channel_facts


class Target(Part):
    """A measured figure that an outcome should come near."""

    value: float | None = param(
        0.0, "the figure; none means that the channels have it", unit="of the outcome", ge=-MOST_NUMBER, le=MOST_NUMBER
    )
    channels: Literal["", "even", "odd"] = param(
        "",
        "half of the real channels (those with even or odd numbers) whose figure it is, read from RUMORLAB_DATA",
        unit="word",
        source="telegram_channels: Nazar et al. 2026",
    )
    scale: float = param(
        1.0,
        "how far off counts as one: the measure's own uncertainty, say",
        unit="of the outcome",
        ge=1e-12,
        le=MOST_NUMBER,
    )
    source: str = param("assumed", "where the figure is from", unit="words", max_length=400)


class Calibration(Part):
    """A calibration as written in a file."""

    name: Name | None = param(None, "name; results go to a folder of it; none means that of the file", unit="words")
    scenario: Name = param("scenario.yaml", "scenario, from this file", unit="path")
    space: dict[str, Interval] = made(
        dict, "parameters to find, by path, and where to look", unit="path: interval", min_length=1, max_length=30
    )
    targets: dict[str, Target] = made(
        dict, "figures to come near, by outcome", unit="outcome: target", min_length=1, max_length=50
    )
    held_out: dict[str, Target] = made(
        dict, "figures that the search does not see, to check what it found", unit="outcome: target", max_length=50
    )
    again: dict[str, Target] = made(
        dict,
        "targets as they were measured elsewhere, on other channels say: the search does not see these values",
        unit="outcome: target",
        max_length=50,
    )
    trials: int = param(100, "points that are tried", unit="trials", ge=2, le=100_000)
    pairs: int = param(2, "runs at every point, with seeds of their own", unit="runs", ge=1, le=1000)
    seed: int = param(1, "seed of the runs and of the search", unit="number", ge=0, le=MOST_SEED)
    within: float = param(
        1.0, "a fit is good if its misfit is at most this above that of the best", unit="misfit", gt=0.0, le=1e6
    )

    @model_validator(mode="after")
    def _known(self) -> Self:
        known = [*OUTCOMES, *FIGURES]
        for part in ("targets", "held_out", "again"):
            for name, target in getattr(self, part).items():
                if name not in known:
                    raise ValueError(f"@{part}.{name}@unknown outcome or figure '{name}'{nearest(name, known)}")
                if target.channels and name not in MEASURED:
                    raise ValueError(
                        f"@{part}.{name}.channels@the channels do not have '{name}'; they have {', '.join(MEASURED)}"
                    )
                if target.value is None and not target.channels:
                    raise ValueError(f"@{part}.{name}@needs a value, or channels that have it")
        for name in self.again:
            if name not in self.targets:
                raise ValueError(f"@again.{name}@is no target{nearest(name, list(self.targets))}")
        both = sorted(set(self.targets) & set(self.held_out))
        if both:
            raise ValueError(f"@held_out@'{both[0]}' is a target: what is held out must not be searched for")
        return self


@dataclass(frozen=True)
class Fitted:
    """What a calibration found."""

    folder: Path
    trials: pd.DataFrame
    """One row a trial: parameters, misfit, and the mean of every figure."""
    best: dict[str, Any]
    spread: list[dict[str, Any]]
    """By parameter: the lowest and highest value among the good fits, and the interval that was searched."""
    checks: list[dict[str, Any]]
    """By figure: measured, at the best fit, lowest and highest among the good fits; whether it was held out."""

    def sentences(self) -> list[str]:
        """Say what was found, and how well it holds where it was not looked at."""
        good = int(self.trials["good"].sum())
        said = [
            f"{len(self.trials):,} points tried, {good} good fits; the best has a misfit of {self.best['misfit']:.3g}."
        ]
        for row in self.spread:
            said.append(
                f"{row['path']}: {row['best']} in the best fit, {row['low']} to {row['high']} among the good fits "
                f"(searched: {row['searched_low']:g} to {row['searched_high']:g})."
            )
        for row in self.checks:
            kind = row["kind"]
            said.append(
                f"{row['outcome']} ({kind}): measured {row['measured']:.3g}, best fit {row['best']:.3g}, good fits "
                f"{row['low']:.3g} to {row['high']:.3g}: {_off(row):.1f} scales off."
            )
        if all(row["kind"] == "target" for row in self.checks):
            said.append("No figures were held out: out-of-sample fit is unknown.")
        return said


def _off(row: dict[str, Any]) -> float:
    return float(abs(row["best"] - row["measured"]) / row["scale"])


def read_calibration(path: Path) -> tuple[Calibration, Tree, Path]:
    """Read a calibration and its scenario, without the real data that its targets may name; raises ScenarioError."""
    tree, root = read_resolved(path), root_of(path)
    try:
        spec = validate(tree, Calibration)
    except ScenarioError as error:
        raise mistaken(error, path, tree, "calibration") from None
    base = inside(spec.scenario, path.resolve().parent, root)
    if base is None or not base.is_file():
        near = nearest_file(base) if base is not None else ""
        raise InputError(f"{path}: scenario: no such file: {spec.scenario}{near}")
    return spec, read_resolved(base, root), root


def load_calibration(path: Path) -> tuple[Calibration, Tree, Path]:
    """Load a calibration; return it with its scenario as written and the root of its files.

    Raises ScenarioError, or DataError if the data of a target are not there.
    """
    spec, tree, root = read_calibration(path)
    return measured(spec), tree, root


def measured(spec: Calibration) -> Calibration:
    """Return a calibration whose targets have the values that the real channels give; raises DataError."""
    facts: dict[str, dict[str, float]] = {}
    parts: dict[str, dict[str, Target]] = {}
    for part in ("targets", "held_out", "again"):
        parts[part] = {}
        for name, target in getattr(spec, part).items():
            half = target.channels
            if half and half not in facts:
                facts[half] = channel_facts(half)
            parts[part][name] = target.model_copy(update={"value": facts[half][name]}) if half else target
    return spec.model_copy(update=parts)


def _figures(spec: Calibration, tree: Tree, root: Path, values: dict[str, Any]) -> dict[str, float]:
    """Return the mean of every figure over the runs at a point; the same seeds at every point."""
    scenario = scenario_at(tree, values, ())
    names = [*spec.targets, *spec.held_out]
    looked_at = any(name in FIGURES for name in names)
    rows = []
    for pair in range(spec.pairs):
        seeds = subseed(spec.seed, int(Purpose.PAIR_DYNAMICS), pair), subseed(spec.seed, int(Purpose.PAIR_WORLD), pair)
        done = run_scenario(scenario, *seeds, root=root, collect=pair == 0)
        found = done.outcomes | (likeness_of(done.record) if looked_at else {})
        rows.append([found[name] for name in names])
    return dict(zip(names, np.mean(rows, axis=0).tolist(), strict=True))


def misfit(targets: dict[str, Target], figures: dict[str, float]) -> float:
    """Return the root mean square of how many scales each figure is off; infinite if one is not defined."""
    off = [(figures[name] - (target.value or 0.0)) / target.scale for name, target in targets.items()]
    return math.sqrt(sum(x * x for x in off) / len(off)) if all(x == x for x in off) else math.inf


def calibrate(
    spec: Calibration, tree: Tree, root: Path, folder: Path, tell: Any = lambda done, total, best: None
) -> Fitted:
    """Search with Optuna's TPE (Bergstra et al. 2011), seeded; write every trial and what came of it."""
    try:
        import optuna
    except ImportError:
        raise InputError("calibrate needs Optuna: pip install 'rumorlab[analysis]'") from None
    claim = calibration_claim(spec, tree)
    with at_work(folder, claim):
        return _calibrated(spec, tree, root, folder, claim, tell, optuna)


def calibration_claim(spec: Calibration, tree: Tree) -> Claim:
    """Return the wish of a calibration."""
    written = json.dumps(tree.plain(), sort_keys=True, default=str)  # dates stand in it
    wish = [spec.model_dump(mode="json"), written]
    return claim_of("calibration", spec.name or "calibration", wish, seed=spec.seed, trials=spec.trials)


def _calibrated(
    spec: Calibration, tree: Tree, root: Path, folder: Path, claim: Claim, tell: Any, optuna: Any
) -> Fitted:
    for path, axis in spec.space.items():
        for end in (0.0, 1.0):
            scenario_at(tree, {named(path, axis): at(axis, end)}, ())  # raises ScenarioError if a bound cannot be
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=spec.seed % (1 << 32)))
    rows: list[dict[str, Any]] = []
    for number in range(spec.trials):
        trial = study.ask()
        u = {path: trial.suggest_float(path, 0.0, 1.0) for path in spec.space}
        values = {path: at(axis, u[path]) for path, axis in spec.space.items()}
        try:
            figures = _figures(spec, tree, root, {named(path, axis): values[path] for path, axis in spec.space.items()})
        except ScenarioError:
            figures = dict.fromkeys([*spec.targets, *spec.held_out], math.nan)
        loss = misfit(spec.targets, figures)
        study.tell(trial, loss if math.isfinite(loss) else 1e9)
        rows.append({"trial": number, **values, "misfit": loss, **figures})
        tell(number + 1, spec.trials, min(row["misfit"] for row in rows))
    return _fitted(spec, folder, claim, pd.DataFrame(rows))


def _fitted(spec: Calibration, folder: Path, claim: Claim, trials: pd.DataFrame) -> Fitted:
    least = float(trials["misfit"].min())
    trials["good"] = trials["misfit"] <= least + spec.within
    good: Any = trials[trials["good"]]
    best: Any = trials.iloc[int(trials["misfit"].to_numpy().argmin())]
    order = {path: good.sort_values(path, key=_amount)[path] for path in spec.space}
    spread = [
        {
            "path": path,
            "best": best[path],
            "low": order[path].iloc[0],
            "high": order[path].iloc[-1],
            "searched_low": axis.low,
            "searched_high": axis.high,
        }
        for path, axis in spec.space.items()
    ]
    checks = [
        {
            "outcome": name,
            "kind": kind,
            "held_out": kind != "target",
            "measured": target.value,
            "scale": target.scale,
            "best": float(best[name]),
            "low": float(good[name].min()),
            "high": float(good[name].max()),
            "source": target.source,
        }
        for kind, part in (("target", spec.targets), ("held out", spec.held_out), ("measured elsewhere", spec.again))
        for name, target in part.items()
    ]
    fitted = Fitted(folder, trials, {str(k): v for k, v in best.to_dict().items()}, spread, checks)
    table = pa.Table.from_pandas(trials, preserve_index=False)
    write_whole(table, folder / "trials.parquet")
    said = {
        "schema": 1,
        "what": "calibration",
        "claim": asdict(claim),
        "name": spec.name or folder.name,
        "calibration": spec.model_dump(mode="json"),
    }
    more = {"versions": versions(), "best": fitted.best, "spread": spread, "checks": checks}
    write_manifest(folder, _plain(said | more | {"sentences": fitted.sentences()}))
    return fitted


def _amount(values: pd.Series) -> pd.Series:
    """Return the numbers in values that may carry a unit ('24 h')."""
    return values.map(lambda value: float(str(value).split()[0]))


def _plain(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_plain(value) for value in data]
    return data.item() if isinstance(data, np.generic) else data


def summary(fitted: Fitted) -> dict[str, Any]:
    """Return what was found as plain data."""
    found = asdict(fitted) | {"folder": str(fitted.folder), "sentences": fitted.sentences()}
    del found["trials"]
    plain: dict[str, Any] = _plain(found)
    return plain
