"""Belief: exposures pull a belief in [0, 1] towards 1 (promoting) or 0 (correcting)."""

import numpy as np

from sim.arithmetic import compiled


@compiled
def pull(credulity: float, persuasion: float, label_factor: float, repetition: float) -> float:
    """Share of the distance that one exposure moves a belief."""
    return credulity * persuasion * label_factor * repetition


@compiled
def combine(combined: float, one: float) -> float:
    """Add one exposure to the joint pull of a tick: w = 1 - prod(1 - w_i), a step at a time."""
    return 1.0 - (1.0 - combined) * (1.0 - one)


@compiled
def listens(belief: float, target: float, confidence: float) -> bool:
    """Whether an exposure lies near enough to what she believes to move her (bounded confidence).

    Hegselmann and Krause 2002, J. Artificial Societies and Social Simulation 5(3). A confidence of 1 lets all in.
    """
    return abs(target - belief) <= confidence


@compiled
def mean_target(towards: float, weight: float, belief: float, own_weight: float) -> float:
    """Where the exposures of a tick pull to: the mean of their targets by weight, her own belief among them."""
    return (towards + own_weight * belief) / (weight + own_weight)


@compiled
def moved(belief: float, combined: float, target: float) -> float:
    """Belief after a joint pull towards the mean target; stays in [0, 1] and is kept to 32 bits."""
    return float(np.float32(min(1.0, max(0.0, belief + combined * (target - belief)))))


@compiled
def forgotten(belief: float, start: float, share: float) -> float:
    """Belief after a day in which nothing moves it: a share of the way back to where it began; kept to 32 bits."""
    return float(np.float32(belief + share * (start - belief)))


@compiled
def moved_once(
    belief: float,
    target: float,
    credulity: float,
    persuasion: float,
    label_factor: float,
    repetition: float,
    own_weight: float,
) -> float:
    """Belief after a single exposure: the same arithmetic as pull, combine and moved for one."""
    w = pull(credulity, persuasion, label_factor, repetition)
    if w <= 0.0:
        return belief
    return moved(belief, combine(0.0, w), mean_target(w * target, w, belief, own_weight))
