"""Noticing: attention is limited, and shared out over everything that a person reads."""

from sim.arithmetic import compiled


@compiled
def popularity(views: int, feed: float, half: float) -> float:
    """Return the factor of an engagement-ranked feed: 1 for a fresh post, 1 + feed for one that all have read.

    Half of what it adds is reached at `half` views; feed 0 is a chronological feed.
    """
    return 1.0 + feed * views / (views + half)


@compiled
def rank_weight(age_factor: float, label_factor: float, downrank_factor: float, direct_weight: float) -> float:
    """Weight of a post in the feed at the moment of reading; 1 for a fresh, unmarked post in a chronological venue."""
    return age_factor * label_factor * downrank_factor * direct_weight


@compiled
def openness(attention: float, traffic: float) -> float:
    """Share of what reaches a person that she can notice: posts noticed a day over posts arriving a day.

    `traffic` counts all venues and chats that she reads; where nothing arrives, whoever has any attention is all open.
    """
    if attention <= 0.0:
        return 0.0
    return attention / traffic if traffic > 0.0 else 1e300


@compiled
def notice_probability(weight: float, open_share: float) -> float:
    """Probability that a person who comes to a post notices it, given its rank weight and her openness."""
    return min(1.0, weight * open_share)
