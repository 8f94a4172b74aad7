"""Sitting the exam: each case on each crowd, with its verdict."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from sim.agents.user import User
from sim.crowd.protocol import Wish
from sim.exam.rows import Case

ERRORS = 4.0
"""A result may lie so many standard errors from what is expected."""


@dataclass(frozen=True)
class Mark:
    """What came out of one case on one crowd."""

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
