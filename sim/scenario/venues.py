"""Channels and groups: how many, how large, how busy."""

from typing import Self

from pydantic import model_validator

from sim.scenario.fields import Part, Share, param
from sim.scenario.spread import Constant, PowerLaw, Spread, Uniform, spread, within


class Venues(Part):
    """All channels, or all groups: how many, how large, how busy, how visible."""

    per_1000_users: float = param(
        30.0, "number of venues for each 1,000 users", unit="venues/1,000 users", ge=0.0, le=5000.0
    )
    size: Spread = spread(
        PowerLaw(exponent=2.0, minimum=10.0, maximum=2000.0),
        "members aimed at (at least 2)",
        unit="members",
        source="heavy-tailed; exponents not found in the literature (La Morgia et al. give none): assumed",
    )
    per_user: int | None = param(
        None,
        "if given, everybody is in so many of these venues, all of one size (a constant `size`), sorted at random; "
        "`per_1000_users` and affinity then count for nothing",
        unit="venues/user",
        ge=1,
        le=1000,
    )
    largest_share: Share = param(0.3, "no venue is larger than this share of the users", unit="share of users")
    private: Share = param(0.3, "share of the venues that are by invitation only", unit="share 0-1")
    history: Share = param(0.8, "share of the venues in which a late joiner sees older posts", unit="share 0-1")
    traffic: Spread = spread(
        Uniform(low=1.0, high=10.0), "untracked ordinary posts a day in one venue", unit="posts/day"
    )

    @model_validator(mode="after")
    def _ranges(self) -> Self:
        within(self.size, 1.0, 1e8, "size")
        within(self.traffic, 0.0, 1e5, "traffic")
        if self.per_user is not None and not isinstance(self.size, Constant):
            raise ValueError("per_user needs venues of one size: give `size` as a number")
        return self
