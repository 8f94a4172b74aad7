"""What is said of the runs of a sweep: each measure against a case that is known."""

import math

import numpy as np
import pandas as pd
import pytest

from sim.experiment import answers
from sim.experiment.paired import compare_pairs, holm
from sim.experiment.plan import Plan, PlannedArm
from sim.experiment.space import Interval, sobol
from sim.experiment.spec import Design, Twin, Until
from sim.experiment.sweep import _unclear
from tests.small import ROOT, small_scenario


def plan(outcomes=("harm", "lawful_removed"), arms=("none", "a", "b"), **more):
    scenario = small_scenario()
    planned = tuple(PlannedArm(name, name, scenario) for name in arms)
    design = more.pop("design", Design(pairs=4))
    return Plan("p", "", planned, arms[0], design, tuple(outcomes), Twin(), ROOT, (), **more)


def runs(values, outcomes=("harm", "lawful_removed")):
    """values: {(point, arm): [(outcome, ...) by pair]}."""
    rows = [
        {"point": point, "arm": arm, "pair": i, "status": "done", **dict(zip(outcomes, cell, strict=True))}
        for (point, arm), cells in values.items()
        for i, cell in enumerate(cells)
    ]
    return pd.DataFrame(rows)


def test_holm_adjusts_as_in_his_example():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    adjusted = holm([0.01, math.nan, 0.02])
    assert adjusted[0] == pytest.approx(0.02)
    assert math.isnan(adjusted[1])
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def test_superiority_counts_pairs_below_and_half_of_the_ties():
    one, other = np.array([1.0, 2.0, 3.0, 4.0]), np.array([2.0, 2.0, 2.0, 2.0])
    assert answers.superiority(one, other) == pytest.approx((1 + 0.5) / 4)


def test_differences_are_those_of_the_pairs_that_all_arms_have():
    frame = runs({(0, "none"): [(5, 0)] * 4, (0, "a"): [(4, 0), (3, 1), (4, 0), (3, 1)], (0, "b"): [(6, 0)] * 3})
    rows = answers.differences_at(plan(), frame, 0)
    row = next(r for r in rows if (r["arm"], r["outcome"]) == ("a", "harm"))
    assert row["pairs"] == 3
    assert row["difference"] == pytest.approx(np.mean([-1, -2, -1]))
    assert row["below"] == 1.0
    assert row["p_holm"] >= row["p"]


def test_sign_changes_are_counted_over_the_points():
    down, up = [(4.0, 0), (4.1, 0), (3.9, 0), (4.0, 0)], [(6.0, 0), (6.1, 0), (5.9, 0), (6.0, 0)]
    none = [(5.0, 0)] * 4
    frame = runs(
        {(0, "none"): none, (0, "a"): down, (1, "none"): none, (1, "a"): up, (2, "none"): none, (2, "a"): none}
    )
    made = plan(arms=("none", "a"))
    found = answers.answers(made, frame)
    (harm,) = [c for c in found["sign_changes"] if c["outcome"] == "harm"]
    assert (harm["points"], harm["up"], harm["down"]) == (3, 1, 1)
    assert any(
        "compared with none, lower at 1, higher at 1, not clearly different at 1 (of 3 settings tested)" in said
        for said in found["sentences"]
    )


def test_regret_is_the_largest_loss_against_the_best_at_each_point():
    frame = runs({(0, "none"): [(5, 0)], (0, "a"): [(1, 0)], (0, "b"): [(3, 0)],
                  (1, "none"): [(5, 0)], (1, "a"): [(9, 0)], (1, "b"): [(4, 0)]})  # fmt: skip
    assert answers.regret(plan(), frame, "harm") == {"none": 4.0, "a": 5.0, "b": 2.0}


def test_the_pareto_front_leaves_out_what_is_beaten_in_all():
    frame = runs({(0, "none"): [(5, 0)], (0, "a"): [(1, 9)], (0, "b"): [(6, 1)]})
    assert answers.pareto(plan(), frame, ("harm", "lawful_removed")) == ["none", "a"]


def test_sobol_indices_of_a_known_function():
    pytest.importorskip("SALib")
    space = {"x": Interval(low=0, high=1), "y": Interval(low=0, high=1), "z": Interval(low=0, high=1)}
    made = plan(("harm",), ("none", "a"), space=space, design=Design(kind="sobol", samples=512, pairs=1))
    points = sobol(space, 512, 1, second_order=False)
    frame = runs({(i, "a"): [(4.0 * p["x"] + 2.0 * p["y"],)] for i, p in enumerate(points)}, ("harm",))
    found = {row["path"]: row for row in answers.sobol_indices(made, frame, len(points), "harm", "a")}
    assert found["x"]["first"] == pytest.approx(0.8, abs=0.05)
    assert found["y"]["total"] == pytest.approx(0.2, abs=0.05)
    assert found["z"]["total"] == pytest.approx(0.0, abs=0.01)


def test_the_rule_for_more_pairs_keeps_the_coverage_of_its_interval():
    """Pairs are added until the half-width is small: the interval at the stop covers about as often as it says."""
    rng = np.random.default_rng(11)
    hits = 0
    for _ in range(300):
        n, values = 8, rng.normal(1.0, 1.0, 200)
        while n < 100:
            found = compare_pairs(values[:n], np.zeros(n))
            if found.high - found.difference <= 0.3:
                break
            n = min(100, n + max(2, n // 2))
        found = compare_pairs(values[:n], np.zeros(n))
        hits += found.low <= 1.0 <= found.high
    assert 0.90 <= hits / 300 <= 0.98


def test_points_with_wide_differences_get_more_pairs():
    until = Until(outcome="harm", half_width=0.5, max_pairs=9)
    made = plan(arms=("none", "a"), design=Design(pairs=3, until=until))
    narrow = [(1.0, 0), (1.1, 0), (0.9, 0)]
    frame = runs(
        {(0, "none"): [(0, 0)] * 3, (0, "a"): narrow, (1, "none"): [(0, 0)] * 3, (1, "a"): [(0, 0), (9, 0), (4, 0)]}
    )
    assert _unclear(made, frame, 2) == [1]
