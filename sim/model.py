"""The society: a mesa.Model that owns a world, the platform and the crowd, and runs the phases of a tick."""

import gc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.agents.base import number_from
from sim.agents.decisions import Outbox
from sim.agents.mobiliser import Mobiliser
from sim.agents.mover import Mover
from sim.agents.own_rules import OwnRules, overrides, user_classes
from sim.agents.platform import Platform
from sim.agents.regulator import Court
from sim.agents.user import User
from sim.agents.venue import Channel, Group, Venue
from sim.arithmetic import halving_table, power
from sim.counting import Collector, Counting
from sim.crowd.agent_sets import AgentSets
from sim.crowd.agents import AgentsCrowd, Arrange
from sim.crowd.compiled import CompiledCrowd
from sim.crowd.protocol import Crowd, Wish
from sim.draws import draw1, start
from sim.errors import InputError
from sim.phases import PHASES
from sim.posting import Attempt, Posting
from sim.rules.delay import log_of_one_plus, wait_table
from sim.rules.forward import NO_LIMIT, sharing_factor
from sim.rules.notice import popularity, rank_weight
from sim.scenario.places import locate as locate_file
from sim.scenario.policy import Policy
from sim.scenario.scenario import Scenario
from sim.vocabulary import BLOCKED, CLASSES, DIRECT_KEY, DOWNRANKED, FRICTION, LABELLED, MEASURES, Purpose
from sim.world.build import World, make_world
from sim.world.items import facts_of, make_items
from sim.world.outside import OutsideTables
from sim.world.posts import PostLog, Slot
from sim.world.venues import accounts_of

_LARGE = 500_000
"""From so many users on, societies made before that nobody holds any more are let go first: each is part of a circle,
as every mesa.Model is, and a run makes so few objects that Python might not look for it before memory runs out."""


class Society(Counting, Posting, AgentSets):
    """A run: `Society(scenario, seed)`, then `step()` through the ticks, or `run_model()` to the end.

    `seed` keys the dynamics; the world has a seed of its own, equal to `seed` unless `world_seed` says otherwise.
    A `world` made before can be handed in and is shared. `crowd` says in which form people run: as agents, or
    compiled (sim/crowd), or compiled if possible (auto); the run is the same. `user_class` replaces the rules of
    users, as agents only. `locate` turns the name of a data file into its path (by default below the working folder or
    RUMORLAB_DATA).
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int = 1,
        *,
        world_seed: int | None = None,
        world: World | None = None,
        crowd: Wish = "auto",
        user_class: type[User] = User,
        arrange: Arrange | None = None,
        locate: Callable[[str], Path] | None = None,
    ) -> None:
        if scenario.world.users >= _LARGE and gc.isenabled():
            gc.collect()
        super().__init__(rng=seed)
        self.config = scenario
        self.policy = scenario.policy
        """The policy in force now."""
        self._later = dict(scenario.policies()[1:])
        """Policies that come into force, by tick."""
        self.in_force: list[tuple[int, Policy]] = [(0, scenario.policy)]
        """Policies with the tick from which each was in force, so far."""
        self.seed = seed
        self.tick = 0
        if world is None:
            ws = seed if world_seed is None else world_seed
            world = make_world(scenario, ws, locate or (lambda file: locate_file(file, Path.cwd())))
        self.world = world
        self.platform_of = world.venues.platform.copy()
        """Platform of each venue: 0 for the one under study; that of a backup once it is open."""
        self.accounts = accounts_of(scenario, world.seed, len(world.people))
        """Other platforms on which each user has an account now: bit p for platform p."""
        self.group_caps = [scenario.platform.group_cap, *(o.group_cap for o in scenario.world.elsewhere.values())]
        """By platform."""
        self.streams: dict[Purpose, int] = {p: int(start(seed, int(p))) for p in Purpose}
        self.personas = list(scenario.world.personas.values())
        self.items = make_items(scenario, seed, world.people)
        self._prepare_rules()
        self._begin_counting()
        classes = user_classes(scenario.behaviours)
        self.own = OwnRules(self, user_class if user_class is not User else None)
        """The rules of the scenario, and of a class of users, that replace decisions of users."""
        if classes:
            user_class = type("OwnUser", (*dict.fromkeys((*classes, user_class)),), {})
        self.crowd: Crowd
        self.users: Sequence[User]
        """Users by number; in a compiled run made at each look, and read only."""
        self.venues: Sequence[Venue]
        """Channels and groups by number; in a compiled run made at each look, and read only."""
        self.user_class = user_class
        self.why_agents = ""
        """Why the run needs agents, if it does."""
        if changed := overrides(user_class):
            what = f"the user class {user_class.__name__} overrides {', '.join(changed)}"
            self.why_agents = f"{what}, which is not one of the decisions that the compiled engine asks about"
        elif arrange is not None:
            self.why_agents = "an order of the agents has rules that are not compiled"
        if crowd == "compiled" and self.why_agents:
            raise InputError(f"crowd 'compiled' is not possible: {self.why_agents}; choose 'agents' or 'auto'")
        if crowd == "agents" or self.why_agents:
            self._people_with_agents(user_class, arrange)
        else:
            self._compile()
        self.believers_at_start = [self.crowd.believers(topic) for topic in range(len(scenario.topics))]
        self.datacollector = Collector(REPORTERS)

    def _compile(self) -> None:
        crowd = CompiledCrowd(self)
        self.users, self.venues = crowd.users, crowd.venues
        number_from(self, 1 + len(crowd.venues) + len(crowd.users))
        self.crowd, self.platform = crowd, Platform(self)
        self._open_offices()
        crowd.open_desk()

    def _people_with_agents(self, user_class: type[User], arrange: Arrange | None) -> None:
        self.item_keys: list[int] = self.items.key.tolist()
        self.item_facts = facts_of(self.items, self.config)
        self.items_by_tick: dict[int, list[int]] = {}
        for item, tick in enumerate(self.items.tick.tolist()):
            self.items_by_tick.setdefault(tick, []).append(item)
        self.posts = PostLog()
        self.slots: dict[tuple[int, int, int], Slot] = {}
        self.live: list[set[Slot]] = [set() for _ in range(len(self.items))]
        """Live slots of each item."""
        self.live_posts = 0
        self.slots_of_item: list[list[Slot]] = [[] for _ in range(len(self.items))]
        """All slots of each item, in which it was ever up."""
        self.item_marks = [0] * len(self.items)
        """Marks of every copy of an item, later ones too."""
        self.to_restore: list[Attempt] = []
        """What the platform puts back in the next tick."""
        self.finds: dict[int, list[tuple[int, int]]] = {}
        """(item, user) who would find the item elsewhere, by tick."""
        self.to_tell: dict[int, list[tuple[int, int]]] = {}
        """(item, user) whose next telling is due, by tick."""
        self.new_slots: list[Slot] = []
        """Slots that went live in this tick."""
        self.outbox = Outbox()
        self._begin_counting_items()
        venues: list[Venue] = []
        for kind, numbers in (
            (Channel, range(self.world.venues.channels)),
            (Group, range(self.world.venues.channels, len(self.world.venues))),
        ):
            venues += list(kind.create_agents(self, len(numbers), list(numbers))) if len(numbers) else []
        self.venues = venues
        crowd = AgentsCrowd(self, user_class, arrange)
        self.crowd = self.acting = crowd
        self.users = crowd.users
        for venue in venues:
            for number in venue.since:
                crowd.users[number].enter(venue)
        self.platform = Platform(self)
        self._open_offices()

    def _open_offices(self) -> None:
        """Let those take up work who act on people, places and the platform, in either form of the crowd."""
        self.mover, self.court, self.mobiliser = Mover(self), Court(self), Mobiliser(self)

    def _prepare_rules(self) -> None:
        scenario = self.config
        self._prepare_policy()
        half_life = scenario.behaviour.post_half_life / scenario.time.tick_hours
        behaviour = scenario.behaviour
        self.believer_at = behaviour.believer_at
        half = behaviour.belief_half_life
        self.forgetting = 0.0 if half is None else 1.0 - power(0.5, 24.0 / half)
        """Share of the way back to where they began that beliefs go in a day."""
        self.leaving = behaviour.leaving
        self.forward_stream = self.streams[Purpose.FORWARD]
        self.fading: list[float] = halving_table(half_life, scenario.time.ticks + 2).tolist()
        self.withdrawals = wait_table(scenario.world.direct.withdrawal, scenario.time.tick_hours)
        self.tellings = wait_table(behaviour.telling, scenario.time.tick_hours)
        """Ticks between two tellings by word; empty if nothing is told so."""
        self.finding = [
            log_of_one_plus(stream.found * scenario.time.tick_hours / 24.0)
            for stream in scenario.content.streams.values()
        ]
        """Hazard a tick that a person finds an item elsewhere, by stream: a chance of r / (1 + r) at r a tick."""
        self.outside = OutsideTables.of(scenario)
        """What people meet outside the platform."""
        self.contests = [stream.contest for stream in scenario.content.streams.values()]
        """How contacts talk about the items of each stream; None if they do not."""
        self.illegal = [[c in country.illegal for c in CLASSES] for country in scenario.world.countries.values()]
        self.secret_stream = int(start(self.world.seed, int(Purpose.SECRET_CHAT)))
        self.vpn_stream = int(start(self.world.seed, int(Purpose.VPN)))
        self.vpn = [country.vpn for country in scenario.world.countries.values()]

    def _prepare_policy(self) -> None:
        features, labels = self.policy.features, self.policy.labels
        self.forward_limit = NO_LIMIT if features.forward_limit is None else features.forward_limit
        viral = features.viral_forward_limit
        self.viral_forward_limit = self.forward_limit if viral is None else viral
        self.label_belief, self.label_sharing = labels.belief_factor, labels.sharing_factor

    def __repr__(self) -> str:
        where = f"tick {self.tick} of {self.config.time.ticks}"
        return f"<run of {self.config.name}: {where}, seed {self.seed}, {self.crowd.name} crowd>"

    # Running

    def step(self) -> None:
        """Run one tick: the phases in their order."""
        for phase in PHASES:
            self.crowd.carry_out(phase)
        self.advance()

    def advance(self) -> None:
        """Go on to the next tick; where another policy comes into force with it, put it in force."""
        self.tick += 1
        self.running = self.tick < self.config.time.ticks
        policy = self._later.get(self.tick)
        if policy is not None:
            self.policy = policy
            self.in_force.append((self.tick, policy))
            self._prepare_policy()
            self.platform.adopt(policy)
            self.crowd.adopt_policy()

    def change_policy(self, policy: Policy) -> None:
        """Let another policy come into force with the next tick, in place of whatever was planned."""
        self._later = {self.tick + 1: policy}

    def country_of_cases(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the country of the venue of each case, or of the author of a direct message."""
        place, venues = rows[:, 1], self.world.venues
        home = self.world.people.country[rows[:, 7]].astype(np.int64)
        in_venue = place < len(venues)
        home[in_venue] = venues.country[place[in_venue]]
        return home

    # What the rules ask

    def rank_weight(self, slot: Slot) -> float:
        """Return the weight of a slot's post in the feed now: fading, label, down-ranking, direct chat."""
        labels, marks = self.policy.labels, self.marks(slot)
        weight: float = rank_weight(
            self.fading[self.tick - slot.tick],
            labels.notice_factor if marks & LABELLED else 1.0,
            labels.downrank_factor if marks & DOWNRANKED else 1.0,
            self.config.world.direct.weight if slot.place >= DIRECT_KEY else self._popularity(slot),
        )
        return weight

    def _popularity(self, slot: Slot) -> float:
        features = self.policy.features
        if features.feed <= 0.0 or self.is_elsewhere(slot):
            return 1.0
        return float(popularity(self.posts.views[slot.row], features.feed, float(features.feed_half)))

    def marks(self, slot: Slot) -> int:
        """Return what moderation has marked a post with: marks of its own, and those of every copy."""
        return slot.marks if self.is_elsewhere(slot) else slot.marks | self.item_marks[slot.item]

    def sharing_factor(self, marks: int) -> float:
        """Return the factor on passing on a post with some marks: label, friction."""
        labels = self.policy.labels
        return sharing_factor(
            labels.sharing_factor if marks & LABELLED else 1.0,
            labels.friction_factor if marks & FRICTION else 1.0,
            self.policy.features.friction,
        )

    def is_hidden(self, slot: Slot, user: User) -> bool:
        """Whether a post is blocked in the user's country, and she is behind no VPN."""
        if not self.marks(slot) & BLOCKED:
            return False
        content = self.item_facts[slot.item].content
        barred = bool(self.platform.terms.barred[user.country, content])
        return barred and not draw1(self.vpn_stream, user.number) < self.vpn[user.country]


def _total(column: int) -> Callable[[Society], int]:
    return lambda model: model.totals_now[column]


REPORTERS: dict[str, Callable[[Any], int]] = {
    **{measure: _total(i) for i, measure in enumerate(MEASURES)},
    "backlog": _total(len(MEASURES)),
    "sanctions": lambda model: model.sanctions_so_far,
    "live_posts": lambda model: model.crowd.live_posts,
}
"""Model-level outcomes of each tick, for Mesa users: `society.datacollector.get_model_vars_dataframe()`."""
