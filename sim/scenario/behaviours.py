"""Rules of users by kind: those that come with Rumorlab, those of other packages, and classes of users."""

import re
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Union

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, create_model

from sim.errors import InputError
from sim.scenario.fields import Listed, Share, param
from sim.scenario.kinds import kinds, names_in
from sim.scenario.user_rules import RULES, USERS, Asked, UserRule
from sim.vocabulary import BELIEF_CLASSES, CLASSES, ContentClass


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
        title, about = f"UserClass_{re.sub('[^A-Za-z0-9]', '_', name)}", UserClassRule.__doc__
        rule = create_model(title, __base__=UserClassRule, __module__=__name__, __doc__=about, kind=kind)
        rule.entry = name
        globals()[title] = rule  # where a scenario that goes to a worker is looked up
        made.append(rule)
    return tuple(made)


if TYPE_CHECKING:
    Rule = UserRule
else:
    Rule = Annotated[Union[kinds(RULES, UserRule, (*OWN, *_class_rules()))], Field(discriminator="kind")]  # noqa: UP007
    """Rules of users by kind: those that come with Rumorlab, and those of other packages."""
