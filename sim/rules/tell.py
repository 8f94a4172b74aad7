"""Telling by word: whether a teller goes on."""

from sim.arithmetic import compiled


@compiled
def gives_up(u: float, knows: bool, stifling: float) -> bool:
    """Whether a teller gives up after telling someone who knows the item already, for a draw `u`.

    Maki and Thompson 1973, Mathematical Models and Applications (stifling 1).
    """
    return knows and u < stifling
