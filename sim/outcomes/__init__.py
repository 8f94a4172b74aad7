"""Outcomes: one file per family of measures; importing the package registers them all."""

from sim.outcomes import burden, enforcement, reach
from sim.outcomes.record import Record
from sim.outcomes.registry import OUTCOMES, Outcome, get_outcome, measure_all, outcome

__all__ = ["OUTCOMES", "Outcome", "Record", "burden", "enforcement", "get_outcome", "measure_all", "outcome", "reach"]
