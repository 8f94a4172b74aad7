"""The mobiliser: at the hour of an event, who has heard, is willing, and sees enough others go, turns out."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.agents.base import SocietyAgent
from sim.arithmetic import compiled
from sim.draws import fold, name_key
from sim.rules.turnout import goes
from sim.scenario.events import Event
from sim.scenario.fields import days_until
from sim.vocabulary import Purpose
from sim.world.people import Bytes, Floats, uniforms
from sim.world.ties import Ties, degree, write_contacts

if TYPE_CHECKING:
    from sim.model import Society

Flags = NDArray[np.bool_]


@compiled
def turnout(ready: Flags, thresholds: Floats, country: Bytes, ties: Ties) -> Flags:
    """Return who goes: round by round, those whose threshold is reached, until nobody is added.

    `ready`: willing, free, and has heard. Local contacts are those who live in the same country. Whoever goes stays,
    so the end does not depend on the order; a person with no ready local contact goes only at a threshold of 0.
    """
    going = np.zeros(ready.size, dtype=np.bool_)
    degrees = np.zeros(ready.size, dtype=np.int64)
    for user in range(ready.size):
        degrees[user] = degree(ties, user) if ready[user] else 0
    contacts = np.empty(degrees.max() if ready.size else 0, dtype=np.int64)
    changed = True
    while changed:
        changed = False
        before = going.copy()
        for user in range(ready.size):
            if going[user] or not ready[user]:
                continue
            near = near_going = 0
            for k in range(write_contacts(ties, user, contacts, 0)):
                other = contacts[k]
                if ready[other] and country[other] == country[user]:
                    near += 1
                    near_going += before[other]
            if goes(near_going, near, thresholds[user]):
                going[user] = changed = True
    return going


class Mobiliser(SocietyAgent):
    """What happens at the events of a scenario."""

    model: "Society"

    def __init__(self, model: "Society") -> None:
        super().__init__(model)
        scenario, time = model.config, model.config.time
        self.events = list(scenario.events.items())
        self.ticks = [
            min(
                time.ticks - 1,
                days_until(event.on, time.start) * time.ticks_per_day + int(event.hour / time.tick_hours),
            )
            for _, event in self.events
        ]
        self.rows: list[tuple[int, int, int, int, int]] = []
        """(tick, event, who has heard, who of them is willing, who turned out)."""

    def mobilise(self) -> None:
        """At the hour of an event let people turn out."""
        for number, (name, event) in enumerate(self.events):
            if self.model.tick == self.ticks[number]:
                self._happen(number, name, event)

    def _heard(self, name: str, event: Event) -> Flags:
        """Return who has seen a call, or heard of the event elsewhere."""
        model, n = self.model, len(self.model.world.people)
        stream, key = model.streams[Purpose.HEARD], int(name_key(name))
        heard = np.asarray(_draws(stream, key, n) < event.heard_elsewhere, dtype=np.bool_)
        for position, source in enumerate(model.config.content.streams.values()):
            if source.calls == name:
                for item in np.flatnonzero(model.items.stream == position).tolist():
                    heard[model.crowd.sights_by_reader(item)[:, 0]] = True
        return heard

    def _happen(self, number: int, name: str, event: Event) -> None:
        model, scenario = self.model, self.model.config
        people, key = model.world.people, int(name_key(name))
        names = list(scenario.world.countries)
        local = np.array([not event.countries or c in event.countries for c in names], dtype=np.bool_)[people.country]
        heard = self._heard(name, event) & local
        believes = model.crowd.beliefs(scenario.topics.index(event.topic)) >= event.willing_at
        free = _draws(model.streams[Purpose.FREE], key, len(people)) < event.free
        thresholds = event.threshold.quantiles(_draws(model.streams[Purpose.THRESHOLD], key, len(people)))
        ready = heard & believes & free & ~model.crowd.gone()
        going = turnout(ready, thresholds, people.country, model.world.contacts.ties)
        row = (model.tick, number, int(heard.sum()), int((heard & believes).sum()), int(going.sum()))
        self.rows.append(row)


def _draws(stream: int, key: int, n: int) -> Floats:
    found: Floats = uniforms(fold(stream, key), n)
    return found
