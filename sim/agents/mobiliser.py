"""The mobiliser: at the hour of an event, who has heard, is willing, and sees enough others go, turns out."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.agents.base import SocietyAgent
from sim.agents.own_rules import asked_of
from sim.arithmetic import compiled
from sim.draws import fold, name_key
from sim.rules.turnout import goes
from sim.scenario.events import Event
from sim.scenario.fields import days_until
from sim.scenario.user_rules import TURN_OUT
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


_PERSONS = 20_000
"""Persons, at the least, whose thresholds stand for those of all who are ready."""


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
        """(tick, event, users who have heard, of them willing, thousandths of a user who turned out, local users)."""

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
        willing = heard & believes & ~model.crowd.gone()
        ready = int((willing & self._free(key, event, willing)).sum())
        each = max(1, -(-_PERSONS // max(ready, 1)))
        going = turnout(self._thresholds(key, event, ready * each), int(local.sum()) * each)
        thousandths = (2000 * going + each) // (2 * each)
        row = (model.tick, number, int(heard.sum()), int((heard & believes).sum()), thousandths, int(local.sum()))
        self.rows.append(row)

    def _free(self, key: int, event: Event, willing: Flags) -> Flags:
        """Return who is free to go; the rules of the scenario are asked about those who are willing."""
        model, own = self.model, self.model.own
        luck = _draws(model.streams[Purpose.FREE], key, len(willing))
        free: Flags = np.asarray(luck < event.free, dtype=np.bool_)
        if own.asks[TURN_OUT]:
            near = np.flatnonzero(willing & (luck < max(event.free, own.ceilings[TURN_OUT])))
            topic = model.config.topics.index(event.topic)
            about = {
                "user": near, "topic": np.full(len(near), topic), "belief": model.crowd.beliefs(topic)[near],
                "default": np.full(len(near), event.free),
            }  # fmt: skip
            if len(near):
                free[near] = luck[near] < own.settle(TURN_OUT, asked_of(model, len(near), about), luck[near])
        return free

    def _thresholds(self, key: int, event: Event, persons: int) -> Floats:
        """Return how many of 1,000 local people must go before each of so many does: 0 for instigators.

        A user stands for many persons, whose thresholds differ as those of all do: they lie evenly over the quantiles,
        so that a small world has a few instigators too. What is left to chance is who is ready, and the occasion.
        """
        occasion = event.occasion.quantiles(_draws(self.model.streams[Purpose.OCCASION], key, 1))[0]
        place = (np.arange(persons) + 0.5) / max(persons, 1)
        rest = np.maximum(place - event.instigators, 0.0) / max(1.0 - event.instigators, 1e-12)
        found: Floats = np.where(place < event.instigators, 0.0, occasion * event.threshold.quantiles(rest))
        return found


def _draws(stream: int, key: int, n: int) -> Floats:
    found: Floats = uniforms(fold(stream, key), n)
    return found
