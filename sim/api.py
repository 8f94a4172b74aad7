"""The two functions of `import sim` that are more than a name."""

from collections.abc import Iterable
from pathlib import Path

from sim.errors import InputError
from sim.model import Society
from sim.outcomes import Record, measure_all
from sim.scenario.load import load_scenario
from sim.scenario.scenario import Scenario
from sim.world.build import settle_users


def load(path: str | Path, overrides: Iterable[str] = ()) -> Scenario:
    """Load a scenario file, with overrides written 'path=value'.

    Where a file of contacts decides how many users there are, `world.users` is set to that. Raises ScenarioError with
    every problem at its file and line, DataError if a data file is missing.
    """
    loaded = load_scenario(path, overrides)
    return settle_users(loaded.scenario, loaded.locate)[0]


def measure(society: Society) -> dict[str, float]:
    """Return every outcome of a finished run by name; `sim.OUTCOMES` has their words and units.

    Raises InputError while the run is not at its end: outcomes of half a run are not what their names say.
    """
    if society.running:
        ticks = society.scenario.time.ticks
        raise InputError(f"the run is at tick {society.tick} of {ticks}; call run_model() first")
    return measure_all(Record.of(society))
