"""Does the baseline look like Telegram? Figures of the reference runs beside published ones."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.experiment.comparison import Comparison
from sim.outcomes.likeness import ASKED, figures_of
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


def likeness(comparison: Comparison) -> list[Likeness]:
    """Return the figures of the reference arm, mean over pairs, beside the published ones."""
    published = parse_tree((Path(__file__).parent / "baseline.yaml").read_text("utf-8"), "baseline.yaml").plain()
    plan = comparison.plan
    hours = plan.arms[0].scenario.time.tick_hours
    rows: dict[str, list[float]] = {}
    for pair in range(plan.design.pairs):
        tables = [comparison.frame(name, plan.reference, pair, columns) for name, columns in ASKED.items()]
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
