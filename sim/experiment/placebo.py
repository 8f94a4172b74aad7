"""The placebo check: before the day of a dated act, a policy and the reference must agree in everything."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.experiment.comparison import Comparison
from sim.experiment.wording import capital, titles_of
from sim.scenario.fields import days_until
from sim.scenario.scenario import Scenario

_WORDS = ("platform", "class")


@dataclass(frozen=True)
class Placebo:
    """One policy against the reference, before the first dated act in which they differ."""

    arm: str
    day: int
    """First day on which they may differ, from 0."""
    early: tuple[int, ...]
    """By pair in which they differ before: the day on which that begins."""
    pairs: int


def dated_acts(scenario: Scenario) -> dict[str, int]:
    """Return the days, from 0, on which something begins by a date: phases of the policy, an arrest."""
    start = scenario.time.start
    days = {f"phase from {phase.begins}": days_until(phase.begins, start) for phase in scenario.phases}
    arrest = scenario.law.arrest
    if arrest is not None:
        days[f"arrest by {arrest.by} on {arrest.on}"] = days_until(arrest.on, start)
    return days


def first_difference(one: Scenario, other: Scenario) -> int | None:
    """Return the first day on which a dated act of one is not one of the other; None if they have the same acts."""
    acts = dated_acts(one).items() ^ dated_acts(other).items()
    policies = {p.begins: p.policy for p in one.phases}, {p.begins: p.policy for p in other.phases}
    days = [day for _, day in acts]
    days += [
        days_until(begins, one.time.start)
        for begins in policies[0].keys() & policies[1].keys()
        if policies[0][begins] != policies[1][begins]
    ]
    return min(days) if days else None


def placebos(comparison: Comparison) -> list[Placebo]:
    """Return the check of every policy that differs from the reference by a dated act and whose runs kept their ticks.

    All series of the table of ticks are compared: by tick, platform and class.
    """
    plan, found = comparison.plan, []
    pairs = comparison.pairs
    references: list[pd.DataFrame] = []  # read once, and only if there is something to check
    scenarios = {arm.name: arm.scenario for arm in plan.arms}
    reference = scenarios[plan.reference]
    for arm in plan.arms:
        day = first_difference(arm.scenario, reference)
        kept = all("ticks" in one.record.tables for one in (arm.scenario, reference))
        if arm.name == plan.reference or day is None or not kept:
            continue
        per_day = reference.time.ticks_per_day
        references = references or [comparison.frame("ticks", plan.reference, pair) for pair in pairs]
        early = []
        for pair, other in zip(pairs, references, strict=True):
            one = comparison.frame("ticks", arm.name, pair)
            ticks = one["tick"].to_numpy()
            if len(one) != len(other) or list(one.columns) != list(other.columns):
                early.append(0)
                continue
            differ = np.zeros(len(one), dtype=np.bool_)
            for name in one.columns:
                differ |= (one[name].astype(str) if name in _WORDS else one[name]).to_numpy() != (
                    (other[name].astype(str) if name in _WORDS else other[name]).to_numpy()
                )
            before = ticks[differ & (ticks < day * per_day)]
            if len(before):
                early.append(int(before.min()) // per_day)
        found.append(Placebo(arm.name, day, tuple(early), len(pairs)))
    return found


def placebo_sentences(comparison: Comparison) -> list[str]:
    """Say whether policies with a dated act agree with the reference before its day; nothing where none has one."""
    plan, titles, said = comparison.plan, titles_of(comparison), []
    start = plan.arms[0].scenario.time.start
    for found in placebos(comparison):
        when = f"day {found.day + 1} ({start.fromordinal(start.toordinal() + found.day).isoformat()})"
        who = f"{titles[found.arm]} and {titles[plan.reference]}"
        if not found.early:
            said.append(f"Placebo check: before {when}, {who} agree in every series in all {found.pairs} paired runs.")
        else:
            said.append(
                f"Placebo check failed: {who} differ before {when} in {len(found.early)} of {found.pairs} paired runs, "
                f"from day {min(found.early) + 1} on. They differ in more than what begins on that day, so their "
                "difference is not its effect alone."
            )
    return [capital(sentence) for sentence in said]
