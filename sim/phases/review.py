"""Phase 6: moderators judge."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.model import Society


def review(model: "Society") -> None:
    """Reviewers work through the queue within their capacity, in the order set by the policy, with errors."""
    model.platform.bench.review()
