"""The export of Telegram Desktop (JSON): chats with who wrote in them. No text, no name is kept."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sim.errors import DataError
from sim.world.importing.found import Found, with_members
from sim.world.importing.labels import Pairs, clean_ties, labels_of
from sim.world.worldfile import MOST_TRAFFIC, WorldFile

MOST_BYTES = 20_000_000_000
MOST_DEPTH = 1000
_GROUPS = {"private_group", "private_supergroup", "public_supergroup", "public_group"}
_CHANNELS = {"private_channel", "public_channel"}
_DAY = 86_400
_SCALARS = {"string", "number", "boolean", "null", "integer", "double"}
Event = tuple[str, str, Any]


@dataclass
class _Chat:
    """What is kept of a chat while the file goes by."""

    kind: str = ""
    number: Any = None
    listed: bool = False
    """Whether it has a list of messages."""
    messages: int = 0
    forwarded: int = 0
    timed: int = 0
    first: int = 0
    last: int = 0
    senders: dict[str, None] = field(default_factory=dict)

    def traffic(self) -> int:
        """Return messages in thousandths a day, from the first to the last; -1 where none has a time."""
        days = (self.last - self.first) / _DAY
        return min(int(1000.0 * self.timed / max(1.0, days)), MOST_TRAFFIC) if self.timed else -1


def _events(path: Path, name: str) -> Iterator[Event]:
    """Yield what a JSON file says, piece by piece, as (where, what, value); raises DataError."""
    import ijson

    depth = 0
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DataError(f"{name}: larger than {MOST_BYTES:,} bytes")
        with path.open("rb") as file:
            if file.read(3) != b"\xef\xbb\xbf":
                file.seek(0)
            for where, what, value in ijson.parse(file, use_float=True):
                depth += (what in ("start_map", "start_array")) - (what in ("end_map", "end_array"))
                if depth > MOST_DEPTH:
                    raise DataError(f"{name}: nested too deeply")
                yield where, what, value
    except ijson.common.JSONError as problem:
        said = problem.args[0].decode("utf-8", "replace") if isinstance(problem.args[0], bytes) else str(problem)
        raise DataError(f"{name}:{_bad_line(path)}: not valid JSON ({said.splitlines()[0]})") from None
    except UnicodeDecodeError:
        raise DataError(f"{name}: not UTF-8 text") from None
    except OSError as problem:
        raise DataError(f"{name}: cannot be read ({problem.strerror})") from None


def _bad_line(path: Path) -> int:
    """Return the line on which the JSON of a file goes wrong, by reading it once more, line by line."""
    import ijson

    reader, number = ijson.basic_parse_coro(ijson.sendable_list()), 1
    with path.open("rb") as file:
        if file.read(3) != b"\xef\xbb\xbf":
            file.seek(0)
        try:
            for number, line in enumerate(iter(lambda: file.readline(1 << 20), b""), start=1):  # noqa: B007
                reader.send(line)
        except (ijson.common.JSONError, UnicodeDecodeError, StopIteration):
            pass
    return number


class _Export:
    """The parts of an export that a world is made of."""

    def __init__(self) -> None:
        self.single, self.chats = _Chat(), list[_Chat]()
        self.me: Any = None
        self.book: list[Any] = []
        self.has_list = False
        self._chat, self._sender, self._actor = self.single, "", ""

    def take(self, event: Event) -> None:
        """Take in one event."""
        where, what, value = event
        inside = where.startswith("chats.list")
        if where == "chats.list.item":
            if what == "start_map":
                self._chat = _Chat()
            elif what == "end_map" and self._chat.listed:
                self.chats.append(self._chat)
        elif where == "chats.list":
            self.has_list |= what == "start_array"
        elif inside or where.startswith(("messages", "type", "id")):
            self._of_chat(self._chat if inside else self.single, where.removeprefix("chats.list.item."), what, value)
        elif where == "personal_information.user_id":
            self.me = value
        elif where == "contacts.list.item.user_id" and value:
            self.book.append(value)

    def _of_chat(self, chat: _Chat, where: str, what: str, value: Any) -> None:
        if where == "messages.item":
            if what == "end_map":
                if sender := self._sender or self._actor:
                    chat.senders[sender] = None
                return
            if what == "start_map":
                self._sender = self._actor = ""
            chat.messages += what == "start_map" or what in _SCALARS
        elif where == "messages.item.from_id" and what == "string":
            self._sender = value
        elif where == "messages.item.actor_id" and what == "string":
            self._actor = value
        elif where == "messages.item.forwarded_from":
            chat.forwarded += bool(value) or what == "start_map"
        elif where == "messages.item.date_unixtime":
            self._time(chat, value)
        elif where == "messages":
            chat.listed |= what == "start_array"
        elif where == "type":
            chat.kind = str(value)
        elif where == "id":
            chat.number = value

    @staticmethod
    def _time(chat: _Chat, value: Any) -> None:
        if isinstance(value, str) and value.isdecimal() and len(value) < 12:
            moment = int(value)
            chat.first, chat.last = (
                (min(chat.first, moment), max(chat.last, moment)) if chat.timed else (moment, moment)
            )
            chat.timed += 1


def import_telegram(path: Path, name: str) -> Found:
    """Read the export of an account or of one chat, as Telegram Desktop writes it (result.json).

    People are those who wrote; members of a group are those who wrote in it, and a channel's owner is the channel
    itself; contacts are one-to-one chats and the address book of the exporting account.
    """
    export = _Export()
    for event in _events(path, name):
        export.take(event)
    if not export.single.listed and not export.has_list:
        raise DataError(f"{name}: not an export of Telegram Desktop: it has neither 'messages' nor 'chats.list'")
    chats = [export.single] if export.single.listed else export.chats
    me = "exporter" if export.me is None else f"user{export.me}"
    ties: list[tuple[str, str]] = []
    rows: list[tuple[_Chat, list[str], str]] = []
    for chat in chats:
        who = list(chat.senders)
        if chat.kind == "personal_chat":
            ties += [(me, other) for other in who if other != me]
        elif chat.kind in _GROUPS:
            rows.append((chat, [*who, me] if len(chats) > 1 else who, ""))
        elif chat.kind in _CHANNELS:
            owner = f"channel{len(rows) if chat.number is None else chat.number}"
            rows.append((chat, [owner, me], owner))
    ties += [(me, f"user{number}") for number in export.book]
    rows = sorted((row for row in rows if row[1]), key=lambda row: row[0].kind in _GROUPS)
    if not rows and not ties:
        raise DataError(f"{name}: no group, channel or one-to-one chat in which somebody wrote")
    counts = {
        "chats": float(len(chats)),
        "messages": float(sum(chat.messages for chat in chats)),
        "forwarded messages": float(sum(chat.forwarded for chat in chats)),
    }
    return _found(ties, rows, counts, name)


def _found(
    ties: list[tuple[str, str]], rows: list[tuple[_Chat, list[str], str]], counts: dict[str, float], name: str
) -> Found:
    people = labels_of(label for row in rows for label in row[1])
    owners = labels_of(row[2] or row[1][0] for row in rows)
    pairs = Pairs()
    pairs.add(labels_of(a for a, _ in ties), labels_of(b for _, b in ties))
    known, labels = pairs.together(name, [people, owners])
    number = {label: k for k, label in enumerate(labels.to_pylist())}
    users = np.array([number[label] for label in people.to_pylist()], dtype=np.int64)
    venues = np.repeat(np.arange(len(rows)), [len(row[1]) for row in rows])
    channels = sum(row[0].kind in _CHANNELS for row in rows)
    private = np.array([int(row[0].kind.startswith("private")) for row in rows], dtype=np.int64)
    traffic = np.array([row[0].traffic() for row in rows], dtype=np.int64)
    owner = np.array([number[label] for label in owners.to_pylist()], dtype=np.int64)
    world = with_members(len(labels), venues, users, channels, owner, private, traffic)
    found = clean_ties(known)
    world = WorldFile(**{**{f: getattr(world, f) for f in world.__dataclass_fields__}, "ties": found})
    notes = ["members of a group are those who wrote in it: silent readers are not in an export"]
    notes += ["readers of channels other than the exporter are not in it either"] if channels else []
    notes += [] if len(found) else ["there are no ties in it: contacts come from the generator of the scenario"]
    notes.append("texts and names were not kept: people are numbers")
    return Found("export of Telegram Desktop", world, counts, notes)
