"""The society: a mesa.Model that owns a world, the platform and the crowd, and runs the phases of a tick."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import mesa

from sim.agents.decisions import Exposure, Outbox
from sim.agents.platform import Platform
from sim.agents.user import User
from sim.agents.venue import Channel, Group, Venue
from sim.arithmetic import halving_table
from sim.crowd.agents import AgentsCrowd, Arrange
from sim.draws import draw, draw3, start
from sim.phases import PHASES
from sim.rules.forward import NO_LIMIT
from sim.rules.notice import rank_weight
from sim.scenario.load import locate as locate_file
from sim.scenario.scenario import Scenario
from sim.vocabulary import CLASSES, DIRECT_KEY, TICK_CLASSES, Purpose
from sim.world.build import World, make_world
from sim.world.items import facts_of, make_items
from sim.world.posts import DIRECT, NEVER, SECRET, PostLog, Slot

MEASURES = (
    "posts",
    "echoes",
    "forwards",
    "views",
    "new_readers",
    "illegal_views",
    "adoptions",
    "reports",
    "cases",
    "cleared",
    "acted",
    "removed",
)
"""What is counted per tick and class, and per item."""


class Attempt(NamedTuple):
    """A post about to be made."""

    item: int
    place: int
    receiver: int
    author: int
    parent: int
    hops: int
    copied: bool
    source: int


class Society(mesa.Model):
    """A run: `Society(scenario, seed)`, then `step()` through the ticks, or `run_model()` to the end.

    `seed` keys the dynamics; the world has a seed of its own, equal to `seed` unless `world_seed` says otherwise.
    A `world` made before can be handed in and is shared. `user_class` replaces the rules of users;
    `locate` turns the name of a data file into its path (by default below the working folder or RUMORLAB_DATA).
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int = 1,
        *,
        world_seed: int | None = None,
        world: World | None = None,
        user_class: type[User] = User,
        arrange: Arrange | None = None,
        locate: Callable[[str], Path] | None = None,
    ) -> None:
        super().__init__(rng=seed)
        self.scenario = scenario
        self.seed = seed
        self.tick = 0
        if world is None:
            ws = seed if world_seed is None else world_seed
            world = make_world(scenario, ws, locate or (lambda file: locate_file(file, Path.cwd())))
        self.world = world
        self.streams: dict[Purpose, int] = {p: int(start(seed, int(p))) for p in Purpose}
        self.personas = list(scenario.world.personas.values())
        self.items = make_items(scenario, seed, world.people)
        self.item_keys: list[int] = self.items.key.tolist()
        self.item_facts = facts_of(self.items, scenario)
        self.items_by_tick: dict[int, list[int]] = {}
        for item, tick in enumerate(self.items.tick.tolist()):
            self.items_by_tick.setdefault(tick, []).append(item)
        self.posts = PostLog()
        self.slots: dict[tuple[int, int, int], Slot] = {}
        self.live: list[set[Slot]] = [set() for _ in range(len(self.items))]
        """Live slots of each item."""
        self.live_posts = 0
        self.labelled_items: set[int] = set()
        self.downranked_items: set[int] = set()
        self.new_slots: list[Slot] = []
        """Slots that went live in this tick."""
        self.outbox = Outbox()
        self._prepare_rules()
        self.venues: list[Venue] = []
        for kind, numbers in (
            (Channel, range(world.venues.channels)),
            (Group, range(world.venues.channels, len(world.venues))),
        ):
            self.venues += list(kind.create_agents(self, len(numbers), list(numbers))) if len(numbers) else []
        self.crowd = AgentsCrowd(self, user_class, arrange)
        self.users = self.crowd.users
        for venue in self.venues:
            for number in venue.since:
                self.users[number].enter(venue)
        self.believers_at_start = [self.crowd.believers(topic) for topic in range(len(scenario.topics))]
        self.platform = Platform(self)
        self.counts = self._no_counts()
        self.tick_rows: list[list[int]] = []
        self.item_counts = [dict.fromkeys(MEASURES, 0) for _ in range(len(self.items))]
        self._views_now: dict[int, list[int]] = {}
        self.view_rows: list[tuple[int, int, int, int]] = []
        """(row of the post, tick, views, new readers) where not zero."""
        self.datacollector = mesa.DataCollector(model_reporters=REPORTERS)

    def _prepare_rules(self) -> None:
        scenario, features = self.scenario, self.scenario.policy.features
        self.forward_limit = NO_LIMIT if features.forward_limit is None else features.forward_limit
        viral = features.viral_forward_limit
        self.viral_forward_limit = self.forward_limit if viral is None else viral
        half_life = scenario.behaviour.post_half_life / scenario.time.tick_hours
        behaviour, labels = scenario.behaviour, scenario.policy.labels
        self.believer_at = behaviour.believer_at
        self.novelty, self.repetition, self.leaving = behaviour.novelty, behaviour.repetition, behaviour.leaving
        self.label_belief, self.label_sharing = labels.belief_factor, labels.sharing_factor
        self.forward_stream = self.streams[Purpose.FORWARD]
        self._fading: list[float] = halving_table(half_life, scenario.time.ticks + 2).tolist()
        self.illegal = [[c in country.illegal for c in CLASSES] for country in scenario.world.countries.values()]
        self._secret_stream = int(start(self.world.seed, int(Purpose.SECRET_CHAT)))

    # Running

    def step(self) -> None:
        """Run one tick: the phases in their order."""
        self.new_slots, self.outbox = [], Outbox()
        for phase in PHASES:
            phase.run(self)
        self.tick += 1
        self.running = self.tick < self.scenario.time.ticks

    # What the rules ask

    def rank_weight(self, slot: Slot) -> float:
        """Return the weight of a slot's post in the feed now: fading, label, down-ranking, direct chat."""
        labels, item = self.scenario.policy.labels, slot.item
        weight: float = rank_weight(
            self._fading[self.tick - slot.tick],
            labels.notice_factor if self.is_labelled(slot) else 1.0,
            labels.downrank_factor if slot.downranked or item in self.downranked_items else 1.0,
            self.scenario.world.direct.weight if slot.place >= DIRECT_KEY else 1.0,
        )
        return weight

    def is_labelled(self, slot: Slot) -> bool:
        """Whether the post bears a warning label."""
        return slot.labelled or slot.item in self.labelled_items

    def is_secret(self, a: int, b: int) -> bool:
        """Whether two contacts talk in an end-to-end encrypted chat: a property of the tie."""
        share = self.scenario.world.direct.secret
        return bool(draw(self._secret_stream, min(a, b), max(a, b)) < share)

    # Posting

    def attempt(
        self, item: int, author: int, place: int, *, parent: int, hops: int, copied: bool, source: int
    ) -> Attempt:
        """Return an attempt to post in a place as its author names it: a venue, or DIRECT_KEY + receiver."""
        if place < DIRECT_KEY:
            return Attempt(item, place, NEVER, author, parent, hops, copied, source)
        return Attempt(item, DIRECT_KEY + author, place - DIRECT_KEY, author, parent, hops, copied, source)

    def first_post(self, item: int, author: int, place: int) -> Attempt:
        """Return the attempt of an originator."""
        source = place if place < DIRECT_KEY else NEVER
        return self.attempt(item, author, place, parent=NEVER, hops=0, copied=False, source=source)

    def place_posts(self, attempts: list[Attempt]) -> None:
        """Commit posts together: in each slot a keyed draw says which is the post, the others echo it."""
        by_slot: dict[tuple[int, int, int], list[Attempt]] = {}
        for attempt in attempts:
            by_slot.setdefault(attempt[:3], []).append(attempt)
        stream = self.streams[Purpose.SLOT_POST]
        for where in sorted(by_slot):
            item, place, _ = where
            rivals = by_slot[where]
            if len(rivals) > 1:
                key = self.item_keys[item]
                rivals.sort(key=lambda a: (draw3(stream, key, a.place, a.author), a.author))
            slot = self.slots.get(where) or self._new_slot(where)
            for attempt in rivals:
                echo = slot.live
                row = self.posts.add(
                    item=item,
                    author=attempt.author,
                    place=place,
                    receiver=attempt.receiver,
                    kind=slot.kind,
                    tick=self.tick,
                    parent=attempt.parent,
                    hops=attempt.hops,
                    copied=int(attempt.copied),
                    echo=int(echo),
                    source=attempt.source,
                )
                self.count(item, "echoes" if echo else "posts")
                if echo:
                    slot.rows.append(row)
                else:
                    slot.open(self.tick, row)
                    self.live[item].add(slot)
                    self.live_posts += 1
                    self.new_slots.append(slot)
                    self.crowd.announce(slot)

    def _new_slot(self, where: tuple[int, int, int]) -> Slot:
        item, place, receiver = where
        if place < DIRECT_KEY:
            venue = self.venues[place]
            slot = Slot(item, place, receiver, venue.kind, venue.private)
            venue.slots[item] = slot
        else:
            secret = self.is_secret(place - DIRECT_KEY, receiver)
            slot = Slot(item, place, receiver, SECRET if secret else DIRECT, True)
        self.slots[where] = slot
        return slot

    def take_down(self, slot: Slot) -> None:
        """End the interval of a slot: its post and the echoes are removed, effective from the next tick."""
        slot.close(self.tick)
        self.live[slot.item].discard(slot)
        self.live_posts -= 1
        for row in slot.rows:
            self.posts.removed[row] = self.tick
            self.count(slot.item, "removed")

    # Counting

    def _no_counts(self) -> list[dict[str, int]]:
        return [dict.fromkeys(MEASURES, 0) for _ in TICK_CLASSES]

    def count(self, item: int, measure: str, number: int = 1) -> None:
        """Add to a measure of an item and of its class."""
        self.counts[self.item_facts[item].content][measure] += number
        self.item_counts[item][measure] += number

    def count_view(self, user: User, exposure: Exposure) -> None:
        """Count that a user noticed a post; the first sight of an item makes her a new reader of that post."""
        now = self._views_now.get(exposure.row)
        if now is None:
            now = self._views_now[exposure.row] = [0, 0, 0]
        now[0] += 1
        now[1] += exposure.n == 1
        now[2] += self.illegal[user.country][self.item_facts[exposure.slot.item].content]

    def write_tick(self) -> None:
        """Write down the counts of this tick and begin new ones."""
        for row in sorted(self._views_now):
            views, new, illegal = self._views_now[row]
            self.posts.views[row] += views
            self.posts.new_readers[row] += new
            item = self.posts.item[row]
            for measure, number in (("views", views), ("new_readers", new), ("illegal_views", illegal)):
                self.count(item, measure, number)
            self.view_rows.append((row, self.tick, views, new))
        self._views_now = {}
        for position, counts in enumerate(self.counts):
            waiting = self.platform.queue.by_class.get(position, 0)
            self.tick_rows.append([self.tick, position, *counts.values(), waiting])
        self.datacollector.collect(self)
        self.counts = self._no_counts()


def _total(measure: str) -> Callable[[Society], int]:
    return lambda model: sum(counts[measure] for counts in model.counts)


REPORTERS: dict[str, Any] = {
    **{measure: _total(measure) for measure in MEASURES},
    "backlog": lambda model: len(model.platform.queue),
    "sanctions": lambda model: len(model.platform.sanctions),
    "live_posts": lambda model: model.live_posts,
}
"""Model-level outcomes of each tick, for Mesa users: `society.datacollector.get_model_vars_dataframe()`."""
