"""Talk about contested claims, in columns: one state a person and claim."""

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled
from sim.draws import fold, unit
from sim.rules.talk import BELIEVER, CHECKER, held_after_talk
from sim.world.ties import Ties

States = NDArray[np.int8]


@compiled
def talk(
    held: States,
    tick: int,
    ties: Ties,
    stream: int,
    key: int,
    spreading: float,
    credibility: float,
    forgetting: float,
    verifying: float,
) -> tuple[States, int]:
    """Return what everybody holds after a tick of talk, and how many have come to believe."""
    after = np.empty_like(held)
    all_believers = all_checkers = won = 0
    for one in held:
        all_believers += one == BELIEVER
        all_checkers += one == CHECKER
    first, other, complete = ties.first, ties.other, ties.complete > 0
    root = fold(stream, key)
    for user in range(held.size):
        believers, checkers = all_believers, all_checkers
        if complete:
            believers -= held[user] == BELIEVER
            checkers -= held[user] == CHECKER
        else:
            believers = checkers = 0
            for k in range(first[user], first[user + 1]):
                believers += held[other[k]] == BELIEVER
                checkers += held[other[k]] == CHECKER
        u = unit(fold(fold(root, user), tick))
        after[user] = held_after_talk(held[user], u, believers, checkers, spreading, credibility, forgetting, verifying)
        won += after[user] == BELIEVER and held[user] != BELIEVER
    return after, won
