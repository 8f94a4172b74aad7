"""Noticing: attention is limited, and shared out over everything that a person reads."""

from sim.arithmetic import compiled


@compiled
def rank_weight(age_factor: float, label_factor: float, downrank_factor: float, direct_weight: float) -> float:
    """Weight of a post in the feed at the moment of reading; 1 for a fresh, unmarked post in a chronological venue."""
    return age_factor * label_factor * downrank_factor * direct_weight


@compiled
def notice_probability(weight: float, attention: float, traffic: float) -> float:
    """Probability that a person who comes to a post notices it.

    `attention` is posts noticed a day, `traffic` posts arriving a day over all venues she reads; with no traffic at
    all, whoever has any attention notices everything.
    """
    if attention <= 0.0:
        return 0.0
    if weight * attention >= traffic:
        return min(1.0, weight)
    return min(1.0, weight * attention / traffic)
