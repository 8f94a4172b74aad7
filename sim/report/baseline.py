"""Does the baseline look like Telegram? Figures of the reference runs beside published ones."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sim.experiment.compare import Comparison
from sim.experiment.store import read_table
from sim.scenario.tree import parse_tree


@dataclass(frozen=True)
class Likeness:
    """One figure of the simulated platform beside a published one."""

    words: str
    unit: str
    simulated: float
    published: float
    low: float
    high: float
    source: str
    mind: str

    @property
    def verdict(self) -> str:
        """Whether the simulated figure lies in the published range."""
        if self.simulated != self.simulated:
            return "not defined in these runs"
        return "in the published range" if self.low <= self.simulated <= self.high else "outside it"


def _top_share(counts: pd.Series, part: float) -> float:
    ordered = np.sort(counts.to_numpy(dtype=np.float64))[::-1]
    if not len(ordered):
        return float("nan")
    if not ordered.sum():
        return float("nan")
    return float(ordered[: max(1, int(np.ceil(part * len(ordered))))].sum() / ordered.sum())


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
    return {
        "forward_share": float((channel["parent"] >= 0).mean()) if len(channel) else nan,
        "lag_median": float(np.median(lag)) * hours if len(lag) else nan,
        "lag_day": float((lag * hours <= 24.0).mean()) if len(lag) else nan,
        "source_share": _top_share(passed[passed["source"] >= 0].groupby("source").size(), 0.05),
        "user_share": _top_share(acts.groupby("author").size().reindex(range(users), fill_value=0), 0.06),
        "view_rate": float(rate.median()) if len(rate) else nan,
        "no_forward": float((started["forwards"] == 0).mean()) if len(started) else nan,
    }


def likeness(comparison: Comparison) -> list[Likeness]:
    """Return the figures of the reference arm, mean over pairs, beside the published ones."""
    published = parse_tree((Path(__file__).parent / "baseline.yaml").read_text("utf-8"), "baseline.yaml").plain()
    plan = comparison.plan
    hours = plan.arms[0].scenario.time.tick_hours
    rows: dict[str, list[float]] = {}
    for pair in range(plan.design.pairs):
        folder = comparison.folder / "runs" / plan.reference / f"{pair:04d}"
        tables = [read_table(folder, name).to_pandas() for name in ("posts", "items", "venues")]
        found = figures_of(tables[0], tables[1], tables[2], plan.arms[0].scenario.world.users, hours)
        for name, value in found.items():
            rows.setdefault(name, []).append(value)
    return [
        Likeness(
            words=spec["words"],
            unit=spec["unit"],
            simulated=float(np.nanmean(rows[name])) if not np.all(np.isnan(rows[name])) else float("nan"),
            published=float(spec["published"]),
            low=float(spec["range"][0]),
            high=float(spec["range"][1]),
            source=spec["source"],
            mind=spec["mind"],
        )
        for name, spec in published.items()
    ]
