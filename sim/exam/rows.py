"""The rows of the exam: what is set up, what must come out, and which wrong engines must not pass."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.agents.user import User
from sim.crowd.protocol import Wish
from sim.exam import mutants
from sim.exam.setups import run, sizes, spreading, who_started
from sim.outcomes.cascades import person_tree, structural_virality

Floats = NDArray[np.float64]
Sample = Callable[[Wish, type[User], bool], Floats]
"""(crowd, user class, quick) -> independent observations; their mean is what the row is about."""
BOTH: tuple[Wish, ...] = ("agents", "compiled")
LARGE: tuple[Wish, ...] = ("compiled",)


@dataclass(frozen=True)
class Case:
    """One number of a row."""

    row: str
    name: str
    expected: float
    sample: Sample
    source: str
    slack: float = 0.0
    """What the finite size of the world may move the result, beside chance."""
    crowds: tuple[Wish, ...] = BOTH
    mutants: tuple[type[User], ...] = ()
    quick: bool = True
    """Whether it is part of `rumorlab exam --quick`."""
    kind: str = "closed-form"

    @property
    def id(self) -> str:
        """The row and the case."""
        return f"{self.row}/{self.name}"


CASES: list[Case] = []
_IC = "Kempe, Kleinberg and Tardos 2003; exact"
_PERCOLATION = "Newman 2002, Phys. Rev. E 66, 016128"


def case(row: str, name: str, expected: float, sample: Sample, source: str, **more: Any) -> None:
    """Enter a case."""
    CASES.append(Case(row, name, expected, sample, source, **more))


# Independent cascades


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


# Takedown of a branching process with exponential delays


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


# Epidemics: messages that senders take back


def _epidemic(users: int, ratio: float, what: str) -> Sample:
    """Return a Markov SIR on a complete graph, each pair at a hazard per tick, senders recovering: one seed an item."""
    rate = 0.03125 / 60.0
    hazard = rate / (1.0 + rate)
    transmitted = ratio / (users - 1)
    recovery = hazard * (1.0 - transmitted) / (transmitted * (1.0 - hazard))

    def sample(crowd: Wish, user_class: type[User], quick: bool) -> Floats:
        out: list[float] = []
        items = (60 if quick else 1200) if what == "probability" else 6
        for seed in range(1, (3 if quick else 7) if users > 300 else 3):
            scenario = spreading(
                users,
                {"kind": "complete"},
                1.0,
                items=1,
                ticks=1,
                time={"days": 2, "tick_hours": 1.0 / 60.0},
                world={
                    "personas": {"everyone": {"activity": 0.03125}},
                    "countries": {"somewhere": {"awake_hours": 24, "awake_from": 0}},
                    "direct": {"withdrawal": f"{1.0 / recovery:.9f} min"},
                },
                content={"streams": {"item": {"until": "1 h", "per_1000_users_day": items * 24_000.0 / users}}},
                behaviour={"reading": "visits"},
            )
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


MISSING = {
    "rumour": "stifling on contact",
    "final-size: time of the peak": "measure of it",
    "hoax": "forgetting, verification and episodes",
    "bass": "spontaneous adoption",
    "takedown at a rate": "removal after a random time",
    "opinions": "opinion of the sender, bounded confidence",
    "queue": "random times of service",
}
"""Closed forms that are not part of the exam yet, and what the model lacks for them."""


def chosen(only: list[str], quick: bool) -> Iterator[Case]:
    """Return the cases whose row (or row and name) is asked for; all if none is."""
    for one in CASES:
        if (not only or one.row in only or one.id in only) and (one.quick or not quick):
            yield one
