"""Queues that overflow: a quick first look, dropping what is too old, and deadlines of the law."""

from sim.outcomes import Record, measure_all
from tests.small import STRICT, digest, merged, run, small_scenario

FEW = {"reviewers": {"count": 12}}
CLASSES = ["fraud", "incitement", "drugs", "conspiracy"]


def policy(**moderation):
    return merged(STRICT, {"moderation": merged(FEW, moderation)})


def record(chosen, **over):
    return Record.of(run(small_scenario(chosen, **over), 1))


def law(**deadlines):
    regime = {"illegal": CLASSES, "deadline": "8 days", "deadlines": deadlines, "elements": {}, "ladder": []}
    return {"regimes": {"here": regime}}


def cases(found, **where):
    frame = found.frame("cases")
    for name, value in where.items():
        frame = frame[frame[name] == value]
    return frame


def test_a_quick_first_look_frees_reviewers_of_what_violates_nothing():
    without = record(policy())
    triage = record(policy(queue={"triage": {"passes": 1.0, "dismisses": 0.9}}))
    none, some = measure_all(without), measure_all(triage)
    assert none["backlog"] > 100.0, "the queue overflows"
    assert some["backlog"] < 0.6 * none["backlog"]
    assert some["illegal_views"] < 0.9 * none["illegal_views"]
    dismissed = cases(triage, breach=False, verdict="cleared")
    assert (dismissed["decided"] == dismissed["opened"]).mean() > 0.8


def test_a_first_look_that_passes_everything_changes_nothing():
    everything = policy(queue={"triage": {"passes": 1.0, "dismisses": 0.0}})
    assert digest(small_scenario(everything)) == digest(small_scenario(policy()))


def test_what_trusted_flaggers_tell_does_not_go_through_the_first_look():
    flagged = {
        "flaggers": {"recall": {"fraud": 1.0}, "delay": "1 h"},
        "scan": {"recall": {}},
        "reports": {"accepted": False},
    }
    strict = policy(**flagged, queue={"triage": {"passes": 0.0, "dismisses": 1.0}})
    assert cases(record(strict), source="flagger", verdict="upheld").shape[0] > 0
    assert not measure_all(record(policy(queue={"triage": {"passes": 0.0}})))["illegal_removed"]


def test_cases_that_have_waited_too_long_are_dropped_and_their_posts_can_be_reported_again():
    kept = record(policy())
    found = record(policy(queue={"expires": "1 day"}), behaviour={"reporting": dict.fromkeys(CLASSES, 1.0)})
    dropped = cases(found, verdict="dropped")
    assert len(dropped) > 50
    assert not len(cases(kept, verdict="dropped"))
    waited = dropped["decided"] - dropped["opened"]
    assert waited.min() > 24
    assert waited.max() <= 48, "looked at once a day"
    assert measure_all(found)["backlog"] < measure_all(kept)["backlog"]
    again = cases(found, kind="tracked") if "kind" in found.frame("cases") else found.frame("cases")
    twice = (
        again.groupby(["place", "subject"]).size() if "subject" in again else again.groupby(["venue", "item"]).size()
    )
    assert (twice > 1).any(), "reported again"


def test_what_a_law_wants_dealt_with_soonest_comes_first():
    waits = {}
    for soon in ("fraud", "drugs"):
        chosen = policy(queue={"discipline": "deadline"})
        found = record(chosen, law=law(**{soon: "1 h"}))
        decided = cases(found, **{"class": soon})
        waits[soon] = (decided["verdict"] == "waiting").mean()
        other = cases(found, **{"class": "drugs" if soon == "fraud" else "fraud"})
        assert waits[soon] < (other["verdict"] == "waiting").mean()


def test_a_platform_that_heeds_deadlines_removes_sooner_the_shorter_they_are():
    slow = {"reviewers": {"count": 4000}, "takedown": {"delay": "5 days", "heeds_deadlines": True}}
    views = {}
    for deadline in ("1 h", "2 days", "7 days"):
        every = law(**dict.fromkeys(CLASSES, deadline))
        views[deadline] = measure_all(record(policy(**slow), law=every))["illegal_views"]
    assert views["1 h"] < 0.9 * views["2 days"]
    assert views["2 days"] < 0.97 * views["7 days"]
    heedless = policy(**merged(slow, {"takedown": {"heeds_deadlines": False}}))
    assert measure_all(record(heedless, law=every))["illegal_views"] == views["7 days"]


def test_a_notice_whose_case_was_dropped_counts_as_ignored():
    chosen = policy(queue={"expires": "12 h"}, reviewers={"count": 1}, scan={"recall": {}})
    found = record(chosen, law=law(fraud="6 h"), behaviour={"reporting": dict.fromkeys(CLASSES, 1.0)})
    told = found.law[0]["record"]
    assert told["ignored"] > 0
    assert cases(found, verdict="dropped", source="report").shape[0] > 0
