"""Intervals of paired differences."""

import numpy as np
import pytest
from scipy import stats

from sim.experiment.paired import compare_pairs, mean_interval


def test_the_interval_is_that_of_a_paired_t_test():
    rng = np.random.default_rng(3)
    reference = rng.normal(10, 3, 12)
    arm = reference - 1 + rng.normal(0, 0.5, 12)
    found = compare_pairs(arm, reference)
    expected = stats.ttest_rel(arm, reference).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.settled
    assert found.variance_ratio == pytest.approx(
        (arm.var(ddof=1) + reference.var(ddof=1)) / (arm - reference).var(ddof=1)
    )
    assert found.variance_ratio > 10


def test_intervals_cover_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(5)
    inside = relative = 0
    for _ in range(1500):
        reference = rng.normal(20, 4, 8)
        arm = 0.8 * reference + rng.normal(0, 1, 8)
        found = compare_pairs(arm, reference)
        inside += found.low <= -4 <= found.high
        relative += found.relative_low <= -0.2 <= found.relative_high
    assert inside / 1500 == pytest.approx(0.95, abs=0.02)
    assert relative / 1500 == pytest.approx(0.95, abs=0.03)


def test_no_difference_is_exactly_zero():
    values = np.array([1.0, 2.0, 5.0])
    found = compare_pairs(values, values)
    assert found.exactly_zero
    assert not found.settled
    assert (found.difference, found.low, found.high) == (0, 0, 0)
    assert found.variance_ratio is None


def test_one_pair_has_no_interval_and_undefined_pairs_are_left_out():
    one = compare_pairs(np.array([1.0]), np.array([3.0]))
    assert (one.difference, one.low, one.pairs) == (-2, None, 1)
    some = compare_pairs(np.array([1.0, np.nan, 3.0]), np.array([2.0, 2.0, 2.0]))
    assert some.pairs == 2
    assert compare_pairs(np.array([np.nan]), np.array([1.0])) is None
    assert mean_interval(np.array([4.0])) == (None, None)


def test_pairs_that_share_a_world_count_as_one_in_the_interval():
    rng = np.random.default_rng(9)
    worlds = np.repeat(np.arange(6), 5)
    shift = rng.normal(0, 2, 6)[worlds]
    reference = rng.normal(10, 1, 30)
    arm = reference + 1 + shift + rng.normal(0, 0.1, 30)
    found, naive = compare_pairs(arm, reference, worlds), compare_pairs(arm, reference)
    means = np.array([(arm - reference)[worlds == w].mean() for w in range(6)])
    expected = stats.ttest_1samp(means, 0.0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.pairs == 30
    assert found.high - found.low > 1.5 * (naive.high - naive.low), "treating them as independent is too sure"
