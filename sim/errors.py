"""Everything that Rumorlab raises on purpose.

RumorlabError
├── InputError        bad input: one clear message, exit code 2
│   ├── ScenarioError     a scenario or experiment file (all problems at once)
│   └── DataError         a data file that is missing, malformed or too large
├── ResultError       a results folder that cannot be read or written
├── RunError          a run that could not be finished (what failed, and the command that repeats it)
└── CrowdsDiffer      the agents and the compiled crowd have parted: a bug, with tick, phase, user and rule
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Characters that act on a terminal, or reorder the text beside them; tab and newline are not among them."""


def printable(text: str) -> str:
    """Return a text with control characters written out, as JSON does: no name moves the cursor, or hides a line."""
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class RumorlabError(Exception):
    """Base of all errors that Rumorlab raises on purpose."""

    def __str__(self) -> str:
        return printable(super().__str__())


class InputError(RumorlabError):
    """Something the user gave is wrong; the message says what, where, and what is allowed."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong at one place of a file. Line and column count from 1; 0 means the whole file."""

    file: str
    line: int
    column: int
    field: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.field}: {self.message}" if self.field else f"{place}: {self.message}"


_MOST_SHOWN = 20
"""Problems that a message lists; the rest are counted."""


class ScenarioError(InputError):
    """A scenario or experiment that cannot be used; `problems` lists every reason, the message the first 20."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        lines = [str(problem) for problem in self.problems[:_MOST_SHOWN]]
        more = len(self.problems) - len(lines)
        super().__init__("\n".join([*lines, f"and {more} more"] if more else lines))

    def __reduce__(self) -> tuple[type["ScenarioError"], tuple[tuple[Problem, ...]]]:
        return ScenarioError, (self.problems,)


class DataError(InputError):
    """A data file that is missing, malformed or too large."""


class ResultError(RumorlabError):
    """A results folder that cannot be read or written."""


class RunError(RumorlabError):
    """A run that could not be finished."""


class CrowdsDiffer(RumorlabError):
    """The two forms of the crowd did not do the same: a bug in Rumorlab; the message says where they part."""


def nearest(name: str, names: Sequence[str]) -> str:
    """Return `; did you mean 'x'?` for the name nearest to a mistyped one, or what is allowed if none is near."""
    close = get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; known: {', '.join(sorted(names))}" if names else ""
