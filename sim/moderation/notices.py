"""Notices from outside the platform: trusted flaggers, orders of authorities, and owners of groups."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.moderation.cases import ADMIN, ELSEWHERE, FLAGGER, ORDER
from sim.rules.delay import Waits, withdrawal_table
from sim.scenario.moderation import Flaggers
from sim.scenario.policy import Policy
from sim.scenario.scenario import Scenario, Time
from sim.vocabulary import CLASSES, Purpose


@dataclass(frozen=True)
class Notice:
    """A kind of notice: who looks at what goes up in venues, and how likely and how soon they act on it."""

    source: int
    """Position in vocabulary.CASE_SOURCES."""
    chance: NDArray[np.float64]
    """Probability that a post is acted on, by class."""
    waits: Waits
    """Further ticks until they act, by quantile bucket."""
    private: bool
    """Whether they see venues by invitation."""
    only_groups: bool
    platform: int
    """On which platform the posts are that they see."""
    draws: Purpose
    delays: Purpose


def _chances(spec: Flaggers) -> NDArray[np.float64]:
    return np.array([spec.recall.get(c, spec.false_positive) for c in CLASSES])  # type: ignore[call-overload]


def notices_of(policy: Policy, time: Time) -> list[Notice]:
    """Return the kinds of notices that a policy has; none if nobody looks."""
    moderation = policy.moderation
    flaggers, orders, admins = moderation.flaggers, moderation.orders, moderation.admins
    removing = np.array([admins.removing.get(c, 0.0) for c in CLASSES])  # type: ignore[call-overload]
    made = [
        (FLAGGER, _chances(flaggers), flaggers.delay, flaggers.private_venues, Purpose.FLAG, Purpose.FLAG_DELAY),
        (ORDER, _chances(orders), orders.delay, orders.private_venues, Purpose.ORDER, Purpose.ORDER_DELAY),
        (ADMIN, removing, admins.delay, True, Purpose.ADMIN, Purpose.ADMIN_DELAY),
    ]
    return [
        Notice(source, chance, withdrawal_table(max(1.0, delay / time.tick_hours)), private, source == ADMIN, 0, d, w)
        for source, chance, delay, private, d, w in made
        if chance.any()
    ]


def notices_elsewhere(scenario: Scenario) -> list[Notice]:
    """Return, for every other platform that takes anything down, how likely and how soon it does, by class."""
    made = []
    for platform, other in enumerate(scenario.world.elsewhere.values(), start=1):
        chance = np.array([other.removing.get(c, 0.0) for c in CLASSES])  # type: ignore[call-overload]
        if chance.any():
            waits = withdrawal_table(max(1.0, other.delay / scenario.time.tick_hours))
            purposes = (Purpose.ELSEWHERE_REMOVED, Purpose.ELSEWHERE_DELAY)
            made.append(Notice(ELSEWHERE, chance, waits, True, False, platform, *purposes))
    return made
