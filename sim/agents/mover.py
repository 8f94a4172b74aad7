"""The mover: what happens to people and places that a ban or a block has driven out, and how places are found.

It acts once a day, in the last tick of each day, for both crowds alike: it decides on columns, and asks the crowd only
to open a venue, to take members in, and to let accounts in or keep them out.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.agents.base import SocietyAgent
from sim.agents.crossing import Places, best_places, new_followers, position, search, suggest
from sim.agents.enforcer import REINSTATED, USER_BANNED, VENUE_BANNED
from sim.draws import draw
from sim.rules.delay import further_ticks, withdrawal_table
from sim.vocabulary import MOVES, Purpose
from sim.world.people import uniforms

if TYPE_CHECKING:
    from sim.model import Society

Numbers = NDArray[np.int32]
REOPENED, RETURNED, LEFT, LOCKED_OUT, LET_IN, DISCOVERED = range(len(MOVES))
HERE = 0


@dataclass
class Flock:
    """The members of a venue that has opened again, and who of them has followed."""

    venue: int
    platform: int
    members: Numbers
    following: NDArray[np.bool_]
    days: int = 0


@dataclass
class Night:
    """What is due at the end of a day."""

    returns: list[int] = field(default_factory=list)
    reopenings: list[tuple[int, int]] = field(default_factory=list)
    """(closed venue, platform)."""


class Mover(SocietyAgent):
    """Bans and blocks push people and places to other platforms, or back to this one under another name."""

    model: "Society"

    def __init__(self, model: "Society") -> None:
        super().__init__(model)
        scenario, venues = model.scenario, model.world.venues
        self.spec = scenario.moving
        self.others = list(scenario.world.elsewhere.values())
        spec = self.spec
        self.on = bool(self.others or scenario.world.backups or spec.returning or spec.searching or spec.suggestions)
        """Whether anything can happen at all."""
        self._searched: NDArray[np.bool_] = np.zeros(len(model.world.people), dtype=np.bool_)
        """Accounts that were taken for one of a bot, and banned, by now."""
        self.rows: list[tuple[int, int, int, int, int, int]] = []
        """(tick, position in MOVES, user or venue, platform before, platform after, members)."""
        self.nights: dict[int, Night] = {}
        self.flocks: list[Flock] = []
        self.backup = {
            (int(venues.origin[v]), int(venues.generation[v])): int(v) for v in np.flatnonzero(venues.generation)
        }
        self.episodes: dict[int, int] = {}
        """How often each user was driven out so far."""
        self._returning_after = withdrawal_table(max(1.0, spec.returning_after / 24.0))
        self._reopening_after = withdrawal_table(max(1.0, spec.reopening_after / 24.0))
        self._places: dict[int, Places] = {}

    @property
    def day(self) -> int:
        """The present day, from 0."""
        return self.model.tick // self.model.scenario.time.ticks_per_day

    def move(self) -> None:
        """At the end of a day: who was banned returns or goes elsewhere, banned venues open again, members follow."""
        per_day = self.model.scenario.time.ticks_per_day
        if (self.model.tick + 1) % per_day:
            return
        self._look_for_bots()
        if not self.on:
            return
        self._places.clear()
        banned = self._hear_of_bans()
        night = self.nights.pop(self.day, Night())
        self._return(sorted(set(night.returns)))
        for venue, platform in sorted(night.reopenings):
            self._reopen(venue, platform)
        self._follow()
        self._go(banned)
        self._discover()

    def _draw(self, purpose: Purpose, a: int, b: int) -> float:
        return float(draw(self.model.streams[purpose], a, b))

    def _night(self, day: int) -> Night:
        return self.nights.setdefault(day, Night())

    def _log(self, what: int, subject: int, before: int, after: int, members: int = 0) -> None:
        self.rows.append((self.model.tick, what, subject, before, after, members))

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
            self._plan_reopening(venue)
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
        crowd = self.model.crowd
        back = np.array(users, dtype=np.int64)
        back = back[crowd.banned()[back]] if len(back) else back
        crowd.reinstate(back)
        crowd.set_away(back[~crowd.locked()[back]], False)
        for user in back.tolist():
            self._log(RETURNED, user, HERE, HERE)

    def _destination(self, key: int, episode: int, user: int) -> int:
        """Return the platform to which somebody goes, 0 if there is none: one where she is already, if any."""
        has = int(self.model.accounts[user])
        options = [p for p in range(1, len(self.others) + 1) if has >> p & 1] or list(range(1, len(self.others) + 1))
        weights = [self.others[p - 1].attraction for p in options]
        x = self._draw(Purpose.DESTINATION, key, episode) * sum(weights)
        for platform, weight in zip(options, weights, strict=True):
            x -= weight
            if x < 0.0:
                return platform
        return 0

    def _go(self, users: list[int]) -> None:
        """Let those who were driven out go to another platform, or not; there they join what suits them."""
        model, spec = self.model, self.spec
        venues, joiners = [], []
        gone = model.crowd.gone()
        for user in (user for user in users if not gone[user]):
            episode = self.episodes[user]
            platform = self._destination(user, episode, user) if self.others else HERE
            if not platform or self._draw(Purpose.GO, user, episode) >= spec.leaving:
                continue
            model.accounts[user] |= np.uint8(1 << platform)
            chosen = best_places(
                user,
                episode,
                spec.joins,
                self._open_places(platform),
                model.world.people.interest,
                model.scenario.world.affinity.topic,
                model.streams[Purpose.GO_JOIN],
            ).tolist()
            venues += chosen
            joiners += [user] * len(chosen)
            self._log(LEFT, user, HERE, platform, len(chosen))
        self._take_in(venues, joiners)

    def _take_in(self, venues: list[int], users: list[int]) -> None:
        if venues:
            model = self.model
            model.crowd.take_in(np.array(venues, dtype=np.int32), np.array(users, dtype=np.int32), model.tick)

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
        """Ban the accounts that are found to be run by programs on this day, rightly or not: one draw an account."""
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
        found = np.flatnonzero(taken & (after <= self.day + 1) & ~self._searched)
        self._searched[found] = True
        found = found[~model.crowd.banned()[found]]
        model.crowd.ban(found, ~bot[found])

    # Places

    def _plan_reopening(self, venue: int) -> None:
        """Let the owner of a banned venue decide whether and where it opens again, and when."""
        model, spec = self.model, self.spec
        origin, generation = int(model.world.venues.origin[venue]), int(model.world.venues.generation[venue])
        if (origin, generation + 1) not in self.backup:
            return
        platform = HERE
        if self._draw(Purpose.REOPEN, venue, 0) >= spec.reopening:
            owner = int(model.world.venues.owner[venue])
            goes = self._draw(Purpose.REOPEN, venue, 1) < spec.going
            platform = self._destination(-1 - venue, 0, owner) if goes and self.others else -1
            if platform <= HERE:
                return
        wait = further_ticks(self._draw(Purpose.REOPEN_DELAY, venue, 0), self._reopening_after)
        self._night(self.day + int(wait)).reopenings.append((venue, platform))

    def _reopen(self, closed: int, platform: int) -> None:
        """Open the next backup of a venue; if its owner cannot be here, nothing comes of it."""
        model, venues = self.model, self.model.world.venues
        owner = int(venues.owner[closed])
        if model.crowd.gone()[owner] or (platform == HERE and model.crowd.out()[owner]):
            return
        members = model.crowd.members_of(closed)
        number = self.backup[int(venues.origin[closed]), int(venues.generation[closed]) + 1]
        before = int(model.platform_of[closed])
        model.platform_of[number] = platform
        model.platform.traffic[number] = venues.traffic[number] if platform == HERE else 0
        model.platform.look_where_open()
        model.crowd.open_venue(number)
        self._take_in([number], [owner])
        flock = Flock(number, platform, members, np.zeros(len(members), dtype=np.bool_))
        place = position(members, owner)
        if place >= 0:
            flock.following[place] = True
        self.flocks.append(flock)
        self._log(REOPENED, number, before, platform, len(members))

    def _follow(self) -> None:
        """Let the members of what has opened again decide whether to follow, each day anew while its waves last."""
        model, spec, still = self.model, self.spec, []
        out, gone, now_open = model.crowd.out(), model.crowd.gone(), model.crowd.open_venues()
        for flock in self.flocks:
            if not now_open[flock.venue]:
                continue
            able = ~out[flock.members] if flock.platform == HERE else ~gone[flock.members]
            fresh = new_followers(
                flock.members,
                flock.following,
                able,
                flock.platform,
                model.accounts,
                model.world.contacts.ties,
                model.streams[Purpose.FOLLOW],
                flock.venue,
                spec.following if flock.platform == HERE else spec.following_elsewhere,
                spec.without_account,
                spec.pull,
            )
            users = flock.members[fresh].tolist()
            self._take_in([flock.venue] * len(users), users)
            flock.following |= fresh
            flock.days += 1
            if flock.days < spec.waves:
                still.append(flock)
        self.flocks = still

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
            affinity = model.scenario.world.affinity.topic
            found.append(
                search(
                    self.day, spec.searching, able, here, interest, affinity, streams[Purpose.SEARCH],
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
