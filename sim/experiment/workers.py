"""Worker processes that each do one task at a time: one that dies costs its own task, and all end with this process.

A worker is a fresh interpreter that imports this module and no script: a script needs no main guard.
"""

import contextlib
import os
import pickle
import queue
import runpy
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import IO, Any

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
_INSIDE = "RUMORLAB_WORKER"
"""Variable that is set in a worker, to the script whose outcomes it has to know, if any."""


class WorkerDied(Exception):
    """The process that was at a task has ended: killed, out of memory, or by a call of os._exit."""


class InsideWorker(BaseException):
    """A script without a main guard has come, in a worker, to where it would start workers of its own."""


def refuse_in_worker() -> None:
    """Raise InsideWorker in a worker: it never starts the whole again."""
    if _INSIDE in os.environ:
        raise InsideWorker


class Workers(Executor):
    """A number of worker processes. Each is started when it is needed, and again when it has died."""

    def __init__(self, count: int) -> None:
        refuse_in_worker()
        self._tasks: queue.SimpleQueue[tuple[Future[Any], bytes] | None] = queue.SimpleQueue()
        self._count, self._threads, self._children = count, list[threading.Thread](), set[subprocess.Popen[bytes]]()
        self._idle, self._ends, self._lock = 0, False, threading.Lock()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """Hand in a task; its future raises WorkerDied if the process ends over it."""
        future: Future[Any] = Future()
        self._tasks.put((future, pickle.dumps((fn, args, kwargs))))
        if len(self._threads) < self._count:
            thread = threading.Thread(target=self._serve, daemon=True)
            self._threads.append(thread)
            thread.start()
        return future

    def _serve(self) -> None:
        child: subprocess.Popen[bytes] | None = None
        while (task := self._tasks.get()) is not None:
            future, words = task
            if not future.set_running_or_notify_cancel():
                continue
            try:
                child = child if child is not None and child.poll() is None else self._start()
                assert child.stdin is not None
                assert child.stdout is not None
                _send(child.stdin, words)
                good, value = pickle.loads(_receive(child.stdout))
            except (EOFError, OSError) as problem:
                future.set_exception(WorkerDied(self._how_it_ended(child, problem)))
                child = None
            except Exception as problem:  # what came back cannot be read
                future.set_exception(problem)
            else:
                future.set_result(value) if good else future.set_exception(value)
        if child is not None:
            self._end(child)

    def _start(self) -> "subprocess.Popen[bytes]":
        command = f"import sys; sys.path[:] = {sys.path!r}; from sim.experiment.workers import serve; serve()"
        settings = {**dict.fromkeys(_THREADS, "1"), **os.environ, _INSIDE: _script()}
        arguments = [sys.executable, "-c", command, str(os.getpid())]
        with self._lock:
            if self._ends:
                raise EOFError
            child = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=settings)
            self._children.add(child)
        return child

    def _end(self, child: "subprocess.Popen[bytes]") -> None:
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        child.wait()
        with self._lock:
            self._children.discard(child)

    def _how_it_ended(self, child: "subprocess.Popen[bytes] | None", problem: Exception) -> str:
        if child is None:
            return f"no process could be started ({problem})"
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=5.0)
        child.kill()
        self._end(child)
        code = child.returncode
        if code is not None and code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
            return f"killed by {name}" + (", as when memory runs out" if name == "SIGKILL" else "")
        return f"ended with exit code {code}"

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers once they are idle, or at once with `cancel_futures`: what is under way is given up."""
        if cancel_futures:
            with contextlib.suppress(queue.Empty):
                while (task := self._tasks.get_nowait()) is not None:
                    task[0].cancel()
            with self._lock:
                self._ends = True
                for child in self._children:
                    child.kill()
        for _ in self._threads:
            self._tasks.put(None)
        if wait:
            for thread in self._threads:
                thread.join()


def _script() -> str:
    """Return the script that has registered outcomes of its own, which workers have to know too; '' if none."""
    from sim.registry import OUTCOMES

    script = getattr(sys.modules.get("__main__"), "__file__", None)
    return str(script) if script and any(o.measure.__module__ == "__main__" for o in OUTCOMES.values()) else ""


def _send(pipe: IO[bytes], words: bytes) -> None:
    pipe.write(len(words).to_bytes(8, "little"))
    pipe.write(words)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes:
    head = pipe.read(8)
    words = pipe.read(int.from_bytes(head, "little")) if len(head) == 8 else b""
    if len(head) < 8 or len(words) < int.from_bytes(head, "little"):
        raise EOFError
    return words


def serve() -> None:
    """Do tasks in a worker until there are no more; what they print goes to standard error."""
    tasks, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    ready(int(sys.argv[1]))
    sys.argv[1:] = []
    if os.environ[_INSIDE]:
        with contextlib.suppress(InsideWorker):
            runpy.run_path(os.environ[_INSIDE], run_name="__mp_main__")
    while True:
        try:
            fn, args, kwargs = pickle.loads(_receive(tasks))
        except EOFError:
            os._exit(0)
        try:
            reply = (True, fn(*args, **kwargs))
        except BaseException as problem:
            reply = (False, problem)
        try:
            words = pickle.dumps(reply)
        except Exception as problem:
            words = pickle.dumps((False, RuntimeError(f"{reply[1]!r}: cannot be sent ({problem})")))
        try:
            _send(replies, words)
        except OSError:
            os._exit(1)
        del reply, words


def ready(parent: int) -> None:
    """Leave Ctrl-C to the parent, and end when the parent has ended, however that was: nothing is left running."""
    for name in ("SIGINT", "SIGHUP"):
        if (number := getattr(signal, name, None)) is not None:
            signal.signal(number, signal.SIG_IGN)
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(1, int(signal.SIGKILL), 0, 0, 0)  # PR_SET_PDEATHSIG
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """End this process within a second of its parent, where the system does not."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)
