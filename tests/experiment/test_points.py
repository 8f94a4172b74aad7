"""What a sweep varies, it varies in every arm: it must not take away what distinguishes them."""

import re

import pytest

from sim.errors import InputError
from sim.experiment.plan import load_experiment
from sim.experiment.points import check_points, points_of
from sim.experiment.space import Interval
from sim.experiment.tipping import tipping_point
from tests.experiment.test_sweep import SCENARIO

ARMS = """
scenario: tiny.yaml
arms:
  few: {set: {policy.moderation.reviewers.count: 5}}
  many: {set: {policy.moderation.reviewers.count: 50}}
  slow: {set: {policy.moderation.reviewers.count: 5, policy.moderation.takedown.delay: 3 days}}
design: {pairs: 2}
"""
COUNT, DELAY = "policy.moderation.reviewers.count", "policy.moderation.takedown.delay"


def plan_of(tmp_path, space):
    (tmp_path / "tiny.yaml").write_text(SCENARIO)
    (tmp_path / "mine.yaml").write_text(f"{ARMS}space: {space}\n")
    return load_experiment(tmp_path / "mine.yaml")


@pytest.mark.parametrize(
    ("space", "arms"),
    [
        (f"{{{COUNT}: [1, 7]}}", ("few", "many")),
        (f"{{{DELAY}: [1 h, 2 h]}}", ("few", "slow")),
        (f"{{behaviour.joining: [0.1, 0.2], {COUNT}: [1, 7]}}", ("few", "many")),
        ("{behaviour.joining: [0.1, 0.2]}", None),
        ("{policy.moderation.reviewers.sensitivity: [0.1, 0.2]}", None),
    ],
)
def test_an_axis_that_makes_arms_the_same_is_refused(tmp_path, space, arms):
    plan = plan_of(tmp_path, space)
    if arms is None:
        check_points(plan, points_of(plan))
        return
    varied = DELAY if "slow" in arms else COUNT  # and not the other axis, which the arms do not set
    with pytest.raises(
        InputError,
        match=re.escape(f"{varied}: set in every arm, so that '{arms[0]}' and '{arms[1]}' are the same scenario"),
    ):
        check_points(plan, points_of(plan))


def test_a_lever_that_makes_arm_and_reference_the_same_has_no_tipping_point(tmp_path):
    plan = plan_of(tmp_path, "{behaviour.joining: [0.1, 0.2]}")
    with pytest.raises(InputError, match="'few' and 'many' are the same scenario"):
        tipping_point(plan, COUNT, Interval(low=1, high=9, whole=True), arm="many", outcome="harm", bound=0.0, steps=1)
