"""Phase 5: cases are opened."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.model import Society


def detect(model: "Society") -> None:
    """Scanners look at what was uploaded where they may; reports and notices open cases; so do false alarms."""
    intake = model.platform.intake
    intake.scan(model.new_slots)
    intake.hear(model.outbox.reports)
    intake.route(model.new_slots)
    intake.receive()
    intake.look_ahead(model.new_slots)
    intake.ordinary()
