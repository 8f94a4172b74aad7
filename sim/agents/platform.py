"""The platform: its policy in force, and the moderation organisation that works by it."""

from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.agents.base import SocietyAgent
from sim.agents.bench import Bench
from sim.agents.enforcer import Enforcer
from sim.agents.intake import Intake
from sim.agents.staff import Staff
from sim.draws import draw1
from sim.law.diligence import shortest_deadlines
from sim.moderation.cases import DUE, FIRST, FLAGGER, Case
from sim.moderation.notices import Notice, notices_elsewhere, notices_of
from sim.moderation.ordinary import phases
from sim.moderation.routes import route_streams
from sim.moderation.terms import Terms
from sim.rules.delay import hazard_table, withdrawal_table
from sim.scenario.policy import Policy
from sim.vocabulary import CLASSES, Purpose

if TYPE_CHECKING:
    from sim.model import Society

T = TypeVar("T")


class Platform(SocietyAgent):
    """The service under the policy in force: what the policy comes to in numbers, and three offices.

    `intake` opens cases, `bench` judges them, `enforcer` carries verdicts out; a compiled run has a desk of its own
    instead (crowd.desk), which reads the same numbers here.
    """

    model: "Society"

    def __init__(self, model: "Society") -> None:
        super().__init__(model)
        scenario, venues = model.config, model.world.venues
        self.name = scenario.platform.name
        self.private_scanned = 0
        """Posts in venues by invitation and one-to-one chats at which the scanner looked."""
        self.secret_scanned = 0
        """Those of them in secret chats: looked at on a phone."""
        self.private_matched = 0
        """Uploads to private places that were matched against hashes."""
        self.phase = phases(model.streams[Purpose.ORDINARY_PHASE], len(venues), scenario.time.ticks_per_day)
        self.traffic = np.where(venues.generation == 0, venues.traffic, 0)
        """Of open venues."""
        self.hashed: NDArray[np.bool_] = np.zeros(len(model.items), dtype=np.bool_)
        """Items that are in the database of hashes now."""
        self.learned: NDArray[np.bool_] = self.hashed.copy()
        """Items that were taken down, and not restored."""
        self.account_since = np.full(len(model.world.people), -1, dtype=np.int32)
        """Tick until which there was another account, where a user came back with a new one or was replaced."""
        self.venue_since = np.full(len(venues), -1, dtype=np.int32)
        """Tick until which there was another channel or group in the place of one that succeeded it."""
        self.staff: Staff | None = None
        self.intake, self.bench, self.enforcer = Intake(self), Bench(self), Enforcer(self)
        self.adopt(model.policy)

    def adopt(self, policy: Policy) -> None:
        """Put a policy in force: from now on what is found, decided and done goes by it."""
        model, scenario, moderation = self.model, self.model.config, policy.moderation
        hours = scenario.time.tick_hours
        self.policy = policy
        self.terms = Terms.of(scenario, policy)
        self.hears = bool(self.terms.treated) or bool(scenario.law.regimes)
        """Whether notices are written down: by law even where the terms forbid nothing."""
        self.recall = [float(moderation.scan.recall.get(c, 0.0)) for c in CLASSES]  # type: ignore[call-overload]
        self.delay = scenario.time.ticks_for(moderation.takedown.delay)
        self.legal_ticks = shortest_deadlines(scenario, model.world.people.country)
        """Ticks within which a law wants a notice dealt with, by class; -1 where none covers it."""
        self.delays = np.full(len(self.legal_ticks), self.delay)
        """Ticks from the opening of a case to the action, by class."""
        if moderation.takedown.heeds_deadlines:
            covered = self.legal_ticks >= 0
            self.delays[covered] = np.minimum(self.delay, self.legal_ticks[covered])
        expires = moderation.queue.expires
        self.expires = -1 if expires is None else scenario.time.ticks_for(expires)
        """Ticks after which a waiting case is dropped; -1 for never."""
        self.deadline = scenario.time.ticks_for(moderation.orders.deadline)
        further = (moderation.takedown.further or 0.0) / hours
        self.clocks = hazard_table(1.0 / further if further > 0.0 else 0.0)
        """Further ticks until action, by quantile bucket; empty if there are none."""
        self.appeal_waits = withdrawal_table(
            max(1.0, (moderation.appeals.delay if moderation.appeals else 0.0) / hours)
        )
        self.ladder = [(rung.at, scenario.time.ticks_for(rung.suspend)) for rung in moderation.strikes.ladder]
        """Strikes from which an account is suspended, and for how many ticks."""
        lapse = moderation.strikes.lapse
        self.lapse = None if lapse is None else max(1, scenario.time.ticks_for(lapse))
        """Ticks for which a strike counts; None for ever."""
        self.notices: list[Notice] = notices_of(policy, scenario.time) + notices_elsewhere(scenario)
        self.route_streams = route_streams(moderation.routes, model.streams[Purpose.ROUTE])
        self.look_where_open()
        self._match_hashes(policy)
        if self.staff is not None:
            self.staff.leave()
        self.staff = Staff(model, moderation.reviewers)
        self.bench.regroup()

    def look_where_open(self) -> None:
        """Work out in which venues ordinary posts are scanned and reported: those of this platform alone."""
        moderation, here = self.policy.moderation, self.model.platform_of == 0
        seen = here & ~self.model.world.venues.private
        self.open_to_scan = here if moderation.scan.private_venues else seen
        self.open_to_reports = here if moderation.reports.private_venues else seen

    def _match_hashes(self, policy: Policy) -> None:
        spec, items = policy.moderation.hashes, self.model.items
        self.matches = spec.learned or any(share > 0.0 for share in spec.known.values())
        """Whether uploads are matched at all."""
        self.hashed = self.learned.copy() if spec.learned else np.zeros(len(items), dtype=np.bool_)
        stream = self.model.streams[Purpose.HASH_KNOWN]
        shares = [float(spec.known.get(c, 0.0)) for c in CLASSES]  # type: ignore[call-overload]
        if any(shares):
            for item, (key, content) in enumerate(zip(items.key.tolist(), items.content.tolist(), strict=True)):
                self.hashed[item] |= draw1(stream, key) < shares[content]

    @property
    def working(self) -> Staff:
        """The reviewers of the policy in force."""
        assert self.staff is not None
        return self.staff

    def learn(self, item: int) -> None:
        """Add an item that was taken down to the database of hashes, if the policy keeps one of its own."""
        self.learned[item] = True
        self.hashed[item] |= self.policy.moderation.hashes.learned

    def suspension(self, strikes: int) -> int:
        """Return for how many ticks the last of so many strikes suspends an account."""
        ticks = 0
        for at, length in self.ladder:
            ticks = length if strikes >= at else ticks
        return ticks

    def lapsed(self, struck: dict[int, list[T]]) -> list[list[T]]:
        """Take out of the strikes, by the tick in which they were given, those that lapse now; the oldest first."""
        if self.lapse is None:
            return []
        found: list[list[T]] = []
        while struck and (first := next(iter(struck))) <= self.model.tick - self.lapse:
            found.append(struck.pop(first))
        return found

    def group_of(self, case: Case) -> int:
        """Return which reviewers read a case: by the country of its venue, or of the author of a direct message."""
        venues = self.model.world.venues
        if 0 <= case.place < len(venues):
            return self.working.group_of_country[int(venues.country[case.place])]
        return self.working.group_of_country[int(self.model.world.people.country[case.author])]

    def priority(self, source: int, taken_for: int, members: int) -> int:
        """Return how urgent a case is: the class for which its post is taken, and how many are in its place."""
        queue = self.policy.moderation.queue
        first = FIRST if queue.notices_first and source == FLAGGER else 0
        if queue.discipline == "first-come":
            return first
        if queue.discipline == "deadline":
            within = int(self.legal_ticks[taken_for])
            return first + (DUE - self.model.tick - within if within >= 0 else 0)
        severity = self.terms.severity[taken_for] if queue.discipline != "reach" else 1
        return first + severity * (members if queue.discipline != "severity" else 1)
