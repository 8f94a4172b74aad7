"""A channel or group of a compiled run: an instance of Channel or Group whose attributes are read from columns."""

import numpy as np
from numpy.typing import NDArray

from sim.agents.user import User
from sim.agents.venue import Channel, Group
from sim.crowd.columns.looking import members_since
from sim.crowd.slots import slots_in
from sim.crowd.views import FixedDict, FixedList, View
from sim.world.columns import is_member
from sim.world.posts import NEVER, Slot

Ints = NDArray[np.int64]


class VenueColumns(View):
    """The attributes of Venue, from columns."""

    @property
    def unique_id(self) -> int:
        """Number among all agents of the run."""
        return 1 + self.number

    @property
    def topic(self) -> int:
        """Position of the topic."""
        return int(self._crowd.model.world.venues.topic[self.number])

    @property
    def country(self) -> int:
        """Position of the country."""
        return int(self._crowd.model.world.venues.country[self.number])

    @property
    def owner(self) -> int:
        """Number of the owner."""
        return int(self._crowd.members.now.owner[self.number])

    @property
    def private(self) -> bool:
        """Whether one comes in by invitation only."""
        return bool(self._crowd.members.now.private[self.number])

    @property
    def history(self) -> bool:
        """Whether a late joiner sees older posts."""
        return bool(self._crowd.members.now.history[self.number])

    @property
    def traffic(self) -> int:
        """Ordinary posts, in thousandths a day."""
        return int(self._crowd.members.now.traffic[self.number])

    @property
    def active(self) -> bool:
        """Whether it is open."""
        return bool(self._crowd.members.now.active[self.number])

    @property
    def strikes(self) -> int:
        """Strikes that count now."""
        return int(self._crowd.members.now.strikes[self.number])

    @property
    def banned(self) -> int:
        """Tick in which it was last banned; -1 if never."""
        return int(self._crowd.members.now.banned[self.number])

    # Members

    def _members(self) -> tuple[Ints, Ints]:
        crowd = self._crowd
        found: tuple[Ints, Ints] = members_since(crowd.members.now, crowd.persons.status, self.number)
        return found

    @property
    def since(self) -> dict[int, int]:
        """Tick of joining, by member; -1 for those who were there at the start."""
        numbers, since = self.members()
        return FixedDict(zip(numbers.tolist(), since.tolist(), strict=True))

    @property
    def last_members(self) -> list[int]:
        """Who was in it when it was banned, while it is."""
        return FixedList() if self.active or self.banned == NEVER else FixedList(self._members()[0].tolist())

    @property
    def members_at_end(self) -> int:
        """Members now, or when the venue was banned."""
        return int(self._crowd.members.now.count[self.number])

    def members(self) -> tuple[Ints, Ints]:
        """Return the members' numbers, sorted, and since which tick each is in."""
        if not self.active:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        return self._members()

    # Posts

    @property
    def slots(self) -> dict[int, Slot]:
        """Slots of the items that were ever posted here, by item; rows are numbers of posts in canonical order."""
        return FixedDict(slots_in(self._crowd, self.number))


class ChannelView(VenueColumns, Channel):
    """One channel of a compiled run."""


class GroupView(VenueColumns, Group):
    """One group of a compiled run."""

    def may_post(self, user: User) -> bool:
        """Whether a user can post here."""
        return bool(is_member(self._crowd.members.now, self._crowd.persons.status, self.number, user.number))
