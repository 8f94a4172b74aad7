"""The compiled form of the crowd: the same rules and draws as the agents, in loops over columns."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.crowd.column_reactions import ColumnReactions
from sim.crowd.column_setup import make_rules
from sim.crowd.columns import (
    announcing,
    appealing,
    attempts,
    beginning,
    noticing,
    posting,
    telling,
)
from sim.crowd.columns.calendar import room_for, take
from sim.crowd.columns.noticed import REPORTS
from sim.crowd.columns.passed import room_for_passed
from sim.crowd.columns.sights import larger_pool, room_for_users
from sim.crowd.desk import Desk, open_offices
from sim.rules.talk import BELIEVER
from sim.vocabulary import Purpose

if TYPE_CHECKING:
    from sim.phases import Phase

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]


class CompiledCrowd(ColumnReactions):
    """Users, venues and posts as columns; one method for each phase of a tick."""

    def open_desk(self) -> None:
        """Take up the moderation work, once there is a platform; and plan whom people meet outside it."""
        self.desk = Desk(self)
        open_offices(self.desk)
        self._plan_encounters()

    def adopt_policy(self) -> None:
        """Go by the policy that the platform has just put in force."""
        self.rules = make_rules(self.model, self.model.platform.terms.barred)
        self.desk.adopt()

    def carry_out(self, phase: "Phase") -> None:
        """Carry out a phase of the present tick."""
        getattr(self, phase.name)(self.model.tick)

    def originate(self, tick: int) -> None:
        """Collect what originators post; it is committed with the forwards of the tick, which see none of it."""
        self.desk.release(tick)
        self._first = self._end = self._receivers = 0
        self._begin_items(tick)
        rows, self.desk.to_restore = self.desk.to_restore, self._nobody
        if len(rows):
            room = self._room_for_attempts(self._first + len(rows), self._receivers)
            self._first = appealing.put_back(rows, self.posts.rows, self.members.now, room, self._first)
            self._end = self._first

    def _begin_items(self, tick: int) -> None:
        made, members = self.model.items, self.members.now
        items = np.arange(self._items_by[tick], self._items_by[tick + 1])
        items = items[~self.model.court.withheld(items)]
        finders = telling.new_to(take(self.finds, tick), self.sights) if self._finders else self._nobody
        if not len(items) and not len(finders):
            return
        which, who = beginning.start_pairs(
            items, made.origin, made.seeds, self.items, len(self.users), self.streams.item_seed
        )
        if len(finders):
            which, who = np.append(which, finders & 0xFFFFFFFF), np.append(who, finders >> 32)
        for item in items.tolist() if self._finders else ():
            hazard = self.model.finding[made.stream[item]]
            if hazard > 0.0:
                self.finds = room_for(self.finds, len(self.users))
                telling.plan_finds(item, made.key[item], tick, len(self.users), self.streams.find, hazard, self.finds)
        total, most = attempts.places_bound(who.astype(np.int32), members, self.persons)
        self.passed = room_for_passed(self.passed, len(which), total)
        while not room_for_users(self.sights, np.sort(who)):
            self.sights = larger_pool(self.sights)
        self._first, self._receivers = beginning.first_posts(
            which,
            who,
            tick,
            made.first_places,
            made.drawn,
            most,
            self.items,
            members,
            self.persons,
            self.rules,
            self.streams,
            self.sights,
            self.passed,
            self._room_for_attempts(total, total),
        )
        self._end = self._first
        for item in items.tolist() if self._contested else ():
            if self.model.contests[made.stream[item]] is not None:
                self.claims[item] = np.zeros(len(self.users), dtype=np.int8)
                self.claims[item][who[which == item]] = BELIEVER
        if len(self.rules.tellings):
            self.tells = room_for(self.tells, len(which))
            telling.starters_tell(
                which, who, tick, self.items, self.persons, self.rules, self.streams, self.passed, self.tells
            )

    def forward(self, tick: int) -> None:
        """Commit the posts of this tick, and enter who will come to them when."""
        self.new_rows = np.zeros(0, dtype=np.int32)
        if len(self.rules.tellings):
            self._tell(tick)
        if not self._end:
            return
        members = self.members.now
        made = self.attempts
        count = attempts.still_allowed(made, self._first, self._end, members, self.persons, self.rules.channels)
        count = self._let_through(count)
        if not count:
            return
        keys, total = posting.sort_keys(made, count)
        posts = self.posts.reserve(count, total)
        self._room_for_places(self.posts.sendings + count)
        self.new_rows = posting.place_posts(
            np.argsort(keys, kind="stable"),
            keys,
            made,
            self.posts.sendings,
            self.posts.count,
            tick,
            posts,
            self.newest,
            self.places,
            self.items,
            members,
            self.rules,
            self.streams,
            self.measure["posts"],
            self.measure["echoes"],
            self.measure["restored"],
            self.by_class,
        )
        self.posts.sendings += count
        self.posts.count += total
        self.calendar = room_for(self.calendar, announcing.look_count(self.new_rows, posts, members))
        announcing.announce(
            self.new_rows, posts, members, self.persons, self.items, self.streams, self.clock, self.calendar
        )

    def _let_through(self, count: int) -> int:
        """Stop the uploads that match a hash of a known item; return how many attempts are left."""
        platform = self.model.platform
        if not platform.matches:
            return count
        spec = platform.policy.moderation.hashes
        count, looked = noticing.let_through(
            self.attempts,
            count,
            self.items,
            self.members.now,
            self.rules,
            platform.hashed,
            spec.copied,
            spec.private_venues,
            spec.direct_chats,
            spec.secret_chats,
            self.model.streams[Purpose.HASH_MATCH],
            self.measure["blocked"],
            self.by_class,
        )
        platform.private_matched += looked
        return count

    def detect(self, tick: int) -> None:
        """Scan, hear reports, and look for false alarms."""
        self.desk.scan(self.new_rows, tick)
        self.desk.hear(self.decisions.report_post[: self.decisions.fill[REPORTS]], tick)
        self.desk.route(self.new_rows, tick)
        self.desk.receive(tick)
        self.desk.look_ahead(self.new_rows, tick)
        self.desk.ordinary(tick)

    def review(self, tick: int) -> None:
        """Let the moderators judge."""
        self.desk.review(tick)

    def enforce(self, tick: int) -> None:
        """Carry out verdicts."""
        self.desk.enforce(tick)

    def move(self, tick: int) -> None:
        """Let people turn out; let people and places move at the end of a day."""
        self.model.mobiliser.mobilise()
        self.model.mover.move()

    def regulate(self, tick: int) -> None:
        """Let the law act at the end of a day."""
        self.model.court.regulate()

    def record(self, tick: int) -> None:
        """Write down the counts of the tick."""
        self.model.write_counts(self.by_class, self.desk.waiting, self.desk.sanction_count)
        self.by_class = np.zeros_like(self.by_class)

    def forwards(self) -> list[NDArray[Any]]:
        """Return author, item, place, hops and copied of what is being passed on in this tick."""
        return attempts.written_out(self.attempts, self._first, self._end)
