"""Rows of the exam about cause and effect: what is planted, selection, influence, both or neither, must be recovered.

One group holds half of the users, whatever they believe; beliefs are spread evenly from 0 to 1. Two claims a day are
posted there if who has them is a member, and all members read them on the next day. Influence: they believe more.
Selection: who does not believe leaves, who believes looks for the group and joins it, or joins it over a forward (all
claims are then posted on the first day, and believers forward them to contacts). What each contributes to the
belief gap (`rumorlab causes`) is compared with the same decomposition of the expected gaps, worked out by day.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from math import comb
from typing import Any

import numpy as np

from sim.agents.user import User
from sim.crowd.protocol import Wish
from sim.exam import mutants
from sim.exam.cases import BOTH, LARGE, Floats, Sample, case
from sim.exam.setups import run, spreading
from sim.experiment.causes import shapley, subsets
from sim.outcomes.record import Record
from sim.scenario.scenario import Scenario

_DAYS, _DAILY, _BEGIN, _CLAIMS = 20, 2, 0.5, 20
_GRID = 100
"""Beliefs over which an expected gap is worked out."""
_SELECTION = ("joining", "leaving", "searching")


@dataclass(frozen=True)
class Planted:
    """How strong each path is in a world; 0 cuts it."""

    influence: float = 0.0
    """How far one claim moves a belief towards 1."""
    joining: float = 0.0
    leaving: float = 0.0
    searching: float = 0.0
    by_belief: bool = True
    """Whether leaving and searching go by belief; if not, by interest, which is the same for all."""

    @property
    def selects(self) -> bool:
        """Whether there is any path of selection."""
        return any(getattr(self, name) for name in _SELECTION)

    def paths(self) -> list[str]:
        """Return the paths that are told apart: those of selection if any is there, and influence always."""
        return ["influence", *(name for name in _SELECTION if getattr(self, name) or not self.selects)]

    def cut(self, opened: frozenset[str]) -> "Planted":
        """Return the world with the open paths alone."""
        cuts: dict[str, Any] = {name: 0.0 for name in ("influence", *_SELECTION) if name not in opened}
        return replace(self, **cuts)


SELECTION = Planted(leaving=0.03, searching=0.05)
JOINING = Planted(joining=0.1)
INFLUENCE = Planted(influence=0.03)
BOTH_OF_THEM = Planted(influence=0.03, leaving=0.03, searching=0.05)
NEITHER = Planted(leaving=0.06, searching=0.1, by_belief=False)


def world(planted: Planted, users: int) -> Scenario:
    """Return the scenario. Where users join the source of a forward, believers forward what they read to contacts."""
    forwards = planted.joining > 0.0
    persona = {
        "credulity": planted.influence,
        "belief": {"kind": "even", "low": 0.0, "high": 1.0},
        "interest": 0.5,
        "sharing": float(forwards),
    }
    return spreading(
        users,
        {"kind": "erdos-renyi", "mean_degree": 10.0 if forwards else 0.0},
        1.0,
        items=1,
        ticks=1,
        time={"days": _DAYS},
        world={
            "personas": {"everyone": persona},
            "groups": {
                "per_1000_users": 1000.0 / users,
                "size": _BEGIN * users,
                "largest_share": _BEGIN,
                "private": 0.0,
                "history": 0.0,
            },
        },
        content={
            "streams": {
                "item": {
                    "content": "conspiracy",
                    "persuasion": 1.0,
                    "spacing": "even",
                    "starts": "best-places",
                    "first_places": 1,
                    "per_1000_users_day": (_CLAIMS if forwards else _DAILY) * 1000.0 / users,
                    "until": "1 day" if forwards else f"{_DAYS} days",
                }
            }
        },
        behaviour={
            "joining": planted.joining,
            "leaving": planted.leaving,
            "interest_share": 0.0 if planted.by_belief else 1.0,
        },
        moving={"searching": planted.searching, "searching_by_belief": float(planted.by_belief)},
    )


@cache
def expected_gap(planted: Planted) -> float:
    """Return the belief gap at the end in a large world, in belief points.

    By day, over beliefs at the start and claims read: who is a member, whom a claim reaches, who leaves, who joins.
    """
    start = (np.arange(_GRID) + 0.5) / _GRID
    read = np.arange(_DAYS * _DAILY + 1)
    belief = 1.0 - (1.0 - start[:, None]) * (1.0 - planted.influence) ** read
    suits = belief if planted.by_belief else np.full_like(belief, 0.5)
    inside, left = np.zeros_like(belief), np.zeros_like(belief)
    inside[:, 0] = _BEGIN
    never, fresh = np.full(_GRID, 1.0 - _BEGIN), np.zeros(_GRID)
    posted = 0.0
    for _ in range(_DAYS):
        members = float((inside.sum(axis=1) + fresh).mean())
        after = np.zeros_like(inside)
        for claims in range(_DAILY + 1):  # how many of those of the day before were posted in the group
            chance = comb(_DAILY, claims) * posted**claims * (1.0 - posted) ** (_DAILY - claims)
            mass, stays = chance * inside, (1.0 - planted.leaving * (1.0 - suits)) ** claims
            end = mass.shape[1] - claims
            after[:, claims:] += (mass * stays)[:, :end]
            left[:, claims:] += (mass * (1.0 - stays))[:, :end]
        inside = after
        inside[:, 0] += fresh
        joins = planted.searching * suits[:, 0]
        never, fresh, posted = never * (1.0 - joins), never * joins, members
    over_forwards = 1.0 - (1.0 - _BEGIN * planted.joining * start) ** _CLAIMS
    inside[:, 0] += fresh + never * over_forwards
    never = never * (1.0 - over_forwards)
    left[:, 0] += never
    mean_inside = float((inside * belief).sum() / inside.sum())
    return 100.0 * (mean_inside - float((left * belief).sum() / left.sum()))


def decomposed(planted: Planted, gap: Callable[[Planted], Floats]) -> dict[str, Floats]:
    """Return what each path contributes to a gap, and the sum for selection: Shapley values over all paths."""
    paths = planted.paths()
    parts = shapley(paths, {opened: gap(planted.cut(opened)) for opened in subsets(paths)})
    return parts | {"selection": np.sum([parts[path] for path in paths if path != "influence"], axis=0)}


def expected(planted: Planted, part: str) -> float:
    """Return what must come out."""
    return float(decomposed(planted, lambda one: np.array([expected_gap(one)]))[part][0])


_known: dict[tuple[Planted, Wish, type[User], bool], dict[str, Floats]] = {}


def observed(planted: Planted, crowd: Wish, user_class: type[User], quick: bool) -> dict[str, Floats]:
    """Return what came out, by seed: the parts, and by how much the gap grew; worked out once for all rows."""
    key = planted, crowd, user_class, quick
    if key not in _known:
        _known[key] = _observe(planted, crowd, user_class, quick)
    return _known[key]


def _observe(planted: Planted, crowd: Wish, user_class: type[User], quick: bool) -> dict[str, Floats]:
    small = crowd == "agents" or user_class is not User
    users, seeds = (100 if planted.joining else 300, 8) if small else (1_000, 8) if quick else (2_000, 16)

    @cache  # where a path is cut already, several sets of open paths are one
    def gaps(one: Planted) -> Floats:
        """At the end, and at the start, by seed."""
        societies = (run(world(one, users), seed, crowd, user_class) for seed in range(1, seeds + 1))
        totals = [Record.of(society).totals for society in societies]
        return 100.0 * np.array([[of["belief_gap"], of["belief_gap_at_start"]] for of in totals])

    grown: Floats = gaps(planted)[:, 0] - gaps(planted)[:, 1]
    return decomposed(planted, lambda one: gaps(one)[:, 0]) | {"grown": grown}


def _sample(planted: Planted, part: str) -> Sample:
    return lambda crowd, user_class, quick: observed(planted, crowd, user_class, quick)[part]


_SLACK = 0.5
"""Belief points: an author does not read her own claim, and members come in whole numbers."""
_ROWS: tuple[tuple[str, Planted, dict[str, tuple[type[User], ...]]], ...] = (
    (
        "selection alone, by leaving and searching",
        SELECTION,
        {"influence": (), "leaving": (mutants.NeverLeaves,), "searching": ()},
    ),
    ("selection alone, by joining", JOINING, {"influence": (), "joining": (mutants.NeverJoins,)}),
    ("influence alone", INFLUENCE, {"influence": (mutants.NeverMoved,), "selection": ()}),
    ("both", BOTH_OF_THEM, {"influence": (mutants.NeverMoved,), "selection": ()}),
    ("neither: users leave and join by interest", NEITHER, {"grown": (mutants.LeavesByBelief,)}),
)
for name, planted, parts in _ROWS:
    for part, wrong in parts.items():
        case(
            "planted",
            f"{name}: {'growth of the belief gap' if part == 'grown' else f'contribution of {part}'}",
            0.0 if planted is NEITHER else expected(planted, part),
            _sample(planted, part),
            "expected gaps by day; Shapley 1953",
            slack=_SLACK,
            crowds=LARGE if planted is JOINING else BOTH,  # a forward to every contact is slow on agents
            mutants=wrong,
        )
