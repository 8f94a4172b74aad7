"""Tipping points: the value of a lever at which a difference crosses a bound, by bisection on pairs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.errors import InputError
from sim.experiment.batch import scenario_at
from sim.experiment.intervals import kind_of
from sim.experiment.paired import compare_pairs
from sim.experiment.plan import Plan
from sim.experiment.points import check_arms_differ
from sim.experiment.run import run_scenario
from sim.experiment.space import Interval, named
from sim.outcomes import OUTCOMES

Tell = Callable[[int, Any, float], None]


@dataclass(frozen=True)
class Tipping:
    """Where an outcome crosses a bound: between `low` and `high` of the lever; what was tried on the way."""

    lever: str
    outcome: str
    bound: float
    low: Any
    high: Any
    crossed: bool
    tried: list[dict[str, Any]]
    """Value of the lever, difference, and its interval; in the order tried."""

    def sentences(self) -> list[str]:
        """Say where it tips, or that it does not."""
        words = OUTCOMES[self.outcome].words
        if not self.crossed:
            ends = " and ".join(f"{row['difference']:+z.3g} at {row['value']}" for row in self.tried[:2])
            return [
                f"Between these values of {self.lever} the difference in {words} does not cross {self.bound:g}: {ends}."
            ]
        unclear = [row for row in self.tried if row["low"] is not None and row["low"] <= self.bound <= row["high"]]
        said = [f"The difference in {words} crosses {self.bound:g} between {self.lever} = {self.low} and {self.high}."]
        if unclear:
            values = ", ".join(str(row["value"]) for row in unclear)
            said.append(f"With this number of paired runs the result is not clear at: {values}. Use more paired runs.")
        return said


def tipping_point(
    plan: Plan,
    lever: str,
    interval: Interval,
    *,
    arm: str,
    outcome: str,
    bound: float,
    steps: int,
    tell: Tell = lambda step, value, difference: None,
) -> Tipping:
    """Halve the interval of a lever `steps` times, keeping the half in which the mean difference crosses the bound.

    The same pairs at every value: the difference is as smooth in the lever as common random numbers make it. Raises
    InputError for an unknown arm or outcome.
    """
    arms = {a.name: a for a in plan.arms}
    if arm not in arms or arm == plan.reference:
        others = ", ".join(name for name in arms if name != plan.reference)
        raise InputError(f"no arm '{arm}' beside the reference; there are: {others}")
    if outcome not in OUTCOMES:
        raise InputError(f"unknown outcome '{outcome}'")
    check_arms_differ([arms[plan.reference], arms[arm]], {named(lever, interval): interval.at(0.0)})
    tried: list[dict[str, Any]] = []

    def difference(u: float) -> float:
        value, sides = interval.at(u), []
        for name in (arm, plan.reference):
            tree = arms[name].tree
            assert tree is not None
            scenario = scenario_at(tree, {named(lever, interval): value}, ())
            made = []
            for pair in range(plan.design.pairs):
                world_seed, seed = plan.seeds(pair)
                made.append(
                    run_scenario(scenario, seed, world_seed, root=plan.root, collect=pair == 0).outcomes[outcome]
                )
            sides.append(np.array(made))
        found = compare_pairs(sides[0], sides[1], plan.worlds(np.arange(plan.design.pairs)), kind_of(outcome))
        if found is None:
            raise InputError(f"'{outcome}' is not defined at {lever} = {value}")
        tried.append({"value": value, "difference": found.difference, "low": found.low, "high": found.high})
        tell(len(tried), value, found.difference)
        return found.difference - bound

    low, high = 0.0, 1.0
    at_low, at_high = difference(low), difference(high)
    if at_low * at_high > 0.0:
        return Tipping(lever, outcome, bound, interval.at(low), interval.at(high), False, tried)
    for _ in range(steps):
        middle = 0.5 * (low + high)
        if interval.at(middle) in (interval.at(low), interval.at(high)):
            break
        here = difference(middle)
        if at_low * here <= 0.0:
            high = middle
        else:
            low, at_low = middle, here
    return Tipping(lever, outcome, bound, interval.at(low), interval.at(high), True, tried)
