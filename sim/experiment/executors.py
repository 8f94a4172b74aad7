"""Where batches run: here, in processes side by side, or on a Dask cluster; one protocol for all."""

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from typing import Any

from sim.errors import InputError
from sim.experiment.workers import Workers

Make = Callable[[], Executor]
"""Makes a fresh executor: called again if the one before has broken."""


class Here(Executor):
    """Runs each task at once, in this process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """Run a task; return its finished future."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as problem:
            future.set_exception(problem)
            if not isinstance(problem, Exception):
                raise
        return future


def processes(workers: int) -> Make:
    """Return what makes a pool of fresh processes, which end with this one."""
    return lambda: Workers(workers)


@contextlib.contextmanager
def chosen(workers: int, dask: str | None) -> Iterator[tuple[Make, int]]:
    """Yield what makes the executor that was asked for, and how many batches it can have at a time."""
    if dask is None:
        yield (Here, 1) if workers == 1 else (processes(workers), workers)
        return
    try:
        import distributed
    except ImportError:
        raise InputError("--dask needs Dask: pip install 'rumorlab[cluster]'") from None
    parts: Any = distributed
    with contextlib.ExitStack() as stack:
        if dask == "local":
            here = {"host": "127.0.0.1", "dashboard_address": None}
            cluster = stack.enter_context(parts.LocalCluster(n_workers=workers, threads_per_worker=1, **here))
            client = stack.enter_context(parts.Client(cluster))
        else:
            try:
                client = stack.enter_context(parts.Client(dask, timeout=20))
            except (OSError, ValueError, TimeoutError) as problem:
                raise InputError(f"--dask {dask}: no scheduler answers there ({problem})") from None
        room = max(1, sum(client.nthreads().values()))
        yield (lambda: client.get_executor(pure=False)), room
