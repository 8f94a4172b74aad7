"""Rows of the exam about thresholds, and about the shape of cascades."""

from typing import Any

import numpy as np

from sim.agents.user import User
from sim.crowd.protocol import Wish
from sim.exam import mutants
from sim.exam.cases import LARGE, Floats, Sample, case
from sim.exam.setups import run, spreading, who_started
from sim.outcomes.cascades import person_tree, structural_virality

_ROOT = {"content": {"streams": {"item": {"origin": 0}}}}


# Thresholds


def _watts(degree: float) -> Sample:
    def sample(crowd: Wish, user_class: type[User], quick: bool) -> Floats:
        users = 20_000 if quick else 100_000
        out = []
        for seed in range(1, 4 if quick else 7):
            scenario = spreading(
                users,
                {"kind": "erdos-renyi", "mean_degree": degree},
                1.0,
                items=1,
                ticks=250,
                content={"streams": {"item": {"seeds": users // 10_000}}},
                behaviour={"threshold_share": 0.18, "novelty": [1.0]},
            )
            society = run(scenario, seed, crowd, user_class)
            seen, contacts = society.crowd.sights_by_reader(0), society.world.contacts.degrees()
            over = seen[seen[:, 1] >= 0.18 * contacts[seen[:, 0]], 0]
            out.append(len(np.union1d(over, who_started(society, 0))) / users)
        return np.array(out)

    return sample


# Structural virality


def _virality(users: int, contacts: dict[str, Any]) -> Sample:
    def sample(crowd: Wish, user_class: type[User], quick: bool) -> Floats:
        society = run(spreading(users, contacts, 1.0, items=2, ticks=users + 1, **_ROOT), 1, crowd, user_class)
        posts = society.crowd.post_columns()
        return np.array([structural_virality(person_tree(posts, item, 0)) for item in range(len(society.items))])

    return sample


_GOEL = "Goel, Anderson, Hofman and Watts 2016; exact"
for words, users, branching, expected in (
    ("star of 30", 30, 29, 2.0 - 2.0 / 30.0),
    ("path of 20", 20, 1, 7.0),
    ("binary tree of height 3", 15, 2, 3.50476),
    ("binary tree of height 6", 127, 2, 8.35096),
    ("ternary tree of height 4", 121, 3, 6.15868),
):
    case(
        "virality",
        words,
        expected,
        _virality(users, {"kind": "tree", "branching": branching}),
        _GOEL,
        slack=5e-6,
        mutants=(mutants.LimitOfOne if branching == 29 else mutants.EverybodyFromTheStart,),
    )


def _matched(size: int, ratio: float) -> Sample:
    def sample(crowd: Wish, user_class: type[User], quick: bool) -> Floats:
        items = 4_000 if quick else 40_000
        contacts = {"kind": "erdos-renyi", "mean_degree": 16.0}
        society = run(spreading(100_000, contacts, ratio / 16.0, items=items, ticks=60), 1, crowd, user_class)
        posts = society.crowd.post_columns()
        starts = np.searchsorted(
            posts["item"][np.argsort(posts["item"], kind="stable")], np.arange(len(society.items) + 1)
        )
        by_item = np.argsort(posts["item"], kind="stable")
        out = []
        for item in range(len(society.items)):
            mine = {name: column[by_item[starts[item] : starts[item + 1]]] for name, column in posts.items()}
            tree = person_tree(mine, item, int(society.items.origin[item]))
            if len(tree) == size:
                out.append(structural_virality(tree))
        return np.array(out)

    return sample


for size, expected in ((5, 1.888), (10, 2.956)):
    for ratio in (0.5, 0.8, 0.95):
        case(
            "size-matching",
            f"virality of cascades of {size}, R {ratio:g}",
            expected,
            _matched(size, ratio),
            "Juul and Ugander 2021; exact for Poisson trees",
            slack=0.01,
            crowds=LARGE,
            quick=False,
        )
for degree, share in ((0.8, 0.0005), (2.0, 0.797), (4.0, 0.980), (6.0, 0.002)):
    case(
        "watts",
        f"threshold .18, random network of degree {degree:g}, seeds 1e-4: final share",
        share,
        _watts(degree),
        "Watts 2002; fixed point of Gleeson and Cahalane 2007",
        slack=0.006 if share > 0.1 else 0.002,
        crowds=LARGE,
        mutants=(mutants.CountsOneTooMany,) if degree == 6.0 else (),
        quick=degree == 4.0,
    )
