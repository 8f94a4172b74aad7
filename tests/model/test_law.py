"""The law: the record, its elements, what follows, and what people do for fear of it."""

import math

import numpy as np
import pytest
from pydantic import ValidationError

from sim.experiment.legal import chance_of_arrest
from sim.law.diligence import Jurisdiction, diligence, judged
from sim.outcomes import Record, measure_all
from sim.report.brief import next_step, record_sentence
from sim.scenario.law import Element, Regime, Rung
from sim.scenario.scenario import Scenario
from tests.small import STRICT, merged, run, small_scenario

ALWAYS = {"always": {"measure": "persons", "at_least": 0.0}}
CLASSES = ["fraud", "incitement", "drugs", "conspiracy"]
LAX = {"title": "lax", "terms": {"drugs": {"actions": ["remove"]}}, "moderation": {"reviewers": {"count": 1}}}


def regime(*steps, **more):
    ladder = [{"step": step, "needs": ["always"], "hazard": 1.0, "block_for": "3 days"} for step in steps]
    return {
        "illegal": CLASSES,
        "audit_every": "1 day",
        "elements": ALWAYS,
        "ladder": ladder,
        "deadline": "1 day",
        **more,
    }


def record(law, policy=STRICT, **over):
    behaviour = {"reporting": dict.fromkeys(CLASSES, 1.0)}
    return Record.of(run(small_scenario(policy, **merged({"law": law, "behaviour": behaviour}, over)), 1))


def finding(law, **more):
    return record(law, **more).law[0]


def events(found, what):
    frame = found.frame("legal")
    return frame[frame["event"] == what]


@pytest.mark.only_on("compiled", reason="150 runs: takes minutes with agents")
def test_how_often_an_arrest_can_be_seen_at_all_is_what_runs_show():
    law = {"regimes": {"here": regime("warning", "arrest")}}
    for rung in law["regimes"]["here"]["ladder"]:
        rung["hazard"] = 0.12
    scenario = small_scenario(STRICT, law=law, world={"users": 40})
    expected, runs = chance_of_arrest(scenario), 150
    seen = sum(bool(measure_all(Record.of(run(scenario, seed)))["arrested"]) for seed in range(runs))
    assert 0.15 < expected < 0.35
    assert abs(seen / runs - expected) < 3 * math.sqrt(expected * (1 - expected) / runs)
    again = chance_of_arrest(small_scenario(STRICT, law=law | {"hazards": 0.01}))
    assert again < 0.001


def test_the_record_counts_what_was_done_about_valid_notices():
    scenario = small_scenario(STRICT)
    where = Jurisdiction.of(
        Regime(illegal=("fraud",), deadline="10 h"),
        scenario,
        np.zeros(100, dtype=np.uint8),  # type: ignore[arg-type]
    )
    fraud, news = 3, 0
    rows = [  # opened, place, subject, receiver, source, content, breach, author, interval, verdict, decided, acted
        (0, 1, 1, -1, 1, fraud, 1, 5, 1, 1, 4, 5),  # in time
        (0, 1, 2, -1, 1, fraud, 1, 5, 1, 1, 4, 30),  # late
        (0, 1, 3, -1, 1, fraud, 1, 5, 1, 0, -1, -1),  # ignored
        (0, 1, 4, -1, 3, fraud, 1, 5, 1, 4, 1, -1),  # refused
        (0, 1, 5, -1, 1, fraud, 1, 5, 1, 2, 8, -1),  # let stand
        (0, 1, 6, -1, 1, fraud, 1, 5, 1, 3, -1, -1),  # gone before anybody took it
        (95, 1, 7, -1, 1, fraud, 1, 5, 1, 0, -1, -1),  # not due yet
        (0, 1, 8, -1, 0, fraud, 1, 5, 1, 1, 1, 2),  # found by a scanner: no notice
        (0, 1, 9, -1, 1, news, 0, 5, 1, 1, 1, 2),  # lawful, removed
    ]
    found = diligence(
        np.array(rows),
        where,
        np.zeros(len(rows), dtype=np.int64),
        100,
        1.0,
        requests=7,
        answered=1,
        requests_due=4,
        requests_unmet=3,
        reviewers_per_million=2.0,
    )
    assert [found[k] for k in ("notices", "in_time", "late", "ignored", "refused", "rejected")] == [6, 2, 1, 1, 1, 1]
    assert found["ignored_share"] == pytest.approx(100 * 2 / 6)
    assert found["late_share"] == pytest.approx(50.0)
    assert found["median_hours"] == 17.5
    assert found["refused_requests_share"] == 75.0
    assert found["lawful_per_illegal"] == pytest.approx(1 / 3)
    assert "6 valid notices came due, 33.3 % were ignored or refused" in record_sentence(
        {"record": found, "deadline_hours": 10.0}
    )


def test_an_element_is_met_not_met_or_cannot_be_told():
    record = {"notices": 30.0, "late_share": 20.0, "median_hours": math.nan}
    assert judged(Element(measure="late_share", at_least=10.0), record) == "met"
    assert judged(Element(measure="late_share", at_most=10.0), record) == "not met"
    assert judged(Element(measure="late_share", at_least=10.0, cases=50), record) == "cannot tell"
    assert judged(Element(measure="median_hours", at_least=1.0), record) == "cannot tell"


def test_a_slow_platform_has_a_worse_record_than_a_diligent_one():
    law = {"regimes": {"r": regime()}}
    slow, fast = finding(law, policy=LAX)["record"], finding(law)["record"]
    assert slow["notices"] > 20
    assert slow["ignored_share"] > fast["ignored_share"] + 20
    none = finding(law, policy={"title": "nothing"})["record"]
    assert none["notices"] > 20, "notices are written down even where the terms forbid nothing"
    assert none["ignored_share"] == 100.0
    assert not len(record({}, policy={"title": "nothing"}).frame("cases")), "without a law nobody writes them down"


def test_the_ladder_is_taken_step_by_step_while_its_elements_are_met():
    found = record({"regimes": {"r": regime("warning", "fine", "arrest")}})
    assert found.frame("legal")["event"].astype(str).tolist()[:3] == ["warning", "fine", "arrest"]
    never = regime("warning") | {"elements": {"always": {"measure": "notices", "at_least": 1e9}}}
    assert not len(record({"regimes": {"r": never}}).frame("legal"))
    small = record({"regimes": {"r": regime("warning", applies_from=1e9)}})
    assert not len(small.frame("legal"))
    assert small.law[0]["applies"] is False
    assert measure_all(found)["liable"] == 100.0
    assert measure_all(found)["arrested"] == 100.0
    assert measure_all(found)["fines"] == 0.0, "no share of turnover was named"


def test_hazards_are_multiplied_by_reach_and_can_be_halved_and_doubled():
    one = regime("warning")
    one["ladder"][0]["hazard"] = 0.2

    def first(**law):
        taken = [events(record({"regimes": {"r": one | law.pop("regime", {})}, **law}, seed_of=None), "warning")]
        return taken[0]["tick"].min() if len(taken[0]) else math.inf

    def record(law, seed_of=None):
        return Record.of(run(small_scenario(STRICT, law=law), 1))

    assert first(hazards=0.0) == math.inf
    assert first(regime={"reach": 0.0}) == math.inf
    assert first(hazards=5.0) <= first() <= first(hazards=0.5), "a hazard moves the threshold, never the draw"
    seated = regime("warning") | {"reach": 0.0, "countries": ["homeland"]}
    found = Record.of(run(small_scenario(STRICT, law={"regimes": {"r": seated}}, platform={"seat": "homeland"}), 1))
    assert len(events(found, "warning")), "reach is for platforms seated elsewhere"
    said = next_step(Rung(step="arrest", hazard=0.01), small_scenario(STRICT), 1.0)
    assert (
        "median time until it follows is 69 days (35 to 139 if the assumed enforcement speed is doubled or halved)"
        in said
    )


def test_a_block_locks_people_out_but_not_those_behind_a_vpn():
    law = {"regimes": {"r": regime("block", countries=["homeland"])}}
    free, blocked = record({}), record(law)
    assert measure_all(blocked)["locked_out"] > 500
    views = [found.frame("ticks").set_index("tick")["views"].loc[24:95].sum() for found in (free, blocked)]
    assert views[1] < 0.1 * views[0], "while it lasts"
    assert len(events(blocked, "unblock")) == 1
    vpn = {"world": {"countries": {"homeland": {"vpn": 1.0}}}}
    hidden = record(law, **vpn)
    assert measure_all(hidden)["locked_out"] == 0
    moves = blocked.frame("moves")
    assert set(moves["move"].astype(str)) == {"locked-out", "let-in"}


def test_who_is_kept_out_by_two_blocks_comes_in_when_both_are_over():
    short, long = regime("block"), regime("block", countries=["homeland"])
    long["ladder"][0]["block_for"] = "5 days"
    found = record({"regimes": {"short": short, "long": long}})
    ends = events(found, "unblock").set_index("regime")["tick"]
    assert ends["short"] < ends["long"]
    let_in = found.frame("moves").query("move == 'let-in'").set_index("tick")["members"]
    society = run(small_scenario(STRICT), 1)
    at_home = int((society.world.people.country == 0).sum())
    assert let_in[ends["long"]] == at_home
    assert let_in[ends["short"]] == len(society.users) - at_home, "the longer block still holds at home"


def test_an_arrest_on_a_date_changes_the_policy_after_a_while():
    after = {
        "title": "after",
        "terms": {name: {"actions": ["remove"]} for name in CLASSES},
        "moderation": STRICT["moderation"],
    }
    law = {
        "regimes": {"r": regime()},
        "arrest": {"on": "day 3", "by": "r"},
        "after_shock": after,
        "after_shock_delay": "2 days",
    }
    found = record(law, policy=LAX)
    legal = found.frame("legal").set_index("event")["tick"]
    assert legal["arrest"] // 24 == 2
    assert legal["change"] // 24 == 4
    assert [policy.title for _, policy in found.policies] == ["lax", "after"]
    plain = record({"regimes": {"r": regime()}}, policy=LAX)
    assert measure_all(found)["staff_cost"] > measure_all(plain)["staff_cost"]
    assert measure_all(found)["illegal_views"] < measure_all(plain)["illegal_views"]


def test_answered_requests_remove_offenders_and_deter_others():
    asks = {"regimes": {"r": regime(requests=1.0)}}
    answering = merged(LAX, {"cooperation": {"answers": 1.0, "within": "1 day"}})
    silent, open_ = record(asks, policy=LAX), record(asks, policy=answering)
    assert len(events(silent, "request")) > 10
    assert not len(events(silent, "answer"))
    assert len(events(open_, "answer")) > 5
    assert silent.law[0]["record"]["refused_requests_share"] == 100.0
    assert measure_all(open_)["illegal_views"] < measure_all(silent)["illegal_views"]
    feared = record(asks | {"deterrence": 5.0}, policy=answering)
    assert measure_all(feared)["illegal_views"] < measure_all(open_)["illegal_views"]
    gone = set(events(open_, "answer")["value"])
    last = {author: events(open_, "answer").set_index("value")["tick"][author] for author in gone}
    posts = open_.frame("posts")
    assert all((posts.loc[posts["author"] == author, "tick"] <= last[author] + 1).all() for author in gone)


def test_the_record_counts_persons_not_simulated_users():
    law = {"regimes": {"r": regime(requests=0.5)}}
    few, many = (finding(law, world={"persons_per_user": float(n)})["record"] for n in (10, 1000))
    assert many["notices"] == pytest.approx(100 * few["notices"])
    assert many["requests"] == pytest.approx(100 * few["requests"])
    assert few["requests"] > 0
    assert many["ignored_share"] == few["ignored_share"], "staff in all, so the same reviewers for the same cases"


def test_deterrence_fades_and_holds_where_the_authority_is():
    answering = merged(LAX, {"cooperation": {"answers": 1.0, "within": "1 day"}})
    people = run(small_scenario(STRICT), 1).world.people

    def found(deterrence, half_life="180 days", where=("homeland",)):
        asks = {"regimes": {"r": regime(requests=0.05, countries=list(where))}}
        return record(asks | {"deterrence": deterrence, "deterrence_half_life": half_life}, policy=answering)

    def begun_at_home(made):
        posts = made.frame("posts")
        own = posts[(posts["parent"] < 0) & posts["illegal"]]
        return len(set(own["item"][people.country[own["author"]] == 0]))

    free, feared, forgetful = found(0.0), found(5.0), found(5.0, "1 h")
    assert begun_at_home(feared) < 0.8 * begun_at_home(free), "at home they are deterred"
    assert begun_at_home(forgetful) > begun_at_home(feared), "and forget"
    abroad = [found(deterrence, where=("neighbour", "overseas")) for deterrence in (0.0, 50.0)]
    assert len(events(abroad[1], "answer")) > 0
    assert begun_at_home(abroad[1]) == begun_at_home(abroad[0]), "an authority abroad deters nobody at home"


def test_a_request_whose_time_is_not_over_is_not_held_against_the_platform():
    asks = {"regimes": {"r": regime(requests=1.0, deadline="3 days")}}
    answering = merged(LAX, {"cooperation": {"answers": 1.0, "within": "4 days"}})
    found = record(asks, policy=answering)
    asked = events(found, "request").set_index("value")["tick"]
    told = set(events(found, "answer")["value"])
    last = int(found.frame("ticks")["tick"].max())
    over = [author for author, tick in asked.items() if tick + 72 < last + 1]
    waiting = [author for author in asked.index if author not in told and author not in over]
    assert waiting, "some were asked for in the last days"
    unmet = [author for author in over if author not in told]
    assert found.law[0]["record"]["refused_requests_share"] == pytest.approx(100.0 * len(unmet) / len(over))


def test_fear_after_an_arrest_chills_lawful_speech():
    law = {"regimes": {"r": regime()}, "arrest": {"on": "day 1", "by": "r"}}
    free, feared = record(law), record(law | {"chilling": 0.8})
    assert measure_all(feared)["harmless_views"] < 0.6 * measure_all(free)["harmless_views"]
    assert measure_all(record({"regimes": {"r": regime()}, "chilling": 0.8}))["harmless_views"] == pytest.approx(
        measure_all(record({"regimes": {"r": regime()}}))["harmless_views"]
    ), "without an arrest nobody is afraid"


def test_a_law_that_only_keeps_the_record_changes_nothing_else():
    free, watched = record({}), record({"regimes": {"r": regime()}})
    assert free.frame("posts").equals(watched.frame("posts"))
    assert free.frame("cases").equals(watched.frame("cases"))


@pytest.mark.parametrize(
    ("law", "words"),
    [
        ({"regimes": {"r": {"countries": ["homelnad"]}}}, "unknown country 'homelnad'; did you mean 'homeland'"),
        ({"regimes": {"r": {"ladder": [{"step": "fine", "needs": ["x"]}]}}}, "unknown element 'x'"),
        ({"regimes": {"r": {"elements": {"a": {"measure": "notises", "at_least": 1.0}}}}}, "unknown measure 'notises'"),
        ({"regimes": {"r": {"elements": {"a": {"measure": "notices"}}}}}, "needs exactly one of at_least and at_most"),
        ({"regimes": {"r": {}}, "arrest": {"on": "day 2", "by": "q"}}, "unknown regime 'q'"),
        ({"regimes": {"r": {}}, "arrest": {"on": "day 99", "by": "r"}}, "is not a day of the run"),
    ],
)
def test_bad_law_gets_a_clear_message(law, words):
    with pytest.raises(ValidationError, match=words):
        Scenario.model_validate({**small_scenario(STRICT).resolved(), "law": law})
