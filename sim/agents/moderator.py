"""A moderator: judges cases with the skill that the policy's reviewers have."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.agents.base import SocietyAgent
from sim.draws import draw3
from sim.moderation.cases import CLEARED, UPHELD, Case
from sim.moderation.columns import Cases, judge
from sim.rules.review import upheld
from sim.scenario.reviewers import Reviewers
from sim.vocabulary import Purpose

if TYPE_CHECKING:
    from sim.model import Society


class Moderator(SocietyAgent):
    """A team of reviewers who stand for as many persons as the scale of the world asks for."""

    model: "Society"

    def __init__(self, model: "Society", skill: Reviewers, persons: float) -> None:
        super().__init__(model)
        self.skill = skill
        self.persons = persons
        """Reviewers (persons) in the team."""
        self.decisions = 0

    @property
    def decisions_a_day(self) -> float:
        """Cases of the simulated world that the team can decide in a day."""
        return self.persons * self.skill.decisions_per_day / self.model.config.world.persons_per_user

    def decide(self, case: Case, tick: int) -> None:
        """Judge a case. The draw is keyed by the post, not by who judges it or when."""
        u = draw3(self.model.streams[Purpose.REVIEW], case.subject, case.place, case.round_key)
        verdict = upheld(u, case.breach, self.skill.sensitivity, self.skill.specificity)
        case.verdict = UPHELD if verdict else CLEARED
        case.decided = tick
        self.decisions += 1

    def decide_all(self, numbers: NDArray[np.int64], cases: Cases, tick: int) -> None:
        """Judge a slice of cases in columns, in the same way."""
        stream = self.model.streams[Purpose.REVIEW]
        judge(numbers, tick, cases, stream, self.skill.sensitivity, self.skill.specificity)
        self.decisions += len(numbers)
