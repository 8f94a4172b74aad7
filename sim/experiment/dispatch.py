"""Handing tasks to workers: what comes of them, whatever becomes of a worker; one ledger of retries."""

import contextlib
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import replace
from typing import Any, TypeVar

from sim.experiment.batch import Batch, Done, failed, work
from sim.experiment.executors import Make
from sim.experiment.workers import WorkerDied

TRIES = 2
"""How often a run is tried that its worker dies over, or that memory does not suffice for."""
Task = TypeVar("Task")


class Lost(Exception):
    """A task that was tried twice, and each time its worker died over it, or ran out of memory."""


def _died(problem: BaseException) -> bool:
    return isinstance(problem, WorkerDied | BrokenExecutor | MemoryError) or type(problem).__name__ == "KilledWorker"


def done_by(
    tasks: Iterable[Task],
    do: Callable[[Task], Any],
    make: Make,
    room: int,
    single: Callable[[Task], list[Task]] = lambda task: [task],
) -> Generator[tuple[Task, Any], None, None]:
    """Yield tasks with what came of each: a result, or the exception that it ended with; in whatever order.

    A worker that dies costs nobody but what it was at: a task of several runs is tried again run by run (`single`), a
    single run once more; then it is Lost.
    """
    waiting, tries = deque((task, 0) for task in tasks), 0
    executor = make()
    under_way: dict[Future[Any], tuple[Task, int]] = {}
    whole = False
    try:
        while waiting or under_way:
            while waiting and len(under_way) < 2 * room:
                task, tries = waiting.popleft()
                try:
                    under_way[executor.submit(do, task)] = (task, tries)
                except BrokenExecutor:
                    waiting.appendleft((task, tries))
                    _close(executor, (), wait_for_it=False)
                    executor = make()
            finished, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in finished:
                task, tries = under_way.pop(future)
                problem = future.exception()
                if problem is None:
                    yield task, future.result()
                elif not _died(problem):
                    yield task, problem
                elif len(parts := single(task)) > 1:
                    waiting.extendleft((part, 0) for part in reversed(parts))
                elif tries + 1 < TRIES:
                    waiting.append((task, tries + 1))
                else:
                    words = "memory ran out" if isinstance(problem, MemoryError) else f"the worker died ({problem})"
                    yield task, Lost(f"{words}, {TRIES} times")
        whole = True
    finally:
        _close(executor, under_way, at_once=not whole)


def results(batches: list[Batch], make: Make, room: int) -> Generator[Done, None, None]:
    """Yield what comes of batches, in whatever order; a run that kills its worker twice is a row that says so."""
    with contextlib.closing(done_by(batches, work, make, room, _single)) as coming:
        for batch, found in coming:
            if isinstance(found, Lost):
                yield Done([failed(batch, str(found))], [], {})
            elif isinstance(found, BaseException):
                raise found
            else:
                yield found


def _single(batch: Batch) -> list[Batch]:
    return [replace(batch, runs=(run,), points={run.point: batch.points[run.point]}) for run in batch.runs]


def _close(
    executor: Executor, under_way: Iterable[Future[Any]], *, wait_for_it: bool = True, at_once: bool = False
) -> None:
    """Let go of an executor; not all of them know how to cancel what waits."""
    for future in under_way:
        future.cancel()
    try:
        executor.shutdown(wait=wait_for_it, cancel_futures=at_once)
    except TypeError:
        executor.shutdown(wait=wait_for_it)
