"""Law: regimes as data. What is illegal, what a platform must do, what counts against it, and what may follow."""

from typing import Self

from pydantic import model_validator

from sim.errors import nearest
from sim.scenario.fields import Duration, Listed, Moment, Name, Part, Share, made, param
from sim.scenario.policy import Policy
from sim.vocabulary import DILIGENCE, ContentClass, LegalStep


class Element(Part):
    """One thing that must be shown: a measure of the diligence record against a bound."""

    words: str = param("", "what must be shown, in words", unit="words", max_length=300)
    measure: Name = param("notices", "measure of the diligence record that speaks to it", unit="measure")
    at_least: float | None = param(None, "met where the measure is at least this", unit="of the measure")
    at_most: float | None = param(None, "met where the measure is at most this", unit="of the measure")
    cases: int = param(
        0, "notices below which it cannot be told from the record", unit="notices", ge=0, le=1_000_000_000
    )
    source: str = param("assumed", "clause, and where the bound comes from", unit="words", max_length=500)

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.measure not in DILIGENCE:
            raise ValueError(f"@measure@unknown measure '{self.measure}'{nearest(self.measure, list(DILIGENCE))}")
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("needs at_least or at_most, one of them")
        return self


class Rung(Part):
    """One step of the ladder: what may follow once all of its elements are met, and how likely a day."""

    step: LegalStep = param("warning", "what follows", unit="word")
    needs: Listed[Name] = param((), "elements that must all be met", unit="list of elements", max_length=20)
    hazard: float = param(
        0.01,
        "probability a day that it follows while they are met; an assumption, to be halved and doubled",
        unit="1/day",
        ge=0.0,
        le=1.0,
    )
    fine_share: Share = param(0.0, "share of a year's turnover that a fine takes", unit="share 0-1")
    block_for: Duration = param("30 days", "how long a block lasts", unit="duration")
    source: str = param("assumed", "clause, and where the numbers come from", unit="words", max_length=500)


class Regime(Part):
    """The law of one jurisdiction, as far as the model knows it."""

    title: str = param("", "name of the law", unit="words", max_length=120)
    source: str = param("assumed", "where it is written down", unit="words", max_length=500)
    countries: Listed[Name] = param((), "countries of the scenario in which it holds; none means all", unit="list")
    illegal: Listed[ContentClass] = param(
        ("fraud", "incitement", "terrorism", "csam", "drugs"), "classes that it is about", unit="list of classes"
    )
    deadline: Duration = param(
        "7 days", "time in which a notice must have been dealt with, and a request for data answered", unit="duration"
    )
    deadlines: dict[ContentClass, Duration] = made(
        dict, "the same for a class of its own, where it differs", unit="class: duration"
    )
    applies_from: float = param(0.0, "persons in its countries from which it applies", unit="persons", ge=0.0, le=1e10)
    audit_every: Duration = param("7 days", "time between two looks at the record", unit="duration")
    reach: Share = param(
        1.0, "factor on every hazard where the platform is not seated in one of its countries", unit="factor 0-1"
    )
    requests: Share = param(
        0.0,
        "share of the valid notices after which the authority asks the platform who the author is",
        unit="probability",
    )
    elements: dict[str, Element] = made(dict, "what must be shown, by name", unit="mapping", max_length=20)
    ladder: Listed[Rung] = param((), "what may follow, step by step", unit="list of sections", max_length=20)

    @model_validator(mode="after")
    def _known(self) -> Self:
        for i, rung in enumerate(self.ladder):
            for name in rung.needs:
                if name not in self.elements:
                    raise ValueError(f"@ladder.{i}.needs@unknown element '{name}'{nearest(name, list(self.elements))}")
        return self


class Arrest(Part):
    """An arrest of the executive on a date, whatever the record says."""

    on: Moment = param("day 10", "day on which it happens", unit="day N, or a date")
    by: Name = param("", "regime that makes it", unit="regime")


class Law(Part):
    """The law, and what people and the platform do for fear of it."""

    regimes: dict[str, Regime] = made(dict, "regimes by name", unit="mapping", max_length=20)
    hazards: float = param(
        1.0, "factor on all hazards of escalation: halve and double it", unit="ratio", ge=0.0, le=1000.0
    )
    arrest: Arrest | None = param(None, "an arrest on a date", unit="section")
    after_shock: Policy | None = param(
        None, "policy that the platform takes up after an arrest; none means that it goes on", unit="section"
    )
    after_shock_delay: Duration = param(
        "12 days",
        "time from the arrest until it does",
        unit="duration",
        source="arrest on 24 August 2024, first change on 5 September (12 days), data policy on 23 September (30)",
    )
    deterrence: float = param(
        0.0,
        "how strongly answered requests deter: illegal items fall to 1 / (1 + this x answered requests for each 1,000 "
        "users)",
        unit="1/(requests/1,000 users)",
        ge=0.0,
        le=1e6,
    )
    chilling: Share = param(
        0.0, "share of the lawful items that nobody dares to start after an arrest", unit="share 0-1"
    )

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.arrest is not None and self.arrest.by not in self.regimes:
            known = nearest(self.arrest.by, list(self.regimes))
            raise ValueError(f"@arrest.by@unknown regime '{self.arrest.by}'{known}")
        return self
