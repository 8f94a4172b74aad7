"""The unsorted scenario starts unsorted: members of channels and groups on a topic believe what all others do."""

import numpy as np
import pytest

from sim.outcomes.record import belief_gap_of
from sim.scenario.load import load_scenario
from sim.world.build import make_world
from tests.small import ROOT

WORLDS = 40
OWNS = {"bystander": 0.2, "enthusiast": 3, "supersharer": 20, "propagandist": 40}
"""As in the shipped scenario."""


def gaps_at_start(*overrides):
    """The belief gap on the first day, in belief points, one a world."""
    scenario = load_scenario(ROOT / "scenarios" / "unsorted.yaml", ["world.users=1000", *overrides]).scenario
    found = []
    for seed in range(1, WORLDS + 1):
        world = make_world(scenario, seed)
        found.append(100.0 * belief_gap_of(scenario, world.people.belief, world.venues.readers_of_topics(1000, 5)))
    return np.array(found)


def in_standard_errors(found):
    return float(found.mean() / (found.std(ddof=1) / np.sqrt(len(found))))


def test_members_believe_no_more_than_others_at_the_start():
    assert abs(in_standard_errors(gaps_at_start())) < 3.0


@pytest.mark.parametrize(
    "sorting",
    [
        ["world.affinity.topic=4"],
        ["world.personas.enthusiast.joins_more=2"],
        [f"world.personas.{name}.owns={weight}" for name, weight in OWNS.items()],
    ],
)
def test_each_way_of_sorting_would_be_seen(sorting):
    assert in_standard_errors(gaps_at_start(*sorting)) > 3.0
