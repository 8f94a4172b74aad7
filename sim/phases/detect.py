"""Phase 5: cases are opened."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.model import Society


def detect(model: "Society") -> None:
    """Scanners look at what was uploaded where they may; reports open cases; so do false alarms on ordinary posts."""
    model.platform.scan(model.new_slots)
    model.platform.hear(model.outbox.reports)
    model.platform.ordinary()
