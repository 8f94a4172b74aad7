"""What the mover asks of a compiled run: who is out, and to let people and places in or keep them out."""

import numpy as np
from numpy.typing import NDArray

from sim.agents.enforcer import USER_BANNED
from sim.crowd.column_state import ColumnState
from sim.crowd.columns import moving
from sim.crowd.columns.calendar import room_for
from sim.world.columns import AWAY, BANNED, GONE, LOCKED, OUT, members_now

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]


class ColumnMoves(ColumnState):
    """The part of a compiled crowd that people and places are moved by."""

    def recent_sanctions(self) -> Ints:
        """Return the strikes and bans since it was asked last, in canonical order."""
        begin, self._told = self._told, len(self.desk.sanctions)
        rows = np.concatenate([np.zeros((0, 5), dtype=np.int64), *self.desk.sanctions[begin:]])
        return rows[np.lexsort(rows.T[::-1])]

    def out(self) -> NDArray[np.bool_]:
        """Return who can neither read nor post on the platform now."""
        return self.persons.status & OUT > 0

    def locked(self) -> NDArray[np.bool_]:
        """Return whom a block keeps from the platform."""
        return self.persons.status & LOCKED > 0

    def set_locked(self, users: Ints, on: bool) -> None:
        """Keep users from the platform, or let them in."""
        self._mark(users, LOCKED, on)

    def set_away(self, users: Ints, on: bool) -> None:
        """Turn the attention of users to other platforms alone, or to all."""
        self._mark(users, AWAY, on)
        moving.attend_all(self.persons, users)

    def _mark(self, users: Ints, flag: int, on: bool) -> None:
        status = self.persons.status
        status[users] = status[users] | np.uint8(flag) if on else status[users] & ~np.uint8(flag)

    def set_gone(self, users: Ints) -> None:
        """Take users off all platforms for good."""
        self._mark(users, GONE, on=True)

    def gone(self) -> NDArray[np.bool_]:
        """Return who was taken off all platforms."""
        return self.persons.status & GONE > 0

    def ban(self, users: Ints, wrong: NDArray[np.bool_]) -> None:
        """Ban users for what they are."""
        self._mark(users, BANNED, on=True)
        rows = np.zeros((len(users), 5), dtype=np.int64)
        rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 4] = self.model.tick, USER_BANNED, users, wrong
        if len(rows):
            self.desk.sanctions.append(rows)
            self.desk.sanction_count += len(rows)

    def reinstate(self, users: Ints) -> None:
        """Let banned users in again, without their strikes."""
        self._mark(users, BANNED, on=False)
        self.persons.strikes[users] = 0

    def renew(self, users: Ints) -> None:
        """Let beliefs be as at the start: others have taken the places of these users."""
        self.belief[users] = self.model.world.people.belief[users]

    def open_venues(self) -> NDArray[np.bool_]:
        """Return which venues are open."""
        return self.members.now.active > 0

    def members_of(self, venue: int) -> NDArray[np.int32]:
        """Return who is in a venue, or was when it was banned; sorted."""
        found: NDArray[np.int32] = members_now(self.members.now, self.persons.status, venue)
        return found

    def open_venue(self, venue: int) -> None:
        """Open a venue that was kept for later."""
        self.members.now.active[venue] = 1

    def succeed(self, venue: int) -> None:
        """Open a new venue in the place of a banned one, with those who were in it."""
        moving.succeed_venue(venue, self.members.now, self.persons)

    def take_in(self, venues: Numbers, users: Numbers, tick: int) -> None:
        """Let users join venues, pair by pair in this order."""
        members = self.members.reserve(len(venues), 0)
        self.calendar = room_for(self.calendar, int(members.live[venues].sum()))
        moving.join(
            venues,
            users,
            tick,
            self.newest,
            self.posts.rows,
            members,
            self.persons,
            self.items,
            self.rules,
            self.streams,
            self.clock,
            self.calendar,
        )
