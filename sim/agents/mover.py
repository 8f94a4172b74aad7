"""The mover: what happens to people and places that a ban or a block has driven out, and how places are found.

It acts once a day, in the last tick of each day, for both crowds alike: it decides on columns, and asks the crowd only
to open a venue, to take members in, and to let accounts in or keep them out.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.agents.crossing import Places, best_places, search, suggest
from sim.agents.enforcer import REINSTATED, USER_BANNED, VENUE_BANNED
from sim.agents.reopening import DISCOVERED, HERE, LEFT, LET_IN, LOCKED_OUT, REPLACED, RETURNED, Night, Reopening
from sim.rules.delay import further_ticks, withdrawal_table
from sim.vocabulary import Purpose
from sim.world.items import topics_of_claims
from sim.world.people import Reals, uniforms

if TYPE_CHECKING:
    from sim.model import Society


class Mover(Reopening):
    """Bans and blocks push people and places to other platforms, or back to this one under another name."""

    model: "Society"

    def __init__(self, model: "Society") -> None:
        super().__init__(model)
        scenario = model.config
        spec = self.spec
        self.on = bool(
            self.others
            or scenario.world.backups
            or spec.returning
            or spec.searching
            or spec.suggestions
            or spec.replaced_after is not None
            or spec.succeeded_after is not None
        )
        """Whether anything can happen at all."""
        self._searched: NDArray[np.bool_] = np.zeros(len(model.world.people), dtype=np.bool_)
        """Accounts that were taken for one of a bot, and banned, by now."""
        self._new_accounts: dict[int, int] = {}
        """The day on which each user last got a new account, or was replaced; those who did."""
        self.episodes: dict[int, int] = {}
        """How often each user was driven out so far."""
        self._returning_after = withdrawal_table(max(1.0, spec.returning_after / 24.0))
        self._replaced_after = withdrawal_table(max(1.0, (spec.replaced_after or 0.0) / 24.0))
        self._places: dict[int, Places] = {}

    def move(self) -> None:
        """At the end of a day: the banned return, go elsewhere or are replaced, venues open again, members follow."""
        per_day = self.model.config.time.ticks_per_day
        if (self.model.tick + 1) % per_day:
            return
        self._look_for_bots()
        if not self.on:
            return
        self._places.clear()
        banned = self._hear_of_bans()
        night = self.nights.pop(self.day, Night())
        self._return(sorted(set(night.returns)))
        self._replace(sorted(set(night.replaced)))
        for venue in sorted(set(night.succeeded)):
            self._succeed(venue)
        for venue, platform in sorted(night.reopenings):
            self._reopen(venue, platform)
        self._follow()
        for user in self._go(banned):
            self._plan_replacement(user)
        self._discover()

    # People

    def _hear_of_bans(self) -> list[int]:
        """Take note of the bans of the day; return who was driven out and does not plan to return."""
        crowd, fresh = self.model.crowd, self.model.crowd.recent_sanctions()
        kinds, subjects = fresh[:, 1], fresh[:, 2]
        users = np.unique(subjects[(kinds == USER_BANNED) | (kinds == REINSTATED)])
        out = crowd.banned()[users] if len(users) else np.zeros(0, dtype=np.bool_)
        crowd.set_away(users[out], True)
        crowd.set_away(users[~out & ~crowd.locked()[users]], False)
        for venue in sorted(subjects[kinds == VENUE_BANNED].tolist()):
            if not self._plan_reopening(venue):
                self._plan_succession(venue)
        return [user for user in users[out].tolist() if not self._plans_to_return(user)]

    def _plans_to_return(self, user: int) -> bool:
        """Let a banned person decide whether she opens a new account, and when."""
        spec, episode = self.spec, self._next_episode(user)
        chance = spec.returning * spec.identity.get(self.model.policy.features.identity, 1.0)
        if self._draw(Purpose.RETURN, user, episode) >= chance:
            return False
        wait = further_ticks(self._draw(Purpose.RETURN_DELAY, user, episode), self._returning_after)
        self._night(self.day + int(wait)).returns.append(user)
        return True

    def _next_episode(self, user: int) -> int:
        episode = self.episodes[user] = self.episodes.get(user, -1) + 1
        return episode

    def _return(self, users: list[int]) -> None:
        for user in self._let_back(users).tolist():
            self._log(RETURNED, user, HERE, HERE)

    def _let_back(self, users: list[int]) -> NDArray[np.int64]:
        """Let those of some users who are banned be on the platform again, with a new account; return them."""
        crowd = self.model.crowd
        back = np.array(users, dtype=np.int64)
        back = back[crowd.banned()[back]] if len(back) else back
        crowd.reinstate(back)
        self.model.platform.account_since[back] = self.model.tick
        crowd.set_away(back[~crowd.locked()[back]], False)
        self._searched[back] = False
        self._new_accounts.update(dict.fromkeys(back.tolist(), self.day))
        return back

    def _plan_replacement(self, user: int) -> None:
        """Settle when another takes the place of a banned user who stays away."""
        if self.spec.replaced_after is not None:
            u = self._draw(Purpose.REPLACE_DELAY, user, self.episodes[user])
            self._night(self.day + int(further_ticks(u, self._replaced_after))).replaced.append(user)

    def _replace(self, users: list[int]) -> None:
        """Let others take the places of banned users: alike, and they believe what those did at the start."""
        new = self._let_back(users)
        self.model.crowd.renew(new)
        for user in new.tolist():
            self._log(REPLACED, user, HERE, HERE)

    def _go(self, users: list[int]) -> list[int]:
        """Let those who were driven out go to another platform, or not; there they join what suits them.

        Return who stays, and was not taken off all platforms.
        """
        model, spec = self.model, self.spec
        venues, joiners, staying = [], [], []
        gone = model.crowd.gone()
        for user in (user for user in users if not gone[user]):
            episode = self.episodes[user]
            platform = self._destination(user, episode, user) if self.others else HERE
            if not platform or self._draw(Purpose.GO, user, episode) >= spec.leaving:
                staying.append(user)
                continue
            model.accounts[user] |= np.uint8(1 << platform)
            chosen = best_places(
                user,
                episode,
                spec.joins,
                self._open_places(platform),
                model.world.people.interest,
                model.config.world.affinity.topic,
                model.streams[Purpose.GO_JOIN],
            ).tolist()
            venues += chosen
            joiners += [user] * len(chosen)
            self._log(LEFT, user, HERE, platform, len(chosen))
        self._take_in(venues, joiners)
        return staying

    def _open_places(self, platform: int) -> Places:
        """Return the open, public venues of a platform."""
        if platform not in self._places:
            model, table = self.model, self.model.world.venues
            mine = (model.platform_of == platform) & ~table.private & model.crowd.open_venues()
            numbers = np.flatnonzero(mine).astype(np.int32)
            self._places[platform] = Places(numbers, table.topic[numbers].astype(np.int64))
        return self._places[platform]

    def lock_out(self, users: NDArray[np.int64], *, out: bool) -> None:
        """Keep people from the platform, or let them in again; some of those kept out go elsewhere."""
        if not len(users):
            return
        crowd = self.model.crowd
        crowd.set_locked(users, out)
        crowd.set_away(users if out else users[~crowd.banned()[users]], out)
        self._log(LOCKED_OUT if out else LET_IN, -1, HERE, HERE, len(users))
        if out:
            for user in users.tolist():
                self._next_episode(user)
            self._places.clear()
            self._go(users.tolist())

    def _look_for_bots(self) -> None:
        """Ban the accounts that are found to be run by programs on this day, rightly or not: one draw an account.

        A new account is another one to find, from its first day on.
        """
        model, spec = self.model, self.model.policy.moderation.bots
        if not (spec.recall or spec.false_positive):
            return
        bot = np.array([p.bot for p in model.personas], dtype=np.bool_)[model.world.people.persona]
        waits = withdrawal_table(max(1.0, spec.delay / 24.0))
        chance = np.where(bot, spec.recall, spec.false_positive)
        streams = model.streams
        n = len(bot)
        taken = uniforms(streams[Purpose.BOT_FOUND], n) < chance
        after = 1 + waits[(uniforms(streams[Purpose.BOT_DELAY], n) * len(waits)).astype(np.int64)].astype(np.int64)
        for user, day in self._new_accounts.items():
            episode = self.episodes[user]
            taken[user] = self._draw(Purpose.BOT_FOUND, user, episode) < chance[user]
            wait = waits[int(self._draw(Purpose.BOT_DELAY, user, episode) * len(waits))]
            after[user] = day + 2 + int(wait)
        found = np.flatnonzero(taken & (after <= self.day + 1) & ~self._searched)
        self._searched[found] = True
        found = found[~model.crowd.banned()[found]]
        model.crowd.ban(found, ~bot[found])

    # Finding

    def _discover(self) -> None:
        """Let people find places by search and by suggestion."""
        model, spec = self.model, self.spec
        if not (spec.searching or spec.suggestions):
            return
        able, table, streams = ~model.crowd.out(), model.world.venues, model.streams
        interest, here = model.world.people.interest, self._open_places(HERE)
        found = []
        if spec.searching and len(here.number):
            affinity = model.config.world.affinity.topic
            found.append(
                search(
                    self.day, spec.searching, able, here, self._sought(), affinity, streams[Purpose.SEARCH],
                    streams[Purpose.DISCOVER],
                )
            )  # fmt: skip
        if spec.suggestions:
            public = np.zeros(len(table), dtype=np.bool_)
            public[here.number] = True
            found.append(
                suggest(
                    self.day, spec.suggestions, able, table.first, table.member, table.user_first, table.user_venue,
                    public, table.topic, interest, streams[Purpose.SIMILAR], streams[Purpose.DISCOVER],
                )
            )  # fmt: skip
        for venues, users in found:
            if len(venues):
                order = np.lexsort((users, venues))
                model.crowd.take_in(venues[order], users[order], model.tick)
                self._log(DISCOVERED, -1, HERE, HERE, len(venues))

    def _sought(self) -> Reals:
        """Return how much each user looks for each topic: interest, and where claims spread in part belief."""
        model, share = self.model, self.spec.searching_by_belief
        interest = model.world.people.interest
        if share == 0.0:
            return interest
        sought = interest.copy()
        for topic in topics_of_claims(model.config):
            mixed = (1.0 - share) * interest[:, topic].astype(np.float64) + share * model.crowd.beliefs(topic)
            sought[:, topic] = mixed.astype(np.float32)
        return sought
