"""The tables of a run: tidy columns with their units, in one canonical order."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.model import Society
from sim.vocabulary import (
    CASE_SOURCES,
    CLASSES,
    LEGAL_EVENTS,
    MEASURES,
    MOVES,
    PLACES,
    SANCTIONS,
    TICK_CLASSES,
    VERDICTS,
)
from sim.world.posts import CHANNEL, GROUP

Ints = NDArray[np.int64]
_UNITS = {
    "tick": "ticks since the start",
    "opened": "ticks since the start",
    "decided": "ticks since the start; -1 not yet",
    "acted": "ticks since the start; -1 not",
    "removed": "posts",
    "removed_at": "ticks since the start; -1 if it stayed",
    "banned_at": "ticks since the start, of the last ban; -1 if there was none",
    "posts": "posts",
    "echoes": "posts",
    "forwards": "decisions to pass on",
    "views": "exposures",
    "new_readers": "users (first exposures)",
    "illegal_views": "exposures where the class is illegal for the reader",
    "adoptions": "users",
    "reports": "reports",
    "cases": "cases",
    "cleared": "cases",
    "acted_on": "cases",
    "blocked": "uploads",
    "restored": "posts",
    "views_elsewhere": "exposures on other platforms",
    "illegal_elsewhere": "exposures on other platforms where the class is illegal for the reader",
    "removed_elsewhere": "posts that other platforms took down",
    "value": "number of the author, or USD of a fine",
    "backlog": "cases waiting at the end of the tick",
    "traffic": "ordinary posts a day",
    "hops": "forwards since the origin or the last copy",
    "strikes": "strikes",
    "members": "users at the start",
    "members_at_end": "users at the end, or when banned",
}


_LARGE = ("posts", "views")
_MANY_VALUES = ("post", "item", "author", "illegal", "venue", "receiver", "parent", "copied", "echo", "source")
"""Columns of the large tables in which Parquet's dictionaries of values would be of no use."""


def file_options(name: str, schema: pa.Schema) -> dict[str, Any]:
    """Return how a table is written to Parquet; the large ones in half the time and two thirds of the space."""
    options: dict[str, Any] = {"compression": "zstd", "write_page_checksum": True}
    if name in _LARGE:
        options["use_dictionary"] = [field.name for field in schema if field.name not in _MANY_VALUES]
        options["column_encoding"] = {"post": "DELTA_BINARY_PACKED"}
    return options


def words(positions: Any, names: tuple[str, ...]) -> pa.Array:
    """Turn positions into a dictionary column of words."""
    return pa.DictionaryArray.from_arrays(pa.array(np.asarray(positions, dtype=np.int32)), pa.array(list(names)))


def platform_names(society: Society) -> tuple[str, ...]:
    """Return the names of the platform under study, and of the others."""
    return (society.config.platform.name, *society.config.world.elsewhere)


def table(columns: dict[str, Any]) -> pa.Table:
    """Make a table; each column's unit goes into its metadata."""
    arrays = [column if isinstance(column, pa.Array) else pa.array(column) for column in columns.values()]
    fields = [
        pa.field(name, array.type, metadata={"unit": _UNITS.get(name, "identifier or word")})
        for name, array in zip(columns, arrays, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _rename(measure: str) -> str:
    return "acted_on" if measure == "acted" else measure


def ticks(society: Society) -> pa.Table:
    """Counts by tick and class ('ordinary' is the untracked traffic)."""
    tick, number, *counts = np.ascontiguousarray(society.tick_rows().T)
    columns: dict[str, Any] = {"tick": tick, "class": words(number, TICK_CLASSES)}
    return table(columns | {_rename(name): counts[i] for i, name in enumerate((*MEASURES, "backlog"))})


def items(society: Society, counts: NDArray[np.int32]) -> pa.Table:
    """One row an item: what it is, who started it, and what became of it (`counts`, shape (items, measures))."""
    made = society.items
    columns: dict[str, Any] = {
        "item": np.arange(len(made), dtype=np.int32),
        "key": made.key,
        "stream": words(made.stream, tuple(society.config.content.streams)),
        "class": words(made.content, CLASSES),
        "topic": words(made.topic, society.config.topics),
        "tick": made.tick,
        "origin": made.origin,
    }
    columns |= {_rename(name): counts[:, i] for i, name in enumerate(MEASURES)}
    return table(columns)


def posts(society: Society, columns: dict[str, NDArray[Any]]) -> pa.Table:
    """One row a post: the cascade trees."""
    content = society.items.content[columns["item"]]
    country = society.world.people.country[columns["author"]]
    illegal = np.array(society.illegal, dtype=np.bool_)
    venue = np.where(columns["receiver"] >= 0, -1, columns["place"]).astype(np.int32)
    platform_of = np.append(society.platform_of, 0)  # one more, for direct messages: venue -1
    narrow = {
        name: np.asarray(column, dtype=np.int32)
        for name, column in columns.items()
        if name not in ("place", "copied", "echo")
    }
    return table(
        {
            "post": np.arange(len(venue), dtype=np.int32),
            "item": narrow["item"],
            "class": words(content, CLASSES),
            "author": narrow["author"],
            "illegal": illegal[country, content],
            "place": words(columns["kind"], PLACES),
            "venue": venue,
            "platform": words(platform_of[venue], platform_names(society)),
            "receiver": narrow["receiver"],
            "tick": narrow["tick"],
            "parent": narrow["parent"],
            "hops": narrow["hops"],
            "copied": columns["copied"].astype(np.bool_),
            "echo": columns["echo"].astype(np.bool_),
            "source": narrow["source"],
            "views": narrow["views"],
            "new_readers": narrow["new_readers"],
            "removed_at": narrow["removed"],
        }
    )


def views(columns: dict[str, NDArray[np.int32]]) -> pa.Table:
    """Readers over time: one row for each post and tick in which someone noticed it."""
    return table(columns)


def users(society: Society) -> pa.Table:
    """One row a user at the end: who she is, and what she believes."""
    people, scenario, crowd = society.world.people, society.config, society.crowd
    columns: dict[str, Any] = {
        "user": np.arange(len(people)),
        "country": words(people.country, tuple(scenario.world.countries)),
        "persona": words(people.persona, tuple(scenario.world.personas)),
        "contacts": society.world.contacts.degrees(),
        "strikes": crowd.strikes(),
        "banned": crowd.banned(),
    }
    for topic, name in enumerate(scenario.topics):
        columns[f"belief at start: {name}"] = people.belief[:, topic].astype(np.float64)
        columns[f"belief: {name}"] = crowd.beliefs(topic)
    return table(columns)


def venues(society: Society) -> pa.Table:
    """One row a channel or group."""
    world = society.world.venues
    counts = np.diff(world.first)
    return table(
        {
            "venue": np.arange(len(world)),
            "platform": words(society.platform_of, platform_names(society)),
            "backup_of": np.where(world.generation > 0, world.origin, -1),
            "kind": words(np.where(np.arange(len(world)) < world.channels, CHANNEL, GROUP), PLACES),
            "topic": words(world.topic, society.config.topics),
            "country": words(world.country, tuple(society.config.world.countries)),
            "private": world.private,
            "history": world.history,
            "owner": world.owner,
            "traffic": world.traffic / 1000.0,
            "members": counts,
            **society.crowd.venues_at_end(),
        }
    )


def cases(rows: Ints) -> pa.Table:
    """One row a case; `subject` is the key of the item, or the number of an ordinary post in its venue."""
    return table(
        {
            "opened": rows[:, 0],
            "place": rows[:, 1],
            "subject": rows[:, 2],
            "receiver": rows[:, 3],
            "source": words(rows[:, 4], CASE_SOURCES),
            "class": words(rows[:, 5], TICK_CLASSES),
            "breach": rows[:, 6].astype(np.bool_),
            "author": rows[:, 7],
            "interval": rows[:, 8],
            "verdict": words(rows[:, 9], VERDICTS),
            "decided": rows[:, 10],
            "acted": rows[:, 11],
        }
    )


def sanctions(rows: Ints) -> pa.Table:
    """One row a strike or ban; `subject` is a user, or a venue for ban-venue; `wrong` if nothing was in breach."""
    return table(
        {
            "tick": rows[:, 0],
            "sanction": words(rows[:, 1], SANCTIONS),
            "subject": rows[:, 2],
            "about": rows[:, 3],
            "wrong": rows[:, 4].astype(np.bool_),
        }
    )


def legal(society: Society) -> pa.Table:
    """One row for each thing that an authority did, and what followed; see vocabulary.LEGAL_EVENTS."""
    rows = np.array(society.court.rows, dtype=np.int64).reshape(-1, 4)
    return table(
        {
            "tick": rows[:, 0],
            "regime": words(rows[:, 1], tuple(society.config.law.regimes)),
            "event": words(rows[:, 2], LEGAL_EVENTS),
            "value": rows[:, 3],
        }
    )


def moves(society: Society) -> pa.Table:
    """One row for each thing that moved: a user, a venue, or many at once (subject -1); see vocabulary.MOVES."""
    rows, names = np.array(society.mover.rows, dtype=np.int64).reshape(-1, 6), platform_names(society)
    return table(
        {
            "tick": rows[:, 0],
            "move": words(rows[:, 1], MOVES),
            "subject": rows[:, 2],
            "from": words(rows[:, 3], names),
            "to": words(rows[:, 4], names),
            "members": rows[:, 5],
        }
    )
