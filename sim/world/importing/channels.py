"""What real Telegram channels do: shares of forwards, how late they come, from how few sources; by halves of them."""

from pathlib import Path
from typing import Literal

import numpy as np

from sim.arithmetic import top_share
from sim.errors import DataError
from sim.scenario.places import data_file
from sim.world.importing.tables import read_table_of

CHANNELS = "telegram_channels/channels.parquet"
EDGES = "telegram_channels/forward_edges.parquet"
POSTS = "telegram_channels/posts_sample.parquet"
FILES = (CHANNELS, EDGES, POSTS)
Half = Literal["even", "odd"]
HALVES: tuple[Half, Half] = ("even", "odd")
"""Channels by number, which was drawn at random when the data were made: two halves that have nothing to do with
each other."""
MEASURED = ("forward_share", "lag_median", "lag_day", "source_share", "forwards_per_view")
"""Figures that the data hold, by the names of outcomes.likeness."""


def channel_facts(half: Half, files: tuple[Path, Path, Path] | None = None) -> dict[str, float]:
    """Return the figures of one half of the channels of Nazar et al. 2026, by name; raises DataError.

    Share of the posts that are forwards (median over channels); median lag of a forward in hours and the share within
    24 hours (all forwards alike); share of the forwards whose source is among the 5 % most forwarded; the platform's
    counter of forwards over views, originals of all channels together.
    """
    paths = files or tuple(data_file(name) for name in FILES)
    channels = read_table_of(paths[0], ("channel", "forward_share"))
    edges = read_table_of(paths[1], ("source", "target", "count"))
    posts = read_table_of(paths[2], ("channel", "views", "forwards", "is_forward", "lag_hours"))
    odd = half == "odd"
    mine = posts[posts["channel"] % 2 == odd]
    lag = mine["lag_hours"].dropna().to_numpy(dtype=np.float64)
    first = mine[~mine["is_forward"].astype(bool)]
    by_source = edges[edges["target"] % 2 == odd].groupby("source")["count"].sum()
    if not len(lag) or not len(by_source) or not first["views"].sum():
        raise DataError(f"{POSTS}: the {half} channels have no forward with a lag, or no views")
    return {
        "forward_share": float(channels.loc[channels["channel"] % 2 == odd, "forward_share"].median()),
        "lag_median": float(np.median(lag)),
        "lag_day": float((lag <= 24.0).mean()),
        "source_share": top_share(by_source.to_numpy(), 0.05),
        "forwards_per_view": float(first["forwards"].sum() / first["views"].sum()),
    }
