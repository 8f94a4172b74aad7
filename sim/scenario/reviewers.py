"""Reviewers: the people who judge cases, their shifts, languages and mistakes."""

from typing import Literal, Self

from pydantic import model_validator

from sim.scenario.fields import Listed, Part, Share, made, param, sums_to_one


class Shift(Part):
    """Working hours of a share of the reviewers."""

    begins: int = param(
        9, "hour at which the shift begins, in the platform's clock", unit="hour 0-23", ge=0, le=23, alias="from"
    )
    hours: int = param(8, "length of the shift", unit="hours", ge=1, le=24)
    share: Share = param(1.0, "share of reviewers in this shift", unit="share 0-1")


class Reviewers(Part):
    """The people who review cases. They are counted in persons, like the population that one user stands for."""

    count: int = param(
        0,
        "reviewers employed: for every `for_persons` persons on the platform, or in all if that is not given",
        unit="persons",
        ge=0,
        le=1_000_000,
        source="TikTok in the EU: 6,125 for 159 million users (DSA 2023-24); Telegram: unknown",
    )
    for_persons: float | None = param(
        None,
        "persons on the platform for whom `count` reviewers are employed, so that a larger world has more of them; "
        "none means that `count` is all there are, however large the world is",
        unit="persons",
        ge=1.0,
        le=1e11,
        source="a unit of counting: with `count` it makes a rate",
    )
    decisions_per_day: float = param(
        200.0,
        "decisions per reviewer and day, averaged over the year",
        unit="decisions/day",
        ge=1e-6,
        le=100_000.0,
        source="3 million a day by 15,000 people (NYU Stern 2020)",
    )
    service: Literal["even", "random"] = param(
        "even",
        "even: decisions are spread evenly over the ticks and take no time themselves; random: each reviewer "
        "handles one case at a time, with a geometric handling time (its mean must be longer than a tick)",
        unit="word",
        source="random: the servers of a queue M/M/c (Erlang 1917)",
    )
    hours_per_day: float = param(
        5.7,
        "paid hours per day, averaged over the week (8 x 5/7)",
        unit="hours/day",
        ge=0.01,
        le=24.0,
        source="a week of 40 hours",
    )
    sensitivity: Share = param(
        0.9,
        "probability that a violating post is judged to be violating",
        unit="probability",
        source="more than 10 % of decisions are wrong (Zuckerberg 2018, in NYU Stern 2020)",
    )
    specificity: Share = param(
        0.9,
        "probability that a non-violating post is cleared",
        unit="probability",
        source="more than 10 % of decisions are wrong (Zuckerberg 2018, in NYU Stern 2020)",
    )
    shifts: Listed[Shift] = param(
        (), "shifts; none means round the clock, evenly", unit="list of sections", max_length=24
    )
    languages: dict[str, Share] = made(
        dict,
        "share of reviewers who read each language (see `language` of a country); cases in a language that no "
        "reviewer reads wait; none means that every reviewer reads all languages",
        unit="share 0-1",
        max_length=20,
    )
    cost_per_hour: float = param(
        18.0,
        "hourly wage",
        unit="USD/hour",
        ge=0.0,
        le=10_000.0,
        source="18 USD in the United States, 1.50 to 2.20 in Kenya (TIME 2022)",
    )

    @model_validator(mode="after")
    def _shares(self) -> Self:
        if self.shifts:
            sums_to_one({f"{i + 1}.": s.share for i, s in enumerate(self.shifts)}, "shares of the shifts")
        if self.languages:
            sums_to_one(dict(self.languages), "shares of the languages")
        if self.service == "random" and (self.shifts or self.languages):
            raise ValueError("service: random cannot be combined with shifts or languages")
        return self

    def employed(self, persons: float) -> float:
        """Return how many reviewers (persons) there are on a platform of so many persons."""
        return float(self.count) if self.for_persons is None else self.count * (persons / self.for_persons)
