"""Phase 2: users come to posts."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.model import Society


def read(model: "Society") -> None:
    """Users come to the posts due in this tick, in their channels, groups and chats, and notice them or not."""
    model.acting.read(model.tick)
