"""The readable form of the crowd: every user is a Mesa agent, and decisions are calls of her methods."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from mesa.agent import AgentSet

from sim.agents.user import User
from sim.crowd.looks import Clock, plan
from sim.vocabulary import Purpose
from sim.world.posts import Slot, place_stream

if TYPE_CHECKING:
    from sim.model import Society

Arrange = Callable[[Sequence[User]], Sequence[User]]


class AgentsCrowd:
    """Users as agents, with a calendar of who comes to which post in which tick."""

    name = "agents"

    def __init__(self, model: "Society", user_class: type[User], arrange: Arrange | None = None) -> None:
        n = len(model.world.people)
        self.model = model
        self.arrange: Arrange = arrange or (lambda users: users)
        """Order in which agents are called; tests shuffle it, and nothing changes."""
        self.users: list[User] = list(user_class.create_agents(model, n, list(range(n))))
        self._calendar: list[list[tuple[int, Slot, int, float]]] = [[] for _ in range(model.scenario.time.ticks)]
        self._noticing: set[User] = set()
        self._clock = Clock.of(model.scenario)

    def announce(self, slot: Slot) -> None:
        """Put the looks at a freshly live post into the calendar: all members of the venue, or the receiver."""
        if slot.venue < 0:
            self._plan(slot, np.array([slot.receiver]), np.array([-1]), True)
        else:
            venue = self.model.venues[slot.venue]
            numbers, since = venue.members()
            self._plan(slot, numbers, since, venue.history)

    def welcome(self, user: User, venue_number: int) -> None:
        """Put the looks of a new member at what is already up into the calendar."""
        venue = self.model.venues[venue_number]
        since = np.array([venue.since[user.number]])
        for slot in venue.slots.values():
            if slot.live:
                self._plan(slot, np.array([user.number]), since, venue.history)

    def _plan(self, slot: Slot, readers: "np.ndarray", since: "np.ndarray", history: bool) -> None:  # type: ignore[type-arg]
        model, people = self.model, self.model.world.people
        key = model.item_keys[slot.item]
        intervals = np.array(slot.intervals, dtype=np.int64)
        due, luck = plan(
            place_stream(model.streams[Purpose.DELAY], key, slot.place),
            place_stream(model.streams[Purpose.NOTICE], key, slot.place),
            readers,
            since,
            intervals[:, 0].copy(),
            intervals[:, 1].copy(),
            history,
            people.level,
            people.country,
            self._clock.geometric,
            self._clock.awake,
            self._clock.awake_counts,
        )
        author, generation, end = model.posts.author[slot.row], slot.generation, len(self._calendar)
        for user, tick, chance in zip(readers.tolist(), due.tolist(), luck.tolist(), strict=True):
            if 0 <= tick < end and user != author:
                self._calendar[tick].append((user, slot, generation, chance))

    def read(self, tick: int) -> None:
        """Let everyone whose moment has come notice, or not, the posts that are still up."""
        model, users = self.model, self.users
        looks = self._calendar[tick]
        self._calendar[tick] = []
        weights: dict[Slot, float] = {}
        for number, slot, generation, luck in looks:
            if slot.generation != generation or not slot.live:
                continue
            user = users[number]
            if not user.active or (slot.venue >= 0 and slot.venue not in user.venues):
                continue
            weight = weights.get(slot)
            if weight is None:
                weight = weights[slot] = model.rank_weight(slot)
            if luck < user.notice_chance(slot, weight):
                user.notice(slot)
                model.count_view(user, slot)
                self._noticing.add(user)

    def react(self) -> None:
        """Let everyone who noticed something decide what follows."""
        noticing = sorted(self._noticing, key=lambda user: user.number)
        self._noticing = set()
        AgentSet(self.arrange(noticing), random=self.model.random).do("react")

    def believers(self, topic: int) -> int:
        """Return how many users hold a belief at or above the threshold."""
        threshold = self.model.scenario.behaviour.believer_at
        return sum(user.belief[topic] >= threshold for user in self.users)

    def belief_millionths(self, topic: int) -> int:
        """Return the sum of all beliefs in a topic, each cut to whole millionths, so that order is no matter."""
        return sum(int(user.belief[topic] * 1_000_000.0) for user in self.users)
