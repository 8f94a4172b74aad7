"""What the terms of a policy come to: numbers by class that both crowds read."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.scenario.moderation import Treatment
from sim.scenario.policy import Policy
from sim.scenario.scenario import Scenario
from sim.vocabulary import BLOCKED, CLASSES, CORRECTED, DOWNRANKED, FRICTION, LABELLED, RESTRICTED

REMOVE, EVERY_COPY, STRIKE, NAMED = (1 << bit for bit in range(4))
"""What is done beside the marks; NAMED: the class stands in the terms at all."""
_MARKS = {
    "label": LABELLED,
    "downrank": DOWNRANKED,
    "friction": FRICTION,
    "restrict": RESTRICTED,
    "geo-block": BLOCKED,
    "correct": CORRECTED,
}


def deeds_of(treatment: Treatment | None) -> tuple[int, int]:
    """Return what a treatment does, and the marks that it leaves on a post."""
    if treatment is None:
        return 0, 0
    deeds = NAMED | (EVERY_COPY if treatment.scope == "every-copy" else 0) | (STRIKE if treatment.strike else 0)
    deeds |= REMOVE if "remove" in treatment.actions else 0
    marks = 0
    for action in treatment.actions:
        marks |= _MARKS.get(action, 0)
    return deeds, marks


@dataclass(frozen=True)
class Terms:
    """By position of the class: what is done, and what an order of an authority does."""

    deeds: list[int]
    marks: list[int]
    treated: list[int]
    """Positions of the classes that the terms name."""
    order: tuple[int, int]
    """What an order that is obeyed does, and the marks that it leaves."""
    ordered: list[bool]
    """Classes that orders are about."""
    severity: list[int]
    """Harm of a view, in thousandths."""
    barred: NDArray[np.bool_]
    """Whether a blocked post is hidden, shape (countries, classes): where its class is illegal. Where no geo-block is
    about its class, it was taken for another: it is hidden wherever one of those is illegal."""

    @property
    def by_item(self) -> list[bool]:
        """Whether one clock holds for a whole item, by class and for ordinary posts."""
        return [bool(deeds & EVERY_COPY) for deeds in self.deeds] + [False]

    @classmethod
    def of(cls, scenario: Scenario, policy: Policy) -> "Terms":
        """Work out the terms of a policy."""
        made = [deeds_of(policy.terms.get(c)) for c in CLASSES]  # type: ignore[call-overload]
        orders = policy.moderation.orders
        ordered = [orders.recall.get(c, 0.0) > 0.0 for c in CLASSES]  # type: ignore[call-overload]
        order = deeds_of(orders.does)
        illegal = np.array([[c in country.illegal for c in CLASSES] for country in scenario.world.countries.values()])
        about = np.array(
            [
                bool(marks & BLOCKED) or (named and bool(order[1] & BLOCKED))
                for (_, marks), named in zip(made, ordered, strict=True)
            ]
        )
        elsewhere = illegal[:, about].any(axis=1, keepdims=True)
        return cls(
            deeds=[deeds for deeds, _ in made],
            marks=[marks for _, marks in made],
            treated=[i for i, (deeds, _) in enumerate(made) if deeds],
            order=order,
            ordered=ordered,
            severity=[int(weight * 1000.0) for weight in scenario.content.weights()],
            barred=np.where(about[None, :], illegal, elsewhere),
        )
