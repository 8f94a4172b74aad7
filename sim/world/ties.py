"""Who knows whom, as the kernels ask for it: how many contacts a user has, and which is her k-th.

Ties are stored in rows, or computed: where everybody knows everybody nothing is stored. Another kind of computed ties
(a lattice, a hash) needs a number, and a line in each of the two functions.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]


class Ties(NamedTuple):
    """Ties in rows (CSR), sorted; or `complete` people who all know each other, and empty rows."""

    complete: int
    first: Ints
    other: Numbers


@compiled
def degree(ties: Ties, user: int) -> int:
    """Return how many contacts a user has."""
    if ties.complete:
        return ties.complete - 1
    return ties.first[user + 1] - ties.first[user]


@compiled
def contact(ties: Ties, user: int, k: int) -> int:
    """Return the k-th contact of a user, in the order of their numbers."""
    if ties.complete:
        return np.int64(k if k < user else k + 1)
    return np.int64(ties.other[ties.first[user] + k])
