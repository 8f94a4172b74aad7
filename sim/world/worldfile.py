"""A world from outside: people, ties and venues in a folder that a scenario names, with a checksum of what is in it."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.errors import DataError
from sim.whole import whole_folder

Numbers = NDArray[np.int32]
Ints = NDArray[np.int64]
MANIFEST = "world.json"
FORMAT = 1
MOST_USERS = 20_000_000
MOST_ROWS = 400_000_000
MOST_TRAFFIC = 100_000_000
"""Thousandths of a post a day."""
UNKNOWN = -1
_PARTS = {"ties": ("one", "other"), "venues": ("owner", "private", "traffic"), "members": ("venue", "user")}


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
    """Write a world as a folder, whole or not at all; a folder that is no world of ours is never replaced.

    Raises DataError also if a number of the world is none that a world can have (see check_world).
    """
    check_world(world, str(folder))
    if folder.exists() and not (folder / MANIFEST).is_file():
        raise DataError(f"{folder}: exists and is no world; give another folder")
    if folder.exists() and (there := _sha_there(folder)) != world.sha256():
        words = f"holds another world (sha256 {there[:16]}), and this is {world.sha256()[:16]}"
        raise DataError(f"{folder}: {words}; nothing was changed: give another folder (--out)")
    if folder.exists() and _is_whole(folder):
        return
    said = {"format": FORMAT, "users": world.users, "channels": world.channels, "sha256": world.sha256(), **about}
    try:
        with whole_folder(folder) as made:
            for name, table in _tables(world).items():
                pq.write_table(table, made / f"{name}.parquet", compression="zstd")
            (made / MANIFEST).write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as problem:
        raise DataError(f"{folder}: cannot be written ({problem.strerror or problem})") from None


def _is_whole(folder: Path) -> bool:
    try:
        read_world(folder / MANIFEST, str(folder))
    except DataError:
        return False
    return True


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
    """Read a world by its manifest; raises DataError if it is damaged, or holds what no world can."""
    try:
        said = json.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as problem:
        raise DataError(f"{name}: not a world, or damaged ({MANIFEST}: {problem})") from None
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        found = said.get("format") if isinstance(said, dict) else "none"
        raise DataError(f"{name}: written by another version of Rumorlab (format {found}, not {FORMAT})")
    for field_name in ("users", "channels"):
        if type(said.get(field_name)) is not int:
            words = f"'{field_name}' must be a whole number, got {said.get(field_name)!r:.40}"
            raise DataError(f"{name}: {MANIFEST}: {words}")
    columns = {
        f"{part}.{column}": values
        for part, titles in _PARTS.items()
        for column, values in _columns(manifest.parent / f"{part}.parquet", titles, name).items()
    }
    world = WorldFile(
        users=said["users"],
        ties=np.column_stack([columns["ties.one"], columns["ties.other"]]),
        channels=said["channels"],
        owner=columns["venues.owner"],
        private=columns["venues.private"],
        traffic=columns["venues.traffic"],
        members=np.column_stack([columns["members.venue"], columns["members.user"]]),
    )
    check_world(world, name)
    if world.sha256() != said.get("sha256"):
        raise DataError(f"{name}: its tables are not those that were written; import it again")
    return world


def _columns(path: Path, titles: tuple[str, ...], name: str) -> dict[str, Numbers]:
    """Return columns of whole numbers; raises DataError with the table, the row and the column."""
    where, limits = f"{name}: {path.name}", np.iinfo(np.int32)
    try:
        file = pq.ParquetFile(path)
        if file.metadata.num_rows > MOST_ROWS:
            raise DataError(f"{where}: has {file.metadata.num_rows:,} rows; at most {MOST_ROWS:,} can be read")
        if missing := [title for title in titles if title not in file.schema_arrow.names]:
            raise DataError(f"{where}: not a world, or damaged (it has no column '{missing[0]}')")
        table, found = file.read(columns=list(titles)), {}
    except (OSError, pa.ArrowException) as problem:
        said = str(problem).splitlines()[0]
        raise DataError(f"{name}: not a world, or damaged ({path.name}: {said})") from None
    for title in titles:
        column = table[title]
        if not pa.types.is_integer(column.type):
            raise DataError(f"{where}: column '{title}' must be whole numbers, and is of type {column.type}")
        if column.null_count:
            row = pc.index(pc.is_null(column), True).as_py()
            raise DataError(f"{where}: row {row + 1} of column '{title}' is empty")
        values = column.to_numpy()
        wrong = (values < limits.min) | (values > limits.max)
        _refuse_first(wrong, values, where, title, f"must be from {limits.min} to {limits.max}")
        found[title] = values.astype(np.int32)
    return found


def _refuse_first(wrong: NDArray[np.bool_], values: NDArray[Any], where: str, title: str, allowed: str) -> None:
    if wrong.any():
        row = int(np.argmax(wrong))
        raise DataError(f"{where}: row {row + 1} of column '{title}' {allowed}, got {values[row]}")


def check_world(world: WorldFile, name: str) -> None:
    """Raise DataError, with table, row and column, unless every number of a world is one that a world can have.

    Whatever reads a world afterwards may trust it: people and venues exist, memberships are sorted and there once.
    """
    venues = len(world.owner)
    if not 1 <= world.users <= MOST_USERS:
        raise DataError(f"{name}: 'users' must be from 1 to {MOST_USERS:,}, got {world.users:,}")
    if not 0 <= world.channels <= venues:
        raise DataError(f"{name}: 'channels' must be from 0 to its {venues:,} venues, got {world.channels:,}")
    if not len(world.private) == len(world.traffic) == venues:
        raise DataError(f"{name}: venues.parquet: its columns must have the same number of rows")
    in_users = (0, world.users - 1, f"must be a user from 0 to {world.users - 1}")
    checks: tuple[tuple[str, str, Numbers, int, int, str], ...] = (
        ("ties", "one", world.ties[:, 0], *in_users),
        ("ties", "other", world.ties[:, 1], *in_users),
        ("venues", "owner", world.owner, *in_users),
        ("venues", "private", world.private, UNKNOWN, 1, "must be 1, 0, or -1 for not known"),
        ("venues", "traffic", world.traffic, UNKNOWN, MOST_TRAFFIC, f"must be from -1 to {MOST_TRAFFIC}"),
        ("members", "venue", world.members[:, 0], 0, venues - 1, f"must be a venue from 0 to {venues - 1}"),
        ("members", "user", world.members[:, 1], *in_users),
    )
    for part, title, values, low, high, allowed in checks:
        _refuse_first((values < low) | (values > high), values, f"{name}: {part}.parquet", title, allowed)
    keys = world.members[:, 0].astype(np.int64) << 32 | world.members[:, 1]
    if len(keys) and (wrong := np.diff(keys) <= 0).any():
        row = int(np.argmax(wrong)) + 2
        raise DataError(f"{name}: members.parquet: row {row} is not in order, or there twice (by venue, then by user)")
    owns = np.arange(venues, dtype=np.int64) << 32 | world.owner
    at = np.searchsorted(keys, owns)
    missing = np.ones(venues, dtype=np.bool_) if not len(keys) else keys[np.minimum(at, len(keys) - 1)] != owns
    _refuse_first(missing, world.owner, f"{name}: venues.parquet", "owner", "must be a member of her venue")
