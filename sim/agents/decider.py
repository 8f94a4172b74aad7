"""The decisions of a user that a subclass can replace one by one, on either engine (docs/extending.md)."""

from typing import ClassVar

from sim.agents.base import SocietyAgent
from sim.scenario.user_rules import Decision, Question


class Decider(SocietyAgent):
    """The part of a user that decides: a method for each named decision.

    Each gets a `Question`; its `default` is what the built-in rule gives. A user is asked only where the draw lies
    below the default, or below `ceilings`.
    """

    ceilings: ClassVar[dict[Decision, float]] = {}
    """The largest probability that a method returns where it is above the default, by decision."""

    def chance_to_notice(self, asked: Question) -> float:
        """Return the probability of noticing a post on coming to it."""
        return asked.default

    def chance_to_forward(self, asked: Question) -> float:
        """Return the probability of wanting to forward the item at this exposure."""
        return asked.default

    def chance_to_choose(self, asked: Question) -> float:
        """Return the probability that a forward goes to this venue or receiver."""
        return asked.default

    def chance_to_report(self, asked: Question) -> float:
        """Return the probability of reporting the post."""
        return asked.default

    def chance_to_join(self, asked: Question) -> float:
        """Return the probability of joining the venue that a forward shows as its source."""
        return asked.default

    def chance_to_leave(self, asked: Question) -> float:
        """Return the probability of leaving the venue over the post."""
        return asked.default

    def new_belief(self, asked: Question) -> float:
        """Return the belief in the topic after what was read in this tick, in [0, 1]."""
        return asked.default

    def chance_to_turn_out(self, asked: Question) -> float:
        """Return the probability of being free to go to an event, for a user who is willing."""
        return asked.default
