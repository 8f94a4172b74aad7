"""Rules of users that replace a decision of the built-in ones: a config with one method for each decision it changes.

Both engines ask the same method with the same numbers, so a rule is written once; docs/extending.md has examples.
"""

from typing import ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.scenario.fields import Listed, Name, Part, Share, param

RULES, USERS = "rumorlab.behaviours", "rumorlab.users"
"""Groups of entry points: configs with whole-column methods, and subclasses of sim.User with methods for one user."""

Decision = Literal["notice", "forward", "choose", "report", "join", "leave", "believe", "turn_out"]
DECISIONS: tuple[Decision, ...] = ("notice", "forward", "choose", "report", "join", "leave", "believe", "turn_out")
NOTICE, FORWARD, CHOOSE, REPORT, JOIN, LEAVE, BELIEVE, TURN_OUT = range(8)
"""Positions in DECISIONS."""


class Asked(NamedTuple):
    """What a rule is asked about: one entry for each decision, in columns.

    What a decision is not about is -1 (numbers of things) or 0.
    """

    tick: int
    """Tick of the run, from 0; the same for all."""
    user: NDArray[np.int64]
    persona: NDArray[np.int64]
    """Position in `world.personas`."""
    country: NDArray[np.int64]
    """Position in `world.countries`."""
    item: NDArray[np.int64]
    content: NDArray[np.int64]
    """Position of the item's class in `classes`."""
    topic: NDArray[np.int64]
    """Position in `topics`; `turn_out`: that of the event."""
    venue: NDArray[np.int64]
    """Channel or group in which the post stands, or that is joined, left or chosen; -1 in direct chats."""
    receiver: NDArray[np.int64]
    """`choose`: the contact who would get a direct message; else -1."""
    author: NDArray[np.int64]
    """Who sent the post."""
    hops: NDArray[np.int64]
    """Forwards of the post since its origin or the last copy."""
    labels: NDArray[np.int64]
    """Labels of moderation on the post, as bits: LABELLED and so on in sim.extension."""
    exposure: NDArray[np.int64]
    """The how-manieth exposure to the item this is, from 1."""
    belief: NDArray[np.float64]
    """Belief in the topic before this tick, 0 to 1; `choose`: after what the user read in it."""
    interest: NDArray[np.float64]
    """Interest in the topic, 0 to 1."""
    default: NDArray[np.float64]
    """What stands without the rule: a probability; for `believe` the new belief."""


class Question(NamedTuple):
    """One entry of `Asked`, in plain numbers: what the method of one user is asked."""

    tick: int
    user: int
    persona: int
    country: int
    item: int
    content: int
    topic: int
    venue: int
    receiver: int
    author: int
    hops: int
    labels: int
    exposure: int
    belief: float
    interest: float
    default: float


class UserRule(Part):
    """A rule of some or all users. Give it a `kind: Literal["its-name"]`, and a method for each decision it changes.

    The methods are those named in DECISIONS: `notice`, `forward`, `choose` (a place to forward to), `report`, `join`,
    `leave`, `believe` and `turn_out`. Each gets `Asked` and returns one number for each entry: the probability of the
    decision, or for `believe` the new belief. An entry follows from that entry alone, by plain arithmetic; the draw is
    the engine's.

    A probability may be lowered freely. A rule that raises one names the most that it returns in `ceilings`, such as
    {"forward": 0.2}: it is asked only where the draw lies below that, or below the default.
    """

    ceilings: ClassVar[dict[Decision, float]] = {}
    """By decision: the largest probability that the rule returns where it is above the default."""

    personas: Listed[Name] = param(
        (), "personas that the rule holds for; none named: all", unit="list of personas", max_length=100
    )
    share: Share = param(1.0, "share of these users that it holds for, drawn user by user", unit="share 0-1")

    def decides(self, decision: Decision) -> bool:
        """Whether the rule has a method of its own for a decision."""
        return hasattr(self, decision)
