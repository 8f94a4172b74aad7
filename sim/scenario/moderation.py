"""Moderation: how posts come to be looked at, who judges them and when, what is done, and how it can be undone."""

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Self, Union

from pydantic import Field, model_validator

from sim.scenario.fields import Duration, Listed, Part, Share, made, param
from sim.scenario.kinds import ROUTES, DetectionRoute, SpotCheck, kinds
from sim.scenario.reviewers import Reviewers
from sim.vocabulary import Action, ContentClass, Discipline, Scope


class Treatment(Part):
    """How posts of one class that violate the terms are treated."""

    actions: Listed[Action] = param(
        ("remove",),
        "actions: remove, label, downrank, friction (a prompt before forwarding), restrict (no forwarding, only "
        "copying), geo-block (hidden where its class is illegal), correct (a correction shown beside it)",
        unit="list of actions",
        max_length=7,
    )
    scope: Scope = param(
        "post",
        "whether the action applies to this post only or to every live copy (all actions but removal also apply to "
        "later copies)",
        unit="word",
    )
    strike: bool = param(False, "whether the author and the channel or group get a strike", unit="yes/no")


class Scan(Part):
    """Automated detection at upload. Secret chats can only be scanned on the users' devices (client-side)."""

    recall: dict[ContentClass, Share] = made(
        dict, "recall by class: probability that a post of the class is flagged; 0 where not named", unit="probability"
    )
    false_positive: Share = param(
        0.0005,
        "false-positive rate: probability that a non-violating post is flagged",
        unit="probability",
        source="assumed; no rate per class is published",
    )
    private_venues: bool = param(False, "whether channels and groups by invitation are scanned", unit="yes/no")
    direct_chats: bool = param(False, "whether one-to-one cloud chats are scanned", unit="yes/no")
    secret_chats: bool = param(
        False,
        "whether secret chats are scanned on the users' devices; counted as an intrusion",
        unit="yes/no",
        source="end-to-end encryption lets no server look (EFF 2022); client-side scanning would",
    )
    acts_alone: bool = param(False, "whether a flag counts as a decision, without human review", unit="yes/no")


class Reports(Part):
    """User reports as a detection route."""

    accepted: bool = param(True, "whether user reports open cases", unit="yes/no")
    private_venues: bool = param(
        True,
        "whether reports from channels and groups by invitation and from direct chats are handled",
        unit="yes/no",
        source="Telegram refused requests on private chats until 9/2024 (its FAQ, in press)",
    )
    ordinary: Share = param(0.0003, "probability that an ordinary lawful post is reported", unit="probability")


class Takedown(Part):
    """When a decision takes effect."""

    delay: Duration = param(
        "24 h",
        "minimum time from opening a case to the action",
        unit="duration",
        source="64 to 90 % of notices are reviewed in 24 h (EU hate-speech code 2020-22)",
    )
    further: Duration | None = param(
        None,
        "mean of an additional random time until the action, geometric from 0: one draw per post, or one for the "
        "whole item where every copy is treated; none means no additional time",
        unit="duration",
        source="half-lives of takedown: Truong et al. 2025; exponential in the limit of fine ticks",
    )
    heeds_deadlines: bool = param(
        False,
        "whether a decision takes effect by the shortest deadline that a law of the scenario sets for a notice about "
        "the class, if that is sooner",
        unit="yes/no",
    )


class Rung(Part):
    """A step of the strike system."""

    at: int = param(1, "number of strikes from which this step applies", unit="strikes", ge=1, le=1000)
    suspend: Duration = param(
        "1 day", "length of the suspension (no reading, no posting) that each further strike causes", unit="duration"
    )


class Strikes(Part):
    """Suspensions and bans for strikes; none means never."""

    ladder: Listed[Rung] = param(
        (),
        "suspensions: each strike suspends for as long as the highest step reached says",
        unit="list of sections",
        max_length=20,
    )

    ban_user_at: int | None = param(
        None, "number of strikes at which an account is banned", unit="strikes", ge=1, le=1000
    )
    ban_venue_at: int | None = param(
        None, "number of strikes at which a channel or group is banned", unit="strikes", ge=1, le=1000
    )
    lapse: Duration | None = param(
        "90 days",
        "time after which a strike counts no more, for accounts and for channels and groups; none means never",
        unit="duration",
        source="YouTube: a strike expires after 90 days (Community Guidelines strike basics); Meta: after 1 year "
        "(Transparency Center, Restricting accounts); Telegram: unknown",
    )

    @model_validator(mode="after")
    def _rising(self) -> Self:
        steps = [rung.at for rung in self.ladder]
        if any(b <= a for a, b in pairwise(steps)):
            raise ValueError("the steps of the ladder must have increasing `at`")
        return self


class Hashes(Part):
    """Hash matching: uploads are compared with known items before publication."""

    known: dict[ContentClass, Share] = made(
        dict,
        "share of the items of a class that are in the shared hash database from the start",
        unit="share 0-1",
        source="assumed; no rate is published (facts: 'hash match')",
    )
    learned: bool = param(False, "whether removed items are added to the database", unit="yes/no")
    copied: Share = param(
        0.7,
        "probability that a copy still matches, one draw per user and item; forwards and original uploads always match",
        unit="probability",
        source="assumed; matches hold under compression, less under cropping (Steinebach 2023)",
    )
    private_venues: bool = param(
        False, "whether uploads to channels and groups by invitation are matched", unit="yes/no"
    )
    direct_chats: bool = param(False, "whether messages in one-to-one cloud chats are matched", unit="yes/no")
    secret_chats: bool = param(
        False, "whether messages in secret chats are matched, on the users' devices", unit="yes/no"
    )


class Flaggers(Part):
    """Trusted flaggers: organisations that monitor posts; their notices come first in the queue."""

    recall: dict[ContentClass, Share] = made(
        dict, "recall by class: probability that they find and report a post of the class", unit="probability"
    )
    false_positive: Share = param(0.0, "probability that they report a post of another class", unit="probability")
    delay: Duration = param("1 day", "mean time from post to notice, geometric", unit="duration")
    private_venues: bool = param(False, "whether they also monitor channels and groups by invitation", unit="yes/no")


class Orders(Flaggers):
    """Removal orders of authorities: carried out by the deadline without review, or refused."""

    comply: Share = param(
        1.0,
        "probability that an order is obeyed",
        unit="probability",
        source="X obeyed 71 % of removal requests (its report, first half of 2024)",
    )
    deadline: Duration = param(
        "1 h",
        "time from the order to the action",
        unit="duration",
        source="1 hour: Regulation (EU) 2021/784 on terrorist content",
    )
    does: Treatment = made(Treatment, "action taken when an order is obeyed", unit="section")


class Admins(Part):
    """Moderation by group owners: they remove posts from their own group that they disapprove of."""

    removing: dict[ContentClass, Share] = made(
        dict,
        "probability that a group owner removes a post that does not fit the owner's own views at all, by class",
        unit="probability",
    )
    delay: Duration = param("6 h", "mean time until the removal, geometric", unit="duration")


class Bots(Part):
    """Bot detection: detected accounts are banned."""

    recall: Share = param(0.0, "share of bot accounts that are eventually detected", unit="probability")
    false_positive: Share = param(0.0, "share of human users who are wrongly classified as bots", unit="probability")
    delay: Duration = param("7 days", "mean time until an account is detected, geometric", unit="duration")


class Appeals(Part):
    """Appeals of authors against a removal or a strike, and their outcome."""

    wrongful: Share = param(
        0.1, "probability that the author of a non-violating post appeals against the decision", unit="probability"
    )
    rightful: Share = param(
        0.019,
        "probability that the author of a violating post appeals against the decision",
        unit="probability",
        source="1.9 % of removals were appealed (YouTube, fourth quarter of 2019)",
    )
    delay: Duration = param("3 days", "mean time until the appeal is decided, geometric", unit="duration")
    overturned_wrongful: Share = param(
        0.8, "probability that an appeal succeeds if the post did not violate the terms", unit="probability"
    )
    overturned_rightful: Share = param(
        0.1,
        "probability that an appeal succeeds if the post did violate the terms",
        unit="probability",
        source="assumed; 22 % of all appealed removals were reinstated (YouTube, fourth quarter of 2019)",
    )


class Triage(Part):
    """A quick first look at flagged posts; notices of trusted flaggers, and orders, do not go through it."""

    passes: Share = param(0.95, "probability that a violating post is sent to reviewers", unit="probability")
    dismisses: Share = param(
        0.7, "probability that a flagged post that violates nothing is dismissed at once", unit="probability"
    )


class Queueing(Part):
    """Order in which waiting cases are reviewed; ties are resolved first come, first served, then by random draw."""

    discipline: Discipline = param(
        "first-come",
        "first-come; severity: by the harm per view of the suspected class; reach: by the members of the channel or"
        " group; risk: severity times reach; deadline: first what the laws of the scenario want dealt with soonest, by "
        "the suspected class, then what no law covers",
        unit="word",
    )
    notices_first: bool = param(True, "whether notices of trusted flaggers come before all other cases", unit="yes/no")
    expires: Duration | None = param(
        None,
        "waiting time after which a case is dropped without a decision (load shedding), looked at once a day; its post "
        "stays up and can be reported again; none means never",
        unit="duration",
    )
    triage: Triage | None = param(
        None,
        "a quick first look, by a classifier, at what the scanner, users and detection routes flag; what it dismisses "
        "takes no reviewer's time; none means no such look",
        unit="section",
    )


if TYPE_CHECKING:
    Route = DetectionRoute
else:
    Route = Annotated[Union[kinds(ROUTES, DetectionRoute, (SpotCheck,))], Field(discriminator="kind")]  # noqa: UP007
    """Detection routes by kind: those that come with Rumorlab, and those of other packages."""


class Moderation(Part):
    """The moderation system."""

    reviewers: Reviewers = made(Reviewers, "the people who review cases", unit="section")
    scan: Scan = made(Scan, "automated detection at upload", unit="section")
    reports: Reports = made(Reports, "user reports", unit="section")
    routes: Listed[Route] = param(
        (),
        "further detection routes, each of a `kind`: spot-check, or one from a plug-in",
        unit="list of sections",
        max_length=20,
    )
    hashes: Hashes = made(Hashes, "hash matching of uploads before publication", unit="section")
    flaggers: Flaggers = made(Flaggers, "trusted flaggers", unit="section")
    orders: Orders = made(Orders, "removal orders of authorities", unit="section")
    admins: Admins = made(Admins, "moderation by group owners", unit="section")
    bots: Bots = made(Bots, "bot detection", unit="section")
    queue: Queueing = made(Queueing, "order in which waiting cases are reviewed", unit="section")
    takedown: Takedown = made(Takedown, "when a decision takes effect", unit="section")
    strikes: Strikes = made(Strikes, "suspensions and bans for strikes", unit="section")
    appeals: Appeals | None = param(None, "appeals of authors; none means no appeals", unit="section")
