"""Reporting a post to the platform."""

from sim.arithmetic import compiled


@compiled
def report_probability(rate: float, matching: float, trust: float, false_reports: float) -> float:
    """Probability to report a post: the rate of its class, less for those whom it suits or who distrust the platform.

    Who takes part in a campaign reports at her own rate what does not suit her, whatever it is.
    """
    return max(rate * (1.0 - matching) * trust, false_reports * (1.0 - matching))
