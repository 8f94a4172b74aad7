"""A case of the exam: what is set up, what must come out, and which wrong engines must not pass."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.agents.user import User
from sim.crowd.protocol import Wish

Floats = NDArray[np.float64]
Sample = Callable[[Wish, type[User], bool], Floats]
"""(crowd, user class, quick) -> independent observations; their mean is what the row is about."""
BOTH: tuple[Wish, ...] = ("agents", "compiled")
LARGE: tuple[Wish, ...] = ("compiled",)


@dataclass(frozen=True)
class Case:
    """One number of a row."""

    row: str
    name: str
    expected: float
    sample: Sample
    source: str
    slack: float = 0.0
    """What the finite size of the world may move the result, beside chance."""
    crowds: tuple[Wish, ...] = BOTH
    mutants: tuple[type[User], ...] = ()
    quick: bool = True
    """Whether it is part of `rumorlab exam --quick`."""
    kind: str = "closed-form"

    @property
    def id(self) -> str:
        """The row and the case."""
        return f"{self.row}/{self.name}"


CASES: list[Case] = []


def case(row: str, name: str, expected: float, sample: Sample, source: str, **more: Any) -> None:
    """Enter a case."""
    CASES.append(Case(row, name, expected, sample, source, **more))
