"""The law at its bounds: deadlines, thresholds, the chance of a step and the fine, as they come out on paper."""

import numpy as np
import pytest

from sim.law.diligence import Jurisdiction, diligence, judged, shortest_deadlines
from sim.outcomes import Record
from sim.scenario.law import Element, Regime
from sim.vocabulary import CLASSES
from tests.small import STRICT, run, small_scenario

FRAUD, REPORT, UPHELD = 3, 1, 1
PERSONS_PER_USER = 1000.0


def record_of(opened, acted, tick):
    """The record of one notice about fraud with ten ticks to deal with it, acted on or not, as seen at a tick."""
    scenario = small_scenario(STRICT)
    regime = Regime(illegal=("fraud",), deadline="10 h")  # type: ignore[arg-type]
    where = Jurisdiction.of(regime, scenario, np.zeros(5, dtype=np.uint8))
    verdict = UPHELD if acted >= 0 else 0
    row = (opened, 1, 1, -1, REPORT, FRAUD, 1, 5, 1, verdict, acted, acted)
    asked = {"requests": 0, "answered": 0, "requests_due": 0, "requests_unmet": 0, "reviewers_per_million": 1.0}
    return diligence(np.array([row]), where, np.zeros(1, dtype=np.int64), tick, 1.0, **asked)


def test_a_notice_is_judged_from_the_tick_after_its_deadline():
    assert record_of(5, -1, 15)["notices"] == 0
    assert record_of(5, -1, 16)["ignored"] == 1


def test_the_last_tick_of_the_deadline_is_in_time_and_the_next_is_late():
    assert (record_of(5, 15, 50)["in_time"], record_of(5, 15, 50)["late"]) == (1, 0)
    assert (record_of(5, 16, 50)["in_time"], record_of(5, 16, 50)["late"]) == (0, 1)


@pytest.mark.parametrize(
    ("bound", "value", "verdict"),
    [({"at_least": 10.0}, 10.0, "met"), ({"at_least": 10.0}, 9.9, "not met"), ({"at_most": 10.0}, 10.0, "met"),
     ({"at_most": 10.0}, 10.1, "not met")],
)  # fmt: skip
def test_a_condition_is_met_at_its_very_bound(bound, value, verdict):
    assert judged(Element(measure="late_share", **bound), {"notices": 1.0, "late_share": value}) == verdict


@pytest.mark.parametrize(("notices", "verdict"), [(50.0, "met"), (49.0, "cannot tell")])
def test_as_many_notices_as_named_are_enough_to_judge_by(notices, verdict):
    element = Element(measure="late_share", at_least=10.0, cases=50)
    assert judged(element, {"notices": notices, "late_share": 20.0}) == verdict


def steps(hazard, *, every="1 day", reach=1.0, **more):
    """Days on which a warning was given, by seed, in a run of eight days; -1 where none was."""
    regime = {
        "illegal": ["fraud"], "audit_every": every, "reach": reach, **more,
        "elements": {"always": {"measure": "persons", "at_least": 0.0}},
        "ladder": [{"step": "warning", "needs": ["always"], "hazard": hazard}],
    }  # fmt: skip
    found = []
    for seed in range(6):
        scenario = small_scenario(STRICT, law={"regimes": {"r": regime}}, world={"users": 40})
        ticks = Record.of(run(scenario, seed)).numbers("legal", "tick")
        found.append(int(ticks[0]) // 24 if len(ticks) else -1)
    return found


def test_the_chance_of_a_step_is_the_hazard_times_the_days_between_audits_times_the_reach():
    assert steps(0.5, every="2 days") == [1] * 6, "half a chance a day, looked at every two days, is certain"
    daily = steps(0.5)
    assert set(daily) > {0}, "looked at every day it is not"
    assert steps(1.0, reach=0.5) == daily
    assert steps(0.25, every="2 days", reach=1.0) == steps(0.5, every="2 days", reach=0.5)


def test_a_fine_is_a_share_of_a_years_turnover_of_all_persons():
    rung = {"step": "fine", "needs": ["always"], "hazard": 1.0, "fine_share": 0.1}
    regime = {"elements": {"always": {"measure": "persons", "at_least": 0.0}}, "audit_every": "1 day", "ladder": [rung]}
    scenario = small_scenario(STRICT, law={"regimes": {"r": regime}}, platform={"turnover": 3.0}, world={"users": 40})
    record = Record.of(run(scenario, 1))
    assert record.numbers("legal", "value").tolist() == [int(0.1 * 3.0 * 40 * PERSONS_PER_USER)]


MOOT, CLEARED, REFUSED, WAITING = 3, 2, 4, 0
SCAN, FLAGGER, ORDER, BENIGN = 0, 2, 3, 0


def case(opened=0, *, source=REPORT, content=FRAUD, verdict=UPHELD, decided=-1, acted=-1):
    return (opened, 1, 1, -1, source, content, 1, 5, 1, verdict, decided, acted)


def test_the_record_of_fourteen_cases():
    """Ten ticks to deal with each; a tick is two hours; seen at tick 50. The last but one is of another country."""
    rows = [
        case(decided=4, acted=4),  # in time
        case(decided=10, acted=10, source=FLAGGER),  # in time
        case(decided=3, verdict=MOOT),  # in time
        case(verdict=MOOT),  # in time: came down before anybody took it
        case(decided=4, acted=20),  # late
        case(decided=3, acted=12, verdict=MOOT),  # late: it came down after that
        case(decided=5, verdict=CLEARED),  # rejected
        case(decided=5, verdict=REFUSED, source=ORDER),  # refused
        case(verdict=WAITING),  # ignored
        case(decided=6),  # ignored: found illegal, and still up
        case(decided=7, acted=7, source=SCAN),  # no notice
        case(decided=7, acted=7, source=SCAN, content=BENIGN),  # no notice, and lawful
        case(decided=7, acted=7),  # of another country
        case(45, verdict=WAITING),  # its deadline is not over
    ]
    country = np.zeros(len(rows), dtype=np.int64)
    country[-2] = 1
    regime = Regime(illegal=("fraud",), deadline="10 h", countries=("homeland",))  # type: ignore[arg-type]
    where = Jurisdiction.of(regime, small_scenario(STRICT), np.array([0, 0, 1], dtype=np.uint8))
    asked = {"requests": 8, "answered": 5, "requests_due": 4, "requests_unmet": 1, "reviewers_per_million": 2.0}
    assert diligence(np.array(rows), where, country, 50, 2.0, **asked) == {
        "notices": 10.0, "in_time": 4.0, "late": 2.0, "rejected": 1.0, "refused": 1.0, "ignored": 2.0,
        "ignored_share": 30.0, "late_share": 50.0, "confirmed_up": 1.0,
        "median_hours": 2.0 * (10 + 12) / 2,
        "requests": 8.0, "answered": 5.0, "refused_requests_share": 25.0, "reviewers_per_million": 2.0,
        "lawful_per_illegal": 1 / 5, "persons": 2 * PERSONS_PER_USER,
    }  # fmt: skip


def test_the_shortest_deadline_of_the_laws_that_apply_holds():
    def regime(**more):
        return {"elements": {}, "ladder": [], **more}

    regimes = {
        "slow": regime(illegal=["fraud"], deadline="10 h"),
        "fast": regime(illegal=["fraud", "drugs"], deadline="4 h", deadlines={"drugs": "2 h"}),
        "slower": regime(illegal=["fraud"], deadline="20 h"),
        "just large enough": regime(illegal=["terrorism"], deadline="1 h", applies_from=5 * PERSONS_PER_USER),
        "too large": regime(illegal=["csam"], deadline="1 h", applies_from=5 * PERSONS_PER_USER + 1),
    }
    found = shortest_deadlines(small_scenario(STRICT, law={"regimes": regimes}), np.zeros(5, dtype=np.uint8))
    expected = {"fraud": 4, "drugs": 2, "terrorism": 1}
    assert found.tolist() == [expected.get(name, -1) for name in (*CLASSES, "ordinary")]
