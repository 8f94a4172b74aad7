"""How a user believes: what suits her, and how exposures move her."""

from typing import TYPE_CHECKING

from sim.agents.decider import Decider
from sim.agents.decisions import Exposure
from sim.rules.adopt import becomes_believer
from sim.rules.belief import combine, listens, mean_target, moved, moved_once, pull
from sim.rules.forward import match, suits
from sim.scenario.user_rules import BELIEVE
from sim.vocabulary import CORRECTED, LABELLED, Purpose

if TYPE_CHECKING:
    from sim.crowd.agents import AgentsCrowd
    from sim.model import Society

_TELLING = (Purpose.TELL_WHOM, Purpose.COPY, Purpose.STIFLE)


class Believer(Decider):
    """The part of a user that believes."""

    model: "Society"
    _crowd: "AgentsCrowd"
    number: int
    credulity: float
    belief: list[float]
    interest: list[float]

    def matching(self, item: int, belief: list[float]) -> float:
        """Return how far an item suits her, by belief or by interest."""
        facts = self.model.item_facts[item]
        result: float = match(facts.spreads_by_belief, facts.corrects, belief[facts.topic], self.interest[facts.topic])
        return result

    def wanting(self, item: int, belief: list[float]) -> float:
        """Return how far she wants an item around: by belief or interest, or by both where the scenario says so."""
        facts = self.model.item_facts[item]
        interest, share = self.interest[facts.topic], self.model.config.behaviour.interest_share
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
        confidence = model.config.behaviour.confidence
        if confidence < 1.0:
            seen = [e for e in seen if listens(before, self.target_of(e, topic), confidence)]
            if not seen:
                return
        asks = model.own.asks[BELIEVE]
        several = len(seen) > 1 or asks
        item = self._move_belief(topic, seen) if several else self._move_belief_once(topic, seen[0])
        if asks and item >= 0:
            about = {"user": self.number, "item": item, "topic": topic, "belief": before}
            self.belief[topic] = model.own.believed(self.belief[topic], **about)
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
        facts, own_weight = self.model.item_facts[seen.slot.item], self.model.config.behaviour.own_weight
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
            own_weight = self.model.config.behaviour.own_weight
            target = mean_target(towards, weight, self.belief[topic], own_weight)
            self.belief[topic] = moved(self.belief[topic], combined, target)
        return leader if weight > 0.0 else -1

    def meets_outside(self, topic: int, persuasion: float, target: float) -> None:
        """Move a belief by an encounter outside the platform: with a claim (target 1), or its refutation (0)."""
        self.belief[topic] = moved(self.belief[topic], pull(self.credulity, persuasion, 1.0, 1.0), target)
