"""Other platforms: each way in which people and places move does what its name says, and nothing when it is off."""

import numpy as np
import pytest
from pydantic import ValidationError

from sim.agents.crossing import Places, best_places, new_followers
from sim.model import Society
from sim.outcomes import Record, measure_all
from sim.outcomes.enforcement import taken_down_within
from sim.outcomes.lost_speech import fell_with_venue
from sim.rules.follow import follow_probability
from sim.rules.notice import popularity
from sim.scenario.scenario import Scenario
from sim.world.build import make_world
from sim.world.columns import BANNED
from sim.world.items import topics_of_claims
from sim.world.ties import Ties
from tests.small import STRICT, merged, run, small_scenario

OTHERS = {
    "a": {
        "accounts": 0.4,
        "channels": {"per_1000_users": 60, "size": 20},
        "groups": {"per_1000_users": 30, "size": 10},
    },
    "b": {"accounts": 0.0, "attraction": 0.5, "channels": {"per_1000_users": 20, "size": 5}},
}
BANNING = merged(STRICT, {"moderation": {"strikes": {"ban_user_at": 1, "ban_venue_at": 1}}})


def record(moving=None, *, backups=2, others=OTHERS, policy=BANNING, seed=1, **over):
    world = {"elsewhere": others, "backups": backups}
    return Record.of(run(small_scenario(policy, **merged({"world": world, "moving": moving or {}}, over)), seed))


def moves(found, what):
    frame = found.frame("moves")
    return frame[frame["move"] == what]


def test_without_any_of_it_nothing_moves_and_nothing_is_seen_elsewhere():
    found = record({}, backups=0, others={})
    assert len(found.frame("moves")) == 0
    outcomes = measure_all(found)
    assert outcomes["harm_elsewhere"] == outcomes["users_left"] == outcomes["venues_reopened"] == 0
    assert np.isnan(outcomes["followers"])


def test_venues_of_other_platforms_have_members_with_accounts_there_only():
    scenario = small_scenario(STRICT, world={"elsewhere": OTHERS, "backups": 1})
    world = make_world(scenario, 3)
    from sim.world.venues import accounts_of

    accounts, table = accounts_of(scenario, 3, len(world.people)), world.venues
    assert set(table.platform.tolist()) == {0, 1}, "nobody has an account on b, which therefore has no venues"
    for venue in np.flatnonzero(table.platform == 1):
        assert (accounts[table.members(venue)] >> 1 & 1).all()
    backups = np.flatnonzero(table.generation)
    assert (table.owner[backups] == table.owner[table.origin[backups]]).all()
    assert (table.platform[table.origin[backups]] == 0).all(), "only the platform under study closes places"
    plain = make_world(small_scenario(STRICT), 3).venues
    mine = np.flatnonzero((table.platform == 0) & (table.generation == 0))
    assert (table.owner[mine] == plain.owner).all(), "other platforms change nothing about the places of this one"


def test_what_is_seen_elsewhere_is_counted_there_and_taken_down_there_alone():
    removing = dict.fromkeys(("incitement", "fraud", "drugs"), 1.0)
    others = {"a": OTHERS["a"] | {"removing": removing, "delay": "1 h"}}
    free, strict = record({}, others={"a": OTHERS["a"]}), record({}, others=others)
    ticks = strict.frame("ticks")
    assert int(ticks["removed_elsewhere"].sum()) > 0
    assert int(free.frame("ticks")["removed_elsewhere"].sum()) == 0
    posts = free.frame("posts")
    there = posts[posts["platform"] == "a"]
    assert len(there)
    assert (there["removed_at"] == -1).all(), "the platform under study has no say elsewhere"
    assert int(free.frame("ticks")["views_elsewhere"].sum()) == int(there["views"].sum())
    assert measure_all(strict)["harm_elsewhere"] < measure_all(free)["harm_elsewhere"]
    mine, outcomes = strict.frame("posts"), measure_all(strict)
    removed = int(((mine["removed_at"] >= 0) & (mine["platform"] != "a")).sum())
    ordinary = int(ticks.loc[ticks["class"] == "ordinary", "removed"].sum())
    counted = (outcomes["lawful_removed"] + outcomes["illegal_removed"]) * strict.users / 1000.0
    counted += int((fell_with_venue(strict) & ~mine["illegal"]).sum())
    assert counted == pytest.approx(removed + ordinary), "what others took down is none of this platform's removals"
    illegal, time = mine[mine["illegal"] & (mine["platform"] != "a")], strict.scenario.time
    times = (illegal[name].to_numpy() for name in ("removed_at", "tick"))
    down = 100.0 * taken_down_within(*times, time.ticks_per_day, time.ticks)
    assert outcomes["illegal_down_in_a_day"] == pytest.approx(down)
    cases = free.frame("cases")
    venues = free.frame("venues")
    elsewhere = set(venues.loc[venues["platform"] == "a", "venue"])
    assert not elsewhere & set(cases["place"]), "nor does it hear of what is posted there"


def test_items_cross_over_where_an_owner_has_channels_on_both():
    posts = record({}).frame("posts")
    platforms = posts[posts["venue"] >= 0].groupby("item")["platform"].nunique()
    assert (platforms > 1).any()


def test_banned_people_come_back_unless_a_new_account_needs_an_identity():
    always = {"returning": 1.0, "returning_after": "1 day"}
    back = record(always)
    assert len(moves(back, "returned")) > 3
    assert len(moves(record({}), "returned")) == 0
    barred = {"identity": {"anonymous": 1.0, "phone": 0.5, "verified": 0.0}}
    checked = record(always | barred, policy=merged(BANNING, {"features": {"identity": "verified"}}))
    assert len(moves(checked, "returned")) == 0
    phone = record(always | barred, policy=merged(BANNING, {"features": {"identity": "phone"}}))
    first = set(moves(phone, "returned")["subject"])
    assert 0 < len(first) < len(moves(back, "returned"))


def test_who_is_driven_out_goes_elsewhere_and_reads_there():
    stay, go = record({}), record({"leaving": 1.0, "joins": 4})
    left = moves(go, "left")
    assert len(left) > 3
    assert len(moves(stay, "left")) == 0
    assert set(left["to"].astype(str)) <= {"a", "b"}
    only = record(
        {"leaving": 1.0}, others={"a": OTHERS["a"] | {"attraction": 0.0}, "b": OTHERS["b"] | {"accounts": 0.3}}
    )
    mine = moves(only, "left")
    assert (mine["to"].astype(str) == "b").mean() > (left["to"].astype(str) == "b").mean()


@pytest.mark.only_on("compiled", reason="bans everybody at once in the columns")
def test_who_is_banned_here_reads_elsewhere_only():
    society = Society(small_scenario(STRICT, world={"elsewhere": OTHERS}), 1, crowd="compiled")
    for _ in range(24):
        society.step()
    society.crowd.persons.status[:] |= BANNED
    society.run_model()
    ticks = Record.of(society).frame("ticks").set_index("tick")[["views", "views_elsewhere"]]
    before, after = ticks.loc[:23].sum(), ticks.loc[24:].sum()
    assert before["views"] > before["views_elsewhere"] > 0
    assert after["views"] == after["views_elsewhere"] > 0


def closing(moving, **more):
    """A run in which places are banned, and people are not."""
    strikes = {"ban_user_at": None, "ban_venue_at": 1}
    return record(moving, policy=merged(STRICT, {"moderation": {"strikes": strikes}}), **more)


def test_banned_places_open_again_here_or_elsewhere_and_members_follow():
    here = closing({"reopening": 1.0, "following": 1.0, "reopening_after": "1 day"})
    reopened = moves(here, "reopened")
    assert len(reopened) > 3
    assert (reopened["to"].astype(str) == here.scenario.platform.name).all()
    assert len(moves(closing({}), "reopened")) == 0
    there = closing({"going": 1.0, "following_elsewhere": 1.0, "without_account": 1.0})
    away = moves(there, "reopened")
    assert len(away)
    assert (away["to"].astype(str) != there.scenario.platform.name).all()
    assert measure_all(there)["followers"] > 60
    alone = closing({"going": 1.0, "following_elsewhere": 0.0, "pull": 0.0})
    assert measure_all(alone)["followers"] < 20, "without followers only owners are there"
    once = closing({"reopening": 1.0, "following": 1.0}, backups=1)
    assert len(moves(once, "reopened")) <= len(reopened)
    assert measure_all(there)["harm_elsewhere"] > measure_all(alone)["harm_elsewhere"]


@pytest.mark.only_on("compiled", reason="runs both")
def test_what_opens_again_where_nothing_was_is_counted_there_on_both_crowds():
    nothing = {"per_1000_users": 0, "size": 2.0}
    empty = {"c": {"accounts": 0.5, "channels": nothing, "groups": nothing}}
    scenario = closing({"going": 1.0, "following_elsewhere": 1.0, "without_account": 1.0}, others=empty).scenario
    both = [Record.of(run(scenario, crowd=crowd)) for crowd in ("agents", "compiled")]
    there = [int(found.frame("ticks")["illegal_elsewhere"].sum()) for found in both]
    assert there[0] == there[1] > 0
    assert both[0].digest == both[1].digest


def ring(n):
    other = np.array([[(i - 1) % n, (i + 1) % n] for i in range(n)], dtype=np.int32)
    other.sort(axis=1)
    return Ties(0, np.arange(0, 2 * n + 1, 2, dtype=np.int64), other.ravel())


def complete(n):
    return Ties(n, np.zeros(n + 1, dtype=np.int64), np.zeros(0, dtype=np.int32))


def _followed(ties, members, base, pull, waves=7):
    following = np.zeros(len(members), dtype=np.bool_)
    for _ in range(waves):
        following |= new_followers(
            members, following, np.ones(len(members), dtype=np.bool_), 1,
            np.full(members.max() + 1, 2, dtype=np.uint8), ties, 77, 5, base, 1.0, pull,
        )  # fmt: skip
    return following.mean()


def test_a_cohesive_community_moves_together_a_loose_one_does_not():
    everybody = np.arange(400, dtype=np.int32)
    some = np.arange(0, 400, 7, dtype=np.int32)
    cohesive = _followed(complete(400), everybody, 0.2, 0.9)
    loose = _followed(ring(400), some, 0.2, 0.9)
    assert cohesive > 0.7, "over 70 % of a cohesive community moved (Monti et al. 2023)"
    assert 0.1 < loose < 0.3, "nobody's contacts are members: only the first 20 % go"
    assert _followed(complete(400), everybody, 0.2, 0.0) < 0.3, "without pull cohesion is no matter"


def test_an_account_there_makes_following_likelier():
    assert follow_probability(0.2, True, 0.5, 0.7, 0.0) == 0.2
    assert follow_probability(0.2, False, 0.5, 0.7, 0.0) == 0.1
    assert follow_probability(0.2, True, 0.5, 0.9, 1.0) == 1.0


def test_people_choose_places_on_what_interests_them():
    places = Places(np.arange(100, dtype=np.int32), np.repeat([0, 1], 50).astype(np.int64))
    interest = np.tile(np.array([[1.0, 0.0]], dtype=np.float32), (300, 1))
    chosen = np.concatenate([best_places(user, 0, 2, places, interest, 9.0, 5) for user in range(300)])
    assert (chosen < 50).mean() > 0.8
    random = np.concatenate([best_places(user, 0, 2, places, interest, 0.0, 5) for user in range(300)])
    assert 0.4 < (random < 50).mean() < 0.6
    assert all(len(set(best_places(user, 0, 5, places, interest, 1.0, 5).tolist())) >= 1 for user in range(20))


@pytest.mark.parametrize("way", ["searching", "suggestions"])
def test_places_are_found_by_search_and_by_suggestion(way):
    found = record({way: 0.5}, others={}, backups=0)
    assert moves(found, "discovered")["members"].sum() > 20
    assert len(moves(record({way: 0.0}, others={}, backups=0), "discovered")) == 0
    before, after = record({}, others={}, backups=0).frame("venues"), found.frame("venues")
    assert after["members_at_end"].sum() > before["members_at_end"].sum()


def test_a_ranked_feed_shows_more_of_what_is_popular():
    assert popularity(0, 3.0, 20.0) == 1.0
    assert popularity(20, 3.0, 20.0) == 2.5

    def inequality(feed):
        policy = {"title": "feed", "features": {"feed": feed, "feed_half": 2}}
        items = record({}, others={}, backups=0, policy=policy).frame("items")
        views = np.sort(items["views"].to_numpy())[::-1]
        return views[: len(views) // 10].sum() / views.sum(), views.sum()

    flat, ranked = inequality(0.0), inequality(20.0)
    assert ranked[1] > flat[1]
    assert ranked[0] != flat[0]


def test_attention_of_the_banned_goes_to_other_platforms():
    society = run(small_scenario(BANNING, world={"elsewhere": {"a": OTHERS["a"]}}), 1)
    banned = [user for user in society.users if user.banned and user.elsewhere]
    assert banned
    for user in banned:
        assert user.openness == pytest.approx(user.attention / (user.elsewhere / 1000.0))


def test_platforms_are_told_apart_by_their_names():
    data = small_scenario(STRICT).resolved()
    data["world"]["elsewhere"] = {data["platform"]["name"]: {}}
    with pytest.raises(ValidationError, match="must differ from the name of the platform under study"):
        Scenario.model_validate(data)
    data["world"]["elsewhere"] = {f"p{i}": {} for i in range(8)}
    with pytest.raises(ValidationError, match="at most 7"):
        Scenario.model_validate(data)


def found_by_search(by_belief):
    """How much more those believe who found a place on a topic of claims in one day of search than all do."""
    from sim.agents.crossing import search

    scenario = small_scenario(STRICT, moving={"searching": 1.0, "searching_by_belief": by_belief})
    society = Society(scenario, 1, crowd="compiled")
    mover, places = society.mover, society.mover._open_places(0)
    able = np.ones(len(society.world.people), dtype=np.bool_)
    topic = topics_of_claims(scenario)[0]
    found = []
    for day in range(60):
        venues, users = search(day, 1.0, able, places, mover._sought(), 0.0, 1, 2)
        found += society.world.people.belief[users[society.world.venues.topic[venues] == topic], topic].tolist()
    return float(np.mean(found) - society.world.people.belief[:, topic].mean())


def test_search_by_belief_finds_believers_and_search_by_interest_does_not():
    assert found_by_search(1.0) > 0.1
    assert abs(found_by_search(0.0)) < 0.05
    assert found_by_search(0.0) < found_by_search(0.5) < found_by_search(1.0)


def test_search_by_belief_leaves_topics_without_claims_to_interest():
    society = Society(small_scenario(STRICT, moving={"searching": 0.1, "searching_by_belief": 1.0}), 1)
    sought, claims = society.mover._sought(), topics_of_claims(society.config)
    for topic in range(len(society.config.topics)):
        expected = society.world.people.belief if topic in claims else society.world.people.interest
        assert (sought[:, topic] == expected[:, topic]).all()
