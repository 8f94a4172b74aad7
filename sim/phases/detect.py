"""Phase 5: cases are opened."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.model import Society


def detect(model: "Society") -> None:
    """Scanners check uploads where the policy allows; reports, notices and false positives open cases."""
    intake = model.platform.intake
    intake.scan(model.new_slots)
    intake.hear(model.outbox.reports)
    intake.route(model.new_slots)
    intake.receive()
    intake.look_ahead(model.new_slots)
    intake.ordinary()
