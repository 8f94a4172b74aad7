"""What a compiled run tells of itself: counts, beliefs, and the tables of posts, cases and sanctions."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.crowd.columns.sights import Sights, all_sights
from sim.crowd.columns.state import ItemColumns, Persons, Rules
from sim.vocabulary import DIRECT_KEY, MEASURES
from sim.world.columns import BANNED, Membership, mark_readers
from sim.world.people import INTEREST
from sim.world.posts import PostLog
from sim.world.sendings import COPIED, ECHO, PostColumns

if TYPE_CHECKING:
    from sim.crowd.desk import Desk
    from sim.model import Society

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]


class ColumnTables:
    """The part of a compiled crowd that others ask; the state is the crowd's."""

    model: "Society"
    posts: PostColumns
    persons: Persons
    members: Membership
    items: ItemColumns
    sights: Sights
    rules: Rules
    desk: "Desk"
    claims: dict[int, NDArray[np.int8]]
    """What everybody holds of each claim that contacts talk about, by item."""
    exposures: int
    view_batches: list[tuple[int, Numbers]]
    """Tick; posts, their views, their new readers."""
    _readers: tuple[int, Ints, NDArray[np.int32], NDArray[np.int32]] | None = None
    """Exposures so far when the readers were gathered; where those of each item begin; readers; their sights."""

    @property
    def posts_made(self) -> int:
        """Posts and echoes so far."""
        return self.posts.count

    @property
    def live_posts(self) -> int:
        """Posts that are up."""
        return int(self.members.now.fill[2])

    @property
    def belief(self) -> NDArray[np.float32]:
        """Beliefs now, shape (users, topics)."""
        topics = len(self.model.config.topics)
        return self.persons.rows[:, INTEREST + topics : INTEREST + 2 * topics]

    @property
    def openness(self) -> NDArray[np.float64]:
        """Share of what reaches each user that she can notice, to look at."""
        column = self.persons.openness.view()
        column.flags.writeable = False
        return column

    def believers(self, topic: int) -> int:
        """Return how many users hold a belief at or above the threshold."""
        return int((self.belief[:, topic] >= self.rules.believer_at).sum())

    def belief_millionths(self, topic: int) -> int:
        """Return the sum of all beliefs in a topic, each cut to whole millionths."""
        return int((self.belief[:, topic].astype(np.float64) * 1_000_000.0).astype(np.int64).sum())

    def beliefs(self, topic: int) -> NDArray[np.float64]:
        """Return everybody's belief in a topic now."""
        return self.belief[:, topic].astype(np.float64)

    def sights_by_reader(self, item: int) -> Ints:
        """Return who has seen an item and how often, shape (readers, 2), sorted."""
        if self._readers is None or self._readers[0] != self.exposures:
            self._readers = (self.exposures, *all_sights(self.sights, len(self.model.items)))
        _, first, users, numbers = self._readers
        mine = slice(first[item], first[item + 1])
        return np.column_stack([users[mine], numbers[mine]]).astype(np.int64)

    def holders(self, item: int) -> NDArray[np.int8]:
        """Return what everybody holds of a contested claim; empty if nobody talks about the item."""
        return self.claims.get(item, np.zeros(0, dtype=np.int8))

    def strikes(self) -> Ints:
        """Return everybody's strikes."""
        return self.persons.strikes.astype(np.int64)

    def banned(self) -> NDArray[np.bool_]:
        """Return who is banned."""
        return self.persons.status & BANNED > 0

    def readers_of_topics(self) -> NDArray[np.bool_]:
        """Return who is now a member of a venue about each topic, shape (users, topics)."""
        reads = np.zeros((len(self.persons.status), len(self.model.config.topics)), dtype=np.bool_)
        mark_readers(self.members.now, self.persons.status, reads)
        return reads

    def item_counts(self) -> Numbers:
        """Return what was counted of each item, shape (items, measures)."""
        counts = self.items.counts.copy()
        counts[:, MEASURES.index("illegal_views")] += self.items.hot["illegal_views"]
        return counts

    def post_columns(self) -> dict[str, NDArray[Any]]:
        """Return all posts in canonical order, which is that of their numbers."""
        names = ("item", "author", "receiver", "kind", "tick", "parent", "hops", "source", "views", "new_readers")
        columns: dict[str, NDArray[Any]] = {
            name: np.ascontiguousarray(self.posts.column(name), dtype=np.int32) for name in (*names, "removed")
        }
        venue, flags = self.posts.column("venue"), self.posts.column("flags")
        columns["place"] = np.where(venue >= 0, venue, np.int64(DIRECT_KEY) + columns["author"])
        columns["copied"] = flags & COPIED > 0
        columns["echo"] = flags & ECHO > 0
        return {name: columns[name] for name in PostLog.COLUMNS}

    def view_columns(self) -> dict[str, Numbers]:
        """Return post, tick, views and new_readers where there were any, in the order of tick and post."""
        batches = [batch for _, batch in self.view_batches]
        rows = np.concatenate([np.zeros((3, 0), dtype=np.int32), *batches], axis=1)
        ticks = np.array([tick for tick, _ in self.view_batches], dtype=np.int32)
        tick = np.repeat(ticks, [batch.shape[1] for batch in batches])
        return {"post": rows[0], "tick": tick, "views": rows[1], "new_readers": rows[2]}

    def case_rows(self) -> Ints:
        """Return the cases in canonical order."""
        return self.desk.case_rows()

    def sanction_rows(self) -> Ints:
        """Return strikes and bans in canonical order."""
        return self.desk.sanction_rows()

    def venues_at_end(self) -> dict[str, Ints]:
        """Return members_at_end, strikes and banned_at of all venues."""
        now = self.members.now
        columns: dict[str, NDArray[Any]] = {
            "members_at_end": now.count,
            "strikes": now.strikes,
            "banned_at": now.banned,
        }
        return {name: column.astype(np.int64) for name, column in columns.items()}
