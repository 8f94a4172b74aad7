"""Phase 7: verdicts take effect."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.model import Society


def enforce(model: "Society") -> None:
    """Appeals are decided; posts are removed or marked under the terms; strikes lead to suspensions and bans."""
    model.platform.enforcer.enforce()
