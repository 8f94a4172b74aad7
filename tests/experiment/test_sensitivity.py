"""Whether an answer survives doubt about assumed values: signs over the ranges, and what decides."""

import json

import numpy as np
import pandas as pd
import pytest

from sim.errors import InputError, ScenarioError
from sim.experiment.compare import run_plan
from sim.experiment.executors import Here
from sim.experiment.plan import load_experiment
from sim.experiment.sensitivity import FILE, _turns, check_sensitivity, known_sensitivity
from sim.experiment.weights import partial_rank_correlations
from tests.cli.test_results import rumorlab as command
from tests.experiment.test_sweep import EXPERIMENT, SCENARIO
from tests.small import ROOT

RANGES = """
ranges:
  behaviour.joining: {low: 0.01, high: 0.5, source: assumed}
  behaviour.reporting.conspiracy: {low: 0.0, high: 1.0, source: assumed}
"""


@pytest.fixture
def study(tmp_path):
    (tmp_path / "tiny.yaml").write_text(SCENARIO)
    (tmp_path / "ranges.yaml").write_text(RANGES)
    text = EXPERIMENT[: EXPERIMENT.index("space:")] + "design: {pairs: 2}\noutcomes: [harm, lawful_removed]\n"
    path = tmp_path / "tiny-experiment.yaml"
    path.write_text(text + "ranges: ranges.yaml\n")
    return path


def test_partial_rank_correlation_finds_what_decides_and_what_does_not():
    rng = np.random.default_rng(2)
    points = rng.random((200, 3))
    values = np.exp(4 * points[:, 0]) - 0.3 * np.exp(4 * points[:, 1])
    found, half = partial_rank_correlations(points, values)
    assert found[0] > 0.9
    assert found[1] < -0.3
    assert abs(found[2]) < 2 * half
    plain = np.corrcoef(points[:, 1], values)[0, 1]
    assert abs(found[1]) > abs(plain), "what the strong one does is taken out first"
    outside = sum(
        abs(partial_rank_correlations(rng.random((40, 3)), rng.random(40))[0][0]) > half40
        for half40 in [partial_rank_correlations(rng.random((40, 3)), rng.random(40))[1]]
        for _ in range(400)
    )
    assert 0.02 <= outside / 400 <= 0.09, "the interval leaves out zero by chance in one of twenty"
    assert np.isnan(partial_rank_correlations(points[:3], values[:3])[0]).all(), "too few points say nothing"


def test_a_check_counts_signs_reuses_runs_and_is_found_again(study, tmp_path):
    plan = load_experiment(study).with_design(pairs=2)
    made = check_sensitivity(plan, tmp_path / "out", samples=12, make=Here, room=1, command="c", text="t")
    assert {(turn.arm, turn.outcome) for turn in made.turns} == {("strict", "harm"), ("strict", "lawful_removed")}
    lawful = next(turn for turn in made.turns if turn.outcome == "lawful_removed")
    assert lawful.points == 12
    assert lawful.above >= 10
    assert lawful.below == 0
    strongest = made.strongest()[0]
    assert strongest.path == "behaviour.reporting.conspiracy", "without reports nothing is found"
    assert made.sentences({"none": "none", "strict": "strict"}, "none")
    told = []
    again = check_sensitivity(
        plan,
        tmp_path / "out",
        samples=12,
        make=Here,
        room=1,
        command="c",
        text="t",
        tell=lambda t: told.append(t.reused),
    )
    assert again == made
    assert told[-1] == 48
    assert known_sensitivity(plan, tmp_path / "out" / "hash") == made
    (tmp_path / "out" / FILE).write_text("{}")
    assert known_sensitivity(plan, tmp_path / "out") is None


@pytest.mark.slow
def test_sobol_indices_are_of_the_difference(study, tmp_path):
    plan = load_experiment(study).with_design(pairs=1)
    made = check_sensitivity(plan, tmp_path / "out", kind="sobol", samples=8, make=Here, room=1)
    assert {weight.path for weight in made.weights} == set(plan.ranges)
    assert made.turns[0].points == 8 * 4


def test_signs_that_turn_are_said_first(study):
    plan = load_experiment(study)
    frame = pd.DataFrame({"none": np.zeros(20), "strict": np.r_[np.full(15, -1.0), np.full(5, 1.0)]})
    (turn,) = _turns(plan, {"harm": frame})
    assert (turn.below, turn.above, turn.minority, turn.survives) == (15, 5, 5, False)
    (turn,) = _turns(plan, {"harm": frame.assign(strict=-1.0)})
    assert turn.survives


def test_an_experiment_without_ranges_says_what_to_add(study, tmp_path):
    study.write_text(study.read_text().replace("ranges: ranges.yaml\n", ""))
    with pytest.raises(InputError, match="names no ranges of assumed values; add for example"):
        check_sensitivity(load_experiment(study), tmp_path / "out", samples=4, make=Here, room=1)
    (study.parent / "ranges.yaml").write_text(RANGES.replace("low: 0.01", "lo: 0.01"))
    study.write_text(study.read_text() + "ranges: ranges.yaml\n")
    with pytest.raises(ScenarioError, match=r"ranges.yaml:3:\d+: .*unknown key 'lo'"):
        load_experiment(study)


@pytest.mark.slow
def test_compare_and_its_report_print_the_turns(study, tmp_path):
    out = tmp_path / "results"
    done = command("sensitivity", study, "--samples", 4, "--pairs", 1, "--workers", 1, "--out", out)
    assert done.exit_code == 0, done.output
    assert "Best by" in done.output
    compared = command("compare", study, "--seeds", 3, "--workers", 1, "--out", out / "abc", "--json")
    said = json.loads(compared.stdout)
    turned = {(row["arm"], row["outcome"]): row["opposite_sign"] for row in said["differences"]}
    assert turned["strict", "lawful_removed"] == "0 of 4"
    assert "Over 4 draws" in said["survival"][0]
    page = (out / "abc" / "report.html").read_text()
    assert "sign turns" in page
    assert "0 of 4" in page


def test_without_a_check_the_report_says_how_to_make_one(study, tmp_path):
    compared = command("compare", study, "--seeds", 2, "--workers", 1, "--out", tmp_path / "out")
    assert "was not checked" in " ".join(compared.output.split())
    assert "rumorlab sensitivity" in (tmp_path / "out" / "report.html").read_text()


def test_every_shipped_range_can_be_set_in_every_arm():
    for name in ("telegram-moderation", "moderation-tools"):
        plan = load_experiment(ROOT / "experiments" / f"{name}.yaml")
        assert len(plan.ranges) >= 12
        assert all(axis.source for axis in plan.ranges.values()), "a range has a source or says 'assumed'"


@pytest.mark.slow
def test_low_variance_ratios_are_explained(study, tmp_path):
    from sim.experiment.answer import low_variance_ratios

    comparison = run_plan(
        load_experiment(study).with_design(pairs=4), tmp_path / "out", workers=1, tell=lambda *a: None
    )
    rng = np.random.default_rng(1)
    frame = comparison.outcomes.copy()
    frame.loc[frame["arm"] == "none", "harm"] = rng.normal(10, 1, 4)
    frame.loc[frame["arm"] == "strict", "harm"] = rng.normal(10, 1, 4)
    frame.loc[frame["arm"] == "none", "lawful_removed"] = 0.0
    frame.loc[frame["arm"] == "strict", "lawful_removed"] = rng.normal(10, 1, 4)
    said = low_variance_ratios(type(comparison)(comparison.folder, comparison.plan, frame, 0))
    assert any("correlate by only" in sentence for sentence in said)
    assert any("it varies between pairs by nothing beside" in sentence for sentence in said)
