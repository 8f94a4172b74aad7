"""What plug-ins are made of: configs, keyed draws, and the bases of the four extension points.

Tie generators (`TieGenerator`), detection routes (`DetectionRoute`), rules of users (`UserRule`) and outcomes
(`outcome`); docs/plugins.md has an example of each, `sim.testing` what a plug-in has to pass.
"""

from typing import TYPE_CHECKING, Any

from sim.arithmetic import compiled
from sim.draws import below, draw, draw1, draw3, fold, unit
from sim.registry import outcome
from sim.scenario.fields import Duration, Listed, Name, Share, made, param
from sim.scenario.kinds import DetectionRoute, NewPosts, TieGenerator
from sim.scenario.user_rules import Asked, Question, UserRule
from sim.vocabulary import BLOCKED, CORRECTED, DOWNRANKED, FRICTION, LABELLED, RESTRICTED

if TYPE_CHECKING:
    from sim.outcomes import Record

__all__ = [
    "BLOCKED",
    "CORRECTED",
    "DOWNRANKED",
    "FRICTION",
    "LABELLED",
    "RESTRICTED",
    "Asked",
    "DetectionRoute",
    "Duration",
    "Listed",
    "Name",
    "NewPosts",
    "Question",
    "Record",
    "Share",
    "TieGenerator",
    "UserRule",
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
