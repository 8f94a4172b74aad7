"""The enforcer of the desk: verdicts take effect, strikes add up, and objections undo what was wrong."""

import numpy as np

from sim.agents.enforcer import SUSPENDED as USER_SUSPENDED
from sim.agents.enforcer import VENUE_BANNED
from sim.crowd.columns import appealing, enforcing
from sim.crowd.columns.state import Ints
from sim.crowd.desk.books import ORDINARY_CLASS, Books
from sim.moderation.cases import OVERTURNED
from sim.moderation.columns import clocks
from sim.moderation.terms import STRIKE
from sim.sorting import distinct
from sim.vocabulary import Purpose
from sim.world.columns import SUSPENDED


class Enforcer(Books):
    """The office that carries verdicts out."""

    def release(self, tick: int) -> None:
        """Let those back in whose suspension is over."""
        persons = self.crowd.persons
        for users in self.released.pop(tick, ()):
            free = users[persons.suspended_until[users] < tick]
            persons.status[free] &= ~np.uint8(SUSPENDED)

    def enforce(self, tick: int) -> None:
        """Let strikes lapse, decide objections, then carry out the verdicts that take effect in this tick."""
        for numbers in (numbers for some in self.platform.lapsed(self.struck) for numbers in some):
            self._lapse(numbers)
        if tick in self.appeals:
            self._decide_appeals(self.cases.in_order(np.concatenate(self.appeals.pop(tick))), tick)
        due = self.due.pop(tick, [])
        if not due:
            return
        crowd, platform, moderation = self.crowd, self.platform, self.platform.policy.moderation
        numbers, strikes, rows = self.cases.in_order(np.concatenate(due)), moderation.strikes, self.cases.rows
        made = enforcing.enforce(
            numbers,
            tick,
            self.cases.rows,
            crowd.posts.rows,
            crowd.items,
            crowd.members.now,
            crowd.persons,
            crowd.newest,
            self.deeds,
            self.marks,
            self.treated,
            platform.terms.order,
            crowd.model.streams[Purpose.MISTAKEN_AS],
            strikes.ban_user_at or 0,
            strikes.ban_venue_at or 0,
            self.ladder,
            platform.learned,
            platform.hashed,
            moderation.hashes.learned,
            crowd.measure["removed"],
            crowd.measure["acted"],
            ORDINARY_CLASS,
            crowd.by_class,
        )
        if len(made):
            self._sanction(made, tick)
            platform.traffic[made[made[:, 0] == VENUE_BANNED, 1]] = 0
            struck = numbers[(rows.acted[numbers] == tick) & (rows.deeds[numbers] & STRIKE > 0)]
            self.struck.setdefault(tick, []).append(struck)
            suspended = np.unique(made[made[:, 0] == USER_SUSPENDED, 1])
            ends = crowd.persons.suspended_until[suspended] + 1
            for end in distinct(ends):
                self.released.setdefault(end, []).append(suspended[ends == end])
        if moderation.appeals is not None:
            found = appealing.objections(
                numbers,
                tick,
                self.cases.rows,
                moderation.appeals.wrongful,
                moderation.appeals.rightful,
                crowd.model.streams[Purpose.APPEAL],
                crowd.model.streams[Purpose.APPEAL_DELAY],
                platform.appeal_waits,
            )
            for moment in distinct(found[:, 1]):
                self.appeals.setdefault(moment, []).append(found[found[:, 1] == moment, 0])

    def _lapse(self, numbers: Ints) -> None:
        """Let the strikes that these cases brought count no more."""
        platform, rows, now = self.platform, self.cases.rows, self.crowd.members.now
        rows.deeds[numbers] &= ~np.uint8(STRIKE)
        numbers = numbers[rows.verdict[numbers] != OVERTURNED]
        author, place, acted = rows.author[numbers], rows.place[numbers], rows.acted[numbers]
        np.subtract.at(self.crowd.persons.strikes, author[acted > platform.account_since[author]], 1)
        there = place < len(platform.venue_since)
        place, acted = place[there], acted[there]
        np.subtract.at(now.strikes, place[acted > platform.venue_since[place]], 1)

    def _decide_appeals(self, numbers: Ints, tick: int) -> None:
        crowd, platform, moderation = self.crowd, self.platform, self.platform.policy.moderation
        spec = moderation.appeals
        if spec is None:
            return
        self.to_restore, made = appealing.overturn(
            numbers,
            self.cases.rows,
            crowd.posts.rows,
            crowd.items,
            crowd.members.now,
            crowd.persons,
            crowd.places,
            spec.overturned_wrongful,
            spec.overturned_rightful,
            crowd.model.streams[Purpose.OVERTURN],
            moderation.strikes.ban_user_at or 0,
            platform.account_since,
            platform.venue_since,
            platform.learned,
            platform.hashed,
            crowd.measure["restored"],
            ORDINARY_CLASS,
            crowd.by_class,
        )
        self._sanction(made, tick)

    def _sanction(self, made: Ints, tick: int) -> None:
        if len(made):
            self.sanctions.append(np.column_stack([np.full(len(made), tick), made]))
            self.sanction_count += len(made)

    def _schedule(self, numbers: Ints, tick: int) -> None:
        rows = self.cases.rows
        moments = rows.opened[numbers] + self.platform.delays[rows.content[numbers]]
        if len(self.platform.clocks):
            stream = self.crowd.model.streams[Purpose.TAKEDOWN]
            moments = moments + clocks(numbers, self.cases.rows, stream, self.by_item, self.platform.clocks)
        moments = np.maximum(tick, moments)
        for moment in distinct(moments):
            self.due.setdefault(moment, []).append(numbers[moments == moment])
