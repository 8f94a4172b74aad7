"""Cases and the queue in which they wait for a reviewer."""

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.world.posts import Slot

WAITING, UPHELD, CLEARED, MOOT, REFUSED, OVERTURNED, DROPPED = range(7)
SCAN, REPORT, FLAGGER, ORDER, ADMIN, ROUTE = range(6)
TRIAGED = (SCAN, REPORT, ROUTE)
"""Sources of cases that go through a quick first look."""
ELSEWHERE = -1
"""What another platform takes down: no case of this one."""
FIRST = 1 << 60
"""Priority of notices that come before all other cases."""
DUE = 1 << 40
"""Priority of a case that a law wants dealt with at tick 0; less by one for every tick later."""


@dataclass(slots=True, eq=False)
class Case:
    """Something that a reviewer should look at: a tracked post (a slot in one interval), or an ordinary one."""

    source: int
    """Position in vocabulary.CASE_SOURCES."""
    opened: int
    """Tick."""
    place: int
    """Key of the place: a venue, or a direct chat."""
    subject: int
    """Key of the item, or the number of the ordinary post in its venue."""
    content: int
    """Position of the class in vocabulary.TICK_CLASSES."""
    breach: bool
    """Whether the terms really forbid or mark the post: what a perfect reviewer would find."""
    author: int
    slot: "Slot | None" = None
    generation: int = 0
    verdict: int = WAITING
    decided: int = -1
    acted: int = -1
    group: int = 0
    """Reviewers who read its language (agents.staff)."""
    priority: int = 0
    deeds: int = 0
    """What was done, see moderation.terms."""

    @property
    def receiver(self) -> int:
        """User who got the direct message; -1 in a venue."""
        return self.slot.receiver if self.slot is not None else -1

    @property
    def round_key(self) -> int:
        """Last key of every draw about the case: the interval of the slot, and the receiver of a direct message."""
        return (self.generation << 32) + self.receiver + 1

    def stands(self) -> bool:
        """Whether the post is still up as it was when the case was opened; an ordinary one always is."""
        return self.slot is None or (self.slot.live and self.slot.generation == self.generation)

    def order(self) -> tuple[int, int, int, int]:
        """Return what cases are sorted by: nothing that depends on who was called first."""
        return self.opened, self.place, self.subject, self.receiver


@dataclass
class Queue:
    """Cases that wait: the highest priority first, then first come, first served; ties by keyed draw."""

    waiting: list[tuple[int, int, float, tuple[int, int, int, int], Case]] = field(default_factory=list)

    def add(self, case: Case, tie_break: float) -> None:
        """Put a case at its place; its own order makes it total."""
        heapq.heappush(self.waiting, (-case.priority, case.opened, tie_break, case.order(), case))

    def take(self) -> Case | None:
        """Take the next case, or None if nobody waits."""
        return heapq.heappop(self.waiting)[-1] if self.waiting else None

    def drop(self, before: int) -> list[Case]:
        """Take out the cases that were opened before a tick, and return them, in no order."""
        old = [entry[-1] for entry in self.waiting if entry[1] < before]
        if old:
            self.waiting = [entry for entry in self.waiting if entry[1] >= before]
            heapq.heapify(self.waiting)
        return old

    def __len__(self) -> int:
        return len(self.waiting)
