"""Adopting: becoming a believer, or buying what is offered."""

from sim.arithmetic import compiled


@compiled
def becomes_believer(before: float, after: float, threshold: float) -> bool:
    """Whether a belief has just crossed the threshold upwards."""
    return before < threshold <= after


@compiled
def transaction_probability(transaction: float, interest: float) -> float:
    """Probability that a person buys (drugs) or falls for (fraud) an offer at first sight."""
    return transaction * interest
