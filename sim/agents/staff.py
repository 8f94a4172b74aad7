"""The reviewers of a platform: how many decisions they can take in which tick and language, and who takes them."""

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.moderator import Moderator
from sim.errors import InputError
from sim.rules.delay import withdrawal_table
from sim.scenario.reviewers import Reviewers

if TYPE_CHECKING:
    from sim.model import Society

_TEAMS = 64
"""Reviewers are gathered into at most so many teams: one agent each."""
_PARTS = 1_000_000


def shift_weights(reviewers: Reviewers, ticks_per_day: int) -> list[int]:
    """Return how much of a day's work falls into each tick of the day, as whole numbers in proportion."""
    if not reviewers.shifts:
        return [1] * ticks_per_day
    length, weights = 24.0 / ticks_per_day, []
    for tick in range(ticks_per_day):
        total, begin, end = 0.0, tick * length, (tick + 1) * length
        for shift in reviewers.shifts:
            for day in (-24.0, 0.0):
                first, last = shift.begins + day, shift.begins + day + shift.hours
                total += shift.share / shift.hours * max(0.0, min(end, last) - max(begin, first))
        weights.append(int(total * _PARTS + 0.5))
    return weights


class Staff:
    """Reviewers in groups by language: group 0 reads everything where the policy names no languages."""

    def __init__(self, model: "Society", reviewers: Reviewers) -> None:
        world, self._per_day = model.config.world, model.config.time.ticks_per_day
        languages = list(reviewers.languages)
        shares = [reviewers.languages[name] for name in languages] if languages else [1.0]
        self.groups = len(shares)
        self.group_of_country = [
            (languages.index(c.language) if c.language in languages else self.groups) if languages else 0
            for c in world.countries.values()
        ]
        """Group that reads what comes from each country; `groups` where nobody does."""
        employed = reviewers.employed(len(model.world.people) * world.persons_per_user)
        teams = [max(1, min(round(employed * s), _TEAMS // self.groups)) for s in shares]
        self.moderators = [
            [Moderator(model, reviewers, employed * s / k) for _ in range(k)] if employed * s > 0 else []
            for s, k in zip(shares, teams, strict=True)
        ]
        a_day = [sum(m.decisions_a_day for m in group) for group in self.moderators]
        self._capacity = [int(decisions * 1e6 + 0.5) for decisions in a_day]
        """Decisions a day in millionths."""
        weights = shift_weights(reviewers, self._per_day)
        self._done = [0, *np.cumsum(weights).tolist()]
        """Share of a day's work that is done before each tick of the day, in parts of the last entry."""
        self.servers = 0
        """Simulated reviewers who work on one case at a time; 0 if decisions take no time."""
        self.service = np.zeros(0, dtype=np.uint32)
        if reviewers.service == "random" and employed > 0:
            self._serve(employed, a_day[0], world.persons_per_user)

    def _serve(self, employed: float, a_day: float, persons_per_user: float) -> None:
        self.servers = max(1, round(employed / persons_per_user))
        ticks = self.servers * self._per_day / a_day
        if ticks < 1.0:
            raise InputError(
                f"policy.moderation.reviewers.service: 'random' needs ticks shorter than a review, which takes "
                f"{24.0 * self.servers / a_day:.3g} h here; a tick is {24.0 / self._per_day:.3g} h (time.tick_hours)"
            )
        self.service = withdrawal_table(ticks)

    def capacity_at(self, tick: int, group: int) -> int:
        """Return how many decisions a group can take in a tick."""
        day, now = divmod(tick, self._per_day)
        whole = self._done[-1]
        before, after = day * whole + self._done[now], day * whole + self._done[now + 1]
        capacity, unit = self._capacity[group], 1_000_000 * whole
        decisions: int = (capacity * after) // unit - (capacity * before) // unit
        return decisions

    def leave(self) -> None:
        """Let all of them go: another policy has its own."""
        for group in self.moderators:
            for moderator in group:
                moderator.remove()
