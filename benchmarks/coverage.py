"""How often a 95 % interval holds the truth: four intervals of a mean, and those of events, by number of pairs.

python benchmarks/coverage.py --runs 300            # truth from 300 pairs of the shipped comparison, then the table
python benchmarks/coverage.py --runs-in truth.parquet
python benchmarks/coverage.py --write docs/coverage.md

The runs of many pairs are taken for the whole population; few are drawn from them, again and again.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from sim.experiment.executors import chosen
from sim.experiment.intervals import bootstrap_t_limits, event_limits, kind_of, skewness, t_limits
from sim.experiment.plan import load_experiment
from sim.experiment.sweep import sweep

ROOT = Path(__file__).resolve().parent.parent
PAIRS = (4, 8, 16, 32)
EVENTS = (0.57, 0.9, 0.95)
Populations = Iterator[tuple[str, str, str, np.ndarray]]
"""Policy, outcome, kind, and all paired differences."""


def runs_of(experiment: Path, pairs: int, workers: int, overrides: tuple[str, ...] = ()) -> pd.DataFrame:
    """Run an experiment on many pairs."""
    plan = load_experiment(experiment, overrides).with_design(pairs=pairs, seed=1)
    with tempfile.TemporaryDirectory() as name, chosen(workers, None) as (make, room):
        return sweep(plan, Path(name) / "truth", make=make, room=room).runs


def resampled(values: np.ndarray, rng: np.random.Generator, resamples: int = 1_000) -> list[tuple]:
    """Return bootstrap-t as in the books (resamples that do not vary left out), percentile, and BCa (Efron 1987)."""
    n, centre = len(values), values.mean()
    drawn = values[rng.integers(0, n, (resamples, n))]
    means, error, own = drawn.mean(axis=1), drawn.std(axis=1, ddof=1) / np.sqrt(n), values.std(ddof=1) / np.sqrt(n)
    good = error > 1e-12
    below, above = np.quantile((means[good] - centre) / error[good], [0.025, 0.975]) if good.any() else (0.0, 0.0)
    studentised, plain = (centre - above * own, centre - below * own), tuple(np.quantile(means, [0.025, 0.975]))
    left = values - centre
    spread = (left**2).sum() ** 1.5
    share = ((means < centre).sum() + 0.5 * (means == centre).sum()) / resamples
    if not spread or not 0.0 < share < 1.0:
        return [studentised, plain, plain]
    bias, bend = ndtri(share), (left**3).sum() / (6.0 * spread)
    z = ndtri(np.array([0.025, 0.975]))
    return [studentised, plain, tuple(np.quantile(means, ndtr(bias + (bias + z) / (1.0 - bend * (bias + z)))))]


def populations(runs: pd.DataFrame, experiment: Path, arms: list[str], outcomes: list[str]) -> Populations:
    """Give the paired differences of each arm and headline outcome that varies, over all pairs that were run."""
    plan = load_experiment(experiment)
    for arm in plan.arms:
        if arm.name == plan.reference or (arms and arm.name not in arms):
            continue
        for outcome in outcomes or plan.outcomes:
            wide = runs.pivot(index="pair", columns="arm", values=outcome)
            yield arm.name, outcome, kind_of(outcome), (wide[arm.name] - wide[plan.reference]).to_numpy()


def rare(size: int = 20_000) -> Populations:
    """Give counts that are rarer than the shipped ones: bursts, few a run, each of several."""
    rng = np.random.default_rng(3)
    for bursts in (2.0, 0.7, 0.2):
        counts = np.array([rng.geometric(0.2, n).sum() for n in rng.poisson(bursts, size)], dtype=float)
        yield "simulated", f"{bursts:g} bursts a run of 5 posts on average", "count", counts


def table(found: Populations, draws: int) -> list[str]:
    """Return the table of coverage, a row for each population and interval."""
    rng, names = np.random.default_rng(1), ("t", "as shipped", "bootstrap-t", "percentile", "BCa")
    lines = ["| policy | outcome | kind | skew | interval | " + " | ".join(f"{n} pairs" for n in PAIRS) + " |"]
    lines.append("| --- | --- | --- | --- | --- |" + " --- |" * len(PAIRS))
    for arm, outcome, kind, everything in found:
        if np.ptp(everything) == 0.0:
            continue
        truth, held = everything.mean(), {name: [] for name in names}
        for n in PAIRS:
            inside = dict.fromkeys(names, 0)
            for _ in range(draws):
                values = everything[rng.integers(0, len(everything), n)]
                shipped = bootstrap_t_limits(values, resamples=1_000) if kind == "count" else t_limits(values)
                limits = [t_limits(values), shipped, *resampled(values, rng)]
                for name, (low, high) in zip(names, limits, strict=True):
                    inside[name] += low - 1e-12 <= truth <= high + 1e-12
            for name in names:
                held[name].append(inside[name] / draws)
        for name in names:
            cells = " | ".join(f"{share:.2f}" for share in held[name])
            lines.append(f"| {arm} | {outcome} | {kind} | {skewness(everything):.1f} | {name} | {cells} |")
            print(lines[-1], file=sys.stderr, flush=True)
    return lines


def event_table(draws: int) -> list[str]:
    """Return the coverage of the interval of an event that has a chance under the arm, and one under the reference."""
    rng = np.random.default_rng(2)
    lines = ["| under the policy | under the reference | joined by | " + " | ".join(f"{n} pairs" for n in PAIRS) + " |"]
    lines.append("| --- | --- | --- |" + " --- |" * len(PAIRS))
    for p in EVENTS:
        for q, joined in ((0.0, False), (1.0, False), (0.57, False), (0.57, True), (p, False), (p, True)):
            cells = []
            for n in PAIRS:
                inside = 0
                for _ in range(draws):
                    u = rng.random(n)
                    one = (u < p).astype(float)
                    other = ((u if joined else rng.random(n)) < q).astype(float)
                    low, high = event_limits(one, other)
                    inside += low - 1e-12 <= p - q <= high + 1e-12
                cells.append(f"{inside / draws:.2f}")
            lines.append(f"| {p:g} | {q:g} | {'same draws' if joined else 'none'} | {' | '.join(cells)} |")
    return lines


def main() -> None:
    """Print the tables, or write them to a page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--experiment", type=Path, default=ROOT / "experiments" / "telegram-moderation.yaml")
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--runs-in", type=Path)
    parser.add_argument("--keep", type=Path, help="file in which the runs are kept")
    parser.add_argument("--draws", type=int, default=3_000)
    parser.add_argument("--arm", action="append", default=[], dest="arms", help="only this policy; may be repeated")
    parser.add_argument("--outcome", action="append", default=[], dest="outcomes", help="only this one; repeatable")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--set", action="append", default=[], dest="overrides")
    parser.add_argument("--write", type=Path)
    asked = parser.parse_args()
    if asked.runs_in:
        runs = pd.read_parquet(asked.runs_in)
    else:
        runs = runs_of(asked.experiment, asked.runs, asked.workers, tuple(asked.overrides))
    if asked.keep:
        runs.to_parquet(asked.keep)
    found = chain(populations(runs, asked.experiment, asked.arms, asked.outcomes), rare())
    means = table(found, asked.draws)
    text = "\n".join([*means, "", *event_table(asked.draws)]) + "\n"
    if asked.write:
        asked.write.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
