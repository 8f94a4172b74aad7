"""Turning out: who goes to an event once enough others go (Granovetter 1978)."""

from sim.arithmetic import compiled


@compiled
def goes(going: int, willing: int, threshold: float) -> bool:
    """Whether a willing person goes, given how many of her willing local contacts do.

    Her threshold is a share of them, rounded down to a number of people. Who has none goes only at a threshold of 0.
    """
    return going >= int(threshold * willing) if willing else threshold <= 0.0
