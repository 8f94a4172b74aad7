"""Comparisons whose outcomes are set by hand, so that tests on sentences do not wait for the luck of runs."""

import json

import pandas as pd

from sim.experiment.comparison import Comparison
from sim.experiment.plan import Plan, PlannedArm
from sim.experiment.spec import Design, Headline, Twin, is_side_arm
from sim.experiment.store import SCHEMA
from tests.small import ROOT, small_scenario

COSTS = ("lawful_removed", "wrongly_sanctioned", "harmless_views", "private_scanned", "secret_scanned", "staff_cost")
WOBBLE = (-0.3, 0.1, 0.2, -0.1, 0.4, -0.2, 0.05, -0.15)


def around(centre, *, pairs=8, wobble=None):
    """Return values by pair near a number, a twentieth of it apart unless `wobble` says how far."""
    wobble = 0.05 * centre if wobble is None else wobble
    return [centre + wobble * WOBBLE[i % len(WOBBLE)] for i in range(pairs)]


def planted(values, *, form="effect", outcomes=None, titles=None, folder=ROOT, scenario=None):
    """Make a comparison of {arm: {outcome: values by pair}}; costs that are not named are 0, harmless views 10."""
    arms, first = list(values), next(iter(values.values()))
    outcomes = tuple(outcomes or first)
    pairs = len(next(iter(first.values())))
    scenario = scenario or small_scenario()
    planned = tuple(PlannedArm(name, (titles or {}).get(name, name), scenario) for name in arms)
    headline = Headline.model_validate({"form": form})
    design = Design(pairs=pairs)
    policies, side = ([arm for arm in planned if is_side_arm(arm.name) == beside] for beside in (False, True))
    plan = Plan(
        "p", "", tuple(policies), arms[0], design, outcomes, Twin(), ROOT, (), headline=headline, side=tuple(side)
    )
    usual = dict.fromkeys(COSTS, 0.0) | {"harmless_views": 10.0, "backlog": 0.0}
    rows = [
        {"arm": arm, "pair": i, **usual, **{name: found[i] for name, found in values[arm].items()}}
        for arm in arms
        for i in range(pairs)
    ]
    return Comparison(folder, plan, pd.DataFrame(rows), 0)


def with_law(comparison, folder, findings):
    """Write the legal findings of {arm: [findings by pair]} where those of runs lie."""
    made = Comparison(folder, comparison.plan, comparison.outcomes, 0)
    for arm, rows in findings.items():
        for pair, row in enumerate(rows):
            path = made.run_folder(arm, pair)
            path.mkdir(parents=True)
            (path / "manifest.json").write_text(json.dumps({"schema": SCHEMA, "law": row}))
    return made
