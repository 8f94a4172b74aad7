"""Where people meet: channels, groups, direct chats, and the world that holds them."""

from typing import Self

from pydantic import model_validator

from sim.errors import nearest
from sim.scenario.fields import Duration, Name, Part, Share, made, param, sums_to_one
from sim.scenario.outside import Outside
from sim.scenario.people import BarabasiAlbert, Contacts, Country, Persona
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


def _channels() -> Venues:
    return Venues(per_1000_users=40.0)


def _groups() -> Venues:
    return Venues(per_1000_users=60.0, size=PowerLaw(exponent=2.0, minimum=5.0, maximum=1000.0))


class Direct(Part):
    """One-to-one chats between contacts."""

    secret: Share = param(
        0.05,
        "share of the ties that use end-to-end encrypted secret chats",
        unit="share of ties",
        source="only one-to-one secret chats are end-to-end encrypted (EFF 2022); the share is assumed",
    )
    traffic_per_contact: float = param(
        0.3, "untracked ordinary messages a day from each contact", unit="messages/day", ge=0.0, le=1000.0
    )
    withdrawal: Duration | None = param(
        None,
        "mean time after which a sender takes her messages about an item back, geometric; none means never",
        unit="duration",
        source="the recovery of an SIR model (Kermack and McKendrick 1927); Telegram lets a sender delete",
    )
    weight: float = param(
        2.0, "how much likelier a direct message is noticed than a post in a venue", unit="ratio", gt=0.0, le=1000.0
    )


class Affinity(Part):
    """How strongly people sort into venues; 0 everywhere gives random sorting."""

    topic: float = param(
        4.0, "extra weight of people fully interested in the venue's topic", unit="ratio", ge=0.0, le=1000.0
    )
    country: float = param(3.0, "extra weight of people of the venue's country", unit="ratio", ge=0.0, le=1000.0)


class Imported(Part):
    """A world from a file, as `rumorlab import` writes it: it decides how many users there are."""

    file: Name = param(
        "worlds/mine.world",
        "folder that `rumorlab import` wrote, below the scenario's `scenarios/`, its root, or RUMORLAB_DATA",
        unit="path",
    )
    sha256: str = param(
        "", "beginning of the checksum that the import printed; another file is then refused", unit="hex", max_length=64
    )
    ties: bool = param(True, "whether its ties are used, if it has any, in place of `contacts`", unit="yes/no")
    venues: bool = param(
        True, "whether its venues are used, if it has any, in place of `channels` and `groups`", unit="yes/no"
    )


class World(Part):
    """People, ties and venues: what is there before anything spreads."""

    users: int = param(5000, "simulated users", unit="users", ge=2, le=20_000_000)
    persons_per_user: float = param(
        1000.0,
        "persons for whom one simulated user stands; staff is counted in persons",
        unit="persons/user",
        gt=0.0,
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
        "kinds of persons by name; their shares sum to 1",
        unit="mapping",
        min_length=1,
        max_length=200,
    )
    outside: dict[str, Outside] = made(
        dict,
        "sources outside the platform at which people meet the same claims, by name",
        unit="mapping",
        max_length=50,
    )
    imported: Imported | None = param(
        None, "a world from a file; what it does not hold is generated as below", unit="section"
    )
    contacts: Contacts = made(BarabasiAlbert, "who is in whose address book", unit="generator")
    channels: Venues = made(
        _channels,
        "one-way feeds: the owner posts, subscribers read",
        unit="section",
        source="Telegram: no cap on a channel",
    )
    groups: Venues = made(_groups, "many-to-many chats", unit="section")
    direct: Direct = made(Direct, "one-to-one chats", unit="section")
    affinity: Affinity = made(Affinity, "how strongly people sort into venues", unit="section")

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
