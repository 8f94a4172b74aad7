"""Policy: the platform's terms, its moderation, and its features. This is what the arms of a comparison vary."""

from typing import Literal, Self

from pydantic import model_validator

from sim.scenario.fields import Duration, Listed, Part, Share, made, param
from sim.vocabulary import Action, ContentClass, Scope


class Treatment(Part):
    """What is done with a post of one class once it is found in breach of the terms."""

    actions: Listed[Action] = param(
        ("remove",), "what is done: remove, label, downrank", unit="list of actions", max_length=3
    )
    scope: Scope = param(
        "post",
        "on this post only, or on every copy that is up (labels and down-ranking also on later copies)",
        unit="word",
    )
    strike: bool = param(False, "whether the author and the venue get a strike", unit="yes/no")


class Reviewers(Part):
    """The people who judge cases. They are counted in persons, like the population that one user stands for."""

    count: int = param(
        0,
        "reviewers employed",
        unit="persons",
        ge=0,
        le=1_000_000,
        source="TikTok in the EU: 6,125 for 159 million users (DSA 2023-24); Telegram: unknown",
    )
    decisions_per_day: float = param(
        200.0,
        "decisions that one reviewer takes a day, on average over the year",
        unit="decisions/day",
        gt=0.0,
        le=100_000.0,
        source="3 million a day by 15,000 people (NYU Stern 2020)",
    )
    service: Literal["even", "random"] = param(
        "even",
        "even: decisions are spread evenly over the ticks and take no time of their own; random: each reviewer works "
        "on one case at a time, for a time that is geometric (ticks must be shorter than it is on average)",
        unit="word",
        source="random: the servers of a queue M/M/c (Erlang 1917)",
    )
    hours_per_day: float = param(5.7, "paid hours a day, weekends counted (8 x 5/7)", unit="hours/day", gt=0.0, le=24.0)
    sensitivity: Share = param(
        0.9,
        "probability that a post in breach is judged so",
        unit="probability",
        source="more than 10 % of decisions are wrong (Zuckerberg 2018, in NYU Stern 2020)",
    )
    specificity: Share = param(
        0.9,
        "probability that a post not in breach is cleared",
        unit="probability",
        source="more than 10 % of decisions are wrong (Zuckerberg 2018, in NYU Stern 2020)",
    )
    cost_per_hour: float = param(
        18.0,
        "wage",
        unit="USD/hour",
        ge=0.0,
        le=10_000.0,
        source="18 USD in the United States, 1.50 to 2.20 in Kenya (TIME 2022)",
    )


class Scan(Part):
    """Automatic detection at upload. Secret chats are never scanned."""

    recall: dict[ContentClass, Share] = made(
        dict, "probability that a post of a class is flagged, by class; 0 where not named", unit="probability"
    )
    false_positive: Share = param(
        0.0005,
        "probability that a post not in breach is flagged",
        unit="probability",
        source="assumed; no rate per class is published",
    )
    private_venues: bool = param(False, "whether venues by invitation are scanned", unit="yes/no")
    direct_chats: bool = param(False, "whether one-to-one cloud chats are scanned", unit="yes/no")
    acts_alone: bool = param(False, "whether a flag counts as a verdict, without a reviewer", unit="yes/no")


class Reports(Part):
    """Reports by users as a way into the queue."""

    accepted: bool = param(True, "whether reports by users open cases", unit="yes/no")
    private_venues: bool = param(
        True,
        "whether reports from venues by invitation and direct chats are looked at",
        unit="yes/no",
        source="Telegram refused requests on private chats until 9/2024 (its FAQ, in press)",
    )
    ordinary: Share = param(0.0003, "probability that an ordinary lawful post is reported", unit="probability")


class Takedown(Part):
    """When a verdict takes effect."""

    delay: Duration = param(
        "24 h",
        "time from opening a case to action, at the least",
        unit="duration",
        source="64 to 90 % of notices are reviewed in 24 h (EU hate-speech code 2020-22)",
    )
    further: Duration | None = param(
        None,
        "mean of a further, random time until action, geometric: one clock for each post, or for the whole item where "
        "every copy is treated; none means no further time",
        unit="duration",
        source="half-lives of takedown: Truong et al. 2025; exponential in the limit of fine ticks",
    )


class Strikes(Part):
    """What follows from strikes; none means never."""

    ban_user_at: int | None = param(None, "strikes after which an account is banned", unit="strikes", ge=1, le=1000)
    ban_venue_at: int | None = param(
        None, "strikes after which a channel or group is banned", unit="strikes", ge=1, le=1000
    )


class Moderation(Part):
    """The moderation organisation."""

    reviewers: Reviewers = made(Reviewers, "the people who judge cases", unit="section")
    scan: Scan = made(Scan, "automatic detection at upload", unit="section")
    reports: Reports = made(Reports, "reports by users", unit="section")
    takedown: Takedown = made(Takedown, "when a verdict takes effect", unit="section")
    strikes: Strikes = made(Strikes, "what follows from strikes", unit="section")


class Labels(Part):
    """What a warning label and down-ranking do."""

    sharing_factor: Share = param(
        0.753,
        "factor on passing on a labelled post",
        unit="factor 0-1",
        source="-24.7 % (Martel and Rand 2024, Nature Human Behaviour)",
    )
    belief_factor: Share = param(
        0.724,
        "factor on the persuasion of a labelled post",
        unit="factor 0-1",
        source="-27.6 % (Martel and Rand 2024, Nature Human Behaviour)",
    )
    notice_factor: Share = param(1.0, "factor on noticing a labelled post", unit="factor 0-1")
    downrank_factor: Share = param(0.2, "factor on noticing a down-ranked post", unit="factor 0-1")


class Features(Part):
    """What the application lets people do."""

    forward_limit: int | None = param(
        None,
        "chats to which one forward can go; none means no limit",
        unit="chats",
        ge=0,
        le=10_000,
        source="Telegram has no small cap; WhatsApp 5",
    )
    viral_hops: int = param(
        5,
        "hops after which an item counts as forwarded many times",
        unit="hops",
        ge=1,
        le=1000,
        source="WhatsApp: five hops",
    )
    viral_forward_limit: int | None = param(
        None,
        "chats to which one forward of an item forwarded many times can go; none means the ordinary limit",
        unit="chats",
        ge=0,
        le=10_000,
        source="WhatsApp: 1",
    )
    secret_forwarding: bool = param(
        False, "whether what arrives in a secret chat can be forwarded", unit="yes/no", source="Telegram forbids it"
    )

    @model_validator(mode="after")
    def _nested(self) -> Self:
        if (
            self.forward_limit is not None
            and self.viral_forward_limit is not None
            and self.viral_forward_limit > self.forward_limit
        ):
            raise ValueError(
                f"viral_forward_limit must be at most forward_limit "
                f"({self.forward_limit}), got {self.viral_forward_limit}"
            )
        return self


class Policy(Part):
    """A moderation policy: terms of service, moderation, labels, features."""

    title: str = param("no moderation", "name of the policy in reports", unit="words", min_length=1, max_length=80)
    terms: dict[ContentClass, Treatment] = made(
        dict, "classes that the terms of service forbid or mark, and what is done", unit="mapping"
    )
    moderation: Moderation = made(Moderation, "the moderation organisation", unit="section")
    labels: Labels = made(Labels, "what labels and down-ranking do", unit="section")
    features: Features = made(Features, "what the application lets people do", unit="section")
