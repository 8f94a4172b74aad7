"""Time the shipped scenario under each shipped policy, side by side in one process, as ratios to the first.

python benchmarks/runs.py [--users 5000] [--repeat 3]
"""

import argparse
import statistics
from pathlib import Path

from sim.experiment.plan import load_experiment
from sim.experiment.run import run_scenario

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Print seconds, exposures and microseconds an exposure for each arm; medians over repeats taken in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=5000)
    parser.add_argument("--repeat", type=int, default=3)
    given = parser.parse_args()
    plan = load_experiment(ROOT / "experiments" / "telegram-moderation.yaml", [f"world.users={given.users}"])
    world_seed, seed = plan.seeds(0)
    run_scenario(plan.arms[0].scenario, seed, world_seed, root=ROOT)
    seconds: dict[str, list[float]] = {arm.name: [] for arm in plan.arms}
    views: dict[str, int] = {}
    memory = 0.0
    for _ in range(given.repeat):
        for arm in plan.arms:
            done = run_scenario(arm.scenario, seed, world_seed, root=ROOT)
            seconds[arm.name].append(done.seconds["total"])
            views[arm.name] = int(done.record.frame("ticks")["views"].sum())
            memory = done.peak_memory_mb
    first = statistics.median(seconds[plan.arms[0].name])
    print(f"{'policy':20} {'seconds':>8} {'ratio':>6} {'exposures':>10} {'us/exposure':>12}")
    for arm in plan.arms:
        middle = statistics.median(seconds[arm.name])
        each = 1e6 * middle / views[arm.name]
        print(f"{arm.name:20} {middle:8.2f} {middle / first:6.2f} {views[arm.name]:10,} {each:12.1f}")
    print(f"{given.users:,} users, median of {given.repeat}, peak memory {memory:.0f} MB")


if __name__ == "__main__":
    main()
