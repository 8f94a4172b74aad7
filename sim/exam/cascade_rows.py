"""Rows of the exam about independent cascades: small ones exactly, large ones as branching and percolation."""

from collections.abc import Callable
from typing import Any

import numpy as np

from sim.agents.user import User
from sim.crowd.protocol import Wish
from sim.exam import mutants
from sim.exam.cases import LARGE, Floats, Sample, case
from sim.exam.setups import run, sizes, spreading

_IC = "Kempe, Kleinberg and Tardos 2003; exact"
_PERCOLATION = "Newman 2002, Phys. Rev. E 66, 016128"


def _cascade(users: int, contacts: dict[str, Any], p: float, items: int, ticks: int, **over: Any) -> Sample:
    def sample(crowd: Wish, user_class: type[User], quick: bool) -> Floats:
        scenario = spreading(users, contacts, p, items=items // (4 if quick else 1), ticks=ticks, **over)
        return sizes(run(scenario, 1, crowd, user_class))

    return sample


_ROOT = {"content": {"streams": {"item": {"origin": 0}}}}
for n, size in ((3, 2.25), (4, 3.25)):
    case(
        "ic-small",
        f"complete graph of {n}, p .5",
        size,
        _cascade(n, {"kind": "complete"}, 0.5, 12_000, n + 1),
        _IC,
        mutants=(mutants.OneDecisionForAll, mutants.NotKeyedByUser),
    )
case(
    "ic-tree",
    "3-ary tree of height 5, p .4",
    9.92992,
    _cascade(364, {"kind": "tree", "branching": 3}, 0.4, 12_000, 8, **_ROOT),
    _IC,
    mutants=(mutants.LimitOfOne, mutants.CountsOneTooMany),
)
case(
    "ic-chain",
    "chain of 20, p .8",
    4.94235,
    _cascade(20, {"kind": "tree", "branching": 1}, 0.8, 12_000, 22, **_ROOT),
    _IC,
    mutants=(mutants.OneDrawPerItem, mutants.NeverGivesUp),
)


# Branching: a sparse random network is a tree as far as a small cascade goes


def _branching(what: Callable[[Floats], Floats], users: int = 100_000, ratio: float = 0.8) -> Sample:
    def sample(crowd: Wish, user_class: type[User], quick: bool) -> Floats:
        items = 4_000 if quick else 40_000
        contacts = {"kind": "erdos-renyi", "mean_degree": 16.0}
        scenario = spreading(users // (5 if quick else 1), contacts, ratio / 16.0, items=items, ticks=60)
        return what(sizes(run(scenario, 1, crowd, user_class)))

    return sample


_BOREL = "Borel law (Tanner 1961) of Poisson offspring"
for name, expected, of in (
    ("mean size, R .8", 5.0, lambda s: s),
    ("P(size 1)", 0.4493, lambda s: (s == 1) * 1.0),
    ("P(size 2)", 0.1615, lambda s: (s == 2) * 1.0),
    ("P(size 10 or more)", 0.1226, lambda s: (s >= 10) * 1.0),
):
    case(
        "branching",
        name,
        expected,
        _branching(of),
        _BOREL,
        slack=0.01 * expected,
        crowds=LARGE,
        mutants=(mutants.OneDecisionForAll,) if "P(" in name else (mutants.LimitOfOne,),
        quick=name != "P(size 10 or more)",
    )


# Percolation: mean share reached given an outbreak, one observation a world


def _outbreaks(
    contacts: dict[str, Any], p: float, *, users: int = 20_000, what: str = "share", ticks: int = 80, **over: Any
) -> Sample:
    def sample(crowd: Wish, user_class: type[User], quick: bool) -> Floats:
        n = users // 8 if quick else users
        out = []
        for seed in range(1, 5 if quick else 13):
            items = 15 if what == "share" else 60 if quick else 300
            scenario = spreading(n, contacts, p, items=items, ticks=ticks, **over)
            found = sizes(run(scenario, seed, crowd, user_class)) / n
            large = found > 0.08
            share = float(found[large].mean()) if large.any() else 0.0
            out.append(float(large.mean()) if what == "probability" else share)
        return np.array(out)

    return sample


_RANDOM = {"kind": "erdos-renyi", "mean_degree": 4.0}
for T, share in ((0.3, 0.3137), (0.5, 0.7968), (0.75, 0.9405)):
    case(
        "percolation",
        f"random network of degree 4, T {T:g}: share reached in an outbreak",
        share,
        _outbreaks(_RANDOM, T),
        _PERCOLATION,
        slack=0.004,
        crowds=LARGE,
        mutants=(mutants.LimitOfOne,),
        quick=T == 0.5,
    )
case(
    "percolation",
    "random network of degree 4, T .5: probability of an outbreak",
    0.7968,
    _outbreaks(_RANDOM, 0.5, users=4_000, what="probability"),
    _PERCOLATION,
    crowds=LARGE,
    mutants=(mutants.OneDecisionForAll,),
)
case(
    "percolation",
    "random network of degree 4, T .2: no outbreak",
    0.0,
    _outbreaks(_RANDOM, 0.2, users=20_000, what="probability"),
    _PERCOLATION,
    slack=0.001,
    crowds=LARGE,
    mutants=(mutants.OneDrawPerItem,),
    quick=False,
)
for T, share in ((0.4, 0.5415), (0.5, 0.8541)):
    case(
        "regular",
        f"random 4-regular network, T {T:g}: share reached in an outbreak",
        share,
        _outbreaks({"kind": "random-regular", "degree": 4}, T),
        _PERCOLATION,
        slack=0.004,
        crowds=LARGE,
        mutants=(mutants.LimitOfOne,),
        quick=T == 0.5,
    )


def _with_banned(share: float) -> dict[str, Any]:
    everyone = spreading(2, {"kind": "complete"}, 0.5, items=1, ticks=1).resolved()["world"]["personas"]["everyone"]  # type: ignore[index]
    banned = {**everyone, "share": share, "attention": 0.0, "originates": 0.0}
    return {"world": {"personas": {"everyone": {**everyone, "share": 1.0 - share}, "banned": banned}}}


case(
    "bans",
    "random network of degree 4, T .5, 30 % out at random: share of all reached in an outbreak",
    0.3577,
    _outbreaks(_RANDOM, 0.5, **_with_banned(0.3)),
    _PERCOLATION,
    slack=0.004,
    crowds=LARGE,
    mutants=(mutants.BannedGoOn,),
)


# Groups


def _groups(p: float, what: Callable[[Floats], Floats]) -> Sample:
    def sample(crowd: Wish, user_class: type[User], quick: bool) -> Floats:
        users, items = 20_000 if quick else 200_000, 1_500 if quick else 20_000
        groups = {"per_user": 5, "size": 50.0, "largest_share": 1.0, "private": 0.0}
        everyone = {"everyone": {"to_groups": p, "to_contacts": 0.0}}
        scenario = spreading(
            users,
            {"kind": "tree", "branching": 1},
            0.0,
            items=items,
            ticks=40,
            world={"groups": groups, "personas": everyone},
            content={"streams": {"item": {"starts": "both", "first_places": 1}}},
        )
        society = run(scenario, 1, crowd, user_class)
        posts = society.crowd.post_columns()
        slots = posts["item"][(posts["echo"] == 0) & (posts["receiver"] < 0)]
        return what(np.bincount(slots, minlength=len(society.items)).astype(np.float64))

    return sample


for p, expected in ((0.002, 1.658), (0.004, 4.704)):
    case(
        "groups",
        f"5 groups a user, 50 members, p {p:g}: mean number of groups",
        expected,
        _groups(p, lambda found: found),
        "branching process of groups",
        slack=0.02 * expected,
        crowds=LARGE,
        mutants=(mutants.CountsOneTooMany,),
        quick=p == 0.002,
    )
case(
    "groups",
    "5 groups a user, 50 members, p .002: P(one group)",
    0.670,
    _groups(0.002, lambda found: (found == 1) * 1.0),
    "branching process of groups",
    slack=0.006,
    crowds=LARGE,
    mutants=(mutants.OneDecisionForAll,),
)


case(
    "outbreak",
    "independent cascade, complete graph of 1,000, R 2: probability of an outbreak",
    0.7968,
    _outbreaks({"kind": "complete"}, 0.002, users=1_000, what="probability"),
    "Newman 2002; finite size",
    slack=0.004,
    crowds=LARGE,
    mutants=(mutants.OneDecisionForAll,),
    quick=False,
)
