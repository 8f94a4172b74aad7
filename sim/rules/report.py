"""Reporting a post to the platform."""

from sim.arithmetic import compiled
from sim.draws import draw3


@compiled
def report_probability(rate: float, matching: float, trust: float) -> float:
    """Probability to report a post: the rate of its class, less for those whom it suits or who distrust it."""
    return rate * (1.0 - matching) * trust


@compiled
def reports(stream: int, item_key: int, place: int, user: int, rate: float, matching: float, trust: float) -> bool:
    """Whether a user reports a post: one draw per (item, place, user)."""
    return draw3(stream, item_key, place, user) < report_probability(rate, matching, trust)
