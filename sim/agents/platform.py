"""The platform: opens cases, hands them to moderators, and carries out what its terms say."""

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.base import SocietyAgent
from sim.agents.moderator import Moderator
from sim.draws import draw, draw1, draw3
from sim.errors import InputError
from sim.moderation.cases import MOOT, REPORT, SCAN, UPHELD, Case, Queue
from sim.moderation.ordinary import false_alarms, phases
from sim.rules.delay import further_ticks, withdrawal_table
from sim.rules.detect import flag_probability, scannable
from sim.scenario.policy import Reviewers, Treatment
from sim.vocabulary import CLASSES, ORDINARY, TICK_CLASSES, Purpose
from sim.world.posts import NEVER, Slot

if TYPE_CHECKING:
    from sim.agents.venue import Venue
    from sim.model import Society

_ORDINARY = TICK_CLASSES.index(ORDINARY)
_TEAMS = 64
"""Reviewers are gathered into at most so many teams: one agent each."""


class Platform(SocietyAgent):
    """The service and its moderation organisation, under the policy of the scenario."""

    model: "Society"

    def __init__(self, model: "Society") -> None:
        super().__init__(model)
        scenario = model.scenario
        self.name = scenario.platform.name
        self.policy = scenario.policy
        self.treatments: list[Treatment | None] = [self.policy.terms.get(c) for c in CLASSES]  # type: ignore[call-overload]
        scan = self.policy.moderation.scan
        self.recall = [float(scan.recall.get(c, 0.0)) for c in CLASSES]  # type: ignore[call-overload]
        self.treated = [i for i, t in enumerate(self.treatments) if t is not None]
        self.queue = Queue()
        self.cases: list[Case] = []
        self.due: dict[int, list[Case]] = {}
        """Upheld cases by the tick in which they take effect."""
        self.sanctions: list[tuple[int, int, int, int, int]] = []
        """(tick, position in vocabulary.SANCTIONS, user or venue, key of the item, 1 if nothing was in breach)."""
        self.delay = scenario.time.ticks_for(self.policy.moderation.takedown.delay)
        further = self.policy.moderation.takedown.further or 0.0
        self.clocks = withdrawal_table(further / scenario.time.tick_hours)
        """Further ticks until action, by quantile bucket; empty if there are none."""
        self.by_item = [t is not None and t.scope == "every-copy" for t in self.treatments] + [False]
        """Whether one clock holds for a whole item, by class."""
        self.private_scanned = 0
        """Posts in venues by invitation and direct messages at which the scanner looked."""
        reviewers = self.policy.moderation.reviewers
        teams = min(reviewers.count, _TEAMS)
        self.moderators = [Moderator(model, reviewers, reviewers.count / teams) for _ in range(teams)]
        a_day = sum(m.decisions_a_day for m in self.moderators)
        self._capacity = int(a_day * 1e6 + 0.5)
        """Decisions a day in millionths."""
        self._serve(reviewers, a_day)
        venues = model.world.venues
        everywhere = np.ones(len(venues), dtype=np.bool_)
        self.open_to_scan = everywhere if scan.private_venues else ~venues.private
        reports = self.policy.moderation.reports
        self.open_to_reports = everywhere if reports.private_venues else ~venues.private
        per_day = scenario.time.ticks_per_day
        self.phase = phases(model.streams[Purpose.ORDINARY_PHASE], len(venues), per_day)
        self.traffic = venues.traffic.copy()

    def _serve(self, reviewers: Reviewers, a_day: float) -> None:
        """Set up reviewers who take a random time for each case, if the policy has such."""
        world, per_day = self.model.scenario.world, self.model.scenario.time.ticks_per_day
        self.servers = 0
        """Simulated reviewers who work on one case at a time; 0 if decisions take no time."""
        self.busy: list[tuple[int, Case]] = []
        """Cases being worked on, with the tick in which each will be decided."""
        self.service = np.zeros(0, dtype=np.uint16)
        if reviewers.service == "even" or not reviewers.count:
            return
        self.servers = max(1, round(reviewers.count / world.persons_per_user))
        ticks = self.servers * per_day / a_day
        if ticks < 1.0:
            raise InputError(
                f"policy.moderation.reviewers.service: 'random' needs ticks shorter than a review, which takes "
                f"{24.0 * self.servers / a_day:.3g} h here; a tick is {24.0 / per_day:.3g} h (time.tick_hours)"
            )
        self.service = withdrawal_table(ticks)

    # Detect

    def scan(self, slots: list[Slot]) -> None:
        """Look at what was uploaded in this tick, where the policy lets the scanner look."""
        model, scan = self.model, self.policy.moderation.scan
        if not self.treated or not any(self.recall):
            return
        for slot in slots:
            if not scannable(slot.kind, slot.private, scan.private_venues, scan.direct_chats):
                continue
            self.private_scanned += slot.private
            facts = model.item_facts[slot.item]
            breach = self.treatments[facts.content] is not None
            chance = flag_probability(breach, self.recall[facts.content], facts.detectability, scan.false_positive)
            u = draw3(model.streams[Purpose.SCAN], facts.key, slot.place, slot.receiver + 1)
            if u < chance:
                self.open_case(slot, SCAN)

    def hear(self, reports: list[tuple[Slot, int]]) -> None:
        """Take the reports of this tick; several on one post are one case."""
        spec = self.policy.moderation.reports
        for slot, _ in sorted(reports, key=lambda r: (*r[0].order(), r[1])):
            self.model.count(slot.item, "reports")
            if spec.accepted and slot.live and (spec.private_venues or not (slot.private or slot.venue == NEVER)):
                self.open_case(slot, REPORT)

    def open_case(self, slot: Slot, source: int) -> None:
        """Open a case on the live post of a slot, unless one is open, it was cleared, or nothing is forbidden."""
        model = self.model
        if slot.case_open or slot.cleared or not self.treated:
            return
        facts = model.item_facts[slot.item]
        slot.case_open = True
        case = Case(
            source=source,
            opened=model.tick,
            place=slot.place,
            subject=facts.key,
            content=facts.content,
            breach=self.treatments[facts.content] is not None,
            author=model.posts.author[slot.row],
            slot=slot,
            generation=slot.generation,
        )
        model.count(slot.item, "cases")
        self._enqueue(case)

    def _enqueue(self, case: Case) -> None:
        self.cases.append(case)
        if case.source == SCAN and self.policy.moderation.scan.acts_alone:
            case.verdict, case.decided = UPHELD, self.model.tick
            self._schedule(case)
        else:
            self.queue.add(case, draw3(self.model.streams[Purpose.QUEUE], case.subject, case.place, case.round_key))

    def ordinary(self) -> None:
        """Open cases on ordinary posts that were flagged or reported by mistake."""
        model, moderation = self.model, self.policy.moderation
        false_positive = moderation.scan.false_positive if any(self.recall) else 0.0
        report_rate = moderation.reports.ordinary if moderation.reports.accepted else 0.0
        if not self.treated or not len(self.traffic) or false_positive + report_rate <= 0.0:
            return
        found = false_alarms(
            model.tick,
            model.scenario.time.ticks_per_day,
            self.traffic,
            self.phase,
            self.open_to_scan,
            self.open_to_reports,
            model.streams[Purpose.ORDINARY_SCAN],
            model.streams[Purpose.ORDINARY_REPORT],
            false_positive,
            report_rate,
        )
        for number, ordinal, source in found.tolist():
            venue = model.venues[number]
            model.counts[_ORDINARY]["cases"] += 1
            model.counts[_ORDINARY]["reports"] += source == REPORT
            self._enqueue(
                Case(
                    source=source,
                    opened=model.tick,
                    place=number,
                    subject=ordinal,
                    content=_ORDINARY,
                    breach=False,
                    author=self._ordinary_author(venue, ordinal),
                )
            )

    def _ordinary_author(self, venue: "Venue", ordinal: int) -> int:
        if venue.is_channel:
            return venue.owner
        numbers, _ = venue.members()
        if not len(numbers):
            return venue.owner
        u = draw(self.model.streams[Purpose.ORDINARY_AUTHOR], venue.number, ordinal)
        return int(numbers[int(u * len(numbers))])

    # Review

    def review(self) -> None:
        """Let the moderators work the queue within their capacity; a post that is gone takes no decision."""
        tick = self.model.tick
        if self.servers:
            self._review_at_random(tick)
            return
        capacity, done = self.capacity_at(tick), 0
        while done < capacity and (case := self.queue.take()) is not None:
            if case.slot is not None and not self._stands(case):
                case.verdict, case.decided = MOOT, tick
                continue
            self._judge(case, done, tick)
            done += 1

    def _judge(self, case: Case, turn: int, tick: int) -> None:
        self.moderators[turn % len(self.moderators)].decide(case, tick)
        if case.verdict == UPHELD:
            self._schedule(case)
        elif case.slot is not None:
            case.slot.cleared, case.slot.case_open = True, False
            self.model.count(case.slot.item, "cleared")

    def _review_at_random(self, tick: int) -> None:
        """Decide the cases whose time is over; who is free takes the next one, for a time of its own."""
        done = sorted((case for moment, case in self.busy if moment == tick), key=Case.order)
        self.busy = [(moment, case) for moment, case in self.busy if moment > tick]
        for turn, ended in enumerate(done):
            if self._stands(ended):
                self._judge(ended, turn, tick)
            else:
                ended.verdict, ended.decided = MOOT, tick
        stream = self.model.streams[Purpose.SERVICE]
        while len(self.busy) < self.servers and (case := self.queue.take()) is not None:
            if not self._stands(case):
                case.verdict, case.decided = MOOT, tick
                continue
            u = draw3(stream, case.subject, case.place, case.round_key)
            self.busy.append((tick + further_ticks(u, self.service), case))

    def capacity_at(self, tick: int) -> int:
        """Return how many decisions the moderators can take in a tick."""
        unit = 1_000_000 * self.model.scenario.time.ticks_per_day
        return (self._capacity * (tick + 1)) // unit - (self._capacity * tick) // unit

    def _stands(self, case: Case) -> bool:
        slot = case.slot
        return slot is None or (slot.live and slot.generation == case.generation)

    def _schedule(self, case: Case) -> None:
        u, stream = 0.0, self.model.streams[Purpose.TAKEDOWN]
        if len(self.clocks):
            whole = case.breach and self.by_item[case.content]
            u = draw1(stream, case.subject) if whole else draw3(stream, case.subject, case.place, case.round_key)
        moment = case.opened + self.delay + further_ticks(u, self.clocks)
        self.due.setdefault(max(case.decided, moment), []).append(case)

    # Enforce

    def enforce(self) -> None:
        """Carry out the verdicts that take effect in this tick."""
        cases = self.due.pop(self.model.tick, [])
        for case in sorted(cases, key=Case.order):
            if not self._stands(case):
                case.verdict = MOOT
                continue
            case.acted = self.model.tick
            treatment = self._treatment(case)
            if treatment is not None:
                self._carry_out(case, treatment)

    def _treatment(self, case: Case) -> Treatment | None:
        """Return what the terms say of the class; a post not in breach is taken for one of the classes they name."""
        if case.breach:
            return self.treatments[case.content]
        if not self.treated:
            return None
        u = draw3(self.model.streams[Purpose.MISTAKEN_AS], case.subject, case.place, case.round_key)
        return self.treatments[self.treated[int(u * len(self.treated))]]

    def _carry_out(self, case: Case, treatment: Treatment) -> None:
        model, slot = self.model, case.slot
        if slot is None:
            if "remove" in treatment.actions:
                model.counts[_ORDINARY]["removed"] += 1
        else:
            slots = [slot]
            if treatment.scope == "every-copy":
                slots = sorted(model.live[slot.item], key=Slot.order)
                model.labelled_items |= {slot.item} if "label" in treatment.actions else set()
                model.downranked_items |= {slot.item} if "downrank" in treatment.actions else set()
            for one in slots:
                one.labelled = one.labelled or "label" in treatment.actions
                one.downranked = one.downranked or "downrank" in treatment.actions
                if "remove" in treatment.actions:
                    model.take_down(one)
            model.count(slot.item, "acted")
        if treatment.strike:
            self._strike(case)

    def _strike(self, case: Case) -> None:
        model, strikes = self.model, self.policy.moderation.strikes
        wrong = int(not case.breach)
        author = model.users[case.author]
        author.strikes += 1
        self.sanctions.append((model.tick, 0, author.number, case.subject, wrong))
        if strikes.ban_user_at is not None and author.active and author.strikes >= strikes.ban_user_at:
            author.active = False
            self.sanctions.append((model.tick, 1, author.number, case.subject, wrong))
        venue = model.venues[case.place] if 0 <= case.place < len(model.venues) else None
        if venue is not None:
            venue.strikes += 1
            if strikes.ban_venue_at is not None and venue.active and venue.strikes >= strikes.ban_venue_at:
                self._ban_venue(venue)
                self.sanctions.append((model.tick, 2, venue.number, case.subject, wrong))

    def _ban_venue(self, venue: "Venue") -> None:
        """Close a venue: its posts come down, and its share of the members' attention goes to the rest."""
        self.traffic[venue.number] = 0
        for slot in venue.slots.values():
            if slot.live:
                self.model.take_down(slot)
        venue.close(self.model.tick)
