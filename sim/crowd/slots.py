"""Slots of a compiled run: an item in one venue or direct chat, made from the columns of posts when asked for."""

from typing import TYPE_CHECKING

from sim.vocabulary import BLOCKED, CORRECTED, DIRECT_KEY, DOWNRANKED, FRICTION, LABELLED, RESTRICTED
from sim.world.posts import CHANNEL, DIRECT, GROUP, NEVER, SECRET, Slot
from sim.world.sendings import CASE_OPEN, CLEARED, IN_SECRET, LIVE, Posts

if TYPE_CHECKING:
    from sim.crowd.column_state import ColumnState

_MARKS = LABELLED | DOWNRANKED | FRICTION | RESTRICTED | BLOCKED | CORRECTED


def slots_in(crowd: "ColumnState", venue: int) -> dict[int, Slot]:
    """Return the slots of the items that were ever posted in a venue, by item."""
    posts, sending = crowd.posts.rows, int(crowd.newest[venue])
    intervals: dict[int, list[int]] = {}
    while sending >= 0:
        intervals.setdefault(int(posts.hot["item"][sending]), []).append(sending)
        sending = int(posts.next_of_venue[sending])
    found, now = {}, crowd.members.now
    for item, sendings in reversed(intervals.items()):
        kind = CHANNEL if venue < crowd.rules.channels else GROUP
        slot = Slot(item, venue, NEVER, kind, bool(now.private[venue]))
        for one in reversed(sendings):
            _add(slot, posts, one, int(posts.hot["first"][one]))
        slot.rows += _echoes(posts, sendings[0])
        found[item] = slot
    return found


def slot_of_message(posts: Posts, post: int) -> Slot:
    """Return the slot of a direct message: it has no other post."""
    sending = int(posts.of[post])
    kind = SECRET if posts.flags[post] & IN_SECRET else DIRECT
    place = DIRECT_KEY + int(posts.hot["author"][sending])
    slot = Slot(int(posts.hot["item"][sending]), place, int(posts.to[post]) - 1, kind, True)
    _add(slot, posts, sending, post)
    return slot


def _add(slot: Slot, posts: Posts, sending: int, post: int) -> None:
    """Add the interval that a post has begun."""
    flags = int(posts.flags[post])
    slot.open(int(posts.hot["tick"][sending]), post)
    slot.until = int(posts.hot["until"][sending])
    slot.case_open, slot.cleared, slot.marks = bool(flags & CASE_OPEN), bool(flags & CLEARED), flags & _MARKS
    if not flags & LIVE:
        slot.close(int(posts.seen["removed"][post]) - 1)


def _echoes(posts: Posts, sending: int) -> list[int]:
    echo, numbers = int(posts.next_echo[sending]) - 1, []
    while echo >= 0:
        numbers.append(int(posts.hot["first"][echo]))
        echo = int(posts.next_echo[echo]) - 1
    return sorted(numbers)


class SlotsNow:
    """The slots of posts at one moment; each is made once."""

    def __init__(self, crowd: "ColumnState") -> None:
        self._crowd = crowd
        self._of_venue: dict[int, dict[int, Slot]] = {}
        self._messages: dict[int, Slot] = {}

    def of(self, posts: Posts, post: int) -> Slot:
        """Return the slot of a post."""
        sending = int(posts.of[post])
        venue = int(posts.hot["venue"][sending])
        if venue < 0:
            if post not in self._messages:
                self._messages[post] = slot_of_message(posts, post)
            return self._messages[post]
        if venue not in self._of_venue:
            self._of_venue[venue] = slots_in(self._crowd, venue)
        return self._of_venue[venue][int(posts.hot["item"][sending])]

    @staticmethod
    def interval(posts: Posts, post: int) -> int:
        """Return the how-manieth interval of its slot a post has begun."""
        number, earlier = 1, int(posts.previous[posts.of[post]])
        while earlier:
            number, earlier = number + 1, int(posts.previous[earlier - 1])
        return number
