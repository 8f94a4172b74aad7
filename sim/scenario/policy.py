"""Policy: the platform's terms, its moderation, and its features. This is what the arms of a comparison vary."""

from typing import Literal, Self

from pydantic import model_validator

from sim.scenario.fields import Duration, Part, Share, made, param
from sim.scenario.moderation import Moderation, Treatment
from sim.vocabulary import ContentClass


class Labels(Part):
    """Effects of the markings on a post: warning label, down-ranking, friction, correction."""

    sharing_factor: Share = param(
        0.753,
        "factor on forwarding a labelled post",
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
    friction_factor: Share = param(
        0.9,
        "factor on forwarding a post with friction (a prompt before it is sent)",
        unit="factor 0-1",
        source="accuracy prompts: -10 % sharing of what is false (Pennycook and Rand 2022, Nature Communications)",
    )
    correction_strength: Share = param(
        0.5,
        "how strongly a corrected post pulls a belief towards 0, relative to its pull towards 1 without the correction",
        unit="ratio",
        source="assumed; fact checks move beliefs by 0.29 standard deviations (Walter et al. 2020)",
    )


class Features(Part):
    """Features of the application."""

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
        "hops from which an item counts as forwarded many times",
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
    friction: Share = param(
        1.0,
        "factor on all forwarding, from a prompt before each forward; 1 means none",
        unit="factor 0-1",
        source="assumed; accuracy prompts before what is false: .9 (Pennycook and Rand 2022)",
    )
    feed: float = param(
        0.0,
        "popularity boost of the feed: at 1, a widely read post is noticed twice as likely as a new one; 0 is a "
        "chronological feed",
        unit="ratio",
        ge=0.0,
        le=100.0,
        source="Telegram has no ranked feed; X has",
    )
    feed_half: int = param(
        20, "views at which a post gets half of the popularity boost", unit="views", ge=1, le=10_000_000
    )
    identity: Literal["anonymous", "phone", "verified"] = param(
        "anonymous", "identity check for a new account: none, a phone number, or a verified identity", unit="word"
    )
    secret_forwarding: bool = param(
        False, "whether messages in secret chats can be forwarded", unit="yes/no", source="Telegram forbids it"
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


class Cooperation(Part):
    """How the platform answers data requests of authorities."""

    answers: Share = param(
        0.0,
        "share of data requests that are answered",
        unit="share 0-1",
        source="Telegram in the United States: 14 requests met in nine months of 2024, 900 in the year",
    )
    within: Duration = param("7 days", "mean time until a request is answered, geometric", unit="duration")


class Policy(Part):
    """A moderation policy: terms of service, moderation, labels, features."""

    title: str = param("no moderation", "name of the policy in reports", unit="words", min_length=1, max_length=80)
    terms: dict[ContentClass, Treatment] = made(
        dict, "content classes that the terms of service restrict, and how posts of each are treated", unit="mapping"
    )
    moderation: Moderation = made(Moderation, "the moderation system", unit="section")
    labels: Labels = made(Labels, "effects of labels, down-ranking, friction and corrections", unit="section")
    features: Features = made(Features, "features of the application", unit="section")
    cooperation: Cooperation = made(
        Cooperation, "how the platform answers data requests of authorities", unit="section"
    )
