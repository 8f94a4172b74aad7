"""Law: regimes as data. What is illegal, what a platform must do, what counts against it, and what may follow."""

from typing import Self

from pydantic import model_validator

from sim.errors import nearest
from sim.scenario.fields import MOST_NUMBER, Duration, Listed, Moment, Name, Part, Share, made, param
from sim.scenario.policy import Policy
from sim.vocabulary import DILIGENCE, ContentClass, LegalStep


class Element(Part):
    """One condition that must be shown: a measure of the compliance record, compared with a bound."""

    words: str = param("", "what must be shown, in words", unit="words", max_length=300)
    measure: Name = param("notices", "measure of the compliance record that this condition tests", unit="measure")
    at_least: float | None = param(
        None,
        "the condition is met if the measure is at least this",
        unit="of the measure",
        ge=-MOST_NUMBER,
        le=MOST_NUMBER,
    )
    at_most: float | None = param(
        None,
        "the condition is met if the measure is at most this",
        unit="of the measure",
        ge=-MOST_NUMBER,
        le=MOST_NUMBER,
    )
    cases: int = param(
        0,
        "minimum number of notices; with fewer, the condition cannot be judged. A notice of a simulated user counts as "
        "many as the persons that the user stands for",
        unit="notices",
        ge=0,
        le=1_000_000_000,
    )
    source: str = param("assumed", "clause of the law, and source of the bound", unit="words", max_length=500)

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.measure not in DILIGENCE:
            raise ValueError(f"@measure@unknown measure '{self.measure}'{nearest(self.measure, list(DILIGENCE))}")
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("needs exactly one of at_least and at_most")
        return self


class Rung(Part):
    """One escalation step: what may follow while all of its conditions are met, and how likely per day."""

    step: LegalStep = param("warning", "the enforcement action", unit="word")
    needs: Listed[Name] = param((), "conditions that must all be met", unit="list of elements", max_length=20)
    hazard: float = param(
        0.01,
        "probability per day of this step while its conditions are met; an assumption, to be halved and doubled",
        unit="1/day",
        ge=0.0,
        le=1.0,
    )
    fine_share: Share = param(0.0, "fine as a share of one year's turnover", unit="share 0-1")
    block_for: Duration = param("30 days", "how long a block lasts", unit="duration")
    source: str = param("assumed", "clause of the law, and source of the numbers", unit="words", max_length=500)


class Regime(Part):
    """The law of one jurisdiction, as far as it is modelled."""

    title: str = param("", "name of the law", unit="words", max_length=120)
    source: str = param("assumed", "legal source", unit="words", max_length=500)
    countries: Listed[Name] = param((), "countries of the scenario in which it applies; none means all", unit="list")
    illegal: Listed[ContentClass] = param(
        ("fraud", "incitement", "terrorism", "csam", "drugs"), "content classes that it covers", unit="list of classes"
    )
    deadline: Duration = param(
        "7 days", "time within which a notice must be handled and a data request answered", unit="duration"
    )
    deadlines: dict[ContentClass, Duration] = made(
        dict, "deadlines for single classes, where they differ", unit="class: duration"
    )
    applies_from: float = param(
        0.0, "users in its countries, in persons, from which it applies", unit="persons", ge=0.0, le=1e10
    )
    audit_every: Duration = param("7 days", "time between two audits of the compliance record", unit="duration")
    reach: Share = param(
        1.0, "factor on every hazard if the platform has no seat in one of its countries", unit="factor 0-1"
    )
    requests: Share = param(
        0.0,
        "share of valid notices after which the authority asks the platform for data on the author",
        unit="probability",
    )
    elements: dict[str, Element] = made(dict, "conditions that must be shown, by name", unit="mapping", max_length=20)
    ladder: Listed[Rung] = param((), "escalation steps, in order", unit="list of sections", max_length=20)

    @model_validator(mode="after")
    def _known(self) -> Self:
        for i, rung in enumerate(self.ladder):
            for name in rung.needs:
                if name not in self.elements:
                    raise ValueError(f"@ladder.{i}.needs@unknown element '{name}'{nearest(name, list(self.elements))}")
        return self


class Arrest(Part):
    """An arrest of the executive on a fixed date, whatever the compliance record."""

    on: Moment = param("day 10", "day of the arrest", unit="day N, or a date")
    by: Name = param("", "regime under which it is made", unit="regime")


class Law(Part):
    """Legal regimes, and how platform and users react to enforcement."""

    regimes: dict[str, Regime] = made(dict, "regimes by name", unit="mapping", max_length=20)
    hazards: float = param(
        1.0,
        "factor on all enforcement hazards; halve and double it to test the answer",
        unit="ratio",
        ge=0.0,
        le=1000.0,
    )
    arrest: Arrest | None = param(None, "an arrest on a fixed date", unit="section")
    after_shock: Policy | None = param(
        None, "policy that the platform adopts after an arrest; none means no change", unit="section"
    )
    after_shock_delay: Duration = param(
        "12 days",
        "time from the arrest until that policy takes effect",
        unit="duration",
        source="arrest on 24 August 2024, first change on 5 September (12 days), data policy on 23 September (30)",
    )
    deterrence: float = param(
        0.0,
        "deterrent effect of answered data requests: in the countries of the authority, illegal items are multiplied "
        "by 1 / (1 + this x answered requests per 1,000 persons that are remembered)",
        unit="1/(requests/1,000 persons)",
        ge=0.0,
        le=1e6,
    )
    deterrence_half_life: Duration = param(
        "180 days", "time after which half of the answered requests are forgotten", unit="duration"
    )
    chilling: Share = param(
        0.0, "chilling effect: share of lawful items that are not posted after an arrest", unit="share 0-1"
    )

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.arrest is not None and self.arrest.by not in self.regimes:
            known = nearest(self.arrest.by, list(self.regimes))
            raise ValueError(f"@arrest.by@unknown regime '{self.arrest.by}'{known}")
        return self
