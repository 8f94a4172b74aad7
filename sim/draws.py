"""Keyed draws: every chance event is one hash of (seed, purpose, keys), with no state and no order.

A draw is the splitmix64 finaliser (Steele, Lea and Flood 2014; constants of Stafford's variant 13) folded over the
keys. The same call gives the same bits from Python and from compiled code, on every machine. Keys name a decision, not
a moment: two policies run with the same seed share every draw that the policy does not touch.

    stream = start(seed, Purpose.NOTICE)      # the constant part, made once
    u = draw(stream, item, venue, user)       # in [0, 1)
"""

import hashlib

import numpy as np

from sim.arithmetic import compiled

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_M1 = np.uint64(0xBF58476D1CE4E5B9)
_M2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11, _S1 = (np.uint64(n) for n in (30, 27, 31, 11, 1))
_ONE = np.uint64(1)
_UNIT = 1.0 / (1 << 53)


@compiled
def mix(z: np.uint64) -> np.uint64:
    """Scramble 64 bits so that each input bit flips each output bit half of the time (uint64 in and out)."""
    z = (z ^ (z >> _S30)) * _M1
    z = (z ^ (z >> _S27)) * _M2
    return z ^ (z >> _S31)


@compiled
def fold(state: int, key: int) -> int:
    """Mix one more key (int64, at least 0) into a stream (int64 holding 64 bits)."""
    return np.int64(mix(np.uint64(state) + (np.uint64(key) + _ONE) * _GOLDEN))  # type: ignore[return-value]


@compiled
def start(seed: int, purpose: int) -> int:
    """Begin the stream of one purpose under one seed: the part of a draw that is the same for all its keys."""
    return fold(fold(0, seed), purpose)


@compiled
def unit(state: int) -> float:
    """Turn a stream into a number in [0, 1): its upper 53 bits."""
    return np.float64(np.uint64(state) >> _S11) * _UNIT


@compiled
def draw1(stream: int, k1: int) -> float:
    """Draw in [0, 1) for one key."""
    return unit(fold(stream, k1))


@compiled
def draw(stream: int, k1: int, k2: int) -> float:
    """Draw in [0, 1) for two keys."""
    return unit(fold(fold(stream, k1), k2))


@compiled
def draw3(stream: int, k1: int, k2: int, k3: int) -> float:
    """Draw in [0, 1) for three keys."""
    return unit(fold(fold(fold(stream, k1), k2), k3))


@compiled
def below(stream: int, key: int, n: int) -> int:
    """Draw a whole number in 0..n-1 for one key."""
    return int(unit(fold(stream, key)) * n)


def subseed(seed: int, purpose: int, key: int) -> int:
    """Derive a seed (63 bits) for part of a study: the world or the dynamics of pair `key`."""
    return int(fold(start(seed, purpose), key)) & 0x7FFF_FFFF_FFFF_FFFF


def name_key(name: str) -> int:
    """Turn a name (a topic, a stream) into a key of 32 bits, so that adding another name shifts no draw."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
