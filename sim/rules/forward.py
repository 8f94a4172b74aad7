"""Passing on: whether, and to how many chats."""

from sim.arithmetic import compiled

NO_LIMIT = 1 << 30


@compiled
def match(spreads_by_belief: bool, corrects: bool, belief: float, interest: float) -> float:
    """How far an item suits a person: her belief, her disbelief if it corrects, her interest if it is not of belief."""
    if corrects:
        return 1.0 - belief
    return belief if spreads_by_belief else interest


@compiled
def suits(matching: float, spreads_by_belief: bool, interest: float, interest_share: float) -> float:
    """How far a person wants an item around: as it matches her; for claims a share of it is interest, not belief."""
    if spreads_by_belief:
        return (1.0 - interest_share) * matching + interest_share * interest
    return matching


@compiled
def forward_probability(
    sharing: float, appeal: float, matching: float, medium_factor: float, label_factor: float, novelty: float
) -> float:
    """Probability to pass an item on at one exposure."""
    return min(1.0, max(0.0, sharing * appeal * matching * medium_factor * label_factor * novelty))


@compiled
def sharing_factor(label: float, friction: float, everywhere: float) -> float:
    """Factor on passing a post on: its label, its friction, and the friction that every forward meets."""
    return label * (friction * everywhere)


@compiled
def may_forward(marks: int, restricted: int, copied: bool) -> bool:
    """Whether a post can be passed on: what is restricted cannot be forwarded, only copied; `marks` are the post's."""
    return copied or not marks & restricted


@compiled
def chats_allowed(limit: int, viral_limit: int, hops: int, viral_hops: int) -> int:
    """Chats to which one forward may go: the smaller limit once an item has come through many hops."""
    if hops >= viral_hops:
        return min(limit, viral_limit)
    return limit


@compiled
def enough_exposures(n: int, count: int, share: float, contacts: int) -> bool:
    """Whether the n-th exposure reaches both thresholds: a number, and a share of the number of contacts."""
    return n >= count and n >= share * contacts
