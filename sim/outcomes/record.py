"""What is kept of a finished run, and from which every outcome is computed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from sim.errors import InputError, nearest
from sim.model import Society
from sim.outcomes import replayed, tables
from sim.outcomes.digest import BY_PLACE, by_name, by_place, digest
from sim.scenario.policy import Policy
from sim.scenario.scenario import Scenario
from sim.vocabulary import TICK_CLASSES
from sim.world.items import Items, topics_of_claims

Known = TypeVar("Known")
_AT_A_TIME = 1 << 16
"""Items and posts whose rows are made at once for the digest."""


@dataclass(frozen=True)
class Record:
    """A finished run: its scenario, its tables, and a few totals that no table holds."""

    scenario: Scenario
    users: int
    tables: dict[str, pa.Table]
    """By name; views are not among them if they went to a file as the run went, or were not kept."""
    totals: dict[str, float]
    digest: str
    policies: tuple[tuple[int, Policy], ...] = ()
    """Policies with the tick from which each was in force."""
    events: list[dict[str, Any]] = field(default_factory=list)
    """By event: who has heard of it, who of them was willing, who turned out, who is local."""
    law: list[dict[str, Any]] = field(default_factory=list)
    """By regime: the diligence record at the end, the elements, the steps taken."""
    _known: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def once(self, name: str, make: Callable[[], Known]) -> Known:
        """Return what `make` gives; it is asked once for each name."""
        if name not in self._known:
            self._known[name] = make()
        known: Known = self._known[name]
        return known

    def frame(self, name: str) -> pd.DataFrame:
        """Return a table as a pandas frame: the same at every call, to be read and not changed."""
        made: pd.DataFrame = self.once(name, lambda: self.tables[name].to_pandas(split_blocks=True))
        return made

    def numbers(self, table: str, column: str) -> NDArray[Any]:
        """Return a column of numbers, to be read and not changed."""
        return self.once(f"{table}/{column}", lambda: self.tables[table][column].combine_chunks().to_numpy(False))

    def says(self, table: str, column: str, *words: str) -> NDArray[np.bool_]:
        """Return in which rows a column of words says one of these; raises InputError for a word that it cannot say."""

        def codes() -> tuple[list[str], NDArray[np.int32]]:
            found = self.tables[table][column].combine_chunks()
            return found.dictionary.to_pylist(), found.indices.to_numpy(False)

        names, numbers = self.once(f"words of {table}/{column}", codes)
        for word in words:
            if word not in names:
                raise InputError(f"{table}: {column} never says '{word}'{nearest(word, names)}")
        return np.isin(numbers, [place for place, name in enumerate(names) if name in words])

    def by_class(self, measure: str) -> dict[str, int]:
        """Return a measure of the table of ticks, summed over the run, by class."""

        def sums() -> dict[str, int]:
            counts = self.numbers("ticks", measure).reshape(-1, len(TICK_CLASSES))
            return dict(zip(TICK_CLASSES, counts.sum(axis=0).tolist(), strict=True))

        return self.once(f"ticks/{measure} by class", sums)

    @classmethod
    def of(cls, society: Society) -> "Record":
        """Take down a society that has finished its run."""
        columns = society.crowd.post_columns()
        counts = society.crowd.item_counts()
        ticks, items = tables.ticks(society), tables.items(society, counts)
        cases, sanctions = society.crowd.case_rows(), society.crowd.sanction_rows()
        kept = society.config.record.tables
        made = {
            "ticks": ticks,
            "items": items,
            "posts": tables.posts(society, columns),
            "venues": tables.venues(society),
            "cases": tables.cases(cases),
            "sanctions": tables.sanctions(sanctions),
            "moves": tables.moves(society),
            "legal": tables.legal(society),
        }
        if society.crowd.views_out is None and "views" in kept:
            made["views"] = tables.views(society.crowd.view_columns())
        if "users" in kept:
            made["users"] = tables.users(society)
        topics = range(len(society.config.topics))
        believers = [society.crowd.believers(topic) for topic in topics]
        beliefs = [society.crowd.belief_millionths(topic) for topic in topics]
        totals = {
            "believers_at_start": float(sum(society.believers_at_start)),
            "believers": float(sum(believers)),
            "topics": float(len(believers)),
            "private_scanned": float(society.platform.private_scanned),
            "secret_scanned": float(society.platform.secret_scanned),
            "private_matched": float(society.platform.private_matched),
            "bot_views": _bot_views(society, columns),
            "members_cut_off": float(replayed.members_cut_off(society)),
            "lawful_geo_blocked": float(replayed.lawful_geo_blocked(society, cases)),
            **_belief_gaps(society),
            **{f"asked of {what}": float(asked) for what, (asked, _) in society.own.counts.items()},
            **{f"changed by {what}": float(changed) for what, (_, changed) in society.own.counts.items()},
        }
        rows, made_of = society.tick_rows(), society.items
        by_tick = np.column_stack([rows[:, :2], by_place(rows[:, 2:-1]), rows[:, -1]])
        whole = (len(made_of), 3 + len(BY_PLACE))
        moved = np.array(society.mover.rows, dtype=np.int64).reshape(-1, 6)
        legal = np.array(society.court.rows, dtype=np.int64).reshape(-1, 4)
        events = np.array(society.mobiliser.rows, dtype=np.int64).reshape(-1, 6)
        final = np.array([society.believers_at_start, believers, beliefs], dtype=np.int64)
        return cls(
            scenario=society.config,
            users=len(society.world.people),
            tables=made,
            totals=totals,
            policies=tuple(society.in_force),
            events=[
                {
                    "event": list(society.config.events)[e],
                    "tick": t,
                    "heard": h,
                    "willing": w,
                    "turnout": n / 1000.0,
                    "local": local,
                }
                for t, e, h, w, n, local in society.mobiliser.rows
            ],
            law=society.court.findings(),
            digest=digest(
                [(by_tick.shape, [by_tick]), (whole, _item_rows(made_of, by_place(counts)))],
                [
                    _post_rows(columns, made_of.key),
                    *([table] for table in (cases, sanctions, final, moved, legal, events)),
                ],
                by_name("ticks", rows[:, 2:-1]) | by_name("items", counts),
            ),
        )


def _item_rows(items: Items, counts: NDArray[np.int32]) -> Iterator[NDArray[np.int64]]:
    """Give what the digest covers of items, some at a time."""
    for begin in range(0, len(items), _AT_A_TIME):
        some = slice(begin, begin + _AT_A_TIME)
        yield np.column_stack([items.key[some], items.tick[some], items.origin[some], counts[some]])


def _post_rows(columns: dict[str, NDArray[Any]], keys: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Give what the digest covers of posts, some at a time: all columns, items by key, parents by what they are."""
    own = [name for name in columns if name != "parent"]
    of_parent = ("author", "place", "receiver", "tick")
    for begin in range(0, len(columns["item"]), _AT_A_TIME):
        some = slice(begin, begin + _AT_A_TIME)
        parents = columns["parent"][some]
        rows = np.empty((len(parents), len(own) + len(of_parent)), dtype=np.int64)
        for place, name in enumerate(own):
            rows[:, place] = keys[columns[name][some]] if name == "item" else columns[name][some]
        for place, name in enumerate(of_parent, len(own)):
            rows[:, place] = np.where(parents >= 0, columns[name][parents], -1)
        yield rows


def _bot_views(society: Society, columns: dict[str, NDArray[Any]]) -> float:
    """Return the views of posts by accounts that are run by programs."""
    bot = np.array([p.bot for p in society.personas], dtype=np.bool_)
    mine = bot[society.world.people.persona[columns["author"]]]
    return float(columns["views"][mine].sum())


def _belief_gaps(society: Society) -> dict[str, float]:
    """Return how much more readers believe than others, mean over the topics of harmful claims, at start and end.

    A reader of a topic is who is a member of a venue about it. NaN where nobody is, or everybody.
    """
    scenario, people = society.config, society.world.people
    gaps = ("belief_gap_at_start", "belief_gap")
    if not topics_of_claims(scenario):
        return dict.fromkeys(gaps, float("nan"))
    topics = range(len(scenario.topics))
    readers = (society.world.venues.readers_of_topics(len(people), len(topics)), society.crowd.readers_of_topics())
    beliefs: tuple[NDArray[Any], ...] = (
        people.belief,
        np.column_stack([society.crowd.beliefs(topic) for topic in topics]),
    )
    found = (belief_gap_of(scenario, belief, reads) for belief, reads in zip(beliefs, readers, strict=True))
    return dict(zip(gaps, found, strict=True))


def belief_gap_of(scenario: Scenario, belief: NDArray[Any], reads: NDArray[np.bool_]) -> float:
    """Return how much more the readers of a topic believe than others, mean over the topics of harmful claims.

    Both are of shape (users, topics). NaN where nobody is a reader, or everybody.
    """
    gaps = []
    for topic in topics_of_claims(scenario):
        some, held = reads[:, topic], belief[:, topic].astype(np.float64)
        both = some.any() and not some.all()
        gaps.append(float(held[some].mean() - held[~some].mean()) if both else float("nan"))
    return float(np.mean(gaps))
