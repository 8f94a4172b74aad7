"""The diligence record: what a platform did about the notices that reached it, as one regime counts them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.moderation.cases import CLEARED, FLAGGER, MOOT, ORDER, REFUSED, REPORT, UPHELD
from sim.scenario.law import Element, Regime
from sim.scenario.scenario import Scenario
from sim.vocabulary import CLASSES

Ints = NDArray[np.int64]
OPENED, PLACE, SUBJECT, RECEIVER, SOURCE, CONTENT, BREACH, AUTHOR, INTERVAL, VERDICT, DECIDED, ACTED = range(12)
"""Columns of the rows of cases, as both crowds give them."""
COUNTED = ("notices", "in_time", "late", "ignored", "rejected", "refused", "confirmed_up", "requests", "answered")
"""Measures that count; as a regulator sees them, in what persons send and post, not simulated users."""
MET, NOT_MET, CANNOT_TELL = "met", "not met", "cannot tell"


@dataclass(frozen=True)
class Jurisdiction:
    """Where a regime holds, and for whom: what it takes from the world."""

    countries: NDArray[np.bool_]
    """By position of the country."""
    illegal: NDArray[np.bool_]
    """By position of the class; one more, for ordinary posts, that is not."""
    deadline: Ints
    """Ticks, by class."""
    persons: float

    @classmethod
    def of(cls, regime: Regime, scenario: Scenario, country_of_user: NDArray[np.uint8]) -> "Jurisdiction":
        """Work it out for a scenario and its people."""
        names = list(scenario.world.countries)
        countries = np.array([not regime.countries or name in regime.countries for name in names], dtype=np.bool_)
        hours = [float(regime.deadlines.get(c, regime.deadline)) for c in CLASSES]  # type: ignore[call-overload]
        return cls(
            countries=countries,
            illegal=np.array([*(c in regime.illegal for c in CLASSES), False], dtype=np.bool_),
            deadline=np.array([*(scenario.time.ticks_for(h) for h in hours), 0], dtype=np.int64),
            persons=float(countries[country_of_user].sum()) * scenario.world.persons_per_user,
        )


def shortest_deadlines(scenario: Scenario, country_of_user: NDArray[np.uint8]) -> Ints:
    """Return within how many ticks the laws that apply want a notice dealt with, by class; -1 where none covers it."""
    found = np.full(len(CLASSES) + 1, -1, dtype=np.int64)
    for regime in scenario.law.regimes.values():
        where = Jurisdiction.of(regime, scenario, country_of_user)
        if where.persons >= regime.applies_from:
            sooner = where.illegal & ((found < 0) | (where.deadline < found))
            found[sooner] = where.deadline[sooner]
    return found


def notices_in(rows: Ints, where: Jurisdiction, country_of_case: Ints) -> Ints:
    """Return the rows of the valid notices: reports, flags and orders about what is illegal there."""
    told = np.isin(rows[:, SOURCE], (REPORT, FLAGGER, ORDER))
    mine: Ints = rows[told & where.illegal[rows[:, CONTENT]] & where.countries[country_of_case]]
    return mine


def diligence(
    rows: Ints,
    where: Jurisdiction,
    country_of_case: Ints,
    tick: int,
    tick_hours: float,
    *,
    requests: float,
    answered: float,
    requests_due: int,
    requests_unmet: int,
    reviewers_per_million: float,
) -> dict[str, float]:
    """Return the record up to a tick, by the names of vocabulary.DILIGENCE; NaN where there is nothing to count.

    Only notices whose deadline is over are judged, and so are requests for data: `requests_due` of them, of which
    `requests_unmet` got no answer. A post that was gone before anybody decided counts as dealt with.
    """
    nan = float("nan")
    notices = notices_in(rows, where, country_of_case)
    due = notices[:, OPENED] + where.deadline[notices[:, CONTENT]]
    over, verdict = due < tick, notices[:, VERDICT]
    acted, decided = notices[:, ACTED], notices[:, DECIDED]
    done = np.where(verdict == UPHELD, acted, np.where(verdict == MOOT, np.maximum(decided, acted), -1))
    gone = (verdict == MOOT) & (done < 0)  # came down with another case before anybody took this one
    in_time = over & (((done >= 0) & (done <= due)) | gone)
    late = over & (done > due)
    rejected = over & (verdict == CLEARED)
    refused = over & (verdict == REFUSED)
    ignored = over & ~(in_time | late | rejected | refused)
    count = int(over.sum())
    hours = (acted[acted >= 0] - notices[acted >= 0, OPENED]) * tick_hours
    here = where.countries[country_of_case]
    action = (rows[:, ACTED] >= 0) & here
    illegal, lawful = (
        int((action & where.illegal[rows[:, CONTENT]]).sum()),
        int((action & ~where.illegal[rows[:, CONTENT]]).sum()),
    )
    up = (verdict == UPHELD) & (acted < 0)
    unmet = int(ignored.sum()) + int(refused.sum())
    return {
        "notices": float(count),
        "in_time": float(in_time.sum()),
        "late": float(late.sum()),
        "ignored": float(ignored.sum()),
        "rejected": float(rejected.sum()),
        "refused": float(refused.sum()),
        "ignored_share": 100.0 * unmet / count if count else nan,
        "late_share": 100.0 * (unmet + int(late.sum())) / count if count else nan,
        "median_hours": float(np.median(hours)) if len(hours) else nan,
        "confirmed_up": float(up.sum()),
        "requests": float(requests),
        "answered": float(answered),
        "refused_requests_share": 100.0 * requests_unmet / requests_due if requests_due else nan,
        "reviewers_per_million": reviewers_per_million,
        "lawful_per_illegal": lawful / illegal if illegal else nan,
        "persons": where.persons,
    }


def judged(element: Element, record: dict[str, float]) -> str:
    """Return whether an element is met by a record: met, not met, or cannot tell (too little to count)."""
    value = record[element.measure]
    if value != value or record["notices"] < element.cases:
        return CANNOT_TELL
    met = value >= element.at_least if element.at_least is not None else value <= (element.at_most or 0.0)
    return MET if met else NOT_MET
