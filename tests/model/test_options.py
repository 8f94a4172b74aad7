"""The options for textbook models do what they say, alike on both crowds, and nothing when they are off."""

import numpy as np
import pytest

from sim.agents.user import User
from sim.errors import InputError
from sim.exam.setups import run as sit
from sim.exam.setups import spreading
from sim.model import Society
from sim.rules.delay import geometric_table
from sim.scenario.people import Complete
from sim.scenario.spread import Even
from sim.world.contacts import from_pairs, make_contacts
from sim.world.ties import degree, write_contacts
from tests.small import STRICT, Form, merged, run, small_scenario

NONE = {"title": "none"}


def _forwards(society):
    return int(society.crowd.item_counts()[:, 2].sum())


def test_a_further_time_delays_action_by_its_mean_on_average():
    def waits(further, scope):
        terms = {"fraud": {"actions": ["remove"], "scope": scope}}
        scan = {"acts_alone": True, "recall": {"fraud": 1.0, "incitement": 0.0, "drugs": 0.0}, "false_positive": 0.0}
        takedown = {"delay": "0 h", "further": further}
        policy = merged(STRICT, {"terms": terms, "moderation": {"takedown": takedown, "scan": scan}})
        rows = run(small_scenario(policy)).crowd.case_rows()
        return (rows[:, 11] - rows[:, 0])[(rows[:, 11] >= 0) & (rows[:, 5] == 3)]

    assert (waits(None, "post") == 0).all()
    late = waits("6 h", "post")
    assert late.min() == 0
    assert late.mean() == pytest.approx(6.0, abs=6.0 * 4 / np.sqrt(len(late)))
    assert waits("6 h", "every-copy").mean() < late.mean()


@pytest.mark.only_on("agents", reason="reads the cases of the office one by one")
def test_reviewers_with_random_service_work_on_one_case_each():
    staff = {"count": 2000, "decisions_per_day": 4.0, "service": "random"}
    busy = merged(STRICT, {"moderation": {"reviewers": staff}})
    society = Society(small_scenario(busy), 1, crowd="agents")
    decided = []
    while society.running:
        society.step()
        assert len(society.platform.bench.busy) <= society.platform.working.servers == 2
    decided = [c for c in society.platform.intake.cases if c.verdict in (1, 2) and c.source == 1]
    assert decided
    assert all(c.decided > c.opened for c in decided)
    steady = run(
        small_scenario(merged(STRICT, {"moderation": {"reviewers": {**staff, "count": 200_000, "service": "even"}}}))
    )
    assert any(c.decided == c.opened for c in steady.platform.intake.cases if c.verdict in (1, 2))


def test_a_review_shorter_than_a_tick_cannot_take_a_random_time():
    quick = merged(STRICT, {"moderation": {"reviewers": {"count": 2000, "service": "random"}}})
    with pytest.raises(InputError, match=r"service: 'random' needs ticks shorter than a review, which takes 0.12 h"):
        Society(small_scenario(quick), 1)


def test_people_find_items_elsewhere_only_where_the_stream_says_so(crowd):
    def starters(found):
        streams = {name: {"found": found} for name in small_scenario().content.streams}
        society = run(small_scenario(NONE, content={"streams": streams}, time={"days": 2}))
        posts = society.crowd.post_columns()
        first = posts["parent"] < 0
        return len(set(zip(posts["item"][first].tolist(), posts["author"][first].tolist(), strict=True))), len(
            society.items
        )

    begun, items = starters(0.0)
    assert begun <= items
    found, _ = starters(0.05)
    assert found > 5 * items


def test_telling_reaches_one_contact_at_a_time_and_stifling_ends_it(crowd):
    def told(stifling, telling="1 h"):
        more = {"telling": telling, "stifling": stifling}
        scenario = spreading(60, {"kind": "complete"}, 1.0, items=4, ticks=40, behaviour=more, world=_RESTLESS)
        society = sit(scenario, 1, crowd, User)
        posts = society.crowd.post_columns()
        by_tick = np.unique(
            np.column_stack([posts[n][posts["parent"] >= 0] for n in ("item", "author", "tick")]), axis=0
        )
        assert len(by_tick) == (posts["parent"] >= 0).sum()
        return _forwards(society)

    assert told(1.0) < 0.8 * told(0.0)
    plain = spreading(60, {"kind": "complete"}, 1.0, items=4, ticks=40, world=_RESTLESS)
    assert sit(plain, 1, crowd, User).crowd.posts_made > told(0.0, telling="30 days")


_RESTLESS = {"personas": {"everyone": {"max_forwards": 1000}}}


def test_opinions_of_senders_draw_beliefs_together_unless_confidence_is_low(crowd):
    def spread(stance, **behaviour):
        everyone = {"sharing": 0.0, "credulity": 0.5, "belief": {"kind": "even", "low": 0.0, "high": 1.0}}
        stream = {"content": "misinformation", "stance": stance, "seeds": 30, "persuasion": 1.0, "spacing": "even"}
        scenario = spreading(
            30,
            {"kind": "complete"},
            1.0,
            items=10,
            ticks=2,
            world={"personas": {"everyone": everyone}},
            content={"streams": {"item": stream}},
            behaviour=behaviour,
        )
        beliefs = sit(scenario, 1, crowd, User).crowd.beliefs(0)
        return beliefs.std(), beliefs.mean()

    apart, middle = spread("sender", confidence=0.1)
    together, same = spread("sender")
    assert apart > 0.1 > 0.01 > together
    assert middle == pytest.approx(0.5, abs=0.01) == same
    assert spread("claim")[1] > 0.99
    assert spread("sender", own_weight=1e6)[0] > 0.25


@pytest.mark.parametrize("contacts", [{"kind": "complete"}, {"kind": "erdos-renyi", "mean_degree": 6.0}])
@pytest.mark.only_on("compiled", reason="runs both")
def test_a_contested_claim_is_talked_about_alike_on_both_crowds_and_only_if_the_stream_says_so(contacts):
    def held(crowd, contest):
        stream = {"content": "misinformation", "seeds": 20, "contest": contest}
        scenario = spreading(80, contacts, 0.0, items=2, ticks=30, content={"streams": {"item": stream}})
        society = sit(scenario, 1, crowd, User)
        return [society.crowd.holders(item).tolist() for item in range(2)], int(society.crowd.item_counts()[:, 6].sum())

    one, other = held("agents", {"verifying": 0.02}), held("compiled", {"verifying": 0.02})
    assert one == other
    assert one[1] > 0
    assert set(one[0][0]) == {0, 1, 2}
    assert set(held("compiled", {"verifying": 0.0})[0][0]) == {0, 1}
    assert held("compiled", {"spreading": 0.0})[1] == 0
    assert held("compiled", None) == ([[], []], 0)


def test_even_spacing_and_even_steps_leave_nothing_to_chance():
    scenario = spreading(
        10, {"kind": "complete"}, 1.0, items=10, ticks=0, content={"streams": {"item": {"spacing": "even"}}}
    )
    assert Society(scenario, 1).items.tick.tolist() == Society(scenario, 2).items.tick.tolist() == list(range(10))
    assert Even(low=0.2, high=0.6).quantiles(np.zeros(5)) == pytest.approx([0.2, 0.3, 0.4, 0.5, 0.6])


def test_computed_ties_are_those_that_would_be_stored():
    low, high = np.triu_indices(9, 1)
    stored, computed = (
        from_pairs(np.column_stack([low, high]), 9),
        make_contacts(Complete(), 9, 1, np.zeros(9, dtype=np.uint8)),
    )
    assert len(computed.other) == 0
    for user in range(9):
        out = np.zeros((2, 9), dtype=np.int64)
        for row, contacts in zip(out, (stored, computed), strict=True):
            assert write_contacts(contacts.ties, user, row, 100) == degree(contacts.ties, user) == 8
        assert (out[0] == out[1]).all()
        assert stored.of(user).tolist() == computed.of(user).tolist() == (out[0, :8] - 100).tolist()
    assert computed.degrees().tolist() == stored.degrees().tolist()
    assert computed.graph().number_of_edges() == 36


def test_slow_readers_are_slower_still():
    def views(activity):
        persona = {"everyone": {"activity": activity}}
        awake = {"somewhere": {"awake_hours": 24, "awake_from": 0}}
        scenario = spreading(
            400, {"kind": "complete"}, 1.0, items=1, ticks=1, time={"days": 10, "tick_hours": 1.0},
            world={"personas": persona, "countries": awake}, behaviour={"reading": "visits"},
            content={"streams": {"item": {"until": "1 h", "per_1000_users_day": 24_000 / 400}}},
        )  # fmt: skip
        return _views(sit(scenario, 1, Form.now, User))

    assert views(0.002) > 1.5 * views(0.001)


def _views(society):
    return int(society.crowd.item_counts()[:, 3].sum())


def test_late_looks_come_late_and_change_nothing_when_there_are_none():
    def waits(late):
        behaviour = {"late": late, "late_half": "72 h", "post_half_life": "3660 days"}
        society = run(small_scenario(behaviour=behaviour, time={"days": 20}, record={"tables": ["views"]}))
        views, posts = society.crowd.view_columns(), society.crowd.post_columns()
        return np.repeat(views["tick"] - posts["tick"][views["post"]], views["views"])

    none, many = waits(0.0), waits(0.6)
    assert (many > 48).mean() > 3 * (none > 48).mean()
    assert (many <= 4).mean() < (none <= 4).mean()


def test_a_share_of_late_looks_has_the_law_that_it_says():
    soon, half = geometric_table(1.0), geometric_table(1.0, 1.0, 100.0)
    assert (geometric_table(1.0, 0.0, 5.0) == soon).all()
    level = 30
    assert np.quantile(half[level], 0.5) == pytest.approx(99, abs=1)
    assert (half[level] > 299).mean() == pytest.approx(1 / 4, abs=0.001)
    mixed = geometric_table(1.0, 0.3, 100.0)[level]
    assert (mixed > 299).mean() == pytest.approx(0.3 / 4 + 0.7 * (soon[level] > 299).mean(), abs=0.001)


@pytest.mark.only_on("compiled", reason="takes minutes with agents")
@pytest.mark.slow
def test_random_service_goes_on_after_the_65535th_tick():
    """Quantile tables hold 16 bits; times must not."""
    minutes = {"time": {"days": 46, "tick_hours": 1.0 / 60.0}, "world": {"users": 50}}
    policy = {"title": "q", "terms": {"drugs": {"actions": ["label"]}}} | {
        "moderation": {
            "scan": {"recall": {"drugs": 1.0}, "false_positive": 0.0, "direct_chats": True},
            "reviewers": {"count": 1000, "decisions_per_day": 72.0, "service": "random"},
        }
    }
    stream = {
        "content": "drugs",
        "per_1000_users_day": 100.0,
        "appeal": 1.0,
        "starts": "best-places",
        "first_places": 1,
    }
    scenario = spreading(50, {"kind": "complete"}, 0.0, items=1, ticks=1, policy=policy, **minutes)
    data = scenario.resolved()
    data["content"]["streams"]["item"] |= stream | {"until": "46 days"}
    rows = sit(type(scenario).model_validate(data), 1, Form.now, User).crowd.case_rows()
    assert (rows[:, 10] > 65_600).any()
