"""Rows of the exam about opinions that average, and about a claim contested in talk among contacts."""

from typing import Any

import numpy as np

from sim.agents.user import User
from sim.crowd.protocol import Wish
from sim.exam import mutants
from sim.exam.cases import LARGE, Floats, Sample, case
from sim.exam.setups import run, spreading
from sim.model import Society
from sim.rules.talk import BELIEVER
from sim.scenario.scenario import Scenario


def _opinions(users: int, ticks: int, personas: dict[str, Any], behaviour: dict[str, Any]) -> Scenario:
    """Return a scenario in which everybody tells everybody what she believes, once a tick."""
    everyone = spreading(2, {"kind": "complete"}, 1.0, items=1, ticks=1).resolved()["world"]["personas"]["everyone"]  # type: ignore[index]
    return spreading(
        users,
        {"kind": "complete"},
        1.0,
        items=1,
        ticks=1,
        time={"days": ticks, "tick_hours": 24.0},
        world={"personas": {name: {**everyone, "sharing": 0.0, **more} for name, more in personas.items()}},
        content={
            "streams": {
                "item": {
                    "content": "misinformation",
                    "stance": "sender",
                    "spacing": "even",
                    "seeds": users,
                    "persuasion": 1.0,
                    "until": f"{ticks} days",
                    "per_1000_users_day": 1000.0 / users,
                }
            }
        },
        behaviour={"repetition": [1.0], **behaviour},
    )


def _degroot() -> Sample:
    """Return the beliefs at the end of two who average: by half, and by a quarter; they begin at 0 and 1."""

    def sample(crowd: Wish, user_class: type[User], quick: bool) -> Floats:
        personas = {
            "everyone": {"share": 0.5, "credulity": 0.5, "belief": 0.0},
            "quarter": {"share": 0.5, "credulity": 0.25, "belief": 1.0},
        }
        for seed in range(1, 100):
            society = run(_opinions(2, 80, personas, {}), seed, crowd, user_class)
            if set(society.world.people.persona.tolist()) == {0, 1}:
                return society.crowd.beliefs(0)
        return np.zeros(0)

    return sample


def _bounded(confidence: float, ticks: int) -> Sample:
    """Return how many groups of equal belief are left, of 2,000 who begin spread evenly."""

    def sample(crowd: Wish, user_class: type[User], quick: bool) -> Floats:
        users = 100 if crowd == "agents" or user_class is not User else 400 if quick else 2_000
        personas = {"everyone": {"share": 1.0, "credulity": 1.0, "belief": {"kind": "even", "low": 0.0, "high": 1.0}}}
        behaviour = {"confidence": confidence, "own_weight": 1.0}
        scenario = _opinions(users, ticks, personas, behaviour)
        society = run(scenario, 1, crowd, user_class)
        beliefs = np.sort(society.crowd.beliefs(0))
        return np.array([1.0 + float((np.diff(beliefs) > confidence / 2.0).sum())])

    return sample


case(
    "opinions",
    "DeGroot, weights (.5, .5) and (.25, .75), from 0 and 1: consensus",
    2.0 / 3.0,
    _degroot(),
    "DeGroot 1974; left eigenvector (1/3, 2/3)",
    slack=1e-5,
    mutants=(mutants.HearsTheClaim,),
)
for confidence, groups in ((0.10, 5.0), (0.15, 3.0), (0.25, 1.0)):
    case(
        "opinions",
        f"Hegselmann-Krause, 2,000 even opinions, confidence {confidence:.2f}: groups left",
        groups,
        _bounded(confidence, 40 if confidence < 0.2 else 20),
        "Hegselmann and Krause 2002; deterministic",
        crowds=LARGE,
        mutants=(mutants.ListensToAll,) if groups > 1 else (),
        quick=confidence == 0.15,  # where a bound that is lost would show
    )


# A hoax against its refutation, in talk


def _hoax(verifying: float) -> Sample:
    """Return the share of believers in the second half of a run, one observation a seed; they begin as a fifth."""

    def sample(crowd: Wish, user_class: type[User], quick: bool) -> Floats:
        small = crowd == "agents" or user_class is not User
        users, ticks = (200, 300) if small else (2_000, 1_500)
        out = []
        for seed in range(1, 3 if small else 5 if quick else 13):
            stream = {
                "content": "misinformation",
                "seeds": users // 5,
                "contest": {"spreading": 0.5, "credibility": 0.3, "forgetting": 0.1, "verifying": verifying},
            }
            scenario = spreading(
                users, {"kind": "complete"}, 0.0, items=1, ticks=ticks, content={"streams": {"item": stream}}
            )
            society = Society(
                scenario, seed, crowd="agents" if user_class is not User else crowd, user_class=user_class
            )
            shares = []
            while society.running:
                society.step()
                if society.tick > ticks // 2:
                    shares.append(float((society.crowd.holders(0) == BELIEVER).mean()))
            out.append(float(np.mean(shares)))
        return np.array(out)

    return sample


_THRESHOLD = 2.0 * 0.3 / (1.0 - 0.3) * 0.1
for times, share in ((0.5, 0.2917), (1.2, 0.0)):
    case(
        "hoax",
        f"spreading .5, credibility .3, forgetting .1, verifying {times:g} of the threshold: believers",
        share,
        _hoax(times * _THRESHOLD),
        "Tambuscio et al. 2015; fixed point of the mean field",
        slack=0.003,
        crowds=LARGE,
        mutants=(mutants.NeverChecks,) if times > 1.0 else (mutants.NeverChecks, mutants.NeverForgets),
    )
