"""Lists as text: ties (two people a line) and memberships (a person and a channel or group a line)."""

import csv
import gzip
import io
import zlib
from pathlib import Path

import numpy as np
import pandas as pd

from sim.errors import DataError
from sim.world.importing.found import Found, clean_ties, numbered, with_members
from sim.world.worldfile import WorldFile

MOST_BYTES = 2_000_000_000
_HEADS = {
    "edges": [{"source", "target"}, {"from", "to"}, {"id_1", "id_2"}, {"node1", "node2"}, {"u", "v"}, {"a", "b"}],
    "memberships": [
        {user, venue} for user in ("user", "member", "person") for venue in ("venue", "channel", "group", "chat")
    ],
}


def _text(path: Path, name: str) -> io.BytesIO:
    """Return the content of a file, unpacked if it is gzipped; never more than MOST_BYTES."""
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as problem:
        raise DataError(f"{name}: cannot be read ({problem})") from None
    if len(data) > MOST_BYTES:
        raise DataError(f"{name}: larger than {MOST_BYTES:,} bytes")
    if not data.strip():
        raise DataError(f"{name}: is empty")
    return io.BytesIO(data)


def _sniff(data: io.BytesIO, name: str) -> tuple[str, list[str], int]:
    """Return the delimiter, the fields of the first line that is no comment, and how many lines come before it."""
    before = 0
    for raw in data:
        try:
            line = raw.decode("utf-8-sig").strip()
        except UnicodeDecodeError:
            raise DataError(f"{name}:{before + 1}: not UTF-8 text") from None
        if line and line[0] not in "#%":
            break
        before += 1
    else:
        raise DataError(f"{name}: has nothing but comments")
    data.seek(0)
    delimiter = next((d for d in ("\t", ",", ";") if d in line), r"\s+")
    try:
        fields = line.split() if delimiter == r"\s+" else next(csv.reader([line], delimiter=delimiter))
    except csv.Error as problem:
        raise DataError(f"{name}:{before + 1}: cannot be read as a list ({problem})") from None
    if len(fields) < 2:
        raise DataError(f"{name}:{before + 1}: needs at least two columns, got '{line[:60]}'")
    return delimiter, [f.strip().strip('"') for f in fields], before


def read_pairs(path: Path, name: str) -> tuple[pd.Series, pd.Series, list[str], int]:
    """Read the first two columns of a list as labels; return them, the header ([] if none), and the other columns."""
    data = _text(path, name)
    delimiter, fields, before = _sniff(data, name)
    known = [head for heads in _HEADS.values() for head in heads]
    header = {f.lower() for f in fields[:2]} in known
    try:
        frame = pd.read_csv(
            data,
            sep=delimiter,
            header=None,
            skiprows=before + header,
            usecols=[0, 1],
            dtype=str,
            comment="#",
            engine="c",
            keep_default_na=False,
            encoding="utf-8-sig",
            quotechar='"',
        )
    except pd.errors.EmptyDataError:
        raise DataError(f"{name}: has a header and no line after it") from None
    except (ValueError, pd.errors.ParserError) as problem:
        raise DataError(f"{name}: not a list of pairs ({str(problem).strip()})") from None
    empty = np.flatnonzero(((frame[0].str.strip() == "") | (frame[1].str.strip() == "")).to_numpy())
    if len(empty):
        raise DataError(f"{name}:{before + header + int(empty[0]) + 1}: a line without two labels")
    head = [f.lower() for f in fields[:2]] if header else []
    return frame[0].str.strip(), frame[1].str.strip(), head, len(fields) - 2


def form_of(path: Path, name: str) -> str:
    """Return whether a list is one of ties or of memberships, by its header; without one it is taken for ties."""
    _, fields, _ = _sniff(_text(path, name), name)
    return "memberships" if {f.lower() for f in fields[:2]} in _HEADS["memberships"] else "edges"


def import_edges(path: Path, name: str) -> Found:
    """Read ties: two labels a line, separated by commas, semicolons, tabs or blanks; # and % begin comments."""
    one, other, _, more = read_pairs(path, name)
    (a, b), people = numbered(one, other, name=name)
    ties, loops, repeats = clean_ties(a, b)
    if not len(ties):
        raise DataError(f"{name}: no tie between two different people")
    both = len(np.intersect1d(a * people + b, b * people + a)) if len(a) <= 50_000_000 else 0
    notes = [f"{more} further columns were not read (weights, say)"] if more > 0 else []
    notes += [f"{loops:,} ties of somebody with herself were dropped"] if loops else []
    notes += [f"{repeats:,} lines repeat a tie, or say it the other way round: a tie is mutual here"] if repeats else []
    if set(one.unique()).isdisjoint(other.unique()) and len(ties) > 1:
        notes.append("no label stands in both columns: if the second is of channels or groups, say --as memberships")
    said = {"lines": float(len(a)), "lines that are said both ways": float(both)}
    return Found("list of ties", WorldFile(users=people, ties=ties), said, notes)


def import_memberships(path: Path, name: str, *, kind: str) -> Found:
    """Read memberships: a person and a venue a line, in the order of the header (user first without one).

    All venues are of one `kind`, channel or group; who is named first in one owns it.
    """
    one, other, head, more = read_pairs(path, name)
    if head and head[0] in {"venue", "channel", "group", "chat"}:
        one, other = other, one
    (people,), users = numbered(one, name=name)
    (venues,), count = numbered(other, name=name)
    owner = np.full(count, -1, dtype=np.int64)
    owner[venues[::-1]] = people[::-1]
    world = with_members(users, venues, people, count if kind == "channel" else 0, owner, None, None)
    repeats = len(people) - len(world.members)
    notes = [f"{more} further columns were not read"] if more > 0 else []
    notes += [f"{repeats:,} lines repeat a membership"] if repeats > 0 else []
    notes.append(f"all venues are taken for {kind}s; who is named first in one owns it")
    notes.append("there are no ties in it: contacts come from the generator of the scenario")
    return Found("list of memberships", world, {"lines": float(len(people))}, notes)
