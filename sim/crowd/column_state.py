"""The state of a compiled run: what it begins with, and room as it grows."""

import weakref
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.agents.user import User
from sim.agents.venue import Venue
from sim.crowd.column_setup import make_clock, make_item_columns, make_persons, make_rules
from sim.crowd.column_tables import ColumnTables
from sim.crowd.columns import (
    attempts,
    moving,
)
from sim.crowd.columns.calendar import make_calendar
from sim.crowd.columns.noticed import make_decisions, nothing_noticed
from sim.crowd.columns.passed import make_passed
from sim.crowd.columns.sights import make_sights
from sim.crowd.columns.state import Streams, count_items
from sim.crowd.desk import Desk
from sim.crowd.protocol import Form
from sim.crowd.user_view import user_view
from sim.crowd.venue_view import ChannelView, GroupView
from sim.crowd.views import Views
from sim.moderation.terms import Terms
from sim.often import forget_columns
from sim.vocabulary import MEASURES, TICK_CLASSES, Purpose
from sim.world.columns import Membership
from sim.world.sendings import PostColumns, make_places, refill_places

if TYPE_CHECKING:
    from sim.model import Society

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]


def _always(kind: type[User], number: int) -> type[User]:
    return kind


def _kind_of_venue(channels: int, number: int) -> type[Any]:
    return ChannelView if number < channels else GroupView


class ColumnState(ColumnTables):
    """Users, venues and posts as columns."""

    name: Form = "compiled"

    def __init__(self, model: "Society") -> None:
        self.model = model
        forget_columns()
        weakref.finalize(self, forget_columns).atexit = False
        world, scenario, streams = model.world, model.config, model.streams
        n = len(world.people)
        self.measure = {name: i for i, name in enumerate(MEASURES)}
        self.by_class: Ints = np.zeros((len(TICK_CLASSES), len(MEASURES)), dtype=np.int64)
        """Counts of this tick, by class and measure."""
        self.newest: Numbers = np.full(max(1, len(world.venues)), -1, dtype=np.int32)
        """Head of the list of intervals, by venue."""
        self.persons = make_persons(model)
        self.members = Membership(world.venues, self.persons.habit)
        self.members.now = self.members.now._replace(platform=model.platform_of)
        moving.hear_all(self.persons, self.members.now, round(scenario.world.direct.traffic_per_contact * 1000.0))
        self.items = make_item_columns(model)
        self.rules = make_rules(model, Terms.of(scenario, model.policy).barred)
        self.streams = Streams(**{name: streams[Purpose[name.upper()]] for name in Streams._fields})
        self.clock = make_clock(scenario)
        self.calendar = make_calendar(scenario.time.ticks, 64 * n)
        self.posts = PostColumns(n)
        self.places = make_places(1024)
        self.sights = make_sights(len(model.items), self.persons.table)
        self.passed = make_passed()
        self.tells = make_calendar(scenario.time.ticks)
        """Tellings by word that are due: user << 32 | item."""
        self.finds = make_calendar(scenario.time.ticks)
        """Who would find an item elsewhere, in the same form."""
        self._items_by: list[int] = np.searchsorted(model.items.tick, np.arange(scenario.time.ticks + 1)).tolist()
        """Where the items of each tick begin, and where the last ones end."""
        self._contested = any(contest is not None for contest in model.contests)
        self._finders = any(hazard > 0.0 for hazard in model.finding)
        self._nobody: Ints = np.zeros(0, dtype=np.int64)
        self.encounters = make_calendar(scenario.time.ticks)
        """Who meets a claim outside: user << 32 | source."""
        held = self.belief if self.items.hot["of_sender"].any() else self.belief[:0]
        self.held = np.ascontiguousarray(held)
        """What everybody believed before this tick, where an item pulls towards the belief of who sent it."""
        self.noticed = nothing_noticed()
        """Exposures of this tick; after they have been reacted to, in their order."""
        self._platform_of = model.platform_of if scenario.world.elsewhere else model.platform_of[:0]
        """Empty if there is one platform; else it changes as places open again elsewhere."""
        self._illegal_somewhere = np.asarray(self.rules.illegal.any(axis=0), dtype=np.bool_)
        self.decisions = self._nothing = self._lists = make_decisions(0, 0, model.own.asks)
        self.attempts = attempts.make_attempts(64, 64)
        """Sendings about to be made in this tick: first posts up to `_first`, then forwards up to `_end`."""
        self._first = self._end = self._receivers = 0
        self.new_rows: Numbers = np.zeros(0, dtype=np.int32)
        """Sendings that went live in this tick."""
        self.views_out: Callable[[int, Numbers], None] | None = None
        self._keep_views = "views" in scenario.record.tables
        self.view_batches = []
        self.exposures = 0
        self._told = 0
        """Batches of sanctions of which the mover knows."""
        self.claims = {}
        self.users: Views[User] = Views(self, partial(_always, user_view(model.user_class)), n)
        self.venues: Views[Venue] = Views(self, partial(_kind_of_venue, world.venues.channels), len(world.venues))
        self.desk: Desk

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

    def _count_items(self, things: Numbers, measure: str) -> None:
        count_items(things, self.measure[measure], self.items, self.by_class)

    def _room_for_places(self, rows: int) -> None:
        if len(self.venues) and 2 * rows > len(self.places):
            old, self.places = self.places, make_places(1 << int(2 * rows).bit_length())
            refill_places(self.places, old, self.posts.rows.hot)
