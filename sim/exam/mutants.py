"""Wrong engines, as user classes: the exam's rows name those that they must reject."""

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.decisions import Exposure, Ints
from sim.agents.user import User
from sim.draws import draw, draw1, draw3
from sim.rules.talk import BELIEVER, CHECKER, UNDECIDED
from sim.vocabulary import DIRECT_KEY, Purpose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.posting import Attempt


class OneDecisionForAll(User):
    """One draw decides about all targets at once, instead of one draw each."""

    def ranked_places(self, item: int) -> Ints:
        """Return all places, or none."""
        keys, chances = self.reach()
        u = draw(self.model.streams[Purpose.TARGET], self.model.item_facts[item].key, self.number)
        return keys[u < chances]


class OneDrawPerItem(User):
    """All users share one draw for an item: the key has lost the user and the target."""

    def ranked_places(self, item: int) -> Ints:
        """Return all places, or none."""
        keys, chances = self.reach()
        return keys[draw1(self.model.streams[Purpose.TARGET], self.model.item_facts[item].key) < chances]


class NotKeyedByUser(User):
    """The draw of a target is the same for every sender: the key has lost the user."""

    def ranked_places(self, item: int) -> Ints:
        """Draw by item and target only."""
        keys, chances = self.reach()
        stream, key = self.model.streams[Purpose.TARGET], self.model.item_facts[item].key
        return keys[np.array([draw(stream, key, place) for place in keys.tolist()]) < chances]


class LimitOfOne(User):
    """A forward goes to one place at most, though the platform has no limit."""

    def ranked_places(self, item: int) -> Ints:
        """Return the best place only."""
        return super().ranked_places(item)[:1]


class NeverGivesUp(User):
    """Forwards again at every exposure, to every chat not yet served: no limit on forwards of an item."""

    def wants_to_pass_on(self, exposure: Exposure, belief: list[float]) -> bool:
        """Always."""
        return True

    def pass_on(self, item: int, seen: list[Exposure]) -> None:
        """Pass on to everyone."""
        self.times_passed_on[item] = 0
        super().pass_on(item, seen)

    def ranked_places(self, item: int) -> Ints:
        """Return all places."""
        return self.reach()[0]


class BannedGoOn(User):
    """Those who should be out read and pass on like all others."""

    def react(self) -> None:
        """React like anyone."""
        self.persona = self.model.personas[0]
        super().react()

    def notice_chance(self, slot: object, weight: float) -> float:
        """Notice everything."""
        return 1.0


class CountsOneTooMany(User):
    """Exposures are numbered from 2: a threshold is reached too early, and the first sight is never the first."""

    def wants_to_pass_on(self, exposure: Exposure, belief: list[float]) -> bool:
        """Count one exposure too many."""
        return super().wants_to_pass_on(exposure._replace(n=exposure.n + 1), belief)


class EverybodyFromTheStart(User):
    """Whoever starts an item sends it to everybody at once: nobody passes it on."""

    def starts_in(self, item: int, already: list[int]) -> list[int]:
        """Return the chats with all others."""
        everybody = [DIRECT_KEY + n for n in range(len(self.model.users)) if n != self.number]
        self.passed_on[item] = set(everybody)
        self.times_passed_on[item] = 1
        return everybody

    def wants_to_pass_on(self, exposure: Exposure, belief: list[float]) -> bool:
        """Never."""
        return False


class NeverStifled(User):
    """Nobody who is told knows the item already, as far as the teller can see."""

    def knows(self, item: int) -> bool:
        """Never."""
        return False


class TellsTheSame(User):
    """Every telling goes to the contact that the first one went to: the key has lost the number of the telling."""

    def tell(self, item: int) -> "Attempt | None":
        """Tell as if it were the first time."""
        contacts, stream = self.contacts, self.model.streams[Purpose.TELL_WHOM]
        u = draw3(stream, self.model.item_keys[item], self.number, 0)
        self.contacts = contacts[int(u * len(contacts)) :][:1]
        message = super().tell(item)
        self.contacts = contacts
        return message


class ListensToAll(User):
    """The bound on confidence is lost: every opinion counts."""

    def _move_beliefs(self, topic: int, seen: list[Exposure]) -> None:
        item = self._move_belief(topic, seen) if len(seen) > 1 else self._move_belief_once(topic, seen[0])
        assert item >= 0


class HearsTheClaim(User):
    """What pulls is the claim of an item, not the belief of its sender."""

    def target_of(self, exposure: Exposure, topic: int) -> float:
        """Return the claim."""
        return 1.0


class NeverChecks(User):
    """Believers never check: one of the three outcomes is lost."""

    def talk(self, item: int, held: "NDArray[np.int8]") -> int:
        """Go on believing instead of checking."""
        after = super().talk(item, held)
        return BELIEVER if held[self.number] == BELIEVER and after == CHECKER else after


class NeverForgets(User):
    """Nobody is undecided again: there are no new episodes."""

    def talk(self, item: int, held: "NDArray[np.int8]") -> int:
        """Keep what was held instead of forgetting it."""
        after = super().talk(item, held)
        return int(held[self.number]) if after == UNDECIDED else after


class NeverLeaves(User):
    """Nobody leaves a channel or group: this path of selection is lost."""

    def leaves(self, exposure: Exposure, belief: list[float]) -> bool:
        """Never."""
        return False


class NeverJoins(User):
    """Nobody joins the source of a forward: this path of selection is lost."""

    def consider_joining(self, item: int, seen: list[Exposure], belief: list[float]) -> None:
        """Stay where one is."""


class NeverMoved(User):
    """What is read changes no belief: influence is lost."""

    def update_beliefs(self, exposures: list[Exposure]) -> None:
        """Believe what one believed."""


class LeavesByBelief(User):
    """Users leave by what they believe although the scenario says by interest."""

    def wanting(self, item: int, belief: list[float]) -> float:
        """Go by belief alone."""
        return self.matching(item, belief)
