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
    """Another platform, in outline: who has an account, its channels and groups, and how it moderates.

    Direct messages, reviewers, reports and sanctions exist on the platform under study only.
    """

    accounts: Share = param(0.1, "share of users who also have an account there from the start", unit="share 0-1")
    attraction: float = param(
        1.0,
        "weight of this platform in the choice of users who move to another platform",
        unit="ratio",
        ge=0.0,
        le=1000.0,
    )
    group_cap: int = param(1_000_000, "maximum size of a group, in simulated users", unit="members", ge=2, le=10**8)
    removing: dict[ContentClass, Share] = made(
        dict, "share of posts of each class that this platform removes; 0 where not named", unit="probability"
    )
    delay: Duration = param("1 day", "mean time until a post is removed there, geometric", unit="duration")
    channels: Venues = made(_none, "its channels (one-way feeds)", unit="section")
    groups: Venues = made(_none, "its groups (many-to-many chats)", unit="section")


class Moving(Part):
    """Migration: what banned users do, who follows a banned channel or group, and how users find new ones."""

    returning: Share = param(
        0.0,
        "probability that a banned user opens a new account on the platform under study, where accounts are anonymous",
        unit="probability",
    )
    returning_after: Duration = param("2 days", "mean time until the new account is opened, geometric", unit="duration")
    identity: dict[Literal["anonymous", "phone", "verified"], Share] = made(
        lambda: {"anonymous": 1.0, "phone": 0.4, "verified": 0.05},
        "factor on returning with a new account, by the identity check that the policy requires",
        unit="factor 0-1",
    )
    replaced_after: Duration | None = param(
        None,
        "mean time until a new user takes the place of a banned one who neither returns nor moves to another platform, "
        "geometric: of the same persona and country, with the same contacts, channels and groups, without strikes, "
        "with beliefs as at the start; none means never",
        unit="duration",
    )
    reopening: Share = param(
        0.0,
        "probability that a banned channel or group reopens on the platform under study, as a backup under a new name",
        unit="probability",
    )
    reopening_after: Duration = param(
        "1 day",
        "mean time until it reopens, geometric",
        unit="duration",
        source="assumed; jihadist channels on Telegram came back within days (CREST 2021)",
    )
    succeeded_after: Duration | None = param(
        None,
        "mean time until a new channel or group takes the place of a banned one that does not reopen, geometric: on "
        "the same topic, with the same members, without strikes; none means never",
        unit="duration",
        source="assumed; in place of jihadist channels closed on Telegram others came: 12 new ones in 2018, 105 in "
        "2019 (CREST 2021)",
    )
    going: Share = param(
        0.0,
        "probability that a banned channel or group that does not reopen here reopens on another platform",
        unit="probability",
    )
    following: Share = param(
        0.3, "probability that a member follows at once to a backup on the same platform", unit="probability"
    )
    following_elsewhere: Share = param(
        0.2,
        "probability that a member follows at once to another platform on which the user has an account",
        unit="probability",
        source="assumed; Reddit to Voat: under 20 % of loose communities (Monti et al. 2023, in press)",
    )
    without_account: Share = param(
        0.5, "factor on following to another platform if the user has no account there", unit="factor 0-1"
    )
    pull: float = param(
        0.7,
        "peer effect: added to the probability of following if all contacts who were members have followed; "
        "proportional if only some have",
        unit="probability",
        ge=0.0,
        le=1.0,
        source="assumed; over 70 % of a cohesive community moved (Monti et al. 2023, in press)",
    )
    waves: int = param(7, "days on which members decide again whether to follow", unit="days", ge=1, le=365)
    leaving: Share = param(
        0.0, "probability that a banned or locked-out user moves to another platform", unit="probability"
    )
    joins: int = param(3, "channels and groups that such a user joins there", unit="venues", ge=0, le=1000)
    searching: float = param(
        0.0, "how often a user searches for a channel or group on a topic of interest", unit="1/day", ge=0.0, le=1.0
    )
    searching_by_belief: Share = param(
        0.0,
        "share of a search that goes by the user's belief rather than by interest, for topics about which claims "
        "spread: which channel or group is taken, and whether it is joined; 0 means by interest alone",
        unit="share 0-1",
    )
    suggestions: float = param(
        0.0,
        "how often a user is shown a channel or group that has members in common with the user's own (similar "
        "channels)",
        unit="1/day",
        ge=0.0,
        le=1.0,
    )
