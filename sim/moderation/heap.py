"""The queue of cases in columns: a binary heap, the most urgent on top."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled_within
from sim.moderation.columns import Cases
from sim.often import compiled_often

Ints = NDArray[np.int64]


@compiled_within
def comes_before(a: int, b: int, cases: Cases) -> bool:
    """Whether case a is taken before case b: the higher priority, then first come, then by draw; the order is total."""
    if cases.priority[a] != cases.priority[b]:
        return cases.priority[a] > cases.priority[b]
    if cases.opened[a] != cases.opened[b]:
        return cases.opened[a] < cases.opened[b]
    if cases.tie[a] != cases.tie[b]:
        return cases.tie[a] < cases.tie[b]
    if cases.place[a] != cases.place[b]:
        return cases.place[a] < cases.place[b]
    if cases.subject[a] != cases.subject[b]:
        return cases.subject[a] < cases.subject[b]
    return cases.receiver[a] < cases.receiver[b]


@compiled_within
def push(heap: Ints, size: int, case: int, cases: Cases) -> None:
    """Put a case into a heap of `size` cases, which has room for one more."""
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if not comes_before(case, heap[above], cases):
            break
        heap[at] = heap[above]
        at = above
    heap[at] = case


@compiled_within
def pop(heap: Ints, size: int, cases: Cases) -> int:
    """Take the top of a heap of `size` cases."""
    top, last = heap[0], heap[size - 1]
    at, count = 0, size - 1
    while 2 * at + 1 < count:
        below = 2 * at + 1
        if below + 1 < count and comes_before(heap[below + 1], heap[below], cases):
            below += 1
        if not comes_before(heap[below], last, cases):
            break
        heap[at] = heap[below]
        at = below
    if count:
        heap[at] = last
    return top


@compiled_often
def push_all(heap: Ints, size: int, numbers: Ints, cases: Cases) -> None:
    """Put cases into a heap of `size` cases, which has room for them."""
    for k in range(numbers.size):
        push(heap, size + k, numbers[k], cases)


@dataclass
class CaseHeap:
    """Cases that wait for one group of reviewers."""

    heap: Ints = field(default_factory=lambda: np.zeros(256, dtype=np.int64))
    size: int = 0

    def add(self, numbers: Ints, cases: Cases) -> None:
        """Put cases in."""
        if self.size + len(numbers) > len(self.heap):
            self.heap = np.concatenate([self.heap, np.zeros(self.size + len(numbers), dtype=np.int64)])
        push_all(self.heap, self.size, numbers, cases)
        self.size += len(numbers)

    def drop(self, before: int, cases: Cases) -> Ints:
        """Take out the cases that were opened before a tick, and return them, in no order."""
        waiting = self.all()
        old = cases.opened[waiting] < before
        if old.any():
            self.size = 0
            self.add(waiting[~old], cases)
        dropped: Ints = waiting[old]
        return dropped

    def all(self) -> Ints:
        """Return the cases that wait, in no order."""
        return self.heap[: self.size].copy()
