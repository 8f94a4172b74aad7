"""What an importer found, and how labels become numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import DataError
from sim.world.worldfile import MOST_USERS, UNKNOWN, Ints, Numbers, WorldFile


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


def numbered(*columns: Sequence[Any] | pd.Series, name: str) -> tuple[list[Ints], int]:
    """Turn labels into numbers from 0 in the order of their first mention, the same over all columns."""
    joined = pd.concat([pd.Series(column) for column in columns], ignore_index=True)
    codes, labels = pd.factorize(joined)
    if len(labels) > MOST_USERS:
        raise DataError(f"{name}: names {len(labels):,} things; at most {MOST_USERS:,} can be read")
    ends = np.cumsum([len(column) for column in columns])[:-1]
    return [part.astype(np.int64) for part in np.split(codes, ends)], len(labels)


def clean_ties(a: Ints, b: Ints) -> tuple[Numbers, int, int]:
    """Return each tie once, the lower number first, sorted; and how many loops and repeats there were."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    real = low != high
    kept = np.unique(np.column_stack([low[real], high[real]]), axis=0).astype(np.int32)
    return kept.reshape(-1, 2), int((~real).sum()), int(real.sum() - len(kept))


def with_members(
    users: int, venues: Ints, people: Ints, channels: int, owner: Ints, private: Ints | None, traffic: Ints | None
) -> WorldFile:
    """Make a world of memberships, its channels first; owners are made members. `owner` -1: whoever comes first."""
    count = len(owner)
    pairs = np.unique(np.column_stack([venues, people]), axis=0)
    first = np.full(count, -1, dtype=np.int64)
    first[pairs[::-1, 0]] = pairs[::-1, 1]
    owner = np.where(owner >= 0, owner, first)
    pairs = np.unique(np.concatenate([pairs, np.column_stack([np.arange(count), owner])]), axis=0)
    unknown = np.full(count, UNKNOWN)
    return WorldFile(
        users=users,
        channels=channels,
        owner=owner.astype(np.int32),
        private=(unknown if private is None else private).astype(np.int32),
        traffic=(unknown if traffic is None else traffic).astype(np.int32),
        members=pairs.astype(np.int32),
    )
