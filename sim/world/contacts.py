"""Contacts: who is in whose address book, as a symmetric sparse table (CSR), from a generator or a file."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled, truncated_power_law
from sim.draws import below, draw, draw1, fold, start
from sim.errors import DataError
from sim.scenario.people import BarabasiAlbert, ConfigurationModel, EdgeList
from sim.vocabulary import Purpose

Ints = NDArray[np.int64]
MOST_BYTES = 2_000_000_000


@dataclass(frozen=True)
class Contacts:
    """Ties in rows: the contacts of user u are `other[first[u]:first[u + 1]]`, sorted."""

    first: Ints
    other: Ints

    def of(self, user: int) -> Ints:
        """Return the contacts of one user, sorted."""
        return self.other[self.first[user] : self.first[user + 1]]

    def graph(self) -> "nx.Graph[int]":
        """Return the ties as a networkx graph, for drawing and analysis."""
        graph: nx.Graph[int] = nx.Graph()
        graph.add_nodes_from(range(len(self.first) - 1))
        sources = np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))
        graph.add_edges_from((int(a), int(b)) for a, b in zip(sources, self.other, strict=True) if a < b)
        return graph


def from_pairs(pairs: Ints, n: int) -> Contacts:
    """Make the table from an array of ties, shape (m, 2); loops and repeats are dropped."""
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    low, high = pairs.min(axis=1, initial=n), pairs.max(axis=1, initial=-1)
    codes = np.unique(low * n + high)
    low, high = codes // n, codes % n
    both = np.concatenate([low * n + high, high * n + low])
    both.sort()
    first = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(both // n, minlength=n), out=first[1:])
    return Contacts(first=first, other=both % n)


@compiled
def _barabasi_albert(stream: int, n: int, m: int) -> Ints:
    m = min(m, n - 1)
    core = m + 1
    total = core * m // 2 + (n - core) * m
    pairs = np.empty((total, 2), dtype=np.int64)
    e = 0
    for a in range(core):
        for b in range(a):
            pairs[e, 0] = b
            pairs[e, 1] = a
            e += 1
    for newcomer in range(core, n):
        root = fold(stream, newcomer)
        before = e
        attempt = 0
        while e - before < m:
            end = below(root, attempt, 2 * before)
            attempt += 1
            chosen = pairs[end // 2, end % 2]
            fresh = True
            for k in range(before, e):
                if pairs[k, 0] == chosen:
                    fresh = False
                    break
            if fresh:
                pairs[e, 0] = chosen
                pairs[e, 1] = newcomer
                e += 1
    return pairs


@compiled
def _configuration(degrees: int, stubs: int, n: int, exponent: float, minimum: float, maximum: float) -> Ints:
    count = np.empty(n, dtype=np.int64)
    for i in range(n):
        x = truncated_power_law(draw1(degrees, i), exponent, minimum, maximum + 1.0)
        count[i] = min(int(x), int(maximum))
    total = count.sum()
    ends = np.empty(total, dtype=np.int64)
    keys = np.empty(total)
    k = 0
    for i in range(n):
        for j in range(count[i]):
            ends[k] = i
            keys[k] = draw(stubs, i, j)
            k += 1
    order = np.argsort(keys, kind="mergesort")
    pairs = np.empty((total // 2, 2), dtype=np.int64)
    for p in range(total // 2):
        pairs[p, 0] = ends[order[2 * p]]
        pairs[p, 1] = ends[order[2 * p + 1]]
    return pairs


def barabasi_albert(spec: BarabasiAlbert, n: int, seed: int) -> Contacts:
    """Preferential attachment: a core of `ties` + 1 people all know each other; each newcomer picks ends of ties."""
    return from_pairs(_barabasi_albert(start(seed, int(Purpose.CONTACT)), n, spec.ties), n)


def configuration(spec: ConfigurationModel, n: int, seed: int) -> Contacts:
    """Pair the ends of power-law degrees at random."""
    if spec.minimum >= n:
        raise DataError(f"world.contacts.minimum: must be below the number of users ({n}), got {spec.minimum}")
    degrees, stubs = start(seed, int(Purpose.DEGREE)), start(seed, int(Purpose.STUB))
    most = float(min(spec.maximum, n - 1))
    return from_pairs(_configuration(degrees, stubs, n, spec.exponent, float(spec.minimum), most), n)


def read_edge_list(spec: EdgeList, locate: Callable[[str], Path]) -> tuple[Contacts, int]:
    """Read ties from a file; return them with the number of people in it, numbered by the order of their labels."""
    path = locate(spec.file)
    return _read(spec.file, path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read(name: str, path: Path, changed: int) -> tuple[Contacts, int]:
    if path.stat().st_size > MOST_BYTES:
        raise DataError(f"{name}: larger than {MOST_BYTES:,} bytes")
    try:
        graph = nx.read_edgelist(path, nodetype=int, data=False, comments="#")
    except (TypeError, ValueError, UnicodeDecodeError, OSError, EOFError) as problem:
        raise DataError(f"{name}: not a list of ties, one pair of whole numbers a line ({problem})") from None
    if graph.number_of_nodes() < 2:
        raise DataError(f"{name}: needs at least one tie between two people")
    number = {label: i for i, label in enumerate(sorted(graph.nodes))}
    pairs = np.array([(number[a], number[b]) for a, b in graph.edges], dtype=np.int64)
    return from_pairs(pairs, len(number)), len(number)
