"""Affinity: who is in which venue, by topic, country and persona; people are drawn into venues of given sizes."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled, compiled_within
from sim.draws import fold, unit
from sim.scenario.world import World
from sim.sorting import sort_few, sort_numbers
from sim.world.people import Bytes, Floats, Ints, Numbers, People, Reals

Flags = NDArray[np.bool_]
_GUIDE = 1024
_BATCH = 64


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


def cells(world: World, people: People, weights: list[float]) -> Cells:
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


@compiled_within
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
def sort_people(
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
def sort_evenly(
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
        sort_few(chosen)


@compiled
def close_gaps(first: Ints, counts: Ints, member: Numbers) -> None:
    """Move the members together where a venue found fewer than it aimed at."""
    at = np.int64(0)
    for venue in range(counts.size):
        begin = first[venue]
        for k in range(counts[venue]):
            member[at + k] = member[begin + k]
        first[venue] = at
        at += counts[venue]
    first[counts.size] = at
