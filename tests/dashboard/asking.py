"""A real dashboard in a process of its own, asked over HTTP as its pages ask; the memory of all its processes."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
UPDATE = "/_dash-update-component"


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


def workers(process: int) -> list[int]:
    """Return the processes of comparisons below a dashboard (not what they start in turn, such as git)."""
    found = []
    for each in tree(process):
        try:
            if b"sim.dashboard.worker" in Path(f"/proc/{each}/cmdline").read_bytes():
                found.append(each)
        except OSError:
            continue
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
