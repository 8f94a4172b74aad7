"""How long sweeps take: large worlds with several policies, and many small runs.

python benchmarks/sweeps.py                 # both, on all processors
python benchmarks/sweeps.py --pairs 3       # a tenth of the first
python benchmarks/sweeps.py --write docs/sweeping.md
"""

import argparse
import os
import shutil
import tempfile
import time
from pathlib import Path

from sim.experiment.executors import chosen
from sim.experiment.plan import load_experiment
from sim.experiment.run import run_scenario
from sim.experiment.sweep import sweep

ROOT = Path(__file__).resolve().parent.parent
ARMS = ("laissez-faire", "notice-and-action", "fast-takedown", "limits-and-labels", "combined", "due-process")


def _experiment(folder: Path, users: int, days: int, space: str, pairs: int, arms: tuple[str, ...]) -> Path:
    shutil.copytree(ROOT / "scenarios", folder / "scenarios")
    lines = [f"  {arm}: {{policy: ../scenarios/policies/{arm}.yaml}}" for arm in arms]
    path = folder / "experiments" / "bench.yaml"
    path.parent.mkdir()
    path.write_text(
        "name: bench\nscenario: ../scenarios/telegram.yaml\narms:\n"
        + "\n".join(lines)
        + f"\n{space}design: {{pairs: {pairs}}}\n"
    )
    text = f"extends: telegram.yaml\ntime: {{days: {days}}}\nworld: {{users: {users}}}\n"
    (folder / "scenarios" / "bench.yaml").write_text(text)
    path.write_text(path.read_text().replace("telegram.yaml", "bench.yaml"))
    return path


def _timed(path: Path, out: Path, workers: int) -> tuple[float, int]:
    plan = load_experiment(path)
    began = time.perf_counter()
    with chosen(workers, None) as (make, room):
        made = sweep(plan, out, make=make, room=room)
    assert made.told.failed == 0, made.runs["error"].tolist()
    return time.perf_counter() - began, len(made.runs)


def large(pairs: int, workers: int) -> str:
    """Six policies over pairs of seeds at 100,000 users for 30 days."""
    with tempfile.TemporaryDirectory() as name:
        path = _experiment(Path(name), 100_000, 30, "", pairs, ARMS)
        seconds, runs = _timed(path, Path(name) / "out", workers)
    return (
        f"| 6 policies x {pairs} pairs x 100,000 users x 30 days | {runs} | {workers} | {seconds:.0f} s | "
        f"{seconds * workers / runs:.2f} s |"
    )


def small(runs: int) -> str:
    """Many small runs in one process: what a run takes beyond the run itself."""
    with tempfile.TemporaryDirectory() as name:
        count = runs // 20
        space = f"space: {{behaviour.joining: {{low: 0.01, high: 0.5, levels: {count}}}}}\n"
        path = _experiment(Path(name), 100, 1, space, 10, ARMS[:2])
        plan = load_experiment(path)
        seconds, made = _timed(path, Path(name) / "out", 1)
        scenario, alone = plan.arms[0].scenario, []
        for pair in range(100):
            world_seed, seed = plan.seeds(pair % 10)
            began = time.perf_counter()
            run_scenario(scenario, seed, world_seed, root=plan.root, collect=False)
            alone.append(time.perf_counter() - began)
    bare = sum(alone) / len(alone)
    return (
        f"| {made:,} runs of 100 users for a day, one process | {made:,} | 1 | {seconds:.0f} s | "
        f"{1000 * seconds / made:.1f} ms, of which the run itself {1000 * bare:.1f} ms |"
    )


def main() -> None:
    """Measure, print, and write the page if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=30)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    head = ["| what | runs | workers | in all | a run and worker |", "| --- | --- | --- | --- | --- |"]
    rows = [small(options.runs), large(options.pairs, os.cpu_count() or 1)]
    text = "\n".join([*head, *rows])
    print(text)
    if options.write:
        options.write.write_text(f"# How long sweeps take\n\nMeasured by `python benchmarks/sweeps.py`.\n\n{text}\n")


if __name__ == "__main__":
    main()
