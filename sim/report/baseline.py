"""Does the baseline look like Telegram? Figures of the reference runs compared with published ones."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.experiment.calibrate import read_calibration
from sim.experiment.comparison import Comparison
from sim.outcomes.likeness import ASKED, figures_of
from sim.scenario.load import finish, value_at
from sim.scenario.scenario import Scenario
from sim.scenario.shipped import shipped_root
from sim.scenario.tree import parse_tree

CALIBRATED, COMPARED = "calibrated", "for comparison only"
USE = (
    f"'{CALIBRATED}': the parameters of the scenario were fitted to this figure, so that agreement is no test; "
    f"'{COMPARED}': nothing was fitted to it."
)
_CALIBRATION = Path("experiments") / "calibrations" / "telegram-channels.yaml"


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
    caveat: str
    use: str
    """Whether the scenario was calibrated to the figure, or is only compared with it."""

    @property
    def verdict(self) -> str:
        """Whether the simulated figure lies in the published range."""
        if self.simulated != self.simulated:
            return "not defined in these runs"
        return "in the published range" if self.low <= self.simulated <= self.high else "outside the range"


def calibrated(scenario: Scenario) -> set[str]:
    """Return the figures to which a scenario was calibrated: those of the shipped calibration, if it has its values."""
    path = shipped_root() / _CALIBRATION
    if not path.is_file():
        return set()
    spec, tree, root = read_calibration(path)
    fitted, mine = finish(tree, root).scenario.resolved(), scenario.resolved()
    same = all(value_at(mine, name) == value_at(fitted, name) for name in spec.space)
    return set(spec.targets) if same else set()


def likeness(comparison: Comparison) -> list[Likeness]:
    """Return the figures of the reference arm, mean over pairs, beside the published ones."""
    aimed_at = calibrated(next(arm.scenario for arm in comparison.plan.arms if arm.name == comparison.plan.reference))
    published = parse_tree((Path(__file__).parent / "baseline.yaml").read_text("utf-8"), "baseline.yaml").plain()
    plan = comparison.plan
    hours = plan.arms[0].scenario.time.tick_hours
    rows: dict[str, list[float]] = {}
    for pair in comparison.pairs:
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
            caveat=spec["caveat"],
            use=CALIBRATED if name in aimed_at else COMPARED,
        )
        for name, spec in published.items()
    ]
