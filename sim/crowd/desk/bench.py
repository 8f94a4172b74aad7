"""The bench of the desk: cases wait in heaps, one for each language that reviewers read, and moderators judge them."""

import numpy as np

from sim.crowd.columns import enforcing
from sim.crowd.columns.state import Ints
from sim.crowd.desk.enforcer import Enforcer
from sim.moderation.cases import CLEARED, DROPPED, DUE, FIRST, FLAGGER, MOOT, SCAN, TRIAGED, UPHELD
from sim.moderation.columns import case_draws
from sim.rules.detect import passed_on
from sim.vocabulary import Purpose
from sim.world.sendings import CASE_OPEN, LIVE


class Bench(Enforcer):
    """The office that judges."""

    def _enqueue(self, numbers: Ints, tick: int, source: int) -> None:
        if not len(numbers):
            return
        self.cases.count = max(self.cases.count, int(numbers[-1]) + 1)
        rows = self.cases.rows
        if source == SCAN and self.scan_spec.acts_alone:
            rows.verdict[numbers], rows.decided[numbers] = UPHELD, tick
            self._schedule(numbers, tick)
            return
        numbers = self._triaged(numbers, tick, source)
        rows.priority[numbers] = self._urgency(numbers, source)
        rows.tie[numbers] = case_draws(numbers, rows, self.crowd.model.streams[Purpose.QUEUE])
        self.put(numbers)

    def _triaged(self, numbers: Ints, tick: int, source: int) -> Ints:
        """Return what a quick first look passes on, if the policy has one; what it dismisses is cleared."""
        triage, rows, crowd = self.platform.policy.moderation.queue.triage, self.cases.rows, self.crowd
        if triage is None or source not in TRIAGED:
            return numbers
        draws = case_draws(numbers, rows, crowd.model.streams[Purpose.TRIAGE])
        passed = passed_on(draws, triage.passes, triage.dismisses, rows.breach[numbers] != 0)
        cleared = numbers[~passed]
        rows.verdict[cleared], rows.decided[cleared] = CLEARED, tick
        enforcing.clear(cleared, rows, crowd.posts.rows, crowd.items, crowd.measure["cleared"], crowd.by_class)
        kept: Ints = numbers[passed]
        return kept

    def _drop_old(self, tick: int) -> None:
        """Once a day, drop what has waited for too long; its post can be reported again."""
        expires, rows, posts = self.platform.expires, self.cases.rows, self.crowd.posts.rows
        if expires < 0 or tick % self.crowd.model.config.time.ticks_per_day:
            return
        for queue in self.queues:
            old = queue.drop(tick - expires, rows)
            if not len(old):
                continue
            self.waiting -= np.bincount(rows.content[old], minlength=len(self.waiting))
            at = rows.post[old]
            stands = (at < 0) | (posts.flags[at] & LIVE > 0)
            rows.verdict[old], rows.decided[old] = np.where(stands, DROPPED, MOOT), tick
            again = at[stands & (at >= 0)]
            posts.flags[again] &= ~np.uint16(CASE_OPEN)

    def _urgency(self, numbers: Ints, source: int) -> Ints:
        """Return the priority of new cases, as the platform would work it out one by one."""
        queue, rows, members = self.platform.policy.moderation.queue, self.cases.rows, self.crowd.members.now
        first = np.full(len(numbers), FIRST if queue.notices_first and source == FLAGGER else 0)
        if queue.discipline == "first-come":
            return first
        factor = np.ones(len(numbers), dtype=np.int64)
        if queue.discipline != "reach":
            draws = case_draws(numbers, rows, self.crowd.model.streams[Purpose.MISTAKEN_AS])
            taken_for = rows.content[numbers].astype(np.int64)
            if len(self.treated):
                taken_for = self.treated[(draws * len(self.treated)).astype(np.int64)]
            real = rows.breach[numbers] != 0
            taken_for[real] = rows.content[numbers[real]]
            if queue.discipline == "deadline":
                within = self.platform.legal_ticks[taken_for]
                return first + np.where(within >= 0, DUE - self.crowd.model.tick - within, 0)
            factor = self.severity[taken_for]
        if queue.discipline != "severity":
            place = rows.place[numbers]
            in_venue = place < len(self.crowd.venues)
            factor[in_venue] *= members.count[place[in_venue]]
        return first + factor

    def review(self, tick: int) -> None:
        """Let the moderators work the queues within their capacity, each on a slice of what is taken from them."""
        staff = self.platform.working
        self._drop_old(tick)
        if staff.servers:
            self._review_at_random(tick)
            return
        for group in range(staff.groups):
            self._judge(self._take(staff.capacity_at(tick, group), group, tick), group, tick)

    def _take(self, most: int, group: int, tick: int) -> Ints:
        """Take the next cases from a queue, up to a number; posts that are gone do not count."""
        queue = self.queues[group]
        if not most or not queue.size:
            return np.zeros(0, dtype=np.int64)
        taken, queue.size = enforcing.next_cases(
            queue.heap, queue.size, most, tick, self.cases.rows, self.crowd.posts.rows, self.waiting
        )
        return taken

    def _review_at_random(self, tick: int) -> None:
        """Decide the cases whose time is over; who is free takes the next one, for a time of its own."""
        rows, staff = self.cases.rows, self.platform.working
        done = self.busy[self.busy_until == tick]
        if len(done):
            self.busy, self.busy_until = self.busy[self.busy_until > tick], self.busy_until[self.busy_until > tick]
            done = self.cases.in_order(done)
            posts = rows.post[done]
            stands = (posts < 0) | (self.crowd.posts.rows.flags[posts] & LIVE > 0)
            rows.verdict[done[~stands]], rows.decided[done[~stands]] = MOOT, tick
            self._judge(done[stands], 0, tick)
        taken = self._take(staff.servers - len(self.busy), 0, tick)
        if len(taken):
            draws = case_draws(taken, rows, self.crowd.model.streams[Purpose.SERVICE])
            times = staff.service[(draws * len(staff.service)).astype(np.int64)].astype(np.int64)
            self.busy, self.busy_until = np.append(self.busy, taken), np.append(self.busy_until, tick + 1 + times)

    def _judge(self, taken: Ints, group: int, tick: int) -> None:
        if not len(taken):
            return
        crowd, rows, moderators = self.crowd, self.cases.rows, self.platform.working.moderators[group]
        for position in range(min(len(moderators), len(taken))):
            moderators[position].decide_all(taken[position :: len(moderators)].copy(), rows, tick)
        upheld = rows.verdict[taken] == UPHELD
        self._schedule(taken[upheld], tick)
        enforcing.clear(taken[~upheld], rows, crowd.posts.rows, crowd.items, crowd.measure["cleared"], crowd.by_class)
