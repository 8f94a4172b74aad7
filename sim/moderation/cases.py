"""Cases and the queue in which they wait for a reviewer."""

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.world.posts import Slot

WAITING, UPHELD, CLEARED, MOOT = range(4)
SCAN, REPORT = range(2)


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

    @property
    def receiver(self) -> int:
        """User who got the direct message; -1 in a venue."""
        return self.slot.receiver if self.slot is not None else -1

    @property
    def round_key(self) -> int:
        """Last key of every draw about the case: the interval of the slot, and the receiver of a direct message."""
        return (self.generation << 32) + self.receiver + 1

    def order(self) -> tuple[int, int, int, int]:
        """Return what cases are sorted by: nothing that depends on who was called first."""
        return self.opened, self.place, self.subject, self.receiver


@dataclass
class Queue:
    """First come, first served; ties by keyed draw."""

    waiting: list[tuple[int, float, tuple[int, int, int, int], Case]] = field(default_factory=list)
    by_class: dict[int, int] = field(default_factory=dict)
    """How many wait, by class."""

    def add(self, case: Case, tie_break: float) -> None:
        """Put a case at its place by (tick opened, draw); its own order makes it total."""
        self.by_class[case.content] = self.by_class.get(case.content, 0) + 1
        heapq.heappush(self.waiting, (case.opened, tie_break, case.order(), case))

    def take(self) -> Case | None:
        """Take the next case, or None if nobody waits."""
        if not self.waiting:
            return None
        case = heapq.heappop(self.waiting)[-1]
        self.by_class[case.content] -= 1
        return case

    def __len__(self) -> int:
        return len(self.waiting)
