"""What the dashboard takes when much is asked of it: 400 pages at once, and 12 clicks on 'Try it' at once.

python benchmarks/dashboard_load.py
python benchmarks/dashboard_load.py --write docs/dashboard-load.md

A real server (`rumorlab dashboard`) in a process of its own, asked over HTTP. Memory is that of the whole tree of
processes: the sum of their proportional sets (PSS: what processes share is counted once), looked at every 50 ms.
"""

import argparse
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sim.experiment.compare import run_plan
from sim.experiment.plan import load_experiment

ROOT = Path(__file__).resolve().parent.parent
UPDATE = "/_dash-update-component"
LIMIT_MB = 1_500
PAGES = ("/answer", "/time", "/twin", "/moderation", "/try", "/library")


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def served(results: Path, study: Path, *more: str, env: dict[str, str] | None = None) -> Iterator[tuple[int, Any]]:
    """Yield the port and the process of a dashboard that answers; it is ended as by Ctrl-C."""
    port = free_port()
    command = [sys.executable, "-m", "sim", "dashboard", str(results), "--study", str(study), "--port", str(port)]
    settings = {**os.environ, **(env or {})}
    settings["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, [settings.get("PYTHONPATH")])])
    child = subprocess.Popen(
        [*command, *more], cwd=ROOT, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    try:
        while True:
            try:
                ask(port, "GET", "/")
                break
            except ConnectionRefusedError:
                if child.poll() is not None:
                    raise RuntimeError(child.communicate()[0].decode()) from None
                time.sleep(0.1)
        yield port, child
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGINT)
        try:
            child.wait(30)
        finally:
            child.kill()
            child.stdout.close() if child.stdout is not None else None


def ask(port: int, method: str, path: str, body: Any = None, seconds: float = 600.0) -> tuple[int, bytes]:
    """Return the status and the body of an answer."""
    there = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        words = None if body is None else json.dumps(body)
        there.request(method, path, words, {} if words is None else {"Content-Type": "application/json"})
        answer = there.getresponse()
        return answer.status, answer.read()
    finally:
        there.close()


def callback(port: int, trigger: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return the request that a page sends when `trigger` (`try.n_clicks`) changes: the first callback it is for.

    `values`: by `id.property`; what has no value is null, and what stands for several parts is empty.
    """
    for known in json.loads(ask(port, "GET", "/_dash-dependencies")[1]):
        names = [f"{part['id']}.{part['property']}" for part in known["inputs"]]
        if trigger in names and (trigger != "url.search" or known["output"].startswith("..page.children")):
            break
    outputs = [
        dict(zip(("id", "property"), one.split("@")[0].rsplit(".", 1), strict=True))
        for one in known["output"].strip(".").split("...")
    ]

    def filled(part: dict[str, Any]) -> Any:
        if part["id"].startswith("{"):
            return []
        return {**part, "value": values.get(f"{part['id']}.{part['property']}")}

    return {
        "output": known["output"],
        "outputs": outputs if known["output"].startswith("..") else outputs[0],
        "inputs": [filled(part) for part in known["inputs"]],
        "state": [filled(part) for part in known.get("state", [])],
        "changedPropIds": [trigger],
    }


def page(port: int, path: str, search: str) -> dict[str, Any]:
    """Return the request for what a page shows."""
    return callback(port, "url.search", {"url.pathname": path, "url.search": search})


def trial(port: int, users: int = 2_000, days: int = 14, pairs: int = 4, **more: Any) -> dict[str, Any]:
    """Return the request of a click on 'Try it'."""
    values = {"users.value": users, "days.value": days, "pairs.value": pairs, "try.n_clicks": 1}
    values |= {"trying.data": "study/scenarios/telegram.yaml", "yaml.value": "moderation: {reviewers: {count: 3}}"}
    return callback(port, "try.n_clicks", values | more)


def job_of(answer: bytes) -> str | None:
    """Return the name of the comparison that a click has started."""
    return json.loads(answer)["response"]["job"]["data"]


def progress(port: int, ask_for: dict[str, Any], job: str) -> dict[str, Any]:
    """Return what the page hears about a comparison; `ask_for` is the request of its ticker."""
    sent = {**ask_for, "state": [{**part, "value": job} for part in ask_for["state"]]}
    return json.loads(ask(port, "POST", UPDATE, sent)[1])["response"]


def tree(process: int) -> list[int]:
    """Return a process and all that it has started."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found, left = [], [process]
    while left:
        found.append(left.pop())
        left += children.get(found[-1], [])
    return found


def memory_mb(processes: list[int]) -> float:
    """Return the memory of processes; what they share is counted once."""
    whole = 0
    for process in processes:
        try:
            for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
                whole += int(line.split()[1]) if line.startswith("Pss:") else 0
        except OSError:
            continue
    return whole / 1024.0


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


def many_trials(port: int, process: int, count: int, **size: Any) -> tuple[Watch, Counter[str], float]:
    """Click on 'Try it' so often at once; return what it took, how each ended, and the seconds until the last."""
    began = time.perf_counter()
    click, ticker = trial(port, **size), callback(port, "ticker.n_intervals", {"ticker.n_intervals": 1})
    with Watch(process) as watch, ThreadPoolExecutor(count) as pool:
        jobs = [job_of(answer) for _, answer in pool.map(lambda _: ask(port, "POST", UPDATE, click), range(count))]
        ends = Counter({"refused": sum(job is None for job in jobs)})
        left = [job for job in jobs if job is not None]
        while left:
            time.sleep(0.7)
            for job in list(left):
                heard = progress(port, ticker, job)
                if heard.get("seen"):
                    left.remove(job)
                    ends["finished" if "What changed" in json.dumps(heard["tried"]) else "failed"] += 1
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
        for words, size in (
            ("2,000 users, 14 days, 4 pairs", {}),
            ("20,000 users, 60 days, 2 pairs", {"users": 20_000, "days": 60, "pairs": 2}),
        ):
            with served(results, ROOT) as (port, child):
                watch, ends, seconds = many_trials(port, child.pid, wanted.trials, **size)
                what = ", ".join(f"{many} {how}" for how, many in sorted(ends.items()) if many)
                rows.append((f"{wanted.trials} 'Try it' at once ({words})", what, watch, seconds))
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
