"""Venues: channels and groups, their owners, and who is in them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled
from sim.draws import fold, start, unit
from sim.scenario.scenario import Scenario
from sim.scenario.venues import Venues
from sim.scenario.world import World
from sim.sorting import sort_numbers
from sim.vocabulary import Purpose
from sim.world.people import Bytes, Floats, Ints, Numbers, People, Reals, pick, uniforms

Flags = NDArray[np.bool_]
_GUIDE = 1024
_BATCH = 64
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


class Cells(NamedTuple):
    """People of one country and persona together, and how likely each cell is in a venue of each topic and country."""

    user: Numbers
    """Users by cell."""
    first: Ints
    """Where each cell begins in `user`; shape (cells + 1,)."""
    most: Floats
    """Largest interest of anyone in a cell, by topic; shape (cells, topics)."""
    bound: Floats
    """Running total of size times largest weight, over the cells; shape (topics, countries, cells)."""
    each: Floats
    """Largest weight of one person of a cell; shape (topics, countries, cells)."""
    guide: NDArray[np.int16]
    """First cell that can hold a draw, by 1,024ths of the draw; shape (topics, countries, 1024)."""


@compiled
def _into_cells(
    country: Bytes, persona: Bytes, interest: Reals, cells: int, personas: int
) -> tuple[Numbers, Ints, Floats]:
    n, topics = interest.shape
    first = np.zeros(cells + 1, dtype=np.int64)
    most = np.zeros((cells, topics))
    for user in range(n):
        cell = np.int64(country[user]) * personas + persona[user]
        first[cell + 1] += 1
        for topic in range(topics):
            most[cell, topic] = max(most[cell, topic], np.float64(interest[user, topic]))
    for cell in range(cells):
        first[cell + 1] += first[cell]
    fill = first[:cells].copy()
    users = np.empty(n, dtype=np.int32)
    for user in range(n):
        cell = np.int64(country[user]) * personas + persona[user]
        users[fill[cell]] = user
        fill[cell] += 1
    return users, first, most


def _cells(world: World, people: People, weights: list[float]) -> Cells:
    """Return the cells for one kind of choice, with the weight of each persona in it."""
    personas, countries = len(world.personas), len(world.countries)
    cells = personas * countries
    users, first, most = _into_cells(people.country, people.persona, people.interest, cells, personas)
    sizes = np.diff(first)
    home = np.arange(cells) // personas
    by_persona = np.array(weights)[np.arange(cells) % personas]
    if not (sizes * by_persona).any():
        by_persona = np.ones(cells)
    topics = most.shape[1]
    each = np.empty((topics, countries, cells))
    for topic in range(topics):
        for country in range(countries):
            here = np.where(home == country, 1.0 + world.affinity.country, 1.0)
            each[topic, country] = by_persona * ((1.0 + world.affinity.topic * most[:, topic]) * here)
    bound = np.cumsum(each * sizes, axis=2)
    steps = np.arange(_GUIDE) / _GUIDE
    guide = np.empty((topics, countries, _GUIDE), dtype=np.int16)
    for topic in range(topics):
        for country in range(countries):
            edges = bound[topic, country]
            guide[topic, country] = np.maximum(0, np.searchsorted(edges, steps * edges[-1], side="right") - 1)
    return Cells(users, first, most, bound, each, guide)


@compiled
def _candidates(
    stream: int,
    accept: int,
    begin: int,
    cells: Cells,
    topic: int,
    country: int,
    interest: Reals,
    affinity: float,
    found: Numbers,
) -> None:
    """Write whom each attempt from `begin` on comes to, or -1 if it comes to nobody: two draws an attempt.

    In steps without branches, so that the reads from memory overlap.
    """
    bound, each, guide = cells.bound[topic, country], cells.each[topic, country], cells.guide[topic, country]
    last = bound.size - 1
    total = bound[last]
    at = np.empty(found.size, dtype=np.int64)
    tops = np.empty(found.size)
    for i in range(found.size):
        u = unit(fold(stream, begin + i))
        x = u * total
        cell = np.int64(guide[np.int64(u * _GUIDE)])
        while cell < last and x >= bound[cell]:
            cell += 1
        size = cells.first[cell + 1] - cells.first[cell]
        before = bound[cell - 1] if cell else 0.0
        at[i] = cells.first[cell] + max(0, min(size - 1, np.int64((x - before) / each[cell])))
        tops[i] = unit(fold(accept, begin + i)) * (1.0 + affinity * cells.most[cell, topic]) if size else np.inf
    for i in range(found.size):
        found[i] = cells.user[min(at[i], cells.user.size - 1)]
    for i in range(found.size):
        found[i] = found[i] if tops[i] < 1.0 + affinity * interest[found[i], topic] else -1


@compiled
def _sort_people(
    begin: int,
    end: int,
    channels: int,
    topics: Ints,
    countries: Ints,
    sizes: Ints,
    interest: Reals,
    affinity: float,
    runs: Cells,
    keen: Cells,
    streams: Ints,
    first: Ints,
    owner: Numbers,
    member: Numbers,
    counts: Ints,
) -> None:
    """Choose the owners and members of venues begin..end-1; members of venue v go to member[first[v]:], sorted.

    `streams` are those of OWNER, OWNER_ACCEPT, MEMBER, MEMBER_ACCEPT. A venue costs what its size is.
    """
    stamp = np.full(interest.shape[0], -1, dtype=np.int32)
    scratch = np.empty(1024, dtype=np.int32)
    single, batch = np.empty(1, dtype=np.int32), np.empty(_BATCH, dtype=np.int32)
    for venue in range(begin, end):
        kind = 0 if venue < channels else 1
        key = 2 * (venue - kind * channels) + kind
        topic, country, size = topics[venue], countries[venue], sizes[venue]
        stream, accept = fold(streams[0], key), fold(streams[1], key)
        one = np.int32(-1)
        attempt = 0
        while one < 0:
            _candidates(stream, accept, attempt, runs, topic, country, interest, affinity, single)
            one = single[0]
            attempt += 1
        owner[venue] = one
        stamp[one] = venue
        at = first[venue]
        member[at] = one
        count = 1
        stream, accept = fold(streams[2], key), fold(streams[3], key)
        for attempt in range(0, 400 * size + 1000, batch.size):
            if count >= size:
                break
            _candidates(stream, accept, attempt, keen, topic, country, interest, affinity, batch)
            for user in batch:
                if user >= 0 and count < size and stamp[user] != venue:
                    stamp[user] = venue
                    member[at + count] = user
                    count += 1
        counts[venue] = count
        if count > scratch.size:
            scratch = np.empty(count, dtype=np.int32)
        sort_numbers(member[at : at + count], scratch, stamp.size)


@compiled
def _sort_evenly(
    stream: int,
    n: int,
    per_user: int,
    size: int,
    begin: int,
    end: int,
    first: Ints,
    member: Numbers,
    owner: Numbers,
    counts: Ints,
) -> None:
    """Fill venues begin..end-1 with everybody `per_user` times, in an order drawn by key; a repeat is dropped."""
    total = n * per_user
    keys = np.empty(total)
    for k in range(total):
        keys[k] = unit(fold(fold(stream, k % n), k // n))
    order = np.argsort(keys, kind="mergesort")
    for venue in range(begin, end):
        at, count = first[venue], 0
        for place in range((venue - begin) * size, min(total, (venue - begin + 1) * size)):
            user = np.int32(order[place] % n)
            fresh = True
            for k in range(at, at + count):
                fresh = fresh and member[k] != user
            if fresh:
                member[at + count] = user
                count += 1
        counts[venue] = count
        owner[venue] = member[at]
        chosen = member[at : at + count]
        chosen.sort()


@compiled
def _close_gaps(first: Ints, counts: Ints, member: Numbers) -> None:
    """Move the members together where a venue found fewer than it aimed at."""
    at = np.int64(0)
    for venue in range(counts.size):
        begin = first[venue]
        for k in range(counts[venue]):
            member[at + k] = member[begin + k]
        first[venue] = at
        at += counts[venue]
    first[counts.size] = at


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
        _cells(world, people, [p.owns for p in personas]),
        _cells(world, people, [p.joins_more for p in personas]),
    )
    purposes = (Purpose.OWNER, Purpose.OWNER_ACCEPT, Purpose.MEMBER, Purpose.MEMBER_ACCEPT)
    own = [start(seed, int(p)) for p in purposes]
    streams = np.array([fold(stream, platform) if platform else stream for stream in own], dtype=np.int64)

    def sort(part: tuple[int, int]) -> None:
        _sort_people(
            *part, counts[0], topic, country, sizes, people.interest, world.affinity.topic, runs, keen, streams,
            first, owner, member, found,
        )  # fmt: skip

    drawn = [(0, counts[0]), (counts[0], total)]
    for part, spec in zip(list(drawn), specs, strict=True):
        if spec.per_user is not None:
            drawn.remove(part)
            size, stream = int(sizes[part[0]]), fold(streams[2], part[0])
            _sort_evenly(stream, n, spec.per_user, size, *part, first, member, owner, found)
    half = int(np.searchsorted(first, first[-1] // 2))
    if len(member) < _WORTH_A_THREAD or len(drawn) < 2:
        for part in drawn:
            sort(part)
    else:
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(sort, [(0, half), (half, total)]))
    if found.sum() < len(member):
        _close_gaps(first, found, member)
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
