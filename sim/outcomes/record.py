"""What is kept of a finished run, and from which every outcome is computed."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa

from sim.model import Society
from sim.outcomes import tables
from sim.outcomes.digest import digest
from sim.scenario.scenario import Scenario


@dataclass(frozen=True)
class Record:
    """A finished run: its scenario, its tables, and a few totals that no table holds."""

    scenario: Scenario
    users: int
    tables: dict[str, pa.Table]
    """By name; views are not among them if they went to a file as the run went, or were not kept."""
    totals: dict[str, float]
    digest: str
    _frames: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    def frame(self, name: str) -> pd.DataFrame:
        """Return a table as a pandas frame: the same at every call, to be read and not changed."""
        if name not in self._frames:
            self._frames[name] = self.tables[name].to_pandas()
        return self._frames[name]

    @classmethod
    def of(cls, society: Society) -> "Record":
        """Take down a society that has finished its run."""
        columns = society.crowd.post_columns()
        ticks, items = tables.ticks(society), tables.items(society)
        cases, sanctions = society.crowd.case_rows(), society.crowd.sanction_rows()
        kept = society.scenario.record.tables
        made = {
            "ticks": ticks,
            "items": items,
            "posts": tables.posts(society, columns),
            "venues": tables.venues(society),
            "cases": tables.cases(cases),
            "sanctions": tables.sanctions(sanctions),
        }
        if society.crowd.views_out is None and "views" in kept:
            made["views"] = tables.view_table(society.crowd.view_rows())
        if "users" in kept:
            made["users"] = tables.users(society)
        topics = range(len(society.scenario.topics))
        believers = [society.crowd.believers(topic) for topic in topics]
        beliefs = [society.crowd.belief_millionths(topic) for topic in topics]
        totals = {
            "believers_at_start": float(sum(society.believers_at_start)),
            "believers": float(sum(believers)),
            "topics": float(len(believers)),
            "private_scanned": float(society.platform.private_scanned),
            "secret_scanned": float(society.platform.secret_scanned),
            "private_matched": float(society.platform.private_matched),
        }
        parents = columns["parent"]
        origin = [
            np.where(parents >= 0, columns[name][parents], -1) for name in ("author", "place", "receiver", "tick")
        ]
        keyed = {**columns, "item": society.items.key[columns["item"]]}
        post_rows = np.column_stack([*(keyed[name] for name in keyed if name != "parent"), *origin])
        items_made = society.items
        item_rows = np.column_stack([items_made.key, items_made.tick, items_made.origin, society.crowd.item_counts()])
        final = np.array([society.believers_at_start, believers, beliefs], dtype=np.int64)
        return cls(
            scenario=society.scenario,
            users=len(society.world.people),
            tables=made,
            totals=totals,
            digest=digest(society.tick_rows(), item_rows, [post_rows, cases, sanctions, final]),
        )
