"""Events in the world outside to which people turn out: a riot, a rally."""

from sim.scenario.fields import Listed, Moment, Name, Part, Share, param
from sim.scenario.spread import Spread, Uniform, spread


class Event(Part):
    """Something at a place and a time. Who has heard of it, believes, and sees enough others go, goes too."""

    topic: Name = param("general", "topic of the belief that makes people willing", unit="topic")
    on: Moment = param("day 10", "day on which it is to happen", unit="day N, or a date")
    hour: int = param(20, "hour of the day", unit="hour 0-23", ge=0, le=23)
    countries: Listed[Name] = param((), "where it is to happen; none means everywhere", unit="list of countries")
    willing_at: Share = param(0.6, "belief from which a person is willing to go", unit="belief 0-1")
    heard_elsewhere: Share = param(
        0.0,
        "probability that a person hears of it outside the platforms (press, word of mouth); the rest must see a call",
        unit="probability",
    )
    threshold: Spread = spread(
        Uniform(low=0.0, high=1.0),
        "share of her willing local contacts that must go before a willing person goes",
        unit="share 0-1",
        source="Granovetter 1978; evenly spread in his example",
    )
    free: Share = param(
        0.3,
        "share of the willing who can go at all",
        unit="share 0-1",
        source="assumed; 1.7 % of the members of an online group of observers went (St Petersburg)",
    )
    happens_at: float = param(
        1.0, "turnout from which it counts as having happened", unit="users/1,000 users", gt=0.0, le=1000.0
    )
