"""Turning out: who goes to an event once enough others go (Granovetter 1978)."""

from sim.arithmetic import compiled


@compiled
def goes(going: int, local: int, threshold: float) -> bool:
    """Whether a willing user goes when so many of the local users go already.

    The threshold is a number of users for each 1,000 local ones; who has threshold 0 goes whatever the others do.
    """
    return going * 1000.0 >= threshold * local
