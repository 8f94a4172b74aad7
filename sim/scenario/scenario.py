"""The whole scenario: everything that determines a run, but for the seed."""

import datetime
import hashlib
import json
from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import BeforeValidator, model_validator

from sim.errors import nearest
from sim.scenario.behaviour import Behaviour
from sim.scenario.behaviours import Rule
from sim.scenario.content import Content
from sim.scenario.elsewhere import Moving
from sim.scenario.events import Event
from sim.scenario.fields import Listed, Moment, Name, Part, days_until, made, param
from sim.scenario.law import Law
from sim.scenario.people import MOST_COMPLETE, Complete
from sim.scenario.policy import Policy
from sim.scenario.recording import Recording
from sim.scenario.world import World


def _date(value: object) -> object:
    try:
        return datetime.date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError("must be a date such as 2024-08-01") from None


Date = Annotated[datetime.date, BeforeValidator(_date, json_schema_input_type=str)]


class Time(Part):
    """The clock of a run."""

    days: int = param(30, "length of the run", unit="days", ge=1, le=3660)
    tick_hours: float = param(
        1.0, "length of a tick; a day must be a whole number of ticks", unit="hours", ge=1 / 60, le=24.0
    )
    start: Date = param(datetime.date(2024, 8, 1), "date of the first day, for the axes", unit="date")

    @model_validator(mode="after")
    def _whole_ticks(self) -> Self:
        per_day = 24.0 / self.tick_hours
        if abs(per_day - round(per_day)) > 1e-9:
            raise ValueError(
                f"tick_hours must divide a day into whole ticks (24 / {self.tick_hours:g} = {per_day:.4g})"
            )
        return self

    @property
    def ticks_per_day(self) -> int:
        """Ticks in a day."""
        return round(24.0 / self.tick_hours)

    @property
    def ticks(self) -> int:
        """Ticks in the run."""
        return self.days * self.ticks_per_day

    def ticks_for(self, hours: float) -> int:
        """Whole ticks that cover a duration in hours, rounded up."""
        whole = int(hours / self.tick_hours)
        return whole if whole * self.tick_hours >= hours else whole + 1


class Platform(Part):
    """Properties of the service that do not depend on its policy."""

    name: Name = param("a messaging platform", "name of the platform", unit="words")
    seat: Name = param(
        "elsewhere", "country of the scenario in which the company has its seat, or any other word", unit="country"
    )
    turnover: float = param(1.0, "yearly turnover per person on the platform", unit="USD/person/year", ge=0.0, le=1e5)
    group_cap: int = param(
        200_000,
        "maximum size of a group, in simulated users",
        unit="members",
        ge=2,
        le=100_000_000,
        source="Telegram: 200,000 (its site, in press)",
    )


class PolicyPhase(Part):
    """A change of policy on a date: keys given here override the previous policy.

    A `policy` with its own `extends` replaces the previous policy.
    """

    begins: Moment = param(
        "day 2", "day on which the policy takes effect, at midnight", unit="day N, or a date", alias="from"
    )
    policy: Policy = made(Policy, "the policy from that day on", unit="section")


class Scenario(Part):
    """A scenario: the world, the content, how users behave, the platform and its policy."""

    name: Name = param("unnamed", "name of the scenario", unit="words")
    description: str = param("", "description", unit="words", max_length=4000)
    time: Time = made(Time, "the clock of a run", unit="section")
    topics: Listed[Name] = param(
        ("general",),
        "topics on which users have beliefs and interests",
        unit="list of topics",
        min_length=1,
        max_length=50,
    )
    world: World = made(World, "users, ties, channels and groups", unit="section")
    content: Content = made(Content, "tracked content", unit="section")
    behaviour: Behaviour = made(Behaviour, "how users read, believe, forward, report, join and leave", unit="section")
    behaviours: Listed[Rule] = param(
        (),
        "rules of users that replace a built-in decision, each of a `kind`: accuracy-prompt, prebunking, or one from a "
        "plug-in; where several change one decision, each gets what the one before it gave",
        unit="list of sections",
        max_length=20,
    )
    moving: Moving = made(
        Moving, "migration: what banned users do, who follows, and how users find channels and groups", unit="section"
    )
    platform: Platform = made(Platform, "properties of the service that do not depend on its policy", unit="section")
    policy: Policy = made(Policy, "the moderation policy", unit="section")
    phases: Listed[PolicyPhase] = param(
        (), "changes of the policy on given dates, in order", unit="list of sections", max_length=50
    )
    events: dict[str, Event] = made(
        dict, "offline events to which users turn out, by name", unit="mapping", max_length=20
    )
    law: Law = made(Law, "legal regimes, and enforcement against the platform", unit="section")
    record: Recording = made(
        Recording, "tables that a run writes; outcomes and digest do not depend on them", unit="section"
    )

    @model_validator(mode="after")
    def _known_topics(self) -> Self:
        if len(set(self.topics)) != len(self.topics):
            raise ValueError("topics must be distinct")
        named = [(f"content.streams.{name}.topic", stream.topic) for name, stream in self.content.streams.items()]
        named += [
            (f"content.streams.{name}.also", t) for name, stream in self.content.streams.items() for t in stream.also
        ]
        named += [(f"world.outside.{name}.topic", source.topic) for name, source in self.world.outside.items()]
        for persona_name, persona in self.world.personas.items():
            for part in ("beliefs", "interests"):
                named += [(f"world.personas.{persona_name}.{part}", topic) for topic in getattr(persona, part)]
        named += [(f"events.{name}.topic", event.topic) for name, event in self.events.items()]
        for path, topic in named:
            if topic not in self.topics:
                raise ValueError(f"@{path}@unknown topic '{topic}'{nearest(topic, list(self.topics))}")
        for number, rule in enumerate(self.behaviours):
            for persona_name in rule.personas:
                if persona_name not in self.world.personas:
                    known = nearest(persona_name, list(self.world.personas))
                    raise ValueError(f"@behaviours.{number}.personas@unknown persona '{persona_name}'{known}")
        for path, words in self.misfits(self.world.users):
            raise ValueError(f"@{path}@{words}")
        starters = any(persona.originates > 0 and persona.share > 0 for persona in self.world.personas.values())
        if not starters and any(stream.per_1000_users_day > 0 for stream in self.content.streams.values()):
            raise ValueError("@world.personas@no persona starts items: set `originates` above 0 for at least one")
        return self

    @model_validator(mode="after")
    def _eventful(self) -> Self:
        for name, stream in self.content.streams.items():
            if stream.calls is not None and stream.calls not in self.events:
                known = nearest(stream.calls, list(self.events))
                raise ValueError(f"@content.streams.{name}.calls@unknown event '{stream.calls}'{known}")
            for persona in stream.started_by:
                if persona not in self.world.personas:
                    known = nearest(persona, list(self.world.personas))
                    raise ValueError(f"@content.streams.{name}.started_by@unknown persona '{persona}'{known}")
        for name, event in self.events.items():
            if not 0 <= days_until(event.on, self.time.start) < self.time.days:
                raise ValueError(f"@events.{name}.on@'{event.on}' is not a day of the run")
            for country in event.countries:
                if country not in self.world.countries:
                    known = nearest(country, list(self.world.countries))
                    raise ValueError(f"@events.{name}.countries@unknown country '{country}'{known}")
        return self

    @model_validator(mode="after")
    def _several(self) -> Self:
        if self.platform.name in self.world.elsewhere:
            raise ValueError(
                f"@world.elsewhere.{self.platform.name}@must differ from the name of the platform under study"
            )
        return self

    @model_validator(mode="after")
    def _lawful(self) -> Self:
        for name, regime in self.law.regimes.items():
            for country in regime.countries:
                if country not in self.world.countries:
                    known = nearest(country, list(self.world.countries))
                    raise ValueError(f"@law.regimes.{name}.countries@unknown country '{country}'{known}")
        if self.law.arrest is not None:
            day = days_until(self.law.arrest.on, self.time.start)
            if not 0 <= day < self.time.days:
                raise ValueError(f"@law.arrest.on@'{self.law.arrest.on}' is not a day of the run")
        return self

    @model_validator(mode="after")
    def _phases_in_order(self) -> Self:
        last = 0
        for i, phase in enumerate(self.phases):
            day, where = days_until(phase.begins, self.time.start), f"@phases.{i}.from@"
            if not 0 < day < self.time.days:
                raise ValueError(
                    f"{where}'{phase.begins}' is not one of day 2 to day {self.time.days} of the run, which begins on "
                    f"{self.time.start}"
                )
            if day <= last:
                raise ValueError(f"{where}'{phase.begins}' must be later than the previous phase")
            last = day
        for path, policy in self.policies_by_path():
            reviewers = policy.moderation.reviewers
            for language in reviewers.languages:
                known = sorted({country.language for country in self.world.countries.values()} - {""})
                if language not in known:
                    raise ValueError(
                        f"@{path}.moderation.reviewers.languages@unknown language '{language}': no country has it as "
                        f"its language{nearest(language, known)}"
                    )
        return self

    def misfits(self, users: int) -> Iterator[tuple[str, str]]:
        """Yield what does not go with a number of users: the path of each value, and what is wrong with it."""
        for name, stream in self.content.streams.items():
            where = f"content.streams.{name}"
            if stream.origin is not None and stream.origin >= users:
                yield f"{where}.origin", f"must be below world.users ({users}), got {stream.origin}"
            if stream.seeds > users:
                yield f"{where}.seeds", f"must be at most world.users ({users}), got {stream.seeds}"
        if isinstance(self.world.contacts, Complete) and users > MOST_COMPLETE:
            yield "world.contacts.kind", f"a complete network is limited to {MOST_COMPLETE:,} users"

    def policies_by_path(self) -> list[tuple[str, Policy]]:
        """Return the policy, and that of every phase, each with its path in the scenario."""
        later = [(f"phases.{i}.policy", phase.policy) for i, phase in enumerate(self.phases)]
        return [("policy", self.policy), *later]

    def policies(self) -> list[tuple[int, Policy]]:
        """Return the policies with the tick from which each is in force, in order."""
        later = [(days_until(p.begins, self.time.start) * self.time.ticks_per_day, p.policy) for p in self.phases]
        return [(0, self.policy), *later]

    def resolved(self) -> dict[str, object]:
        """Return every value that a run uses, as plain data that reads back to the same scenario."""
        return self.model_dump(mode="json", by_alias=True)

    def __repr__(self) -> str:
        return f"<scenario {self.name}: {self.world.users:,} users, {self.time.days:g} days, hash {self.hash()[:8]}>"

    def hash(self) -> str:
        """Return SHA-256 of the resolved scenario: equal for equal runs, whatever the files looked like."""
        return digest_of(self.resolved())

    def world_hash(self) -> str:
        """Return SHA-256 of what determines the world (people, ties, venues) apart from its seed."""
        data = self.resolved()
        return digest_of({key: data[key] for key in ("world", "topics", "platform")})


def digest_of(data: object) -> str:
    """Return SHA-256 of plain data in one canonical form."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
