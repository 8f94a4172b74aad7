"""The shipped Telegram scenario at several sizes, 30 days: speed, memory, and what the machine's memory allows.

python benchmarks/scale.py [--sizes 100000 1000000] [--agents 100000] [--write docs/performance.md]

Every size runs in a process of its own, so that peak memory is its own. The machine's rate of random reads is measured
in the same run; the share of that limit takes the looks that were counted, and the lines of memory of LINES.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from sim.arithmetic import compiled

ROOT = Path(__file__).resolve().parent.parent
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
    from sim.experiment.run import Finished, peak_memory_mb, run_to_folder
    from sim.scenario.load import load_scenario

    def ordinary(size: int) -> tuple[Finished, float]:
        scenario = load_scenario(ROOT / "scenarios" / "telegram.yaml", [f"world.users={size}"]).scenario
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            done = run_to_folder(scenario, 1, root=ROOT, folder=Path(folder) / "run", crowd=crowd)  # type: ignore[arg-type]
            return done, time.perf_counter() - began

    ordinary(1000)
    before = peak_memory_mb()
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
    done, whole = ordinary(users)
    used = peak_memory_mb() - before
    rng = np.random.default_rng(1)
    table, places = np.arange(1 << 24), rng.integers(0, 1 << 24, 1 << 22)
    gathered(table, places)
    start = time.perf_counter()
    gathered(table, places)
    gather = (time.perf_counter() - start) / len(places) * 1e9
    print(
        json.dumps(
            {
                "users": users,
                "crowd": crowd,
                "build": done.seconds["build"],
                "run": done.seconds["run"],
                "tables": whole - done.seconds["build"] - done.seconds["run"],
                "exposures": int(done.record.frame("ticks")["views"].sum()),
                **counted,
                "bytes": used * 1024.0 * 1024.0 / users,
                "peak": before + used,
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
        "| users | crowd | world s | run s | tables s | exposures | million/s | ns/exposure | peak MB | bytes/user "
        "| of limit |",
        "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for r in rows:
        each = r["run"] / r["exposures"] * 1e9
        lines_each = sum(share * r[what] for what, (share, _) in LINES.items()) / r["exposures"]
        limit = f"{100 * lines_each * r['gather'] / each:.0f} %" if r["crowd"] == "compiled" else ""
        speed = f"{r['exposures']:,} | {1e3 / each:.2f} | {each:,.0f}"
        seconds = " | ".join(f"{r[part]:.1f}" for part in ("build", "run", "tables"))
        lines.append(
            f"| {r['users']:,} | {r['crowd']} | {seconds} | {speed} | {r['peak']:,.0f} | {r['bytes']:,.0f} | {limit} |"
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
            "scenario, 30 days, one thread, as `rumorlab run` makes it: all tables that it records by default are "
            "written, readers over time as it goes, the others at its end (tables s, with the outcomes). Peak memory "
            "is that of the whole process; bytes a user are what it rose by after a first small run.\n\n"
        )
        given.write.write_text(head + text, encoding="utf-8")


if __name__ == "__main__":
    main()
