"""Joining the source of a forward, and leaving a venue that does not suit."""

from sim.arithmetic import compiled


@compiled
def join_probability(joining: float, matching: float, private: bool, invitation: float) -> float:
    """Probability to join the venue that a forward shows."""
    return joining * matching * (invitation if private else 1.0)


@compiled
def leave_probability(leaving: float, matching: float) -> float:
    """Probability to leave a venue after a post there."""
    return leaving * (1.0 - matching)
