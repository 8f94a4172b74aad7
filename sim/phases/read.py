"""Phase 2: users come to posts."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.model import Society


def read(model: "Society") -> None:
    """The posts that users get round to in this tick, in their venues and chats, are noticed or not."""
    model.acting.read(model.tick)
