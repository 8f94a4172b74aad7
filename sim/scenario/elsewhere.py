"""Other platforms beside the one under study, and how people and places move between them."""

from typing import Literal

from sim.scenario.fields import Duration, Part, Share, made, param
from sim.scenario.spread import Constant
from sim.scenario.venues import Venues
from sim.vocabulary import ContentClass

MOST_ELSEWHERE = 7
IDENTITIES = ("anonymous", "phone", "verified")


def _none() -> Venues:
    return Venues(per_1000_users=0.0, size=Constant(value=2.0))


class Elsewhere(Part):
    """Another platform, seen from outside: who is there, what is open there, and how it moderates.

    Direct messages, and the offices of moderation, are those of the platform under study alone.
    """

    accounts: Share = param(0.1, "share of the users who have an account there from the start", unit="share 0-1")
    attraction: float = param(
        1.0, "weight with which those who go elsewhere choose it", unit="ratio", ge=0.0, le=1000.0
    )
    group_cap: int = param(1_000_000, "most members of a group, in simulated users", unit="members", ge=2, le=10**8)
    removing: dict[ContentClass, Share] = made(
        dict, "share of the posts of a class that it takes down, by class; 0 where not named", unit="probability"
    )
    delay: Duration = param("1 day", "mean time until it does, geometric", unit="duration")
    channels: Venues = made(_none, "its one-way feeds", unit="section")
    groups: Venues = made(_none, "its many-to-many chats", unit="section")


class Moving(Part):
    """What the banned do, who follows, and how people find places."""

    returning: Share = param(
        0.0,
        "probability that a banned person opens a new account here, where accounts are anonymous",
        unit="probability",
    )
    returning_after: Duration = param("2 days", "mean time until she does, geometric", unit="duration")
    identity: dict[Literal["anonymous", "phone", "verified"], Share] = made(
        lambda: {"anonymous": 1.0, "phone": 0.4, "verified": 0.05},
        "factor on coming back under a new name, by what the policy asks of a new account",
        unit="factor 0-1",
    )
    reopening: Share = param(
        0.0, "probability that a banned venue opens again here, as a backup under a new name", unit="probability"
    )
    reopening_after: Duration = param(
        "1 day",
        "mean time until it does, geometric",
        unit="duration",
        source="assumed; jihadist channels on Telegram came back within days (CREST 2021)",
    )
    going: Share = param(
        0.0, "probability that a banned venue that does not open again here does so elsewhere", unit="probability"
    )
    following: Share = param(
        0.3, "probability that a member follows at once to a backup on the same platform", unit="probability"
    )
    following_elsewhere: Share = param(
        0.2,
        "the same to another platform on which she has an account",
        unit="probability",
        source="assumed; Reddit to Voat: under 20 % of loose communities (Monti et al. 2023, in press)",
    )
    without_account: Share = param(0.5, "factor on that where she has no account there", unit="factor 0-1")
    pull: float = param(
        0.7,
        "what is added when all of her contacts who were members have followed; in proportion when some have",
        unit="probability",
        ge=0.0,
        le=1.0,
        source="assumed; over 70 % of a cohesive community moved (Monti et al. 2023, in press)",
    )
    waves: int = param(7, "days in which members decide again whether to follow", unit="days", ge=1, le=365)
    leaving: Share = param(
        0.0, "probability that a person who is banned or locked out goes to another platform", unit="probability"
    )
    joins: int = param(3, "places that she joins there", unit="venues", ge=0, le=1000)
    searching: float = param(
        0.0, "how often a person looks for a place on a topic that interests her", unit="1/day", ge=0.0, le=1.0
    )
    suggestions: float = param(
        0.0,
        "how often she is shown a place in which members of her places are (similar channels)",
        unit="1/day",
        ge=0.0,
        le=1.0,
    )
