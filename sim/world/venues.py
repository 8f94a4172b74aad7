"""Venues: channels and groups, their owners, and who is in them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled
from sim.draws import fold, start
from sim.scenario.scenario import Scenario
from sim.scenario.venues import Venues
from sim.vocabulary import Purpose
from sim.world.affinity import cells, close_gaps, sort_evenly, sort_people
from sim.world.people import Bytes, Floats, Ints, Numbers, People, pick, uniforms

Flags = NDArray[np.bool_]
_WORTH_A_THREAD = 2_000_000


@dataclass(frozen=True)
class VenueTable:
    """Columns over venues (v), channels first; the members of venue i are `member[first[i]:first[i + 1]]`, sorted."""

    channels: int
    """How many of the venues are channels."""
    topic: Ints
    country: Ints
    owner: Numbers
    private: Flags
    history: Flags
    traffic: Ints
    """Ordinary posts in thousandths a day."""
    first: Ints
    member: Numbers
    user_first: Ints
    """The same by user: the venues of user u are `user_venue[user_first[u]:user_first[u + 1]]`, in order."""
    user_venue: Numbers
    platform: Bytes
    """0 for the platform under study, then the others in their order."""
    origin: Numbers
    """Of a backup the venue that it would stand in for; of others their own number."""
    generation: Numbers
    """0; of a backup how often its origin has opened again with it. Backups are closed at first, and empty."""

    def __len__(self) -> int:
        return len(self.topic)

    def members(self, venue: int) -> Numbers:
        """Return the members of one venue at the start (owner included), sorted."""
        return self.member[self.first[venue] : self.first[venue + 1]]

    def readers_of_topics(self, users: int, topics: int) -> Flags:
        """Return who is a member of a venue about each topic at the start, shape (users, topics)."""
        reads = np.zeros((users, topics), dtype=np.bool_)
        reads[self.member, np.repeat(self.topic, np.diff(self.first))] = True
        return reads


@compiled
def by_user(first: Ints, member: Numbers, n: int) -> tuple[Ints, Numbers]:
    """Return the same memberships by user: her venues, in increasing order."""
    user_first = np.zeros(n + 1, dtype=np.int64)
    for user in member:
        user_first[user + 1] += 1
    for user in range(n):
        user_first[user + 1] += user_first[user]
    fill = user_first[:n].copy()
    user_venue = np.empty(member.size, dtype=np.int32)
    for venue in range(first.size - 1):
        for k in range(first[venue], first[venue + 1]):
            user = member[k]
            user_venue[fill[user]] = venue
            fill[user] += 1
    return user_first, user_venue


def drawn_columns(
    spec: Venues, count: int, kind: int, scenario: Scenario, seed: int, cap: int = 0, platform: int = 0
) -> dict[str, NDArray[np.generic]]:
    """Draw what venues of one kind (0 channels, 1 groups) are like: topic, country, private, history, traffic, size.

    `cap` is the most members of a group; 0 means that of the platform under study.
    """

    def of(purpose: Purpose) -> Floats:
        drawn: Floats = uniforms(fold(start(seed, int(purpose)), kind + 2 * platform), count)
        return drawn

    shares = [1.0 / len(scenario.topics)] * len(scenario.topics)
    most = max(2, int(spec.largest_share * scenario.world.users))
    if kind == 1:
        most = min(most, cap or scenario.platform.group_cap)
    return {
        "topic": pick(shares, of(Purpose.VENUE_TOPIC)),
        "country": pick([c.share for c in scenario.world.countries.values()], of(Purpose.VENUE_COUNTRY)),
        "private": of(Purpose.VENUE_PRIVATE) < spec.private,
        "history": of(Purpose.VENUE_HISTORY) < spec.history,
        "traffic": (spec.traffic.quantiles(of(Purpose.VENUE_TRAFFIC)) * 1000.0).astype(np.int64),
        "size": np.clip(spec.size.quantiles(of(Purpose.VENUE_SIZE)).astype(np.int64), 2, most),
    }


def _how_many(spec: Venues, n: int) -> int:
    if spec.per_user is None:
        return int(spec.per_1000_users * n / 1000.0 + 0.5)
    size = max(2, int(spec.size.bounds()[0]))
    return max(1, -(-n * spec.per_user // size))


class _Drawn(NamedTuple):
    """The venues of one platform: channels first; members by position among those who have an account."""

    channels: int
    columns: dict[str, NDArray[Any]]
    owner: Numbers
    first: Ints
    member: Numbers


def _of_platform(scenario: Scenario, seed: int, people: People, platform: int, specs: list[Venues], cap: int) -> _Drawn:
    """Draw the venues of one platform, and sort those who have an account there into them by affinity."""
    world, n = scenario.world, len(people)
    counts = [_how_many(spec, n) if n > 1 else 0 for spec in specs]
    kinds = [
        drawn_columns(spec, count, kind, scenario, seed, cap, platform)
        for kind, (spec, count) in enumerate(zip(specs, counts, strict=True))
    ]
    columns: dict[str, NDArray[Any]] = {name: np.concatenate([kind[name] for kind in kinds]) for name in kinds[0]}
    personas = list(world.personas.values())
    topic, country = (columns[name].astype(np.int64) for name in ("topic", "country"))
    sizes = np.minimum(columns.pop("size").astype(np.int64), n)
    total = sum(counts)
    first = np.zeros(total + 1, dtype=np.int64)
    np.cumsum(sizes, out=first[1:])
    owner, member = np.zeros(total, dtype=np.int32), np.empty(int(first[-1]), dtype=np.int32)
    if not total:
        return _Drawn(0, columns, owner, first, member)
    found = np.zeros(total, dtype=np.int64)
    runs, keen = (
        cells(world, people, [p.owns for p in personas]),
        cells(world, people, [p.joins_more for p in personas]),
    )
    purposes = (Purpose.OWNER, Purpose.OWNER_ACCEPT, Purpose.MEMBER, Purpose.MEMBER_ACCEPT)
    own = [start(seed, int(p)) for p in purposes]
    streams = np.array([fold(stream, platform) if platform else stream for stream in own], dtype=np.int64)

    def sort(part: tuple[int, int]) -> None:
        sort_people(
            *part, counts[0], topic, country, sizes, people.interest, world.affinity.topic, runs, keen, streams,
            first, owner, member, found,
        )  # fmt: skip

    drawn = [(0, counts[0]), (counts[0], total)]
    for part, spec in zip(list(drawn), specs, strict=True):
        if spec.per_user is not None:
            drawn.remove(part)
            size, stream = int(sizes[part[0]]), fold(streams[2], part[0])
            sort_evenly(stream, n, spec.per_user, size, *part, first, member, owner, found)
    half = int(np.searchsorted(first, first[-1] // 2))
    if len(member) < _WORTH_A_THREAD or len(drawn) < 2:
        for part in drawn:
            sort(part)
    else:
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(sort, [(0, half), (half, total)]))
    if found.sum() < len(member):
        close_gaps(first, found, member)
        member = member[: first[-1]].copy()
    return _Drawn(counts[0], columns, owner, first, member)


def accounts_of(scenario: Scenario, seed: int, n: int) -> Bytes:
    """Return on which other platforms each user has an account at the start: bit p for platform p, shape (n,)."""
    made, stream = np.zeros(n, dtype=np.uint8), start(seed, int(Purpose.ACCOUNT))
    for platform, other in enumerate(scenario.world.elsewhere.values(), start=1):
        made |= (uniforms(fold(stream, platform), n) < other.accounts).astype(np.uint8) << np.uint8(platform)
    return made


def make_venues(scenario: Scenario, seed: int, people: People) -> VenueTable:
    """Draw the venues of a world and sort people into them by affinity of topic and country.

    Channels come before groups; within each kind those of the platform under study, of the others, then backups.
    """
    world, n = scenario.world, len(people)
    drawn = [_of_platform(scenario, seed, people, 0, [world.channels, world.groups], 0)]
    accounts = accounts_of(scenario, seed, n)
    for platform, other in enumerate(world.elsewhere.values(), start=1):
        who = np.flatnonzero(accounts >> np.uint8(platform) & 1).astype(np.int32)
        some = People(
            **{name: getattr(people, name)[who] for name in ("country", "persona", "level", "traits", "belief")}
        )
        found = _of_platform(scenario, seed, some, platform, [other.channels, other.groups], other.group_cap)
        drawn.append(found._replace(owner=who[found.owner], member=who[found.member]) if len(who) else found)
    return _joined(drawn, n, world.backups)


def _joined(drawn: list[_Drawn], n: int, backups: int) -> VenueTable:
    """Put the venues of all platforms into one table, with room for the backups of those of the first."""
    begins = np.cumsum([0, *(len(one.owner) for one in drawn)])
    rows, platforms, generations = [], [], []
    for kind in range(2):
        for platform, one in enumerate(drawn):
            span = np.arange(0, one.channels) if kind == 0 else np.arange(one.channels, len(one.owner))
            again = np.arange(1, backups + 1) if platform == 0 else np.zeros(0, dtype=np.int64)
            for generation, of in ((np.zeros(1, dtype=np.int64), span), (again, span)):
                rows.append(begins[platform] + np.repeat(of, len(generation)))
                platforms.append(np.full(len(rows[-1]), platform))
                generations.append(np.tile(generation, len(of)))
        if kind == 0:
            channels = sum(map(len, rows))
    row, platform_of, generation_of = (np.concatenate(parts) for parts in (rows, platforms, generations))
    base = generation_of == 0
    all_sizes = np.concatenate([np.diff(one.first) for one in drawn])
    sizes = all_sizes[row] * base
    first = np.zeros(len(row) + 1, dtype=np.int64)
    np.cumsum(sizes, out=first[1:])
    place = np.zeros(begins[-1], dtype=np.int32)
    place[row[base]] = np.flatnonzero(base)
    origin = place[row]
    if len(drawn) == 1:
        member = drawn[0].member
    else:
        at = np.concatenate([[0], np.cumsum(all_sizes)])
        together = np.concatenate([one.member for one in drawn])
        parts = [together[at[k] : at[k + 1]] for k in row[base].tolist()]
        member = np.concatenate(parts) if parts else together
    user_first, user_venue = by_user(first, member, n)
    columns = {name: np.concatenate([one.columns[name] for one in drawn])[row] for name in drawn[0].columns}
    return VenueTable(
        channels=channels,
        topic=columns["topic"].astype(np.int64),
        country=columns["country"].astype(np.int64),
        owner=np.concatenate([one.owner for one in drawn])[row].astype(np.int32),
        private=columns["private"].astype(np.bool_),
        history=columns["history"].astype(np.bool_),
        traffic=columns["traffic"].astype(np.int64),
        first=first,
        member=member,
        user_first=user_first,
        user_venue=user_venue,
        platform=platform_of.astype(np.uint8),
        origin=origin,
        generation=generation_of.astype(np.int32),
    )
