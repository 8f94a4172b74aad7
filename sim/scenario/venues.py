"""Channels and groups: how many, how large, how busy."""

from typing import Self

from pydantic import model_validator

from sim.scenario.fields import Part, Share, param
from sim.scenario.spread import Constant, PowerLaw, Spread, Uniform, in_bounds, spread


class Venues(Part):
    """All channels, or all groups: number, size, traffic and visibility."""

    per_1000_users: float = param(30.0, "number per 1,000 users", unit="venues/1,000 users", ge=0.0, le=5000.0)
    size: Spread = spread(
        PowerLaw(exponent=2.0, minimum=10.0, maximum=2000.0),
        "target number of members (at least 2)",
        unit="members",
        between=(1.0, 1e8),
        source="heavy-tailed; exponents not found in the literature (La Morgia et al. give none): assumed",
    )
    per_user: int | None = param(
        None,
        "if given, every user is in exactly this many, all of one size (a constant `size`), assigned at random; "
        "`per_1000_users` and affinity are then ignored",
        unit="venues/user",
        ge=1,
        le=1000,
    )
    largest_share: Share = param(0.3, "maximum size, as a share of the users", unit="share of users")
    private: Share = param(0.3, "share that is by invitation only", unit="share 0-1")
    history: Share = param(0.8, "share in which a late joiner sees older posts", unit="share 0-1")
    traffic: Spread = spread(
        Uniform(low=1.0, high=10.0), "ordinary (untracked) posts per day in each", unit="posts/day", between=(0.0, 1e5)
    )

    @model_validator(mode="after")
    def _ranges(self) -> Self:
        in_bounds(self)
        if self.per_user is not None and not isinstance(self.size, Constant):
            raise ValueError("per_user needs a constant size: give `size` as a number")
        return self
