"""Intervals of paired differences: of levels, of rare counts, and of events that happen in a run or not."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sim.experiment.comparison import Comparison
from sim.experiment.intervals import bootstrap_t_limits, event_limits, kind_of, mcnemar_p, t_limits
from sim.experiment.paired import (
    Difference,
    compare_pairs,
    frechet_bounds,
    mean_interval,
    ratio_interval,
)
from sim.experiment.plan import Plan, PlannedArm
from sim.experiment.spec import Design, Twin
from sim.experiment.wording import size_of
from sim.outcomes import OUTCOMES
from tests.experiment.planted import planted
from tests.small import ROOT, small_scenario


def event(*happened):
    return 100.0 * np.array(happened, dtype=float)


def test_the_interval_is_that_of_a_paired_t_test():
    rng = np.random.default_rng(3)
    reference = rng.normal(10, 3, 12)
    arm = reference - 1 + rng.normal(0, 0.5, 12)
    found = compare_pairs(arm, reference)
    test = stats.ttest_rel(arm, reference)
    expected = test.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.p == pytest.approx(test.pvalue)
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
    for kind in ("level", "count"):
        found = compare_pairs(values, values, kind=kind)
        assert found.exactly_zero
        assert not found.settled
        assert (found.difference, found.low, found.high) == (0, 0, 0)
        assert found.variance_ratio is None
        assert not found.doubtful


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


# counts


def test_the_interval_of_a_skewed_count_covers_better_than_that_of_t_and_draws_by_key():
    rng = np.random.default_rng(7)
    shipped = plain = 0
    for _ in range(600):
        values = rng.exponential(1.0, 16) ** 2
        low, high = bootstrap_t_limits(values, resamples=500)
        shipped += low <= 2.0 <= high
        low, high = t_limits(values)
        plain += low <= 2.0 <= high
    assert shipped / 600 >= plain / 600 + 0.03
    assert shipped / 600 >= 0.87
    assert bootstrap_t_limits(values) == bootstrap_t_limits(values)


def test_every_count_of_rare_things_and_every_event_is_taken_as_such():
    kinds = {name: kind_of(name) for name in OUTCOMES}
    assert {name for name, kind in kinds.items() if kind == "event"} == {"happened", "arrested", "liable"}
    assert all(kinds[name] == "count" for name in ("lawful_removed", "wrongly_sanctioned", "venues_banned", "turnout"))
    assert all(kinds[name] == "level" for name in ("harmful_views", "harm", "believers", "staff_cost"))


@pytest.mark.parametrize(
    ("values", "kind", "says"),
    [
        ([3.0, 0.0, 1.0, 9.0], "count", "4 paired runs are too few for an interval of a rare count: at least 8"),
        ([0.0] * 14 + [5.0, 1.0], "count", "it rests on 2 of 16 paired runs"),
        (
            [1.0, 2.0] * 7 + [90.0, 80.0],
            "count",
            "a few paired runs make most of it: at least 32 are needed, 16 were done",
        ),
        ([1.0, 2.0, 3.0, 2.5] * 4, "count", ""),
        ([1.0, 2.0, 1.5], "level", "3 paired runs are too few"),
        ([1.0, 2.0, 1.5, 1.7], "level", ""),
        ([100.0] * 5, "event", "5 paired runs are too few for an interval of an event: at least 6"),
    ],
)
def test_an_interval_that_covers_too_seldom_says_that_it_needs_more_pairs(values, kind, says):
    found = compare_pairs(np.array(values), np.zeros(len(values)), kind=kind)
    assert found.doubtful == bool(says)
    assert says in found.doubt


# events


def test_an_event_that_always_and_never_happened_still_has_an_interval():
    found = compare_pairs(event(*[0] * 8), event(*[1] * 8), kind="event")
    assert (found.difference, found.low) == (-100, -100)
    assert -70 < found.high < -30
    assert found.p == pytest.approx(2 / 2**8)
    assert found.settled
    assert found.relative_low is None


def test_two_pairs_never_settle_an_event():
    for n in range(2, 6):
        found = compare_pairs(event(*[0] * n), event(*[1] * n), kind="event")
        assert found.p == pytest.approx(2 * 0.5**n)
        assert found.high >= 0.0
        assert not found.settled
        assert found.doubtful


def test_an_events_interval_takes_in_zero_wherever_mcnemar_does_not_reject():
    rng = np.random.default_rng(4)
    for _ in range(300):
        n = int(rng.integers(2, 25))
        one, other = (rng.random(n) < rng.random()).astype(float), (rng.random(n) < rng.random()).astype(float)
        low, high = event_limits(one, other)
        if mcnemar_p(one, other) >= 0.05:
            assert low <= 0.0 <= high
        assert low <= one.mean() - other.mean() <= high


@pytest.mark.parametrize("chance", [0.57, 0.9, 0.95])
@pytest.mark.parametrize("pairs", [8, 16])
def test_an_events_interval_covers_the_truth_at_least_as_often_as_it_says(chance, pairs):
    rng = np.random.default_rng(6)
    for other in (0.0, 0.57):
        inside = 0
        for _ in range(300):
            arm, reference = rng.random(pairs) < other, rng.random(pairs) < chance
            low, high = event_limits(arm.astype(float), reference.astype(float))
            inside += low <= other - chance <= high
        assert inside / 300 >= 0.93


def test_bounds_on_what_would_have_happened_anyway_carry_the_chance_in_both_shares():
    before, after = event(*[1] * 8), event(*[0] * 8)
    found = frechet_bounds(after, before)
    assert (found.before, found.after, found.both, found.low, found.high) == (1, 0, 0, 0, 0)
    assert found.low_limit == 0.0
    assert 0.3 < found.high_limit < 1.0, "eight runs cannot say never"
    many = frechet_bounds(np.tile(after, 100), np.tile(before, 100))
    assert many.high_limit < 0.02
    assert frechet_bounds(before, after) is None, "it never happened before"
    rng = np.random.default_rng(8)
    held = 0
    for _ in range(300):
        one, other = event(*(rng.random(20) < 0.9)), event(*(rng.random(20) < 0.7))
        made = frechet_bounds(other, one)
        held += made.low_limit <= 0.6 / 0.9 and made.high_limit >= 0.7 / 0.9
    assert held / 300 >= 0.95


# ratios


def test_a_ratio_has_an_interval_that_covers():
    rng = np.random.default_rng(10)
    inside = 0
    for _ in range(400):
        illegal = rng.poisson(60, 16).astype(float)
        lawful = rng.poisson(0.25 * illegal).astype(float)
        found = ratio_interval(lawful, illegal, per=100.0)
        inside += found.low <= 25.0 <= found.high
    assert inside / 400 >= 0.92
    assert found.ratio == pytest.approx(100 * lawful.mean() / illegal.mean())


def test_a_ratio_over_nothing_is_none():
    some = np.array([3.0, 1.0, 2.0, 0.0])
    assert ratio_interval(some, np.zeros(4)) is None
    assert ratio_interval(some, np.array([-1.0, 1.0, -2.0, 2.5])) is None, "the sign of what is below is not clear"
    assert ratio_interval(np.array([2.0]), np.array([4.0])).low is None
    assert ratio_interval(np.zeros(4), some + 1).low == 0.0
    assert ratio_interval(np.array([0.0, 0, 0, 5]), some + 5).low >= 0.0, "counts have no ratio below 0"


# many at once


def test_what_leaves_out_zero_by_itself_but_not_among_so_many_is_leaning():
    alone = Difference(-1.0, -1.9, -0.1, None, None, None, 8, None, 1.0, 2.0, p=0.03)
    assert alone.settled
    among = Difference(-1.0, -1.9, -0.1, None, None, None, 8, None, 1.0, 2.0, p=0.03, p_adjusted=0.3, shown_together=9)
    assert not among.settled
    assert among.leaning


def null_comparison(rng, pairs=8, arms=4):
    """Four arms that are the reference: their runs differ by chance alone."""
    outcomes = ("harmful_views", "harm", "illegal_views", "conspiracy_views", "harmless_views", "lawful_removed")
    outcomes += ("wrongly_sanctioned", "believers", "staff_cost")
    names = ("none", *(f"arm{i}" for i in range(arms)))
    scenario = small_scenario()
    planned = tuple(PlannedArm(name, name, scenario) for name in names)
    plan = Plan("p", "", planned, "none", Design(pairs=pairs), outcomes, Twin(), ROOT, ())
    world = {name: rng.normal(10, 3, pairs) for name in outcomes}
    rows = []
    for arm in names:
        common = rng.normal(0, 1, pairs)
        for pair in range(pairs):
            row = {name: world[name][pair] + common[pair] + rng.normal() for name in outcomes}
            row["lawful_removed"] = float(rng.poisson(3))
            row["wrongly_sanctioned"] = float(rng.poisson(1))
            rows.append({"arm": arm, "pair": pair, **row})
    return Comparison(ROOT, plan, pd.DataFrame(rows), 0)


def test_four_arms_that_are_the_reference_are_told_from_it_in_at_most_6_of_100_trials(monkeypatch):
    monkeypatch.setattr("sim.experiment.paired.bootstrap_t_limits", lambda v: bootstrap_t_limits(v, resamples=200))
    rng, trials, wrong, alone = np.random.default_rng(12), 150, 0, 0
    for _ in range(trials):
        comparison = null_comparison(rng)
        wrong += bool(comparison.all_settled())
        arms = [arm.name for arm in comparison.plan.arms[1:]]
        found = [comparison.difference(arm, name) for arm in arms for name in comparison.plan.outcomes]
        assert {one.shown_together for one in found} == {36}
        alone += any(one.leaves_out_zero for one in found)
    assert wrong / trials <= 0.06
    assert alone / trials > 0.3, "each by itself they would be"


def test_between_two_policies_the_p_value_is_adjusted_over_all_pairs_of_them():
    comparison = null_comparison(np.random.default_rng(13))
    found = comparison.difference("arm2", "harm", "arm0")
    assert found.shown_together == 6
    assert found.p_adjusted >= found.p
    assert found.difference == pytest.approx(-comparison.difference("arm0", "harm", "arm2").difference)
    assert comparison.ratio("arm1", "lawful_removed", "wrongly_sanctioned", per=100).low > 0


def test_shares_differ_by_a_hundred_points_at_most():
    made = planted({"a": {"believers": [99.0, 1.0]}, "b": {"believers": [1.0, 99.0]}})
    found = made.difference("b", "believers")
    assert (found.low, found.high) == (-100.0, 100.0)


def test_a_count_that_the_reference_never_has_is_at_least_zero():
    found = compare_pairs(np.array([0.0, 900.0, 0.0, 20.0]), np.zeros(4), kind="count")
    assert found.low == 0.0
    assert found.high > found.difference
    assert not found.settled
    assert compare_pairs(np.array([0.0, 900.0, 0.0, 20.0]), np.array([0.0, 0.0, 0.0, 1.0]), kind="count").low < 0.0


def test_a_difference_from_next_to_nothing_is_told_in_its_own_unit():
    base = np.array([0.0, 0.1, 0.0, 0.2, 0.1, 0.0, 0.1, 0.1])
    found = compare_pairs(base + 4.0 + base[::-1], base)
    assert found is not None
    assert found.relative is not None
    assert found.relative > 10.0
    assert size_of(found, "lawful_removed")[0] == "4.1 per 1,000 users higher"
    small = compare_pairs(base + 14.0, base + 10.0)
    assert small is not None
    assert size_of(small, "lawful_removed")[0] == "39.7 % higher"
