"""What the mover asks of users as agents: who is out, and to let people and places in or keep them out."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.agents.enforcer import USER_BANNED
from sim.agents.user import User

if TYPE_CHECKING:
    from sim.model import Society

Ints = NDArray[np.int64]


class AgentMoves:
    """The part of a crowd of agents that people and places are moved by."""

    model: "Society"
    users: list[User]
    _told = 0
    """Sanctions of which the mover knows."""

    def recent_sanctions(self) -> Ints:
        """Return the strikes and bans since it was asked last, in canonical order."""
        sanctions = self.model.platform.enforcer.sanctions
        begin, self._told = self._told, len(sanctions)
        return np.array(sorted(sanctions[begin:]), dtype=np.int64).reshape(-1, 5)

    def out(self) -> NDArray[np.bool_]:
        """Return who can neither read nor post on the platform now."""
        return np.array([not u.active for u in self.users], dtype=np.bool_)

    def locked(self) -> NDArray[np.bool_]:
        """Return whom a block keeps from the platform."""
        return np.array([user.locked for user in self.users], dtype=np.bool_)

    def set_locked(self, users: Ints, on: bool) -> None:
        """Keep users from the platform, or let them in."""
        for number in users.tolist():
            self.users[number].locked = on

    def set_away(self, users: Ints, on: bool) -> None:
        """Turn the attention of users to other platforms alone, or to all."""
        for number in users.tolist():
            self.users[number].away = on
            self.users[number].attend()

    def set_gone(self, users: Ints) -> None:
        """Take users off all platforms for good."""
        for number in users.tolist():
            self.users[number].gone = True

    def gone(self) -> NDArray[np.bool_]:
        """Return who was taken off all platforms."""
        return np.array([user.gone for user in self.users], dtype=np.bool_)

    def ban(self, users: Ints, wrong: NDArray[np.bool_]) -> None:
        """Ban users for what they are."""
        sanctions = self.model.platform.enforcer.sanctions
        for number, mistaken in zip(users.tolist(), wrong.tolist(), strict=True):
            self.users[number].banned = True
            sanctions.append((self.model.tick, USER_BANNED, number, 0, int(mistaken)))

    def reinstate(self, users: Ints) -> None:
        """Let banned users in again, without their strikes."""
        for number in users.tolist():
            self.users[number].banned, self.users[number].strikes = False, 0

    def renew(self, users: Ints) -> None:
        """Let beliefs be as at the start: others have taken the places of these users."""
        for number in users.tolist():
            self.users[number].belief = self.model.world.people.belief[number].tolist()

    def open_venues(self) -> NDArray[np.bool_]:
        """Return which venues are open."""
        return np.array([venue.active for venue in self.model.venues], dtype=np.bool_)

    def members_of(self, venue: int) -> NDArray[np.int32]:
        """Return who is in a venue, or was when it was banned; sorted."""
        place = self.model.venues[venue]
        return np.array(sorted(place.since if place.active else place.last_members), dtype=np.int32)

    def open_venue(self, venue: int) -> None:
        """Open a venue that was kept for later."""
        self.model.venues[venue].active = True

    def succeed(self, venue: int) -> None:
        """Open a new venue in the place of a banned one, with those who were in it."""
        self.model.venues[venue].succeed()
