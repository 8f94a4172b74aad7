"""Contacts: who is in whose address book, as a symmetric sparse table (CSR), from a generator or a file."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled, truncated_power_law
from sim.draws import below, draw, draw1, fold, name_key, start
from sim.errors import DataError, RunError
from sim.scenario.fields import Part
from sim.scenario.kinds import TieGenerator
from sim.scenario.people import (
    BarabasiAlbert,
    Complete,
    ConfigurationModel,
    EdgeList,
    ErdosRenyi,
    RandomRegular,
    StochasticBlocks,
    Tree,
    WattsStrogatz,
)
from sim.vocabulary import Purpose
from sim.world.ties import Ties

if TYPE_CHECKING:
    import networkx as nx

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]
Bytes = NDArray[np.uint8]
MOST_BYTES = 2_000_000_000


@dataclass(frozen=True)
class Contacts:
    """Ties in rows: the contacts of user u are `other[first[u]:first[u + 1]]`, sorted; see also world.ties."""

    first: Ints
    other: Numbers
    complete: int = 0
    """How many people all know each other, if that is so: the rows are then empty."""

    @property
    def ties(self) -> Ties:
        """The ties as the kernels ask for them."""
        return Ties(self.complete, self.first, self.other)

    def degrees(self) -> Ints:
        """Return how many contacts everybody has."""
        if self.complete:
            return np.full(self.complete, self.complete - 1, dtype=np.int64)
        return np.diff(self.first)

    def of(self, user: int) -> Ints:
        """Return the contacts of one user, sorted."""
        if self.complete:
            return np.delete(np.arange(self.complete, dtype=np.int64), user)
        return self.other[self.first[user] : self.first[user + 1]].astype(np.int64)

    def graph(self) -> "nx.Graph[int]":
        """Return the ties as a networkx graph, for drawing and analysis."""
        import networkx as nx

        if self.complete:
            return nx.complete_graph(self.complete)
        graph: nx.Graph[int] = nx.Graph()
        graph.add_nodes_from(range(len(self.first) - 1))
        sources = np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))
        graph.add_edges_from((int(a), int(b)) for a, b in zip(sources, self.other, strict=True) if a < b)
        return graph


GENERATORS: dict[type[Part], Callable[..., Contacts]] = {}
"""What makes the ties of each kind: called with the config, the number of users, the seed, and everybody's country."""


def generator(kind: type[Part]) -> Callable[[Callable[..., Contacts]], Callable[..., Contacts]]:
    """Register a function as what makes the ties of a kind."""

    def register(function: Callable[..., Contacts]) -> Callable[..., Contacts]:
        GENERATORS[kind] = function
        return function

    return register


def from_pairs(pairs: Ints | Numbers, n: int) -> Contacts:
    """Make the table from an array of ties, shape (m, 2); loops and repeats are dropped."""
    if not len(pairs):
        return Contacts(first=np.zeros(n + 1, dtype=np.int64), other=np.zeros(0, dtype=np.int32))
    first, other = _rows(np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1]), n)
    return Contacts(first=first, other=other)


@compiled
def _rows(a: Numbers, b: Numbers, n: int) -> tuple[Ints, Numbers]:
    first = np.zeros(n + 1, dtype=np.int64)
    for e in range(a.size):
        if a[e] != b[e]:
            first[a[e] + 1] += 1
            first[b[e] + 1] += 1
    for u in range(n):
        first[u + 1] += first[u]
    other = np.empty(first[n], dtype=np.int32)
    fill = first[:n].copy()
    for e in range(a.size):
        if a[e] != b[e]:
            other[fill[a[e]]] = b[e]
            fill[a[e]] += 1
            other[fill[b[e]]] = a[e]
            fill[b[e]] += 1
    kept = np.int64(0)
    begin = np.int64(0)
    for u in range(n):
        end = first[u + 1]
        row = other[begin:end]
        row.sort()
        first[u] = kept
        last = np.int32(-1)
        for k in range(begin, end):
            if other[k] != last:
                last = other[k]
                other[kept] = last
                kept += 1
        begin = end
    first[n] = kept
    return first, other[:kept].copy() if kept < other.size else other


@compiled
def _barabasi_albert(stream: int, n: int, m: int) -> tuple[Ints, Numbers]:
    """Grow the network; only whom each newcomer chose is kept, for who chose follows from the position.

    Ends of ties are numbered as in a list of pairs (chosen, newcomer): end 2e is the chosen one of tie e, end 2e + 1
    the newcomer. A row comes out sorted: whom she chose (all older), then the newcomers who chose her.
    """
    m = min(m, n - 1)
    core = m + 1
    inner = core * m // 2
    total = inner + (n - core) * m
    chosen = np.empty(total, dtype=np.int32)
    newcomers = np.empty(inner, dtype=np.int32)
    degree = np.full(n, m, dtype=np.int32)
    e = 0
    for a in range(core):
        for b in range(a):
            chosen[e] = b
            newcomers[e] = a
            e += 1
    for newcomer in range(core, n):
        root = fold(stream, newcomer)
        before = e
        attempt = 0
        while e - before < m:
            end = below(root, attempt, 2 * before)
            attempt += 1
            tie = end // 2
            if end % 2 == 0:
                one = chosen[tie]
            elif tie < inner:
                one = newcomers[tie]
            else:
                one = np.int32(core + (tie - inner) // m)
            fresh = True
            for k in range(before, e):
                if chosen[k] == one:
                    fresh = False
                    break
            if fresh:
                chosen[e] = one
                degree[one] += 1
                e += 1
    first = np.zeros(n + 1, dtype=np.int64)
    for u in range(n):
        first[u + 1] = first[u] + degree[u]
    other = np.empty(first[n], dtype=np.int32)
    fill = first[:n].copy()
    for e in range(inner):
        other[fill[newcomers[e]]] = chosen[e]
        fill[newcomers[e]] += 1
    for e in range(inner):
        other[fill[chosen[e]]] = newcomers[e]
        fill[chosen[e]] += 1
    for newcomer in range(core, n):
        begin = inner + (newcomer - core) * m
        row = chosen[begin : begin + m]
        row.sort()
        at = fill[newcomer]
        for k in range(m):
            other[at + k] = row[k]
        fill[newcomer] = at + m
        for k in range(m):
            other[fill[row[k]]] = newcomer
            fill[row[k]] += 1
    return first, other


@compiled
def _configuration(degrees: int, stubs: int, n: int, exponent: float, minimum: float, maximum: float) -> Numbers:
    count = np.empty(n, dtype=np.int64)
    for i in range(n):
        x = truncated_power_law(draw1(degrees, i), exponent, minimum, maximum + 1.0)
        count[i] = min(int(x), int(maximum))
    total = count.sum()
    ends = np.empty(total, dtype=np.int32)
    keys = np.empty(total)
    k = 0
    for i in range(n):
        for j in range(count[i]):
            ends[k] = i
            keys[k] = draw(stubs, i, j)
            k += 1
    order = np.argsort(keys, kind="mergesort")
    pairs = np.empty((total // 2, 2), dtype=np.int32)
    for p in range(total // 2):
        pairs[p, 0] = ends[order[2 * p]]
        pairs[p, 1] = ends[order[2 * p + 1]]
    return pairs


@compiled
def _random_pairs(stream: int, ties: int, n: int) -> Numbers:
    pairs = np.empty((ties, 2), dtype=np.int32)
    for e in range(ties):
        root = fold(stream, e)
        pairs[e, 0], pairs[e, 1] = below(root, 0, n), below(root, 1, n)
    return pairs


@compiled
def _pair_stubs(stream: int, n: int, degree: int) -> Numbers:
    keys = np.empty(n * degree)
    for k in range(n * degree):
        keys[k] = draw(stream, k // degree, k % degree)
    order = np.argsort(keys, kind="mergesort")
    pairs = np.empty((n * degree // 2, 2), dtype=np.int32)
    for p in range(n * degree // 2):
        pairs[p, 0], pairs[p, 1] = order[2 * p] // degree, order[2 * p + 1] // degree
    return pairs


@compiled
def _ring(stream: int, n: int, half: int, rewiring: float) -> Numbers:
    """Tie everybody to the next `half` of a ring; each tie leads elsewhere by a draw of its own."""
    pairs = np.empty((n * half, 2), dtype=np.int32)
    for u in range(n):
        for j in range(half):
            root = fold(fold(stream, u), j)
            other = (u + j + 1) % n
            if draw1(root, 0) < rewiring:
                attempt = 1
                other = below(root, attempt, n)
                while other == u:
                    attempt += 1
                    other = below(root, attempt, n)
            pairs[u * half + j, 0], pairs[u * half + j, 1] = u, other
    return pairs


@compiled
def _block_pairs(
    stream: int, ties: int, n: int, block: Numbers, first: Ints, member: Numbers, inside: float
) -> Numbers:
    """Draw ties: the one end from all, the other from her block, or from all; loops and repeats are dropped later."""
    pairs = np.empty((ties, 2), dtype=np.int32)
    for e in range(ties):
        root = fold(stream, e)
        one = below(root, 0, n)
        pairs[e, 0] = one
        if draw1(root, 1) < inside:
            begin = first[block[one]]
            pairs[e, 1] = member[begin + below(root, 2, first[block[one] + 1] - begin)]
        else:
            pairs[e, 1] = below(root, 2, n)
    return pairs


def blocks(spec: StochasticBlocks, n: int, country: Bytes) -> Numbers:
    """Return the community of each user."""
    if spec.by_country:
        return country.astype(np.int32)
    return (np.arange(n, dtype=np.int64) * spec.blocks // n).astype(np.int32)


@generator(StochasticBlocks)
def stochastic_blocks(spec: StochasticBlocks, n: int, seed: int, country: Bytes) -> Contacts:
    """Draw ties within communities and between all."""
    if not spec.by_country and spec.blocks > n:
        raise DataError(f"world.contacts.blocks: must be at most the number of users ({n}), got {spec.blocks}")
    block = blocks(spec, n, country)
    member = np.argsort(block, kind="stable").astype(np.int32)
    first = np.searchsorted(block[member], np.arange(int(block.max()) + 2)).astype(np.int64)
    ties = int(n * spec.mean_degree / 2.0 + 0.5)
    stream = start(seed, int(Purpose.CONTACT))
    return from_pairs(_block_pairs(stream, ties, n, block, first, member, spec.inside), n)


@generator(ErdosRenyi)
def _erdos_renyi(spec: ErdosRenyi, n: int, seed: int, country: Bytes) -> Contacts:
    ties = int(n * spec.mean_degree / 2.0 + 0.5)
    return from_pairs(_random_pairs(start(seed, int(Purpose.CONTACT)), ties, n), n)


@generator(RandomRegular)
def _random_regular(spec: RandomRegular, n: int, seed: int, country: Bytes) -> Contacts:
    if spec.degree >= n:
        raise DataError(f"world.contacts.degree: must be below the number of users ({n}), got {spec.degree}")
    return from_pairs(_pair_stubs(start(seed, int(Purpose.STUB)), n, spec.degree), n)


@generator(WattsStrogatz)
def _watts_strogatz(spec: WattsStrogatz, n: int, seed: int, country: Bytes) -> Contacts:
    if spec.neighbours >= n:
        got = spec.neighbours
        raise DataError(f"world.contacts.neighbours: must be below the number of users ({n}), got {got}")
    return from_pairs(_ring(start(seed, int(Purpose.CONTACT)), n, spec.neighbours // 2, spec.rewiring), n)


@generator(Tree)
def _tree(spec: Tree, n: int, seed: int, country: Bytes) -> Contacts:
    child = np.arange(1, n, dtype=np.int32)
    return from_pairs(np.column_stack([(child - 1) // spec.branching, child]).astype(np.int32), n)


@generator(Complete)
def _complete(spec: Complete, n: int, seed: int, country: Bytes) -> Contacts:
    return Contacts(first=np.zeros(1, dtype=np.int64), other=np.zeros(0, dtype=np.int32), complete=n)


def make_contacts(spec: Part, n: int, seed: int, country: Bytes) -> Contacts:
    """Make ties with a generator; all but a file of ties. `country` is that of each user."""
    if isinstance(spec, TieGenerator):
        return _of_plug_in(spec, n, seed)
    return GENERATORS[type(spec)](spec, n, seed, country)


def _of_plug_in(spec: TieGenerator, n: int, seed: int) -> Contacts:
    kind = getattr(spec, "kind", type(spec).__name__)
    stream = int(fold(start(seed, int(Purpose.CONTACT)), name_key(kind)))
    pairs = np.asarray(spec.pairs(n, stream))
    right = pairs.ndim == 2 and pairs.shape[1] == 2 and np.issubdtype(pairs.dtype, np.integer)
    if not right or (pairs.size and not (pairs.min() >= 0 and pairs.max() < n)):
        raise RunError(
            f"tie generator '{kind}': must return whole numbers from 0 to {n - 1} in two columns, got an array of "
            f"shape {pairs.shape} of {pairs.dtype}"
        )
    return from_pairs(pairs.astype(np.int32), n)


@generator(BarabasiAlbert)
def barabasi_albert(spec: BarabasiAlbert, n: int, seed: int, country: Bytes | None = None) -> Contacts:
    """Preferential attachment: a core of `ties` + 1 people all know each other; each newcomer picks ends of ties."""
    first, other = _barabasi_albert(start(seed, int(Purpose.CONTACT)), n, spec.ties)
    return Contacts(first=first, other=other)


@generator(ConfigurationModel)
def configuration(spec: ConfigurationModel, n: int, seed: int, country: Bytes | None = None) -> Contacts:
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
    import networkx as nx

    try:
        graph = nx.read_edgelist(path, nodetype=int, data=False, comments="#")
    except (TypeError, ValueError, UnicodeDecodeError, OSError, EOFError) as problem:
        raise DataError(f"{name}: not a list of ties, one pair of whole numbers a line ({problem})") from None
    if graph.number_of_nodes() < 2:
        raise DataError(f"{name}: needs at least one tie between two people")
    number = {label: i for i, label in enumerate(sorted(graph.nodes))}
    pairs = np.array([(number[a], number[b]) for a, b in graph.edges], dtype=np.int32)
    return from_pairs(pairs, len(number)), len(number)
