"""People: the countries they live in, the kinds of persons they are, and whom they know."""

from typing import TYPE_CHECKING, Annotated, Literal, Self, Union

from pydantic import Field, model_validator

from sim.scenario.fields import Listed, Name, Part, Share, made, param
from sim.scenario.kinds import TIES, TieGenerator, kinds
from sim.scenario.spread import Spread, Uniform, spread, within
from sim.vocabulary import ContentClass

MOST_COMPLETE = 10_000
"""Most users in a world in which everybody knows everybody."""


class Country(Part):
    """A country: its share of the users, the hours in which they are awake, and what its law forbids."""

    share: Share = param(1.0, "share of the users who live here", unit="share 0-1")
    awake_from: int = param(
        7, "hour of the day at which people get up, in the platform's clock", unit="hour 0-23", ge=0, le=23
    )
    awake_hours: int = param(
        17,
        "hours of the day in which people look at their phones",
        unit="hours",
        ge=1,
        le=24,
        source="posting at 22 h is 14 times that at 04 h (Iran, ITNA ~2017): nights are quiet; the length is assumed",
    )
    language: str = param(
        "",
        "language that people speak here, as the policy's reviewers name it; matters where reviewers have languages",
        unit="word",
        max_length=80,
    )
    vpn: Share = param(
        0.0,
        "share of the people here who are behind a VPN, so that a geo-block does not hold for them",
        unit="share 0-1",
        source="assumed; 31 % of Ukrainian users say that they would bypass a ban (Internews 2024)",
    )
    illegal: Listed[ContentClass] = param(
        ("fraud", "incitement", "terrorism", "csam", "drugs"),
        "content classes that are illegal here",
        unit="list of classes",
        source="assumed; extremism as such is lawful in many countries",
    )


class Persona(Part):
    """A kind of person: a share of the population with its own distributions of habits, beliefs and interests."""

    share: Share = param(1.0, "share of the users who are of this kind", unit="share 0-1")
    attention: Spread = spread(
        Uniform(low=10.0, high=60.0), "posts noticed a day, over everything the person follows", unit="posts/day"
    )
    activity: Spread = spread(
        Uniform(low=0.1, high=1.0),
        "visits to the application per waking hour; the mean wait for a post is its inverse",
        unit="visits/hour",
    )
    sharing: Spread = spread(
        0.05,
        "probability to pass on a perfectly appealing item that matches her beliefs, at first sight",
        unit="probability",
    )
    credulity: Spread = spread(
        Uniform(low=0.0, high=0.1),
        "how far one fully persuasive exposure moves a belief towards the item; 0 freezes beliefs",
        unit="share of the distance",
    )
    trust: Spread = spread(
        Uniform(low=0.2, high=0.6),
        "trust in the platform: multiplies the readiness to report",
        unit="share 0-1",
        source="40 % trust most news (Reuters Digital News Report 2023), taken as the middle",
    )
    belief: Spread = spread(
        Uniform(low=0.0, high=0.3),
        "belief in the claims of a topic at the start, for topics not named in `beliefs`",
        unit="belief 0-1",
    )
    beliefs: dict[str, Spread] = made(dict, "belief at the start, by topic", unit="topic: belief 0-1")
    interest: Spread = spread(
        Uniform(low=0.0, high=0.5), "interest in a topic, for topics not named in `interests`", unit="interest 0-1"
    )
    interests: dict[str, Spread] = made(dict, "interest, by topic", unit="topic: interest 0-1")
    false_reports: Share = param(
        0.0,
        "probability to report a post that does not suit her at all, whatever it is: a campaign of false reports",
        unit="probability",
    )
    bot: bool = param(False, "whether such accounts are run by a program", unit="yes/no")
    boosting: Share = param(
        0.0,
        "least readiness (`sharing`) to pass on what an account of a bot has posted: bots that push each other",
        unit="probability",
        source="assumed; 6 % of accounts, bots, made 31 % of low-credibility posts (Shao et al. 2017)",
    )
    to_channels: Share = param(1.0, "probability that a forward goes to each channel she owns", unit="probability")
    to_groups: Share = param(0.2, "probability that a forward goes to each group she is in", unit="probability")
    to_contacts: Share = param(0.05, "probability that a forward goes to each of her contacts", unit="probability")
    copies: Share = param(
        0.1, "share of forwards made by copying, which hides the origin and resets the hop count", unit="share 0-1"
    )
    max_forwards: int = param(3, "how often one person passes on the same item, at most", unit="times", ge=0, le=1000)
    originates: float = param(
        0.0, "weight in the choice of who starts an item, against other personas", unit="weight", ge=0.0, le=1e6
    )
    owns: float = param(
        1.0, "weight in the choice of who owns a channel or runs a group", unit="weight", ge=0.0, le=1e6
    )
    joins_more: float = param(
        1.0, "weight in the membership of venues: 2 means in about twice as many", unit="weight", gt=0.0, le=100.0
    )

    @model_validator(mode="after")
    def _ranges(self) -> Self:
        within(self.attention, 0.0, 1e5, "attention")
        within(self.activity, 0.001, 60.0, "activity")
        for name in ("sharing", "credulity", "trust", "belief", "interest"):
            within(getattr(self, name), 0.0, 1.0, name)
        for part in ("beliefs", "interests"):
            for topic, form in getattr(self, part).items():
                within(form, 0.0, 1.0, f"{part}.{topic}")
        return self


class BarabasiAlbert(Part):
    """Preferential attachment (Barabási and Albert 1999): each newcomer ties to `ties` people, the popular first."""

    kind: Literal["barabasi-albert"] = param("barabasi-albert", "name of this generator", unit="word")
    ties: int = param(
        8, "ties that each newcomer makes; the mean number of contacts is twice this", unit="contacts", ge=1, le=200
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
    """Random ties (Erdős and Rényi 1959): n times half the mean degree pairs, drawn alike; repeats are dropped."""

    kind: Literal["erdos-renyi"] = param("erdos-renyi", "name of this generator", unit="word")
    mean_degree: float = param(8.0, "mean number of contacts", unit="contacts", ge=0.0, le=1000.0)


class RandomRegular(Part):
    """Everybody has the same number of contacts, paired at random; the few loops and repeats are dropped."""

    kind: Literal["random-regular"] = param("random-regular", "name of this generator", unit="word")
    degree: int = param(4, "contacts of each", unit="contacts", ge=1, le=1000)


class WattsStrogatz(Part):
    """A ring in which everybody knows the nearest, some ties led elsewhere at random (Watts and Strogatz 1998)."""

    kind: Literal["watts-strogatz"] = param("watts-strogatz", "name of this generator", unit="word")
    neighbours: int = param(
        8, "contacts of each before ties are led elsewhere: half on either side of her", unit="contacts", ge=2, le=1000
    )
    rewiring: Share = param(0.1, "probability that a tie is led to somebody drawn from all", unit="probability")

    @model_validator(mode="after")
    def _even(self) -> Self:
        if self.neighbours % 2:
            raise ValueError(f"neighbours must be even, got {self.neighbours}")
        return self


class StochasticBlocks(Part):
    """Communities: ties fall within a community with a given share, else between any two (Holland et al. 1983)."""

    kind: Literal["stochastic-blocks"] = param("stochastic-blocks", "name of this generator", unit="word")
    blocks: int = param(
        20, "communities of equal size, of users with neighbouring numbers", unit="communities", ge=1, le=1_000_000
    )
    by_country: bool = param(False, "whether the communities are the countries, and not these blocks", unit="yes/no")
    mean_degree: float = param(16.0, "mean number of contacts", unit="contacts", ge=0.0, le=1000.0)
    inside: Share = param(0.8, "share of the ties that are drawn within a community", unit="share 0-1")


class Complete(Part):
    """Everybody knows everybody: for small worlds."""

    kind: Literal["complete"] = param("complete", "name of this generator", unit="word")


class Tree(Part):
    """A tree filled level by level: user 0 is the root, the children of user i are b i + 1 to b i + b; 1 is a chain."""

    kind: Literal["tree"] = param("tree", "name of this generator", unit="word")
    branching: int = param(2, "children of each", unit="contacts", ge=1, le=1000)


class EdgeList(Part):
    """Ties read from a text file, one `u v` pair a line (.gz too). The file decides how many users there are."""

    kind: Literal["edge-list"] = param("edge-list", "name of this generator", unit="word")
    file: Name = param(
        "contacts.txt", "the file, beside the scenario or below the folder that RUMORLAB_DATA names", unit="path"
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
