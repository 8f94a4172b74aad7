"""Automatic detection of a post at upload."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled

Draws = NDArray[np.float64] | float
Breaches = NDArray[np.bool_] | bool


@compiled
def flag_probability(breach: bool, recall: float, detectability: float, false_positive: float) -> float:
    """Probability that a scanner flags a post."""
    return recall * detectability if breach else false_positive


@compiled
def scannable(place: int, private: bool, private_venues: bool, direct_chats: bool, secret_chats: bool) -> bool:
    """Whether a scanner may look: `place` is a position in vocabulary.PLACES; into secret chats on the client only."""
    if place == 3:
        return secret_chats
    if place == 2:
        return direct_chats
    return private_venues or not private


def passed_on(u: Draws, passes: float, dismisses: float, breach: Breaches) -> Any:
    """Whether a quick first look sends a flagged post to reviewers; shapes of `u` and `breach`: the same, or none.

    `passes`: probability that a violation goes on to reviewers; `dismisses`: that what violates nothing does not.
    """
    return u < np.where(breach, passes, 1.0 - dismisses)
