"""Handing batches to workers: what comes of them, whatever becomes of a worker."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import replace
from typing import Any

from sim.experiment.batch import Batch, Done, failed, work
from sim.experiment.executors import Make

_TRIES = 2


def _single(batch: Batch) -> list[Batch]:
    return [replace(batch, runs=(run,), points={run.point: batch.points[run.point]}) for run in batch.runs]


def results(batches: list[Batch], make: Make, room: int) -> Iterator[Done]:
    """Yield what comes of batches, in whatever order; a worker that dies takes down nobody's results but its own.

    Where the executor breaks, what was under way is tried again run by run, one at a time, so that a run that kills
    its worker is found; it is recorded as failed after two tries.
    """
    waiting, suspects = deque(batches), deque[tuple[Batch, int]]()
    executor = make()
    under_way: dict[Future[Done], tuple[Batch, int]] = {}
    try:
        while waiting or suspects or under_way:
            while (waiting or suspects) and len(under_way) < (1 if suspects else 2 * room):
                batch, tries = suspects.popleft() if suspects else (waiting.popleft(), 0)
                try:
                    under_way[executor.submit(work, batch)] = (batch, tries)
                except BrokenExecutor:
                    suspects.appendleft((batch, tries))
                    executor = _again(executor, make)
            finished, _ = wait(under_way, return_when=FIRST_COMPLETED)
            broken: list[tuple[Batch, int]] = []
            for future in finished:
                batch, tries = under_way.pop(future)
                problem = future.exception()
                if problem is None:
                    yield future.result()
                elif isinstance(problem, BrokenExecutor) or type(problem).__name__ == "KilledWorker":
                    broken.append((batch, tries + 1))
                else:
                    raise problem
            if broken:
                broken += [(batch, tries) for batch, tries in under_way.values()]
                under_way.clear()
                executor = _again(executor, make)
                for batch, tries in broken:
                    if len(batch.runs) > 1:
                        suspects += [(one, 0) for one in _single(batch)]
                    elif tries < _TRIES:
                        suspects.append((batch, tries))
                    else:
                        yield Done([failed(batch, "the worker died over it twice: killed, or out of memory")], [], {})
    finally:
        _close(executor, under_way)


def _close(executor: Executor, under_way: Iterable[Future[Any]], *, wait_for_it: bool = True) -> None:
    """Let go of an executor; not all of them know how to cancel what waits."""
    for future in under_way:
        future.cancel()
    executor.shutdown(wait=wait_for_it)


def _again(executor: Executor, make: Make) -> Executor:
    _close(executor, (), wait_for_it=False)
    return make()
