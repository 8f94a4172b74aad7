"""The bench: cases wait in queues, one for each language that reviewers read, and moderators judge them."""

from typing import TYPE_CHECKING

from sim.draws import draw3
from sim.moderation.cases import CLEARED, DROPPED, MOOT, UPHELD, Case, Queue
from sim.rules.delay import further_ticks
from sim.vocabulary import CLASSES, TICK_CLASSES, Purpose

if TYPE_CHECKING:
    from sim.agents.platform import Platform


class Bench:
    """The office that judges."""

    def __init__(self, platform: "Platform") -> None:
        self.platform = platform
        self.model = platform.model
        self.queues = [Queue()]
        """By group of reviewers; the last one is for what nobody reads."""
        self.busy: list[tuple[int, Case]] = []
        """Cases being worked on, with the tick in which each will be decided."""

    def waiting(self) -> list[int]:
        """Return how many cases wait, by class."""
        counts = [0] * len(TICK_CLASSES)
        for queue in self.queues:
            for *_, case in queue.waiting:
                counts[case.content] += 1
        return counts

    def regroup(self) -> None:
        """Sort what waits by the languages of the reviewers who are now in charge, who go by the terms in force now.

        What was begun begins anew.
        """
        waiting = [case for queue in self.queues for *_, case in queue.waiting] + [case for _, case in self.busy]
        self.busy = []
        self.queues = [Queue() for _ in range(self.platform.working.groups + 1)]
        for case in waiting:
            if case.content < len(CLASSES):
                case.breach = self.platform.terms.deeds[case.content] != 0
            self._put(case)

    def take_in(self, case: Case) -> None:
        """Put a new case into the queue of those who can read it."""
        platform, model = self.platform, self.model
        taken_for = case.content if case.breach else self.platform.enforcer.taken_for(case)
        members = len(model.venues[case.place].since) if 0 <= case.place < len(model.venues) else 1
        case.priority = platform.priority(case.source, taken_for, members)
        self._put(case)

    def _put(self, case: Case) -> None:
        tie_break = draw3(self.model.streams[Purpose.QUEUE], case.subject, case.place, case.round_key)
        case.group = self.platform.group_of(case)
        self.queues[case.group].add(case, tie_break)

    def _drop_old(self, tick: int) -> None:
        """Once a day, drop what has waited for too long; its post can be reported again."""
        expires = self.platform.expires
        if expires < 0 or tick % self.model.config.time.ticks_per_day:
            return
        for queue in self.queues:
            for case in queue.drop(tick - expires):
                if self._is_moot(case, tick):
                    continue
                case.verdict, case.decided = DROPPED, tick
                if case.slot is not None:
                    case.slot.case_open = False

    def review(self) -> None:
        """Let the moderators work the queues within their capacity; a post that is gone takes no decision."""
        tick, staff = self.model.tick, self.platform.working
        self._drop_old(tick)
        self._end_reviews(tick)
        if staff.servers:
            self._begin_reviews(tick)
            return
        for group in range(staff.groups):
            capacity, done = staff.capacity_at(tick, group), 0
            while done < capacity and (case := self.queues[group].take()) is not None:
                if self._is_moot(case, tick):
                    continue
                self._judge(case, done, tick)
                done += 1

    def _is_moot(self, case: Case, tick: int) -> bool:
        if case.stands():
            return False
        case.verdict, case.decided = MOOT, tick
        return True

    def _judge(self, case: Case, turn: int, tick: int) -> None:
        moderators = self.platform.working.moderators[case.group]
        moderators[turn % len(moderators)].decide(case, tick)
        if case.verdict == UPHELD:
            self.platform.enforcer.schedule(case)
        else:
            self.clear(case, tick)

    def clear(self, case: Case, tick: int) -> None:
        """Let the post of a case stand, for as long as it is up."""
        case.verdict, case.decided = CLEARED, tick
        if case.slot is not None:
            case.slot.cleared, case.slot.case_open = True, False
            self.model.count(case.slot.item, "cleared")

    def _end_reviews(self, tick: int) -> None:
        """Decide the cases whose time is over, where each takes a time of its own."""
        done = sorted((case for moment, case in self.busy if moment == tick), key=Case.order)
        self.busy = [(moment, case) for moment, case in self.busy if moment > tick]
        for turn, ended in enumerate(done):
            if not self._is_moot(ended, tick):
                self._judge(ended, turn, tick)

    def _begin_reviews(self, tick: int) -> None:
        """Let each reviewer who is free take the next case."""
        stream, staff = self.model.streams[Purpose.SERVICE], self.platform.working
        while len(self.busy) < staff.servers and (case := self.queues[0].take()) is not None:
            if not self._is_moot(case, tick):
                u = draw3(stream, case.subject, case.place, case.round_key)
                self.busy.append((tick + further_ticks(u, staff.service), case))
