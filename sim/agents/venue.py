"""Venues: channels (one-way) and groups (many-to-many, capped)."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.agents.base import SocietyAgent
from sim.world.posts import CHANNEL, GROUP, NEVER, Slot

if TYPE_CHECKING:
    from sim.agents.user import User
    from sim.model import Society


class Venue(SocietyAgent):
    """A place where posts are read by its members."""

    model: "Society"
    is_channel = False
    kind = GROUP

    def __init__(self, model: "Society", number: int) -> None:
        super().__init__(model)
        table = model.world.venues
        self.number = number
        self.topic = int(table.topic[number])
        self.country = int(table.country[number])
        self.owner = int(table.owner[number])
        self.private = bool(table.private[number])
        self.history = bool(table.history[number])
        """Whether a late joiner sees older posts."""
        self.traffic = int(table.traffic[number])
        """Ordinary posts, in thousandths a day."""
        self.since: dict[int, int] = dict.fromkeys(table.members(number).tolist(), NEVER)
        """Tick of joining, by member; -1 for those who were there at the start."""
        self.active = bool(table.generation[number] == 0)
        self.strikes = 0
        self.banned = NEVER
        self.last_members: list[int] = []
        """Who was in it when it was banned, while it is."""
        self._since_before: dict[int, int] = {}
        self.slots: dict[int, Slot] = {}
        """Slots of the items that were ever posted here, by item."""
        self._columns: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None

    @property
    def members_at_end(self) -> int:
        """Members now, or when the venue was banned."""
        return len(self.since) if self.active else len(self.last_members)

    def close(self, tick: int) -> None:
        """Ban the venue: nobody is in it any more."""
        self.last_members, self._since_before = sorted(self.since), dict(self.since)
        self.active, self.banned = False, tick
        for number in sorted(self.since):
            self.leave(self.model.users[number])

    def succeed(self) -> None:
        """Open a new venue in the place of this banned one: those who were in it are in, and it has no strikes."""
        self.active, self.strikes, self.since, self.last_members = True, 0, self._since_before, []
        self._columns = None
        for number in sorted(self.since):
            user = self.model.users[number]
            user.left.discard(self.number)
            user.enter(self)

    def may_post(self, user: "User") -> bool:
        """Whether a user can post here."""
        return self.active and user.number in self.since

    @property
    def cap(self) -> int:
        """Most members."""
        return 1 << 60

    def join(self, user: "User", tick: int) -> bool:
        """Take a user in from the next tick; False if the venue is full or closed."""
        if not self.active or user.number in self.since or len(self.since) >= self.cap:
            return False
        self.since[user.number] = tick
        self._columns = None
        platform = int(self.model.platform_of[self.number])
        if platform:
            self.model.accounts[user.number] |= np.uint8(1 << platform)
        user.enter(self)
        return True

    def leave(self, user: "User") -> None:
        """Let a member go."""
        del self.since[user.number]
        self._columns = None
        user.exit(self)

    def members(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the members' numbers, sorted, and since which tick each is in."""
        if self._columns is None:
            numbers = sorted(self.since)
            self._columns = (
                np.array(numbers, dtype=np.int64),
                np.array([self.since[n] for n in numbers], dtype=np.int64),
            )
        return self._columns


class Channel(Venue):
    """A one-way feed: the owner posts, subscribers read; no cap."""

    is_channel = True
    kind = CHANNEL

    def may_post(self, user: "User") -> bool:
        """Whether a user can post here: the owner alone."""
        return self.active and user.number == self.owner


class Group(Venue):
    """A many-to-many chat with a cap on its members."""

    @property
    def cap(self) -> int:
        """Most members."""
        return self.model.group_caps[int(self.model.platform_of[self.number])]
