"""Intake: cases are opened by scanners, reports, trusted flaggers, authorities and owners of groups."""

from typing import TYPE_CHECKING

import numpy as np

from sim.draws import draw, draw3
from sim.moderation.cases import ADMIN, ELSEWHERE, FLAGGER, ORDER, REFUSED, REPORT, ROUTE, SCAN, TRIAGED, UPHELD, Case
from sim.moderation.ordinary import false_alarms
from sim.moderation.routes import found_by
from sim.rules.delay import further_ticks
from sim.rules.detect import flag_probability, passed_on, scannable
from sim.rules.forward import match
from sim.scenario.kinds import NewPosts
from sim.vocabulary import ORDINARY, TICK_CLASSES, Purpose
from sim.world.posts import NEVER, SECRET, Slot

if TYPE_CHECKING:
    from sim.agents.platform import Platform
    from sim.agents.venue import Venue

ORDINARY_CLASS = TICK_CLASSES.index(ORDINARY)


class Intake:
    """The office that opens cases."""

    def __init__(self, platform: "Platform") -> None:
        self.platform = platform
        self.model = platform.model
        self.cases: list[Case] = []
        self.pending: dict[int, list[tuple[Slot, int, int]]] = {}
        """(slot, interval, source) of the notices that are on their way, by tick."""

    def scan(self, slots: list[Slot]) -> None:
        """Look at what was uploaded in this tick, where the policy lets the scanner look."""
        model, platform = self.model, self.platform
        scan = platform.policy.moderation.scan
        if not platform.terms.treated or not any(platform.recall):
            return
        for slot in slots:
            if model.is_elsewhere(slot):
                continue
            if not scannable(slot.kind, slot.private, scan.private_venues, scan.direct_chats, scan.secret_chats):
                continue
            platform.private_scanned += slot.private
            platform.secret_scanned += slot.kind == SECRET
            facts = model.item_facts[slot.item]
            breach = platform.terms.deeds[facts.content] != 0
            recall = platform.recall[facts.content]
            chance = flag_probability(breach, recall, facts.detectability, scan.false_positive)
            u = draw3(model.streams[Purpose.SCAN], facts.key, slot.place, slot.receiver + 1)
            if u < chance:
                self.open_case(slot, SCAN)

    def hear(self, reports: list[tuple[Slot, int]]) -> None:
        """Take the reports of this tick; several on one post are one case."""
        spec = self.platform.policy.moderation.reports
        for slot, _ in sorted(reports, key=lambda r: (*r[0].order(), r[1])):
            if self.model.is_elsewhere(slot):
                continue
            self.model.count(slot.item, "reports")
            if spec.accepted and slot.live and (spec.private_venues or not (slot.private or slot.venue == NEVER)):
                self.open_case(slot, REPORT)

    def open_case(self, slot: Slot, source: int) -> None:
        """Open a case on the live post of a slot, unless one is open, it was cleared, or nothing is forbidden."""
        if slot.case_open or slot.cleared or not self.platform.hears:
            return
        slot.case_open = True
        self._enqueue(self._case(slot, source))

    def _case(self, slot: Slot, source: int) -> Case:
        model, terms = self.model, self.platform.terms
        facts = model.item_facts[slot.item]
        breach = terms.ordered[facts.content] if source == ORDER else terms.deeds[facts.content] != 0
        model.count(slot.item, "cases")
        return Case(
            source=source,
            opened=model.tick,
            place=slot.place,
            subject=facts.key,
            content=facts.content,
            breach=breach,
            author=model.posts.author[slot.row],
            slot=slot,
            generation=slot.generation,
        )

    def _enqueue(self, case: Case) -> None:
        platform, tick = self.platform, self.model.tick
        self.cases.append(case)
        if case.source == SCAN and platform.policy.moderation.scan.acts_alone:
            case.verdict, case.decided = UPHELD, tick
            platform.enforcer.schedule(case)
        elif self._is_dismissed(case):
            platform.bench.clear(case, tick)
        else:
            platform.bench.take_in(case)

    def _is_dismissed(self, case: Case) -> bool:
        """Whether the quick first look of the policy, if it has one, dismisses what was flagged."""
        triage = self.platform.policy.moderation.queue.triage
        if triage is None or case.source not in TRIAGED:
            return False
        u = draw3(self.model.streams[Purpose.TRIAGE], case.subject, case.place, case.round_key)
        return not passed_on(u, triage.passes, triage.dismisses, case.breach)

    def ordinary(self) -> None:
        """Open cases on ordinary posts that were flagged or reported by mistake."""
        model, platform = self.model, self.platform
        moderation = platform.policy.moderation
        false_positive = moderation.scan.false_positive if any(platform.recall) else 0.0
        report_rate = moderation.reports.ordinary if moderation.reports.accepted else 0.0
        if not platform.terms.treated or not len(platform.traffic) or false_positive + report_rate <= 0.0:
            return
        found = false_alarms(
            model.tick,
            model.config.time.ticks_per_day,
            platform.traffic,
            platform.phase,
            platform.open_to_scan,
            platform.open_to_reports,
            model.streams[Purpose.ORDINARY_SCAN],
            model.streams[Purpose.ORDINARY_REPORT],
            false_positive,
            report_rate,
        )
        for number, ordinal, source in found.tolist():
            venue = model.venues[number]
            model.counts[ORDINARY_CLASS]["cases"] += 1
            model.counts[ORDINARY_CLASS]["reports"] += source == REPORT
            self._enqueue(
                Case(
                    source=source,
                    opened=model.tick,
                    place=number,
                    subject=ordinal,
                    content=ORDINARY_CLASS,
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

    def route(self, slots: list[Slot]) -> None:
        """Let the detection routes of the policy look at what was uploaded in this tick."""
        model, platform = self.model, self.platform
        routes = platform.policy.moderation.routes
        if not routes or not platform.terms.treated:
            return
        for route, stream in zip(routes, platform.route_streams, strict=True):
            seen = [
                s
                for s in slots
                if scannable(s.kind, s.private, route.private_venues, route.direct_chats, False)
                and not model.is_elsewhere(s)
            ]
            if not seen:
                continue
            platform.private_scanned += sum(slot.private for slot in seen)
            keys, places, receivers = (
                np.array(column, dtype=np.int64)
                for column in zip(*((model.item_keys[s.item], s.place, s.receiver) for s in seen), strict=True)
            )
            hits = found_by(route, stream, self._columns(seen), keys, places, receivers)
            for slot, hit in zip(seen, hits.tolist(), strict=True):
                if hit:
                    self.open_case(slot, ROUTE)

    def _columns(self, slots: list[Slot]) -> NewPosts:
        model, posts = self.model, self.model.posts
        facts = [model.item_facts[slot.item] for slot in slots]
        members = [1 if s.venue < 0 else len(model.venues[s.venue].since) for s in slots]
        return NewPosts(
            content=np.array([f.content for f in facts]),
            topic=np.array([f.topic for f in facts]),
            breach=np.array([self.platform.terms.deeds[f.content] != 0 for f in facts]),
            direct=np.array([slot.venue < 0 for slot in slots]),
            members=np.array(members),
            hops=np.array([posts.hops[slot.row] for slot in slots]),
            copied=np.array([bool(posts.copied[slot.row]) for slot in slots]),
            detectability=np.array([f.detectability for f in facts]),
        )

    # Notices from outside

    def look_ahead(self, slots: list[Slot]) -> None:
        """Let those outside the platform decide which of the new posts in venues they will act on, and when."""
        model = self.model
        for notice in self.platform.notices:
            chances, stream, delays = notice.chance, model.streams[notice.draws], model.streams[notice.delays]
            for slot in slots:
                if slot.venue < 0 or (slot.private and not notice.private):
                    continue
                if model.platform_of[slot.venue] != notice.platform:
                    continue
                facts, chance = model.item_facts[slot.item], 1.0
                venue = model.venues[slot.venue]
                if notice.only_groups:
                    if venue.is_channel or venue.owner == model.posts.author[slot.row]:
                        continue
                    chance = 1.0 - self._suits(venue.owner, slot.item)
                if draw(stream, facts.key, slot.place) < chances[facts.content] * chance:
                    wait = further_ticks(draw(delays, facts.key, slot.place), notice.waits)
                    moment = (slot, slot.generation, notice.source)
                    self.pending.setdefault(model.tick + int(wait), []).append(moment)

    def _suits(self, owner: int, item: int) -> float:
        facts, user = self.model.item_facts[item], self.model.users[owner]
        of_topic = user.belief[facts.topic], user.interest[facts.topic]
        return float(match(facts.spreads_by_belief, facts.corrects, *of_topic))

    def receive(self) -> None:
        """Take the notices that arrive in this tick about posts that are still up."""
        tick, platform = self.model.tick, self.platform
        for slot, generation, source in self.pending.pop(tick, ()):
            if not slot.live or slot.generation != generation:
                continue
            if source == ELSEWHERE:
                self.model.take_down(slot, "removed_elsewhere")
                continue
            if source == FLAGGER:
                self.open_case(slot, FLAGGER)
                continue
            case = self._case(slot, source)
            self.cases.append(case)
            case.verdict, case.decided = UPHELD, tick
            if source == ADMIN:
                platform.enforcer.due.setdefault(tick, []).append(case)
                continue
            u = draw3(self.model.streams[Purpose.COMPLY], case.subject, case.place, case.round_key)
            if u < platform.policy.moderation.orders.comply:
                platform.enforcer.due.setdefault(tick + platform.deadline, []).append(case)
            else:
                case.verdict = REFUSED
