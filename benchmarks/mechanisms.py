"""What every mechanism together costs: platforms, law, events, bots, feeds, search, all on, beside the plain scenario.

python benchmarks/mechanisms.py                          # 100,000 and 1,000,000 users, 30 days
python benchmarks/mechanisms.py --write docs/mechanisms.md
"""

import argparse
from pathlib import Path

from sim.experiment.run import run_scenario
from sim.scenario.load import load_scenario

ROOT = Path(__file__).resolve().parent.parent
EVERYTHING = [
    "policy.moderation.reviewers.count=100",
    "policy.moderation.bots={recall: 0.1, false_positive: 0.001}",
    "policy.features.feed=0.5",
    "moving.searching=0.02",
    "moving.suggestions=0.05",
    "law.deterrence=1",
    "law.chilling=0.05",
    "world.personas.propagandist.bot=true",
    "world.personas.propagandist.boosting=0.1",
    "world.outside={talk: {topic: vaccines, per_day: 0.05}}",
    "events={rally: {topic: migration, on: day 20}}",
]


def measured(users: int, name: str, sets: list[str]) -> tuple[float, int, float]:
    """Return seconds of the run, exposures, and nanoseconds an exposure; the first run, which compiles, is left out."""
    size = [
        f"world.users={users}",
        f"world.persons_per_user={5e6 / users}",
        "time.days=30",
        "record.tables=[ticks, items]",
    ]
    scenario = load_scenario(ROOT / "scenarios" / name, [*size, *sets]).scenario
    run_scenario(scenario, 1, root=ROOT)
    done = run_scenario(scenario, 1, root=ROOT)
    exposures = int(done.record.frame("ticks")["views"].sum())
    return done.seconds["run"], exposures, 1e9 * done.seconds["run"] / exposures


def main() -> None:
    """Measure, print, and write a page if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--write", type=Path)
    wanted = parser.parse_args()
    lines = [
        "# What the mechanisms cost",
        "",
        "Made by `python benchmarks/mechanisms.py --write docs/mechanisms.md`: 30 days, one thread, the plain "
        "shipped scenario",
        "and `telegram-law.yaml` with every mechanism on, one after the other.",
        "",
        "| users | plain s | exposures | ns/exposure | all s | exposures | ns/exposure | ratio |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for users in wanted.users:
        plain, every = measured(users, "telegram.yaml", []), measured(users, "telegram-law.yaml", EVERYTHING)
        cells = [f"{x:.1f} | {n:,} | {ns:.0f}" for x, n, ns in (plain, every)]
        lines.append(f"| {users:,} | {cells[0]} | {cells[1]} | {every[2] / plain[2]:.2f} |")
        print(lines[-1], flush=True)
    if wanted.write:
        wanted.write.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
