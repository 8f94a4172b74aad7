"""A reviewer's verdict."""

from sim.arithmetic import compiled


@compiled
def upheld(u: float, breach: bool, sensitivity: float, specificity: float) -> bool:
    """Whether the reviewer finds a breach; one draw `u` serves any skill (skill moves the threshold)."""
    if breach:
        return u < sensitivity
    return u >= specificity
