"""A duration of nought is the shortest one, not none: what can be given as 0 h does not turn into never."""

from sim.outcomes import Record, measure_all
from tests.small import run, small_scenario


def views(**over):
    return measure_all(Record.of(run(small_scenario({"title": "none"}, **over), 1)))["exposures"]


def test_a_withdrawal_after_nought_hours_is_not_never():
    never, soon, now = (views(world={"direct": {"withdrawal": after}}) for after in (None, "3 h", "0 h"))
    assert now < soon < never


def test_word_of_mouth_at_nought_hours_is_not_off():
    off, slow, fast = (views(behaviour={"telling": each}) for each in (None, "2 days", "0 h"))
    assert slow < fast
    assert fast != off
