"""Phase 9: the law."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.model import Society


def regulate(model: "Society") -> None:
    """At the end of a day authorities request data, audit, warn, fine, block or arrest; platforms respond."""
    model.court.regulate()
