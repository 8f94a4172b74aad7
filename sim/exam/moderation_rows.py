"""Rows of the exam about moderation: takedown of a branching process, and the queue of cases."""

import numpy as np

from sim.agents.user import User
from sim.crowd.protocol import Wish
from sim.exam import mutants
from sim.exam.cases import BOTH, LARGE, Floats, Sample, case
from sim.exam.setups import run, sizes, spreading


def _takedown(deadline: float, scope: str, further: float = 0.0) -> Sample:
    """Return sizes of cascades with R .8 and waits of one unit on average (128 ticks), removed after a deadline.

    A further time is random, with that mean in units.
    """
    unit_hours = 32.0

    def sample(crowd: Wish, user_class: type[User], quick: bool) -> Floats:
        users, days = (5_000, 40) if quick else (20_000, 60)
        per_day = 500.0 if quick else 2_000.0
        takedown = {"delay": f"{deadline * unit_hours:g} h"}
        if further:
            takedown["further"] = f"{further * unit_hours:g} h"
        scenario = spreading(
            users,
            {"kind": "erdos-renyi", "mean_degree": 16.0},
            0.05,
            items=1,
            ticks=1,
            time={"days": days, "tick_hours": 0.25},
            world={
                "personas": {"everyone": {"activity": 1.0 / unit_hours}},
                "countries": {"somewhere": {"awake_hours": 24, "awake_from": 0}},
            },
            content={"streams": {"item": {"content": "drugs", "until": "1 day", "per_1000_users_day": per_day}}},
            behaviour={"reading": "visits", "transaction": 0.0},
            policy={
                "title": "takedown",
                "terms": {"drugs": {"actions": ["remove"], "scope": scope}},
                "moderation": {
                    "scan": {"recall": {"drugs": 1.0}, "false_positive": 0.0, "direct_chats": True, "acts_alone": True},
                    "reports": {"accepted": False},
                    "takedown": takedown,
                },
            },
        )
        return sizes(run(scenario, 1, crowd, user_class))

    return sample


for deadline, scope, expected in ((1.0, "every-copy", 1.725), (5.0, "every-copy", 3.528), (1.0, "post", 2.023)):
    what = "whole item" if scope == "every-copy" else "each copy"
    case(
        "takedown",
        f"{what} removed after {deadline:g} mean delays, R .8: mean size",
        expected,
        _takedown(deadline, scope),
        "Crump-Mode-Jagers branching; exact",
        slack=0.01 * expected,
        crowds=LARGE,
        mutants=(mutants.CountsOneTooMany,),
        quick=deadline == 1.0,
    )
for scope in ("every-copy", "post"):
    what = "whole item" if scope == "every-copy" else "each copy"
    case(
        "takedown",
        f"{what} removed at a rate of 1 a mean delay, R .8: mean size",
        1.0 / (1.0 - 0.8 / 2.0),
        _takedown(0.0, scope, further=1.0),
        "Crump-Mode-Jagers branching; exact",
        slack=0.01 / (1.0 - 0.8 / 2.0),
        crowds=LARGE,
        mutants=(mutants.CountsOneTooMany,),
        quick=scope == "post",
    )


def erlang_wait(servers: int, load: float) -> float:
    """Return the mean wait of the queue M/M/c, in service times (Erlang C)."""
    offered = servers * load
    term, total = 1.0, 1.0
    for k in range(1, servers):
        term *= offered / k
        total += term
    waiting = term * offered / servers / (1.0 - load)
    return waiting / (total + waiting) / (servers * (1.0 - load))


_SERVICE, _BATCHES = 20, 20
"""Ticks that a review takes on average; parts of a run whose means are compared."""


def _queue(servers: int, load: float, ticks: int) -> Sample:
    """Return mean waits until a reviewer takes a case, in service times, by parts of a long run after its start."""

    def sample(crowd: Wish, user_class: type[User], quick: bool) -> Floats:
        days = -(-(ticks // (8 if quick else 1)) // 1440)
        users = 50
        scenario = spreading(
            users,
            {"kind": "complete"},
            0.0,
            items=1,
            ticks=1,
            time={"days": days, "tick_hours": 1.0 / 60.0},
            content={
                "streams": {
                    "item": {
                        "content": "drugs",
                        "starts": "best-places",
                        "first_places": 1,
                        "until": f"{days} days",
                        "per_1000_users_day": load * servers / _SERVICE * 1440.0 * 1000.0 / users,
                    }
                }
            },
            behaviour={"transaction": 0.0},
            policy={
                "title": "queue",
                "terms": {"drugs": {"actions": ["label"]}},
                "moderation": {
                    "scan": {"recall": {"drugs": 1.0}, "false_positive": 0.0, "direct_chats": True},
                    "reports": {"accepted": False},
                    "reviewers": {
                        "count": 1000 * servers,
                        "decisions_per_day": 1440.0 / _SERVICE,
                        "service": "random",
                        "sensitivity": 1.0,
                    },
                },
            },
        )
        cases = run(scenario, 1, crowd, user_class).crowd.case_rows()
        cases = cases[cases[:, 10] >= 0]
        parts = np.array_split(cases[len(cases) // (_BATCHES + 1) :], _BATCHES)
        return np.array([(part[:, 10] - part[:, 0]).mean() / _SERVICE - 1.0 for part in parts])

    return sample


for servers, load, length in (
    (1, 0.5, 300_000),
    (1, 0.8, 500_000),
    (1, 0.95, 1_000_000),
    (4, 0.5, 200_000),
    (4, 0.8, 300_000),
    (4, 0.95, 500_000),
    (16, 0.95, 200_000),
):
    expected = erlang_wait(servers, load)
    case(
        "queue",
        f"M/M/{servers}, load {load:g}: mean wait in service times",
        expected,
        _queue(servers, load, length),
        "Erlang C (Erlang 1917); ticks of a twentieth of a service",
        slack=0.03 * expected + 0.003,
        crowds=LARGE if (servers, load) != (4, 0.8) else BOTH,
        quick=(servers, load) == (4, 0.8),
    )
