"""The enforcer: verdicts take effect, strikes add up, and objections undo what was wrong."""

from typing import TYPE_CHECKING

from sim.agents.intake import ORDINARY_CLASS
from sim.draws import draw1, draw3
from sim.moderation.cases import ADMIN, MOOT, ORDER, OVERTURNED, UPHELD, Case
from sim.moderation.terms import EVERY_COPY, NAMED, REMOVE, STRIKE
from sim.rules.delay import clock_ticks, further_ticks
from sim.vocabulary import SANCTIONS, Purpose
from sim.world.posts import Slot

if TYPE_CHECKING:
    from sim.agents.platform import Platform
    from sim.agents.venue import Venue

STRUCK, USER_BANNED, VENUE_BANNED, SUSPENDED, LIFTED, REINSTATED = range(len(SANCTIONS))


class Enforcer:
    """The office that carries verdicts out."""

    def __init__(self, platform: "Platform") -> None:
        self.platform = platform
        self.model = platform.model
        self.due: dict[int, list[Case]] = {}
        """Upheld cases by the tick in which they take effect."""
        self.appeals: dict[int, list[Case]] = {}
        """Cases whose authors object, by the tick in which that is decided."""
        self.struck: dict[int, list[Case]] = {}
        """Cases that brought a strike which has not lapsed, by the tick in which they did."""
        self.sanctions: list[tuple[int, int, int, int, int]] = []
        """(tick, position in vocabulary.SANCTIONS, user or venue, key of the item, 1 if nothing was in breach)."""

    def schedule(self, case: Case) -> None:
        """Enter when an upheld case takes effect."""
        platform, stream, u = self.platform, self.model.streams[Purpose.TAKEDOWN], 0.0
        if len(platform.clocks):
            whole = case.breach and platform.terms.by_item[case.content]
            u = draw1(stream, case.subject) if whole else draw3(stream, case.subject, case.place, case.round_key)
        moment = case.opened + int(platform.delays[case.content]) + clock_ticks(u, platform.clocks)
        self.due.setdefault(max(case.decided, moment), []).append(case)

    def taken_for(self, case: Case) -> int:
        """Return the class for which a post not in breach is taken: one of those that the terms name, if any."""
        treated = self.platform.terms.treated
        if not treated:
            return case.content
        u = draw3(self.model.streams[Purpose.MISTAKEN_AS], case.subject, case.place, case.round_key)
        return treated[int(u * len(treated))]

    def enforce(self) -> None:
        """Let strikes lapse, decide objections, then carry out the verdicts that take effect in this tick."""
        tick = self.model.tick
        for case in (case for cases in self.platform.lapsed(self.struck) for case in cases):
            if case.verdict != OVERTURNED:
                self._take_back(case)
            case.deeds &= ~STRIKE
        for case in sorted(self.appeals.pop(tick, ()), key=Case.order):
            self._decide_appeal(case)
        for case in sorted(self.due.pop(tick, ()), key=Case.order):
            if not case.stands():
                case.verdict = MOOT
                continue
            case.acted = tick
            deeds, marks = self._treatment(case)
            if deeds:
                case.deeds = deeds
                self._carry_out(case, deeds, marks)
                self._hear_author(case)

    def _treatment(self, case: Case) -> tuple[int, int]:
        terms = self.platform.terms
        if case.source == ORDER:
            return terms.order
        if case.source == ADMIN:
            return NAMED | REMOVE, 0
        if not case.breach and not terms.treated:
            return 0, 0
        content = case.content if case.breach else self.taken_for(case)
        return terms.deeds[content], terms.marks[content]

    def _carry_out(self, case: Case, deeds: int, marks: int) -> None:
        model, slot = self.model, case.slot
        if slot is None:
            model.counts[ORDINARY_CLASS]["removed"] += deeds & REMOVE > 0
        else:
            slots = [slot]
            if deeds & EVERY_COPY:
                slots = sorted((s for s in model.live[slot.item] if not model.is_elsewhere(s)), key=Slot.order)
                model.item_marks[slot.item] |= marks
            for one in slots:
                one.marks |= marks
                if deeds & REMOVE:
                    model.take_down(one)
            if deeds & REMOVE and case.source != ADMIN:
                self.platform.learn(slot.item)
            model.count(slot.item, "acted")
        if deeds & STRIKE:
            self._strike(case)

    def _sanction(self, kind: int, subject: int, case: Case) -> None:
        self.sanctions.append((self.model.tick, kind, subject, case.subject, int(not case.breach)))

    def _strike(self, case: Case) -> None:
        model, strikes = self.model, self.platform.policy.moderation.strikes
        author = model.users[case.author]
        self.struck.setdefault(model.tick, []).append(case)
        author.strikes += 1
        self._sanction(STRUCK, author.number, case)
        if strikes.ban_user_at is not None and not author.banned and author.strikes >= strikes.ban_user_at:
            author.banned = True
            self._sanction(USER_BANNED, author.number, case)
        ticks = self.platform.suspension(author.strikes)
        if ticks and not author.banned:
            author.suspended_until = max(author.suspended_until, model.tick + ticks)
            self._sanction(SUSPENDED, author.number, case)
        venue = model.venues[case.place] if 0 <= case.place < len(model.venues) else None
        if venue is not None:
            venue.strikes += 1
            if strikes.ban_venue_at is not None and venue.active and venue.strikes >= strikes.ban_venue_at:
                self._ban_venue(venue)
                self._sanction(VENUE_BANNED, venue.number, case)

    def _ban_venue(self, venue: "Venue") -> None:
        """Close a venue: its posts come down, and its share of the members' attention goes to the rest."""
        self.platform.traffic[venue.number] = 0
        for slot in venue.slots.values():
            if slot.live:
                self.model.take_down(slot)
        venue.close(self.model.tick)

    # Objections

    def _hear_author(self, case: Case) -> None:
        """Let the author object, or not, to a removal or a strike."""
        spec = self.platform.policy.moderation.appeals
        if spec is None or case.source in (ORDER, ADMIN) or not case.deeds & (REMOVE | STRIKE):
            return
        streams, keys = self.model.streams, (case.subject, case.place, case.round_key)
        if draw3(streams[Purpose.APPEAL], *keys) < (spec.rightful if case.breach else spec.wrongful):
            wait = further_ticks(draw3(streams[Purpose.APPEAL_DELAY], *keys), self.platform.appeal_waits)
            self.appeals.setdefault(self.model.tick + int(wait), []).append(case)

    def _decide_appeal(self, case: Case) -> None:
        spec = self.platform.policy.moderation.appeals
        u = draw3(self.model.streams[Purpose.OVERTURN], case.subject, case.place, case.round_key)
        if spec is None or u >= (spec.overturned_rightful if case.breach else spec.overturned_wrongful):
            return
        assert case.verdict == UPHELD
        case.verdict = OVERTURNED
        if case.deeds & REMOVE:
            self._restore(case)
        if case.deeds & STRIKE:
            self._lift(case)

    def _restore(self, case: Case) -> None:
        """Put back, in the next tick, what came down in venues through this case and is not up again."""
        model, slot = self.model, case.slot
        if slot is None:
            model.counts[ORDINARY_CLASS]["restored"] += 1
            return
        self.platform.learned[slot.item] = False
        self.platform.hashed[slot.item] = False
        every = case.deeds & EVERY_COPY
        for one in model.slots_of_item[slot.item] if every else [slot]:
            fell = not one.live and one.intervals[-1][1] == case.acted
            if one.venue >= 0 and fell and (every or one.generation == case.generation):
                model.restore(one)

    def _lift(self, case: Case) -> None:
        """Take a strike back, with a present suspension, and a ban for which there are too few strikes now."""
        model, strikes = self.model, self.platform.policy.moderation.strikes
        author = model.users[case.author]
        self._take_back(case)
        if case.acted <= self.platform.account_since[case.author]:
            return
        if author.suspended_until >= model.tick:
            author.suspended_until = -1
        self._sanction(LIFTED, author.number, case)
        if author.banned and (strikes.ban_user_at is None or author.strikes < strikes.ban_user_at):
            author.banned = False
            self._sanction(REINSTATED, author.number, case)

    def _take_back(self, case: Case) -> None:
        """Let a strike count no more, unless another account, or another venue, has taken the place since."""
        model, platform = self.model, self.platform
        if case.acted > platform.account_since[case.author]:
            model.users[case.author].strikes -= 1
        if 0 <= case.place < len(model.venues) and case.acted > platform.venue_since[case.place]:
            model.venues[case.place].strikes -= 1
