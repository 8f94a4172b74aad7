"""What all agents have in common: they let go of their model when it is done."""

from itertools import count
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from mesa import Agent

if TYPE_CHECKING:
    from sim.model import Society


class _Counters(WeakKeyDictionary["Society", "count[int]"]):
    """Counters of agents by model, which do not keep the model alive."""

    def __getitem__(self, model: "Society") -> "count[int]":
        found = self.get(model)
        if found is None:
            found = self[model] = count(1)
        return found


class SocietyAgent(Agent):
    """A mesa.Agent of a Society.

    Mesa numbers agents with a class-wide dictionary keyed by model, which keeps every model of a process alive; here
    the keys are weak, so that a long comparison needs no more memory than one run.
    """

    _ids = _Counters()
    model: "Society"


def number_from(model: "Society", first: int) -> None:
    """Let the next agent of a model have this number: those before it are of agents that are not made."""
    SocietyAgent._ids[model] = count(first)
