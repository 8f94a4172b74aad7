"""Following: whether a member goes after a place that has moved, and where those who leave go."""

from sim.arithmetic import compiled


@compiled
def follow_probability(base: float, has_account: bool, without_account: float, pull: float, followed: float) -> float:
    """Probability that a member follows a place that opens again.

    `followed` is the share of her contacts among the members who have followed already: a cohesive community pulls its
    members after it, a loose one does not.
    """
    return min(1.0, base * (1.0 if has_account else without_account) + pull * followed)
