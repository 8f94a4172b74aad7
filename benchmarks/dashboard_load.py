"""What the dashboard takes when much is asked of it: 400 pages at once, and 12 clicks on 'Try it' at once.

python benchmarks/dashboard_load.py
python benchmarks/dashboard_load.py --write docs/dashboard-load.md

A real server (`rumorlab dashboard`) in a process of its own, asked over HTTP. Memory is that of the whole tree of
processes: the sum of their proportional sets (PSS: what processes share is counted once), looked at every 50 ms.
"""

import argparse
import json
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sim.experiment.compare import run_plan
from sim.experiment.plan import load_experiment
from tests.dashboard.asking import ROOT, UPDATE, ask, callback, job_of, memory_mb, page, progress, served, tree, trial

LIMIT_MB = 1_500
PAGES = ("/answer", "/time", "/twin", "/moderation", "/try", "/library")


class Watch:
    """Looks at the memory and the number of processes of a tree until it is told to stop."""

    def __init__(self, process: int) -> None:
        self.process, self.peak, self.processes, self.threads = process, 0.0, 0, 0
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        while not self._ends.wait(0.05):
            found = tree(self.process)
            self.peak, self.processes = max(self.peak, memory_mb(found)), max(self.processes, len(found))
            self.threads = max(self.threads, len(list(Path(f"/proc/{self.process}/task").glob("*"))))

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._ends.set()
        self._thread.join()


def many_pages(port: int, process: int, count: int, result: str) -> tuple[Watch, Counter[int], float]:
    """Ask for so many pages at once; return what it took, the statuses, and the seconds until the last answer."""
    sent = [page(port, PAGES[k % len(PAGES)], f"?results={result}") for k in range(count)]
    began = time.perf_counter()
    with Watch(process) as watch, ThreadPoolExecutor(count) as pool:
        answers = list(pool.map(lambda body: ask(port, "POST", UPDATE, body)[0], sent))
    return watch, Counter(answers), time.perf_counter() - began


def many_trials(port: int, process: int, count: int, enough: int = 0, **size: Any) -> tuple[Watch, Counter[str], float]:
    """Click on 'Try it' so often at once; return what it took, how each ended, and the seconds until the last.

    `enough`: so many that have ended are enough (0: all).
    """
    began = time.perf_counter()
    click, ticker = trial(port, **size), callback(port, "ticker.n_intervals", {"ticker.n_intervals": 1})
    with Watch(process) as watch, ThreadPoolExecutor(count) as pool:
        jobs = [job_of(answer) for _, answer in pool.map(lambda _: ask(port, "POST", UPDATE, click), range(count))]
        ends = Counter({"refused": sum(job is None for job in jobs)})
        left = [job for job in jobs if job is not None]
        while left and not 0 < enough <= len(jobs) - len(left):
            time.sleep(0.7)
            for job in list(left):
                heard = progress(port, ticker, job)
                if heard.get("seen"):
                    left.remove(job)
                    ends["finished" if "What changed" in json.dumps(heard["tried"]) else "failed"] += 1
        ends["waiting or running still"] = len(left)
    return watch, ends, time.perf_counter() - began


def main() -> None:
    """Measure, print, and write a page if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=400)
    parser.add_argument("--trials", type=int, default=12)
    parser.add_argument("--results", type=Path, help="folder of results in which `comparison` lies; made if not given")
    parser.add_argument("--write", type=Path)
    wanted = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        results = wanted.results or Path(name)
        if wanted.results is None:
            plan = load_experiment(ROOT / "experiments" / "telegram-moderation.yaml", ["world.users=1000"])
            run_plan(plan.with_design(pairs=4), results / "comparison", workers=1, tell=lambda *a: None)
        with served(results, ROOT) as (port, child):
            watch, statuses, seconds = many_pages(port, child.pid, wanted.pages, "results/comparison")
            what = ", ".join(f"{many} with status {status}" for status, many in sorted(statuses.items()))
            rows.append((f"{wanted.pages} pages at once", what, watch, seconds))
            print(rows[-1][:2], f"{watch.peak:.0f} MB", flush=True)
        for words, size in (
            ("2,000 users, 14 days, 4 pairs", {"pairs": 4}),
            (
                "20,000 users, 60 days, 2 pairs; until two have finished",
                {"users": 20_000, "days": 60, "pairs": 2, "enough": 2},
            ),
        ):
            with served(results, ROOT) as (port, child):
                watch, ends, seconds = many_trials(port, child.pid, wanted.trials, **size)
                what = ", ".join(f"{many} {how}" for how, many in sorted(ends.items()) if many)
                rows.append((f"{wanted.trials} 'Try it' at once ({words})", what, watch, seconds))
                print(rows[-1][:2], f"{watch.peak:.0f} MB", flush=True)
    lines = [
        "# What the dashboard takes under load",
        "",
        "Made by `python benchmarks/dashboard_load.py --write docs/dashboard-load.md`: a real server, asked over "
        "HTTP on the same machine. Memory is that of the server and all its processes; what they share counts once.",
        "",
        f"| what | what came of it | peak MB (allowed: {LIMIT_MB:,}) | processes | threads of the server | s |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
        *(
            f"| {what} | {came} | {w.peak:,.0f} | {w.processes} | {w.threads} | {seconds:,.0f} |"
            for what, came, w, seconds in rows
        ),
    ]
    print("\n".join(lines[4:]))
    if wanted.write:
        wanted.write.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
