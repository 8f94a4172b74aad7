"""What shipped scenarios must show for the questions asked of them to have an answer, at any number of users."""

import numpy as np
import pytest
from scipy.stats import fisher_exact

from sim.experiment.plan import load_experiment
from sim.experiment.scale import check_scale, resized
from sim.outcomes import Record, measure_all
from sim.scenario.load import load_scenario
from tests.small import ROOT, run

PUBLISHED = (0.13, 0.18)
"""Data requests answered a year for 1,000 users: France and Germany in 2024 (893 and 945 in all)."""


def outcomes(scenario, seed):
    return measure_all(Record.of(run(scenario, seed, crowd="compiled")))


@pytest.mark.slow
def test_the_riot_happens_in_20_to_60_of_100_worlds_whatever_their_size():
    shipped = load_scenario(ROOT / "scenarios" / "riot.yaml").scenario
    seen = {}
    for users, runs in ((5_000, 60), (20_000, 30)):
        happened = sum(outcomes(resized(shipped, users), seed)["happened"] > 0 for seed in range(1001, 1001 + runs))
        assert 0.2 <= happened / runs <= 0.6, users
        seen[users] = (happened, runs - happened)
    assert fisher_exact(list(seen.values())).pvalue > 0.05


@pytest.mark.slow
def test_as_many_data_requests_are_answered_as_published_within_a_factor_of_three():
    policy = f"policy={{extends: {ROOT / 'scenarios' / 'policies' / 'telegram-after.yaml'}}}"
    scenario = load_scenario(ROOT / "scenarios" / "telegram-law.yaml", [policy]).scenario
    answered = np.mean([outcomes(scenario, seed)["requests_answered"] for seed in range(1, 7)])
    assert PUBLISHED[0] / 3 <= answered <= 3 * PUBLISHED[1]


@pytest.mark.slow
def test_the_legal_matrix_is_the_same_at_2000_5000_and_20000_users(tmp_path):
    plan = load_experiment(ROOT / "experiments" / "who-is-liable.yaml").with_design(pairs=2)
    options = {"tolerance": 0.1, "workers": 1, "command": "", "tell": lambda size: lambda *a: None}
    made = check_scale(plan, tmp_path / "out", (2_000, 5_000, 20_000), **options)
    said = made.law_sentences()
    assert len({(cell.arm, cell.regime) for cell in made.law}) == 36
    assert [one for one in said if one.startswith("Differs")] == [], said
    assert sum(cell.told for cell in made.law if cell.users == 20_000) > 25
