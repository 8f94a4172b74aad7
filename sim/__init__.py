"""Rumorlab: a policy laboratory for Telegram-like platforms.

    import sim
    scenario = sim.load("scenarios/telegram.yaml", ["policy.moderation.reviewers.count=50"])
    society = sim.Society(scenario, seed=1)
    society.run_model()
    print(sim.measure(society)["harmful_views"])

Names are imported when they are first used, so that the command line answers at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.agents.user import User
    from sim.api import compare, load, measure, run, sweep
    from sim.errors import DataError, InputError, ResultError, RumorlabError, RunError, ScenarioError
    from sim.model import Society
    from sim.outcomes import OUTCOMES
    from sim.scenario.scenario import Scenario

_HOMES = {
    "DataError": "sim.errors",
    "InputError": "sim.errors",
    "OUTCOMES": "sim.outcomes",
    "ResultError": "sim.errors",
    "RumorlabError": "sim.errors",
    "RunError": "sim.errors",
    "Scenario": "sim.scenario.scenario",
    "ScenarioError": "sim.errors",
    "Society": "sim.model",
    "User": "sim.agents.user",
    "compare": "sim.api",
    "load": "sim.api",
    "measure": "sim.api",
    "run": "sim.api",
    "sweep": "sim.api",
}

__all__ = [
    "OUTCOMES",
    "DataError",
    "InputError",
    "ResultError",
    "RumorlabError",
    "RunError",
    "Scenario",
    "ScenarioError",
    "Society",
    "User",
    "compare",
    "load",
    "measure",
    "run",
    "sweep",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'sim' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
