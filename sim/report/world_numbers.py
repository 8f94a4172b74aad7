"""What a world is like, in numbers, beside published ones."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.scenario.scenario import Scenario
from sim.scenario.tree import parse_tree
from sim.world.build import World

Ints = NDArray[np.int64]
_SAMPLE = 20_000


@dataclass(frozen=True)
class Number:
    """One figure of a world."""

    words: str
    value: float
    unit: str
    published: str = ""
    """A published figure in words; empty if none was found."""
    source: str = ""


def clustering(world: World) -> float:
    """Return the mean local clustering of up to 20,000 users with two contacts or more, spread over their numbers."""
    contacts = world.contacts
    if contacts.complete:
        return 1.0 if contacts.complete > 2 else float("nan")
    degrees = contacts.degrees()
    able = np.flatnonzero(degrees >= 2)
    if not len(able):
        return float("nan")
    able = able[:: max(1, len(able) // _SAMPLE)]
    total, rng = 0.0, 400
    for user in able.tolist():
        mine = contacts.of(user)[:rng]  # of the few with hundreds of contacts, the first 400
        closed = sum(int(np.isin(contacts.of(int(other)), mine, assume_unique=True).sum()) for other in mine)
        total += closed / (len(mine) * (len(mine) - 1))
    return total / len(able)


def largest_component(world: World) -> float:
    """Return the share of the users in the largest connected part of the ties."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    contacts, n = world.contacts, len(world.people)
    if contacts.complete:
        return 1.0
    matrix = csr_matrix((np.ones(len(contacts.other), dtype=np.int8), contacts.other, contacts.first), shape=(n, n))
    _, labels = connected_components(matrix, directed=False)
    return float(np.bincount(labels).max() / n)


def sizes(world: World) -> tuple[Ints, Ints]:
    """Return the members of all channels, and of all groups."""
    counts = np.diff(world.venues.first)
    return counts[: world.venues.channels], counts[world.venues.channels :]


def memberships(world: World) -> tuple[Ints, Ints]:
    """Return how many channels, and how many groups, each user is in."""
    n, venues = len(world.people), world.venues
    edge = venues.first[venues.channels] if len(venues) else 0
    return np.bincount(venues.member[:edge], minlength=n), np.bincount(venues.member[edge:], minlength=n)


def _mean(values: NDArray[np.generic]) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _most(values: Ints) -> float:
    return float(values.max()) if len(values) else float("nan")


def numbers(scenario: Scenario, world: World) -> list[Number]:
    """Return the figures of a world that somebody would ask for."""
    degrees, (channels, groups), (in_channels, in_groups) = world.contacts.degrees(), sizes(world), memberships(world)
    traffic, each = world.venues.traffic[: len(channels)], scenario.world.persons_per_user
    found = {
        "users": float(len(world.people)),
        "persons": scenario.world.users * each,
        "contacts_mean": _mean(degrees),
        "contacts_median": float(np.median(degrees)),
        "contacts_most": _most(degrees),
        "clustering": clustering(world),
        "largest_part": largest_component(world),
        "channels": float(len(channels)),
        "groups": float(len(groups)),
        "channel_mean": _mean(channels),
        "channel_most": _most(channels) * each,
        "group_mean": _mean(groups),
        "group_most": _most(groups),
        "in_channels": _mean(in_channels),
        "readers": _mean(in_channels > 0),
        "in_groups": _mean(in_groups),
        "channel_traffic": float(np.median(traffic)) / 1000.0 if len(traffic) else float("nan"),
        "private": _mean(world.venues.private),
    }
    text = Path(__file__).with_name("world.yaml").read_text(encoding="utf-8")
    said = parse_tree(text, "world.yaml").plain()
    return [
        Number(s["words"], found[key], s["unit"], s.get("published", ""), s.get("source", ""))
        for key, s in said.items()
    ]
