"""How banned venues open again, here or on another platform, and how their members follow."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.agents.base import SocietyAgent
from sim.agents.crossing import new_followers, position
from sim.draws import draw
from sim.rules.delay import further_ticks, withdrawal_table
from sim.vocabulary import MOVES, Purpose

if TYPE_CHECKING:
    from sim.model import Society

Numbers = NDArray[np.int32]
REOPENED, RETURNED, LEFT, LOCKED_OUT, LET_IN, DISCOVERED, REPLACED, SUCCEEDED = range(len(MOVES))
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
    replaced: list[int] = field(default_factory=list)
    """Banned users in whose place another may come."""
    succeeded: list[int] = field(default_factory=list)
    """Banned venues in whose place another may open."""


class Reopening(SocietyAgent):
    """The part of the mover that lets venues open again; it notes what is due, and writes down what happens."""

    model: "Society"

    def __init__(self, model: "Society") -> None:
        super().__init__(model)
        scenario, venues = model.config, model.world.venues
        self.spec = scenario.moving
        self.others = list(scenario.world.elsewhere.values())
        self.rows: list[tuple[int, int, int, int, int, int]] = []
        """(tick, position in MOVES, user or venue, platform before, platform after, members)."""
        self.nights: dict[int, Night] = {}
        self.flocks: list[Flock] = []
        self.backup = {
            (int(venues.origin[v]), int(venues.generation[v])): int(v) for v in np.flatnonzero(venues.generation)
        }
        self.cut_off: NDArray[np.bool_] = np.zeros(len(model.world.people), dtype=np.bool_)
        """Who was in a venue when it was banned, of those that another has succeeded."""
        self._closures: dict[int, int] = {}
        """How often each venue was banned so far."""
        self._succeeded_after = withdrawal_table(max(1.0, (self.spec.succeeded_after or 0.0) / 24.0))
        self._reopening_after = withdrawal_table(max(1.0, self.spec.reopening_after / 24.0))

    @property
    def day(self) -> int:
        """The present day, from 0."""
        return self.model.tick // self.model.config.time.ticks_per_day

    def _draw(self, purpose: Purpose, a: int, b: int) -> float:
        return float(draw(self.model.streams[purpose], a, b))

    def _night(self, day: int) -> Night:
        return self.nights.setdefault(day, Night())

    def _log(self, what: int, subject: int, before: int, after: int, members: int = 0) -> None:
        self.rows.append((self.model.tick, what, subject, before, after, members))

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

    def _take_in(self, venues: list[int], users: list[int]) -> None:
        if venues:
            model = self.model
            model.crowd.take_in(np.array(venues, dtype=np.int32), np.array(users, dtype=np.int32), model.tick)

    def _plan_succession(self, venue: int) -> None:
        """Settle when another venue opens in the place of a banned one that does not open again."""
        times = self._closures[venue] = self._closures.get(venue, -1) + 1
        if self.spec.succeeded_after is not None:
            wait = further_ticks(self._draw(Purpose.SUCCEED_DELAY, venue, times), self._succeeded_after)
            self._night(self.day + int(wait)).succeeded.append(venue)

    def _succeed(self, venue: int) -> None:
        """Open a new venue in the place of a banned one."""
        model = self.model
        members = model.crowd.members_of(venue)
        self.cut_off[members] = True
        model.platform.venue_since[venue] = model.tick
        model.platform.traffic[venue] = model.world.venues.traffic[venue]
        model.crowd.succeed(venue)
        self._log(SUCCEEDED, venue, HERE, HERE, len(members))

    def _plan_reopening(self, venue: int) -> bool:
        """Let the owner of a banned venue decide whether and where it opens again, and when; False if it does not."""
        model, spec = self.model, self.spec
        origin, generation = int(model.world.venues.origin[venue]), int(model.world.venues.generation[venue])
        if (origin, generation + 1) not in self.backup:
            return False
        platform = HERE
        if self._draw(Purpose.REOPEN, venue, 0) >= spec.reopening:
            owner = int(model.world.venues.owner[venue])
            goes = self._draw(Purpose.REOPEN, venue, 1) < spec.going
            platform = self._destination(-1 - venue, 0, owner) if goes and self.others else -1
            if platform <= HERE:
                return False
        wait = further_ticks(self._draw(Purpose.REOPEN_DELAY, venue, 0), self._reopening_after)
        self._night(self.day + int(wait)).reopenings.append((venue, platform))
        return True

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
