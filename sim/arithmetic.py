"""Arithmetic that gives the same bits on every processor.

The power, exp and log of a C library differ in their last bit between processors and versions. Only +, -, *, / and
the square root are rounded correctly everywhere (IEEE 754), so powers are built from those.
See docs/decisions/0002-floats-and-digests.md.
"""

import math
from collections.abc import Callable
from typing import Any, NoReturn, ParamSpec, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim.caching import keep

P = ParamSpec("P")
R = TypeVar("R")


OPTIONS: dict[str, Any] = {
    "nogil": True,
    "fastmath": False,
    "error_model": "numpy",
    "no_cfunc_wrapper": True,
}
"""How all is compiled: numba's options. What is compiled is kept on disk; see sim/caching.py."""
_WITHIN: dict[str, Any] = OPTIONS | {"no_cpython_wrapper": True}


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function with numba: cached on disk, without the interpreter lock, never with fast-math."""
    return cast(Callable[P, R], keep(njit(**OPTIONS)(function)))


def compiled_within(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function that compiled ones alone call.

    It gets no entry from Python: for all the rules together, making those takes as long as a quarter of the rest.
    Called from there, it raises TypeError.
    """
    made: Any = keep(njit(**_WITHIN)(function))
    made.__class__ = type("Within", (type(made),), {"__call__": _refuse})
    return cast(Callable[P, R], made)


def _refuse(function: Any, *_: Any) -> NoReturn:
    name = f"{function.py_func.__module__}.{function.py_func.__qualname__}"
    raise TypeError(f"{name} is for compiled code only; its plain form is {function.py_func.__name__}.py_func")


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


@compiled
def natural_log(x: float) -> float:
    """Return the natural logarithm of x > 0, from multiplications and divisions only; relative error below 1e-14.

    The argument is halved or doubled into [1/sqrt 2, sqrt 2], then 2 artanh((x - 1) / (x + 1)) by its series.
    """
    halvings = 0
    while x > 1.4142135623730951:
        x *= 0.5
        halvings += 1
    while x < 0.7071067811865476:
        x *= 2.0
        halvings -= 1
    z = (x - 1.0) / (x + 1.0)
    square, term, total = z * z, z, 0.0
    for k in range(1, 30, 2):
        total += term / k
        term *= square
    return 2.0 * total + halvings * 0.6931471805599453


@compiled
def normal_quantile(u: float) -> float:
    """Return the quantile of the standard normal distribution for u in [0, 1); -8.3 and 8.3 at the ends.

    The rational approximations of Acklam (2003), relative error below 1.2e-9.
    """
    u = min(max(u, 1e-16), 1.0 - 1.1e-16)
    if 0.02425 <= u <= 1.0 - 0.02425:
        q = u - 0.5
        r = q * q
        top = -39.69683028665376 * r + 220.9460984245205
        top = (
            (((top * r - 275.9285104469687) * r + 138.3577518672690) * r - 30.66479806614716) * r + 2.506628277459239
        ) * q
        low = ((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972
        return top / ((low * r - 13.28068155288572) * r + 1.0)
    tail = u if u < 0.5 else 1.0 - u
    q = math.sqrt(-2.0 * natural_log(tail))
    top = (-0.007784894002430293 * q - 0.3223964580411365) * q - 2.400758277161838
    top = ((top * q - 2.549732539343734) * q + 4.374664141464968) * q + 2.938163982698783
    low = ((0.007784695709041462 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416
    z = top / (low * q + 1.0)
    return z if u < 0.5 else -z


def halving_table(half_life: float, length: int) -> NDArray[np.float64]:
    """Return 1, 1/2^(1/h), 1/2^(2/h), ...: what is left of something that halves every `half_life` steps."""
    table = np.ones(length)
    factor = power(0.5, 1.0 / half_life)
    for k in range(1, length):
        table[k] = table[k - 1] * factor
    return table


def top_share(counts: NDArray[Any], part: float) -> float:
    """Return the share of all counts that the largest ones have, a `part` of them rounded up; NaN if all are 0."""
    ordered = np.sort(counts.astype(np.float64))[::-1]
    total = float(ordered.sum()) if len(ordered) else 0.0
    return float(ordered[: max(1, int(np.ceil(part * len(ordered))))].sum()) / total if total else float("nan")
