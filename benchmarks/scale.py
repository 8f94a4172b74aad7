"""The shipped Telegram scenario at several sizes, 30 days: speed, memory, and what the machine's memory allows.

python benchmarks/scale.py [--sizes 100000 1000000] [--agents 100000] [--write docs/performance.md]

Every size runs in a process of its own, so that peak memory is its own. The machine's rate of random reads is measured
in the same run; the share of that limit takes the looks that were counted, and the lines of memory of LINES.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from sim.arithmetic import compiled

ROOT = Path(__file__).resolve().parent.parent
TABLES = "[ticks, items]"
"""What is recorded: the others go to files in an ordinary run, or come of what is there at its end."""
LINES = {
    "planned": (0.2, "each look that is planned: its member and her habit (in rows), the calendar (in rows)"),
    "looked": (3.0, "each look that falls due: post, sending, openness of the reader"),
    "exposures": (6.0, "each exposure: her row, her sights, item, sending; then post and counts of the item"),
}
"""Lines of memory read or written in no order, by what was counted; found by hand in the kernels. The table of delays
is left out: it stays near."""


@compiled
def gathered(table: Any, places: Any) -> int:
    """Add up what stands at places in no order."""
    total = 0
    for place in places:
        total += table[place]
    return total


def one(users: int, crowd: str) -> None:
    """Run one size and print what it took as JSON."""
    from sim.crowd.columns import announcing, reading
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
    counted = {"planned": 0, "looked": 0}
    plan, read = announcing.look_count, reading.read

    def planned(*given: Any) -> int:
        looks = plan(*given)
        counted["planned"] += looks
        return looks

    def looked(looks: Any, *given: Any) -> Any:
        counted["looked"] += len(looks)
        return read(looks, *given)

    announcing.look_count, reading.read = planned, looked
    ready = time.perf_counter()
    society.run_model()
    ended = time.perf_counter()
    rng = np.random.default_rng(1)
    table, places = np.arange(1 << 24), rng.integers(0, 1 << 24, 1 << 22)
    gathered(table, places)
    start = time.perf_counter()
    gathered(table, places)
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
                **counted,
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
    lines = [
        "| users | crowd | world s | run s | exposures | million/s | ns/exposure | peak MB | bytes/user | of limit |",
        "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for r in rows:
        each = r["run"] / r["exposures"] * 1e9
        lines_each = sum(share * r[what] for what, (share, _) in LINES.items()) / r["exposures"]
        limit = f"{100 * lines_each * r['gather'] / each:.0f} %" if r["crowd"] == "compiled" else ""
        speed = f"{r['exposures']:,} | {1e3 / each:.2f} | {each:,.0f}"
        lines.append(
            f"| {r['users']:,} | {r['crowd']} | {r['world']:.1f} | {r['run']:.1f} | {speed} | {r['peak']:,.0f} "
            f"| {r['bytes']:,.0f} | {limit} |"
        )
    fast = [r for r in rows if r["crowd"] == "compiled"]
    rates = ", ".join(f"{r['gather']:.1f}" for r in fast)
    lines += [
        "",
        f"Reads of 128 MB in no order, overlapping: {rates} ns each in the runs above. 'Of limit' is the time that the "
        "lines of memory which a run needs anyway would take at that rate, as a share of its time:",
    ]
    for what, (share, words) in LINES.items():
        each = fast[-1][what] / fast[-1]["exposures"]
        lines.append(f"- {words}: {share:g} ({each:.2f} an exposure)")
    low, high = fast[0], fast[-1]
    if low is not high:
        dearer = (high["run"] / high["exposures"]) / (low["run"] / low["exposures"])
        lines += [
            "",
            f"An exposure at {high['users']:,} users takes {dearer:.2f} times what it takes at {low['users']:,}.",
        ]
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
