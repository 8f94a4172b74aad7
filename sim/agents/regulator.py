"""Regulators: an authority looks at the record of the platform, asks for data, and escalates; once a day, at night."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.agents.base import SocietyAgent
from sim.arithmetic import halving_table
from sim.draws import draw, draw1, draw3, name_key
from sim.law.diligence import (
    AUTHOR,
    COUNTED,
    INTERVAL,
    MET,
    OPENED,
    PLACE,
    RECEIVER,
    SUBJECT,
    Jurisdiction,
    diligence,
    judged,
    notices_in,
)
from sim.rules.delay import further_ticks, withdrawal_table
from sim.rules.deter import deterred
from sim.scenario.fields import days_until
from sim.scenario.law import Regime
from sim.vocabulary import LEGAL_EVENTS, LEGAL_STEPS, Purpose

if TYPE_CHECKING:
    from sim.model import Society

Ints = NDArray[np.int64]
UNBLOCK, CHANGE, REQUEST, ANSWER = (LEGAL_EVENTS.index(name) for name in ("unblock", "change", "request", "answer"))
WARNING, FINE, BLOCK, ARREST = range(len(LEGAL_STEPS))


class Regulator(SocietyAgent):
    """An authority with a jurisdiction and a regime; where the platform is seated elsewhere its reach is shorter."""

    model: "Society"

    def __init__(self, model: "Society", number: int, name: str, regime: Regime) -> None:
        super().__init__(model)
        scenario = model.config
        self.number, self.name, self.regime = number, name, regime
        self.key = int(name_key(name))
        self.where = Jurisdiction.of(regime, scenario, model.world.people.country)
        seated = scenario.platform.seat in scenario.world.countries and bool(
            self.where.countries[list(scenario.world.countries).index(scenario.platform.seat)]
        )
        self.reach = 1.0 if seated else regime.reach
        self.applies = self.where.persons >= regime.applies_from
        """Whether the platform is large enough there for it."""
        self.rung = -1
        """Last step of the ladder that was taken."""
        self.blocked_until = -1
        self.asked_about = self.answered = 0
        """Authors about whom requests were sent, and were answered; `regime.requests` for each notice that comes in."""
        self.first_met: dict[str, int] = {}
        """Tick at whose end an element was first met."""
        self.audit_days = max(1, round(regime.audit_every / 24.0))
        self._waiting: dict[int, list[int]] = {}
        """Authors about whom an answer comes, by day."""
        self._asked: dict[int, int] = {}
        """Tick in which it asked about each author."""
        self._told: set[int] = set()
        """Authors about whom it was told."""
        self._named: set[int] = set()
        """Authors who are found if it is told about them."""
        self.users = int(self.where.countries[model.world.people.country].sum())
        """Users in its countries."""
        self._heard = -1
        """Last tick whose notices led to requests, or not."""

    def record(self, rows: Ints) -> dict[str, float]:
        """Return the diligence record of the platform up to now."""
        model = self.model
        persons = len(model.world.people) * model.config.world.persons_per_user
        reviewers = model.policy.moderation.reviewers.employed(persons)
        within = model.config.time.ticks_for(self.regime.deadline)
        due = [author for author, tick in self._asked.items() if tick + within < model.tick + 1]
        scale = model.config.world.persons_per_user
        found = diligence(
            rows,
            self.where,
            model.country_of_cases(rows),
            model.tick + 1,
            model.config.time.tick_hours,
            requests=self.regime.requests * self.asked_about,
            answered=self.regime.requests * self.answered,
            requests_due=len(due),
            requests_unmet=sum(author not in self._told for author in due),
            reviewers_per_million=reviewers * 1e6 / persons,
        )
        return found | {name: found[name] * scale for name in COUNTED}

    def act(self, day: int, rows: Ints) -> None:
        """Ask for data, hear answers, look at the record if it is time, and escalate or not."""
        self._ask(day, rows)
        self._hear_answers(day)
        if self.blocked_until == day:
            self._unblock()
        if self.applies and (day + 1) % self.audit_days == 0:
            self._audit(day, self.record(rows))

    def _log(self, event: int, value: int = 0) -> None:
        self.model.court.rows.append((self.model.tick, self.number, event, value))

    # Data

    def _ask(self, day: int, rows: Ints) -> None:
        model, spec = self.model, self.model.policy.cooperation
        if not self.regime.requests:
            return
        notices = notices_in(rows, self.where, model.country_of_cases(rows))
        fresh = notices[notices[:, OPENED] > self._heard]
        self._heard = model.tick
        waits = withdrawal_table(max(1.0, spec.within / 24.0))
        for row in fresh.tolist():
            author, keys = row[AUTHOR], (row[SUBJECT], row[PLACE], (row[INTERVAL] << 32) + row[RECEIVER] + 1)
            if author in self._asked:
                continue
            self._asked[author] = model.tick
            self.asked_about += 1
            self._log(REQUEST, author)
            if draw3(model.streams[Purpose.REQUEST], *keys) < self.regime.requests:
                self._named.add(author)
            if draw(model.streams[Purpose.ANSWER], self.key, author) < spec.answers:
                wait = further_ticks(draw(model.streams[Purpose.ANSWER_DELAY], self.key, author), waits)
                self._waiting.setdefault(day + int(wait), []).append(author)

    def _hear_answers(self, day: int) -> None:
        found = sorted(self._waiting.pop(day, ()))
        if not found:
            return
        self.answered += len(found)
        self._told.update(found)
        for author in found:
            self._log(ANSWER, author)
        self.model.court.hear_of(found, self)
        named = [author for author in found if author in self._named]
        if named:
            self.model.crowd.set_gone(np.array(named, dtype=np.int64))

    # Escalation

    def _audit(self, day: int, record: dict[str, float]) -> None:
        met = {name for name, element in self.regime.elements.items() if judged(element, record) == MET}
        for name in met:
            self.first_met.setdefault(name, self.model.tick)
        if self.rung + 1 >= len(self.regime.ladder):
            return
        step = self.regime.ladder[self.rung + 1]
        if not set(step.needs) <= met:
            return
        chance = step.hazard * self.audit_days * self.reach * self.model.config.law.hazards
        if draw3(self.model.streams[Purpose.ESCALATE], self.key, self.rung + 1, day) < chance:
            self.take_step(day)

    def take_step(self, day: int) -> None:
        """Take the next step of the ladder."""
        self.rung += 1
        rung = self.regime.ladder[self.rung]
        step = LEGAL_STEPS.index(rung.step)
        if step == FINE:
            scenario = self.model.config
            persons = len(self.model.world.people) * scenario.world.persons_per_user
            self._log(FINE, int(rung.fine_share * scenario.platform.turnover * persons))
        elif step == BLOCK:
            self._log(BLOCK)
            self.blocked_until = day + max(1, round(rung.block_for / 24.0))
            self.model.mover.lock_out(self._people_without_vpn(), out=True)
        elif step == ARREST:
            self.arrest()
        else:
            self._log(step)

    def arrest(self) -> None:
        """Arrest the executive: the platform changes its policy after a while, and people say less."""
        self._log(ARREST)
        self.model.court.shock(self.number)

    def _people_without_vpn(self) -> Ints:
        model = self.model
        mine = np.flatnonzero(self.where.countries[model.world.people.country])
        outside = [draw1(model.vpn_stream, int(u)) >= model.vpn[int(model.world.people.country[u])] for u in mine]
        return mine[np.array(outside, dtype=np.bool_)] if len(mine) else mine

    def _unblock(self) -> None:
        """Let people in again, but for those whom the block of another authority still keeps out."""
        self._log(UNBLOCK)
        self.blocked_until = -1
        free = self._people_without_vpn()
        for other in self.model.court.regulators:
            if other.blocked_until >= 0:
                free = free[~other.where.countries[self.model.world.people.country[free]]]
        self.model.mover.lock_out(free, out=False)


class Court(SocietyAgent):
    """What all regulators share: the nights on which they act, the shock of an arrest, deterrence and fear."""

    model: "Society"

    def __init__(self, model: "Society") -> None:
        super().__init__(model)
        law, time = model.config.law, model.config.time
        self.law = law
        self.regulators = [Regulator(model, i, name, regime) for i, (name, regime) in enumerate(law.regimes.items())]
        self.rows: list[tuple[int, int, int, int]] = []
        """(tick, regime, position in LEGAL_EVENTS, author or USD); a request stands for `regime.requests` of them."""
        self._told: set[int] = set()
        """Authors about whom any authority was told: who is asked about twice deters once."""
        self.deterring = np.zeros(len(model.config.world.countries))
        """Answered requests for each 1,000 persons that are remembered, by country."""
        self._fading = halving_table(law.deterrence_half_life / 24.0, 2)[1]
        self.shocked = False
        self._change_on: int | None = None
        """Day at whose end the policy changes."""
        self._changed_by = 0
        self._arrest_on = days_until(law.arrest.on, time.start) if law.arrest is not None else None
        self._needs_rows = any(r.regime.requests or r.regime.elements for r in self.regulators)

    def regulate(self) -> None:
        """At the end of a day: requests, answers, audits, steps of the ladder; a policy changes after an arrest."""
        model = self.model
        per_day = model.config.time.ticks_per_day
        if not self.regulators or (model.tick + 1) % per_day:
            return
        day = model.tick // per_day
        self.deterring *= self._fading
        rows = model.crowd.case_rows() if self._needs_rows else np.zeros((0, 12), dtype=np.int64)
        for regulator in self.regulators:
            regulator.act(day, rows)
            if day == self._arrest_on and self.law.arrest is not None and regulator.name == self.law.arrest.by:
                regulator.arrest()
        if day == self._change_on and self.law.after_shock is not None:
            self.rows.append((model.tick, self._changed_by, CHANGE, 0))
            model.change_policy(self.law.after_shock)

    def shock(self, regulator: int) -> None:
        """Let the platform feel an arrest; only the first one counts."""
        if self.shocked:
            return
        self.shocked, self._changed_by = True, regulator
        day = self.model.tick // self.model.config.time.ticks_per_day
        self._change_on = day + round(self.law.after_shock_delay / 24.0)

    def hear_of(self, authors: list[int], by: Regulator) -> None:
        """Let what an authority was told be known in its countries."""
        fresh = [author for author in authors if author not in self._told]
        self._told.update(fresh)
        if by.users:
            self.deterring[by.where.countries] += 1000.0 * by.regime.requests * len(fresh) / by.users

    def withheld(self, items: Ints) -> NDArray[np.bool_]:
        """Return which items nobody dares to start now: illegal ones by deterrence, lawful ones after an arrest."""
        model, made = self.model, self.model.items
        out = np.zeros(len(items), dtype=np.bool_)
        shares = deterred(self.law.deterrence, self.deterring)
        chilled = self.law.chilling if self.shocked else 0.0
        if not shares.any() and chilled <= 0.0:
            return out
        for k, item in enumerate(items.tolist()):
            country = int(model.world.people.country[int(made.origin[item])])
            illegal = model.illegal[country][int(made.content[item])]
            purpose, chance = (Purpose.DETER, shares[country]) if illegal else (Purpose.CHILL, chilled)
            out[k] = draw1(model.streams[purpose], int(made.key[item])) < chance
        return out

    def findings(self) -> list[dict[str, Any]]:
        """Return, for each regime, the record at the end, the elements, and the steps that were taken."""
        if not self.regulators:
            return []
        rows = self.model.crowd.case_rows()
        made = []
        for regulator in self.regulators:
            record, regime = regulator.record(rows), regulator.regime
            events = [(t, e, v) for t, r, e, v in self.rows if r == regulator.number and e not in (REQUEST, ANSWER)]
            made.append(
                {
                    "regime": regulator.name,
                    "title": regime.title or regulator.name,
                    "source": regime.source,
                    "applies": regulator.applies,
                    "applies_from": regime.applies_from,
                    "reach": regulator.reach,
                    "deadline_hours": regime.deadline,
                    "record": record,
                    "elements": [
                        {
                            "name": name,
                            "words": element.words or name,
                            "measure": element.measure,
                            "value": record[element.measure],
                            "at_least": element.at_least,
                            "at_most": element.at_most,
                            "verdict": judged(element, record),
                            "first_met": regulator.first_met.get(name, -1),
                            "source": element.source,
                        }
                        for name, element in regime.elements.items()
                    ],
                    "events": [{"tick": t, "event": LEGAL_EVENTS[e], "value": v} for t, e, v in events],
                }
            )
        return made
