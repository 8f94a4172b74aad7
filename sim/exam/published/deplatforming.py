"""Communities thrown off a platform: how many of a cohesive and of a loose one move on, and what becomes of them."""

from typing import Any

import numpy as np

from sim.agents.user import User
from sim.exam.published.row import Figure, Row, row
from sim.exam.setups import run, spreading
from sim.model import Society
from sim.outcomes.moving import followers
from sim.outcomes.record import Record

_COMMUNITIES, _PEOPLE, _DAYS, _BAN = 20, 100, 60, 20
_SETTLED = _BAN + 15
"""Day from which those who follow have done so."""


def _society(seed: int, cohesive: bool) -> Society:
    """Run communities of a hundred people, each with a group, whose groups are banned on a day."""
    users = _COMMUNITIES * _PEOPLE
    everyone = spreading(users, {"kind": "complete"}, 0.0, items=1, ticks=1).resolved()["world"]["personas"]["everyone"]  # type: ignore[index]
    member = {**everyone, "to_contacts": 0.0, "to_groups": 1.0, "attention": 20.0, "activity": 0.3, "sharing": 0.0}
    contacts = {
        "kind": "stochastic-blocks",
        "by_country": True,
        "mean_degree": 16.0,
        "inside": 0.9 if cohesive else 1.0 / _COMMUNITIES,
    }
    none: dict[str, Any] = {"per_1000_users": 0.0, "size": 2.0}
    ban = {
        "title": "ban",
        "terms": {"drugs": {"actions": ["remove"], "strike": True}},
        "moderation": {
            "scan": {"recall": {"drugs": 1.0}, "false_positive": 0.0, "private_venues": True, "acts_alone": True},
            "reports": {"accepted": False},
            "takedown": {"delay": "0 h"},
            "strikes": {"ban_venue_at": 1},
        },
    }
    scenario = spreading(
        users,
        contacts,
        0.0,
        items=1,
        ticks=1,
        time={"days": _DAYS, "tick_hours": 1.0},
        world={
            "countries": {
                f"c{k}": {"share": 1.0 / _COMMUNITIES, "awake_from": 7, "awake_hours": 16} for k in range(_COMMUNITIES)
            },
            "personas": {"everyone": member},
            "groups": {"per_1000_users": 1000.0 / _PEOPLE, "size": 60.0, "private": 0.0, "traffic": 20.0},
            "affinity": {"topic": 0.0, "country": 1000.0},
            "elsewhere": {"other": {"accounts": 0.1, "channels": none, "groups": none}},
            "backups": 1,
        },
        content={
            "streams": {
                "item": {
                    "content": "drugs",
                    "until": f"{_DAYS - 5} days",
                    "per_1000_users_day": 20.0,
                    "starts": "best-places",
                    "first_places": 2,
                }
            }
        },
        behaviour={"transaction": 0.0, "reading": "visits"},
        moving={"going": 1.0, "reopening_after": "1 day"},
        phases=[{"from": f"day {_BAN}", "policy": ban}],
        record={"tables": ["posts", "items", "venues", "moves"]},
    )
    return run(scenario, seed, "compiled", User)


def _audience(society: Society) -> tuple[float, float]:
    """Return the readers of an item before the ban and after it, on any platform."""
    seen = np.array([len(society.crowd.sights_by_reader(i)) for i in range(len(society.items))], dtype=np.float64)
    day = society.items.tick / 24.0
    return float(seen[day < _BAN - 5].mean()), float(seen[day >= _SETTLED].mean())


def _sit(worlds: int) -> list[Figure]:
    moved: dict[bool, list[float]] = {True: [], False: []}
    fewer, keener = [], []
    for seed in range(1, worlds + 1):
        for cohesive in (True, False):
            society = _society(seed, cohesive)
            share = followers(Record.of(society))
            moved[cohesive].append(share)
            if cohesive:
                before, after = _audience(society)
                fewer.append(after / before)
                keener.append(after / before / (share / 100.0))
    return [
        Figure("members of a cohesive community who move", "%", 70.0, np.array(moved[True]), 0.0, bound="at-least"),
        Figure("members of a loose community who move", "%", 20.0, np.array(moved[False]), 0.0, bound="at-most"),
        Figure(
            "readers of a cohesive community's items afterwards", "times", 1.0, np.array(fewer), 0.0, bound="at-most"
        ),
        Figure("views by each member who is left, afterwards", "times", 1.0, np.array(keener), 0.0, bound="at-least"),
    ]


row(
    Row(
        "deplatforming",
        "Who follows a community that is thrown out",
        "Monti et al. 2023, PNAS Nexus (over 70 % of a conspiracy community, under 20 % of a loose one); Horta Ribeiro "
        "et al. 2021 and Ali et al. 2021 (a smaller, more active audience)",
        "20 communities of 100 people, each with a group of 60 that all of its topics go through; all groups are "
        "banned "
        "on day 20 and open again on another platform on which a tenth have an account. In the cohesive case nine of "
        "ten contacts are of one's own community, in the loose one ties are random. Who follows is the product's "
        "default (following_elsewhere, without_account, pull, waves); nothing is fitted.",
        _sit,
        worlds=8,
        lacking={
            "members of a cohesive community who move": "the assumed pull of those who have gone (.7 where all "
            "contacts have) starts from a tenth who go by themselves and does not run on to 70 % within its seven days",
            "members of a loose community who move": "as many go by themselves as the assumed values say (a tenth have "
            "an account), a little above the bound",
            "views by each member who is left, afterwards": "people's activity is a trait that a move does not change; "
            "those who follow are not keener than those who stay",
        },
    )
)
