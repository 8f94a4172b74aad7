"""Numbers of the user's rules that are the same for all: fading attention, repetition, joining, leaving, reporting."""

from typing import Literal, Self

from pydantic import model_validator

from sim.scenario.fields import Duration, Listed, Part, Share, made, param
from sim.vocabulary import ContentClass


def _reporting() -> dict[ContentClass, float]:
    return {
        "benign": 0.0,
        "misinformation": 0.02,
        "conspiracy": 0.02,
        "fraud": 0.08,
        "incitement": 0.1,
        "terrorism": 0.17,
        "csam": 0.17,
        "extremism": 0.08,
        "drugs": 0.04,
        "correction": 0.005,
    }


class Behaviour(Part):
    """How users read, believe, forward, report, join and leave."""

    reading: Literal["visits", "at-once"] = param(
        "visits",
        "when users read a post: at their own visits (see `activity`), or all in the tick after it was posted",
        unit="word",
    )
    threshold_count: int = param(
        1, "exposures to an item below which a user does not forward it", unit="exposures", ge=1, le=1_000_000
    )
    threshold_share: Share = param(
        0.0,
        "exposures to an item, as a share of the user's number of contacts, below which the user does not forward it",
        unit="share 0-1",
        source="threshold models: Granovetter 1978, Watts 2002; 0 means none",
    )
    telling: Duration | None = param(
        None,
        "word of mouth (Maki-Thompson): if given, a user who wants to pass an item on tells one random contact at a"
        " time, up to max_forwards times; this is the mean interval between two tellings, geometric",
        unit="duration",
        source="Maki and Thompson 1973; none means one forward to all chosen chats at once",
    )
    stifling: Share = param(
        0.0,
        "probability that a user stops telling after telling a contact who already knows the item",
        unit="probability",
        source="Maki and Thompson 1973 have 1",
    )
    post_half_life: Duration = param(
        "24 h", "time after which the probability of noticing a post has halved", unit="duration"
    )
    late: Share = param(
        0.0,
        "share of reads that come not at the next visit but late: by search, by a link, by scrolling back",
        unit="share of looks",
        source="0 means none; a fifth of the forwards in Telegram channels come after more than a day (Nazar et al. "
        "2026)",
    )
    late_half: Duration = param(
        "48 h",
        "waking time within which half of the late reads come; the rest follow in a tail that falls as 1 / time",
        unit="duration",
    )
    novelty: Listed[Share] = param(
        (1.0, 0.6, 0.4, 0.25, 0.15, 0.1),
        "factor on forwarding at the 1st, 2nd, ... exposure; the last value holds for all later ones",
        unit="factors 0-1",
        min_length=1,
        max_length=50,
    )
    repetition: Listed[Share] = param(
        (1.0, 0.5, 0.33, 0.25, 0.2),
        "factor on persuasion at the 1st, 2nd, ... exposure; the last value holds for all later ones",
        unit="factors 0-1",
        min_length=1,
        max_length=50,
        source="gain about logarithmic in repeats (Hassan and Barber 2021), so the n-th adds about 1/n",
    )
    believer_at: float = param(0.5, "belief from which a user counts as a believer", unit="belief 0-1", gt=0.0, le=1.0)
    belief_half_life: Duration | None = param(
        None,
        "forgetting: time in which half of the distance between a belief and where it was at the start is lost, day "
        "by day; none means that beliefs stay until something moves them",
        unit="duration",
        source="assumed; the bulk of what advertising does decays quickly, some of it lasts six weeks (Hill, Lo, "
        "Vavreck and Zaller 2013, Political Communication); fact checks: weeks (Carey et al. 2022, Nature Human "
        "Behaviour)",
    )
    confidence: Share = param(
        1.0,
        "bounded confidence: largest distance between a user's belief and the target of an exposure at which the "
        "exposure still has an effect; 1 means any distance",
        unit="belief 0-1",
        source="Hegselmann and Krause 2002; 1 means off",
    )
    influence: Share = param(
        1.0,
        "factor on the persuasion of all content on the platforms; 0 cuts the path from exposure to belief",
        unit="factor 0-1",
        source="1 leaves items as they are",
    )
    outside: float = param(
        1.0,
        "factor on the persuasion of sources outside the platforms; above 1 if attention moves there",
        unit="ratio",
        ge=0.0,
        le=100.0,
        source="1 leaves it as it is",
    )
    own_weight: float = param(
        0.0,
        "weight of the user's own belief in the average of the targets of a tick, relative to one fully persuasive "
        "exposure of a fully credulous user",
        unit="exposures",
        ge=0.0,
        le=1e6,
        source="1 counts oneself among those who are averaged, as Hegselmann and Krause 2002 do; 0 means off",
    )
    interest_share: Share = param(
        0.0,
        "weight of interest in the topic, relative to belief, in how well a claim fits a user; used for forwarding,"
        " joining and leaving, not for reporting",
        unit="share 0-1",
        source="people share what interests them without believing it (Pennycook et al. 2021, Nature); 0 means off",
    )
    transaction: Share = param(
        0.02,
        "probability that a fully interested user buys, or falls for a fraud, at the first exposure to drugs or "
        "fraud content",
        unit="probability",
    )
    reporting: dict[ContentClass, Share] = made(
        _reporting,
        "probability that a reader who fully disbelieves a post and fully trusts the platform reports it, by class",
        unit="probability",
        source="17 % of 13-24 year olds who saw harm reported it (Ofcom 2022), taken as the top; the rest assumed",
    )
    joining: Share = param(
        0.03,
        "probability of joining the source channel or group of a forward, at full belief or interest",
        unit="probability",
    )
    invitation: Share = param(
        0.2, "factor on joining where the channel or group is by invitation only", unit="factor 0-1"
    )
    leaving: Share = param(
        0.002,
        "probability of leaving a channel or group after a post that does not fit the user at all",
        unit="probability",
    )

    @model_validator(mode="after")
    def _positive(self) -> Self:
        if self.post_half_life <= 0:
            raise ValueError("post_half_life must be more than 0")
        if self.late_half <= 0:
            raise ValueError("late_half must be more than 0")
        if self.belief_half_life is not None and self.belief_half_life <= 0:
            raise ValueError("belief_half_life must be more than 0; leave it out for beliefs that stay")
        return self
