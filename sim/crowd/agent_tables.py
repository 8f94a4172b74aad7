"""What users as agents tell of themselves: counts, beliefs, and the tables of posts, cases and sanctions."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.agents.user import User
from sim.vocabulary import MEASURES
from sim.world.posts import PostLog

if TYPE_CHECKING:
    from sim.model import Society

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]


class AgentTables:
    """The part of a crowd of agents that others ask."""

    model: "Society"
    users: list[User]
    claims: dict[int, NDArray[np.int8]]
    """What everybody holds of each claim that contacts talk about, by item."""

    def believers(self, topic: int) -> int:
        """Return how many users hold a belief at or above the threshold."""
        threshold = self.model.config.behaviour.believer_at
        return sum(user.belief[topic] >= threshold for user in self.users)

    def belief_millionths(self, topic: int) -> int:
        """Return the sum of all beliefs in a topic, each cut to whole millionths, so that order is no matter."""
        return sum(int(user.belief[topic] * 1_000_000.0) for user in self.users)

    @property
    def posts_made(self) -> int:
        """Posts and echoes so far."""
        return len(self.model.posts)

    @property
    def live_posts(self) -> int:
        """Posts that are up."""
        return self.model.live_posts

    @property
    def exposures(self) -> int:
        """Exposures so far."""
        return sum(row[2] for row in self.model.view_rows)

    def beliefs(self, topic: int) -> NDArray[np.float64]:
        """Return everybody's belief in a topic now."""
        return np.array([user.belief[topic] for user in self.users])

    def sights_by_reader(self, item: int) -> Ints:
        """Return who has seen an item and how often, shape (readers, 2), sorted."""
        return np.array([(u.number, u.seen[item]) for u in self.users if item in u.seen], dtype=np.int64).reshape(-1, 2)

    def holders(self, item: int) -> NDArray[np.int8]:
        """Return what everybody holds of a contested claim; empty if nobody talks about the item."""
        return self.claims.get(item, np.zeros(0, dtype=np.int8))

    def strikes(self) -> Ints:
        """Return everybody's strikes."""
        return np.array([user.strikes for user in self.users], dtype=np.int64)

    def banned(self) -> NDArray[np.bool_]:
        """Return who is banned."""
        return np.array([user.banned for user in self.users])

    def item_counts(self) -> Numbers:
        """Return what was counted of each item, shape (items, measures)."""
        rows = [list(counts.values()) for counts in self.model.item_counts]
        return np.array(rows, dtype=np.int32).reshape(-1, len(MEASURES))

    def readers_of_topics(self) -> NDArray[np.bool_]:
        """Return who is now a member of a venue about each topic, shape (users, topics)."""
        reads = np.zeros((len(self.users), len(self.model.config.topics)), dtype=np.bool_)
        for user in self.users:
            for venue in user.venues.values():
                reads[user.number, venue.topic] = True
        return reads

    def _posts_in_order(self) -> tuple[dict[str, Ints], Ints]:
        log = self.model.posts
        raw = {name: np.array(getattr(log, name), dtype=np.int64) for name in PostLog.COLUMNS}
        order = np.lexsort((raw["author"], raw["receiver"], raw["place"], raw["item"], raw["tick"]))
        number = np.empty(len(order), dtype=np.int64)
        number[order] = np.arange(len(order))
        return {name: column[order] for name, column in raw.items()}, number

    def post_columns(self) -> dict[str, Ints]:
        """Return all posts in canonical order with parents renumbered."""
        columns, number = self._posts_in_order()
        parents = columns["parent"]
        columns["parent"] = np.where(parents >= 0, number[parents], -1)
        return columns

    def view_columns(self) -> dict[str, Numbers]:
        """Return post, tick, views and new_readers where there were any, in the order of tick and post."""
        rows = np.array(self.model.view_rows, dtype=np.int64).reshape(-1, 4)
        if len(rows):
            rows[:, 0] = self._posts_in_order()[1][rows[:, 0]]
        columns = rows[np.lexsort((rows[:, 0], rows[:, 1]))].T.astype(np.int32)
        return dict(zip(("post", "tick", "views", "new_readers"), columns, strict=True))

    def case_rows(self) -> Ints:
        """Return the cases in canonical order."""
        rows = [
            (*c.order(), c.source, c.content, c.breach, c.author, c.generation, c.verdict, c.decided, c.acted)
            for c in self.model.platform.intake.cases
        ]
        return np.array(sorted(rows), dtype=np.int64).reshape(-1, 12)

    def sanction_rows(self) -> Ints:
        """Return strikes and bans in canonical order."""
        return np.array(sorted(self.model.platform.enforcer.sanctions), dtype=np.int64).reshape(-1, 5)

    def venues_at_end(self) -> dict[str, Ints]:
        """Return members_at_end, strikes and banned_at of all venues."""
        return {
            name: np.array([getattr(venue, attribute) for venue in self.model.venues], dtype=np.int64)
            for name, attribute in (
                ("members_at_end", "members_at_end"),
                ("strikes", "strikes"),
                ("banned_at", "banned"),
            )
        }
