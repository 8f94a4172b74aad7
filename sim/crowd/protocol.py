"""What both forms of the crowd offer to the model and to the tables."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sim.phases import Phase

Ints = NDArray[np.int64]
Form = Literal["agents", "compiled"]
Wish = Literal["agents", "compiled", "auto"]
"""auto: compiled, unless something needs agents."""


class Crowd(Protocol):
    """Users, what they read and decide, and the posts that come of it."""

    name: Form
    views_out: Callable[[Ints], None] | None
    """Where readers over time go, tick by tick, if they are not kept until the end; rows as of `view_rows`."""

    def adopt_policy(self) -> None:
        """Go by the policy that the platform has just put in force."""

    def carry_out(self, phase: "Phase") -> None:
        """Carry out one phase of the present tick."""

    def believers(self, topic: int) -> int:
        """Return how many users hold a belief in a topic at or above the threshold."""

    def belief_millionths(self, topic: int) -> int:
        """Return the sum of all beliefs in a topic, each cut to whole millionths, so that order is no matter."""

    @property
    def posts_made(self) -> int:
        """Return how many posts and echoes there have been."""

    @property
    def live_posts(self) -> int:
        """Return how many posts are up."""

    @property
    def exposures(self) -> int:
        """Return how many exposures there have been."""

    def beliefs(self, topic: int) -> NDArray[np.float64]:
        """Return everybody's belief in a topic now."""

    def sights_by_reader(self, item: int) -> Ints:
        """Return who has seen an item and how often, shape (readers, 2), sorted."""

    def holders(self, item: int) -> NDArray[np.int8]:
        """Return what everybody holds of a contested claim (rules.talk); empty if nobody talks about the item."""

    def strikes(self) -> Ints:
        """Return everybody's strikes."""

    def banned(self) -> NDArray[np.bool_]:
        """Return who is banned."""

    def item_counts(self) -> Ints:
        """Return what was counted of each item, shape (items, measures)."""

    def post_columns(self) -> dict[str, Ints]:
        """Return all posts in canonical order, as columns named like PostLog.COLUMNS."""

    def view_rows(self) -> Ints:
        """Return (post, tick, views, new readers) where not zero, in the order of tick and post."""

    def case_rows(self) -> Ints:
        """Return the cases in canonical order, 12 columns as in outcomes.tables.cases."""

    def sanction_rows(self) -> Ints:
        """Return (tick, sanction, user or venue, subject, wrong) in canonical order."""

    def venues_at_end(self) -> dict[str, Ints]:
        """Return members_at_end, strikes and banned_at of all venues."""
