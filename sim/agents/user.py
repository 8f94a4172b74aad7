"""A user: notices posts, comes to believe, passes on, reports, joins and leaves."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.agents.decisions import Exposure, Forward, Ints, ranked_targets
from sim.agents.joiner import Joiner
from sim.agents.own_rules import asked_of
from sim.draws import draw, draw3
from sim.rules.adopt import transaction_probability
from sim.rules.forward import chats_allowed, enough_exposures, forward_probability, may_forward
from sim.rules.notice import notice_probability
from sim.rules.report import report_probability
from sim.scenario.user_rules import CHOOSE, FORWARD, REPORT
from sim.vocabulary import DIRECT_KEY, MARKS, RESTRICTED, Purpose
from sim.world.posts import Slot

if TYPE_CHECKING:
    from sim.agents.venue import Venue
    from sim.crowd.agents import AgentsCrowd
    from sim.model import Society

_TELLING = (Purpose.TELL_WHOM, Purpose.COPY, Purpose.STIFLE)


class User(Joiner):
    """A person. Override a method to give some or all users a rule of their own (docs/extending.md).

    Everything she decides in a tick rests on what was true before it: `react` changes her own state only, and hands
    what others will see (forwards, reports, joining, leaving) to the model, which commits it afterwards.
    """

    def __init__(self, model: "Society", crowd: "AgentsCrowd", number: int) -> None:
        super().__init__(model)
        self._crowd = crowd
        world, people = model.world, model.world.people
        self.number = number
        self.country = int(people.country[number])
        self.persona = model.personas[int(people.persona[number])]
        self.attention = float(people.attention[number])
        """Posts noticed a day."""
        self.level = int(people.level[number])
        """Level of activity (rules/delay.py)."""
        self.sharing = float(people.sharing[number])
        self.credulity = float(people.credulity[number])
        self.trust = float(people.trust[number])
        self.belief: list[float] = people.belief[number].tolist()
        """Belief by topic, in [0, 1]."""
        self.interest: list[float] = people.interest[number].tolist()
        """Interest by topic, in [0, 1]."""
        self.contacts: Ints = world.contacts.of(number)
        self.venues: dict[int, Venue] = {}
        self.left: set[int] = set()
        """Venues that she has left; she does not come back within a run."""
        self.traffic = round(model.config.world.direct.traffic_per_contact * 1000.0) * len(self.contacts)
        """Ordinary posts that reach her, in thousandths a day."""
        self.elsewhere = 0
        """The part of it that is of other platforms."""
        self.banned = False
        self.locked = False
        """Whether a block keeps her from the platform."""
        self.gone = False
        """Whether she was taken off all platforms for good."""
        self.away = False
        """Whether her attention is with other platforms, because she is banned or locked out."""
        self.suspended_until = -1
        """Last tick of her latest suspension."""
        self.strikes = 0
        self.seen: dict[int, int] = {}
        """Exposures so far, by item."""
        self.passed_on: dict[int, set[int]] = {}
        """Places served so far, by item."""
        self.times_passed_on: dict[int, int] = {}
        self.began: dict[int, int] = {}
        """Tick in which she began each item that she began herself."""
        self.tells: dict[int, int] = {}
        """Row of the post from which she tells an item by word, -1 if she began it; by item."""
        self.noticed: list[Exposure] = []
        """What she noticed in this tick; when she reacts, in the order of exposures."""
        self._targets: tuple[Ints, NDArray[np.float64]] | None = None
        self._hear(0, 0)

    # Reading

    @property
    def openness(self) -> float:
        """Share of what reaches her that she can notice."""
        return float(self._crowd.openness[self.number])

    @property
    def active(self) -> bool:
        """Whether she can read and post: neither banned, nor locked out, nor suspended now."""
        return not (self.banned or self.locked or self.gone or self.suspended_until >= self.model.tick)

    def reaches(self, venue: int) -> bool:
        """Whether she can use the platform that a venue is on; -1 stands for direct chats."""
        return self.active or (venue >= 0 and not self.gone and bool(self.model.platform_of[venue]))

    def notice_chance(self, slot: Slot, weight: float) -> float:
        """Return the probability that she notices a post at the moment she comes to it; `weight` is its rank then."""
        return notice_probability(weight, self.openness)

    def notice(self, slot: Slot, report_luck: float, leave_luck: float) -> None:
        """Take note of a post; what follows from it is decided in `react`."""
        item = slot.item
        n = self.seen[item] = self.seen.get(item, 0) + 1
        self.noticed.append(Exposure(slot, slot.row, n, report_luck, leave_luck))

    # Reacting

    def react(self) -> None:
        """Decide everything that follows from what was noticed in this tick."""
        exposures, self.noticed = self.noticed, []
        before = list(self.belief)
        if len(exposures) == 1:
            self.update_beliefs(exposures)
            self.respond(exposures[0].slot.item, exposures, before)
            return
        self.update_beliefs(exposures)
        by_item: dict[int, list[Exposure]] = {}
        for exposure in exposures:
            by_item.setdefault(exposure.slot.item, []).append(exposure)
        for item, seen in by_item.items():
            self.respond(item, seen, before)

    def in_order(self, exposures: list[Exposure]) -> list[Exposure]:
        """Return exposures by (tick of the post, keyed draw), numbered anew within each item."""
        model = self.model
        stream, key = model.streams[Purpose.EXPOSURE_ORDER], model.item_keys
        order = sorted(
            exposures, key=lambda e: (e.slot.tick, draw3(stream, key[e.slot.item], self.number, e.slot.place))
        )
        next_n: dict[int, int] = {}
        for exposure in order:
            item = exposure.slot.item
            next_n[item] = min(exposure.n, next_n.get(item, exposure.n))
        renumbered = []
        for exposure in order:
            item = exposure.slot.item
            renumbered.append(exposure._replace(n=next_n[item]))
            next_n[item] += 1
        return renumbered

    def respond(self, item: int, seen: list[Exposure], belief: list[float]) -> None:
        """Decide about one item: adopt, pass on, report, join, leave; `belief` is as it was before this tick."""
        model, facts = self.model, self.model.item_facts[item]
        if seen[0].n == 1 and facts.transacts:
            chance = transaction_probability(model.config.behaviour.transaction, self.interest[facts.topic])
            if draw(model.streams[Purpose.ADOPT], facts.key, self.number) < chance:
                model.count(item, "adoptions")
        shown = False
        for exposure in seen:
            if self.reports(exposure, belief):
                model.outbox.reports.append((exposure.slot, self.number))
            if exposure.slot.venue >= 0 and self.leaves(exposure, belief):
                model.outbox.leaves.append((exposure.slot.venue, self.number))
            source = model.posts.source[exposure.row]
            shown = shown or (source >= 0 and source not in self.venues)
        if shown:
            self.consider_joining(item, seen, belief)
        if model.own.asks[FORWARD]:  # a rule is asked at every exposure, as long as one of them can be forwarded
            wants = [self._sources(seen) and self.wants_to_pass_on(exposure, belief) for exposure in seen]
            if any(wants):
                self.pass_on(item, seen)
            return
        for exposure in seen:
            if self.wants_to_pass_on(exposure, belief):
                self.pass_on(item, seen)
                break

    def _sources(self, seen: list[Exposure]) -> list[Exposure]:
        secret = self.model.policy.features.secret_forwarding
        return [e for e in seen if secret or not e.slot.secret]

    # A chance is worked out only where the draw is below what the chance cannot exceed: the result is the same.

    def wants_to_pass_on(self, exposure: Exposure, belief: list[float]) -> bool:
        """Whether this sight of the item makes her want to pass it on: one draw per user, item and sight."""
        model, slot, n = self.model, exposure.slot, exposure.n
        facts, behaviour = model.item_facts[slot.item], model.config.behaviour
        if not enough_exposures(n, behaviour.threshold_count, behaviour.threshold_share, len(self.contacts)):
            return False
        u = draw3(model.forward_stream, facts.key, self.number, n)
        ready = self.sharing
        if self.persona.boosting > ready and model.users[model.posts.author[exposure.row]].persona.bot:
            ready = self.persona.boosting
        own = model.own
        if u >= max(ready * facts.most_forwarded, own.ceilings[FORWARD]):
            return False
        chance = forward_probability(
            ready,
            facts.appeal,
            self.wanting(slot.item, belief),
            facts.medium_factor,
            model.sharing_factor(model.marks(slot)),
            facts.novelty[min(n, len(facts.novelty)) - 1],
        )
        return own.decides(FORWARD, u, chance, **self.about(exposure, belief)) if own.asks[FORWARD] else u < chance

    def about(self, exposure: Exposure, belief: list[float]) -> dict[str, float]:
        """Return what a rule of the scenario is told of a post that she has come to."""
        model, slot = self.model, exposure.slot
        return {
            "user": self.number, "item": slot.item, "venue": slot.venue, "author": model.posts.author[exposure.row],
            "hops": model.posts.hops[exposure.row], "labels": model.marks(slot) & MARKS, "exposure": exposure.n,
            "belief": belief[model.item_facts[slot.item].topic],
        }  # fmt: skip

    def reports(self, exposure: Exposure, belief: list[float]) -> bool:
        """Whether she reports the post: one draw per user and slot."""
        item = exposure.slot.item
        rate = self.model.item_facts[item].report_rate
        false_reports = self.persona.false_reports
        luck, own = exposure.report_luck, self.model.own
        if luck >= max(rate, false_reports, own.ceilings[REPORT]):
            return False
        chance = report_probability(rate, self.matching(item, belief), self.trust, false_reports)
        return own.decides(REPORT, luck, chance, **self.about(exposure, belief)) if own.asks[REPORT] else luck < chance

    def pass_on(self, item: int, seen: list[Exposure]) -> None:
        """Pass the item on from one of the posts noticed in this tick, to the best-ranked places not yet served."""
        model, features = self.model, self.model.policy.features
        times = self.times_passed_on.get(item, 0)
        sources = self._sources(seen)
        if times >= self.persona.max_forwards or not sources:
            return
        if self.began.get(item) == model.tick or (len(model.tellings) and (item in self.tells or item in self.began)):
            return
        key = model.item_facts[item].key
        stream = model.streams[Purpose.PARENT]
        parent = (
            min(sources, key=lambda e: draw3(stream, key, self.number, e.slot.place))
            if len(sources) > 1
            else sources[0]
        )
        if len(model.tellings):
            if not may_forward(model.marks(parent.slot), RESTRICTED, False):
                return
            self.passed_on.setdefault(item, set()).add(parent.slot.place)
            self.begin_telling(item, parent.row)
            return
        copied = bool(draw3(model.streams[Purpose.COPY], key, self.number, times) < self.persona.copies)
        if not may_forward(model.marks(parent.slot), RESTRICTED, copied):
            return
        hops = 0 if copied else model.posts.hops[parent.row] + 1
        limit = chats_allowed(model.forward_limit, model.viral_forward_limit, max(0, hops - 1), features.viral_hops)
        targets = self._chosen_places(item) if model.own.asks[CHOOSE] else self.ranked_places(item)
        if not len(targets):
            return
        served = self.passed_on.setdefault(item, set())
        served.add(parent.slot.place)
        if served:
            targets = np.array([t for t in targets.tolist() if t not in served], dtype=np.int64)
        targets = targets[:limit]
        if len(targets):
            self.times_passed_on[item] = times + 1
            served.update(targets.tolist())
            model.outbox.forwards.append(Forward(item, self.number, parent.row, targets, copied))

    def begins_in(self, item: int, places: list[int]) -> None:
        """Remember where she posted an item first: she does not pass it on to there."""
        self.passed_on.setdefault(item, set()).update(places)
        self.began[item] = self.model.tick

    def starts_in(self, item: int, already: list[int]) -> list[int]:
        """Return where she starts an item by draws, beside where she has: it counts as passed on once."""
        places = [place for place in self.ranked_places(item).tolist() if place not in already]
        self.passed_on.setdefault(item, set()).update(already, places)
        self.times_passed_on[item] = 1
        return places

    def ranked_places(self, item: int) -> Ints:
        """Return the keys of the places she would pass an item on to, best first: own channels, groups, contacts."""
        return self._ranked(item, *self.reach())

    def _ranked(self, item: int, keys: Ints, chances: NDArray[np.float64]) -> Ints:
        model = self.model
        places: Ints = ranked_targets(
            model.streams[Purpose.TARGET],
            model.streams[Purpose.TARGET_RANK],
            model.item_facts[item].key,
            self.number,
            keys,
            chances,
        )
        return places

    def _chosen_places(self, item: int) -> Ints:
        """Return the places as `ranked_places` does, where a rule of the scenario is asked about each."""
        model, (keys, chances) = self.model, self.reach()
        stream, key = model.streams[Purpose.TARGET], model.item_facts[item].key
        luck = np.array([draw3(stream, key, self.number, place) for place in keys.tolist()])
        near = np.flatnonzero(luck < np.maximum(chances, model.own.ceilings[CHOOSE]))
        topic, direct = model.item_facts[item].topic, keys[near] >= DIRECT_KEY
        about = {
            "user": np.full(len(near), self.number), "item": np.full(len(near), item),
            "venue": np.where(direct, -1, keys[near]), "receiver": np.where(direct, keys[near] - DIRECT_KEY, -1),
            "belief": np.full(len(near), self.belief[topic]), "default": chances[near],
        }  # fmt: skip
        made = chances.copy()
        if len(near):
            made[near] = model.own.settle(CHOOSE, asked_of(model, len(near), about), luck[near])
        return self._ranked(item, keys, made)

    def reach(self) -> tuple[Ints, NDArray[np.float64]]:
        """Return the keys of all places she can post to, and the probability that a forward goes to each."""
        if not self.active:
            own = [v.number for v in self.venues.values() if v.may_post(self) and self.reaches(v.number)]
            likely = [self._odds(number) for number in own]
            return np.array(own, dtype=np.int64), np.array(likely, dtype=np.float64)
        if self._targets is None:
            own = [v.number for v in self.venues.values() if v.may_post(self)]
            chances = [self._odds(number) for number in own]
            keys = np.concatenate([np.array(own, dtype=np.int64), DIRECT_KEY + self.contacts])
            odds = np.concatenate([np.array(chances), np.full(len(self.contacts), self.persona.to_contacts)])
            self._targets = keys, odds
        return self._targets

    def _odds(self, venue: int) -> float:
        return self.persona.to_channels if self.model.venues[venue].is_channel else self.persona.to_groups
