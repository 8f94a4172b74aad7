"""Who knows whom, as the kernels ask for it: how many contacts a user has, and who they are.

Ties are stored in rows, or computed: where everybody knows everybody nothing is stored. Another kind of computed ties
(a lattice, a hash) needs a mark of its own, and a branch in each of the two functions.
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
def write_contacts(ties: Ties, user: int, out: Ints, shift: int) -> int:
    """Write `shift` + number of each contact of a user, sorted; return how many. `out` has room for them."""
    if ties.complete:
        for k in range(user):
            out[k] = shift + k
        for k in range(user + 1, ties.complete):
            out[k - 1] = shift + k
        return np.int64(ties.complete - 1)
    other, begin = ties.other, ties.first[user]
    count = ties.first[user + 1] - begin
    for k in range(count):
        out[k] = shift + other[begin + k]
    return count
