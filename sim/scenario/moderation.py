"""Moderation: how posts come to be looked at, who judges them and when, what is done, and how it can be undone."""

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Self, Union

from pydantic import Field, model_validator

from sim.scenario.fields import Duration, Listed, Part, Share, made, param
from sim.scenario.kinds import ROUTES, DetectionRoute, SpotCheck, kinds
from sim.scenario.reviewers import Reviewers
from sim.vocabulary import Action, ContentClass, Discipline, Scope


class Treatment(Part):
    """What is done with a post of one class once it is found in breach of the terms."""

    actions: Listed[Action] = param(
        ("remove",),
        "what is done: remove, label, downrank, friction (a question before passing on), restrict (no forwards, only "
        "copies), geo-block (not shown where its class is illegal), correct (a correction beside it)",
        unit="list of actions",
        max_length=7,
    )
    scope: Scope = param(
        "post",
        "on this post only, or on every copy that is up (all but removal also on later copies)",
        unit="word",
    )
    strike: bool = param(False, "whether the author and the venue get a strike", unit="yes/no")


class Scan(Part):
    """Automatic detection at upload. Secret chats are scanned on the client, or not at all."""

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
    secret_chats: bool = param(
        False,
        "whether secret chats are scanned, on the phones of those who talk: an intrusion that is counted",
        unit="yes/no",
        source="end-to-end encryption lets no server look (EFF 2022); client-side scanning would",
    )
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
        "mean of a further, random time until action, geometric from 0: one clock for each post, or for the whole item "
        "where every copy is treated; none means no further time",
        unit="duration",
        source="half-lives of takedown: Truong et al. 2025; exponential in the limit of fine ticks",
    )


class Rung(Part):
    """A step of the ladder of strikes."""

    at: int = param(1, "strikes from which it holds", unit="strikes", ge=1, le=1000)
    suspend: Duration = param(
        "1 day", "how long a strike then keeps the account from reading and posting", unit="duration"
    )


class Strikes(Part):
    """What follows from strikes; none means never."""

    ladder: Listed[Rung] = param(
        (),
        "suspensions: each strike suspends for as long as the highest step reached says",
        unit="list of sections",
        max_length=20,
    )

    ban_user_at: int | None = param(None, "strikes after which an account is banned", unit="strikes", ge=1, le=1000)
    ban_venue_at: int | None = param(
        None, "strikes after which a channel or group is banned", unit="strikes", ge=1, le=1000
    )

    @model_validator(mode="after")
    def _rising(self) -> Self:
        steps = [rung.at for rung in self.ladder]
        if any(b <= a for a, b in pairwise(steps)):
            raise ValueError("the steps of the ladder must come with rising `at`")
        return self


class Hashes(Part):
    """Matching of uploads against hashes of known items, before anyone sees them."""

    known: dict[ContentClass, Share] = made(
        dict,
        "share of the items of a class that are in the shared database from the start",
        unit="share 0-1",
        source="assumed; no rate is published (facts: 'hash match')",
    )
    learned: bool = param(False, "whether what is taken down is added to the database", unit="yes/no")
    copied: Share = param(
        0.7,
        "probability that a copy still matches, one draw a person and item; what is forwarded or new always does",
        unit="probability",
        source="assumed; matches hold under compression, less under cropping (Steinebach 2023)",
    )
    private_venues: bool = param(False, "whether uploads to venues by invitation are matched", unit="yes/no")
    direct_chats: bool = param(False, "whether messages in one-to-one cloud chats are matched", unit="yes/no")
    secret_chats: bool = param(
        False, "whether messages in secret chats are matched, on the phones of those who talk", unit="yes/no"
    )


class Flaggers(Part):
    """Trusted flaggers: organisations that look at what is posted; their notices come first in the queue."""

    recall: dict[ContentClass, Share] = made(
        dict, "probability that they find and notify a post of a class, by class", unit="probability"
    )
    false_positive: Share = param(0.0, "probability that they notify a post of another class", unit="probability")
    delay: Duration = param("1 day", "mean time from post to notice, geometric", unit="duration")
    private_venues: bool = param(False, "whether they are in venues by invitation too", unit="yes/no")


class Orders(Flaggers):
    """Orders of authorities: no reviewer decides about them; the platform complies in time, or not at all."""

    comply: Share = param(
        1.0,
        "probability that an order is obeyed",
        unit="probability",
        source="X obeyed 71 % of removal requests (its report, first half of 2024)",
    )
    deadline: Duration = param(
        "1 h",
        "time from the order to what is done",
        unit="duration",
        source="1 hour: Regulation (EU) 2021/784 on terrorist content",
    )
    does: Treatment = made(Treatment, "what is done when an order is obeyed", unit="section")


class Admins(Part):
    """Owners of groups as a first line: they take down what does not suit them and what their group may not have."""

    removing: dict[ContentClass, Share] = made(
        dict,
        "probability that an owner whom a post does not suit at all takes it down in her group, by class",
        unit="probability",
    )
    delay: Duration = param("6 h", "mean time until she does, geometric", unit="duration")


class Bots(Part):
    """The search for accounts that are run by programs: what is found is banned."""

    recall: Share = param(0.0, "share of such accounts that are found in the end", unit="probability")
    false_positive: Share = param(0.0, "share of the people who are taken for one", unit="probability")
    delay: Duration = param("7 days", "mean time until one is found, geometric", unit="duration")


class Appeals(Part):
    """Objections of authors to a removal or a strike, and what comes of them."""

    wrongful: Share = param(0.1, "probability that an author objects whose post was not in breach", unit="probability")
    rightful: Share = param(
        0.019,
        "probability that an author objects whose post was in breach",
        unit="probability",
        source="1.9 % of removals were appealed (YouTube, fourth quarter of 2019)",
    )
    delay: Duration = param("3 days", "mean time until the decision, geometric", unit="duration")
    overturned_wrongful: Share = param(
        0.8, "probability that an objection is upheld where nothing was in breach", unit="probability"
    )
    overturned_rightful: Share = param(
        0.1,
        "probability that an objection is upheld where the post was in breach",
        unit="probability",
        source="assumed; 22 % of all appealed removals were reinstated (YouTube, fourth quarter of 2019)",
    )


class Queueing(Part):
    """In which order waiting cases are taken; among equals first come, first served, then by draw."""

    discipline: Discipline = param(
        "first-come",
        "first-come; severity: harm of a view of the class for which the post is taken; reach: members of its place; "
        "risk: one times the other",
        unit="word",
    )
    notices_first: bool = param(True, "whether notices of trusted flaggers come before all others", unit="yes/no")


if TYPE_CHECKING:
    Route = DetectionRoute
else:
    Route = Annotated[Union[kinds(ROUTES, DetectionRoute, (SpotCheck,))], Field(discriminator="kind")]  # noqa: UP007
    """Detection routes by kind: those that come with Rumorlab, and those of other packages."""


class Moderation(Part):
    """The moderation organisation."""

    reviewers: Reviewers = made(Reviewers, "the people who judge cases", unit="section")
    scan: Scan = made(Scan, "automatic detection at upload", unit="section")
    reports: Reports = made(Reports, "reports by users", unit="section")
    routes: Listed[Route] = param(
        (),
        "further ways into the queue, each of a `kind`: spot-check, or one of another package",
        unit="list of sections",
        max_length=20,
    )
    hashes: Hashes = made(Hashes, "matching of uploads against known items, before publication", unit="section")
    flaggers: Flaggers = made(Flaggers, "trusted flaggers", unit="section")
    orders: Orders = made(Orders, "orders of authorities", unit="section")
    admins: Admins = made(Admins, "owners of groups as a first line", unit="section")
    bots: Bots = made(Bots, "the search for accounts run by programs", unit="section")
    queue: Queueing = made(Queueing, "in which order waiting cases are taken", unit="section")
    takedown: Takedown = made(Takedown, "when a verdict takes effect", unit="section")
    strikes: Strikes = made(Strikes, "what follows from strikes", unit="section")
    appeals: Appeals | None = param(None, "objections of authors; none means that nothing is undone", unit="section")
