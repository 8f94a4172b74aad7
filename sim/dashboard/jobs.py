"""The one queue of comparisons in the background: a few at once, some waiting, each a process that can be ended."""

import atexit
import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sim.dashboard.logs import log
from sim.dashboard.scratch import Scratch
from sim.errors import InputError

AT_ONCE, MOST_WAITING = 2, 20
MOST_SECONDS = 3_600.0
"""Seconds after which a comparison is ended."""
UNSEEN_SECONDS = 300.0
"""Seconds after which a comparison is ended that no page asks for any more (a hidden page asks once a minute)."""
_KEPT = 24
"""How many finished comparisons are kept for their pages."""
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
_WORK = f"import sys; sys.path[:] = {sys.path!r}; from sim.dashboard.worker import main; main()"
State = Literal["waiting", "running", "done", "failed", "cancelled"]


@dataclass(eq=False)
class Job:
    """One comparison."""

    ident: str
    order: dict[str, Any]
    seen: float
    """When a page asked for it last."""
    state: State = "waiting"
    place: int = 0
    """Place in the queue, from 1; 0 if it does not wait."""
    done: int = 0
    total: int = 0
    result: str = ""
    """What the page shows, as JSON."""
    words: str = ""
    """Why it failed or was cancelled."""
    began: float = 0.0
    child: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @property
    def ended(self) -> bool:
        """Whether nothing more comes."""
        return self.state in ("done", "failed", "cancelled")


class Jobs:
    """The queue. Threads and the temporary folder are made with the first comparison, and go with `close`.

    A process is started by the thread that waits for it: on Linux it ends with that thread, and so with this process.
    """

    def __init__(
        self, at_once: int = AT_ONCE, most_waiting: int = MOST_WAITING, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._at_once, self._most_waiting, self._clock = at_once, most_waiting, clock
        self._changed = threading.Condition()
        self._waiting: deque[Job] = deque()
        self._known: dict[str, Job] = {}
        self._threads: list[threading.Thread] = []
        self._scratch: Scratch | None = None
        self._ends = threading.Event()

    def submit(self, order: dict[str, Any]) -> str:
        """Take in a comparison and return its name; raises InputError if too many wait already."""
        with self._changed:
            if self._ends.is_set():
                raise InputError("the dashboard is ending")
            idle = self._at_once - sum(job.state == "running" for job in self._known.values())
            if len(self._waiting) >= self._most_waiting + max(0, idle):
                raise InputError(
                    f"{self._at_once} comparisons are running and {len(self._waiting)} wait, which is as many as may; "
                    "try again when some have finished"
                )
            self._begin()
            job = Job(secrets.token_hex(8), order, self._clock())
            self._known[job.ident] = job
            self._waiting.append(job)
            self._forget()
            self._changed.notify_all()
            return job.ident

    def _begin(self) -> None:
        if self._scratch is None:
            try:
                self._scratch = Scratch()
            except OSError as problem:
                raise InputError(f"no temporary folder can be made ({problem.strerror or problem})") from None
            atexit.register(self.close)
            work = [threading.Thread(target=self._serve, daemon=True) for _ in range(self._at_once)]
            self._threads = [*work, threading.Thread(target=self._watch, daemon=True)]
            for thread in self._threads:
                thread.start()

    def _forget(self) -> None:
        ended = [ident for ident, job in self._known.items() if job.ended]
        for ident in ended[: max(0, len(ended) - _KEPT)]:
            del self._known[ident]

    def look(self, ident: object) -> Job | None:
        """Return how it is with a comparison, and note that somebody asks; None if there is none of that name."""
        with self._changed:
            job = self._known.get(ident) if isinstance(ident, str) else None
            if job is None:
                return None
            job.seen = self._clock()
            job.place = self._waiting.index(job) + 1 if job in self._waiting else 0
            return job

    def cancel(self, ident: object, words: str = "Cancelled; nothing was saved.") -> None:
        """End a comparison, whether it waits or runs; one that has ended stays what it is."""
        with self._changed:
            job = self._known.get(ident) if isinstance(ident, str) else None
            if job is None or job.ended:
                return
            job.state, job.words = "cancelled", words
            with contextlib.suppress(ValueError):
                self._waiting.remove(job)
            if job.child is not None:
                job.child.kill()

    def close(self) -> None:
        """End everything, and leave no process and no folder."""
        with self._changed:
            self._ends.set()
            self._changed.notify_all()
            idents = list(self._known)
        for ident in idents:
            self.cancel(ident, "The dashboard has ended.")
        for thread in self._threads:
            thread.join(10.0)
        if self._scratch is not None:
            self._scratch.close()
            self._scratch = None
        atexit.unregister(self.close)

    def tend(self) -> None:
        """End what takes too long, and what no page asks for any more."""
        now = self._clock()
        with self._changed:
            under_way = [job for job in self._known.values() if not job.ended]
        for job in under_way:
            if now - job.seen > UNSEEN_SECONDS:
                self.cancel(job.ident, "Ended, since no page asked for it any more.")
            elif job.state == "running" and now - job.began > MOST_SECONDS:
                self.cancel(job.ident, f"Ended after {MOST_SECONDS / 60:.0f} minutes; try fewer users, days or pairs.")

    def _watch(self) -> None:
        while not self._ends.wait(1.0):
            self.tend()

    def _serve(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._ends.is_set():
                    self._changed.wait()
                if self._ends.is_set() or self._scratch is None:
                    return
                job, folder = self._waiting.popleft(), self._scratch.path
                job.state, job.began = "running", self._clock()
                folder /= f"job-{job.ident}"
            try:
                self._run(job, folder)
            except Exception as problem:
                self._end(job, "failed", f"The comparison failed: {type(problem).__name__}: {problem}")
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def _run(self, job: Job, folder: Path) -> None:
        folder.mkdir()
        settings = {**dict.fromkeys(_THREADS, "1"), **os.environ}
        command = [sys.executable, "-c", _WORK, str(os.getpid())]
        with (folder / "log.txt").open("wb") as said:
            child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, env=settings)
        try:
            with self._changed:
                job.child = child
                if job.ended:  # cancelled meanwhile
                    return
            self._talk(job, child, {**job.order, "folder": str(folder / "results")})
        finally:
            with self._changed:
                job.child = None
            child.kill()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            child.wait()
            self._end(job, "failed", self._how_it_ended(child.returncode, folder) if not job.ended else "")

    def _talk(self, job: Job, child: "subprocess.Popen[bytes]", order: dict[str, Any]) -> None:
        """Hand the order to the process and take in what it says, a line of JSON each."""
        assert child.stdin is not None
        assert child.stdout is not None
        with contextlib.suppress(OSError):  # it has ended already: told below
            child.stdin.write(json.dumps(order).encode() + b"\n")
            child.stdin.close()
        for line in child.stdout:
            said = json.loads(line)
            if "result" in said:
                job.result = json.dumps(said["result"])
                self._end(job, "done", "")
            elif "problem" in said:
                self._end(job, "failed", str(said["problem"]))
            else:
                job.done, job.total = int(said["done"]), int(said["total"])
        if not job.ended:
            child.wait()

    def _end(self, job: Job, state: State, words: str) -> None:
        with self._changed:
            if not job.ended:
                job.state, job.words = state, words

    def _how_it_ended(self, code: int, folder: Path) -> str:
        with contextlib.suppress(OSError):
            log("a comparison ended early: " + (folder / "log.txt").read_text("utf-8", "replace")[-250:])
        if code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
            how = f"killed by {name}" + (", as when memory runs out" if name == "SIGKILL" else "")
        else:
            how = f"exit code {code}"
        return f"The comparison failed: its process has ended ({how})."
