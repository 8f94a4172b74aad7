"""Contacts: who is in whose address book, as a symmetric sparse table (CSR), from a generator or a file."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.draws import fold, name_key, start
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
from sim.world.graphs import (
    block_pairs,
    blocks,
    configured_pairs,
    paired_stubs,
    preferential,
    random_pairs,
    ring_pairs,
    rows_of_pairs,
)
from sim.world.ties import Ties

if TYPE_CHECKING:
    import networkx as nx

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]
Bytes = NDArray[np.uint8]


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
    first, other = rows_of_pairs(np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1]), n)
    return Contacts(first=first, other=other)


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
    return from_pairs(block_pairs(stream, ties, n, block, first, member, spec.inside), n)


@generator(ErdosRenyi)
def _erdos_renyi(spec: ErdosRenyi, n: int, seed: int, country: Bytes) -> Contacts:
    ties = int(n * spec.mean_degree / 2.0 + 0.5)
    return from_pairs(random_pairs(start(seed, int(Purpose.CONTACT)), ties, n), n)


@generator(RandomRegular)
def _random_regular(spec: RandomRegular, n: int, seed: int, country: Bytes) -> Contacts:
    if spec.degree >= n:
        raise DataError(f"world.contacts.degree: must be below the number of users ({n}), got {spec.degree}")
    return from_pairs(paired_stubs(start(seed, int(Purpose.STUB)), n, spec.degree), n)


@generator(WattsStrogatz)
def _watts_strogatz(spec: WattsStrogatz, n: int, seed: int, country: Bytes) -> Contacts:
    if spec.neighbours >= n:
        got = spec.neighbours
        raise DataError(f"world.contacts.neighbours: must be below the number of users ({n}), got {got}")
    return from_pairs(ring_pairs(start(seed, int(Purpose.CONTACT)), n, spec.neighbours // 2, spec.rewiring), n)


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
    first, other = preferential(start(seed, int(Purpose.CONTACT)), n, spec.ties)
    return Contacts(first=first, other=other)


@generator(ConfigurationModel)
def configuration(spec: ConfigurationModel, n: int, seed: int, country: Bytes | None = None) -> Contacts:
    """Pair the ends of power-law degrees at random."""
    if spec.minimum >= n:
        raise DataError(f"world.contacts.minimum: must be below the number of users ({n}), got {spec.minimum}")
    degrees, stubs = start(seed, int(Purpose.DEGREE)), start(seed, int(Purpose.STUB))
    most = float(min(spec.maximum, n - 1))
    return from_pairs(configured_pairs(degrees, stubs, n, spec.exponent, float(spec.minimum), most), n)


def read_edge_list(spec: EdgeList, locate: Callable[[str], Path]) -> tuple[Contacts, int]:
    """Read ties from a file; return them with the number of people in it, numbered by the order of their labels."""
    path = locate(spec.file)
    return _read(spec.file, path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read(name: str, path: Path, changed: int) -> tuple[Contacts, int]:
    from sim.world.importing.lists import read_numbered

    pairs, people = read_numbered(path, name)
    if people < 2 or not len(pairs):
        raise DataError(f"{name}: needs at least one tie between two people")
    return from_pairs(pairs, people), people
