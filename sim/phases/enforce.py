"""Phase 7: verdicts take effect."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.model import Society


def enforce(model: "Society") -> None:
    """Posts are removed, labelled or down-ranked as the terms say; strikes lead to bans of users and venues."""
    model.platform.enforce()
