"""Figures of a run that real platforms publish too: how many posts are forwards, how late, from whom.

They are no outcomes of a policy: they say whether a run looks like the platform, and are what calibrations aim at.
"""

import numpy as np
import pandas as pd

from sim.arithmetic import top_share
from sim.outcomes.record import Record

FIGURES = (
    "forward_share",
    "lag_median",
    "lag_day",
    "source_share",
    "user_share",
    "view_rate",
    "no_forward",
    "forwards_per_view",
)
"""Names of what `figures_of` returns."""
ASKED = {
    "posts": ("item", "author", "place", "venue", "tick", "parent", "echo", "source", "views"),
    "items": ("posts", "forwards"),
    "venues": ("venue", "members"),
}
"""Tables that `figures_of` takes, in their order, and the columns of theirs that it reads."""


def likeness_of(record: Record) -> dict[str, float]:
    """Return the figures of a run, by name; NaN where there is nothing to count."""
    tables = [record.frame(name) for name in ASKED]
    return figures_of(tables[0], tables[1], tables[2], record.users, record.scenario.time.tick_hours)


def figures_of(
    posts: pd.DataFrame, items: pd.DataFrame, venues: pd.DataFrame, users: int, hours: float
) -> dict[str, float]:
    """Return the figures of one run, from its tables."""
    passed = posts[posts["parent"] >= 0]
    lag = passed["tick"].to_numpy() - posts["tick"].to_numpy()[passed["parent"].to_numpy()]
    channel = posts[(posts["place"] == "channel") & ~posts["echo"]]
    size = venues.set_index("venue")["members"]
    large = channel[channel["venue"].map(size) >= 30]
    rate = large["views"] / large["venue"].map(size)
    started = items[items["posts"] > 0]
    acts = passed.drop_duplicates(["author", "item", "tick"])
    nan = float("nan")
    first = channel[channel["parent"] < 0]
    taken = np.bincount(passed["parent"].to_numpy(dtype=np.int64), minlength=len(posts))[first.index.to_numpy()]
    seen = float(first["views"].sum())
    return {
        "forward_share": float((channel["parent"] >= 0).mean()) if len(channel) else nan,
        "lag_median": float(np.median(lag)) * hours if len(lag) else nan,
        "forwards_per_view": float(taken.sum()) / seen if seen else nan,
        "lag_day": float((lag * hours <= 24.0).mean()) if len(lag) else nan,
        "source_share": top_share(passed[passed["source"] >= 0].groupby("source").size().to_numpy(), 0.05),
        "user_share": top_share(acts.groupby("author").size().reindex(range(users), fill_value=0).to_numpy(), 0.06),
        "view_rate": float(rate.median()) if len(rate) else nan,
        "no_forward": float((started["forwards"] == 0).mean()) if len(started) else nan,
    }
