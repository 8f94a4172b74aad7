"""Venues: channels and groups, their owners, and who is in them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled
from sim.draws import below, fold, start, unit
from sim.scenario.scenario import Scenario
from sim.scenario.venues import Venues
from sim.vocabulary import Purpose
from sim.world.people import Floats, Ints, People, pick, uniforms

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class VenueTable:
    """Columns over venues (v), channels first; the members of venue i are `member[first[i]:first[i + 1]]`, sorted."""

    channels: int
    """How many of the venues are channels."""
    topic: Ints
    country: Ints
    owner: Ints
    private: Flags
    history: Flags
    traffic: Ints
    """Ordinary posts in thousandths a day."""
    first: Ints
    member: Ints

    def __len__(self) -> int:
        return len(self.topic)

    def members(self, venue: int) -> Ints:
        """Return the members of one venue at the start (owner included), sorted."""
        return self.member[self.first[venue] : self.first[venue + 1]]


@compiled
def _choose_owner(stream: int, accept: int, weights: Floats, heaviest: float) -> int:
    n = weights.size
    for attempt in range(100_000):
        user = below(stream, attempt, n)
        if unit(fold(accept, attempt)) * heaviest < weights[user]:
            return user
    return below(stream, 0, n)


@compiled
def _choose_members(stream: int, accept: int, weights: Floats, heaviest: float, size: int, owner: int) -> Ints:
    n = weights.size
    chosen = np.zeros(n, dtype=np.bool_)
    chosen[owner] = True
    left = size - 1
    attempt = 0
    while left > 0 and attempt < 400 * size + 1000:
        user = below(stream, attempt, n)
        if not chosen[user] and unit(fold(accept, attempt)) * heaviest < weights[user]:
            chosen[user] = True
            left -= 1
        attempt += 1
    return np.nonzero(chosen)[0]


def _columns(spec: Venues, count: int, kind: int, scenario: Scenario, seed: int) -> dict[str, NDArray[np.generic]]:
    def of(purpose: Purpose) -> Floats:
        drawn: Floats = uniforms(fold(start(seed, int(purpose)), kind), count)
        return drawn

    shares = [1.0 / len(scenario.topics)] * len(scenario.topics)
    most = max(2, int(spec.largest_share * scenario.world.users))
    if kind == 1:
        most = min(most, scenario.platform.group_cap)
    return {
        "topic": pick(shares, of(Purpose.VENUE_TOPIC)),
        "country": pick([c.share for c in scenario.world.countries.values()], of(Purpose.VENUE_COUNTRY)),
        "private": of(Purpose.VENUE_PRIVATE) < spec.private,
        "history": of(Purpose.VENUE_HISTORY) < spec.history,
        "traffic": (spec.traffic.quantiles(of(Purpose.VENUE_TRAFFIC)) * 1000.0).astype(np.int64),
        "size": np.clip(spec.size.quantiles(of(Purpose.VENUE_SIZE)).astype(np.int64), 2, most),
    }


def make_venues(scenario: Scenario, seed: int, people: People) -> VenueTable:
    """Draw the venues of a world and sort people into them by affinity of topic and country."""
    world, n = scenario.world, len(people)
    counts = [int(spec.per_1000_users * n / 1000.0 + 0.5) for spec in (world.channels, world.groups)]
    kinds = [
        _columns(spec, count, kind, scenario, seed)
        for kind, (spec, count) in enumerate(zip((world.channels, world.groups), counts, strict=True))
    ]
    columns = {name: np.concatenate([kind[name] for kind in kinds]) for name in kinds[0]}
    personas = list(world.personas.values())
    owns = np.array([p.owns for p in personas])[people.persona]
    joins = np.array([p.joins_more for p in personas])[people.persona]
    owners = np.zeros(sum(counts), dtype=np.int64)
    members: list[Ints] = []
    streams = {
        p: start(seed, int(p)) for p in (Purpose.OWNER, Purpose.OWNER_ACCEPT, Purpose.MEMBER, Purpose.MEMBER_ACCEPT)
    }
    for venue in range(sum(counts)):
        kind = 0 if venue < counts[0] else 1
        key = 2 * (venue - kind * counts[0]) + kind
        interest = people.interest[:, columns["topic"][venue]]
        here = people.country == columns["country"][venue]
        sorting = (1.0 + world.affinity.topic * interest) * (1.0 + world.affinity.country * here)
        runs, keen = owns * sorting, joins * sorting
        if runs.max() <= 0.0:
            runs = sorting
        owner = _choose_owner(
            fold(streams[Purpose.OWNER], key), fold(streams[Purpose.OWNER_ACCEPT], key), runs, float(runs.max())
        )
        owners[venue] = owner
        size = int(columns["size"][venue])
        members.append(
            _choose_members(
                fold(streams[Purpose.MEMBER], key),
                fold(streams[Purpose.MEMBER_ACCEPT], key),
                keen,
                float(keen.max()),
                min(size, n),
                owner,
            )
        )
    first = np.zeros(sum(counts) + 1, dtype=np.int64)
    np.cumsum([len(m) for m in members], out=first[1:])
    return VenueTable(
        channels=counts[0],
        topic=columns["topic"].astype(np.int64),
        country=columns["country"].astype(np.int64),
        owner=owners,
        private=columns["private"].astype(np.bool_),
        history=columns["history"].astype(np.bool_),
        traffic=columns["traffic"].astype(np.int64),
        first=first,
        member=np.concatenate(members) if members else np.zeros(0, dtype=np.int64),
    )
