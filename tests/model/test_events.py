"""Turnout at events, and bots: each does what its name says, and nothing when it is off."""

import numpy as np
import pytest
from pydantic import ValidationError

from sim.agents.mobiliser import turnout
from sim.outcomes import Record, measure_all
from sim.rules.turnout import goes
from sim.scenario.scenario import Scenario
from tests.small import STRICT, merged, run, small_scenario

EVENT = {"topic": "migration", "on": "day 6", "hour": 19, "willing_at": 0.3, "free": 1.0, "happens_at": 1.0}
CALLS = {"content": {"streams": {"incitement": {"calls": "riot"}}}}


def record(event=None, policy=STRICT, seed=1, **over):
    events = {"events": {"riot": EVENT | (event or {})}}
    return Record.of(run(small_scenario(policy, **merged(events, over)), seed))


def test_a_chain_of_thresholds_goes_whole_and_breaks_with_one_user():
    chain = np.arange(100.0)  # the i-th goes once i of 1,000 do
    assert turnout(chain, 1000) == 100
    broken = chain.copy()
    broken[1] = 2.0
    assert turnout(broken, 1000) == 1, "nobody has threshold 1: only the first goes"
    assert turnout(chain[::-1].copy(), 1000) == 100, "whatever their order"


def test_thresholds_are_for_each_1000_local_users_so_that_a_larger_world_goes_alike():
    thresholds = np.array([0.0, 0.0, 1.0, 2.0, 5.0])
    for times in (1, 10, 100):
        assert turnout(np.repeat(thresholds, times), 1000 * times) == 4 * times


def test_a_rising_threshold_is_reached_only_by_enough_others():
    assert goes(0, 1000, 0.0)
    assert not goes(1, 1000, 1.5)
    assert goes(2, 1000, 1.5)


@pytest.mark.parametrize("mean", [(100.0, 400.0), (400.0, 1000.0)])
def test_turnout_falls_as_thresholds_rise(mean):
    def found(mean):
        event = {"threshold": {"kind": "exponential", "mean": mean}, "instigators": 0.2}
        return record(event, **CALLS).events[0]["turnout"]

    assert found(mean[0]) > found(mean[1]) > 0


def test_the_occasion_is_one_draw_for_all():
    event = {"threshold": 80.0, "occasion": {"kind": "uniform", "low": 0.0, "high": 2.0}, "instigators": 0.1}
    found = [record(event, seed=seed, **CALLS).events[0] for seed in range(1, 9)]
    went = {event["turnout"] > 0.5 * event["willing"] for event in found}
    assert went == {True, False}, "on some days all go, on others the instigators alone"


def test_who_has_seen_no_call_stays_at_home():
    called, uncalled = record(**CALLS), record()
    assert called.events[0]["turnout"] > 0
    assert called.events[0]["heard"] > called.events[0]["willing"] >= called.events[0]["turnout"]
    assert uncalled.events[0]["heard"] == 0
    assert measure_all(uncalled)["turnout"] == 0.0
    heard = record({"heard_elsewhere": 1.0})
    assert heard.events[0]["heard"] > called.events[0]["heard"], "what she learnt outside counts too"
    assert measure_all(called)["happened"] == 100.0
    assert measure_all(record({"happens_at": 900.0}, **CALLS))["happened"] == 0.0


@pytest.mark.parametrize(
    ("less", "more"),
    [
        ({"willing_at": 0.9}, {"willing_at": 0.1}),
        ({"free": 0.2}, {"free": 1.0}),
        ({"threshold": 500.0}, {"threshold": 0.0}),
        ({"instigators": 0.0, "threshold": 1.0}, {"instigators": 0.5, "threshold": 1.0}),
        ({"countries": ["overseas"]}, {"countries": []}),
    ],
)
def test_each_condition_keeps_people_at_home(less, more):
    assert record(less, **CALLS).events[0]["turnout"] < record(more, **CALLS).events[0]["turnout"]


def test_takedown_of_calls_lowers_turnout():
    lax = record(policy={"title": "none"}, **CALLS)
    strict = record(
        policy=merged(STRICT, {"moderation": {"scan": {"recall": {"incitement": 1.0}, "acts_alone": True}}}), **CALLS
    )
    assert strict.events[0]["heard"] < lax.events[0]["heard"]
    assert measure_all(strict)["heard_of"] < measure_all(lax)["heard_of"]


def test_without_events_nothing_is_said():
    outcomes = measure_all(Record.of(run(small_scenario(STRICT), 1)))
    assert all(np.isnan(outcomes[name]) for name in ("turnout", "happened", "heard_of"))


def test_bad_events_get_a_clear_message():
    data = small_scenario(STRICT).resolved()
    for events, words in (
        ({"riot": {"topic": "migratoin"}}, "unknown topic 'migratoin'; did you mean 'migration'"),
        ({"riot": {"topic": "migration", "on": "day 90"}}, "is not a day of the run"),
    ):
        with pytest.raises(ValidationError, match=words):
            Scenario.model_validate({**data, "events": events})
    data["content"]["streams"]["incitement"]["calls"] = "rito"
    with pytest.raises(ValidationError, match="unknown event 'rito'; did you mean 'riot'"):
        Scenario.model_validate({**data, "events": {"riot": {"topic": "migration"}}})


# Bots

BOTS = {"world": {"personas": {"propagandist": {"bot": True, "share": 0.025}, "bystander": {"share": 0.53}}}}


def with_bots(policy=None, **over):
    made = small_scenario(policy or {"title": "none"}, **merged(BOTS, over))
    return Record.of(run(made, 1))


def test_bots_that_boost_each_other_reach_more():
    plain = with_bots()
    boosted = with_bots(world={"personas": {"propagandist": {"boosting": 1.0}}})
    assert measure_all(plain)["bot_reach"] > 0
    assert measure_all(boosted)["bot_reach"] > measure_all(plain)["bot_reach"]
    assert measure_all(Record.of(run(small_scenario({"title": "none"}), 1)))["bot_reach"] == 0


def test_bots_are_found_and_others_are_taken_for_them():
    found = with_bots({"title": "bots", "moderation": {"bots": {"recall": 1.0, "delay": "1 day"}}})
    sanctions = found.frame("sanctions")
    assert (sanctions["sanction"].astype(str) == "ban-user").all()
    assert not sanctions["wrong"].any()
    assert len(sanctions) >= 5
    assert measure_all(found)["bot_reach"] < measure_all(with_bots())["bot_reach"]
    mistaken = with_bots({"title": "bots", "moderation": {"bots": {"false_positive": 0.1, "delay": "1 day"}}})
    assert measure_all(mistaken)["wrongly_sanctioned"] == pytest.approx(100, rel=0.5)


def test_the_new_account_of_a_bot_is_another_one_to_find():
    policy = {"title": "bots", "moderation": {"bots": {"recall": 1.0, "delay": "1 day"}}}
    once, again = (with_bots(policy, moving={"replaced_after": after}) for after in (None, "1 day"))
    bans = {name: found.frame("sanctions")["subject"].value_counts() for name, found in (("a", once), ("b", again))}
    assert bans["a"].max() == 1
    assert bans["b"].max() >= 2
    assert set(bans["b"].index) == set(bans["a"].index)


def test_a_schedule_says_who_starts_items_and_when():
    stream = {"incitement": {"started_by": ["propagandist"], "from_hour": 22, "hours": 4}}
    society = run(small_scenario({"title": "none"}, content={"streams": stream}), 1)
    position = list(society.config.content.streams).index("incitement")
    mine = society.items.stream == position
    hours = society.items.tick[mine] % 24
    assert set(hours.tolist()) <= {22, 23, 0, 1}
    assert len(set(hours.tolist())) == 4
    personas = list(society.config.world.personas)
    starters = {personas[p] for p in society.world.people.persona[society.items.origin[mine]]}
    assert starters == {"propagandist"}
    assert society.items.tick.max() < society.config.time.ticks
