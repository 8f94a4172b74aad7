"""Rules of users that replace a decision of the built-in ones: a config with one method for each decision it changes.

Both engines ask the same method with the same numbers, so a rule is written once; docs/extending.md has examples.
"""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple, Union

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, create_model

from sim.errors import InputError
from sim.scenario.fields import Listed, Name, Part, Share, param
from sim.scenario.kinds import kinds as kinds_of
from sim.scenario.kinds import names_in
from sim.vocabulary import BELIEF_CLASSES, CLASSES, ContentClass

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


class AccuracyPrompt(UserRule):
    """A prompt that makes users think about accuracy before they forward a claim; some then do not."""

    kind: Literal["accuracy-prompt"] = param("accuracy-prompt", "name of this rule", unit="word")
    classes: Listed[ContentClass] = param(
        ("misinformation", "conspiracy"), "classes before whose forwarding it appears", unit="list of classes",
        min_length=1, max_length=len(CLASSES),
    )  # fmt: skip
    abandoned: Share = param(
        0.1, "share of the forwards that are abandoned", unit="share 0-1",
        source="Pennycook & Rand 2022: accuracy prompts lower sharing of false news by 10 %",
    )  # fmt: skip

    def forward(self, asked: Asked) -> NDArray[np.float64]:
        """Return the default, lowered for the classes that are named."""
        prompted = np.isin(asked.content, [CLASSES.index(name) for name in self.classes])
        return np.where(prompted, (1.0 - self.abandoned) * asked.default, asked.default)


class Prebunking(UserRule):
    """Inoculation: users who were shown beforehand how claims mislead are moved less by them."""

    kind: Literal["prebunking"] = param("prebunking", "name of this rule", unit="word")
    classes: Listed[ContentClass] = param(
        ("misinformation", "conspiracy"), "classes of claims against which it protects", unit="list of classes",
        min_length=1, max_length=len(CLASSES),
    )  # fmt: skip
    resistance: Share = param(
        0.2, "share of the rise in belief that does not happen; corrections work as before", unit="share 0-1"
    )

    def believe(self, asked: Asked) -> NDArray[np.float64]:
        """Return the default where belief falls, less of the rise where a claim of the classes raises it."""
        claims = np.isin(asked.content, [CLASSES.index(name) for name in self.classes if name in BELIEF_CLASSES])
        rise = np.maximum(asked.default - asked.belief, 0.0)
        return np.where(claims, asked.default - self.resistance * rise, asked.default)


class UserClassRule(UserRule):
    """A subclass of sim.User whose methods are the rule; it is loaded when a run begins."""

    entry: ClassVar[str] = ""
    """Name of its entry point in the group `rumorlab.users`."""


OWN = (AccuracyPrompt, Prebunking)


def _class_rules() -> tuple[type[UserRule], ...]:
    """Return a kind for each subclass of User that an installed package brings, without loading it."""
    made = []
    for name in names_in(USERS):
        if name in {rule.model_fields["kind"].default for rule in OWN}:
            raise InputError(f"plug-in '{name}' ({USERS}): this kind is there already; give another name")
        kind: Any = (Literal[name], param(name, "name of this rule", unit="word"))
        rule = create_model(f"UserClass_{name}", __base__=UserClassRule, __doc__=UserClassRule.__doc__, kind=kind)
        rule.entry = name
        made.append(rule)
    return tuple(made)


if TYPE_CHECKING:
    Rule = UserRule
else:
    Rule = Annotated[Union[kinds_of(RULES, UserRule, (*OWN, *_class_rules()))], Field(discriminator="kind")]  # noqa: UP007
    """Rules of users by kind: those that come with Rumorlab, and those of other packages."""
