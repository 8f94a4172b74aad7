"""Phase 8: people and places move."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.model import Society


def move(model: "Society") -> None:
    """Users turn out; at the end of a day banned users return or migrate, banned chats reopen, members follow."""
    model.mobiliser.mobilise()
    model.mover.move()
