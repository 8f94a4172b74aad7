"""The world: people, ties, venues, direct chats, other platforms."""

from typing import Self

from pydantic import model_validator

from sim.errors import nearest
from sim.scenario.elsewhere import MOST_ELSEWHERE, Elsewhere
from sim.scenario.fields import Duration, Name, Part, Share, made, param, sums_to_one
from sim.scenario.outside import Outside
from sim.scenario.people import BarabasiAlbert, Contacts, Country, EdgeList, Persona
from sim.scenario.spread import PowerLaw
from sim.scenario.venues import Venues


def _channels() -> Venues:
    return Venues(per_1000_users=40.0)


def _groups() -> Venues:
    return Venues(per_1000_users=60.0, size=PowerLaw(exponent=2.0, minimum=5.0, maximum=1000.0))


class Direct(Part):
    """One-to-one chats between contacts."""

    secret: Share = param(
        0.05,
        "share of ties that use secret chats (end-to-end encrypted)",
        unit="share of ties",
        source="only one-to-one secret chats are end-to-end encrypted (EFF 2022); the share is assumed",
    )
    traffic_per_contact: float = param(
        0.3, "ordinary (untracked) messages per day from each contact", unit="messages/day", ge=0.0, le=1000.0
    )
    withdrawal: Duration | None = param(
        None,
        "mean time until a sender deletes sent messages about an item, geometric; none means never",
        unit="duration",
        source="the recovery of an SIR model (Kermack and McKendrick 1927); Telegram lets a sender delete",
    )
    weight: float = param(
        2.0,
        "how much more likely a direct message is noticed than a post in a channel or group",
        unit="ratio",
        ge=1e-6,
        le=1000.0,
    )


class Affinity(Part):
    """Homophily: how strongly membership of channels and groups depends on interest and country; 0 means random."""

    topic: float = param(
        4.0,
        "additional weight of users fully interested in the topic of the channel or group",
        unit="ratio",
        ge=0.0,
        le=1000.0,
    )
    country: float = param(
        3.0, "additional weight of users from the country of the channel or group", unit="ratio", ge=0.0, le=1000.0
    )


class Imported(Part):
    """A world imported from a file by `rumorlab import`; it sets the number of users."""

    file: Name = param(
        "worlds/mine.world",
        "folder written by `rumorlab import`, below the scenario's `scenarios/`, its root, or RUMORLAB_DATA",
        unit="path",
    )
    sha256: str = param(
        "",
        "first digits of the checksum printed by the import; a file with another checksum is refused",
        unit="hex",
        max_length=64,
    )
    ties: bool = param(True, "whether its ties, if any, replace `contacts`", unit="yes/no")
    venues: bool = param(
        True, "whether its channels and groups, if any, replace `channels` and `groups`", unit="yes/no"
    )


class World(Part):
    """Users, ties, channels and groups: the state before anything spreads."""

    users: int = param(5000, "simulated users", unit="users", ge=2, le=20_000_000)
    persons_per_user: float = param(
        1000.0,
        "real persons that one simulated user stands for; reviewers are counted in persons",
        unit="persons/user",
        ge=1e-3,
        le=1e7,
    )
    countries: dict[str, Country] = made(
        lambda: {"somewhere": Country()},
        "countries by name; their shares sum to 1",
        unit="mapping",
        min_length=1,
        max_length=200,
    )
    personas: dict[str, Persona] = made(
        lambda: {"everyone": Persona(originates=1.0)},
        "user types by name; their shares sum to 1",
        unit="mapping",
        min_length=1,
        max_length=200,
    )
    outside: dict[str, Outside] = made(
        dict,
        "sources outside the platform in which users meet the same claims, by name",
        unit="mapping",
        max_length=50,
    )
    imported: Imported | None = param(
        None, "a world from a file; what it does not contain is generated as below", unit="section"
    )
    contacts: Contacts = made(BarabasiAlbert, "contact network: who has whom as a contact", unit="generator")
    channels: Venues = made(
        _channels,
        "one-way feeds: the owner posts, subscribers read",
        unit="section",
        source="Telegram: no cap on a channel",
    )
    groups: Venues = made(_groups, "many-to-many chats", unit="section")
    direct: Direct = made(Direct, "one-to-one chats", unit="section")
    affinity: Affinity = made(Affinity, "homophily in the membership of channels and groups", unit="section")
    elsewhere: dict[str, Elsewhere] = made(dict, "other platforms by name", unit="mapping", max_length=MOST_ELSEWHERE)
    backups: int = param(
        0,
        "how often one channel or group can reopen after a ban, here or on another platform; 0 means never",
        unit="times",
        ge=0,
        le=20,
    )

    @property
    def can_be_resized(self) -> bool:
        """Whether the number of users is the scenario's to choose: no file decides it."""
        return self.imported is None and not isinstance(self.contacts, EdgeList)

    @model_validator(mode="after")
    def _shares(self) -> Self:
        sums_to_one({name: c.share for name, c in self.countries.items()}, "shares of the countries")
        sums_to_one({name: p.share for name, p in self.personas.items()}, "shares of the personas")
        for name, source in self.outside.items():
            for country in source.countries:
                if country not in self.countries:
                    known = nearest(country, list(self.countries))
                    raise ValueError(f"@outside.{name}.countries@unknown country '{country}'{known}")
        return self
