"""Outcomes: one file per family of measures; importing the package registers them all."""

from sim.outcomes import burden, enforcement, law, lost_speech, moving, reach, turnout
from sim.outcomes.record import Record
from sim.registry import OUTCOMES, Outcome, get_outcome, measure_all, outcome
from sim.scenario.kinds import OUTCOMES as OUTCOME_GROUP
from sim.scenario.kinds import plugged

__all__ = [
    "OUTCOMES",
    "Outcome",
    "Record",
    "burden",
    "enforcement",
    "get_outcome",
    "law",
    "lost_speech",
    "measure_all",
    "moving",
    "outcome",
    "reach",
    "turnout",
]

plugged(OUTCOME_GROUP)
"""Outcomes that other packages bring register themselves as these do, when they are loaded."""
