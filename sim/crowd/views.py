"""Users and venues of a compiled run, as objects made when asked for: to look at, not to change."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from sim.crowd.columns.sights import sights_of
from sim.world.columns import OUT, is_member, members_now
from sim.world.posts import CHANNEL, GROUP

if TYPE_CHECKING:
    from sim.crowd.column_state import ColumnState


class UserView:
    """One user of a compiled run."""

    def __init__(self, crowd: "ColumnState", number: int) -> None:
        self._crowd = crowd
        self.number = number

    @property
    def belief(self) -> list[float]:
        """Belief by topic now, in [0, 1]."""
        beliefs: list[float] = self._crowd.belief[self.number].tolist()
        return beliefs

    @property
    def openness(self) -> float:
        """Share of what reaches her that she can notice."""
        return float(self._crowd.persons.openness[self.number])

    @property
    def active(self) -> bool:
        """Whether she can read and post: neither banned nor suspended now."""
        return not self._crowd.persons.status[self.number] & OUT

    @property
    def strikes(self) -> int:
        """Strikes so far."""
        return int(self._crowd.persons.strikes[self.number])

    def sights(self, item: int) -> int:
        """Return how often she has seen an item."""
        return int(sights_of(self._crowd.sights, item, self.number))

    def is_in(self, venue: int) -> bool:
        """Whether she is in a venue."""
        return bool(is_member(self._crowd.members.now, self._crowd.persons.status, venue, self.number))


class VenueView:
    """One channel or group of a compiled run."""

    def __init__(self, crowd: "ColumnState", number: int) -> None:
        self._crowd = crowd
        self.number = number

    @property
    def is_channel(self) -> bool:
        """Whether it is a one-way channel."""
        return self.number < self._crowd.rules.channels

    @property
    def kind(self) -> int:
        """Position in vocabulary.PLACES."""
        return CHANNEL if self.is_channel else GROUP

    @property
    def owner(self) -> int:
        """Number of the owner."""
        return int(self._crowd.members.now.owner[self.number])

    @property
    def active(self) -> bool:
        """Whether it is not banned."""
        return bool(self._crowd.members.now.active[self.number])

    def members(self) -> NDArray[np.int32]:
        """Return the numbers of those who are in it now, sorted."""
        crowd = self._crowd
        if not self.active:
            return np.zeros(0, dtype=np.int32)
        now: NDArray[np.int32] = members_now(crowd.members.now, crowd.persons.status, self.number)
        return now


V = TypeVar("V", UserView, VenueView)


class Views(Sequence[V], Generic[V]):
    """All users, or all venues, by number."""

    def __init__(self, crowd: "ColumnState", kind: Callable[["ColumnState", int], V], length: int) -> None:
        self._crowd, self._length = crowd, length
        self._kind: Callable[[ColumnState, int], V] = kind

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, number: int) -> V: ...

    @overload
    def __getitem__(self, number: slice) -> list[V]: ...

    def __getitem__(self, number: int | slice) -> V | list[V]:
        if isinstance(number, slice):
            return [self._kind(self._crowd, i) for i in range(*number.indices(self._length))]
        if not -self._length <= number < self._length:
            raise IndexError(f"there are {self._length:,} of them, no number {number}")
        return self._kind(self._crowd, number % self._length)

    def __iter__(self) -> Iterator[V]:
        return (self._kind(self._crowd, i) for i in range(self._length))
