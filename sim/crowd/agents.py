"""The readable form of the crowd: every user is a Mesa agent, and decisions are calls of her methods."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from mesa.agent import AgentSet
from numpy.typing import NDArray

from sim.agents.decisions import Exposure, Outbox
from sim.agents.user import User
from sim.crowd.agent_moves import AgentMoves
from sim.crowd.agent_tables import AgentTables
from sim.crowd.looks import Clock, Look, noticing, plan
from sim.crowd.protocol import Form
from sim.rules.belief import forgotten
from sim.rules.notice import notice_probability
from sim.rules.talk import BELIEVER
from sim.scenario.user_rules import NOTICE
from sim.vocabulary import Purpose
from sim.world.outside import next_encounter
from sim.world.posts import Slot, place_stream

if TYPE_CHECKING:
    from sim.model import Society
    from sim.phases import Phase

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]
_PLACE_DRAWS = (Purpose.NOTICE, Purpose.REPORT, Purpose.LEAVE)
_Day = tuple[list[int], list[Look], list[int], list[float]]
"""The looks of one tick: users, what they look at, their place in it, and their draws of noticing."""
Arrange = Callable[[Sequence[User]], Sequence[User]]


class AgentsCrowd(AgentMoves, AgentTables):
    """Users as agents, with a calendar of who comes to which post in which tick."""

    name: Form = "agents"

    def __init__(self, model: "Society", user_class: type[User], arrange: Arrange | None = None) -> None:
        n = len(model.world.people)
        self.model = model
        self.arrange: Arrange = arrange or (lambda users: users)
        """Order in which agents are called; tests shuffle it, and nothing changes."""
        self.openness = np.zeros(n)
        """Share of what reaches each user that she can notice; kept up to date by the users."""
        self._own_rule = user_class.notice_chance is not User.notice_chance
        self._calendar: list[_Day] = [([], [], [], []) for _ in range(model.config.time.ticks)]
        self.users: list[User] = []
        self.users += user_class.create_agents(model, n, self, list(range(n)))
        self.noticing: set[User] = set()
        """Who has noticed something in this tick and not reacted yet."""
        self.claims: dict[int, NDArray[np.int8]] = {}
        """What everybody holds of each claim that contacts talk about, by item."""
        self.tracing = False
        self._hold = any(facts.of_sender for facts in model.item_facts)
        self.held: list[list[float]] = []
        """What everybody believed before this tick, where an item pulls towards the belief of who sent it."""
        self.views_out: Callable[[int, Numbers], None] | None = None
        self.reacted: list[tuple[int, Exposure]] = []
        """Exposures of the tick, if they are traced."""
        self._clock = Clock.of(model.config)
        self._encounters: dict[int, list[tuple[int, int]]] = {}
        """(user, source) of the encounters outside, by tick."""
        for source in range(len(model.outside)):
            for user in self.users:
                if user.credulity > 0.0 and model.outside.met[source, user.country]:
                    self._plan_encounter(source, user.number, 0)

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

    def _plan(self, slot: Slot, readers: Ints, since: Ints, history: bool) -> None:
        model, people, clock = self.model, self.model.world.people, self._clock
        key = model.item_keys[slot.item]
        intervals = np.array(slot.intervals, dtype=np.int64)
        due, luck = plan(
            place_stream(model.streams[Purpose.DELAY], key, slot.place),
            np.array([place_stream(model.streams[p], key, slot.place) for p in _PLACE_DRAWS]),
            readers,
            since,
            intervals[:, 0].copy(),
            intervals[:, 1].copy(),
            history,
            people.level,
            people.country,
            clock.geometric,
            clock.awake,
            clock.awake_counts,
        )
        look = Look(slot, slot.generation, luck[1], luck[2])
        author, calendar, end = model.posts.author[slot.row], self._calendar, len(self._calendar)
        for i, (user, tick, chance) in enumerate(zip(readers.tolist(), due.tolist(), luck[0].tolist(), strict=True)):
            if 0 <= tick < end and user != author:
                numbers, looks, places, chances = calendar[tick]
                numbers.append(user)
                looks.append(look)
                places.append(i)
                chances.append(chance)

    def read(self, tick: int) -> None:
        """Let everyone whose moment has come notice, or not, the posts that are still up."""
        numbers, looks, places, luck = self._calendar[tick]
        self._calendar[tick] = ([], [], [], [])
        if not numbers:
            return
        weights = self._weights(looks)
        asks = bool(self.model.own.asks[NOTICE])
        if self._own_rule:
            hits = self._ask_each(numbers, looks, luck, weights)
        elif asks:
            hits = self._candidates(numbers, luck, weights)
        else:
            hits = noticing(np.array(numbers), np.array(luck), np.array(weights), self.openness).tolist()
        users = self.users
        for k in hits:
            user, look, i = users[numbers[k]], looks[k], places[k]
            slot = look.slot
            if not user.reaches(slot.venue) or (slot.venue >= 0 and slot.venue not in user.venues):
                continue
            if self.model.is_hidden(slot, user):
                continue
            if asks and not self._decides(user, slot, luck[k], weights[k]):
                continue
            user.notice(slot, float(look.report_luck[i]), float(look.leave_luck[i]))
            self.noticing.add(user)

    def _weights(self, looks: list[Look]) -> list[float]:
        """Return the rank weight of the post of each look now; 0 if it is gone."""
        rank_weight = self.model.rank_weight
        known: dict[Look, float] = {}
        weights = []
        for look in looks:
            weight = known.get(look)
            if weight is None:
                slot = look.slot
                up = slot.live and slot.generation == look.generation and self.model.tick <= slot.until
                weight = known[look] = rank_weight(slot) if up else 0.0
            weights.append(weight)
        return weights

    def _ask_each(self, numbers: list[int], looks: list[Look], luck: list[float], weights: list[float]) -> list[int]:
        """Return which looks notice, where a subclass of User has a rule of her own for it."""
        return [
            k
            for k, (number, look, u, weight) in enumerate(zip(numbers, looks, luck, weights, strict=True))
            if weight > 0.0 and u < self.users[number].notice_chance(look.slot, weight)
        ]

    def _candidates(self, numbers: list[int], luck: list[float], weights: list[float]) -> list[int]:
        """Return which looks might notice, where a rule of the scenario decides."""
        most = float(self.model.own.ceilings[NOTICE])
        chances = (notice_probability(weight, self.openness[n]) for n, weight in zip(numbers, weights, strict=True))
        return [k for k, p in enumerate(chances) if weights[k] > 0.0 and luck[k] < max(p, most)]

    def _decides(self, user: User, slot: Slot, luck: float, weight: float) -> bool:
        about = user.about(Exposure(slot, slot.row, 0, 0.0, 0.0), user.belief)
        return self.model.own.decides(NOTICE, luck, notice_probability(weight, user.openness), **about)

    def forget(self) -> None:
        """Let beliefs go back towards where they began, by a day."""
        start, share = self.model.world.people.belief.tolist(), self.model.forgetting
        for user, began in zip(self.users, start, strict=True):
            user.belief = [forgotten(now, first, share) for now, first in zip(user.belief, began, strict=True)]

    def talk(self) -> None:
        """Let contacts talk about contested claims: who holds what before decides what is held after."""
        model = self.model
        for item, held in self.claims.items():
            if model.items.tick[item] < model.tick:
                self.claims[item] = np.array([user.talk(item, held) for user in self.users], dtype=np.int8)
                won = (self.claims[item] == BELIEVER) & (held != BELIEVER)
                model.count(item, "adoptions", int(won.sum()))

    def _plan_encounter(self, source: int, user: int, tick: int) -> None:
        outside = self.model.outside
        stream, key = self.model.streams[Purpose.OUTSIDE], outside.key[source]
        following = int(next_encounter(stream, key, user, tick, outside.waits[source]))
        self._encounters.setdefault(following, []).append((user, source))

    def meet(self) -> None:
        """Let people meet claims outside the platform, and plan when they will again."""
        outside, tick = self.model.outside, self.model.tick
        for number, source in sorted(self._encounters.pop(tick, ())):
            user, topic = self.users[number], int(outside.topic[source])
            user.meets_outside(topic, float(outside.persuasion[source]), float(outside.target[source]))
            self._plan_encounter(source, number, tick + 1)

    def react(self) -> None:
        """Let everyone who noticed something decide what follows."""
        noticing = sorted(self.noticing, key=lambda user: user.number)
        self.noticing = set()
        for user in noticing:
            if len(user.noticed) > 1:
                user.noticed = user.in_order(user.noticed)
            for exposure in user.noticed:
                self.model.count_view(user, exposure)
        if self._hold:
            self.held = [list(user.belief) for user in self.users]
        if self.tracing:
            self.reacted = [(user.number, exposure) for user in noticing for exposure in user.noticed]
        AgentSet(self.arrange(noticing), random=self.model.random).do("react")

    def take_in(self, venues: NDArray[np.int32], users: NDArray[np.int32], tick: int) -> None:
        """Let users join venues, pair by pair in this order."""
        for venue, number in zip(venues.tolist(), users.tolist(), strict=True):
            user = self.users[number]
            if venue not in user.left and self.model.venues[venue].join(user, tick):
                self.welcome(user, venue)

    def adopt_policy(self) -> None:
        """Nothing to do: users ask the model for the policy in force."""

    def carry_out(self, phase: "Phase") -> None:
        """Carry out a phase of the present tick."""
        if phase.number == 1:
            self.model.new_slots, self.model.outbox = [], Outbox()
        phase.run(self.model)
