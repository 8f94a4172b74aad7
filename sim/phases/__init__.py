"""The phases of a tick, in order: data in one place that a reader can print (`rumorlab run --explain`)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.phases.detect import detect
from sim.phases.enforce import enforce
from sim.phases.forward import forward
from sim.phases.move import move
from sim.phases.originate import originate
from sim.phases.react import react
from sim.phases.read import read
from sim.phases.record import record
from sim.phases.regulate import regulate
from sim.phases.review import review

if TYPE_CHECKING:
    from sim.model import Society


@dataclass(frozen=True)
class Phase:
    """One phase: its number in the model's description, and the function that carries it out."""

    number: int
    run: "Callable[[Society], None]"

    @property
    def name(self) -> str:
        """Name of the phase."""
        return str(self.run.__name__)

    @property
    def words(self) -> str:
        """What happens, in words: the docstring of the function."""
        return " ".join((self.run.__doc__ or "").split())


PHASES: tuple[Phase, ...] = (
    Phase(1, originate),
    Phase(2, read),
    Phase(3, react),
    Phase(4, forward),
    Phase(5, detect),
    Phase(6, review),
    Phase(7, enforce),
    Phase(8, move),
    Phase(9, regulate),
    Phase(10, record),
)
