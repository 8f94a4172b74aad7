"""Phase 10: the outcomes of the tick."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.model import Society


def record(model: "Society") -> None:
    """The counts of the tick are recorded."""
    model.write_tick()
