"""Comparisons of a few pairs as they come out on paper."""

import numpy as np
import pytest

from sim.experiment.paired import by_world, compare_pairs, doubt_of, frechet_bounds, holm, ratio_interval

T3 = 3.182446
"""The 97.5 % point of t with three degrees of freedom."""


def test_holm_multiplies_the_smallest_by_their_number_the_next_by_one_less_and_never_goes_down():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    adjusted = holm([float("nan"), 0.02])
    assert adjusted[1] == 0.02, "what is not defined does not count"
    assert adjusted[0] != adjusted[0]


def test_what_would_have_happened_anyway_lies_between_the_bounds_of_frechet():
    before = np.array([100.0] * 8 + [0.0] * 2)
    after = np.array([0.0] * 3 + [100.0] * 6 + [0.0])
    found = frechet_bounds(after, before)
    assert found.low == pytest.approx((0.8 + 0.6 - 1.0) / 0.8)
    assert found.high == pytest.approx(0.6 / 0.8)
    assert found.both == pytest.approx(0.5 / 0.8)


def test_each_limit_of_what_would_have_happened_anyway_has_a_third_of_the_error():
    found = frechet_bounds(np.zeros(10), np.full(10, 100.0))
    lowest = (0.05 / 3.0) ** 0.1  # ten of ten: the chance at which that happens once in 60 times
    assert found.high_limit == pytest.approx((1.0 - lowest) / lowest)


def test_a_ratio_and_its_interval():
    above, below = np.array([2.0, 4.0, 6.0, 8.0]), np.array([4.0, 5.0, 6.0, 9.0])
    found = ratio_interval(above, below, kind="level", per=100.0)
    half = T3 * np.sqrt(0.0848765 / 3.0) / 2.0  # squares of (above - 5/6 below) / 6: 8/162, 1/1296, 1/36, 1/144
    assert found.ratio == pytest.approx(100.0 * 5.0 / 6.0)
    assert (found.low, found.high) == pytest.approx((found.ratio - 100.0 * half, found.ratio + 100.0 * half), rel=1e-5)


def test_a_difference_its_interval_and_what_the_pairing_gains():
    found = compare_pairs(np.array([1.0, 2.0, 3.0, 6.0]), np.array([1.0, 1.0, 3.0, 3.0]))
    half = T3 * np.sqrt(6.0 / 3.0) / 2.0  # differences 0, 1, 0, 3
    assert found.difference == 1.0
    assert (found.low, found.high) == pytest.approx((1.0 - half, 1.0 + half), rel=1e-5)
    assert found.variance_ratio == pytest.approx((14.0 / 3.0 + 4.0 / 3.0) / 2.0)


def test_pairs_of_one_world_have_one_mean_worlds_in_ascending_order():
    assert by_world(np.array([1.0, 3.0, 6.0]), np.array([7, 2, 7])).tolist() == [3.0, 3.5]


@pytest.mark.parametrize(
    ("moved", "pairs", "says"),
    [(3, 10, "it rests on 3 of 10 paired runs"), (4, 10, ""), (1, 31, "it rests on 1 of 31"), (1, 32, "")],
)
def test_a_rare_count_rests_on_at_least_four_pairs_that_differ_unless_there_are_32(moved, pairs, says):
    values = np.array([1.0] * moved + [0.0] * (pairs - moved))
    found = doubt_of(values, "count")
    assert found.startswith(says)
    assert bool(found) == bool(says)
