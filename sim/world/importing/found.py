"""What an importer found, and worlds of memberships."""

from dataclasses import dataclass, field

import numpy as np

from sim.world.importing.labels import distinct
from sim.world.worldfile import UNKNOWN, Ints, Numbers, WorldFile


@dataclass(frozen=True)
class Found:
    """A world that was read, and what there is to say about it."""

    form: str
    """What the file was read as."""
    world: WorldFile
    counts: dict[str, float] = field(default_factory=dict)
    """What was counted, in words."""
    notes: list[str] = field(default_factory=list)
    """What a reader should know: what was left out, what is missing."""


def with_members(
    users: int,
    venues: Ints | Numbers,
    people: Ints | Numbers,
    channels: int,
    owner: Ints | Numbers,
    private: Ints | None = None,
    traffic: Ints | None = None,
) -> WorldFile:
    """Make a world of memberships, its channels first; owners are made members."""
    count = len(owner)
    pairs = distinct(np.concatenate([venues, np.arange(count)]), np.concatenate([people, owner]))
    unknown = np.full(count, UNKNOWN)
    return WorldFile(
        users=users,
        channels=channels,
        owner=owner.astype(np.int32),
        private=(unknown if private is None else private).astype(np.int32),
        traffic=(unknown if traffic is None else traffic).astype(np.int32),
        members=pairs,
    )
