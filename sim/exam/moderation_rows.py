"""Rows of the exam about moderation: takedown of a branching process, and the queue of cases."""

from sim.agents.user import User
from sim.crowd.protocol import Wish
from sim.exam import mutants
from sim.exam.cases import LARGE, Floats, Sample, case
from sim.exam.setups import run, sizes, spreading


def _takedown(deadline: float, scope: str) -> Sample:
    """Return sizes of cascades with R .8 and waits of one unit on average (128 ticks), removed after a deadline."""
    unit_hours = 32.0

    def sample(crowd: Wish, user_class: type[User], quick: bool) -> Floats:
        users, days = (5_000, 40) if quick else (20_000, 60)
        per_day = 500.0 if quick else 2_000.0
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
                    "takedown": {"delay": f"{deadline * unit_hours:g} h"},
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
