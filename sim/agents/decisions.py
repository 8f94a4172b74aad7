"""What users notice and decide, on its way from them to the model."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled
from sim.draws import draw3
from sim.world.posts import Slot

Ints = NDArray[np.int64]


class Exposure(NamedTuple):
    """A post that a user has noticed."""

    slot: Slot
    row: int
    """Row of the post log."""
    n: int
    """The how-manieth sight of the item."""
    report_luck: float
    """Draw of reporting it."""
    leave_luck: float
    """Draw of leaving the venue over it."""


@dataclass(frozen=True, slots=True)
class Forward:
    """A decision to pass an item on."""

    item: int
    author: int
    parent: int
    targets: Ints
    copied: bool


@dataclass
class Outbox:
    """What users decided in this tick and the model has not committed yet."""

    forwards: list[Forward] = field(default_factory=list)
    reports: list[tuple[Slot, int]] = field(default_factory=list)
    joins: list[tuple[int, int]] = field(default_factory=list)
    leaves: list[tuple[int, int]] = field(default_factory=list)


@compiled
def ranked_targets(
    wanted_stream: int, rank_stream: int, item_key: int, user: int, keys: Ints, chances: NDArray[np.float64]
) -> Ints:
    """Return the places that a user would pass an item on to, best ranked first; one draw and one rank a place."""
    wanted = np.empty(keys.size, dtype=np.int64)
    ranks = np.empty(keys.size)
    count = 0
    for i in range(keys.size):
        if draw3(wanted_stream, item_key, user, keys[i]) < chances[i]:
            wanted[count] = keys[i]
            ranks[count] = draw3(rank_stream, item_key, user, keys[i])
            count += 1
    return wanted[:count][np.argsort(ranks[:count], kind="mergesort")]
