"""Reporting a post to the platform."""

from sim.arithmetic import compiled


@compiled
def report_probability(rate: float, matching: float, trust: float) -> float:
    """Probability to report a post: the rate of its class, less for those whom it suits or who distrust it."""
    return rate * (1.0 - matching) * trust
