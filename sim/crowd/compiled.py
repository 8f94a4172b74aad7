"""The compiled form of the crowd: the same rules and draws as the agents, in loops over columns."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.crowd.column_setup import make_clock, make_item_columns, make_persons, make_rules
from sim.crowd.column_tables import ColumnTables
from sim.crowd.columns import (
    announcing,
    appealing,
    attempts,
    beginning,
    meeting,
    moving,
    noticing,
    passing,
    posting,
    reacting,
    reading,
    talking,
    telling,
)
from sim.crowd.columns.calendar import make_calendar, room_for, take
from sim.crowd.columns.passed import make_passed, room_for_passed
from sim.crowd.columns.reacting import ADOPTIONS, JOINS, LEAVES, PASSES, REPORTS, SEEN
from sim.crowd.columns.sights import larger_pool, make_sights, room_for_often, room_for_users
from sim.crowd.columns.state import Streams
from sim.crowd.desk import Desk
from sim.crowd.protocol import Form
from sim.crowd.views import UserView, VenueView, Views
from sim.moderation.terms import Terms
from sim.rules.talk import BELIEVER
from sim.sorting import sort_by_high
from sim.vocabulary import MEASURES, TICK_CLASSES, Purpose
from sim.world.columns import Membership
from sim.world.people import INTEREST
from sim.world.sendings import PostColumns, make_places, refill_places

if TYPE_CHECKING:
    from sim.model import Society
    from sim.phases import Phase

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]


class CompiledCrowd(ColumnTables):
    """Users, venues and posts as columns; one method for each phase of a tick."""

    name: Form = "compiled"

    def __init__(self, model: "Society") -> None:
        self.model = model
        world, scenario, streams = model.world, model.scenario, model.streams
        n = len(world.people)
        self.measure = {name: i for i, name in enumerate(MEASURES)}
        self.by_class: Ints = np.zeros((len(TICK_CLASSES), len(MEASURES)), dtype=np.int64)
        """Counts of this tick, by class and measure."""
        self.members = Membership(world.venues, n)
        self.newest: Numbers = np.full(max(1, len(world.venues)), -1, dtype=np.int32)
        """Head of the list of intervals, by venue."""
        self.persons = make_persons(model)
        moving.hear_all(self.persons, self.members.now, round(scenario.world.direct.traffic_per_contact * 1000.0))
        self.items = make_item_columns(model)
        self.rules = make_rules(model, Terms.of(scenario, model.policy).barred)
        self.streams = Streams(**{name: streams[Purpose[name.upper()]] for name in Streams._fields})
        self.clock = make_clock(scenario)
        self.calendar = make_calendar(scenario.time.ticks)
        self.posts = PostColumns(n)
        self.places = make_places(1024)
        self.sights = make_sights(len(model.items), self.persons.table)
        self.passed = make_passed()
        self.tells = make_calendar(scenario.time.ticks)
        """Tellings by word that are due: user << 32 | item."""
        self.finds = make_calendar(scenario.time.ticks)
        """Who would find an item elsewhere, in the same form."""
        self._finders = any(len(table) for table in model.find_tables)
        self._nobody: Ints = np.zeros(0, dtype=np.int64)
        self.encounters = make_calendar(scenario.time.ticks)
        """Who meets a claim outside: user << 32 | source."""
        held = self.belief if self.items.hot["of_sender"].any() else self.belief[:0]
        self.held = np.ascontiguousarray(held)
        """What everybody believed before this tick, where an item pulls towards the belief of who sent it."""
        self.noticed: Ints = np.zeros(0, dtype=np.int64)
        """Exposures of this tick: user << 32 | post; after they have been reacted to, in their order."""
        self._illegal_somewhere = np.asarray(self.rules.illegal.any(axis=0), dtype=np.bool_)
        self.decisions = self._nothing = reacting.make_decisions(0)
        self.attempts = attempts.make_attempts(64, 64)
        """Sendings about to be made in this tick: first posts up to `_first`, then forwards up to `_end`."""
        self._first = self._end = self._receivers = 0
        self.new_rows: Numbers = np.zeros(0, dtype=np.int32)
        """Sendings that went live in this tick."""
        self.views_out: Callable[[Ints], None] | None = None
        self._keep_views = "views" in scenario.record.tables
        self.view_batches = []
        self.exposures = 0
        self.claims = {}
        self.users = Views(self, UserView, n)
        self.venues = Views(self, VenueView, len(world.venues))
        self.desk: Desk
        self._plan_encounters()

    def open_desk(self) -> None:
        """Take up the moderation work, once there is a platform."""
        self.desk = Desk(self)

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
        begin, end = np.searchsorted(made.tick, [tick, tick + 1])
        finders = telling.new_to(take(self.finds, tick), self.sights) if self._finders else self._nobody
        if begin == end and not len(finders):
            return
        which, who = beginning.start_pairs(
            np.arange(begin, end), made.origin, made.seeds, self.items, len(self.users), self.streams.item_seed
        )
        which, who = np.append(which, finders & 0xFFFFFFFF), np.append(who, finders >> 32)
        for item in range(begin, end):
            table = self.model.find_tables[made.stream[item]]
            if len(table):
                self.finds = room_for(self.finds, len(self.users))
                telling.plan_finds(item, made.key[item], tick, len(self.users), self.streams.find, table, self.finds)
        total, most = attempts.places_bound(who, members, self.persons)
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
        for item in range(begin, end):
            if self.model.contests[made.stream[item]] is not None:
                self.claims[item] = np.zeros(len(self.users), dtype=np.int8)
                self.claims[item][who[which == item]] = BELIEVER
        if len(self.rules.tellings):
            self.tells = room_for(self.tells, len(which))
            telling.starters_tell(
                which, who, tick, self.items, self.persons, self.rules, self.streams, self.passed, self.tells
            )

    def _room_for_attempts(self, count: int, receivers: int) -> attempts.Attempts:
        if count > len(self.attempts.item) or receivers > len(self.attempts.receiver):
            old = self.attempts
            self.attempts = attempts.make_attempts(
                max(2 * count, len(old.item)), max(receivers + receivers // 2, len(old.receiver))
            )
            for name in attempts.Attempts._fields:
                used = self._receivers if name == "receiver" else self._end
                getattr(self.attempts, name)[:used] = getattr(old, name)[:used]
        return self.attempts

    def read(self, tick: int) -> None:
        """Let everyone whose moment has come notice, or not, the posts that are still up."""
        looks = take(self.calendar, tick)
        if not len(looks):
            self.noticed = looks
            return
        self.noticed = reading.read(
            looks, tick, self.posts.rows, self.items, self.members.now, self.persons, self.rules
        )

    def react(self, tick: int) -> None:
        """Let everyone who noticed something decide; then commit who leaves and who joins."""
        self._talk(tick)
        self._meet(tick)
        hits = self.noticed
        if not len(hits):
            self.decisions = self._nothing
            return
        sort_by_high(hits, np.empty_like(hits), 32, len(self.users))
        self.sights = room_for_often(self.sights, len(hits))
        self.exposures += len(hits)
        if len(self.held):
            self.held[:] = self.belief
        out = self.decisions = reacting.make_decisions(len(hits))
        done = 0
        while True:
            done = reacting.react(
                hits,
                tick,
                self.posts.rows,
                self.items,
                self.members.now,
                self.persons,
                self.held,
                self.sights,
                self.rules,
                self.streams,
                len(self.model.scenario.topics),
                self._illegal_somewhere,
                self.measure["illegal_views"],
                self.by_class,
                done,
                out,
            )
            if done == len(hits):
                break
            self.sights = larger_pool(self.sights)
        self._count_items(out.adopt_item[: out.fill[ADOPTIONS]], "adoptions")
        self._pass_on(out, tick)
        self._move(out, tick)

    def _plan_encounters(self) -> None:
        outside, stream = self.model.outside, self.model.streams[Purpose.OUTSIDE]
        for source in range(len(outside)):
            self.encounters = room_for(self.encounters, len(self.users))
            meeting.plan_encounters(
                stream,
                source,
                outside.key[source],
                outside.met[source],
                outside.waits[source],
                self.persons,
                self.encounters,
            )

    def _meet(self, tick: int) -> None:
        outside = self.model.outside
        if not len(outside):
            return
        events = np.sort(take(self.encounters, tick))
        self.encounters = room_for(self.encounters, len(events))
        meeting.meet(
            events,
            tick,
            self.model.streams[Purpose.OUTSIDE],
            outside.key,
            outside.topic,
            outside.persuasion,
            outside.target,
            outside.waits,
            INTEREST + len(self.model.scenario.topics),
            self.persons,
            self.encounters,
        )

    def _talk(self, tick: int) -> None:
        made = self.model.items
        for item, held in self.claims.items():
            contest = self.model.contests[made.stream[item]]
            if contest is not None and made.tick[item] < tick:
                self.claims[item], won = talking.talk(
                    held,
                    tick,
                    self.persons.ties,
                    self.model.streams[Purpose.TALK],
                    made.key[item],
                    contest.spreading,
                    contest.credibility,
                    contest.forgetting,
                    contest.verifying,
                )
                self._count_items(np.full(won, item, dtype=np.int32), "adoptions")

    def _count_items(self, items: Numbers, measure: str) -> None:
        column = self.measure[measure]
        np.add.at(self.items.counts[:, column], items, 1)
        np.add.at(self.by_class[:, column], self.items.hot["content"][items], 1)

    def _pass_on(self, out: reacting.Decisions, tick: int) -> None:
        passes = int(out.fill[PASSES])
        if not passes:
            return
        users = out.pass_user[:passes]
        members = self.members.now
        if len(self.rules.tellings):
            self._begin_telling(out, passes, tick)
            return
        total, most = attempts.places_bound(users, members, self.persons)
        if self.rules.max_forwards.max() > 1:
            self.passed = room_for_passed(self.passed, passes, total + passes)
        else:
            self.passed = room_for_passed(self.passed, passes, passes)
        room = self._room_for_attempts(self._first + total, self._receivers + total)
        forwarded = np.empty(passes, dtype=np.int32)
        self._end, self._receivers, decisions = passing.pass_on(
            users,
            out.pass_post[:passes],
            out.pass_at[:passes],
            tick,
            most,
            self.posts.rows,
            self.items,
            members,
            self.persons,
            self.rules,
            self.streams,
            self.sights,
            self.passed,
            room,
            self._first,
            self._receivers,
            forwarded,
        )
        self._count_items(forwarded[:decisions], "forwards")

    def _begin_telling(self, out: reacting.Decisions, passes: int, tick: int) -> None:
        self.passed = room_for_passed(self.passed, passes, passes)
        self.tells = room_for(self.tells, passes)
        telling.begin_telling(
            out.pass_user[:passes],
            out.pass_post[:passes],
            out.pass_at[:passes],
            tick,
            self.posts.rows,
            self.items,
            self.persons,
            self.rules,
            self.streams,
            self.sights,
            self.passed,
            self.tells,
        )

    def _tell(self, tick: int) -> None:
        events = take(self.tells, tick)
        if not len(events):
            return
        self.passed = room_for_passed(self.passed, 0, len(events))
        self.tells = room_for(self.tells, len(events))
        forwarded = np.empty(len(events), dtype=np.int32)
        self._end, self._receivers, sent = telling.tell(
            events,
            tick,
            self.posts.rows,
            self.items,
            self.persons,
            self.rules,
            self.streams,
            self.sights,
            self.passed,
            self.tells,
            self._room_for_attempts(self._end + len(events), self._receivers + len(events)),
            self._end,
            self._receivers,
            forwarded,
        )
        self._count_items(forwarded[:sent], "forwards")

    def _move(self, out: reacting.Decisions, tick: int) -> None:
        leavers, joiners = int(out.fill[LEAVES]), int(out.fill[JOINS])
        members = self.members.reserve(joiners, leavers)
        if leavers:
            moving.leave(out.leave_venue[:leavers], out.leave_user[:leavers], members, self.persons)
        if joiners:
            venues, users = out.join_venue[:joiners], out.join_user[:joiners]
            order = np.lexsort((moving.join_draws(venues, users, self.streams.join_order), venues))
            self.calendar = room_for(self.calendar, int(members.live[venues].sum()))
            moving.join(
                venues[order],
                users[order],
                tick,
                self.newest,
                self.posts.rows,
                members,
                self.persons,
                self.items,
                self.rules,
                self.streams,
                self.clock,
                self.calendar,
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

    def _room_for_places(self, rows: int) -> None:
        if len(self.venues) and 2 * rows > len(self.places.slot):
            old, self.places = self.places, make_places(1 << int(2 * rows).bit_length())
            refill_places(self.places, old)

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

    def record(self, tick: int) -> None:
        """Write down the counts of the tick."""
        if self.decisions.fill[SEEN]:
            batch = reacting.flush_views(
                tick,
                self.posts.rows,
                self.items,
                self.measure["views"],
                self.measure["new_readers"],
                self.by_class,
                self.decisions,
                np.argsort(self.decisions.seen_post[: self.decisions.fill[SEEN]]),
            )
            if self.views_out is not None:
                self.views_out(batch)
            elif self._keep_views:
                self.view_batches.append(batch)
        self.model.write_counts(self.by_class, self.desk.waiting, self.desk.sanction_count)
        self.by_class = np.zeros_like(self.by_class)

    def forwards(self) -> list[NDArray[Any]]:
        """Return author, item, place, hops and copied of what is being passed on in this tick."""
        return attempts.written_out(self.attempts, self._first, self._end)
