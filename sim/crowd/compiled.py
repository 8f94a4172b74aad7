"""The compiled form of the crowd: the same rules and draws as the agents, in loops over columns."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.crowd.columns import announcing, moving, passing, posting, reacting, reading, sights
from sim.crowd.columns.calendar import make_calendar, room_for, take
from sim.crowd.columns.passed import make_passed, room_for_passed
from sim.crowd.columns.sights import make_sights, room_for_sights
from sim.crowd.columns.state import HOT_ITEM, Clockwork, ItemColumns, Persons, Rules, Streams, folded, user_rows
from sim.crowd.desk import Desk
from sim.crowd.looks import Clock
from sim.crowd.protocol import Form
from sim.crowd.views import UserView, VenueView, Views
from sim.vocabulary import BELIEF_CLASSES, CLASSES, DIRECT_KEY, MEASURES, TICK_CLASSES, Purpose
from sim.world.columns import BANNED, COPIED, ECHO, Membership, PlaceMap, PostColumns, refill_places
from sim.world.people import INTEREST
from sim.world.posts import PostLog

if TYPE_CHECKING:
    from sim.model import Society
    from sim.phases import Phase

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]


class CompiledCrowd:
    """Users, venues and posts as columns; one method for each phase of a tick."""

    name: Form = "compiled"

    def __init__(self, model: "Society") -> None:
        self.model = model
        world, scenario = model.world, model.scenario
        n = len(world.people)
        self.measure = {name: i for i, name in enumerate(MEASURES)}
        self.by_class: Ints = np.zeros((len(TICK_CLASSES), len(MEASURES)), dtype=np.int64)
        """Counts of this tick, by class and measure."""
        self.members = Membership(world.venues, n)
        self.newest: Numbers = np.full(max(1, len(world.venues)), -1, dtype=np.int32)
        """Head of the list of intervals, by venue."""
        self.persons = self._make_persons()
        moving.hear_all(self.persons, self.members.now, round(scenario.world.direct.traffic_per_contact * 1000.0))
        self.items = self._make_items()
        self.rules = self._make_rules()
        streams = model.streams
        self.streams = Streams(**{name: streams[Purpose[name.upper()]] for name in Streams._fields})
        self.clock = Clockwork(*_tables(Clock.of(scenario)))
        self.calendar = make_calendar(scenario.time.ticks)
        self.posts = PostColumns()
        self.places = PlaceMap(np.full(1024, -1, dtype=np.int32))
        self.sights = make_sights(len(model.items), n)
        self.passed = make_passed()
        self.hits: Ints = np.zeros(0, dtype=np.int64)
        """Exposures of this tick, by user, in their order; see columns.sights."""
        self.noticed: Ints = np.zeros(0, dtype=np.int64)
        """The same before they are sorted: user << 32 | row."""
        self.seen_rows: Numbers = np.zeros(0, dtype=np.int32)
        self._illegal_somewhere = np.asarray(self.rules.illegal.any(axis=0), dtype=np.bool_)
        self.numbers: Numbers = np.zeros(0, dtype=np.int32)
        self.decisions = reacting.make_decisions(0)
        self.attempts = passing.make_attempts(64)
        """Posts about to be made in this tick: first posts up to `_first`, then forwards up to `_end`."""
        self._first = self._end = 0
        self.new_rows: Numbers = np.zeros(0, dtype=np.int32)
        self.views_out: Callable[[Ints], None] | None = None
        self._keep_views = "views" in scenario.record.tables
        self.view_batches: list[Ints] = []
        """(row of the post, tick, views, new readers) where not zero."""
        self.exposures = 0
        self.users = Views(self, UserView, n)
        self.venues = Views(self, VenueView, len(world.venues))
        self.desk: Desk

    def open_desk(self) -> None:
        """Take up the moderation work, once there is a platform."""
        self.desk = Desk(self)

    def _make_persons(self) -> Persons:
        people, contacts = self.model.world.people, self.model.world.contacts
        n = len(people)
        return Persons(
            country=people.country,
            persona=people.persona,
            habit=(people.level + 64 * people.country.astype(np.int64)).astype(np.uint16),
            rows=user_rows(people),
            contact_first=contacts.first,
            contact=contacts.other,
            traffic=np.zeros(n, dtype=np.int64),
            openness=np.zeros(n),
            status=np.zeros(n, dtype=np.uint8),
            strikes=np.zeros(n, dtype=np.int32),
        )

    def _make_items(self) -> ItemColumns:
        made, scenario = self.model.items, self.model.scenario
        rates = scenario.behaviour.reporting

        def by_class(values: Sequence[float | bool]) -> NDArray[Any]:
            return np.array(values)[made.content]

        hot = np.zeros(len(made), dtype=HOT_ITEM)
        for name in ("key", "content", "topic", "appeal", "persuasion", "medium_factor"):
            hot[name] = getattr(made, name)
        hot["forward"] = folded(self.model.streams[Purpose.FORWARD], made.key)
        hot["most_forwarded"] = np.maximum(1.0, made.medium_factor)
        hot["report_rate"] = by_class([float(rates.get(c, 0.0)) for c in CLASSES])  # type: ignore[call-overload]
        hot["by_belief"] = by_class([c in BELIEF_CLASSES for c in CLASSES])
        hot["corrects"] = by_class([c == "correction" for c in CLASSES])
        hot["transacts"] = by_class([c in ("fraud", "drugs") for c in CLASSES])
        return ItemColumns(
            hot=hot,
            first_post=np.full(len(made), -1, dtype=np.int32),
            counts=np.zeros((len(made), len(MEASURES)), dtype=np.int32),
        )

    def _make_rules(self) -> Rules:
        model, scenario = self.model, self.model.scenario
        labels, features, personas = scenario.policy.labels, scenario.policy.features, model.personas
        behaviour = scenario.behaviour
        return Rules(
            fading=np.array(model.fading),
            label_notice=labels.notice_factor,
            downrank=labels.downrank_factor,
            direct_weight=scenario.world.direct.weight,
            label_belief=labels.belief_factor,
            label_sharing=labels.sharing_factor,
            novelty=np.array(behaviour.novelty, dtype=np.float64),
            repetition=np.array(behaviour.repetition, dtype=np.float64),
            believer_at=behaviour.believer_at,
            transaction=behaviour.transaction,
            joining=behaviour.joining,
            invitation=behaviour.invitation,
            leaving=behaviour.leaving,
            withdrawals=model.withdrawals,
            threshold_count=behaviour.threshold_count,
            threshold_share=behaviour.threshold_share,
            secret_forwarding=features.secret_forwarding,
            forward_limit=model.forward_limit,
            viral_limit=model.viral_forward_limit,
            viral_hops=features.viral_hops,
            group_cap=scenario.platform.group_cap,
            channels=model.world.venues.channels,
            to_channels=np.array([p.to_channels for p in personas], dtype=np.float64),
            to_groups=np.array([p.to_groups for p in personas], dtype=np.float64),
            to_contacts=np.array([p.to_contacts for p in personas], dtype=np.float64),
            copies=np.array([p.copies for p in personas], dtype=np.float64),
            max_forwards=np.array([p.max_forwards for p in personas], dtype=np.int64),
            illegal=np.array(model.illegal, dtype=np.bool_),
            secret=scenario.world.direct.secret,
            secret_stream=model.secret_stream,
        )

    # The phases

    def carry_out(self, phase: "Phase") -> None:
        """Carry out a phase of the present tick."""
        getattr(self, phase.name)(self.model.tick)

    def originate(self, tick: int) -> None:
        """Collect what originators post; it is committed with the forwards of the tick, which see none of it."""
        self._first = self._end = 0
        made, members = self.model.items, self.members.now
        begin, end = np.searchsorted(made.tick, [tick, tick + 1])
        if begin == end:
            return
        which, who = passing.start_pairs(
            np.arange(begin, end), made.origin, made.seeds, self.items, len(self.users), self.streams.item_seed
        )
        total, most = passing.first_posts_bound(which, who, made.first_places, made.drawn, members, self.persons)
        if made.drawn[begin:end].any():
            self.passed = room_for_passed(self.passed, len(which), total)
        self._first = self._end = passing.first_posts(
            which,
            who,
            made.first_places,
            made.drawn,
            most,
            self.items,
            members,
            self.persons,
            self.rules,
            self.streams,
            self.passed,
            self._room_for_attempts(total),
        )

    def _room_for_attempts(self, count: int) -> passing.Attempts:
        if count > len(self.attempts.item):
            old, self.attempts = self.attempts, passing.make_attempts(2 * count)
            for name in passing.Attempts._fields:
                getattr(self.attempts, name)[: self._end] = getattr(old, name)[: self._end]
        return self.attempts

    def read(self, tick: int) -> None:
        """Let everyone whose moment has come notice, or not, the posts that are still up."""
        looks = take(self.calendar, tick)
        self.noticed = reading.read(looks, tick, self.posts.rows, self.members.now, self.persons, self.rules)

    def react(self, tick: int) -> None:
        """Let everyone who noticed something decide; then commit who leaves and who joins."""
        posts = self.posts.rows
        self.sights = room_for_sights(self.sights, self.noticed, posts)
        self.hits, self.seen_rows = sights.count_sights(
            self.noticed,
            posts,
            self.items,
            self.sights,
            self.persons.country,
            self.rules.illegal,
            self._illegal_somewhere,
            self.measure["illegal_views"],
            self.by_class,
        )
        self.numbers = sights.put_in_order(
            self.hits, len(self.persons.status), posts, self.items, self.sights, self.streams
        )
        self.exposures += len(self.hits)
        out = self.decisions = reacting.make_decisions(len(self.hits))
        reacting.react(
            self.hits,
            self.numbers,
            posts,
            self.items,
            self.members.now,
            self.persons,
            self.rules,
            self.streams,
            len(self.model.scenario.topics),
            out,
        )
        self._count_items(out.adopt_item[: out.fill[4]], "adoptions")
        self._pass_on(out)
        self._move(out, tick)

    def _count_items(self, items: Numbers, measure: str) -> None:
        column = self.measure[measure]
        np.add.at(self.items.counts[:, column], items, 1)
        np.add.at(self.by_class[:, column], self.items.hot["content"][items], 1)

    def _pass_on(self, out: reacting.Decisions) -> None:
        users, rows = out.pass_user[: out.fill[3]], out.pass_row[: out.fill[3]]
        if not len(users):
            return
        members = self.members.now
        total, most = passing.targets_bound(users, members, self.persons, self.rules.forward_limit)
        self.passed = room_for_passed(self.passed, len(users), total + len(users))
        attempts = self._room_for_attempts(self._first + total)
        forwarded = np.empty(len(users), dtype=np.int32)
        self._end, decisions = passing.pass_on(
            users,
            rows,
            most,
            self.posts.rows,
            self.items,
            members,
            self.persons,
            self.rules,
            self.streams,
            self.passed,
            attempts,
            self._first,
            forwarded,
        )
        self._count_items(forwarded[:decisions], "forwards")

    def _move(self, out: reacting.Decisions, tick: int) -> None:
        leavers, joiners = int(out.fill[1]), int(out.fill[2])
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
        members = self.members.now
        attempts = self.attempts
        count = passing.still_allowed(attempts, self._first, self._end, members, self.persons, self.rules.channels)
        if not count:
            return
        base = self.posts.count
        posts = self.posts.reserve(count)
        self._room_for_places(base + count)
        items, places, others = posting.sort_keys(attempts, count)
        self.new_rows = posting.place_posts(
            np.lexsort((others, places, items)),
            attempts,
            base,
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
            self.by_class,
        )
        self.posts.count = base + count
        self.calendar = room_for(self.calendar, announcing.look_count(self.new_rows, posts, members))
        announcing.announce(
            self.new_rows, posts, members, self.persons, self.items, self.streams, self.clock, self.calendar
        )

    def _room_for_places(self, rows: int) -> None:
        old = self.places.row
        if 2 * rows > len(old):
            self.places = PlaceMap(np.full(1 << int(4 * rows - 1).bit_length(), -1, dtype=np.int32))
            refill_places(self.places, self.posts.rows, old)

    def detect(self, tick: int) -> None:
        """Scan, hear reports, and look for false alarms."""
        self.desk.begin()
        self.desk.scan(self.new_rows, tick)
        self.desk.hear(self.decisions.report_row[: self.decisions.fill[0]], tick)
        self.desk.ordinary(tick)
        self.desk.close_intake()

    def review(self, tick: int) -> None:
        """Let the moderators judge."""
        self.desk.review(tick)

    def enforce(self, tick: int) -> None:
        """Carry out verdicts."""
        self.desk.enforce(tick)

    def record(self, tick: int) -> None:
        """Write down the counts of the tick."""
        if len(self.seen_rows):
            batch = reacting.flush_views(
                self.seen_rows,
                tick,
                self.posts.rows,
                self.items,
                self.measure["views"],
                self.measure["new_readers"],
                self.by_class,
            )
            if self.views_out is not None:
                self.views_out(batch)
            elif self._keep_views:
                self.view_batches.append(batch)
        self.model.write_counts(self.by_class, self.desk.waiting, self.desk.sanction_count)
        self.by_class = np.zeros_like(self.by_class)

    # What others ask

    def forwards(self) -> list[NDArray[Any]]:
        """Return author, item, place, hops and copied of what is being passed on in this tick."""
        made, mine = self.attempts, slice(self._first, self._end)
        return [made.author[mine], made.item[mine], made.place[mine], made.hops[mine], made.flags[mine] & COPIED > 0]

    @property
    def posts_made(self) -> int:
        """Posts and echoes so far."""
        return self.posts.count

    @property
    def live_posts(self) -> int:
        """Posts that are up."""
        return int(self.members.now.fill[2])

    @property
    def belief(self) -> NDArray[np.float32]:
        """Beliefs now, shape (users, topics)."""
        topics = len(self.model.scenario.topics)
        return self.persons.rows[:, INTEREST + topics : INTEREST + 2 * topics]

    def believers(self, topic: int) -> int:
        """Return how many users hold a belief at or above the threshold."""
        return int((self.belief[:, topic] >= self.rules.believer_at).sum())

    def belief_millionths(self, topic: int) -> int:
        """Return the sum of all beliefs in a topic, each cut to whole millionths."""
        return int((self.belief[:, topic].astype(np.float64) * 1_000_000.0).astype(np.int64).sum())

    def beliefs(self, topic: int) -> NDArray[np.float64]:
        """Return everybody's belief in a topic now."""
        return self.belief[:, topic].astype(np.float64)

    def sights_by_reader(self, item: int) -> Ints:
        """Return who has seen an item and how often, shape (readers, 2), sorted."""
        return _by_reader(sights.readers_of(self.sights, item))

    def strikes(self) -> Ints:
        """Return everybody's strikes."""
        return self.persons.strikes.astype(np.int64)

    def banned(self) -> NDArray[np.bool_]:
        """Return who is banned."""
        return self.persons.status & BANNED > 0

    def item_counts(self) -> Ints:
        """Return what was counted of each item, shape (items, measures)."""
        return self.items.counts.astype(np.int64)

    def post_columns(self) -> dict[str, Ints]:
        """Return all posts in canonical order, which is the order of their rows."""
        names = ("item", "author", "receiver", "kind", "tick", "parent", "hops", "source", "views", "new_readers")
        columns = {name: self.posts.column(name).astype(np.int64) for name in (*names, "removed")}
        venue, flags = self.posts.column("venue").astype(np.int64), self.posts.column("flags")
        columns["place"] = np.where(venue >= 0, venue, DIRECT_KEY + columns["author"])
        columns["copied"] = (flags & COPIED > 0).astype(np.int64)
        columns["echo"] = (flags & ECHO > 0).astype(np.int64)
        return {name: columns[name] for name in PostLog.COLUMNS}

    def view_rows(self) -> Ints:
        """Return (post, tick, views, new readers) where not zero, in the order of tick and post."""
        return np.concatenate(self.view_batches) if self.view_batches else np.zeros((0, 4), dtype=np.int64)

    def case_rows(self) -> Ints:
        """Return the cases in canonical order."""
        return self.desk.case_rows()

    def sanction_rows(self) -> Ints:
        """Return strikes and bans in canonical order."""
        return self.desk.sanction_rows()

    def venues_at_end(self) -> dict[str, Ints]:
        """Return members_at_end, strikes and banned_at of all venues."""
        now = self.members.now
        columns: dict[str, NDArray[Any]] = {
            "members_at_end": now.count,
            "strikes": now.strikes,
            "banned_at": now.banned,
        }
        return {name: column.astype(np.int64) for name, column in columns.items()}


def _tables(clock: Clock) -> tuple[NDArray[np.uint16], Numbers, Ints]:
    return clock.geometric, clock.awake, clock.awake_counts


def _by_reader(entries: Ints) -> Ints:
    entries = entries[np.argsort(entries & 0xFFFFFFFF)]
    return np.column_stack([(entries & 0xFFFFFFFF) - 1, entries >> 32])
