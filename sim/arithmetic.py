"""Arithmetic that gives the same bits on every processor.

The power, exp and log of a C library differ in their last bit between processors and versions. Only +, -, *, / and
the square root are rounded correctly everywhere (IEEE 754), so powers are built from those.
See docs/decisions/0002-floats-and-digests.md.
"""

import math
from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function with numba: cached on disk, without the interpreter lock, never with fast-math."""
    return cast(Callable[P, R], njit(function, cache=True, nogil=True, fastmath=False, error_model="numpy"))


@compiled
def power(base: float, exponent: float) -> float:
    """Return `base ** exponent` for base > 0, from multiplications and square roots only.

    The whole part by repeated squaring, the fraction bit by bit (48 bits) from repeated square roots; relative error
    below 1e-12 for exponents up to a few hundred.
    """
    if exponent < 0.0:
        return 1.0 / power_positive(base, -exponent)
    return power_positive(base, exponent)


@compiled
def power_positive(base: float, exponent: float) -> float:
    """Return `base ** exponent` for base > 0 and exponent >= 0; see `power`."""
    whole = int(exponent)
    fraction = exponent - whole
    result = 1.0
    square = base
    while whole > 0:
        if whole & 1:
            result *= square
        square *= square
        whole >>= 1
    root = base
    for _ in range(48):
        if fraction == 0.0:
            break
        root = math.sqrt(root)
        fraction *= 2.0
        if fraction >= 1.0:
            result *= root
            fraction -= 1.0
    return result


@compiled
def truncated_power_law(u: float, exponent: float, minimum: float, maximum: float) -> float:
    """Quantile `u` in [0, 1) of the density x^-exponent on [minimum, maximum]; exponent not 1.

    Inverse of the distribution function in Clauset, Shalizi and Newman (2009), eq. D.5, with an upper bound.
    """
    k = 1.0 - exponent
    low = power(minimum, k)
    high = power(maximum, k)
    x = power(low + u * (high - low), 1.0 / k)
    return min(max(x, minimum), maximum)


def halving_table(half_life: float, length: int) -> NDArray[np.float64]:
    """Return 1, 1/2^(1/h), 1/2^(2/h), ...: what is left of something that halves every `half_life` steps."""
    table = np.ones(length)
    factor = power(0.5, 1.0 / half_life)
    for k in range(1, length):
        table[k] = table[k - 1] * factor
    return table
