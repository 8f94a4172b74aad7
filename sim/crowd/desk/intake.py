"""The intake of the desk: cases are opened by scanners, reports, routes, flaggers, authorities and owners of groups."""

import numpy as np
from numpy.typing import NDArray

from sim.crowd.columns import enforcing, noticing, opening
from sim.crowd.columns.state import Ints, Numbers
from sim.crowd.desk.bench import Bench
from sim.crowd.desk.books import ORDINARY_CLASS
from sim.draws import draw
from sim.moderation.cases import ELSEWHERE, FLAGGER, ORDER, REFUSED, REPORT, ROUTE, SCAN, UPHELD
from sim.moderation.columns import alarms_of_a_day, case_draws
from sim.moderation.routes import found_by
from sim.scenario.kinds import NewPosts
from sim.sorting import distinct
from sim.vocabulary import DIRECT_KEY, Purpose
from sim.world.columns import members_now
from sim.world.sendings import COPIED, IN_SECRET


class Intake(Bench):
    """The office that opens cases."""

    def scan(self, rows: Numbers, tick: int) -> None:
        """Look at what went live in this tick, where the policy lets the scanner look."""
        if not len(self.treated) or not self.recall.any() or not len(rows):
            return
        crowd, spec, first = self.crowd, self.scan_spec, self.cases.count
        number, private, secret = opening.scan(
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
            self.cases.reserve(opening.post_count(rows, crowd.posts.rows)),
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
        number = opening.hear(
            rows,
            tick,
            first,
            spec.accepted and self.platform.hears,
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
        numbers = opening.numbers_of(rows, posts)
        sendings = posts.hot[posts.of[numbers]]
        if crowd.members.now.platform.any():
            there = sendings["venue"]
            here = (there < 0) | (crowd.members.now.platform[np.maximum(there, 0)] == 0)
            numbers, sendings = numbers[here], sendings[here]
        venue, flags = sendings["venue"].astype(np.int64), posts.flags[numbers]
        direct, secret, now = venue < 0, flags & IN_SECRET > 0, crowd.members.now
        private, members = direct.copy(), np.ones(len(venue), dtype=np.int64)
        private[~direct], members[~direct] = now.private[venue[~direct]] > 0, now.count[venue[~direct]]
        for route, stream in zip(routes, platform.route_streams, strict=True):
            open_to = np.where(direct, route.direct_chats, ~private | route.private_venues) & ~secret
            seen = np.flatnonzero(open_to)
            if not len(seen):
                continue
            platform.private_scanned += int(private[seen].sum())
            item, mine = sendings["item"][seen], numbers[seen]
            place = np.where(direct[seen], DIRECT_KEY + sendings["author"][seen].astype(np.int64), venue[seen])
            content = crowd.items.hot["content"][item].astype(np.int64)
            columns = NewPosts(
                content=content,
                topic=crowd.items.hot["topic"][item].astype(np.int64),
                breach=self.breach[content],
                direct=direct[seen],
                members=members[seen],
                hops=posts.hops[posts.of[mine]].astype(np.int64),
                copied=flags[seen] & COPIED > 0,
                detectability=crowd.model.items.detectability[item],
            )
            receivers = posts.to[mine].astype(np.int64) - 1
            hits = found_by(route, stream, columns, crowd.items.hot["key"][item], place, receivers)
            self._open(mine[hits].astype(np.int32), ROUTE, tick, again=False, breach=self.breach)

    def _open(self, posts: Numbers, source: int, tick: int, *, again: bool, breach: NDArray[np.bool_]) -> Ints:
        """Open cases on posts that are up and return their numbers; see opening.notified."""
        crowd, first = self.crowd, self.cases.count
        number = opening.notified(
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
            if source == ELSEWHERE:
                enforcing.remove_elsewhere(
                    posts, tick, crowd.posts.rows, crowd.items, crowd.members.now, crowd.by_class
                )
                continue
            if source == FLAGGER and not self.platform.hears:
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
                len(crowd.model.config.topics),
                notice.chance,
                notice.waits,
                notice.private,
                notice.only_groups,
                notice.platform,
                streams[notice.draws],
                streams[notice.delays],
            )
            for wait in distinct(found[:, 1]):
                posts = found[found[:, 1] == wait, 0].astype(np.int32)
                self.pending.setdefault(tick + wait, []).append((notice.source, posts))

    def ordinary(self, tick: int) -> None:
        """Open cases on ordinary posts that were flagged or reported by mistake."""
        crowd, platform = self.crowd, self.platform
        per_day = crowd.model.config.time.ticks_per_day
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
            self._alarms_by = np.searchsorted(self._alarms[:, 0], np.arange(tick, tick + per_day + 1)).tolist()
            self._alarms_from = tick
        if self._alarms_from != tick - tick % per_day:
            return  # when this day began, there was nobody who would have opened a case
        begin, end = self._alarms_by[tick % per_day : tick % per_day + 2]
        if begin == end:
            return
        found = self._alarms[begin:end]
        found = found[members.active[found[:, 1]] != 0]
        if not len(found):
            return
        first, rows = self.cases.count, self.cases.reserve(len(found))
        numbers = np.arange(first, first + len(found))
        rows.opened[numbers], rows.place[numbers], rows.subject[numbers] = tick, found[:, 1], found[:, 2]
        rows.source[numbers], rows.content[numbers], rows.breach[numbers] = found[:, 3], ORDINARY_CLASS, 0
        rows.receiver[numbers] = rows.decided[numbers] = rows.acted[numbers] = rows.post[numbers] = -1
        rows.interval[numbers] = rows.verdict[numbers] = rows.deeds[numbers] = 0
        rows.author[numbers] = [self._ordinary_author(venue, ordinal) for _, venue, ordinal, _ in found.tolist()]
        reports = int((found[:, 3] == REPORT).sum())
        crowd.by_class[ORDINARY_CLASS, crowd.measure["cases"]] += len(found)
        crowd.by_class[ORDINARY_CLASS, crowd.measure["reports"]] += reports
        for source in (SCAN, REPORT):
            self._enqueue(numbers[found[:, 3] == source], tick, source)

    def _ordinary_author(self, venue: int, ordinal: int) -> int:
        members = self.crowd.members.now
        if venue < self.crowd.rules.channels or members.count[venue] == 0:
            return int(members.owner[venue])
        numbers = members_now(members, self.crowd.persons.status, venue)
        u = draw(self.crowd.model.streams[Purpose.ORDINARY_AUTHOR], venue, ordinal)
        return int(numbers[int(u * len(numbers))])
