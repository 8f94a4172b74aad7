"""From a world file to the ties and venues of a run; what the file does not say is drawn as for a generated world."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np

from sim.errors import DataError
from sim.scenario.scenario import Scenario
from sim.scenario.world import Imported
from sim.world.contacts import Contacts, from_pairs
from sim.world.venues import VenueTable, by_user, drawn_columns
from sim.world.worldfile import MANIFEST, UNKNOWN, WorldFile, read_world


def open_world(spec: Imported, locate: Callable[[str], Path]) -> WorldFile:
    """Read the world file that a scenario names; raises DataError if it is missing, or not the one that is meant."""
    path = locate(f"{spec.file}/{MANIFEST}")
    world = _read(path, spec.file, path.stat().st_mtime_ns)
    if spec.sha256 and not world.sha256().startswith(spec.sha256):
        raise DataError(
            f"{spec.file}: its checksum is {world.sha256()[:16]}, but world.imported.sha256 says {spec.sha256}: the "
            "file is another than the one that the scenario was written for"
        )
    return world


@lru_cache(maxsize=2)
def _read(path: Path, name: str, changed: int) -> WorldFile:
    return read_world(path, name)


def ties_of(world: WorldFile) -> Contacts:
    """Return the ties of a world file."""
    return from_pairs(world.ties, world.users)


def venues_of(world: WorldFile, scenario: Scenario, seed: int) -> VenueTable:
    """Return the venues of a world file; topic, country, history, and what is not known, are drawn."""
    count, specs = len(world.owner), (scenario.world.channels, scenario.world.groups)
    counts = (world.channels, count - world.channels)
    kinds = [drawn_columns(s, c, k, scenario, seed) for k, (s, c) in enumerate(zip(specs, counts, strict=True))]
    drawn = {name: np.concatenate([kind[name] for kind in kinds]) for name in kinds[0]}
    first = np.searchsorted(world.members[:, 0], np.arange(count + 1)).astype(np.int64)
    member = np.ascontiguousarray(world.members[:, 1])
    sizes = np.diff(first)[world.channels :]
    if len(sizes) and sizes.max() > scenario.platform.group_cap:
        raise DataError(
            f"platform.group_cap: is {scenario.platform.group_cap:,}, but the imported world has a group of "
            f"{int(sizes.max()):,} members"
        )
    user_first, user_venue = by_user(first, member, world.users)
    return VenueTable(
        channels=world.channels,
        topic=drawn["topic"].astype(np.int64),
        country=drawn["country"].astype(np.int64),
        owner=world.owner,
        private=np.where(world.private == UNKNOWN, drawn["private"], world.private > 0),
        history=drawn["history"].astype(np.bool_),
        traffic=np.where(world.traffic == UNKNOWN, drawn["traffic"], world.traffic).astype(np.int64),
        first=first,
        member=member,
        user_first=user_first,
        user_venue=user_venue,
        platform=np.zeros(count, dtype=np.uint8),
        origin=np.arange(count, dtype=np.int32),
        generation=np.zeros(count, dtype=np.int32),
    )
