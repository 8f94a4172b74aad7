"""Rows of the exam about epidemics, rumours and adoption: what spreads from person to person in time."""

from math import log
from typing import Any

import numpy as np
from scipy.integrate import quad

from sim.agents.user import User
from sim.crowd.protocol import Wish
from sim.exam import mutants
from sim.exam.cases import LARGE, Floats, Sample, case
from sim.exam.setups import first_post_ticks, run, sizes, spreading

_MINUTE = 1.0 / 60.0
_AWAKE = {"somewhere": {"awake_hours": 24, "awake_from": 0}}
_SLOWEST = 1.0 / 1024.0
"""Visits an hour of the slowest readers (an activity of .001): with ticks of a minute, the finest ticks there are."""


def _hazard(rate: float, tick_hours: float) -> float:
    """Return the chance a tick that a reader comes to a message, at so many visits an hour."""
    return rate * tick_hours / (1.0 + rate * tick_hours)


# Epidemics: messages that senders take back


def _markov(users: int, ratio: float, rate: float, *, seeds: int, items: int, days: int, **over: Any) -> Any:
    """Return a Markov SIR on a complete graph: each pair has a hazard a tick, and senders recover."""
    hazard = _hazard(rate, _MINUTE)
    transmitted = ratio / (users - 1)
    recovery = hazard * (1.0 - transmitted) / (transmitted * (1.0 - hazard))
    scenario = spreading(
        users,
        {"kind": "complete"},
        1.0,
        items=1,
        ticks=1,
        time={"days": days, "tick_hours": _MINUTE},
        world={
            "personas": {"everyone": {"activity": max(0.001, rate)}},
            "countries": _AWAKE,
            "direct": {"withdrawal": f"{1.0 / recovery:.9f} min"},
        },
        content={"streams": {"item": {"until": "1 h", "per_1000_users_day": items * 24_000.0 / users, "seeds": seeds}}},
        behaviour={"reading": "visits"},
        **over,
    )
    return scenario, 1.0 / recovery


def _epidemic(users: int, ratio: float, what: str) -> Sample:
    def sample(crowd: Wish, user_class: type[User], quick: bool) -> Floats:
        out: list[float] = []
        items = (60 if quick else 1200) if what == "probability" else 6
        for seed in range(1, (3 if quick else 7) if users > 300 else 3):
            scenario, _ = _markov(users, ratio, 0.03125, seeds=1, items=items, days=2)
            found = sizes(run(scenario, seed, crowd, user_class)) / users
            out += ((found > 0.2) * 1.0 if what == "probability" else found[found > 0.2]).tolist()
        return np.array(out)

    return sample


_SIR = "Kermack and McKendrick 1927"
for ratio, share in ((1.5, 0.5828), (2.0, 0.7968)):
    case(
        "final-size",
        f"SIR on a complete graph of 1,000, R0 {ratio:g}: share reached in an outbreak",
        share,
        _epidemic(1_000, ratio, "share"),
        _SIR,
        slack=0.005,
        crowds=LARGE,
        mutants=(mutants.LimitOfOne,),
        quick=ratio == 2.0,
    )
case(
    "outbreak",
    "Markov SIR on a complete graph of 200, R0 2: probability of an outbreak",
    0.5,
    _epidemic(200, 2.0, "probability"),
    "Bailey 1975",
    slack=0.02,
    crowds=LARGE,
    mutants=(mutants.LimitOfOne,),
)


def peak_of_sir(ratio: float, seeded: float) -> float:
    """Return when the mean-field SIR is at its peak, in mean times of recovery, from a seeded share.

    The infected are most when the susceptible are 1 / R0; the time follows from ds/dt = -R0 s i, with
    i = 1 - s + ln(s / s0) / R0.
    """
    s0 = 1.0 - seeded
    time, _ = quad(lambda s: 1.0 / (ratio * s * (1.0 - s + log(s / s0) / ratio)), 1.0 / ratio, s0)
    return float(time)


def _peak(users: int, ratio: float, seeded: float) -> Sample:
    """Return when so few are left that the infected are most, in mean times of recovery."""

    def sample(crowd: Wish, user_class: type[User], quick: bool) -> Floats:
        out: list[float] = []
        for seed in range(1, 4 if quick else 41):
            scenario, recovery = _markov(users, ratio, _SLOWEST, seeds=int(users * seeded), items=1, days=1)
            reached = np.sort(first_post_ticks(run(scenario, seed, crowd, user_class), 0))
            turn = int(users * (1.0 - 1.0 / ratio))
            out.append(float(reached[turn]) / recovery if len(reached) > turn else 100.0)
        return np.array(out)

    return sample


case(
    "final-size",
    "SIR on a complete graph of 1,000, R0 2, a tenth seeded: time of the peak, in mean times of recovery",
    peak_of_sir(2.0, 0.1),
    _peak(1_000, 2.0, 0.1),
    _SIR,
    slack=0.03,
    crowds=LARGE,
    mutants=(mutants.LimitOfOne,),
)


# Rumours: told to one at a time, until one meets somebody who knows


def _rumour(users: int, tick_share: float) -> Sample:
    def sample(crowd: Wish, user_class: type[User], quick: bool) -> Floats:
        items = (4 if quick else 40) if crowd == "agents" else (24 if quick else 240)
        scenario = spreading(
            users,
            {"kind": "complete"},
            0.0,
            items=1,
            ticks=1,
            time={"days": 100, "tick_hours": 1.0},
            world={"personas": {"everyone": {"max_forwards": 1000, "to_contacts": 1.0}}},
            content={
                "streams": {
                    "item": {
                        "starts": "best-places",
                        "first_places": 1,
                        "until": "1 h",
                        "per_1000_users_day": items * 24_000.0 / users,
                    }
                }
            },
            behaviour={"telling": f"{1.0 / tick_share:g} h", "stifling": 1.0},
        )
        return 1.0 - sizes(run(scenario, 1, crowd, user_class)) / users

    return sample


case(
    "rumour",
    "Maki-Thompson, complete graph of 1,000, one spreader, a contact in 50 ticks: never heard",
    0.2032,
    _rumour(1_000, 0.02),
    "Maki and Thompson 1973; Sudbury 1985",
    slack=0.003,
    mutants=(mutants.NeverStifled, mutants.TellsTheSame),
)


# Adoption: found by oneself, or imitated


def _bass(users: int, what: str) -> Sample:
    """Return the share that has adopted at the peak of the closed form, or when that share has been reached."""
    innovation, imitation = 0.03, 0.38
    peak, at_peak = log(imitation / innovation) / (innovation + imitation), 0.5 - innovation / (2.0 * imitation)
    hazard = _hazard(_SLOWEST, _MINUTE)
    year = imitation / (hazard * (users - 1))

    def sample(crowd: Wish, user_class: type[User], quick: bool) -> Floats:
        out: list[float] = []
        for seed in range(1, 4 if quick else 13):
            items = 4
            rate = innovation / year
            scenario = spreading(
                users,
                {"kind": "complete"},
                1.0,
                items=1,
                ticks=1,
                time={"days": 1, "tick_hours": _MINUTE},
                world={"personas": {"everyone": {"activity": 0.001}}, "countries": _AWAKE},
                content={
                    "streams": {
                        "item": {
                            "until": "1 min",
                            "per_1000_users_day": items * 1440.0 * 1000.0 / users,
                            "found": rate * 1440.0 / (1.0 - rate),
                        }
                    }
                },
                behaviour={"reading": "visits"},
            )
            society = run(scenario, seed, crowd, user_class)
            for item in range(len(society.items)):
                adopted = np.sort(first_post_ticks(society, item)) / year
                if what == "share":
                    out.append(float((adopted <= peak).sum()) / users)
                else:
                    out.append(float(adopted[int(at_peak * users)]))
        return np.array(out)

    return sample


for what, words, expected in (
    ("share", "share that has adopted at the peak, 6.19 years", 0.4605),
    ("time", "years until that share has adopted", 6.19),
):
    case(
        "bass",
        f"innovation .03 and imitation .38 a year, 500 people: {words}",
        expected,
        _bass(500, what),
        "Bass 1969",
        slack=0.01 * expected,
        crowds=LARGE,
        mutants=(mutants.LimitOfOne,),
        quick=what == "share",
    )
