"""The books of the desk: cases, queues, and what waits for its moment; and the policy in force, as arrays."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.crowd.columns.state import Ints, Numbers
from sim.moderation.columns import CaseColumns
from sim.moderation.heap import CaseHeap
from sim.sorting import distinct
from sim.vocabulary import ORDINARY, TICK_CLASSES

if TYPE_CHECKING:
    from sim.crowd.compiled import CompiledCrowd

ORDINARY_CLASS = TICK_CLASSES.index(ORDINARY)


class Books:
    """What the offices of the desk share."""

    def __init__(self, crowd: "CompiledCrowd") -> None:
        self.crowd = crowd
        self.platform = crowd.model.platform
        self.cases = CaseColumns()
        self.queues = [CaseHeap()]
        """By group of reviewers; the last one is for what nobody reads."""
        self.waiting: Ints = np.zeros(len(TICK_CLASSES), dtype=np.int64)
        """Cases in the queues, by class."""
        self.pending: dict[int, list[tuple[int, Numbers]]] = {}
        """(source, posts) of the notices that are on their way, by tick."""
        self.due: dict[int, list[Ints]] = {}
        self.appeals: dict[int, list[Ints]] = {}
        """Cases whose authors object, by the tick in which that is decided."""
        self.struck: dict[int, list[Ints]] = {}
        """Cases that brought a strike which has not lapsed, by the tick in which they did."""
        self.to_restore: Ints = np.zeros(0, dtype=np.int64)
        """Sendings that are put back in the next tick."""
        self.released: dict[int, list[Ints]] = {}
        """Whose suspension may end, by the first tick after it."""
        self.sanctions: list[Ints] = []
        """Rows of (tick, sanction, user or venue, subject, wrong)."""
        self.sanction_count = 0
        self.busy: Ints = np.zeros(0, dtype=np.int64)
        """Cases being worked on, where a decision takes time, and the tick in which each will be decided."""
        self.busy_until: Ints = np.zeros(0, dtype=np.int64)
        self._alarms: Ints = np.zeros((0, 4), dtype=np.int64)
        """Ordinary posts of the present day that will be flagged or reported, by tick."""
        self._alarms_by: list[int] = []
        """Where those of each tick of the day begin, and where the last ones end."""
        self._alarms_from = -1
        """First tick of the day that they are of."""
        self.adopt()

    def adopt(self) -> None:
        """Go by the policy in force: its numbers as arrays, and what waits sorted by the languages of its reviewers."""
        platform = self.platform
        moderation, terms, staff = platform.policy.moderation, platform.terms, platform.working
        self.scan_spec, self.reports_spec = moderation.scan, moderation.reports
        self.deeds, self.marks = np.array(terms.deeds, dtype=np.int64), np.array(terms.marks, dtype=np.int64)
        self.breach = self.deeds != 0
        self.ordered = np.array(terms.ordered, dtype=np.bool_)
        self.recall = np.array(platform.recall, dtype=np.float64)
        self.treated = np.array(terms.treated, dtype=np.int64)
        self.severity = np.array(terms.severity, dtype=np.int64)
        self.by_item = np.array(terms.by_item, dtype=np.bool_)
        self.ladder = np.array(platform.ladder, dtype=np.int64).reshape(-1, 2)
        self.group_of_country = np.array(staff.group_of_country, dtype=np.int64)
        waiting = np.concatenate([queue.all() for queue in self.queues] + [self.busy])
        self.busy, self.busy_until = self.busy[:0], self.busy_until[:0]
        self.queues = [CaseHeap() for _ in range(staff.groups + 1)]
        self.waiting[:] = 0
        if len(waiting):
            rows = self.cases.rows
            tracked = waiting[rows.content[waiting] < len(self.breach)]
            rows.breach[tracked] = self.breach[rows.content[tracked]]
        self.put(waiting)

    def put(self, numbers: Ints) -> None:
        """Put cases into the queues of those who can read them."""
        if not len(numbers):
            return
        rows, world = self.cases.rows, self.crowd.model.world
        place = rows.place[numbers]
        home = world.people.country[rows.author[numbers]].astype(np.int64)
        in_venue = place < len(world.venues)
        home[in_venue] = world.venues.country[place[in_venue]]
        groups = rows.group[numbers] = self.group_of_country[home]
        for group in distinct(groups):
            self.queues[group].add(numbers[groups == group], rows)
        self.waiting += np.bincount(rows.content[numbers], minlength=len(self.waiting))

    def case_rows(self) -> NDArray[np.int64]:
        """Return the cases as whole numbers in canonical order."""
        names = ("opened", "place", "subject", "receiver", "source", "content", "breach", "author", "interval")
        columns = [self.cases.column(name) for name in (*names, "verdict", "decided", "acted")]
        rows = np.column_stack([column.astype(np.int64) for column in columns])
        return rows[np.lexsort(rows.T[::-1])]

    def sanction_rows(self) -> NDArray[np.int64]:
        """Return strikes and bans as whole numbers in canonical order."""
        if not self.sanctions:
            return np.zeros((0, 5), dtype=np.int64)
        rows = np.concatenate(self.sanctions)
        return rows[np.lexsort(rows.T[::-1])]
