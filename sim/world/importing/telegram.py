"""The export of Telegram Desktop (JSON): chats with who wrote in them. No text, no name is kept."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from sim.errors import DataError
from sim.world.importing.found import Found, clean_ties, numbered, with_members
from sim.world.worldfile import WorldFile

MOST_BYTES = 1_000_000_000
_GROUPS = {"private_group", "private_supergroup", "public_supergroup", "public_group"}
_CHANNELS = {"private_channel", "public_channel"}
_DAY = 86_400


def _load(path: Path, name: str) -> Any:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DataError(f"{name}: larger than {MOST_BYTES:,} bytes")
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise DataError(f"{name}: not UTF-8 text") from None
    except json.JSONDecodeError as problem:
        raise DataError(f"{name}:{problem.lineno}: not valid JSON ({problem.msg})") from None
    except RecursionError:
        raise DataError(f"{name}: nested too deeply") from None
    except OSError as problem:
        raise DataError(f"{name}: cannot be read ({problem.strerror})") from None


def _chats(data: Any, name: str) -> list[dict[str, Any]]:
    if isinstance(data, dict) and isinstance(data.get("messages"), list):
        return [data]
    chats = data.get("chats") if isinstance(data, dict) else None
    listed = chats.get("list") if isinstance(chats, dict) else None
    if not isinstance(listed, list):
        raise DataError(f"{name}: not an export of Telegram Desktop: it has neither 'messages' nor 'chats.list'")
    return [chat for chat in listed if isinstance(chat, dict) and isinstance(chat.get("messages"), list)]


def _senders(chat: dict[str, Any]) -> list[str]:
    found = [m.get("from_id") or m.get("actor_id") for m in chat["messages"] if isinstance(m, dict)]
    return [f for f in found if isinstance(f, str) and f]


def _traffic(chat: dict[str, Any]) -> int:
    """Return messages in thousandths a day, from the first to the last."""
    moments = []
    for message in chat["messages"]:
        moment = message.get("date_unixtime") if isinstance(message, dict) else None
        if isinstance(moment, str) and moment.isdecimal() and len(moment) < 12:
            moments.append(int(moment))
    days = (max(moments) - min(moments)) / _DAY if moments else 0.0
    return min(int(1000.0 * len(moments) / max(1.0, days)), 100_000_000) if moments else -1


def import_telegram(path: Path, name: str) -> Found:
    """Read the export of an account or of one chat, as Telegram Desktop writes it (result.json).

    People are those who wrote; members of a group are those who wrote in it, and a channel's owner is the channel
    itself; contacts are one-to-one chats and the address book of the exporting account.
    """
    data = _load(path, name)
    chats = _chats(data, name)
    whose = data.get("personal_information", {}) if isinstance(data, dict) else {}
    me = f"user{whose['user_id']}" if isinstance(whose, dict) and "user_id" in whose else "exporter"
    ties: list[tuple[str, str]] = []
    rows: list[tuple[str, list[str], str, bool, int]] = []
    messages = forwarded = 0
    for chat in chats:
        kind, who = str(chat.get("type", "")), _senders(chat)
        messages += len(chat["messages"])
        forwarded += sum(isinstance(m, dict) and bool(m.get("forwarded_from")) for m in chat["messages"])
        if kind == "personal_chat":
            ties += [(me, other) for other in dict.fromkeys(who) if other != me]
        elif kind in _GROUPS:
            rows.append(
                ("group", [*who, me] if len(chats) > 1 else who, "", kind.startswith("private"), _traffic(chat))
            )
        elif kind in _CHANNELS:
            owner = f"channel{chat.get('id', len(rows))}"
            rows.append(("channel", [owner, me], owner, kind.startswith("private"), _traffic(chat)))
    book = data.get("contacts", {}).get("list", []) if isinstance(data.get("contacts"), dict) else []
    ties += [(me, f"user{c['user_id']}") for c in book if isinstance(c, dict) and c.get("user_id")]
    rows = sorted((row for row in rows if row[1]), key=lambda row: row[0] == "group")
    if not rows and not ties:
        raise DataError(f"{name}: no group, channel or one-to-one chat in which somebody wrote")
    return _found(ties, rows, {"chats": len(chats), "messages": messages, "forwarded messages": forwarded}, name)


def _found(
    ties: list[tuple[str, str]], rows: list[tuple[str, list[str], str, bool, int]], counts: dict[str, int], name: str
) -> Found:
    sizes = [len(row[1]) for row in rows]
    people = [label for row in rows for label in row[1]]
    owners = [row[2] or row[1][0] for row in rows]
    numbers, users = numbered(people, owners, [a for a, _ in ties], [b for _, b in ties], name=name)
    venues = np.repeat(np.arange(len(rows)), sizes)
    channels = sum(row[0] == "channel" for row in rows)
    private = np.array([int(row[3]) for row in rows], dtype=np.int64)
    traffic = np.array([row[4] for row in rows], dtype=np.int64)
    world = with_members(users, venues, numbers[0], channels, numbers[1], private, traffic)
    pairs, _, _ = clean_ties(numbers[2], numbers[3])
    world = WorldFile(**{**{f: getattr(world, f) for f in world.__dataclass_fields__}, "ties": pairs})
    notes = ["members of a group are those who wrote in it: silent readers are not in an export"]
    notes += ["readers of channels other than the exporter are not in it either"] if channels else []
    notes += [] if len(pairs) else ["there are no ties in it: contacts come from the generator of the scenario"]
    notes.append("texts and names were not kept: people are numbers")
    return Found("export of Telegram Desktop", world, {key: float(n) for key, n in counts.items()}, notes)
