"""What must hold in every run."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.agents.decisions import Exposure, Outbox
from sim.errors import InputError
from sim.model import Society
from sim.outcomes import Record
from tests.small import STRICT, digest, merged, run, small_scenario, total


@pytest.fixture(scope="module")
def strict(crowd):
    return run(small_scenario())


@pytest.fixture(scope="module")
def record(strict):
    return Record.of(strict)


@pytest.mark.only_on("agents", reason="reads what each agent and post holds")
def test_the_small_scenario_has_everything_in_it(strict, record):
    posts, sanctions = record.frame("posts"), record.frame("sanctions")
    assert set(posts["place"].unique()) == {"channel", "group", "direct", "secret"}
    assert set(sanctions["sanction"].unique()) == {"strike", "ban-user", "ban-venue"}
    assert set(record.frame("cases")["source"].unique()) == {"scan", "report"}
    assert posts["echo"].any()
    assert posts["copied"].any()
    assert (posts["removed_at"] >= 0).any()
    assert any(user.left for user in strict.users)
    assert any(tick >= 0 for venue in strict.venues for tick in venue.since.values())
    assert any(strict.item_marks)


def test_same_seed_same_digest(record):
    assert digest(small_scenario()) == record.digest


def test_another_seed_another_digest(record):
    assert digest(small_scenario(), seed=2) != record.digest


@pytest.mark.only_on("agents", reason="puts agents in another order")
@pytest.mark.parametrize("seed", [0, 1])
def test_the_order_in_which_agents_are_called_changes_nothing(record, seed):
    def shuffled(users):
        return random.Random(seed).sample(list(users), len(users))

    assert digest(small_scenario(), arrange=shuffled) == record.digest


def test_a_policy_that_does_nothing_changes_nothing_at_all():
    nothing = {"title": "nothing"}
    idle = {
        "title": "idle",
        "moderation": {"reviewers": {"count": 0}, "reports": {"accepted": False}, "takedown": {"delay": "1 h"}},
        "labels": {"sharing_factor": 0.1},
        "features": {"forward_limit": 10_000, "viral_hops": 3},
    }
    assert digest(small_scenario(nothing)) == digest(small_scenario(idle))


def test_no_post_is_passed_on_before_it_is_there(record):
    posts = record.frame("posts")
    passed = posts[posts["parent"] >= 0]
    assert len(passed) > 100
    assert (passed["tick"].to_numpy() > posts["tick"].to_numpy()[passed["parent"].to_numpy()]).all()
    assert (posts["item"].to_numpy()[passed["parent"].to_numpy()] == passed["item"].to_numpy()).all()


def test_a_post_is_read_from_the_tick_after_it_was_made_and_never_after_its_removal(record):
    posts = record.frame("posts").set_index("post")
    made = posts[["tick", "removed_at", "echo"]]
    views = record.frame("views").merge(made, left_on="post", right_index=True, suffixes=("", "_made"))
    assert (views["tick"] > views["tick_made"]).all()
    gone = views[views["removed_at"] >= 0]
    assert len(gone) > 10
    assert (gone["tick"] <= gone["removed_at"]).all()
    assert not views["echo"].any()


@pytest.mark.only_on("agents", reason="reads what each agent and post holds")
def test_a_group_never_has_more_members_than_its_cap():
    society = run(small_scenario(platform={"group_cap": 12}, behaviour={"joining": 1.0, "invitation": 1.0}))
    groups = [venue for venue in society.venues if not venue.is_channel]
    assert max(len(venue.since) for venue in groups) == 12
    assert any(tick >= 0 for venue in groups for tick in venue.since.values())


@pytest.mark.only_on("agents", reason="reads what each agent and post holds")
def test_secret_chats_are_never_scanned(strict, record):
    slots = {(slot.place, slot.receiver, strict.item_keys[slot.item]): slot for slot in strict.slots.values()}
    scanned = [c.slot for c in strict.platform.intake.cases if c.source == 0 and c.slot is not None]
    assert any(slot.kind == 2 for slot in scanned), "direct chats are scanned in this policy"
    assert not any(slot.secret for slot in scanned)
    assert any(slot.secret for slot in slots.values())


def test_what_arrives_in_a_secret_chat_is_not_passed_on(record):
    posts = record.frame("posts")
    parents = posts.loc[posts.loc[posts["parent"] >= 0, "parent"]]
    assert "secret" not in set(parents["place"])
    free = Record.of(run(small_scenario(merged(STRICT, {"features": {"secret_forwarding": True}})))).frame("posts")
    assert "secret" in set(free.loc[free.loc[free["parent"] >= 0, "parent"]]["place"])


@pytest.mark.only_on("agents", reason="reads what each agent and post holds")
def test_totals_balance(strict, record):
    posts, views = record.frame("posts"), record.frame("views")
    ticks, items = record.frame("ticks"), record.frame("items")
    for column in ("views", "new_readers"):
        assert posts[column].sum() == views[column].sum() == ticks[column].sum() == items[column].sum() > 0
    assert len(posts) == ticks["posts"].sum() + ticks["echoes"].sum() == items["posts"].sum() + items["echoes"].sum()
    tracked = ticks[ticks["class"] != "ordinary"]
    assert (posts["removed_at"] >= 0).sum() == tracked["removed"].sum() > 0
    assert ticks["cases"].sum() == len(record.frame("cases"))
    readers = sum(len(user.seen) for user in strict.users)
    assert readers == items["new_readers"].sum()
    assert sum(sum(user.seen.values()) for user in strict.users) == items["views"].sum()
    frame = strict.datacollector.get_model_vars_dataframe()
    assert frame["views"].sum() == views["views"].sum()
    assert len(frame) == strict.config.time.ticks


def test_reporters_of_others_are_collected_as_mesa_collects_them(crowd):
    society, plain = (Society(small_scenario(), 1, crowd=crowd) for _ in range(2))
    society.mine = []
    society.datacollector._new_model_reporter("ticks", lambda model: model.mine)
    society.datacollector._new_model_reporter("tick", "tick")
    for _ in range(3):
        society.step()
        plain.step()
        society.mine.append(society.tick)
    frame = society.datacollector.get_model_vars_dataframe()
    assert frame["ticks"].tolist() == [[], [1], [1, 2]], "copies, not the list itself"
    assert frame["tick"].tolist() == [0, 1, 2]
    assert frame["views"].tolist() == plain.datacollector.get_model_vars_dataframe()["views"].tolist()


@pytest.mark.only_on("agents", reason="reads what each agent and post holds")
def test_nobody_sees_her_own_post_in_its_place(strict, record):
    posts = record.frame("posts")
    for user in strict.users:
        mine = set(posts.loc[posts["author"] == user.number, "item"])
        for item in mine & set(user.seen):
            assert (posts["item"] == item).sum() > 1


def _targets(society, limit, user, slot):
    society.forward_limit = society.viral_forward_limit = limit
    society.outbox = Outbox()
    user.passed_on, user.times_passed_on = {}, {}
    user.pass_on(slot.item, [Exposure(slot, slot.row, 1, 0.5, 0.5)])
    return [f.targets.tolist() for f in society.outbox.forwards]


@pytest.mark.only_on("agents", reason="reads what each agent and post holds")
def test_limits_are_nested():
    personas = {name: {"to_contacts": 0.5, "to_groups": 0.5} for name in small_scenario().world.personas}
    society = Society(small_scenario({"title": "none"}, world={"personas": personas}), 1, crowd="agents")
    venue = max(society.venues, key=lambda v: len(v.since))
    society.place_posts([society.first_post(0, venue.owner, venue.number)])
    slot = venue.slots[0]
    for number in sorted(venue.since)[:40]:
        user = society.users[number]
        (everything,) = _targets(society, 1 << 30, user, slot)
        assert venue.number not in everything
        for limit in (1, 2, 5):
            assert _targets(society, limit, user, slot) == [everything[:limit]]
        assert _targets(society, 0, user, slot) == []


@pytest.mark.only_on("agents", reason="reads what each agent and post holds")
def test_a_later_forward_goes_on_down_the_ranked_targets():
    personas = {name: {"to_contacts": 0.5, "max_forwards": 2} for name in small_scenario().world.personas}
    society = Society(small_scenario({"title": "none"}, world={"personas": personas}), 1, crowd="agents")
    venue = max(society.venues, key=lambda v: len(v.since))
    society.place_posts([society.first_post(0, venue.owner, venue.number)])
    slot, user = venue.slots[0], max((society.users[n] for n in venue.since), key=lambda u: len(u.contacts))
    (everything,) = _targets(society, 1 << 30, user, slot)
    society.forward_limit = society.viral_forward_limit = 2
    user.passed_on, user.times_passed_on, society.outbox = {}, {}, Outbox()
    for n in (1, 2, 3):
        user.pass_on(0, [Exposure(slot, slot.row, n, 0.5, 0.5)])
    assert [f.targets.tolist() for f in society.outbox.forwards] == [everything[:2], everything[2:4]]


@pytest.mark.only_on("agents", reason="reads what each agent and post holds")
def test_posted_again_after_a_removal_it_is_read_only_by_those_who_had_not_come_to_it():
    personas = {name: {"attention": 100_000.0, "sharing": 0.0} for name in small_scenario().world.personas}
    streams = {name: {"per_1000_users_day": 0.0} for name in small_scenario().content.streams}
    streams["news"] = {"per_1000_users_day": 0.3}
    scenario = small_scenario({"title": "none"}, world={"personas": personas}, content={"streams": streams})
    society = Society(scenario, 1, crowd="agents")
    society.items_by_tick = {}
    venue = max(society.venues, key=lambda v: len(v.since))
    society.tick = 5
    society.place_posts([society.first_post(0, venue.owner, venue.number)])
    slot = venue.slots[0]
    for _ in range(8):
        society.step()
    early = {user.number for user in society.users if user.seen}
    society.take_down(slot)
    society.step()
    assert {user.number for user in society.users if user.seen} == early
    society.place_posts([society.first_post(0, venue.owner, venue.number)])
    while society.running:
        society.step()
    late = {user.number for user in society.users if user.seen} - early
    assert early
    assert late
    assert all(count == 1 for user in society.users for count in user.seen.values()), "nobody looks twice"
    assert len(slot.intervals) == 2


def test_a_banned_user_does_nothing_more(strict, record):
    posts, sanctions = record.frame("posts"), record.frame("sanctions")
    bans = sanctions[sanctions["sanction"] == "ban-user"].set_index("subject")["tick"]
    assert len(bans) > 0
    for user, tick in bans.items():
        assert posts.loc[posts["author"] == user, "tick"].max() <= tick or user not in set(posts["author"])


def test_a_banned_venue_is_empty_and_silent(strict, record):
    posts, venues = record.frame("posts"), record.frame("venues")
    banned = venues[venues["banned_at"] >= 0]
    assert len(banned) > 0
    for row in banned.itertuples():
        mine = posts[posts["venue"] == row.venue]
        assert (mine["tick"] <= row.banned_at).all()
        assert (mine["removed_at"] >= 0).all()
        assert not strict.crowd.open_venues()[row.venue]


@pytest.mark.only_on("agents", reason="reads the cases of the office one by one")
def test_a_banned_venue_has_no_more_ordinary_posts_either():
    busy = merged(STRICT, {"moderation": {"reports": {"ordinary": 0.2}, "reviewers": {"count": 20_000}}})
    society = run(small_scenario(busy))
    closed = {venue.number: venue.banned for venue in society.venues if venue.banned >= 0}
    ordinary = [case for case in society.platform.intake.cases if case.slot is None and case.place in closed]
    assert len(ordinary) > 10
    assert all(case.opened <= closed[case.place] for case in ordinary)


@pytest.mark.only_on("agents", reason="reads what each agent and post holds")
def test_attention_is_conserved(strict):
    direct = strict.config.world.direct.traffic_per_contact
    for user in strict.users:
        traffic = round(direct * 1000) * len(user.contacts) + sum(venue.traffic for venue in user.venues.values())
        assert user.traffic == traffic
        assert user.openness == pytest.approx(user.attention / (traffic / 1000) if traffic else 1e300)


@pytest.mark.only_on("agents", reason="reads what each agent and post holds")
def test_nobody_comes_back_to_a_venue_that_she_left(strict):
    for user in strict.users:
        assert not user.left & set(user.venues)


@settings(max_examples=8)
@given(
    st.integers(0, 10**9),
    st.sampled_from([0.5, 1.0, 2.0, 6.0]),
    st.sampled_from([None, 0, 1, 3]),
    st.integers(0, 2000),
    st.sampled_from(["post", "every-copy"]),
)
def test_random_scenarios_keep_the_books(seed, tick_hours, limit, reviewers, scope):
    policy = merged(
        STRICT,
        {
            "moderation": {"reviewers": {"count": reviewers}},
            "features": {"forward_limit": limit, "viral_forward_limit": None},
            "terms": {"fraud": {"actions": ["remove"], "scope": scope}},
        },
    )
    scenario = small_scenario(policy, world={"users": 150}, time={"days": 4, "tick_hours": tick_hours})
    society = run(scenario, seed)
    record = Record.of(society)
    posts, ticks = record.frame("posts"), record.frame("ticks")
    assert posts["views"].sum() == ticks["views"].sum()
    if limit == 0:
        assert total(society, "forwards") == 0
    gone = posts[posts["removed_at"] >= 0]
    assert (gone["removed_at"] >= gone["tick"]).all()
    beliefs = np.array([user.belief for user in society.users])
    assert ((beliefs >= 0) & (beliefs <= 1)).all()


def test_a_finished_run_is_let_go_of():
    import gc
    import weakref

    alive = weakref.ref(run(small_scenario(time={"days": 1})))
    gc.collect()
    assert alive() is None


def test_the_digest_is_the_same_in_however_many_pieces_it_is_made(strict, record, monkeypatch):
    for size in (1, 7, len(record.frame("posts")) - 1):
        monkeypatch.setattr("sim.outcomes.record._AT_A_TIME", size)
        assert Record.of(strict).digest == record.digest


def test_a_column_says_only_words_that_it_knows(record):
    sanctions = record.frame("sanctions")["sanction"]
    for words in (("strike",), ("strike", "ban-user"), ()):
        assert record.says("sanctions", "sanction", *words).tolist() == sanctions.isin(words).tolist()
    assert record.numbers("posts", "tick").tolist() == record.frame("posts")["tick"].tolist()
    with pytest.raises(InputError, match="sanctions: sanction never says 'ban-usr'; did you mean 'ban-user'"):
        record.says("sanctions", "sanction", "ban-usr")
    for measure in ("views", "removed"):
        sums = record.frame("ticks").groupby("class", observed=False)[measure].sum()
        assert record.by_class(measure) == sums.to_dict()
        assert sum(record.by_class(measure).values()) > 0
