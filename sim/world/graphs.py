"""Random graphs in compiled code: pairs of people who know each other, drawn by keys, and ties in rows."""

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled, truncated_power_law
from sim.draws import below, draw, draw1, fold
from sim.scenario.people import StochasticBlocks
from sim.sorting import sort_few

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]
Bytes = NDArray[np.uint8]


@compiled
def rows_of_pairs(a: Numbers, b: Numbers, n: int) -> tuple[Ints, Numbers]:
    """Return ties in rows (CSR), sorted, from their two ends; loops and repeats are dropped."""
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
        sort_few(row)
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
def preferential(stream: int, n: int, m: int) -> tuple[Ints, Numbers]:
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
        sort_few(row)
        at = fill[newcomer]
        for k in range(m):
            other[at + k] = row[k]
        fill[newcomer] = at + m
        for k in range(m):
            other[fill[row[k]]] = newcomer
            fill[row[k]] += 1
    return first, other


@compiled
def configured_pairs(degrees: int, stubs: int, n: int, exponent: float, minimum: float, maximum: float) -> Numbers:
    """Draw how many ties everybody has (truncated power law), and pair their ends; shape (pairs, 2)."""
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
def random_pairs(stream: int, ties: int, n: int) -> Numbers:
    """Draw both ends of each tie from all, shape (ties, 2); loops and repeats are dropped later."""
    pairs = np.empty((ties, 2), dtype=np.int32)
    for e in range(ties):
        root = fold(stream, e)
        pairs[e, 0], pairs[e, 1] = below(root, 0, n), below(root, 1, n)
    return pairs


@compiled
def paired_stubs(stream: int, n: int, degree: int) -> Numbers:
    """Pair the ends of ties of people who all have the same number of them, shape (pairs, 2)."""
    keys = np.empty(n * degree)
    for k in range(n * degree):
        keys[k] = draw(stream, k // degree, k % degree)
    order = np.argsort(keys, kind="mergesort")
    pairs = np.empty((n * degree // 2, 2), dtype=np.int32)
    for p in range(n * degree // 2):
        pairs[p, 0], pairs[p, 1] = order[2 * p] // degree, order[2 * p + 1] // degree
    return pairs


@compiled
def ring_pairs(stream: int, n: int, half: int, rewiring: float) -> Numbers:
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
def block_pairs(stream: int, ties: int, n: int, block: Numbers, first: Ints, member: Numbers, inside: float) -> Numbers:
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
