"""The load of the shipped scenario, fixed so that speed means something; CHANGELOG.md says when it changes."""

import pytest

from sim.outcomes import Record
from sim.scenario.load import load_scenario
from tests.small import SCENARIO, run


@pytest.mark.only_on("compiled", reason="takes minutes with agents")
@pytest.mark.slow
def test_the_shipped_scenario_carries_its_load():
    society = run(load_scenario(SCENARIO).scenario, 1)
    record = Record.of(society)
    items = record.frame("items")
    assert society.config.policy.moderation.reviewers.count > 0
    assert (items["posts"] > 0).sum() >= 200
    assert items["views"].sum() / record.users >= 20
