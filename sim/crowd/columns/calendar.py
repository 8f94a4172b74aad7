"""Who comes to which post in which tick: lists of looks by tick, in pieces of a pool that ticks give back."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled, compiled_within

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
    """[first piece given back, or -1; number of those; first piece that was never used]."""


def make_calendar(ticks: int, looks: int = 0) -> Calendar:
    """Return an empty calendar, with room for so many looks at once: memory that is not used yet costs nothing."""
    pieces = 256 + looks // PIECE
    return Calendar(
        last=np.full(ticks, -1, dtype=np.int32),
        filled=np.zeros(ticks, dtype=np.int32),
        before=np.empty(pieces, dtype=np.int32),
        looks=np.empty((pieces, PIECE), dtype=np.int64),
        free=np.array([-1, 0, 0], dtype=np.int64),
    )


def room_for(calendar: Calendar, looks: int) -> Calendar:
    """Return the calendar with room for so many looks more, in whatever ticks they fall.

    Memory that is not used yet costs nothing, and is not copied.
    """
    used = int(calendar.free[2])
    need = looks // PIECE + 1 + min(looks, len(calendar.last)) - int(calendar.free[1])
    if used + need <= len(calendar.before):
        return calendar
    size = 2 * (used + need)
    before, pieces = np.empty(size, dtype=np.int32), np.empty((size, PIECE), dtype=np.int64)
    before[:used], pieces[:used] = calendar.before[:used], calendar.looks[:used]
    return calendar._replace(before=before, looks=pieces)


@compiled_within
def put(calendar: Calendar, tick: int, look: int) -> None:
    """Enter a look."""
    piece, fill = calendar.last[tick], calendar.filled[tick]
    if piece < 0 or fill == PIECE:
        new = np.int32(calendar.free[0])
        if new >= 0:
            calendar.free[0] = calendar.before[new]
            calendar.free[1] -= 1
        else:
            new = np.int32(calendar.free[2])
            calendar.free[2] += 1
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
        for k in range(filled):
            out[at + k] = calendar.looks[piece, k]
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
