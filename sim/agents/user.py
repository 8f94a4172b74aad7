"""A user: notices posts, comes to believe, passes on, reports, joins and leaves."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.agents.base import SocietyAgent
from sim.agents.decisions import Exposure, Forward, Ints, ranked_targets
from sim.draws import draw, draw3
from sim.rules.adopt import becomes_believer, transaction_probability
from sim.rules.belief import combine, listens, mean_target, moved, moved_once, pull
from sim.rules.delay import further_ticks
from sim.rules.forward import chats_allowed, enough_exposures, forward_probability, match, may_forward, suits
from sim.rules.membership import join_probability, leave_probability
from sim.rules.notice import notice_probability, openness
from sim.rules.report import report_probability
from sim.rules.talk import BELIEVER, CHECKER, held_after_talk
from sim.rules.tell import gives_up
from sim.vocabulary import DIRECT_KEY, Purpose
from sim.world.posts import Slot
from sim.world.sendings import CORRECTED, LABELLED, RESTRICTED

if TYPE_CHECKING:
    from sim.agents.venue import Venue
    from sim.crowd.agents import AgentsCrowd
    from sim.model import Attempt, Society

_TELLING = (Purpose.TELL_WHOM, Purpose.COPY, Purpose.STIFLE)


class User(SocietyAgent):
    """A person. Override a method to give some or all users a rule of their own (docs/extending.md).

    Everything she decides in a tick rests on what was true before it: `react` changes her own state only, and hands
    what others will see (forwards, reports, joining, leaving) to the model, which commits it afterwards.
    """

    model: "Society"

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
        self.traffic = round(model.scenario.world.direct.traffic_per_contact * 1000.0) * len(self.contacts)
        """Ordinary posts that reach her, in thousandths a day."""
        self.banned = False
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
        self._hear(0)

    # Reading

    @property
    def openness(self) -> float:
        """Share of what reaches her that she can notice."""
        return float(self._crowd.openness[self.number])

    @property
    def active(self) -> bool:
        """Whether she can read and post: neither banned nor suspended now."""
        return not self.banned and self.suspended_until < self.model.tick

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

    def matching(self, item: int, belief: list[float]) -> float:
        """Return how far an item suits her, by belief or by interest."""
        facts = self.model.item_facts[item]
        result: float = match(facts.spreads_by_belief, facts.corrects, belief[facts.topic], self.interest[facts.topic])
        return result

    def wanting(self, item: int, belief: list[float]) -> float:
        """Return how far she wants an item around: by belief or interest, or by both where the scenario says so."""
        facts = self.model.item_facts[item]
        interest, share = self.interest[facts.topic], self.model.scenario.behaviour.interest_share
        wanted: float = suits(self.matching(item, belief), facts.spreads_by_belief, interest, share)
        return wanted

    def update_beliefs(self, exposures: list[Exposure]) -> None:
        """Move her beliefs by all the exposures of a tick; a new believer counts for the item that pulled most."""
        if self.credulity <= 0.0:
            return
        model = self.model
        by_topic: dict[int, list[Exposure]] = {}
        for exposure in exposures:
            facts = model.item_facts[exposure.slot.item]
            if facts.spreads_by_belief:
                for topic in facts.touches:
                    by_topic.setdefault(topic, []).append(exposure)
        for topic, seen in by_topic.items():
            self._move_beliefs(topic, seen)

    def _move_beliefs(self, topic: int, seen: list[Exposure]) -> None:
        model, before = self.model, self.belief[topic]
        confidence = model.scenario.behaviour.confidence
        if confidence < 1.0:
            seen = [e for e in seen if listens(before, self.target_of(e, topic), confidence)]
            if not seen:
                return
        item = self._move_belief(topic, seen) if len(seen) > 1 else self._move_belief_once(topic, seen[0])
        after = self.belief[topic]
        if after >= model.believer_at and becomes_believer(before, after, model.believer_at):
            model.count(item, "adoptions")

    def target_of(self, exposure: Exposure, topic: int) -> float:
        """Return what an exposure pulls a belief towards: the claim, its denial, or what its sender believes."""
        facts = self.model.item_facts[exposure.slot.item]
        if self.model.marks(exposure.slot) & CORRECTED and not facts.corrects:
            return 0.0
        if facts.of_sender:
            return self._crowd.held[self.model.posts.author[exposure.row]][topic]
        return 0.0 if facts.corrects else 1.0

    def _pull_factors(self, exposure: Exposure) -> tuple[float, float]:
        model = self.model
        marks, corrects = model.marks(exposure.slot), model.item_facts[exposure.slot.item].corrects
        label = model.label_belief if marks & LABELLED else 1.0
        if marks & CORRECTED and not corrects:
            label = model.policy.labels.correction_strength
        repetition = model.item_facts[exposure.slot.item].repetition
        return label, repetition[min(exposure.n, len(repetition)) - 1]

    def _move_belief_once(self, topic: int, seen: Exposure) -> int:
        facts, own_weight = self.model.item_facts[seen.slot.item], self.model.scenario.behaviour.own_weight
        label, repetition = self._pull_factors(seen)
        self.belief[topic] = moved_once(
            self.belief[topic],
            self.target_of(seen, topic),
            self.credulity,
            facts.persuasion * facts.touches[topic],
            label,
            repetition,
            own_weight,
        )
        return seen.slot.item

    def _move_belief(self, topic: int, seen: list[Exposure]) -> int:
        combined = weight = towards = 0.0
        strongest, leader = -1.0, seen[0].slot.item
        for exposure in seen:
            facts = self.model.item_facts[exposure.slot.item]
            persuasion = facts.persuasion * facts.touches[topic]
            w = pull(self.credulity, persuasion, *self._pull_factors(exposure))
            combined, weight = combine(combined, w), weight + w
            towards += w * self.target_of(exposure, topic)
            if w > strongest:
                strongest, leader = w, exposure.slot.item
        if weight > 0.0:
            own_weight = self.model.scenario.behaviour.own_weight
            target = mean_target(towards, weight, self.belief[topic], own_weight)
            self.belief[topic] = moved(self.belief[topic], combined, target)
        return leader

    def meets_outside(self, topic: int, persuasion: float, target: float) -> None:
        """Move a belief by an encounter outside the platform: with a claim (target 1), or its refutation (0)."""
        self.belief[topic] = moved(self.belief[topic], pull(self.credulity, persuasion, 1.0, 1.0), target)

    def respond(self, item: int, seen: list[Exposure], belief: list[float]) -> None:
        """Decide about one item: adopt, pass on, report, join, leave; `belief` is as it was before this tick."""
        model, facts = self.model, self.model.item_facts[item]
        if seen[0].n == 1 and facts.transacts:
            chance = transaction_probability(model.scenario.behaviour.transaction, self.interest[facts.topic])
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
        for exposure in seen:
            if self.wants_to_pass_on(exposure, belief):
                self.pass_on(item, seen)
                break

    # A chance is worked out only where the draw is below what the chance cannot exceed: the result is the same.

    def wants_to_pass_on(self, exposure: Exposure, belief: list[float]) -> bool:
        """Whether this sight of the item makes her want to pass it on: one draw per user, item and sight."""
        model, slot, n = self.model, exposure.slot, exposure.n
        facts, behaviour = model.item_facts[slot.item], model.scenario.behaviour
        if not enough_exposures(n, behaviour.threshold_count, behaviour.threshold_share, len(self.contacts)):
            return False
        u = draw3(model.forward_stream, facts.key, self.number, n)
        if u >= self.sharing * facts.most_forwarded:
            return False
        return u < forward_probability(
            self.sharing,
            facts.appeal,
            self.wanting(slot.item, belief),
            facts.medium_factor,
            model.sharing_factor(model.marks(slot)),
            facts.novelty[min(n, len(facts.novelty)) - 1],
        )

    def reports(self, exposure: Exposure, belief: list[float]) -> bool:
        """Whether she reports the post: one draw per user and slot."""
        item = exposure.slot.item
        rate = self.model.item_facts[item].report_rate
        false_reports = self.persona.false_reports
        if exposure.report_luck >= max(rate, false_reports):
            return False
        return exposure.report_luck < report_probability(rate, self.matching(item, belief), self.trust, false_reports)

    def leaves(self, exposure: Exposure, belief: list[float]) -> bool:
        """Whether she leaves the venue over the post: one draw per user, item and venue; owners stay."""
        model, slot = self.model, exposure.slot
        if exposure.leave_luck >= model.leaving or model.venues[slot.venue].owner == self.number:
            return False
        return exposure.leave_luck < leave_probability(model.leaving, self.wanting(slot.item, belief))

    def pass_on(self, item: int, seen: list[Exposure]) -> None:
        """Pass the item on from one of the posts noticed in this tick, to the best-ranked places not yet served."""
        model, features = self.model, self.model.policy.features
        times = self.times_passed_on.get(item, 0)
        sources = [e for e in seen if features.secret_forwarding or not e.slot.secret]
        if times >= self.persona.max_forwards or not sources:
            return
        if self.began.get(item) == model.tick or (len(model.tellings) and item in self.tells):
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
        targets = self.ranked_places(item)
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

    def knows(self, item: int) -> bool:
        """Whether she has seen an item, or begun it."""
        return item in self.seen or item in self.began

    def begin_telling(self, item: int, parent: int) -> None:
        """Begin to tell an item by word, from a post that she saw (its row; -1 if she began it)."""
        if item not in self.tells and self.persona.max_forwards > 0:
            self.tells[item] = parent
            self._plan_telling(item, self.times_passed_on.get(item, 0))

    def _plan_telling(self, item: int, times: int) -> None:
        model = self.model
        u = draw3(model.streams[Purpose.TELL_WHEN], model.item_keys[item], self.number, times)
        moment = model.tick + int(further_ticks(u, model.tellings))
        model.to_tell.setdefault(moment, []).append((item, self.number))

    def tell(self, item: int) -> "Attempt | None":
        """Tell an item to one of her contacts, and go on later or give up; return the message, if it is a new one."""
        model, times, key = self.model, self.times_passed_on.get(item, 0), self.model.item_keys[item]
        if not self.active or times >= self.persona.max_forwards or not len(self.contacts):
            return None
        draws = {p: draw3(model.streams[p], key, self.number, times) for p in _TELLING}
        other = int(self.contacts[int(draws[Purpose.TELL_WHOM] * len(self.contacts))])
        knows, parent, features = model.users[other].knows(item), self.tells[item], model.policy.features
        copied = draws[Purpose.COPY] < self.persona.copies
        hops = 0 if copied or parent < 0 else model.posts.hops[parent] + 1
        source = -1 if copied or parent < 0 else model.posts.source[parent]
        limit = chats_allowed(model.forward_limit, model.viral_forward_limit, max(0, hops - 1), features.viral_hops)
        served, place, message = self.passed_on.setdefault(item, set()), DIRECT_KEY + other, None
        if limit > 0 and place not in served:
            served.add(place)
            message = model.attempt(
                item, self.number, place, parent=parent, hops=hops, copied=bool(copied), source=source
            )
        self.times_passed_on[item] = times + 1
        if not gives_up(draws[Purpose.STIFLE], knows, model.scenario.behaviour.stifling):
            self._plan_telling(item, times + 1)
        return message

    def starts_in(self, item: int, already: list[int]) -> list[int]:
        """Return where she starts an item by draws, beside where she has: it counts as passed on once."""
        places = [place for place in self.ranked_places(item).tolist() if place not in already]
        self.passed_on.setdefault(item, set()).update(already, places)
        self.times_passed_on[item] = 1
        return places

    def ranked_places(self, item: int) -> Ints:
        """Return the keys of the places she would pass an item on to, best first: own channels, groups, contacts."""
        keys, chances = self.reach()
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

    def talk(self, item: int, held: NDArray[np.int8]) -> int:
        """Return what she holds of a contested claim after talking with her contacts; `held` is what all held before.

        One draw per user, item and tick.
        """
        model = self.model
        contest = model.contests[int(model.items.stream[item])]
        assert contest is not None
        of_contacts = held[self.contacts]
        u = draw3(model.streams[Purpose.TALK], model.item_keys[item], self.number, model.tick)
        return held_after_talk(
            int(held[self.number]),
            u,
            int((of_contacts == BELIEVER).sum()),
            int((of_contacts == CHECKER).sum()),
            contest.spreading,
            contest.credibility,
            contest.forgetting,
            contest.verifying,
        )

    def reach(self) -> tuple[Ints, NDArray[np.float64]]:
        """Return the keys of all places she can post to, and the probability that a forward goes to each."""
        if self._targets is None:
            own = [v.number for v in self.venues.values() if v.may_post(self)]
            chances = [
                self.persona.to_channels if self.model.venues[number].is_channel else self.persona.to_groups
                for number in own
            ]
            keys = np.concatenate([np.array(own, dtype=np.int64), DIRECT_KEY + self.contacts])
            odds = np.concatenate([np.array(chances), np.full(len(self.contacts), self.persona.to_contacts)])
            self._targets = keys, odds
        return self._targets

    def consider_joining(self, item: int, seen: list[Exposure], belief: list[float]) -> None:
        """Join the venues that the forwards show as their source, or not: one draw per user, item and venue."""
        model, shown = self.model, self.model.posts.source
        matching, behaviour = self.wanting(item, belief), self.model.scenario.behaviour
        for source in {shown[e.row] for e in seen if shown[e.row] >= 0 and shown[e.row] not in self.venues}:
            venue = model.venues[source]
            if source in self.left or not venue.active:
                continue
            chance = join_probability(behaviour.joining, matching, venue.private, behaviour.invitation)
            if draw3(model.streams[Purpose.JOIN], model.item_keys[item], source, self.number) < chance:
                model.outbox.joins.append((source, self.number))

    # Membership (called by the model when it commits)

    def enter(self, venue: "Venue") -> None:
        """Become a member: its ordinary posts now share her attention."""
        self.venues[venue.number] = venue
        self._hear(venue.traffic)

    def exit(self, venue: "Venue") -> None:
        """Stop being a member, for good."""
        del self.venues[venue.number]
        self.left.add(venue.number)
        self._hear(-venue.traffic)

    def _hear(self, more: int) -> None:
        self.traffic += more
        self._crowd.openness[self.number] = openness(self.attention, self.traffic / 1000.0)
        self._targets = None
