"""Phase 6: moderators judge."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.model import Society


def review(model: "Society") -> None:
    """Moderators work the queue within their capacity, first come first served, and make errors at their rates."""
    model.platform.review()
