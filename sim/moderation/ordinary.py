"""Ordinary, untracked posts in the scanner and in the reports: the false alarms of everything that people say."""

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled
from sim.draws import draw, draw1

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@compiled
def phases(stream: int, venues: int, ticks_per_day: int) -> Ints:
    """Return where in its rhythm each venue starts, so that they do not all post in the same tick."""
    out = np.empty(venues, dtype=np.int64)
    for v in range(venues):
        out[v] = np.int64(draw1(stream, v) * 1000 * ticks_per_day)
    return out


@compiled
def false_alarms(
    tick: int,
    ticks_per_day: int,
    traffic: Ints,
    phase: Ints,
    open_to_scan: Flags,
    open_to_reports: Flags,
    scan_stream: int,
    report_stream: int,
    false_positive: float,
    report_rate: float,
) -> Ints:
    """Return (venue, number of the post in its venue, source) of the ordinary posts of a tick that open a case.

    `traffic` is in thousandths of a post a day, 0 for a venue that is closed. A post is numbered from the start of
    the run, so that its draws are the same under every policy.
    """
    found = []
    unit = 1000 * ticks_per_day
    for v in range(traffic.size):
        before = (traffic[v] * tick + phase[v]) // unit
        after = (traffic[v] * (tick + 1) + phase[v]) // unit
        for number in range(before, after):
            if open_to_scan[v] and draw(scan_stream, v, number) < false_positive:
                found.append((v, number, 0))
            elif open_to_reports[v] and draw(report_stream, v, number) < report_rate:
                found.append((v, number, 1))
    out = np.empty((len(found), 3), dtype=np.int64)
    for i, row in enumerate(found):
        out[i, 0], out[i, 1], out[i, 2] = row
    return out
