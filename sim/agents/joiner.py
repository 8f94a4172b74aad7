"""How a user joins and leaves venues, and how her attention is shared out over them."""

from typing import TYPE_CHECKING

from numpy.typing import NDArray

from sim.agents.decisions import Exposure, Ints
from sim.agents.teller import Teller
from sim.draws import draw3
from sim.rules.membership import join_probability, leave_probability
from sim.rules.notice import openness
from sim.scenario.user_rules import JOIN, LEAVE
from sim.vocabulary import Purpose

if TYPE_CHECKING:
    import numpy as np

    from sim.agents.venue import Venue
    from sim.crowd.agents import AgentsCrowd


class Joiner(Teller):
    """The part of a user that joins and leaves."""

    _crowd: "AgentsCrowd"
    attention: float
    venues: "dict[int, Venue]"
    left: set[int]
    traffic: int
    elsewhere: int
    away: bool
    _targets: "tuple[Ints, NDArray[np.float64]] | None"

    def about(self, exposure: Exposure, belief: list[float]) -> dict[str, float]:
        """Return what a rule of the scenario is told of a post."""
        raise NotImplementedError

    def reaches(self, venue: int) -> bool:
        """Whether she can use the platform that a venue is on."""
        raise NotImplementedError

    def leaves(self, exposure: Exposure, belief: list[float]) -> bool:
        """Whether she leaves the venue over the post: one draw per user, item and venue; owners stay."""
        model, slot = self.model, exposure.slot
        luck, own = exposure.leave_luck, model.own
        if luck >= max(model.leaving, own.ceilings[LEAVE]) or model.venues[slot.venue].owner == self.number:
            return False
        chance = leave_probability(model.leaving, self.wanting(slot.item, belief))
        return own.decides(LEAVE, luck, chance, **self.about(exposure, belief)) if own.asks[LEAVE] else luck < chance

    def consider_joining(self, item: int, seen: list[Exposure], belief: list[float]) -> None:
        """Join the venues that the forwards show as their source, or not: one draw per user, item and venue."""
        model, shown = self.model, self.model.posts.source
        matching, behaviour = self.wanting(item, belief), self.model.config.behaviour
        for source in {shown[e.row] for e in seen if shown[e.row] >= 0 and shown[e.row] not in self.venues}:
            venue = model.venues[source]
            if source in self.left or not venue.active or not self.reaches(source):
                continue
            chance = join_probability(behaviour.joining, matching, venue.private, behaviour.invitation)
            luck = draw3(model.streams[Purpose.JOIN], model.item_keys[item], source, self.number)
            joins = luck < chance
            if model.own.asks[JOIN]:
                topic = model.item_facts[item].topic
                about = {"user": self.number, "item": item, "venue": source, "belief": belief[topic]}
                joins = model.own.decides(JOIN, luck, chance, **about)
            if joins:
                model.outbox.joins.append((source, self.number))

    # Membership (called by the model when it commits)

    def enter(self, venue: "Venue") -> None:
        """Become a member: its ordinary posts now share her attention."""
        self.venues[venue.number] = venue
        self._hear(venue.traffic, int(self.model.platform_of[venue.number]))

    def exit(self, venue: "Venue") -> None:
        """Stop being a member, for good."""
        del self.venues[venue.number]
        self.left.add(venue.number)
        self._hear(-venue.traffic, int(self.model.platform_of[venue.number]))

    def _hear(self, more: int, platform: int) -> None:
        self.traffic += more
        self.elsewhere += more if platform else 0
        self.attend()
        self._targets = None

    def attend(self) -> None:
        """Work out anew what share of what reaches her she can notice; who is away hears other platforms only."""
        total = self.elsewhere if self.away else self.traffic
        self._crowd.openness[self.number] = openness(self.attention, total / 1000.0)
