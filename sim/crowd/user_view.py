"""A user of a compiled run: an instance of User whose attributes are read from columns."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.agents.user import User
from sim.crowd.columns.looking import find_all_passed, places_of
from sim.crowd.columns.passed import served_places
from sim.crowd.columns.sights import ITEM_BITS, LINE, MANY, MARK, sights_of
from sim.crowd.views import FixedDict, FixedList, FixedSet, View, view_class
from sim.scenario.people import Persona
from sim.vocabulary import DIRECT_KEY
from sim.world.columns import AWAY, BANNED, GONE, LOCKED
from sim.world.people import ATTENTION, CREDULITY, INTEREST, SHARING, TRUST

if TYPE_CHECKING:
    from sim.agents.decisions import Exposure
    from sim.agents.venue import Venue

Ints = NDArray[np.int64]


class UserColumns(View):
    """The attributes of User, from columns."""

    @property
    def unique_id(self) -> int:
        """Number among all agents of the run."""
        return 1 + len(self._crowd.venues) + self.number

    @property
    def country(self) -> int:
        """Position of the country."""
        return int(self._crowd.persons.country[self.number])

    @property
    def persona(self) -> Persona:
        """What kind of user she is."""
        persona: Persona = self._crowd.model.personas[self._crowd.persons.persona[self.number]]
        return persona

    @property
    def attention(self) -> float:
        """Posts noticed a day."""
        return float(self._crowd.persons.rows[self.number, ATTENTION])

    @property
    def level(self) -> int:
        """Level of activity (rules/delay.py)."""
        return int(self._crowd.model.world.people.level[self.number])

    @property
    def sharing(self) -> float:
        """Readiness to pass on."""
        return float(self._crowd.persons.rows[self.number, SHARING])

    @property
    def credulity(self) -> float:
        """How far an exposure moves her beliefs."""
        return float(self._crowd.persons.rows[self.number, CREDULITY])

    @property
    def trust(self) -> float:
        """Trust in the platform."""
        return float(self._crowd.persons.rows[self.number, TRUST])

    @property
    def belief(self) -> list[float]:
        """Belief by topic now, in [0, 1]."""
        topics = len(self._crowd.model.config.topics)
        return FixedList(self._crowd.persons.rows[self.number, INTEREST + topics : INTEREST + 2 * topics].tolist())

    @property
    def interest(self) -> list[float]:
        """Interest by topic, in [0, 1]."""
        topics = len(self._crowd.model.config.topics)
        return FixedList(self._crowd.persons.rows[self.number, INTEREST : INTEREST + topics].tolist())

    @property
    def contacts(self) -> Ints:
        """Numbers of her contacts, sorted."""
        contacts = self._crowd.model.world.contacts.of(self.number)
        contacts.flags.writeable = False
        return contacts

    # Places

    @property
    def venues(self) -> "dict[int, Venue]":
        """The venues in which she is, by number."""
        crowd = self._crowd
        venues, inside = places_of(crowd.members.now, crowd.persons.status, self.number)
        return FixedDict((number, crowd.venues[number]) for number in venues[inside].tolist())

    @property
    def left(self) -> set[int]:
        """Venues that she has left, or that were banned while she was in them."""
        venues, inside = places_of(self._crowd.members.now, self._crowd.persons.status, self.number)
        return FixedSet(venues[~inside].tolist())

    @property
    def traffic(self) -> int:
        """Ordinary posts that reach her, in thousandths a day."""
        return int(self._crowd.persons.traffic[self.number])

    @property
    def elsewhere(self) -> int:
        """The part of it that is of other platforms."""
        column = self._crowd.persons.elsewhere
        return int(column[self.number]) if len(column) else 0

    @property
    def openness(self) -> float:
        """Share of what reaches her that she can notice."""
        return float(self._crowd.persons.openness[self.number])

    @property
    def _targets(self) -> tuple[Ints, NDArray[np.float64]]:
        """What `reach` would otherwise keep from one time to the next."""
        crowd, persona = self._crowd, self.persona
        own: list[int] = [number for number, venue in self.venues.items() if venue.may_post(self)]  # type: ignore[arg-type]
        chances = [persona.to_channels if number < crowd.rules.channels else persona.to_groups for number in own]
        contacts = self.contacts
        keys = np.concatenate([np.array(own, dtype=np.int64), DIRECT_KEY + contacts])
        return keys, np.concatenate([np.array(chances), np.full(len(contacts), persona.to_contacts)])

    # Standing

    def _is(self, flag: int) -> bool:
        return bool(self._crowd.persons.status[self.number] & flag)

    @property
    def banned(self) -> bool:
        """Whether she is banned."""
        return self._is(BANNED)

    @property
    def locked(self) -> bool:
        """Whether a block keeps her from the platform."""
        return self._is(LOCKED)

    @property
    def gone(self) -> bool:
        """Whether she was taken off all platforms for good."""
        return self._is(GONE)

    @property
    def away(self) -> bool:
        """Whether her attention is with other platforms."""
        return self._is(AWAY)

    @property
    def suspended_until(self) -> int:
        """Last tick of her latest suspension."""
        return int(self._crowd.persons.suspended_until[self.number])

    @property
    def strikes(self) -> int:
        """Strikes that count now."""
        return int(self._crowd.persons.strikes[self.number])

    @property
    def active(self) -> bool:
        """Whether she can read and post: neither banned, nor locked out, nor suspended now."""
        persons, number = self._crowd.persons, self.number
        if persons.status[number] & (BANNED | LOCKED | GONE):
            return False
        return bool(persons.suspended_until[number] < self._crowd.model.tick)

    # Items

    def _entries(self) -> NDArray[np.uint32]:
        """Return what her table of sights holds (columns.sights)."""
        sights, number = self._crowd.sights, self.number
        begin, fill = sights.table[number].tolist()
        if not fill:
            return sights.pool[:0]
        entries: NDArray[np.uint32] = sights.pool[begin * LINE : begin * LINE + (1 << (fill & 31))]
        found: NDArray[np.uint32] = entries[entries != 0]
        return found

    @property
    def seen(self) -> dict[int, int]:
        """Exposures so far, by item."""
        entries = self._entries()
        entries = entries[entries & MANY > 0]
        items, times = (entries >> ITEM_BITS).tolist(), (entries & MANY).tolist()
        return FixedDict(
            (item, n if n < MANY else int(sights_of(self._crowd.sights, item, self.number)))
            for item, n in zip(items, times, strict=True)
        )

    def _marked(self) -> tuple[list[int], list[int]]:
        """Return the items that she has begun or passed on, and where she and each stand in `passed`, or -1."""
        entries = self._entries()
        items = (entries[entries & MARK > 0] >> ITEM_BITS).astype(np.int64)
        return items.tolist(), find_all_passed(self._crowd.passed, items, self.number).tolist()

    @property
    def passed_on(self) -> dict[int, set[int]]:
        """Places served so far, by item."""
        passed = self._crowd.passed
        if self.persona.max_forwards < 2:
            raise AttributeError("passed_on")
        return FixedDict(
            (item, FixedSet(served_places(passed, k).tolist())) for item, k in zip(*self._marked(), strict=True)
        )

    @property
    def times_passed_on(self) -> dict[int, int]:
        """How often she has passed each item on."""
        times = self._crowd.passed.times
        found = ((item, int(times[k]) if k >= 0 else 1) for item, k in zip(*self._marked(), strict=True))
        return FixedDict((item, n) for item, n in found if n)

    @property
    def began(self) -> dict[int, int]:
        """Tick in which she began each item that she began herself."""
        last = self._crowd.passed.last
        return FixedDict(
            (item, int(last[k])) for item, k in zip(*self._marked(), strict=True) if k >= 0 and last[k] >= 0
        )

    @property
    def tells(self) -> dict[int, int]:
        """Number of the post from which she tells an item by word, -1 if she began it; by item."""
        if not len(self._crowd.rules.tellings) or self.persona.max_forwards <= 0:
            return FixedDict()
        parent = self._crowd.passed.parent
        found = ((item, int(parent[k])) for item, k in zip(*self._marked(), strict=True))
        return FixedDict((item, post) for item, post in found if post >= -1)

    @property
    def noticed(self) -> "list[Exposure]":
        """What she noticed in this tick and has not reacted to yet: nothing, between two ticks."""
        return FixedList()


class UserView(UserColumns, User):
    """One user of a compiled run."""


def user_view(kind: type[Any]) -> type[Any]:
    """Return the class of views of users of a class."""
    made: type[Any] = UserView if kind is User else view_class(UserColumns, User, kind)
    return made
