"""Both crowds, one run: whatever the scenario."""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.crowd.tracing import run_both
from sim.model import Society
from sim.outcomes import Record
from sim.phases import PHASES
from tests.random_scenarios import lively_scenarios, scenarios
from tests.small import digest, small_scenario

EXAMPLES = int(os.environ.get("RUMORLAB_EXAMPLES", "80"))
"""Random scenarios per test: 120 in `make test`, thousands in the nightly profile (`make nightly`)."""


def test_the_lively_scenario_is_the_same_in_both_crowds():
    scenario = small_scenario()
    assert digest(scenario, crowd="compiled") == digest(scenario)


def _same(scenario, seed):
    agents = Society(scenario, seed, crowd="agents")
    compiled = Society(scenario, seed, crowd="compiled", world=agents.world)
    run_both(agents, compiled, PHASES)
    one, other = Record.of(agents), Record.of(compiled)
    assert one.digest == other.digest
    for name in one.tables:
        assert one.tables[name].equals(other.tables[name]), name


@pytest.mark.slow
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios(), st.integers(0, 2**31))
def test_any_scenario_is_the_same_in_both_crowds(scenario, seed):
    _same(scenario, seed)


@pytest.mark.slow
@settings(max_examples=EXAMPLES // 4, deadline=None, suppress_health_check=list(HealthCheck))
@given(lively_scenarios(), st.integers(0, 2**31))
def test_any_policy_in_a_lively_world_is_the_same_in_both_crowds(scenario, seed):
    _same(scenario, seed)
