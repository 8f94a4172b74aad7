"""The moderation desk of a compiled run: the same work as the platform's offices, on columns of posts and cases."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.crowd.columns import appealing, enforcing, noticing
from sim.crowd.columns.state import Ints, Numbers
from sim.draws import draw
from sim.moderation.cases import FIRST, FLAGGER, MOOT, ORDER, REFUSED, REPORT, ROUTE, SCAN, UPHELD
from sim.moderation.columns import CaseColumns, alarms_of_a_day, case_draws, clocks
from sim.moderation.heap import CaseHeap
from sim.moderation.routes import found_by
from sim.scenario.kinds import NewPosts
from sim.vocabulary import DIRECT_KEY, ORDINARY, TICK_CLASSES, Purpose
from sim.world.columns import SUSPENDED, members_now
from sim.world.sendings import COPIED, IN_SECRET, LIVE

if TYPE_CHECKING:
    from sim.crowd.compiled import CompiledCrowd

_ORDINARY = TICK_CLASSES.index(ORDINARY)
_SUSPENDS = 3


class Desk:
    """Cases, the queues, and verdicts and objections that wait for their moment."""

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
        self._put(waiting)

    # Detect

    def scan(self, rows: Numbers, tick: int) -> None:
        """Look at what went live in this tick, where the policy lets the scanner look."""
        if not len(self.treated) or not self.recall.any() or not len(rows):
            return
        crowd, spec, first = self.crowd, self.scan_spec, self.cases.count
        number, private, secret = enforcing.scan(
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
            spec.secret_chats,
            crowd.model.streams[Purpose.SCAN],
            self.cases.reserve(enforcing.post_count(rows, crowd.posts.rows)),
            crowd.measure["cases"],
            crowd.by_class,
        )
        self.platform.private_scanned += private
        self.platform.secret_scanned += secret
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

    def route(self, rows: Numbers, tick: int) -> None:
        """Let the detection routes of the policy look at what went live in this tick."""
        crowd, platform = self.crowd, self.platform
        routes = platform.policy.moderation.routes
        if not routes or not len(self.treated) or not len(rows):
            return
        posts = crowd.posts.rows
        numbers = enforcing.numbers_of(rows, posts)
        sendings = posts.hot[posts.of[numbers]]
        venue, flags = sendings["venue"].astype(np.int64), posts.flags[numbers]
        direct, secret = venue < 0, flags & IN_SECRET > 0
        private = direct | (crowd.members.now.private[np.maximum(venue, 0)] > 0)
        for route, stream in zip(routes, platform.route_streams, strict=True):
            open_to = np.where(direct, route.direct_chats, ~private | route.private_venues) & ~secret
            seen = np.flatnonzero(open_to)
            if not len(seen):
                continue
            platform.private_scanned += int(private[seen].sum())
            item, mine = sendings["item"][seen], numbers[seen]
            place = np.where(direct[seen], DIRECT_KEY + sendings["author"][seen].astype(np.int64), venue[seen])
            members = np.where(direct[seen], 1, crowd.members.now.count[np.maximum(venue[seen], 0)])
            content = crowd.items.hot["content"][item].astype(np.int64)
            columns = NewPosts(
                content=content,
                topic=crowd.items.hot["topic"][item].astype(np.int64),
                breach=self.breach[content],
                direct=direct[seen],
                members=members,
                hops=posts.hops[posts.of[mine]].astype(np.int64),
                copied=flags[seen] & COPIED > 0,
                detectability=crowd.model.items.detectability[item],
            )
            receivers = posts.receiver[mine].astype(np.int64)
            hits = found_by(route, stream, columns, crowd.items.hot["key"][item], place, receivers)
            self._open(mine[hits].astype(np.int32), ROUTE, tick, again=False, breach=self.breach)

    def _open(self, posts: Numbers, source: int, tick: int, *, again: bool, breach: NDArray[np.bool_]) -> Ints:
        """Open cases on posts that are up and return their numbers; see enforcing.notified."""
        crowd, first = self.crowd, self.cases.count
        number = enforcing.notified(
            posts,
            source,
            tick,
            first,
            again,
            crowd.posts.rows,
            crowd.items,
            breach,
            self.cases.reserve(len(posts)),
            crowd.measure["cases"],
            crowd.by_class,
        )
        numbers = np.arange(first, number)
        if not again:
            self._enqueue(numbers, tick, source)
        return numbers

    def receive(self, tick: int) -> None:
        """Take the notices that arrive in this tick about posts that are still up."""
        crowd = self.crowd
        for source, posts in self.pending.pop(tick, ()):
            if source == FLAGGER and not len(self.treated):
                continue
            breach = self.ordered if source == ORDER else self.breach
            numbers = self._open(posts, source, tick, again=source != FLAGGER, breach=breach)
            if source == FLAGGER or not len(numbers):
                continue
            rows = self.cases.rows
            self.cases.count = int(numbers[-1]) + 1
            rows.verdict[numbers], rows.decided[numbers] = UPHELD, tick
            moment = tick
            if source == ORDER:
                draws = case_draws(numbers, rows, crowd.model.streams[Purpose.COMPLY])
                obeyed = draws < self.platform.policy.moderation.orders.comply
                rows.verdict[numbers[~obeyed]] = REFUSED
                numbers, moment = numbers[obeyed], tick + self.platform.deadline
            self.due.setdefault(moment, []).append(numbers)

    def look_ahead(self, rows: Numbers, tick: int) -> None:
        """Let those outside the platform decide which of the new posts in venues they will act on, and when."""
        crowd, streams = self.crowd, self.crowd.model.streams
        if not len(rows):
            return
        for notice in self.platform.notices:
            found = noticing.look_ahead(
                rows,
                crowd.posts.rows,
                crowd.items,
                crowd.members.now,
                crowd.persons,
                crowd.rules.channels,
                len(crowd.model.scenario.topics),
                notice.chance,
                notice.waits,
                notice.private,
                notice.only_groups,
                streams[notice.draws],
                streams[notice.delays],
            )
            for wait in np.unique(found[:, 1]).tolist():
                posts = found[found[:, 1] == wait, 0].astype(np.int32)
                self.pending.setdefault(tick + wait, []).append((notice.source, posts))

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
        rows.interval[numbers] = rows.verdict[numbers] = rows.deeds[numbers] = 0
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

    # Review

    def _enqueue(self, numbers: Ints, tick: int, source: int) -> None:
        if not len(numbers):
            return
        self.cases.count = max(self.cases.count, int(numbers[-1]) + 1)
        rows = self.cases.rows
        if source == SCAN and self.scan_spec.acts_alone:
            rows.verdict[numbers], rows.decided[numbers] = UPHELD, tick
            self._schedule(numbers, tick)
            return
        rows.priority[numbers] = self._urgency(numbers, source)
        rows.tie[numbers] = case_draws(numbers, rows, self.crowd.model.streams[Purpose.QUEUE])
        self._put(numbers)

    def _urgency(self, numbers: Ints, source: int) -> Ints:
        """Return the priority of new cases, as the platform would work it out one by one."""
        queue, rows, members = self.platform.policy.moderation.queue, self.cases.rows, self.crowd.members.now
        first = np.full(len(numbers), FIRST if queue.notices_first and source == FLAGGER else 0)
        if queue.discipline == "first-come":
            return first
        factor = np.ones(len(numbers), dtype=np.int64)
        if queue.discipline != "reach":
            draws = case_draws(numbers, rows, self.crowd.model.streams[Purpose.MISTAKEN_AS])
            taken_for = self.treated[(draws * len(self.treated)).astype(np.int64)]
            real = rows.breach[numbers] != 0
            taken_for[real] = rows.content[numbers[real]]
            factor = self.severity[taken_for]
        if queue.discipline != "severity":
            place = rows.place[numbers]
            in_venue = place < len(self.crowd.venues)
            factor[in_venue] *= members.count[place[in_venue]]
        return first + factor

    def _put(self, numbers: Ints) -> None:
        """Put cases into the queues of those who can read them."""
        if not len(numbers):
            return
        rows, world = self.cases.rows, self.crowd.model.world
        place = rows.place[numbers]
        home = world.people.country[rows.author[numbers]].astype(np.int64)
        in_venue = place < len(world.venues)
        home[in_venue] = world.venues.country[place[in_venue]]
        groups = rows.group[numbers] = self.group_of_country[home]
        for group in np.unique(groups).tolist():
            self.queues[group].add(numbers[groups == group], rows)
        self.waiting += np.bincount(rows.content[numbers], minlength=len(self.waiting))

    def review(self, tick: int) -> None:
        """Let the moderators work the queues within their capacity, each on a slice of what is taken from them."""
        staff = self.platform.working
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
            times = staff.service[(draws * len(staff.service)).astype(np.int64)]
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

    def _schedule(self, numbers: Ints, tick: int) -> None:
        moments = self.cases.rows.opened[numbers] + self.platform.delay
        if len(self.platform.clocks):
            stream = self.crowd.model.streams[Purpose.TAKEDOWN]
            moments = moments + clocks(numbers, self.cases.rows, stream, self.by_item, self.platform.clocks)
        moments = np.maximum(tick, moments)
        for moment in np.unique(moments).tolist():
            self.due.setdefault(moment, []).append(numbers[moments == moment])

    # Enforce

    def release(self, tick: int) -> None:
        """Let those back in whose suspension is over."""
        persons = self.crowd.persons
        for users in self.released.pop(tick, ()):
            free = users[persons.suspended_until[users] < tick]
            persons.status[free] &= ~np.uint8(SUSPENDED)

    def enforce(self, tick: int) -> None:
        """Decide objections, then carry out the verdicts that take effect in this tick."""
        if tick in self.appeals:
            self._decide_appeals(self.cases.in_order(np.concatenate(self.appeals.pop(tick))), tick)
        due = self.due.pop(tick, [])
        if not due:
            return
        crowd, platform, moderation = self.crowd, self.platform, self.platform.policy.moderation
        numbers, strikes = self.cases.in_order(np.concatenate(due)), moderation.strikes
        made = enforcing.enforce(
            numbers,
            tick,
            self.cases.rows,
            crowd.posts.rows,
            crowd.items,
            crowd.members.now,
            crowd.persons,
            crowd.newest,
            self.deeds,
            self.marks,
            self.treated,
            platform.terms.order,
            crowd.model.streams[Purpose.MISTAKEN_AS],
            strikes.ban_user_at or 0,
            strikes.ban_venue_at or 0,
            self.ladder,
            platform.learned,
            platform.hashed,
            moderation.hashes.learned,
            crowd.measure["removed"],
            crowd.measure["acted"],
            _ORDINARY,
            crowd.by_class,
        )
        self._sanction(made, tick)
        suspended = np.unique(made[made[:, 0] == _SUSPENDS, 1])
        ends = crowd.persons.suspended_until[suspended] + 1
        for end in np.unique(ends).tolist():
            self.released.setdefault(end, []).append(suspended[ends == end])
        if moderation.appeals is not None:
            found = appealing.objections(
                numbers,
                tick,
                self.cases.rows,
                moderation.appeals.wrongful,
                moderation.appeals.rightful,
                crowd.model.streams[Purpose.APPEAL],
                crowd.model.streams[Purpose.APPEAL_DELAY],
                platform.appeal_waits,
            )
            for moment in np.unique(found[:, 1]).tolist():
                self.appeals.setdefault(moment, []).append(found[found[:, 1] == moment, 0])

    def _decide_appeals(self, numbers: Ints, tick: int) -> None:
        crowd, platform, moderation = self.crowd, self.platform, self.platform.policy.moderation
        spec = moderation.appeals
        if spec is None:
            return
        self.to_restore, made = appealing.overturn(
            numbers,
            self.cases.rows,
            crowd.posts.rows,
            crowd.items,
            crowd.members.now,
            crowd.persons,
            crowd.places,
            spec.overturned_wrongful,
            spec.overturned_rightful,
            crowd.model.streams[Purpose.OVERTURN],
            moderation.strikes.ban_user_at or 0,
            platform.learned,
            platform.hashed,
            crowd.measure["restored"],
            _ORDINARY,
            crowd.by_class,
        )
        self._sanction(made, tick)

    def _sanction(self, made: Ints, tick: int) -> None:
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
