"""Each part of moderation does what its name says, and nothing when it is off; both crowds run all of it alike."""

import numpy as np
import pytest
from pydantic import ValidationError

from sim.agents.enforcer import LIFTED, SUSPENDED
from sim.model import Society
from sim.outcomes import Record, measure_all
from sim.phases import PHASES
from tests.small import STRICT, merged, run, small_scenario, total

SURE = {"reviewers": {"count": 20_000, "sensitivity": 1.0, "specificity": 1.0}, "takedown": {"delay": "1 h"}}
NAMES = ("homeland", "neighbour", "overseas")
ALL_REPORT = {"behaviour": {"reporting": {"conspiracy": 1.0, "incitement": 1.0, "fraud": 1.0}}}


def policy(actions=("remove",), *, strike=False, scope="every-copy", classes=("conspiracy",), **more):
    treatment = {"actions": list(actions), "scope": scope, "strike": strike}
    moderation = merged(SURE, more.pop("moderation", {}))
    return {"title": "test", "terms": dict.fromkeys(classes, treatment), "moderation": moderation, **more}


def lively(made, seed=1, **over):
    return run(small_scenario(made, **merged(ALL_REPORT, over)), seed)


def record(society):
    return Record.of(society)


def outcomes(society):
    return measure_all(record(society))


def of_class(society, name, measure):
    ticks = record(society).frame("ticks")
    return int(ticks.loc[ticks["class"] == name, measure].sum())


def cases(society, source):
    frame = record(society).frame("cases")
    return frame[frame["source"] == source]


def sanctions(society, kind):
    frame = record(society).frame("sanctions")
    return frame[frame["sanction"] == kind]


@pytest.fixture(scope="module")
def free(crowd):
    return lively({"title": "none"})


@pytest.mark.parametrize(
    ("action", "how", "measure"),
    [
        ("friction", {"labels": {"friction_factor": 0.0}}, "posts"),
        ("restrict", {}, "posts"),
        ("geo-block", {}, "views"),
        ("correct", {"labels": {"correction_strength": 1.0}}, "adoptions"),
    ],
)
def test_marks_on_posts_cut_what_they_are_for(free, action, how, measure):
    over = {"world": {"countries": {"homeland": {"illegal": ["conspiracy"]}}}} if action == "geo-block" else {}
    base = lively({"title": "none"}, **over) if over else free
    marked = lively(policy((action,), **how), **over)
    assert of_class(marked, "conspiracy", measure) < 0.9 * of_class(base, "conspiracy", measure)
    assert total(marked, "removed") == 0


def test_marks_with_neutral_factors_change_nothing(free):
    neutral = {"labels": {"friction_factor": 1.0}, "features": {"friction": 1.0}}
    assert total(lively(policy(("friction",), **neutral)), "views") == total(free, "views")
    assert total(lively(policy(("geo-block",))), "views") == total(free, "views"), "it is illegal nowhere"


def test_friction_before_every_forward_cuts_all_of_them(free):
    slow = lively({"title": "ask", "features": {"friction": 0.3}})
    assert total(slow, "forwards") < 0.6 * total(free, "forwards")


def test_what_is_restricted_goes_on_as_copies_only():
    made = policy(("restrict",))
    made["moderation"]["scan"] = {"recall": {"conspiracy": 1.0}, "private_venues": True, "direct_chats": True}
    made["moderation"]["scan"] |= {"acts_alone": True, "secret_chats": True}
    made["moderation"]["takedown"] = {"delay": "0 h"}
    posts = record(lively(made)).frame("posts")
    later = posts[(posts["class"] == "conspiracy") & (posts["parent"] >= 0)]
    assert len(later) > 0
    assert later["copied"].all(), "every post is restricted before anyone reads it"


def test_a_vpn_lets_people_past_a_geo_block():
    country = {"illegal": ["conspiracy"]}

    def views(vpn):
        over = {"world": {"countries": {name: {**country, "vpn": vpn} for name in NAMES}}}
        return of_class(lively(policy(("geo-block",)), **over), "conspiracy", "views")

    assert views(0.0) < views(0.5) < views(1.0)


def test_hashes_stop_known_items_and_copies_slip_through():
    def blocked(**hashes):
        return lively({"title": "hashes", "moderation": {"hashes": hashes}})

    every = blocked(known={"incitement": 1.0}, private_venues=True, direct_chats=True, secret_chats=True)
    assert of_class(every, "incitement", "views") == 0
    assert of_class(every, "incitement", "blocked") > 0
    assert of_class(every, "conspiracy", "blocked") == 0
    assert total(blocked(), "blocked") == 0
    public = blocked(known={"incitement": 1.0})
    assert of_class(public, "incitement", "views") > 0, "private places are not looked at"
    assert outcomes(public)["private_matched"] == 0
    assert outcomes(every)["private_matched"] > 0


def test_a_database_that_learns_blocks_what_was_taken_down():
    made = policy(scope="post", classes=("incitement", "conspiracy"))
    learning = merged(made, {"moderation": {"hashes": {"learned": True, "private_venues": True, "direct_chats": True}}})
    assert total(lively(made), "blocked") == 0
    all_match = merged(learning, {"moderation": {"hashes": {"copied": 1.0}}})
    none_match = merged(learning, {"moderation": {"hashes": {"copied": 0.0}}})
    assert total(lively(all_match), "blocked") > total(lively(none_match), "blocked") > 0


def test_flaggers_notify_and_their_notices_come_first():
    recall = {"incitement": 1.0, "conspiracy": 1.0}
    quiet = {"behaviour": {"reporting": {}}}
    made = policy(classes=("incitement", "conspiracy"), moderation={"flaggers": {"recall": recall, "delay": "2 h"}})
    told = lively(made, **quiet)
    assert len(cases(told, "flagger")) > 0
    assert of_class(told, "incitement", "removed") > 0
    few = {"reviewers": {"count": 60}, "scan": {"recall": {"fraud": 1.0}, "false_positive": 0.05}}
    slow = merged(made, {"moderation": few, "terms": {"fraud": {"actions": ["remove"]}}})
    waits = {}
    for first in (True, False):
        queue = {"moderation": {"queue": {"notices_first": first}}}
        mine = cases(lively(merged(slow, queue), **quiet), "flagger")
        waits[first] = (mine["decided"] - mine["opened"])[mine["decided"] >= 0].mean()
    assert waits[True] < waits[False]


def test_orders_need_no_terms_and_are_obeyed_in_time_or_refused():
    orders = {"recall": {"incitement": 1.0}, "delay": "2 h", "deadline": "5 h", "comply": 0.5}
    society = lively({"title": "orders", "moderation": {"orders": orders}})
    mine = cases(society, "order")
    assert set(mine["verdict"]) >= {"upheld", "refused"}
    acted = mine[mine["acted"] >= 0]
    assert ((acted["acted"] - acted["opened"]) == 5).all()
    assert of_class(society, "incitement", "removed") > 0
    assert 20 < outcomes(society)["orders_obeyed"] < 80
    never = merged(orders, {"comply": 0.0})
    assert total(lively({"title": "orders", "moderation": {"orders": never}}), "removed") == 0


def test_owners_of_groups_take_down_what_does_not_suit_them():
    removing = {"conspiracy": 1.0, "incitement": 1.0}
    society = lively({"title": "admins", "moderation": {"admins": {"removing": removing, "delay": "1 h"}}})
    mine = cases(society, "admin")
    assert len(mine) > 0
    kinds = record(society).frame("venues").set_index("venue")["kind"]
    assert set(kinds[mine["place"]]) == {"group"}
    believing = {name: {"belief": 1.0, "credulity": 0.0} for name in small_scenario().world.personas}
    pleased = lively(
        {"title": "admins", "moderation": {"admins": {"removing": removing}}}, world={"personas": believing}
    )
    assert len(cases(pleased, "admin")) == 0


@pytest.mark.only_on("agents", reason="reads what each agent and post holds")
def test_the_ladder_suspends_and_lets_people_back():
    climb = [{"at": 1, "suspend": "1 day"}, {"at": 3, "suspend": "3 days"}]
    made = policy(strike=True, moderation={"strikes": {"ladder": climb}})
    society = lively(made)
    assert len(sanctions(society, "suspend")) > 0
    assert len(sanctions(lively(policy(strike=True)), "suspend")) == 0
    strikes = [user for user in society.users if user.strikes and user.suspended_until < society.tick - 24]
    assert strikes
    assert all(user.active for user in strikes)
    out = {}
    posts = record(society).frame("posts")
    for _, row in sanctions(society, "suspend").iterrows():
        out.setdefault(row["subject"], []).append(row["tick"])
    for user, ticks in out.items():
        mine = posts[posts["author"] == user]["tick"].to_numpy()
        assert all(not ((mine > t) & (mine <= t + 24)).any() for t in ticks), "nothing is posted while suspended"


def test_appeals_put_back_what_was_wrong_and_lift_strikes():
    careless = {"reviewers": {"count": 20_000, "sensitivity": 1.0, "specificity": 0.0}}
    made = policy(strike=True, classes=("incitement",), moderation=careless)
    made["moderation"]["strikes"] = {"ban_user_at": 1}
    always = {"wrongful": 1.0, "rightful": 0.0, "delay": "5 h", "overturned_wrongful": 1.0, "overturned_rightful": 0.0}
    final = lively(made)
    heard = lively(merged(made, {"moderation": {"appeals": always}}))
    assert total(final, "restored") == 0
    assert total(heard, "restored") > 0
    undone = record(heard).frame("cases")
    assert not undone[undone["verdict"] == "overturned"]["breach"].any()
    assert len(sanctions(heard, "reinstate")) > 0
    assert heard.crowd.banned().sum() < final.crowd.banned().sum()
    posts = record(heard).frame("posts")
    twice = posts[(posts["removed_at"] >= 0) & (posts["receiver"] < 0)]
    assert len(twice.merge(posts, on=["item", "venue", "author"])) > len(twice), "the same post is there again"


@pytest.mark.only_on("compiled", reason="runs both")
def test_whoever_is_let_off_is_back_in_the_same_tick_in_both_crowds():
    careless = {"reviewers": {"count": 20_000, "sensitivity": 1.0, "specificity": 0.0}}
    made = policy(strike=True, classes=("incitement",), moderation=careless)
    made["moderation"]["strikes"] = {"ladder": [{"at": 1, "suspend": "3 days"}]}
    made["moderation"]["appeals"] = {"wrongful": 1.0, "delay": "5 h", "overturned_wrongful": 1.0}
    scenario = small_scenario(made, **ALL_REPORT)
    agents, compiled = Society(scenario, 1, crowd="agents"), Society(scenario, 1, crowd="compiled")
    let_off = 0
    while agents.running:
        for phase in PHASES:
            agents.crowd.carry_out(phase)
            compiled.crowd.carry_out(phase)
        assert (agents.crowd.out() == compiled.crowd.out()).all()
        new = [row for row in agents.platform.enforcer.sanctions if row[0] == agents.tick]
        lifted = {who for _, kind, who, *_ in new if kind == LIFTED} - {
            who for _, kind, who, *_ in new if kind == SUSPENDED
        }
        assert not agents.crowd.out()[list(lifted)].any()
        let_off += len(lifted)
        agents.advance()
        compiled.advance()
    assert let_off > 0


def test_shifts_decide_in_their_hours_only():
    shifts = [{"from": 9, "hours": 8, "share": 1.0}]
    made = policy(moderation={"reviewers": {"shifts": shifts}, "scan": {"recall": {"conspiracy": 1.0}}})
    decided = record(lively(made)).frame("cases")
    hours = decided.loc[decided["decided"] >= 0, "decided"] % 24
    judged = decided[decided["verdict"].isin(["upheld", "cleared"])]["decided"] % 24
    assert len(hours) > 0
    assert ((judged >= 9) & (judged < 17)).all()
    even = record(lively(policy(moderation={"scan": {"recall": {"conspiracy": 1.0}}}))).frame("cases")
    assert (even["decided"] % 24 < 9).any()


def test_cases_in_a_language_that_nobody_reads_wait():
    def world(language):
        return {"world": {"countries": {"homeland": {"language": "a"}, "neighbour": {"language": language}}}}

    reading = policy(moderation={"reviewers": {"languages": {"a": 1.0}}})
    society = lively(reading, **world("b"))
    frame, venues = record(society).frame("cases"), record(society).frame("venues").set_index("venue")["country"]
    in_venues = frame[frame["place"] < len(venues)]
    country = venues[in_venues["place"]].to_numpy()
    assert set(in_venues[country == "neighbour"]["verdict"]) == {"waiting"}
    assert "waiting" not in set(in_venues[country == "homeland"]["verdict"])
    both = lively(reading, **world("a"))
    assert outcomes(both)["backlog"] < outcomes(society)["backlog"]


@pytest.mark.only_on("agents", reason="reads the cases of the office one by one")
@pytest.mark.parametrize("discipline", ["severity", "reach", "risk"])
def test_the_queue_takes_the_most_urgent_first(discipline):
    scanned = {"recall": {"incitement": 1.0, "drugs": 1.0}, "private_venues": True, "direct_chats": True}
    moderation = {"reviewers": {"count": 60}, "scan": scanned, "queue": {"discipline": discipline}}
    made = policy(classes=("incitement", "drugs"), moderation=moderation)
    society = lively(made)
    decided = [c for c in society.platform.intake.cases if c.decided >= 0 and c.verdict in (1, 2)]
    waiting = [case for queue in society.platform.bench.queues for *_, case in queue.waiting]
    assert waiting
    late = [c.priority for c in decided if c.decided > 100]
    assert np.mean(late) > np.mean([case.priority for case in waiting])
    plain = lively(merged(made, {"moderation": {"queue": {"discipline": "first-come"}}}))
    assert all(case.priority == 0 for case in plain.platform.intake.cases)


def test_a_campaign_of_false_reports_hurts_what_is_lawful():
    def lost(rate):
        made = policy(classes=("incitement",), moderation={"reviewers": {"specificity": 0.7}})
        personas = {name: {"false_reports": rate} for name in small_scenario().world.personas}
        society = lively(made, world={"personas": personas})
        return total(society, "reports"), outcomes(society)["lawful_removed"]

    calm, campaign = lost(0.0), lost(0.5)
    assert campaign[0] > 1.5 * calm[0]
    assert campaign[1] > calm[1]


def test_scanning_on_the_client_sees_secret_chats_and_counts_them():
    scan = {"recall": {"incitement": 1.0, "conspiracy": 1.0}, "direct_chats": True}
    off = lively(policy(classes=("incitement", "conspiracy"), moderation={"scan": scan}))
    on = lively(policy(classes=("incitement", "conspiracy"), moderation={"scan": {**scan, "secret_chats": True}}))
    assert outcomes(off)["secret_scanned"] == 0
    assert outcomes(on)["secret_scanned"] > 0
    assert outcomes(on)["private_scanned"] >= outcomes(on)["secret_scanned"]

    def removed_in_secret(society):
        posts = record(society).frame("posts")
        return int(((posts["place"] == "secret") & (posts["removed_at"] >= 0)).sum())

    assert removed_in_secret(on) > 0


def test_a_phase_changes_the_policy_on_its_day():
    later = [{"from": "day 5", "policy": policy(classes=("incitement", "conspiracy"))}]
    changed, free = lively({"title": "none"}, phases=later), lively({"title": "none"})
    ticks, plain = (record(s).frame("ticks").groupby("tick")[["views", "removed"]].sum() for s in (changed, free))
    assert (ticks["views"][: 4 * 24] == plain["views"][: 4 * 24]).all()
    assert ticks["removed"][: 4 * 24].sum() == 0
    assert ticks["removed"][4 * 24 :].sum() > 0
    cost = outcomes(lively(policy()))["staff_cost"]
    assert outcomes(changed)["staff_cost"] == pytest.approx(cost / 2)


def test_a_phase_that_says_the_same_changes_nothing():
    same = [{"from": "day 3", "policy": STRICT}, {"from": "2024-08-06", "policy": STRICT}]
    assert record(run(small_scenario(phases=same))).digest == record(run(small_scenario())).digest


@pytest.mark.parametrize("begins", ["day 1", "day 9", "2024-07-31", "2025-01-01"])
def test_a_phase_must_begin_within_the_run(begins):
    with pytest.raises(ValidationError, match="of the run"):
        small_scenario(phases=[{"from": begins}])
