"""Phase 9: the law."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.model import Society


def regulate(model: "Society") -> None:
    """At the end of a day authorities ask for data, audit the record, warn, fine, block, arrest; platforms respond."""
    model.court.regulate()
