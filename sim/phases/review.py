"""Phase 6: moderators judge."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.model import Society


def review(model: "Society") -> None:
    """Moderators work the queues within their capacity, in the order of the policy, and make errors at their rates."""
    model.platform.bench.review()
