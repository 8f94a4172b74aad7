"""What plug-ins are made of: configs, keyed draws, and the bases of the three extension points.

Tie generators (`TieGenerator`), detection routes (`DetectionRoute`) and outcomes (`outcome`); docs/plugins.md has an
example of each, `sim.testing` what a plug-in has to pass.
"""

from typing import TYPE_CHECKING, Any

from sim.arithmetic import compiled
from sim.draws import below, draw, draw1, draw3, fold, unit
from sim.registry import outcome
from sim.scenario.fields import Duration, Listed, Name, Share, made, param
from sim.scenario.kinds import DetectionRoute, NewPosts, TieGenerator

if TYPE_CHECKING:
    from sim.outcomes import Record

__all__ = [
    "DetectionRoute",
    "Duration",
    "Listed",
    "Name",
    "NewPosts",
    "Record",
    "Share",
    "TieGenerator",
    "below",
    "compiled",
    "draw",
    "draw1",
    "draw3",
    "fold",
    "made",
    "outcome",
    "param",
    "unit",
]


def __getattr__(name: str) -> Any:
    if name == "Record":  # it needs the model, which a config must not, for scenarios are made of configs
        from sim.outcomes import Record

        return Record
    raise AttributeError(f"module 'sim.extension' has no attribute '{name}'")
