"""Cases in columns, and the queue over them."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.arithmetic import compiled, compiled_within
from sim.draws import draw, draw1, draw3
from sim.moderation.cases import CLEARED, UPHELD
from sim.often import compiled_often
from sim.rules.delay import Waits, clock_ticks
from sim.rules.review import upheld

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]
Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]


class Cases(NamedTuple):
    """One row a case; see moderation.cases.Case."""

    opened: Numbers
    place: Ints
    subject: Ints
    receiver: Numbers
    source: Bytes
    content: Bytes
    breach: Bytes
    author: Numbers
    interval: Numbers
    verdict: Bytes
    decided: Numbers
    acted: Numbers
    post: Numbers
    """Number of the post; -1 for an ordinary one."""
    group: Bytes
    """Reviewers who read its language."""
    deeds: Bytes
    """What was done, see moderation.terms."""
    priority: Ints
    tie: Floats


_WIDTHS: dict[str, Any] = dict.fromkeys(("place", "subject", "priority"), np.int64)
_WIDTHS |= dict.fromkeys(("source", "content", "breach", "verdict", "group", "deeds"), np.uint8) | {"tie": np.float64}


class CaseColumns:
    """The cases of a run so far, with room to grow."""

    def __init__(self) -> None:
        self.count = 0
        self.rows = self._make(256)

    @staticmethod
    def _make(size: int) -> Cases:
        return Cases(**{name: np.zeros(size, dtype=_WIDTHS.get(name, np.int32)) for name in Cases._fields})

    def reserve(self, more: int) -> Cases:
        """Return the columns with room for `more` cases beyond those that are there."""
        need = self.count + more
        if need > len(self.rows.post):
            old, self.rows = self.rows, self._make(2 * need)
            for name in self.rows._fields:
                getattr(self.rows, name)[: self.count] = getattr(old, name)[: self.count]
        return self.rows

    def column(self, name: str) -> NDArray[Any]:
        """Return one column as far as it is filled."""
        column: NDArray[Any] = getattr(self.rows, name)[: self.count]
        return column

    def in_order(self, numbers: Ints) -> Ints:
        """Return cases sorted by what does not depend on who was called first."""
        rows = self.rows
        keys = [rows.receiver[numbers], rows.subject[numbers], rows.place[numbers], rows.opened[numbers]]
        return numbers[np.lexsort(keys)]


@compiled_within
def round_key(cases: Cases, case: int) -> int:
    """Return the last key of every draw about a case: the interval, and the receiver of a direct message."""
    return (np.int64(cases.interval[case]) << 32) + cases.receiver[case] + 1


@compiled_often
def case_draws(numbers: Ints, cases: Cases, stream: int) -> Floats:
    """Return one draw for each case, keyed by its post."""
    out = np.empty(numbers.size)
    for i in range(numbers.size):
        case = numbers[i]
        out[i] = draw3(stream, cases.subject[case], cases.place[case], round_key(cases, case))
    return out


@compiled
def clocks(numbers: Ints, cases: Cases, stream: int, by_item: NDArray[np.bool_], table: Waits) -> Ints:
    """Return the further ticks until action on cases: one clock for each post, or for a whole item."""
    out = np.zeros(numbers.size, dtype=np.int64)
    for i in range(numbers.size):
        case = numbers[i]
        if cases.breach[case] and by_item[cases.content[case]]:
            u = draw1(stream, cases.subject[case])
        else:
            u = draw3(stream, cases.subject[case], cases.place[case], round_key(cases, case))
        out[i] = clock_ticks(u, table)
    return out


@compiled_often
def judge(numbers: Ints, tick: int, cases: Cases, stream: int, sensitivity: float, specificity: float) -> None:
    """Judge cases: the draw is keyed by the post, not by who judges it or when."""
    for case in numbers:
        u = draw3(stream, cases.subject[case], cases.place[case], round_key(cases, case))
        found = upheld(u, cases.breach[case] != 0, sensitivity, specificity)
        cases.verdict[case] = UPHELD if found else CLEARED
        cases.decided[case] = tick


@compiled
def alarms_of_a_day(
    day: int,
    ticks_per_day: int,
    traffic: Numbers,
    active: Bytes,
    phase: Ints,
    open_to_scan: NDArray[np.bool_],
    open_to_reports: NDArray[np.bool_],
    scan_stream: int,
    report_stream: int,
    false_positive: float,
    report_rate: float,
) -> Ints:
    """Return (tick, venue, number in its venue, source) of a day's ordinary posts that are flagged or reported.

    Each ordinary post is looked at once; see moderation.ordinary.false_alarms for its number and its draws.
    """
    found = []
    unit = 1000 * ticks_per_day
    begin, end = day * ticks_per_day, (day + 1) * ticks_per_day
    for v in range(traffic.size):
        if not active[v]:
            continue
        pace, start = np.int64(traffic[v]), phase[v]
        scanned, heard = open_to_scan[v], open_to_reports[v]
        for number in range((pace * begin + start) // unit, (pace * end + start) // unit):
            source = -1
            if scanned and draw(scan_stream, v, number) < false_positive:
                source = 0
            elif heard and draw(report_stream, v, number) < report_rate:
                source = 1
            if source >= 0:
                # the first tick after which more than `number` posts have been made
                tick = ((number + 1) * unit - start + pace - 1) // pace - 1
                found.append((tick, v, number, source))
    out = np.empty((len(found), 4), dtype=np.int64)
    for i, row in enumerate(found):
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = row
    return out
