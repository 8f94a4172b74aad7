"""Phase 8: people and places move."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.model import Society


def move(model: "Society") -> None:
    """People turn out to events; at night the banned come back or go elsewhere, places open again, members follow."""
    model.mobiliser.mobilise()
    model.mover.move()
