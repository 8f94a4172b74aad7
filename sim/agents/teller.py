"""How a user tells things by word: to one contact at a time, and in talk about contested claims."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.agents.believer import Believer
from sim.agents.decisions import Ints
from sim.draws import draw3
from sim.rules.delay import further_ticks
from sim.rules.forward import chats_allowed
from sim.rules.talk import BELIEVER, CHECKER, held_after_talk
from sim.rules.tell import gives_up
from sim.scenario.people import Persona
from sim.vocabulary import DIRECT_KEY, Purpose

if TYPE_CHECKING:
    from sim.posting import Attempt

_TELLING = (Purpose.TELL_WHOM, Purpose.COPY, Purpose.STIFLE)


class Teller(Believer):
    """The part of a user that tells and talks."""

    persona: "Persona"
    contacts: Ints
    seen: dict[int, int]
    began: dict[int, int]
    passed_on: dict[int, set[int]]
    times_passed_on: dict[int, int]
    tells: dict[int, int]

    @property
    def active(self) -> bool:
        """Whether she can read and post."""
        raise NotImplementedError

    def knows(self, item: int) -> bool:
        """Whether she has seen an item, or begun it."""
        return item in self.seen or item in self.began

    def begin_telling(self, item: int, parent: int) -> None:
        """Begin to tell an item by word, from a post that she saw (its row; -1 if she began it)."""
        if item not in self.tells and self.persona.max_forwards > 0:
            self.tells[item] = parent
            self._plan_telling(item, self.times_passed_on.get(item, 0))

    def _plan_telling(self, item: int, times: int) -> None:
        model = self.model
        u = draw3(model.streams[Purpose.TELL_WHEN], model.item_keys[item], self.number, times)
        moment = model.tick + int(further_ticks(u, model.tellings))
        model.to_tell.setdefault(moment, []).append((item, self.number))

    def tell(self, item: int) -> "Attempt | None":
        """Tell an item to one of her contacts, and go on later or give up; return the message, if it is a new one."""
        model, times, key = self.model, self.times_passed_on.get(item, 0), self.model.item_keys[item]
        if not self.active or times >= self.persona.max_forwards or not len(self.contacts):
            return None
        draws = {p: draw3(model.streams[p], key, self.number, times) for p in _TELLING}
        other = int(self.contacts[int(draws[Purpose.TELL_WHOM] * len(self.contacts))])
        knows, parent, features = model.users[other].knows(item), self.tells[item], model.policy.features
        copied = draws[Purpose.COPY] < self.persona.copies
        hops = 0 if copied or parent < 0 else model.posts.hops[parent] + 1
        source = -1 if copied or parent < 0 else model.posts.source[parent]
        limit = chats_allowed(model.forward_limit, model.viral_forward_limit, max(0, hops - 1), features.viral_hops)
        served, place, message = self.passed_on.setdefault(item, set()), DIRECT_KEY + other, None
        if limit > 0 and place not in served:
            served.add(place)
            message = model.attempt(
                item, self.number, place, parent=parent, hops=hops, copied=bool(copied), source=source
            )
        self.times_passed_on[item] = times + 1
        if not gives_up(draws[Purpose.STIFLE], knows, model.config.behaviour.stifling):
            self._plan_telling(item, times + 1)
        return message

    def talk(self, item: int, held: NDArray[np.int8]) -> int:
        """Return what she holds of a contested claim after talking with her contacts; `held` is what all held before.

        One draw per user, item and tick.
        """
        model = self.model
        contest = model.contests[int(model.items.stream[item])]
        assert contest is not None
        of_contacts = held[self.contacts]
        u = draw3(model.streams[Purpose.TALK], model.item_keys[item], self.number, model.tick)
        return held_after_talk(
            int(held[self.number]),
            u,
            int((of_contacts == BELIEVER).sum()),
            int((of_contacts == CHECKER).sum()),
            contest.spreading,
            contest.credibility,
            contest.forgetting,
            contest.verifying,
        )
