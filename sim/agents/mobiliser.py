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
from sim.world.people import Floats, uniforms

if TYPE_CHECKING:
    from sim.model import Society

Flags = NDArray[np.bool_]


@compiled
def turnout(thresholds: Floats, local: int) -> int:
    """Return how many go of those who are ready: one after the other, until the next one's threshold is not reached.

    `thresholds`: of each who is ready (willing, free, and has heard), in users for each 1,000 of the `local` ones.
    Whoever goes stays, so the end does not depend on the order.
    """
    rising = np.sort(thresholds)
    going = 0
    while going < rising.size and goes(going, local, rising[going]):
        going += 1
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
        self.rows: list[tuple[int, int, int, int, int, int]] = []
        """(tick, event, who has heard, who of them is willing, who turned out, who is local)."""

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
        ready = heard & believes & free & ~model.crowd.gone()
        going = turnout(self._thresholds(key, event)[ready], int(local.sum()))
        row = (model.tick, number, int(heard.sum()), int((heard & believes).sum()), int(going), int(local.sum()))
        self.rows.append(row)

    def _thresholds(self, key: int, event: Event) -> Floats:
        """Return by user how many of 1,000 local users must go first; 0 for instigators."""
        streams, n = self.model.streams, len(self.model.world.people)
        occasion = event.occasion.quantiles(_draws(streams[Purpose.OCCASION], key, 1))[0]
        thresholds = occasion * event.threshold.quantiles(_draws(streams[Purpose.THRESHOLD], key, n))
        found: Floats = np.where(_draws(streams[Purpose.INSTIGATOR], key, n) < event.instigators, 0.0, thresholds)
        return found


def _draws(stream: int, key: int, n: int) -> Floats:
    found: Floats = uniforms(fold(stream, key), n)
    return found
