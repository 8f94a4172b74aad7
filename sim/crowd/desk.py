"""The moderation desk of a compiled run: the same work as the platform's, on columns of posts and cases."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.crowd.columns import enforcing
from sim.crowd.columns.state import Ints, Numbers
from sim.draws import draw
from sim.moderation.cases import MOOT, REPORT, SCAN, UPHELD
from sim.moderation.columns import CaseColumns, alarms_of_a_day, clocks, queue_draws, service_times
from sim.scenario.policy import Treatment
from sim.vocabulary import ORDINARY, TICK_CLASSES, Purpose
from sim.world.columns import members_now
from sim.world.sendings import LIVE

if TYPE_CHECKING:
    from sim.crowd.compiled import CompiledCrowd

_ORDINARY = TICK_CLASSES.index(ORDINARY)


def _flags(treatment: Treatment | None) -> int:
    if treatment is None:
        return 0
    flags = enforcing.EVERY_COPY if treatment.scope == "every-copy" else 0
    flags |= enforcing.STRIKE if treatment.strike else 0
    for action, flag in (
        ("remove", enforcing.REMOVE),
        ("label", enforcing.LABEL),
        ("downrank", enforcing.DOWNRANK),
    ):
        flags |= flag if action in treatment.actions else 0
    return flags


class Desk:
    """Cases, the queue, and verdicts that wait for their moment."""

    def __init__(self, crowd: "CompiledCrowd") -> None:
        self.crowd = crowd
        self.platform = crowd.model.platform
        platform, moderation = self.platform, self.platform.policy.moderation
        self.cases = CaseColumns()
        self.queue = np.zeros(256, dtype=np.int64)
        self.head = self.tail = 0
        self.waiting: Ints = np.zeros(len(TICK_CLASSES), dtype=np.int64)
        """Cases in the queue, by class."""
        self.due: dict[int, list[Ints]] = {}
        self.sanctions: list[Ints] = []
        """Rows of (tick, sanction, user or venue, subject, wrong)."""
        self.sanction_count = 0
        self.breach = np.array([t is not None for t in platform.treatments], dtype=np.bool_)
        self.terms = np.array([_flags(t) for t in platform.treatments], dtype=np.uint8)
        self.recall = np.array(platform.recall, dtype=np.float64)
        self.treated = np.array(platform.treated, dtype=np.int64)
        self.by_item = np.array(platform.by_item, dtype=np.bool_)
        self.busy: Ints = np.zeros(0, dtype=np.int64)
        """Cases being worked on, where a decision takes time, and the tick in which each will be decided."""
        self.busy_until: Ints = np.zeros(0, dtype=np.int64)
        self.scan_spec, self.reports_spec = moderation.scan, moderation.reports
        self._alarms: Ints = np.zeros((0, 4), dtype=np.int64)
        """Ordinary posts of the present day that will be flagged or reported, by tick."""

    def scan(self, rows: Numbers, tick: int) -> None:
        """Look at what went live in this tick, where the policy lets the scanner look."""
        if not len(self.treated) or not self.recall.any() or not len(rows):
            return
        crowd, spec, first = self.crowd, self.scan_spec, self.cases.count
        number, private = enforcing.scan(
            rows,
            tick,
            first,
            crowd.posts.rows,
            crowd.items,
            crowd.members.now,
            crowd.model.items.detectability,
            self.breach,
            self.recall,
            spec.false_positive,
            spec.private_venues,
            spec.direct_chats,
            crowd.model.streams[Purpose.SCAN],
            self.cases.reserve(enforcing.post_count(rows, crowd.posts.rows)),
            crowd.measure["cases"],
            crowd.by_class,
        )
        self.platform.private_scanned += private
        self._enqueue(np.arange(first, number), tick, SCAN)

    def hear(self, rows: Numbers, tick: int) -> None:
        """Take the reports of this tick."""
        if not len(rows):
            return
        crowd, spec, first = self.crowd, self.reports_spec, self.cases.count
        number = enforcing.hear(
            rows,
            tick,
            first,
            spec.accepted and len(self.treated) > 0,
            spec.private_venues,
            crowd.posts.rows,
            crowd.items,
            crowd.members.now,
            self.breach,
            self.cases.reserve(len(rows)),
            crowd.measure["reports"],
            crowd.measure["cases"],
            crowd.by_class,
        )
        self._enqueue(np.arange(first, number), tick, REPORT)

    def ordinary(self, tick: int) -> None:
        """Open cases on ordinary posts that were flagged or reported by mistake."""
        crowd, platform = self.crowd, self.platform
        per_day = crowd.model.scenario.time.ticks_per_day
        false_positive = self.scan_spec.false_positive if self.recall.any() else 0.0
        report_rate = self.reports_spec.ordinary if self.reports_spec.accepted else 0.0
        members = crowd.members.now
        if not len(self.treated) or not len(members.traffic) or false_positive + report_rate <= 0.0:
            return
        if tick % per_day == 0:
            self._alarms = alarms_of_a_day(
                tick // per_day,
                per_day,
                members.traffic,
                members.active,
                platform.phase,
                platform.open_to_scan,
                platform.open_to_reports,
                crowd.model.streams[Purpose.ORDINARY_SCAN],
                crowd.model.streams[Purpose.ORDINARY_REPORT],
                false_positive,
                report_rate,
            )
            self._alarms = self._alarms[np.argsort(self._alarms[:, 0], kind="stable")]
        begin, end = np.searchsorted(self._alarms[:, 0], [tick, tick + 1])
        found = self._alarms[begin:end]
        found = found[members.active[found[:, 1]] != 0]
        if not len(found):
            return
        first, rows = self.cases.count, self.cases.reserve(len(found))
        numbers = np.arange(first, first + len(found))
        rows.opened[numbers], rows.place[numbers], rows.subject[numbers] = tick, found[:, 1], found[:, 2]
        rows.source[numbers], rows.content[numbers], rows.breach[numbers] = found[:, 3], _ORDINARY, 0
        rows.receiver[numbers] = rows.decided[numbers] = rows.acted[numbers] = rows.post[numbers] = -1
        rows.interval[numbers] = rows.verdict[numbers] = 0
        rows.author[numbers] = [self._ordinary_author(venue, ordinal) for _, venue, ordinal, _ in found.tolist()]
        reports = int((found[:, 3] == REPORT).sum())
        crowd.by_class[_ORDINARY, crowd.measure["cases"]] += len(found)
        crowd.by_class[_ORDINARY, crowd.measure["reports"]] += reports
        for source in (SCAN, REPORT):
            self._enqueue(numbers[found[:, 3] == source], tick, source)

    def _ordinary_author(self, venue: int, ordinal: int) -> int:
        members = self.crowd.members.now
        if venue < self.crowd.rules.channels or members.count[venue] == 0:
            return int(members.owner[venue])
        numbers = members_now(members, self.crowd.persons.status, venue)
        u = draw(self.crowd.model.streams[Purpose.ORDINARY_AUTHOR], venue, ordinal)
        return int(numbers[int(u * len(numbers))])

    def _enqueue(self, numbers: Ints, tick: int, source: int) -> None:
        if not len(numbers):
            return
        self.cases.count = max(self.cases.count, int(numbers[-1]) + 1)
        rows = self.cases.rows
        if source == SCAN and self.scan_spec.acts_alone:
            rows.verdict[numbers], rows.decided[numbers] = UPHELD, tick
            self._schedule(numbers, tick)
            return
        self._new.append(numbers)

    def begin(self) -> None:
        """Begin a tick: nothing has been put into the queue yet."""
        self._new: list[Ints] = []

    def close_intake(self) -> None:
        """Put the new cases of a tick behind the others: first come, first served, ties by keyed draw."""
        if not self._new:
            return
        numbers = np.concatenate(self._new)
        draws = queue_draws(numbers, self.cases.rows, self.crowd.model.streams[Purpose.QUEUE])
        numbers = self.cases.in_order(numbers, draws)
        if self.tail + len(numbers) > len(self.queue):
            left = self.queue[self.head : self.tail]
            self.queue = np.zeros(2 * (len(left) + len(numbers)) + 256, dtype=np.int64)
            self.queue[: len(left)] = left
            self.head, self.tail = 0, len(left)
        self.queue[self.tail : self.tail + len(numbers)] = numbers
        self.tail += len(numbers)
        self.waiting += np.bincount(self.cases.rows.content[numbers], minlength=len(self.waiting))

    def review(self, tick: int) -> None:
        """Let the moderators work the queue within their capacity, each on a slice of what is taken from it."""
        if self.platform.servers:
            self._review_at_random(tick)
        else:
            self._judge(self._take(self.platform.capacity_at(tick), tick), tick)

    def _take(self, most: int, tick: int) -> Ints:
        """Take the next cases from the queue, up to a number; posts that are gone do not count."""
        head = self.head
        if not most or head == self.tail:
            return self.queue[:0]
        rows = self.cases.rows
        taken, self.head = enforcing.next_cases(self.queue, head, self.tail, most, tick, rows, self.crowd.posts.rows)
        gone = self.queue[head : self.head]
        self.waiting -= np.bincount(rows.content[gone], minlength=len(self.waiting))
        return taken

    def _review_at_random(self, tick: int) -> None:
        """Decide the cases whose time is over; who is free takes the next one, for a time of its own."""
        rows = self.cases.rows
        done = self.busy[self.busy_until == tick]
        if len(done):
            self.busy, self.busy_until = self.busy[self.busy_until > tick], self.busy_until[self.busy_until > tick]
            done = self.cases.in_order(done)
            posts = rows.post[done]
            stands = (posts < 0) | (self.crowd.posts.rows.flags[posts] & LIVE > 0)
            rows.verdict[done[~stands]], rows.decided[done[~stands]] = MOOT, tick
            self._judge(done[stands], tick)
        taken = self._take(self.platform.servers - len(self.busy), tick)
        if len(taken):
            stream = self.crowd.model.streams[Purpose.SERVICE]
            until = tick + service_times(taken, rows, stream, self.platform.service)
            self.busy, self.busy_until = np.append(self.busy, taken), np.append(self.busy_until, until)

    def _judge(self, taken: Ints, tick: int) -> None:
        if not len(taken):
            return
        crowd, rows, moderators = self.crowd, self.cases.rows, self.platform.moderators
        for position in range(min(len(moderators), len(taken))):
            moderators[position].decide_all(taken[position :: len(moderators)].copy(), rows, tick)
        upheld = rows.verdict[taken] == UPHELD
        self._schedule(taken[upheld], tick)
        enforcing.clear(taken[~upheld], rows, crowd.posts.rows, crowd.items, crowd.measure["cleared"], crowd.by_class)

    def _schedule(self, numbers: Ints, tick: int) -> None:
        moments = self.cases.rows.opened[numbers] + self.platform.delay
        if len(self.platform.clocks):
            stream = self.crowd.model.streams[Purpose.TAKEDOWN]
            moments = moments + clocks(numbers, self.cases.rows, stream, self.by_item, self.platform.clocks)
        moments = np.maximum(tick, moments)
        for moment in np.unique(moments).tolist():
            self.due.setdefault(moment, []).append(numbers[moments == moment])

    def enforce(self, tick: int) -> None:
        """Carry out the verdicts that take effect in this tick."""
        due = self.due.pop(tick, [])
        if not due:
            return
        crowd, strikes = self.crowd, self.platform.policy.moderation.strikes
        made = enforcing.enforce(
            self.cases.in_order(np.concatenate(due)),
            tick,
            self.cases.rows,
            crowd.posts.rows,
            crowd.items,
            crowd.members.now,
            crowd.persons,
            crowd.newest,
            self.terms,
            self.treated,
            crowd.model.streams[Purpose.MISTAKEN_AS],
            strikes.ban_user_at or 0,
            strikes.ban_venue_at or 0,
            crowd.measure["removed"],
            crowd.measure["acted"],
            _ORDINARY,
            crowd.by_class,
        )
        if len(made):
            self.sanctions.append(np.column_stack([np.full(len(made), tick), made]))
            self.sanction_count += len(made)

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
