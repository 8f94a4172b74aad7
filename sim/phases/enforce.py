"""Phase 7: verdicts take effect."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.model import Society


def enforce(model: "Society") -> None:
    """Objections are decided; posts are removed or marked as the terms say; strikes lead to suspensions and bans."""
    model.platform.enforcer.enforce()
