"""What spreads: streams of tracked items, their classes, and the value judgements about them (harm weights)."""

from typing import Literal, Self

from pydantic import model_validator

from sim.scenario.fields import Duration, Listed, Name, Part, Share, made, param
from sim.scenario.spread import Spread, Uniform, in_bounds, spread
from sim.vocabulary import CLASSES, ContentClass, Medium

MOST_FACTOR = 1e6
"""Largest weight of a view, and largest factor of a medium."""

_HARM: dict[ContentClass, float] = {
    "benign": 0.0,
    "misinformation": 1.0,
    "conspiracy": 2.0,
    "fraud": 3.0,
    "incitement": 5.0,
    "terrorism": 8.0,
    "csam": 10.0,
    "extremism": 4.0,
    "drugs": 3.0,
    "correction": 0.0,
}


class Contest(Part):
    """Debunking by talk among contacts (Tambuscio et al. 2015), beside the messages: one draw per user and tick."""

    spreading: Share = param(
        0.5,
        "probability per tick that an undecided user with a decided contact adopts the claim or its refutation",
        unit="probability/tick",
        source="Tambuscio et al. 2015 use .5",
    )
    credibility: float = param(
        0.3,
        "credibility of the claim relative to its refutation: a believer counts 1 + this value, a fact-checker 1 - "
        "this value",
        unit="share",
        ge=-1.0,
        le=1.0,
        source="Tambuscio et al. 2015 use .3",
    )
    forgetting: Share = param(
        0.1,
        "probability per tick that a decided user forgets and is undecided again",
        unit="probability/tick",
        source="Tambuscio et al. 2015 use .1",
    )
    verifying: Share = param(
        0.05, "probability per tick that a believer checks the claim and rejects it", unit="probability/tick"
    )

    @model_validator(mode="after")
    def _outcomes(self) -> Self:
        if self.forgetting + self.verifying > 1.0:
            raise ValueError(
                f"forgetting and verifying must sum to at most 1, got {self.forgetting:g} and {self.verifying:g}"
            )
        return self


class Stream(Part):
    """A stream of tracked items of one class and topic, started by users throughout the run."""

    content: ContentClass = param("benign", "content class", unit="class")
    topic: Name = param("general", "topic of the items", unit="topic")
    per_1000_users_day: float = param(
        0.2, "items started per day and 1,000 users", unit="items/1,000 users/day", ge=0.0, le=1e6
    )
    found: float = param(
        0.0,
        "rate at which a user who has not yet met an item finds it outside the platform and posts it",
        unit="1/day",
        ge=0.0,
        le=24.0,
        source="spontaneous adoption: Bass 1969; 0 means never",
    )
    contest: Contest | None = param(
        None,
        "if given, each item is also a claim that contacts talk about from the tick after it is started (its "
        "originator is the first believer); the run time then grows with users, ties and ticks",
        unit="section",
    )
    spacing: Literal["random", "even"] = param(
        "random", "whether items are started at random times or evenly spaced", unit="word"
    )
    until: Duration | None = param(
        None,
        "time from the start of the run until which items are started; none means throughout the run",
        unit="duration",
    )
    also: dict[str, Share] = made(
        dict,
        "secondary topics of the items, each with the share of the persuasion that acts on the belief in that topic",
        unit="topic: share 0-1",
        max_length=20,
    )
    novelty: Listed[Share] | None = param(
        None,
        "factor on forwarding at the 1st, 2nd, ... exposure to an item of this stream; none means that of `behaviour`",
        unit="factors 0-1",
    )
    repetition: Listed[Share] | None = param(
        None,
        "factor on persuasion at the 1st, 2nd, ... exposure to an item of this stream; none means that of `behaviour`",
        unit="factors 0-1",
    )
    appeal: Spread = spread(
        Uniform(low=0.2, high=1.0), "how attractive the item is to forward", unit="share 0-1", between=(0.0, 1.0)
    )
    persuasion: Share = param(
        0.5, "how far one exposure moves a belief, multiplied by the reader's credulity", unit="share 0-1"
    )
    stance: Literal["claim", "sender"] = param(
        "claim",
        "what an exposure pulls beliefs towards: the claim of the item (1; 0 for a correction), or the current "
        "belief of its sender (opinion dynamics; for classes that spread by belief)",
        unit="word",
        source="sender: DeGroot 1974",
    )
    detectability: Share = param(1.0, "factor on the recall of scanners", unit="share 0-1")
    medium: Medium = param("text", "medium of the items", unit="medium")
    first_places: int = param(
        2, "most channels and groups in which the originator first posts an item", unit="venues", ge=1, le=100
    )
    starts: Literal["best-places", "drawn", "both"] = param(
        "best-places",
        "where the originator first posts: in the channels and groups that fit best (see first_places), in each "
        "chat with the probability that a forward by the originator would go there (drawn), or both",
        unit="word",
    )
    seeds: int = param(1, "users who start the same item at the same time", unit="persons", ge=1, le=1_000_000)
    origin: int | None = param(
        None, "number of the user who starts every item; none means a random user", unit="user", ge=0, le=20_000_000
    )
    started_by: Listed[Name] = param(
        (),
        "personas that start the items, for example bots; none means all, weighted by their `originates`",
        unit="list of personas",
    )
    from_hour: int = param(0, "hour of the day from which items are started", unit="hour 0-23", ge=0, le=23)
    hours: int = param(
        24, "hours per day during which items are started (a posting schedule)", unit="hours", ge=1, le=24
    )
    calls: Name | None = param(
        None,
        "event for which the items call on users to turn out, with its place and time; none means no event",
        unit="event",
    )
    seeded_by_interest: bool = param(
        True, "whether originators are also chosen by their belief or interest in the topic", unit="yes/no"
    )

    @model_validator(mode="after")
    def _ranges(self) -> Self:
        in_bounds(self)
        for name in ("novelty", "repetition"):
            factors = getattr(self, name)
            if factors is not None and not 1 <= len(factors) <= 50:
                raise ValueError(f"{name} must have 1 to 50 factors, got {len(factors)}")
        if self.topic in self.also:
            raise ValueError(f"also must not name the main topic '{self.topic}'")
        return self


class Content(Part):
    """The tracked content and how harmful it is considered to be."""

    streams: dict[str, Stream] = made(
        lambda: {"news": Stream()}, "streams of items by name", unit="mapping", max_length=200
    )
    harm: dict[ContentClass, float] = made(
        lambda: dict(_HARM),
        "harm per view, by class: a value judgement, shown in every report",
        unit="harm/view",
        between=(0.0, MOST_FACTOR),
    )
    medium_factor: dict[Medium, float] = made(
        lambda: dict.fromkeys(("text", "picture", "video", "voice", "link"), 1.0),
        "factor on the probability of forwarding, by medium",
        unit="ratio",
        between=(0.0, MOST_FACTOR),
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for what, factors in (("harm", self.harm), ("medium_factor", self.medium_factor)):
            for name, factor in factors.items():
                if not 0.0 <= factor <= MOST_FACTOR:
                    raise ValueError(f"{what}.{name} must lie in 0 to {MOST_FACTOR:,.0f} (got {factor:g})")
        return self

    def weights(self) -> tuple[float, ...]:
        """Return harm of one view for each class, in the vocabulary's order; a class not named weighs 0."""
        return tuple(float(self.harm.get(name, 0.0)) for name in CLASSES)  # type: ignore[call-overload]
