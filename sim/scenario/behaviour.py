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
    """How people read, believe, pass on, report, join and leave."""

    reading: Literal["visits", "at-once"] = param(
        "visits",
        "when people come to a post: at visits by their activity, or all in the tick after it was made",
        unit="word",
    )
    threshold_count: int = param(
        1, "exposures to an item before which a person does not pass it on", unit="exposures", ge=1, le=1_000_000
    )
    threshold_share: Share = param(
        0.0,
        "share of her contacts' number before which a person does not pass an item on (exposures over contacts)",
        unit="share 0-1",
        source="threshold models: Granovetter 1978, Watts 2002; 0 means none",
    )
    telling: Duration | None = param(
        None,
        "if given, who wants to pass an item on tells it to one contact at a time, chosen anew each time from all of "
        "them, up to max_forwards times: the mean time between two tellings, geometric",
        unit="duration",
        source="Maki and Thompson 1973; none means one forward to all that she chooses",
    )
    stifling: Share = param(
        0.0,
        "probability that a teller gives up when the person she tells knows the item already",
        unit="probability",
        source="Maki and Thompson 1973 have 1",
    )
    post_half_life: Duration = param("24 h", "time after which a post is half as likely to be noticed", unit="duration")
    late: Share = param(
        0.0,
        "share of the looks at a post that do not come at the next visit but late: by search, by a link, by scrolling "
        "back",
        unit="share of looks",
        source="0 means none; a fifth of the forwards in Telegram channels come after more than a day (Nazar et al. "
        "2026)",
    )
    late_half: Duration = param(
        "48 h",
        "waking time within which half of those late looks come; the rest in a tail that falls as 1 / time",
        unit="duration",
    )
    novelty: Listed[Share] = param(
        (1.0, 0.6, 0.4, 0.25, 0.15, 0.1),
        "factor on passing on at the 1st, 2nd, ... exposure; the last one holds for all later",
        unit="factors 0-1",
        min_length=1,
        max_length=50,
    )
    repetition: Listed[Share] = param(
        (1.0, 0.5, 0.33, 0.25, 0.2),
        "factor on persuasion at the 1st, 2nd, ... exposure; the last one holds for all later",
        unit="factors 0-1",
        min_length=1,
        max_length=50,
        source="gain about logarithmic in repeats (Hassan and Barber 2021), so the n-th adds about 1/n",
    )
    believer_at: float = param(
        0.5, "belief from which a person counts as a believer", unit="belief 0-1", gt=0.0, le=1.0
    )
    confidence: Share = param(
        1.0,
        "how far from her own belief the target of an exposure may lie to move her (bounded confidence); 1 lets all in",
        unit="belief 0-1",
        source="Hegselmann and Krause 2002; 1 means off",
    )
    influence: Share = param(
        1.0,
        "factor on the persuasion of everything on the platforms: 0 cuts the path by which what people see changes "
        "what they believe",
        unit="factor 0-1",
        source="1 leaves items as they are",
    )
    outside: float = param(
        1.0,
        "factor on the persuasion of what people meet outside the platforms: above 1 where attention goes there",
        unit="ratio",
        ge=0.0,
        le=100.0,
        source="1 leaves it as it is",
    )
    own_weight: float = param(
        0.0,
        "weight of her own belief in the mean to which the exposures of a tick pull, against a fully persuasive "
        "exposure of a fully credulous person",
        unit="exposures",
        ge=0.0,
        le=1e6,
        source="1 counts oneself among those who are averaged, as Hegselmann and Krause 2002 do; 0 means off",
    )
    interest_share: Share = param(
        0.0,
        "share of what makes a claim suit a person that comes from her interest in the topic, apart from belief; it "
        "counts for passing on, joining and leaving, not for reporting",
        unit="share 0-1",
        source="people share what interests them without believing it (Pennycook et al. 2021, Nature); 0 means off",
    )
    transaction: Share = param(
        0.02,
        "probability that a fully interested person buys or falls for fraud or drugs at first sight",
        unit="probability",
    )
    reporting: dict[ContentClass, Share] = made(
        _reporting,
        "probability that a reader who fully disbelieves and fully trusts the platform reports a post, by class",
        unit="probability",
        source="17 % of 13-24 year olds who saw harm reported it (Ofcom 2022), taken as the top; the rest assumed",
    )
    joining: Share = param(
        0.03, "probability to join the channel that a forward shows, at full belief or interest", unit="probability"
    )
    invitation: Share = param(0.2, "factor on joining where the venue is by invitation only", unit="factor 0-1")
    leaving: Share = param(
        0.002, "probability to leave a venue after a post that does not match at all", unit="probability"
    )

    @model_validator(mode="after")
    def _positive(self) -> Self:
        if self.post_half_life <= 0:
            raise ValueError("post_half_life must be more than 0")
        if self.late_half <= 0:
            raise ValueError("late_half must be more than 0")
        return self
