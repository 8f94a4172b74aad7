"""Each mechanism does something, in the direction that its name says, and nothing when it is off."""

import pytest

from sim.agents.user import User
from sim.outcomes import Record, measure_all
from tests.small import STRICT, merged, run, small_scenario, total

NONE = {"title": "none"}


@pytest.fixture(scope="module")
def free(crowd):
    return run(small_scenario(NONE))


def outcomes(society):
    return measure_all(Record.of(society))


def test_forward_limits_cut_posts(free):
    limited = run(small_scenario({"title": "limit", "features": {"forward_limit": 1}}))
    assert total(limited, "posts") < 0.8 * total(free, "posts")


def test_a_viral_limit_bites_only_after_many_hops(free):
    late = run(small_scenario({"title": "viral", "features": {"viral_hops": 1000, "viral_forward_limit": 0}}))
    soon = run(small_scenario({"title": "viral", "features": {"viral_hops": 1, "viral_forward_limit": 0}}))
    assert Record.of(late).digest == Record.of(free).digest
    assert soon.crowd.post_columns()["hops"].max() == 1


def _labelling(**labels):
    policy = {
        "title": "labels",
        "terms": {"conspiracy": {"actions": ["label"], "scope": "every-copy"}},
        "moderation": {
            "reviewers": {"count": 5000, "specificity": 1.0, "sensitivity": 1.0},
            "takedown": {"delay": "1 h"},
        },
        "labels": labels,
    }
    return run(small_scenario(policy, behaviour={"reporting": {"conspiracy": 1.0}}))


def test_labels_cut_sharing_and_belief_only_through_their_factors(free):
    plain = _labelling(sharing_factor=1.0, belief_factor=1.0, notice_factor=1.0)
    base = run(small_scenario(NONE, behaviour={"reporting": {"conspiracy": 1.0}}))
    assert total(plain, "views") == total(base, "views")
    strong = _labelling(sharing_factor=0.0, belief_factor=1.0)
    assert _views(strong, "conspiracy") < 0.9 * _views(base, "conspiracy")
    cool = _labelling(sharing_factor=1.0, belief_factor=0.0)
    assert cool.crowd.belief_millionths(0) < base.crowd.belief_millionths(0)


def _views(society, name):
    ticks = Record.of(society).frame("ticks")
    return ticks.loc[ticks["class"] == name, "views"].sum()


def test_downranking_cuts_views():
    def policy(factor):
        return {
            "title": "down",
            "terms": {"conspiracy": {"actions": ["downrank"], "scope": "every-copy"}},
            "moderation": {"reviewers": {"count": 5000, "specificity": 1.0}, "takedown": {"delay": "1 h"}},
            "labels": {"downrank_factor": factor},
        }

    reporting = {"reporting": {"conspiracy": 1.0}}
    low, same = (run(small_scenario(policy(f), behaviour=reporting)) for f in (0.0, 1.0))
    assert _views(low, "conspiracy") < 0.9 * _views(same, "conspiracy")


def test_faster_takedown_leaves_fewer_illegal_views():
    slow = merged(STRICT, {"moderation": {"takedown": {"delay": "5 days"}}})
    assert outcomes(run(small_scenario()))["illegal_views"] < outcomes(run(small_scenario(slow)))["illegal_views"]


def test_every_copy_takes_down_more_than_one_post():
    one = merged(STRICT, {"terms": {"incitement": {"actions": ["remove"], "scope": "post", "strike": True}}})
    assert total(run(small_scenario()), "removed") > total(run(small_scenario(one)), "removed")


def test_without_reviewers_the_queue_grows_and_nothing_happens():
    idle = run(small_scenario(merged(STRICT, {"moderation": {"reviewers": {"count": 0}}})))
    assert (Record.of(idle).frame("cases")["verdict"] == "waiting").all()
    assert outcomes(idle)["backlog"] == len(Record.of(idle).frame("cases")) * 1000.0 / 400 > 0
    assert total(idle, "removed") == 0


def test_more_reviewers_decide_more():
    few = run(small_scenario(merged(STRICT, {"moderation": {"reviewers": {"count": 20}}})))
    many = run(small_scenario())
    assert outcomes(few)["backlog"] > outcomes(many)["backlog"]
    capacity = 20 * 200 / 1000 * 8
    cases = Record.of(few).frame("cases")
    decided = ((cases["decided"] >= 0) & (cases["verdict"] != "moot")).sum()
    assert decided <= capacity + 1


def test_perfect_reviewers_punish_nobody_wrongly():
    perfect = merged(STRICT, {"moderation": {"reviewers": {"sensitivity": 1.0, "specificity": 1.0}}})
    assert outcomes(run(small_scenario(perfect)))["wrongly_sanctioned"] == 0
    assert outcomes(run(small_scenario()))["wrongly_sanctioned"] > 0


def test_a_scanner_that_acts_alone_needs_no_reviewer():
    alone = merged(STRICT, {"moderation": {"reviewers": {"count": 0}, "scan": {"acts_alone": True}}})
    assert total(run(small_scenario(alone)), "removed") > 0


def test_private_places_are_scanned_only_if_the_policy_says_so():
    closed = merged(STRICT, {"moderation": {"scan": {"direct_chats": False, "private_venues": False}}})
    opened = merged(STRICT, {"moderation": {"scan": {"direct_chats": True, "private_venues": True}}})
    assert outcomes(run(small_scenario(closed)))["private_scanned"] == 0
    assert outcomes(run(small_scenario(opened)))["private_scanned"] > 0


def test_reports_open_no_case_where_they_are_not_accepted():
    deaf = run(small_scenario(merged(STRICT, {"moderation": {"reports": {"accepted": False}}})))
    assert total(deaf, "reports") > 0
    assert set(Record.of(deaf).frame("cases")["source"].astype(str)) == {"scan"}


def test_no_strikes_no_bans():
    mild = run(small_scenario(merged(STRICT, {"moderation": {"strikes": {"ban_user_at": None, "ban_venue_at": None}}})))
    assert all(user.active for user in mild.users)
    assert all(venue.active for venue in mild.venues)
    assert any(user.strikes > 2 for user in mild.users)


def test_credulity_0_freezes_beliefs():
    personas = {name: {"credulity": 0.0} for name in small_scenario().world.personas}
    society = run(small_scenario(NONE, world={"personas": personas}))
    assert all(user.belief == society.world.people.belief[user.number].tolist() for user in society.users)


def test_corrections_lower_belief_and_conspiracies_raise_it(free):
    start, end = free.world.people.belief[:, 0].sum(), free.crowd.belief_millionths(0) / 1e6
    assert end > start
    streams = {name: {"per_1000_users_day": 0.0} for name in free.config.content.streams if name != "fact-checks"}
    corrected = run(small_scenario(NONE, content={"streams": streams}))
    assert corrected.crowd.belief_millionths(0) / 1e6 < start


@pytest.mark.only_on("agents", reason="reads what each agent and post holds")
def test_joining_and_leaving_can_be_switched_off():
    still = run(small_scenario(NONE, behaviour={"joining": 0.0, "leaving": 0.0}))
    assert not any(user.left for user in still.users)
    assert all(tick < 0 for venue in still.venues for tick in venue.since.values())


def test_copies_hide_the_origin_and_reset_the_hops():
    personas = {name: {"copies": 1.0} for name in small_scenario().world.personas}
    society = run(small_scenario(NONE, world={"personas": personas}))
    posts = Record.of(society).frame("posts")
    assert (posts["hops"] == 0).all()
    assert (posts.loc[posts["parent"] >= 0, "source"] == -1).all()


def test_attention_0_notices_nothing():
    personas = {name: {"attention": 0.0} for name in small_scenario().world.personas}
    assert total(run(small_scenario(NONE, world={"personas": personas})), "views") == 0


@pytest.mark.only_on("agents", reason="reads the cases of the office one by one")
def test_a_policy_that_only_delays_does_not_roll_the_verdict_again():
    def verdicts(delay):
        society = run(small_scenario(merged(STRICT, {"moderation": {"takedown": {"delay": delay}}})))
        return {
            (c.place, c.subject, c.receiver): c.verdict
            for c in society.platform.intake.cases
            if c.content == 10 and c.decided > 0
        }

    soon, late = verdicts("1 h"), verdicts("12 h")
    shared = set(soon) & set(late)
    assert len(shared) > 20
    judged = [key for key in shared if soon[key] in (1, 2) and late[key] in (1, 2)]
    assert all(soon[key] == late[key] for key in judged)


class Hermit(User):
    """Notices nothing."""

    def notice_chance(self, slot, weight):
        return 0.0


class Megaphone(User):
    """Passes everything on."""

    def wants_to_pass_on(self, exposure, belief):
        return True


class Same(User):
    """Has the standard rule, but asked one by one."""

    def notice_chance(self, slot, weight):
        return super().notice_chance(slot, weight)


@pytest.mark.only_on("agents", reason="a rule of one's own runs with agents")
def test_a_subclass_of_user_brings_a_rule_of_its_own(free):
    assert total(run(small_scenario(NONE), user_class=Hermit), "views") == 0
    short = small_scenario(NONE, time={"days": 2})
    assert total(run(short, user_class=Megaphone), "forwards") > 2 * total(run(short), "forwards")
    society = run(small_scenario(NONE), user_class=Same)
    assert Record.of(society).digest == Record.of(free).digest
    assert len(society.agents_by_type[Same]) == 400
