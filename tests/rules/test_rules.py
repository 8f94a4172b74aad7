"""The rules as functions: bounds, directions, and what their constants mean."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sim.arithmetic import halving_table
from sim.rules import adopt, belief, delay, detect, forward, membership, notice, report, review, talk

UNIT = st.floats(0, 1)


@given(st.floats(0, 10), st.floats(0, 1e4), st.floats(0, 1e5))
def test_notice_is_a_probability_that_falls_with_traffic(weight, attention, traffic):
    p = notice.notice_probability(weight, notice.openness(attention, traffic))
    assert 0 <= p <= 1
    assert notice.notice_probability(weight, notice.openness(attention, traffic + 10)) <= p


def test_notice_is_attention_over_traffic():
    assert notice.notice_probability(1.0, notice.openness(20.0, 80.0)) == 0.25
    assert notice.notice_probability(0.5, notice.openness(20.0, 80.0)) == 0.125
    assert notice.notice_probability(1.0, notice.openness(20.0, 0.0)) == 1.0
    assert notice.notice_probability(0.0, notice.openness(20.0, 0.0)) == 0.0


@given(UNIT, st.lists(st.tuples(UNIT, st.booleans()), min_size=1, max_size=6))
def test_belief_stays_in_its_range_and_between_itself_and_the_targets(start, pulls):
    combined = weight = towards = 0.0
    for w, corrects in pulls:
        combined, weight = belief.combine(combined, w), weight + w
        towards += 0.0 if corrects else w
    if weight > 0:
        end = belief.moved(start, combined, towards / weight)
        low, high = min(start, towards / weight), max(start, towards / weight)
        assert low - 1e-7 <= end <= high + 1e-7, "kept to 32 bits"


@example(0.0, 0.5, 0.5, 2.220446049250313e-16, 1.1833924108055087e-304, 1.0, 0.0)
@given(UNIT, UNIT, UNIT, UNIT, UNIT, UNIT, st.sampled_from([0.0, 0.5, 3.0]))
def test_one_exposure_moves_belief_as_the_general_rule_does(
    start, target, credulity, persuasion, label, repetition, own_weight
):
    start = float(np.float32(start))
    w = belief.pull(credulity, persuasion, label, repetition)
    once = belief.moved_once(start, target, credulity, persuasion, label, repetition, own_weight)
    if w <= 0.0:
        assert once == start
    else:
        towards = belief.mean_target(w * target, w, start, own_weight)
        assert once == belief.moved(start, belief.combine(0.0, w), towards)
        if w < 1e-290:  # a product of so small numbers has few digits; it moves nothing
            assert once == start
        else:
            assert min(start, target) - 1e-6 <= towards <= max(start, target) + 1e-6


@given(UNIT, UNIT, UNIT)
def test_confidence_1_lets_every_target_in_and_0_only_ones_own(own, target, confidence):
    assert belief.listens(own, target, 1.0)
    assert belief.listens(own, own, 0.0)
    assert belief.listens(own, target, confidence) == (abs(own - target) <= confidence)


@given(UNIT, st.integers(0, 50), st.integers(0, 50), UNIT, st.floats(-1, 1), UNIT, UNIT)
def test_talk_gives_each_side_its_share(u, believers, checkers, spreading, credibility, forgetting, verifying):
    verifying = min(verifying, 1.0 - forgetting)
    rates = (spreading, credibility, forgetting, verifying)
    for held in (0, 1, 2):
        assert talk.held_after_talk(held, u, believers, checkers, *rates) in (0, 1, 2)
    assert talk.held_after_talk(0, u, 0, 0, *rates) == 0
    assert talk.held_after_talk(0, u, believers, 0, 0.0, credibility, forgetting, verifying) == 0
    assert talk.held_after_talk(2, u, believers, checkers, *rates) == (0 if u < forgetting else 2)
    assert (talk.held_after_talk(1, u, believers, checkers, *rates) == 2) == (u < verifying)


@given(UNIT, UNIT, UNIT, st.floats(0, 5), UNIT, UNIT)
def test_forwarding_is_a_probability_below_what_it_cannot_exceed(sharing, appeal, matching, medium, label, novelty):
    p = forward.forward_probability(sharing, appeal, matching, medium, label, novelty)
    assert 0 <= p <= min(1.0, sharing * max(1.0, medium))


def test_match_is_belief_disbelief_or_interest():
    assert forward.match(True, False, 0.7, 0.2) == 0.7
    assert forward.match(True, True, 0.7, 0.2) == pytest.approx(0.3)
    assert forward.match(False, False, 0.7, 0.2) == 0.2


def test_the_smaller_limit_holds_after_many_hops():
    assert [forward.chats_allowed(5, 1, hops, 5) for hops in (0, 4, 5, 9)] == [5, 5, 1, 1]
    assert forward.chats_allowed(5, forward.NO_LIMIT, 9, 5) == 5


@given(UNIT, UNIT, UNIT)
def test_reports_and_departures_cannot_exceed_their_rates(rate, matching, trust):
    assert 0 <= report.report_probability(rate, matching, trust, 0.0) <= rate
    assert report.report_probability(rate, matching, trust, 1.0) == 1.0 - matching
    assert 0 <= membership.leave_probability(rate, matching) <= rate
    assert 0 <= membership.join_probability(rate, matching, True, trust) <= rate


@given(UNIT, UNIT, UNIT)
def test_more_skill_never_turns_a_right_verdict_wrong(u, skill, more):
    low, high = sorted((skill, more))
    if review.upheld(u, True, low, 0.5):
        assert review.upheld(u, True, high, 0.5)
    if not review.upheld(u, False, 0.5, low):
        assert not review.upheld(u, False, 0.5, high)


def test_scanners_look_into_secret_chats_on_the_client_only():
    assert not detect.scannable(3, True, True, True, False)
    assert detect.scannable(3, True, False, False, True)
    assert detect.scannable(2, True, False, True, False)
    assert not detect.scannable(2, True, True, False, True)
    assert detect.scannable(1, False, False, False, False)
    assert not detect.scannable(1, True, False, False, True)


def test_believers_cross_the_threshold_once_upwards():
    assert adopt.becomes_believer(0.4, 0.5, 0.5)
    assert not adopt.becomes_believer(0.5, 0.6, 0.5)
    assert not adopt.becomes_believer(0.6, 0.5, 0.5)


@pytest.mark.parametrize("tick_hours", [0.25, 1.0, 6.0])
def test_the_mean_wait_is_the_inverse_of_activity_whatever_the_tick(tick_hours):
    table = delay.geometric_table(tick_hours)
    for level, rate in enumerate(delay.activity_levels()):
        mean_hours = table[level].mean() * tick_hours
        if 0.02 < rate < 1.0:
            assert mean_hours == pytest.approx(1 / rate, rel=0.02)


def test_days_of_waiting_are_divided_exactly():
    k = np.arange(1 << 16)
    for n in range(1, 1441):
        assert ((k * ((1 << 32) // n + 1)) >> 32 == k // n).all()


def test_waits_count_waking_ticks_only():
    awake = delay.awake_table([7], [16], 24)
    counts = delay.awake_ticks(awake)
    assert counts[:, 0].tolist() == [16]
    geometric = delay.geometric_table(1.0)
    for tick in range(24):
        for u in np.linspace(0, 0.999, 40):
            wait = delay.waiting_ticks(u, 20, 0, tick, geometric, awake, counts)
            assert 7 <= (tick + wait) % 24 < 23
            k = geometric[20, int(u * delay.BUCKETS)]
            passed = sum(7 <= (tick + t) % 24 < 23 for t in range(wait))
            assert passed == k


def test_post_fades_by_half_in_its_half_life():
    table = halving_table(24.0, 49)
    assert table[24] == pytest.approx(0.5, abs=1e-12)
    assert table[48] == pytest.approx(0.25, abs=1e-12)


@pytest.mark.parametrize("hazard", [1e-300, 1e-18, 1e-9, 1e-4, 0.3, 40.0])
@pytest.mark.parametrize("ticks", [1, 48, 5_000_000])
def test_how_rare_a_find_is_holds_however_rare(hazard, ticks):
    """A table of 4,096 quantiles gave nobody what fewer than 1 in 8,192 find, and took 1 / hazard steps to make."""
    step = 2.0**-53  # of draws
    share = round(-math.expm1(-hazard * ticks) / step)
    assert delay.first_tick(0.0, hazard, ticks) == 0
    if share > 2:
        assert delay.first_tick((share - 2) * step, hazard, ticks + 1) < ticks
    if share < 2**53 - 2:
        assert delay.first_tick((share + 2) * step, hazard, ticks + 1) >= ticks
    assert delay.first_tick(1.0 - step, hazard, ticks) == min(ticks, int(53 * math.log(2) / hazard))


def test_the_logarithm_of_one_plus_a_small_number_keeps_its_digits():
    for x in (0.0, 1e-300, 1e-18, 1e-9, 0.01, 0.3, 0.5, 0.51, 24.0):
        assert delay.log_of_one_plus(x) == pytest.approx(math.log1p(x), rel=1e-13)


@pytest.mark.parametrize("rate", [1e-300, 1e-18, 1e-7])
def test_what_hardly_ever_happens_does_not_happen_within_any_run(rate):
    """Not after 65,535 ticks, which is a month and a half of ticks of a minute."""
    waits = delay.hazard_table(rate)
    assert waits[-1] == (delay.NEVER if rate < 1e-7 else waits.max())
    assert int(waits[2048]) == pytest.approx(min(delay.NEVER, math.log(2) / rate), rel=1e-3)
