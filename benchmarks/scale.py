"""The shipped Telegram scenario at several sizes, 30 days: speed, memory, and what the machine's memory allows.

python benchmarks/scale.py [--sizes 100000 1000000] [--agents 100000] [--write docs/performance.md]

Every size runs in a process of its own, so that peak memory is its own. The machine's rate of random reads is measured
in the same run; the share of that limit assumes the reads of READS_PER_EXPOSURE.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLES = "[ticks, items]"
"""What is recorded: the others go to files in an ordinary run, or come of what is there at its end."""
READS_PER_EXPOSURE = {
    "announce: habit, delay table, calendar (1.9 looks each)": 1.9 * 3,
    "read: post, openness (1.9 looks each)": 1.9 * 2,
    "react: user's row, her sights, post, its counts, item": 5.0,
}
"""Lines of memory read or written at random for one exposure, counted by hand in the kernels."""


def one(users: int, crowd: str) -> None:
    """Run one size and print what it took as JSON."""
    import numpy as np

    from sim.experiment.run import peak_memory_mb
    from sim.model import Society
    from sim.scenario.load import load_scenario
    from sim.world.build import make_world

    path = ROOT / "scenarios" / "telegram.yaml"
    small = load_scenario(path, ["world.users=1000"]).scenario
    warm = Society(small, 1, crowd=crowd)  # type: ignore[arg-type]
    warm.run_model()
    before = peak_memory_mb()
    scenario = load_scenario(path, [f"world.users={users}", f"record.tables={TABLES}"]).scenario
    began = time.perf_counter()
    world = make_world(scenario, 1)
    built = time.perf_counter()
    society = Society(scenario, 1, crowd=crowd, world=world)  # type: ignore[arg-type]
    ready = time.perf_counter()
    society.run_model()
    ended = time.perf_counter()
    rng = np.random.default_rng(1)
    table, places = np.arange(1 << 24), rng.integers(0, 1 << 24, 1 << 22)
    table[places].sum()
    start = time.perf_counter()
    table[places].sum()
    gather = (time.perf_counter() - start) / len(places) * 1e9
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0 - before
    print(
        json.dumps(
            {
                "users": users,
                "crowd": crowd,
                "world": built - began,
                "ready": ready - built,
                "run": ended - ready,
                "exposures": society.crowd.exposures,
                "posts": society.crowd.posts_made,
                "bytes": used * 1024.0 * 1024.0 / users,
                "peak": peak_memory_mb(),
                "gather": gather,
            }
        )
    )


def measured(users: int, crowd: str) -> dict[str, float]:
    """Run one size in a process of its own."""
    command = [sys.executable, __file__, "--one", str(users), crowd]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def table(rows: list[dict[str, float]]) -> str:
    """Return the measurements as Markdown."""
    reads = sum(READS_PER_EXPOSURE.values())
    lines = [
        "| users | crowd | world s | run s | exposures | million/s | ns/exposure | peak MB | bytes/user | of limit |",
        "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for r in rows:
        each = r["run"] / r["exposures"] * 1e9
        limit = f"{100 * reads * r['gather'] / each:.0f} %" if r["crowd"] == "compiled" else ""
        speed = f"{r['exposures']:,} | {1e3 / each:.2f} | {each:,.0f}"
        lines.append(
            f"| {r['users']:,} | {r['crowd']} | {r['world']:.1f} | {r['run']:.1f} | {speed} | {r['peak']:,.0f} "
            f"| {r['bytes']:,.0f} | {limit} |"
        )
    last = rows[-1]
    reading = f"Random reads of 128 MB, in a loop that overlaps them: {last['gather']:.1f} ns each."
    lines += ["", f"{reading} Counted for an exposure:"]
    lines += [f"- {name}: {count:g}" for name, count in READS_PER_EXPOSURE.items()]
    agents = [r for r in rows if r["crowd"] == "agents"]
    for slow in agents:
        fast = next(r for r in rows if r["crowd"] == "compiled" and r["users"] == slow["users"])
        lines.append(
            f"\nCompiled against agents at {slow['users']:,} users, same digest: {slow['run'] / fast['run']:.0f} times."
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, and write the page if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--agents", type=int, nargs="*", default=[100_000])
    parser.add_argument("--one", nargs=2, metavar=("USERS", "CROWD"))
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    if given.one:
        one(int(given.one[0]), given.one[1])
        return
    rows = [measured(n, "compiled") for n in given.sizes] + [measured(n, "agents") for n in given.agents]
    text = table(rows)
    print(text)
    if given.write:
        head = (
            "# Performance\n\nMade by `python benchmarks/scale.py --write docs/performance.md`: the shipped Telegram "
        )
        head += f"scenario, 30 days, one thread; recorded: {TABLES[1:-1]}.\n\n"
        given.write.write_text(head + text, encoding="utf-8")


if __name__ == "__main__":
    main()
