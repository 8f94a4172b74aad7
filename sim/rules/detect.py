"""Automatic detection of a post at upload."""

from sim.arithmetic import compiled


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
