"""Sorting of whole numbers in compiled code: by bytes, stable, in time proportional to the length."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]
_BITS = 11
_DIGITS = 1 << _BITS


_FEW = 64


def distinct(numbers: NDArray[np.signedinteger[Any]]) -> list[int]:
    """Return the different ones of some whole numbers, sorted: what `numpy.unique` does, faster where they are few."""
    return sorted(set(numbers.tolist())) if len(numbers) <= _FEW else np.unique(numbers).tolist()


@compiled
def sort_by_high(entries: Ints | Numbers, scratch: Ints | Numbers, low: int, below: int) -> None:
    """Sort whole numbers by what stands above their lowest `low` bits (less than `below`), in place; stable."""
    n = entries.size
    counts = np.empty(_DIGITS, dtype=np.int64)
    source, target = entries, scratch
    shift = low
    passes = 0
    while shift == low or (below - 1) >> (shift - low) > 0:
        counts[:] = 0
        for i in range(n):
            counts[(source[i] >> shift) & (_DIGITS - 1)] += 1
        at = np.int64(0)
        for d in range(_DIGITS):
            here = counts[d]
            counts[d] = at
            at += here
        for i in range(n):
            d = (source[i] >> shift) & (_DIGITS - 1)
            target[counts[d]] = source[i]
            counts[d] += 1
        source, target = target, source
        shift += _BITS
        passes += 1
    if passes % 2 == 1:
        for i in range(n):
            entries[i] = scratch[i]


@compiled
def sort_few(values: Ints | Numbers) -> None:
    """Sort a short list of whole numbers in place, without memory of its own.

    Shell's method, each gap 5/11 of the one before (Gonnet and Baeza-Yates 1991). The sort that numba brings takes a
    second to compile for each kind of number.
    """
    n = values.size
    gap = n
    while gap > 1:
        gap = max(5 * gap // 11, 1)
        for i in range(gap, n):
            value, at = values[i], i
            while at >= gap and values[at - gap] > value:
                values[at] = values[at - gap]
                at -= gap
            values[at] = value


@compiled
def sort_numbers(values: Numbers, scratch: Numbers, below: int) -> None:
    """Sort whole numbers from 0 to `below` - 1 in place; `scratch` is at least as long."""
    if values.size < 512:
        sort_few(values)
    else:
        sort_by_high(values, scratch, 0, below)
