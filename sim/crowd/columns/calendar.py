"""Who comes to which post in which tick: lists of looks by tick, in pieces of a pool that ticks give back."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]
PIECE = 64
"""Looks in one piece."""


class Calendar(NamedTuple):
    """A look is user << 32 | post."""

    last: Numbers
    """Piece that is being filled, by tick; -1 if none."""
    filled: Numbers
    """Looks in that piece."""
    before: Numbers
    """Piece before each piece, in the same tick or in the list of free ones."""
    looks: Ints
    """Shape (pieces, PIECE)."""
    free: Ints
    """[first free piece, or -1; number of free ones]."""


def make_calendar(ticks: int) -> Calendar:
    """Return an empty calendar."""
    return grow(
        Calendar(
            last=np.full(ticks, -1, dtype=np.int32),
            filled=np.zeros(ticks, dtype=np.int32),
            before=np.zeros(0, dtype=np.int32),
            looks=np.zeros((0, PIECE), dtype=np.int64),
            free=np.array([-1, 0], dtype=np.int64),
        ),
        256,
    )


def room_for(calendar: Calendar, looks: int) -> Calendar:
    """Return the calendar with room for so many looks more, in whatever ticks they fall."""
    need = looks // PIECE + 1 + min(looks, len(calendar.last))
    if need <= calendar.free[1]:
        return calendar
    return grow(calendar, max(need - int(calendar.free[1]), len(calendar.before) // 2))


def grow(calendar: Calendar, more: int) -> Calendar:
    """Return the calendar with more free pieces."""
    size = len(calendar.before)
    before = np.empty(size + more, dtype=np.int32)
    before[:size] = calendar.before
    before[size:] = np.arange(size - 1, size + more - 1)
    before[size] = calendar.free[0]
    looks = np.empty((size + more, PIECE), dtype=np.int64)
    looks[:size] = calendar.looks
    calendar.free[0] = size + more - 1
    calendar.free[1] += more
    return calendar._replace(before=before, looks=looks)


@compiled
def put(calendar: Calendar, tick: int, look: int) -> None:
    """Enter a look."""
    piece, fill = calendar.last[tick], calendar.filled[tick]
    if piece < 0 or fill == PIECE:
        new = np.int32(calendar.free[0])
        calendar.free[0] = calendar.before[new]
        calendar.free[1] -= 1
        calendar.before[new] = piece
        calendar.last[tick] = new
        piece, fill = new, np.int32(0)
    calendar.looks[piece, fill] = look
    calendar.filled[tick] = fill + 1


@compiled
def take(calendar: Calendar, tick: int) -> Ints:
    """Return all looks of a tick and give their pieces back."""
    piece = calendar.last[tick]
    count = np.int64(0)
    filled = np.int64(calendar.filled[tick])
    while piece >= 0:
        count += filled
        filled = np.int64(PIECE)
        piece = calendar.before[piece]
    out = np.empty(count, dtype=np.int64)
    at = np.int64(0)
    piece = calendar.last[tick]
    filled = np.int64(calendar.filled[tick])
    while piece >= 0:
        out[at : at + filled] = calendar.looks[piece, :filled]
        at += filled
        filled = np.int64(PIECE)
        earlier = calendar.before[piece]
        calendar.before[piece] = np.int32(calendar.free[0])
        calendar.free[0] = piece
        calendar.free[1] += 1
        piece = earlier
    calendar.last[tick] = -1
    calendar.filled[tick] = 0
    return out
