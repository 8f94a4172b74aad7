"""Sitting the exam: each case on each crowd, and each row about published results, with its verdict."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from sim.agents.user import User
from sim.crowd.protocol import Wish
from sim.errors import DataError
from sim.exam.cases import Case
from sim.exam.published.row import Figure, Row

ERRORS = 4.0
"""A result may lie so many standard errors from what is expected."""


CLOSED, PUBLISHED = KINDS = ("closed-form", "published")


@dataclass(frozen=True)
class Mark:
    """What came out of one case on one crowd, or of one figure of a published result."""

    id: str
    kind: str
    expected: float
    observed: float
    tolerance: float
    passed: bool
    crowd: str
    seconds: float
    observations: int
    source: str
    fit: str = ""
    """Of published results: calibrated (fitted to this very figure) or predicted."""
    unit: str = ""
    bound: str = "near"
    """near, at-least or at-most what is expected."""
    low: float = float("nan")
    """Lower end of the 95 % interval of what was observed, over worlds; of published results."""
    high: float = float("nan")
    reason: str = ""
    """Why it is not met, or was not run."""

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


def mark(case: Case, crowd: Wish, *, quick: bool = False, user_class: type[User] = User) -> Mark:
    """Sit one case. The tolerance is four standard errors of the mean of what was observed, and the case's slack."""
    began = time.perf_counter()
    found = case.sample(crowd, user_class, quick)
    seconds = time.perf_counter() - began
    observed = float(found.mean()) if len(found) else float("nan")
    spread = float(found.std(ddof=1)) / float(np.sqrt(len(found))) if len(found) > 1 else 0.0
    tolerance = ERRORS * spread + case.slack
    passed = bool(abs(observed - case.expected) <= tolerance)
    form = "agents" if user_class is not User else str(crowd)
    return Mark(case.id, case.kind, case.expected, observed, tolerance, passed, form, seconds, len(found), case.source)


def sit(cases: Iterable[Case], *, quick: bool) -> Iterator[Mark]:
    """Sit cases, each on every crowd that it is for."""
    for case in cases:
        for crowd in case.crowds:
            yield mark(case, crowd, quick=quick)


def mark_row(row: Row, worlds: int | None = None) -> list[Mark]:
    """Sit a row about a published result; what lacks its data is not run, which is no pass."""
    began = time.perf_counter()
    try:
        figures = row.sit(worlds or row.worlds)
    except DataError as missing:
        nan, words = float("nan"), f"not run: data missing ({missing})"
        return [Mark(row.id, PUBLISHED, nan, nan, nan, False, "compiled", 0.0, 0, row.source, reason=words)]
    each = (time.perf_counter() - began) / len(figures)
    return [_marked(row, figure, each) for figure in figures]


def _marked(row: Row, figure: Figure, seconds: float) -> Mark:
    low, high = figure.interval
    return Mark(
        f"{row.id}/{figure.name}",
        PUBLISHED,
        figure.expected,
        figure.observed,
        figure.tolerance,
        figure.passed,
        "compiled",
        seconds,
        len(figure.observations),
        row.source,
        fit=figure.kind,
        unit=figure.unit,
        bound=figure.bound,
        low=low,
        high=high,
        reason="" if figure.passed else row.lacking.get(figure.name, ""),
    )
