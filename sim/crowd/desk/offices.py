"""The offices of the platform in a compiled run: what they answer is read from the columns of the desk, when asked."""

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.agents.bench import Bench
from sim.agents.enforcer import Enforcer
from sim.agents.intake import Intake
from sim.crowd.slots import SlotsNow
from sim.crowd.views import Fixed, FixedDict, FixedList
from sim.moderation.cases import Case, Queue

if TYPE_CHECKING:
    from sim.crowd.columns.state import Ints
    from sim.crowd.desk.intake import Intake as Desk

_WHOLE = ("source", "opened", "place", "subject", "content", "author", "verdict", "decided", "acted", "group")


class Office(Fixed):
    """What the three offices have in common."""

    def __init__(self, desk: "Desk") -> None:
        for name, value in (("platform", desk.platform), ("model", desk.platform.model), ("_desk", desk)):
            object.__setattr__(self, name, value)

    _desk: "Desk"

    def _cases(self, numbers: "Ints", slots: SlotsNow | None = None) -> list[Case]:
        """Return cases by their numbers."""
        rows, posts, slots = self._desk.cases.rows, self._desk.crowd.posts.rows, slots or SlotsNow(self._desk.crowd)
        made = []
        for number in numbers.tolist():
            post = int(rows.post[number])
            made.append(
                Case(
                    **{name: int(getattr(rows, name)[number]) for name in _WHOLE},
                    breach=bool(rows.breach[number]),
                    slot=slots.of(posts, post) if post >= 0 else None,
                    generation=int(rows.interval[number]),
                    priority=int(rows.priority[number]),
                    deeds=int(rows.deeds[number]),
                )
            )
        return made

    def _by_tick(self, numbers: "dict[int, list[Ints]]") -> dict[int, list[Case]]:
        slots = SlotsNow(self._desk.crowd)
        found = ((tick, self._cases(np.concatenate(parts), slots)) for tick, parts in numbers.items() if parts)
        return FixedDict((int(tick), FixedList(cases)) for tick, cases in found if cases)


class IntakeView(Office, Intake):
    """The office that opens cases."""

    @property
    def cases(self) -> list[Case]:
        """All cases so far."""
        return FixedList(self._cases(np.arange(self._desk.cases.count)))

    @property
    def pending(self) -> dict[int, list[Any]]:
        """(slot, interval, source) of the notices that are on their way, by tick."""
        slots, posts, found = SlotsNow(self._desk.crowd), self._desk.crowd.posts.rows, {}
        for tick, notices in self._desk.pending.items():
            found[int(tick)] = FixedList(
                (slots.of(posts, post), slots.interval(posts, post), source)
                for source, numbers in notices
                for post in numbers.tolist()
            )
        return FixedDict(found)


class BenchView(Office, Bench):
    """The office that judges."""

    @property
    def queues(self) -> list[Queue]:
        """By group of reviewers; the last one is for what nobody reads."""
        desk, slots = self._desk, SlotsNow(self._desk.crowd)
        made = []
        for heap in desk.queues:
            numbers = heap.all()
            waits = zip(self._cases(numbers, slots), desk.cases.rows.tie[numbers].tolist(), strict=True)
            made.append(Queue(sorted((-c.priority, c.opened, tie, c.order(), c) for c, tie in waits)))
        return FixedList(made)

    @property
    def busy(self) -> list[tuple[int, Case]]:
        """Cases being worked on, with the tick in which each will be decided."""
        return FixedList(zip(self._desk.busy_until.tolist(), self._cases(self._desk.busy), strict=True))

    def waiting(self) -> list[int]:
        """Return how many cases wait, by class."""
        counts: list[int] = self._desk.waiting.tolist()
        return counts

    def regroup(self) -> None:
        """Do nothing: the desk sorts what waits when it adopts a policy."""


class EnforcerView(Office, Enforcer):
    """The office that carries verdicts out."""

    @property
    def due(self) -> dict[int, list[Case]]:
        """Upheld cases by the tick in which they take effect."""
        return self._by_tick(self._desk.due)

    @property
    def appeals(self) -> dict[int, list[Case]]:
        """Cases whose authors object, by the tick in which that is decided."""
        return self._by_tick(self._desk.appeals)

    @property
    def struck(self) -> dict[int, list[Case]]:
        """Cases that brought a strike which has not lapsed, by the tick in which they did."""
        return self._by_tick(self._desk.struck)

    @property
    def sanctions(self) -> list[tuple[int, int, int, int, int]]:
        """(tick, position in vocabulary.SANCTIONS, user or venue, key of the item, 1 if nothing was in breach)."""
        return FixedList(map(tuple, self._desk.sanction_rows().tolist()))


def open_offices(desk: "Desk") -> None:
    """Let the platform's offices answer from the columns of the desk."""
    platform = desk.platform
    platform.intake, platform.bench, platform.enforcer = IntakeView(desk), BenchView(desk), EnforcerView(desk)
