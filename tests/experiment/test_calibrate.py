"""Calibration finds what a scenario was made with; a tipping point lies where the difference crosses the bound."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from sim.cli.app import app
from sim.errors import InputError, ScenarioError
from sim.experiment.calibrate import Calibration, Target, calibrate, calibration_claim, load_calibration, misfit
from sim.experiment.plan import load_experiment
from sim.experiment.run import run_scenario
from sim.experiment.space import Interval
from sim.experiment.tipping import tipping_point
from sim.scenario.load import load_scenario
from tests.experiment.test_sweep import EXPERIMENT, SCENARIO

pytest.importorskip("optuna")

CALIBRATION = """
name: joining
scenario: tiny.yaml
space: {behaviour.post_half_life: {low: 1, high: 200, scale: log, unit: h}}
targets: {harmful_views: {value: VALUE, scale: 0.5, source: made up}}
held_out: {harmful_reach: {value: REACH, scale: 5}}
trials: 25
pairs: 2
within: 1.0
"""


@pytest.fixture
def study(tmp_path):
    (tmp_path / "tiny.yaml").write_text(SCENARIO)
    return tmp_path


def test_a_misfit_counts_scales_and_is_infinite_where_nothing_is_defined():
    targets = {"harm": Target(value=1.0, scale=2.0), "believers": Target(value=0.0, scale=1.0)}
    assert misfit(targets, {"harm": 5.0, "believers": 0.0}) == pytest.approx(2.0 / 2**0.5)
    assert misfit(targets, {"harm": float("nan"), "believers": 0.0}) == float("inf")


@pytest.mark.slow
def test_what_a_scenario_was_made_with_is_found_again(study):
    scenario = load_scenario(study / "tiny.yaml", ["behaviour.post_half_life=10 h"]).scenario
    rows = [run_scenario(scenario, s, w, root=study).outcomes for s, w in ((11, 21), (12, 22), (13, 23))]
    measured, reach = (float(np.mean([row[name] for row in rows])) for name in ("harmful_views", "harmful_reach"))
    path = study / "c.yaml"
    path.write_text(CALIBRATION.replace("VALUE", f"{measured:.4f}").replace("REACH", f"{reach:.4f}"))
    spec, tree, root = load_calibration(path)
    fitted = calibrate(spec, tree, root, study / "out")
    (row,) = fitted.spread
    assert float(row["low"].split()[0]) < 15
    assert float(row["high"].split()[0]) > 6
    held = next(check for check in fitted.checks if check["held_out"])
    assert abs(held["best"] - held["measured"]) < 2 * held["scale"]
    again = calibrate(spec, tree, root, study / "again")
    assert again.trials.equals(fitted.trials), "seeded: the same every time"
    said = json.loads((study / "out" / "manifest.json").read_text())
    assert said["what"] == "calibration"
    done = CliRunner().invoke(app, ["calibrate", str(path), "--trials", "3", "--out", str(study / "cli"), "--json"])
    assert len(json.loads(done.stdout)["sentences"]) == 4


def test_a_wide_spread_says_that_a_parameter_is_not_pinned_down(study):
    path = study / "c.yaml"
    text = CALIBRATION.replace("trials: 25", "trials: 6").replace("VALUE", "5").replace("REACH", "5")
    axis = "behaviour.post_half_life: {low: 1, high: 200, scale: log, unit: h}"
    path.write_text(text.replace(axis, "behaviour.transaction: {low: 0, high: 1}"))
    spec, tree, root = load_calibration(path)
    (row,) = calibrate(spec, tree, root, study / "out").spread
    assert row["high"] - row["low"] > 0.3, "transactions have nothing to do with conspiracies"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("harmful_views", "harmfulviews"), "did you mean 'harmful_views'"),
        (("harmful_reach", "harmful_views"), "must not be searched for"),
        (("behaviour.post_half_life", "behaviour.posthalflife"), "unknown key"),
        (("tiny.yaml", "tinny.yaml"), "no such file"),
    ],
)
def test_mistakes_are_told_before_anything_runs(study, change, words):
    path = study / "c.yaml"
    path.write_text(CALIBRATION.replace("VALUE", "1").replace("REACH", "1").replace(*change))
    with pytest.raises((ScenarioError, InputError), match=words):
        spec, tree, root = load_calibration(path)
        calibrate(spec, tree, root, study / "out")


def test_a_calibration_asks_for_a_target():
    with pytest.raises(ValueError, match="targets"):
        Calibration(space={"a": Interval()}, targets={})


@pytest.mark.slow
def test_a_tipping_point_is_where_the_difference_crosses(study):
    path = study / "e.yaml"
    path.write_text(EXPERIMENT)
    plan = load_experiment(path).with_design(pairs=4)
    lever, interval = "policy.moderation.takedown.delay", Interval(low=1, high=72, unit="h")
    ends = {"arm": "strict", "outcome": "illegal_views", "steps": 4}
    with pytest.raises(InputError, match="no arm 'stric'"):
        tipping_point(plan, lever, interval, arm="stric", outcome="harm", bound=0.0, steps=1)
    never = tipping_point(plan, lever, interval, bound=1e6, **{**ends, "outcome": "harm"})
    assert not never.crossed
    assert "does not cross" in never.sentences()[0]
    first, last = (row["difference"] for row in never.tried[:2])
    assert first < last, "fast takedown cuts more"
    bound = (first + last) / 2
    found = tipping_point(plan, lever, interval, bound=bound, **{**ends, "outcome": "harm"})
    assert found.crossed
    low, high = (float(str(v).split()[0]) for v in (found.low, found.high))
    assert 0 < high - low <= 71 / 16 + 1e-9
    by_value = {row["value"]: row["difference"] for row in found.tried}
    assert by_value[found.low] <= bound <= by_value[found.high]


def test_a_calibration_whose_scenario_has_dates_can_be_claimed(study):
    (study / "tiny.yaml").write_text("time: {start: 2024-08-01, days: 3}\nworld: {users: 40}\n")
    (study / "c.yaml").write_text(CALIBRATION.replace("VALUE", "1").replace("REACH", "1"))
    spec, tree, _ = load_calibration(study / "c.yaml")
    assert calibration_claim(spec, tree) == calibration_claim(spec, tree)
    assert calibration_claim(spec, tree).digest != calibration_claim(spec.model_copy(update={"seed": 99}), tree).digest
