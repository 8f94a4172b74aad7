"""Lists as text: ties (two people a line) and memberships (a person and a channel or group a line)."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sim.errors import DataError
from sim.world.importing.found import Found, with_members
from sim.world.importing.labels import Pairs, clean_ties, mutual
from sim.world.importing.text import Form, pieces, sniff
from sim.world.worldfile import Numbers, WorldFile

_HEADS = {
    "edges": [{"source", "target"}, {"from", "to"}, {"id_1", "id_2"}, {"node1", "node2"}, {"u", "v"}, {"a", "b"}],
    "memberships": [
        {user, venue} for user in ("user", "member", "person") for venue in ("venue", "channel", "group", "chat")
    ],
}


def read_pairs(path: Path, name: str, *, keep_firsts: bool = False) -> tuple[Pairs, list[str], int]:
    """Read the first two columns of a list as labels; return them, the header ([] if none), and the other columns.

    A first line of known words is no header where one of them is the label of somebody further down.
    """
    form = sniff(path, name)
    head = [f.lower() for f in form.fields[:2]]
    header = set(head) in [known for heads in _HEADS.values() for known in heads]
    found = _pairs(path, name, form, header, head, keep_firsts)
    if header and any(found.mentions(label) for label in form.fields[:2]):
        header = False
        found = _pairs(path, name, form, header, head, keep_firsts)
    if not found.lines:
        raise DataError(f"{name}: has a header and no line after it")
    return found, head if header else [], len(form.fields) - 2


def _pairs(path: Path, name: str, form: Form, header: bool, head: list[str], keep_firsts: bool) -> Pairs:
    turned = header and head[0] in {"venue", "channel", "group", "chat"}
    found = Pairs(keep_firsts=keep_firsts)
    for one, other in pieces(path, name, form, header):
        found.add(*((other, one) if turned else (one, other)))
    return found


def form_of(path: Path, name: str) -> str:
    """Return whether a list is one of ties or of memberships, by its header; without one it is taken for ties."""
    return "memberships" if {f.lower() for f in sniff(path, name).fields[:2]} in _HEADS["memberships"] else "edges"


def import_edges(path: Path, name: str) -> Found:
    """Read ties: two labels a line, separated by commas, semicolons, tabs or blanks; # and % begin comments."""
    found, _, more = read_pairs(path, name)
    pairs, labels = found.together(name)
    people = len(labels)
    del labels  # room for what follows
    ties = clean_ties(pairs)
    if not len(ties):
        raise DataError(f"{name}: no tie between two different people")
    repeats = found.lines - found.loops - len(ties)
    notes = [f"{more} further columns were not read (weights, say)"] if more > 0 else []
    notes += [f"{found.loops:,} ties of somebody with herself were dropped"] if found.loops else []
    notes += [f"{repeats:,} lines repeat a tie, or say it the other way round: a tie is mutual here"] if repeats else []
    if not len(np.intersect1d(pairs[:, 0], pairs[:, 1])) and len(ties) > 1:
        notes.append("no label stands in both columns: if the second is of channels or groups, say --as memberships")
    said = {"lines": float(found.lines), "lines that are said both ways": float(mutual(pairs))}
    return Found("list of ties", WorldFile(users=people, ties=ties), said, notes)


def read_numbered(path: Path, name: str) -> tuple[Numbers, int]:
    """Read ties between people who are whole numbers; return ties and how many people, in the order of the numbers."""
    found, _, _ = read_pairs(path, name)
    pairs, labels = found.together(name)
    try:
        numbers = pc.cast(labels, pa.int64()).to_numpy()
        del labels
    except pa.ArrowInvalid as problem:
        said = str(problem).splitlines()[0]
        raise DataError(f"{name}: not a list of ties, one pair of whole numbers a line ({said})") from None
    order = np.argsort(numbers)  # several ways to write one number are one person: 7 and 07
    new = np.diff(numbers[order], prepend=numbers[order[0]]) != 0
    rank = np.empty(len(numbers), dtype=np.int32)
    rank[order] = np.cumsum(new)
    return clean_ties(rank[pairs]), int(new.sum()) + 1


def import_memberships(path: Path, name: str, *, kind: str) -> Found:
    """Read memberships: a person and a venue a line, in the order of the header (user first without one).

    All venues are of one `kind`, channel or group; who is named first in one owns it.
    """
    found, _, more = read_pairs(path, name, keep_firsts=True)
    pairs, people, venues, owner = found.apart(name)
    channels, users = len(venues) if kind == "channel" else 0, len(people)
    del people, venues  # room for what follows
    world = with_members(users, pairs[:, 1], pairs[:, 0], channels, owner)
    repeats = found.lines - len(world.members)
    notes = [f"{more} further columns were not read"] if more > 0 else []
    notes += [f"{repeats:,} lines repeat a membership"] if repeats > 0 else []
    notes.append(f"all venues are taken for {kind}s; who is named first in one owns it")
    notes.append("there are no ties in it: contacts come from the generator of the scenario")
    return Found("list of memberships", world, {"lines": float(found.lines)}, notes)
