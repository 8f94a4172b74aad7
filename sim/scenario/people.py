"""People: the countries they live in, the kinds of persons they are, and whom they know."""

from typing import TYPE_CHECKING, Annotated, Literal, Self, Union

from pydantic import Field, model_validator

from sim.scenario.fields import Listed, Name, Part, Share, made, param
from sim.scenario.kinds import TIES, TieGenerator, kinds
from sim.scenario.spread import Spread, Uniform, in_bounds, spread
from sim.vocabulary import ContentClass

MOST_COMPLETE = 10_000
"""Most users in a world in which everybody knows everybody."""


class Country(Part):
    """A country: its share of the users, their waking hours, and what its law forbids."""

    share: Share = param(1.0, "share of users who live in this country", unit="share 0-1")
    awake_from: int = param(
        7, "hour of the day at which users wake up, in the platform's clock", unit="hour 0-23", ge=0, le=23
    )
    awake_hours: int = param(
        17,
        "waking hours per day, in which users read and post",
        unit="hours",
        ge=1,
        le=24,
        source="posting at 22 h is 14 times that at 04 h (Iran, ITNA ~2017): nights are quiet; the length is assumed",
    )
    language: str = param(
        "",
        "language of the country, as named under the policy's reviewers; used only if reviewers have languages",
        unit="word",
        max_length=80,
    )
    vpn: Share = param(
        0.0,
        "share of users in this country who use a VPN, so that a geo-block or block does not affect them",
        unit="share 0-1",
        source="assumed; 31 % of Ukrainian users say that they would bypass a ban (Internews 2024)",
    )
    illegal: Listed[ContentClass] = param(
        ("fraud", "incitement", "terrorism", "csam", "drugs"),
        "content classes that are illegal in this country",
        unit="list of classes",
        source="assumed; extremism as such is lawful in many countries",
    )


class Persona(Part):
    """A user type: a share of the users with its own distributions of behaviour, beliefs and interests."""

    share: Share = param(1.0, "share of users of this type", unit="share 0-1")
    attention: Spread = spread(
        Uniform(low=10.0, high=60.0),
        "posts noticed per day, over everything the user reads",
        unit="posts/day",
        between=(0.0, 1e5),
    )
    activity: Spread = spread(
        Uniform(low=0.1, high=1.0),
        "visits to the application per waking hour; the mean waiting time for a post is its inverse",
        unit="visits/hour",
        between=(0.001, 60.0),
    )
    sharing: Spread = spread(
        0.05,
        "probability of forwarding an item of full appeal that fits the user fully, at the first exposure",
        unit="probability",
        between=(0.0, 1.0),
    )
    credulity: Spread = spread(
        Uniform(low=0.0, high=0.1),
        "how far one fully persuasive exposure moves a belief towards the item; 0 keeps beliefs fixed",
        unit="share of the distance",
        between=(0.0, 1.0),
    )
    trust: Spread = spread(
        Uniform(low=0.2, high=0.6),
        "trust in the platform: factor on the probability of reporting",
        unit="share 0-1",
        between=(0.0, 1.0),
        source="40 % trust most news (Reuters Digital News Report 2023), taken as the middle",
    )
    belief: Spread = spread(
        Uniform(low=0.0, high=0.3),
        "initial belief in the claims of a topic, for topics not named in `beliefs`",
        unit="belief 0-1",
        between=(0.0, 1.0),
    )
    beliefs: dict[str, Spread] = made(dict, "initial belief, by topic", unit="topic: belief 0-1", between=(0.0, 1.0))
    interest: Spread = spread(
        Uniform(low=0.0, high=0.5),
        "interest in a topic, for topics not named in `interests`",
        unit="interest 0-1",
        between=(0.0, 1.0),
    )
    interests: dict[str, Spread] = made(dict, "interest, by topic", unit="topic: interest 0-1", between=(0.0, 1.0))
    false_reports: Share = param(
        0.0,
        "probability of reporting a post that does not fit the user at all, whatever its class: false-report campaigns",
        unit="probability",
    )
    bot: bool = param(False, "whether accounts of this type are bots", unit="yes/no")
    boosting: Share = param(
        0.0,
        "bot amplification: minimum of `sharing` for posts by other bots",
        unit="probability",
        source="assumed; 6 % of accounts, bots, made 31 % of low-credibility posts (Shao et al. 2017)",
    )
    to_channels: Share = param(
        1.0, "probability that a forward goes to each channel that the user owns", unit="probability"
    )
    to_groups: Share = param(
        0.2, "probability that a forward goes to each group that the user is in", unit="probability"
    )
    to_contacts: Share = param(0.05, "probability that a forward goes to each contact of the user", unit="probability")
    copies: Share = param(
        0.1, "share of forwards made as copies, which hide the origin and reset the hop count", unit="share 0-1"
    )
    max_forwards: int = param(3, "most times that one user forwards the same item", unit="times", ge=0, le=1000)
    originates: float = param(
        0.0, "weight of this type in the choice of who starts an item", unit="weight", ge=0.0, le=1e6
    )
    owns: float = param(
        1.0, "weight of this type in the choice of who owns a channel or group", unit="weight", ge=0.0, le=1e6
    )
    joins_more: float = param(
        1.0,
        "weight of this type in the membership of channels and groups: 2 means about twice as many memberships",
        unit="weight",
        ge=1e-6,
        le=100.0,
    )

    @model_validator(mode="after")
    def _ranges(self) -> Self:
        in_bounds(self)
        return self


class BarabasiAlbert(Part):
    """Preferential attachment (Barabási and Albert 1999): each new user ties to `ties` others, by their degree."""

    kind: Literal["barabasi-albert"] = param("barabasi-albert", "name of this generator", unit="word")
    ties: int = param(
        8, "ties that each new user makes; the mean number of contacts is twice this", unit="contacts", ge=1, le=200
    )


class ConfigurationModel(Part):
    """Random ties given power-law degrees (Newman 2010, ch. 13); self-loops and repeated ties are dropped."""

    kind: Literal["configuration"] = param("configuration", "name of this generator", unit="word")
    exponent: float = param(2.5, "exponent of the degree distribution", unit="-", gt=1.0, le=10.0)
    minimum: int = param(4, "fewest contacts", unit="contacts", ge=1, le=10_000)
    maximum: int = param(400, "most contacts", unit="contacts", ge=1, le=100_000)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.maximum < self.minimum:
            raise ValueError(f"maximum must be at least minimum ({self.minimum}), got {self.maximum}")
        return self


class ErdosRenyi(Part):
    """Random ties (Erdős and Rényi 1959): n times half the mean degree random pairs; repeats are dropped."""

    kind: Literal["erdos-renyi"] = param("erdos-renyi", "name of this generator", unit="word")
    mean_degree: float = param(8.0, "mean number of contacts", unit="contacts", ge=0.0, le=1000.0)


class RandomRegular(Part):
    """All users have the same number of contacts, paired at random; the few loops and repeats are dropped."""

    kind: Literal["random-regular"] = param("random-regular", "name of this generator", unit="word")
    degree: int = param(4, "contacts of each user", unit="contacts", ge=1, le=1000)


class WattsStrogatz(Part):
    """A ring lattice with some ties rewired at random (Watts and Strogatz 1998)."""

    kind: Literal["watts-strogatz"] = param("watts-strogatz", "name of this generator", unit="word")
    neighbours: int = param(
        8, "contacts of each user before rewiring, half on either side of the ring", unit="contacts", ge=2, le=1000
    )
    rewiring: Share = param(0.1, "probability that a tie is rewired to a random user", unit="probability")

    @model_validator(mode="after")
    def _even(self) -> Self:
        if self.neighbours % 2:
            raise ValueError(f"neighbours must be even, got {self.neighbours}")
        return self


class StochasticBlocks(Part):
    """Communities: a given share of ties falls within them, the rest between any two users (Holland et al. 1983)."""

    kind: Literal["stochastic-blocks"] = param("stochastic-blocks", "name of this generator", unit="word")
    blocks: int = param(
        20, "communities of equal size (users with neighbouring numbers)", unit="communities", ge=1, le=1_000_000
    )
    by_country: bool = param(
        False, "whether the communities are the countries; `blocks` is then ignored", unit="yes/no"
    )
    mean_degree: float = param(16.0, "mean number of contacts", unit="contacts", ge=0.0, le=1000.0)
    inside: Share = param(0.8, "share of ties drawn within a community", unit="share 0-1")


class Complete(Part):
    """Every user is tied to every other: for small worlds."""

    kind: Literal["complete"] = param("complete", "name of this generator", unit="word")


class Tree(Part):
    """A tree filled level by level: user 0 is the root, the children of user i are b i + 1 to b i + b; 1 is a chain."""

    kind: Literal["tree"] = param("tree", "name of this generator", unit="word")
    branching: int = param(2, "children of each user", unit="contacts", ge=1, le=1000)


class EdgeList(Part):
    """Ties read from a text file, one `u v` pair a line (.gz too). The file decides how many users there are."""

    kind: Literal["edge-list"] = param("edge-list", "name of this generator", unit="word")
    file: Name = param(
        "contacts.txt", "the file, beside the scenario or below the folder named by RUMORLAB_DATA", unit="path"
    )


BUILT_IN = (
    BarabasiAlbert,
    ConfigurationModel,
    WattsStrogatz,
    StochasticBlocks,
    ErdosRenyi,
    RandomRegular,
    Complete,
    Tree,
    EdgeList,
)
if TYPE_CHECKING:
    Contacts = BarabasiAlbert | ConfigurationModel | ErdosRenyi | RandomRegular | Complete | Tree | EdgeList
else:
    Contacts = Annotated[Union[kinds(TIES, TieGenerator, BUILT_IN)], Field(discriminator="kind")]  # noqa: UP007
    """Tie generators: those that come with Rumorlab, and those of other packages."""
