"""What both forms of the crowd offer to the model and to the tables."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sim.phases import Phase

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]
Form = Literal["agents", "compiled"]
Wish = Literal["agents", "compiled", "auto"]
"""auto: compiled, unless something needs agents."""


class Crowd(Protocol):
    """Users, what they read and decide, and the posts that come of it."""

    name: Form
    views_out: Callable[[int, Numbers], None] | None
    """Where readers over time go if they are not kept: a tick; its posts, their views, their new readers (3, n)."""

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

    def readers_of_topics(self) -> NDArray[np.bool_]:
        """Return who is now a member of a venue about each topic, shape (users, topics)."""

    # What the mover asks, once a day

    def recent_sanctions(self) -> Ints:
        """Return the strikes and bans since it was asked last, rows as of `sanction_rows`, in canonical order."""

    def out(self) -> NDArray[np.bool_]:
        """Return who can neither read nor post on the platform now: banned, suspended, or locked out."""

    def locked(self) -> NDArray[np.bool_]:
        """Return whom a block keeps from the platform."""

    def set_locked(self, users: Ints, on: bool) -> None:
        """Keep users from the platform, or let them in."""

    def set_away(self, users: Ints, on: bool) -> None:
        """Turn the attention of users to other platforms alone, or to all."""

    def set_gone(self, users: Ints) -> None:
        """Take users off all platforms for good: they neither read nor post anywhere."""

    def gone(self) -> NDArray[np.bool_]:
        """Return who was taken off all platforms."""

    def ban(self, users: Ints, wrong: NDArray[np.bool_]) -> None:
        """Ban users who are not banned yet, for what they are and not for a post; `wrong`: they are not."""

    def reinstate(self, users: Ints) -> None:
        """Let banned users in again, without their strikes."""

    def renew(self, users: Ints) -> None:
        """Let beliefs be as at the start: others have taken the places of these users."""

    def open_venues(self) -> NDArray[np.bool_]:
        """Return which venues are open."""

    def members_of(self, venue: int) -> NDArray[np.int32]:
        """Return who is in a venue, or was when it was banned; sorted."""

    def open_venue(self, venue: int) -> None:
        """Open a venue that was kept for later; it has no members yet."""

    def succeed(self, venue: int) -> None:
        """Open a new venue in the place of a banned one: with those who were in it, and without strikes."""

    def take_in(self, venues: NDArray[np.int32], users: NDArray[np.int32], tick: int) -> None:
        """Let users join venues, pair by pair in this order; who has left one, or is there, is passed over."""

    def strikes(self) -> Ints:
        """Return everybody's strikes."""

    def banned(self) -> NDArray[np.bool_]:
        """Return who is banned."""

    def item_counts(self) -> Numbers:
        """Return what was counted of each item, shape (items, measures)."""

    def post_columns(self) -> dict[str, NDArray[Any]]:
        """Return all posts in canonical order, as columns named like PostLog.COLUMNS, of whole numbers of any width."""

    def view_columns(self) -> dict[str, Numbers]:
        """Return post, tick, views and new_readers where there were any, in the order of tick and post."""

    def case_rows(self) -> Ints:
        """Return the cases in canonical order, 12 columns as in outcomes.tables.cases."""

    def sanction_rows(self) -> Ints:
        """Return (tick, sanction, user or venue, subject, wrong) in canonical order."""

    def venues_at_end(self) -> dict[str, Ints]:
        """Return members_at_end, strikes and banned_at of all venues."""
