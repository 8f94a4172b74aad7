"""Events in the world outside to which people turn out: a riot, a rally."""

from typing import Self

from pydantic import model_validator

from sim.scenario.fields import Listed, Moment, Name, Part, Share, param
from sim.scenario.spread import Exponential, Spread, in_bounds, spread


class Event(Part):
    """An offline event at a place and time. Users turn out who know of it, believe, and see enough others go."""

    topic: Name = param("general", "topic of the belief that makes users willing to turn out", unit="topic")
    on: Moment = param("day 10", "day of the event", unit="day N, or a date")
    hour: int = param(20, "hour of the day", unit="hour 0-23", ge=0, le=23)
    countries: Listed[Name] = param((), "countries in which it takes place; none means all", unit="list of countries")
    willing_at: Share = param(0.6, "belief from which a user is willing to turn out", unit="belief 0-1")
    heard_elsewhere: Share = param(
        0.0,
        "probability that a user hears of it outside the platforms (press, word of mouth); all others must see a call",
        unit="probability",
    )
    instigators: Share = param(
        0.02,
        "share of the willing who go whatever others do",
        unit="share 0-1",
        source="assumed; Granovetter 1978 has one",
    )
    threshold: Spread = spread(
        Exponential(mean=15.0),
        "users for each 1,000 local ones who must go before another willing user goes, for all but the instigators",
        unit="users/1,000 local users",
        source="thresholds: Granovetter 1978; how they differ is assumed",
        between=(0.0, 1e5),
    )
    occasion: Spread = spread(
        1.0,
        "factor on all thresholds alike, drawn once for each event: weather, police, what else is on that day",
        unit="ratio",
        source="assumed; without it a large world would leave nothing to chance",
        between=(0.0, 1e5),
    )
    free: Share = param(
        0.3,
        "share of willing users who are able to turn out",
        unit="share 0-1",
        source="assumed; 1.7 % of the members of an online group of observers went (St Petersburg)",
    )
    happens_at: float = param(
        1.0, "turnout from which it counts as having happened", unit="users/1,000 local users", ge=1e-6, le=1000.0
    )

    @model_validator(mode="after")
    def _ranges(self) -> Self:
        in_bounds(self)
        return self
