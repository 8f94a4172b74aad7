"""Encounters outside the platform: when people meet a claim elsewhere, as tables that both crowds read."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled
from sim.draws import draw3, name_key
from sim.rules.delay import BUCKETS, Waits, hazard_table
from sim.scenario.scenario import Scenario


@dataclass(frozen=True)
class OutsideTables:
    """Sources outside the platform, in the order of the scenario."""

    key: NDArray[np.int64]
    """What draws about a source are keyed by: its name."""
    topic: NDArray[np.int64]
    persuasion: NDArray[np.float64]
    target: NDArray[np.float64]
    met: NDArray[np.bool_]
    """Whether people of each country meet it, shape (sources, countries)."""
    waits: Waits
    """Ticks until the next encounter by quantile bucket, shape (sources, buckets)."""

    def __len__(self) -> int:
        return len(self.key)

    @classmethod
    def of(cls, scenario: Scenario) -> "OutsideTables":
        """Make the tables; sources that nobody meets are left out."""
        named = {name: source for name, source in scenario.world.outside.items() if source.per_day > 0.0}
        per_tick = scenario.time.tick_hours / 24.0
        waits = [hazard_table(source.per_day * per_tick) for source in named.values()]
        met = [[not s.countries or c in s.countries for c in scenario.world.countries] for s in named.values()]
        return cls(
            key=np.array([name_key(name) for name in named], dtype=np.int64),
            topic=np.array([scenario.topics.index(s.topic) for s in named.values()], dtype=np.int64),
            persuasion=np.array(
                [min(1.0, s.persuasion * scenario.behaviour.outside) for s in named.values()], dtype=np.float64
            ),
            target=np.array([float(s.claims) for s in named.values()], dtype=np.float64),
            met=np.array(met, dtype=np.bool_).reshape(len(named), len(scenario.world.countries)),
            waits=np.array(waits, dtype=np.uint32).reshape(-1, BUCKETS),
        )


@compiled
def next_encounter(stream: int, key: int, user: int, tick: int, waits: Waits) -> int:
    """Return the tick of the first encounter at or after `tick`; the draw is keyed by `tick`, for encounters recur."""
    return tick + np.int64(waits[np.int64(draw3(stream, key, user, tick) * waits.size)])
