"""A world from outside: people, ties and venues in a folder that a scenario names, with a checksum of what is in it."""

import hashlib
import json
import shutil
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.errors import DataError

Numbers = NDArray[np.int32]
Ints = NDArray[np.int64]
MANIFEST = "world.json"
FORMAT = 1
MOST_USERS = 20_000_000
UNKNOWN = -1


def _no_pairs() -> Numbers:
    return np.zeros((0, 2), dtype=np.int32)


def _none() -> Numbers:
    return np.zeros(0, dtype=np.int32)


@dataclass(frozen=True)
class WorldFile:
    """What was read of a file from outside. People are numbers from 0; nobody's name is kept."""

    users: int
    ties: Numbers = field(default_factory=_no_pairs)
    """Pairs of people who know each other, shape (m, 2)."""
    channels: int = 0
    """How many of the venues are channels; they come first."""
    owner: Numbers = field(default_factory=_none)
    """Owner of each venue."""
    private: Numbers = field(default_factory=_none)
    """1 by invitation, 0 public, -1 not known; by venue."""
    traffic: Numbers = field(default_factory=_none)
    """Posts in thousandths a day, -1 not known; by venue."""
    members: Numbers = field(default_factory=_no_pairs)
    """Pairs of (venue, user), sorted, owners among them; shape (k, 2)."""

    def sha256(self) -> str:
        """Return a checksum of everything in it."""
        hashed = hashlib.sha256(f"rumorlab-world-{FORMAT}-{self.users}-{self.channels}".encode())
        for column in (self.ties, self.owner, self.private, self.traffic, self.members):
            hashed.update(np.array(column.shape, dtype="<i8").tobytes())
            hashed.update(np.ascontiguousarray(column).astype("<i4").tobytes())
        return hashed.hexdigest()


def _tables(world: WorldFile) -> dict[str, pa.Table]:
    return {
        "ties": pa.table({"one": world.ties[:, 0], "other": world.ties[:, 1]}),
        "venues": pa.table({"owner": world.owner, "private": world.private, "traffic": world.traffic}),
        "members": pa.table({"venue": world.members[:, 0], "user": world.members[:, 1]}),
    }


def write_world(world: WorldFile, folder: Path, about: dict[str, Any]) -> None:
    """Write a world as a folder, whole or not at all; a folder that is no world of ours is never replaced."""
    if folder.exists() and not (folder / MANIFEST).is_file():
        raise DataError(f"{folder}: exists and is no world; give another folder")
    if folder.exists() and (there := _sha_there(folder)) != world.sha256():
        words = f"holds another world (sha256 {there[:16]}), and this is {world.sha256()[:16]}"
        raise DataError(f"{folder}: {words}; nothing was changed: give another folder (--out)")
    temporary = folder.parent / f".{folder.name}.{uuid.uuid4().hex[:8]}.tmp"
    said = {"format": FORMAT, "users": world.users, "channels": world.channels, "sha256": world.sha256(), **about}
    try:
        temporary.mkdir(parents=True)
        for name, table in _tables(world).items():
            pq.write_table(table, temporary / f"{name}.parquet", compression="zstd")
        (temporary / MANIFEST).write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        if folder.exists():
            old = temporary.with_suffix(".old")
            folder.rename(old)
            temporary.rename(folder)
            shutil.rmtree(old, ignore_errors=True)
        else:
            temporary.rename(folder)
    except OSError as problem:
        raise DataError(f"{folder}: cannot be written ({problem.strerror or problem})") from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _sha_there(folder: Path) -> str:
    try:
        return str(json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return "not readable"


def free_world(folder: Path, world: WorldFile) -> Path:
    """Return where a world goes by default: its usual folder, or beside it where that holds another."""
    if folder.exists() and ((folder / MANIFEST).is_file() and _sha_there(folder) == world.sha256()):
        return folder
    return folder.with_name(f"{folder.stem}-{world.sha256()[:8]}{folder.suffix}") if folder.exists() else folder


def read_world(manifest: Path, name: str) -> WorldFile:
    """Read a world by its manifest; raises DataError if it is damaged, or its checksum does not hold."""
    try:
        said = json.loads(manifest.read_text(encoding="utf-8"))
        if said["format"] != FORMAT:
            raise DataError(f"{name}: written by another version of Rumorlab (format {said['format']}, not {FORMAT})")
        found = {part: pq.read_table(manifest.parent / f"{part}.parquet") for part in ("ties", "venues", "members")}
        columns = {
            f"{part}.{column}": table[column].to_numpy().astype(np.int32)
            for part, table in found.items()
            for column in table.column_names
        }
        world = WorldFile(
            users=int(said["users"]),
            ties=np.column_stack([columns["ties.one"], columns["ties.other"]]),
            channels=int(said["channels"]),
            owner=columns["venues.owner"],
            private=columns["venues.private"],
            traffic=columns["venues.traffic"],
            members=np.column_stack([columns["members.venue"], columns["members.user"]]),
        )
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as problem:
        raise DataError(f"{name}: not a world, or damaged ({type(problem).__name__}: {problem})") from None
    if world.sha256() != said.get("sha256"):
        raise DataError(f"{name}: its tables are not those that were written; import it again")
    return world
