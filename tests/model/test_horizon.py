"""What lets the size of an effect settle: strikes lapse, the banned are replaced, beliefs fade. Each alone, and all."""

import numpy as np
import pytest
from pydantic import ValidationError

from sim.experiment.intervals import t_limits
from sim.model import Society
from sim.outcomes import Record, measure_all
from sim.outcomes.lost_speech import Closures
from sim.rules.belief import forgotten
from sim.scenario.load import load_scenario
from sim.scenario.scenario import Scenario
from sim.vocabulary import MEASURES
from tests.small import SCENARIO, STRICT, digest, merged, run, small_scenario

BANNING = merged(STRICT, {"moderation": {"strikes": {"ban_user_at": 1, "ban_venue_at": 1}}})
COUNTING = merged(STRICT, {"moderation": {"strikes": {"ban_user_at": None, "ban_venue_at": None}}})
APPEALS = {"wrongful": 1.0, "rightful": 1.0, "delay": "1 day", "overturned_wrongful": 1.0, "overturned_rightful": 0.5}


def with_lapse(lapse, base=COUNTING, **more):
    return merged(base, {"moderation": {"strikes": {"lapse": lapse}, **more}})


def strikes_at_end(society):
    return society.crowd.strikes(), society.crowd.venues_at_end()["strikes"]


def given(society, since):
    """Strikes given after a tick and never lifted, by user."""
    frame = Record.of(society).frame("sanctions")
    strikes = frame[(frame["sanction"] == "strike") & (frame["tick"] > since)]
    return np.bincount(strikes["subject"].to_numpy(), minlength=len(society.world.people))


def test_a_strike_counts_until_it_lapses_for_users_and_for_channels_and_groups(crowd):
    forever, brief = (run(small_scenario(with_lapse(lapse))) for lapse in (None, "2 days"))
    last = brief.config.time.ticks - 1
    assert (strikes_at_end(forever)[0] == given(forever, -1)).all()
    assert (strikes_at_end(brief)[0] == given(brief, last - 48)).all()
    assert 0 < strikes_at_end(brief)[1].sum() < strikes_at_end(forever)[1].sum()


def test_with_strikes_that_lapse_fewer_are_banned_and_a_run_shorter_than_that_is_as_it_was():
    base = merged(STRICT, {"moderation": {"strikes": {"ban_user_at": 3, "ban_venue_at": 3}}})
    bans = [measure_all(Record.of(run(small_scenario(with_lapse(lapse, base))))) for lapse in (None, "2 h")]
    assert bans[1]["users_banned"] < bans[0]["users_banned"]
    assert bans[1]["venues_banned"] < bans[0]["venues_banned"]
    assert digest(small_scenario(with_lapse("90 days", base))) == digest(small_scenario(with_lapse(None, base)))


@pytest.mark.parametrize("lapse", [None, "3 days", "1 day", "2 h"])
def test_no_strike_is_taken_back_twice_by_lapse_appeal_and_a_new_account(crowd, lapse):
    policy = with_lapse(lapse, BANNING, appeals=APPEALS)
    moving = {"returning": 0.5, "returning_after": "1 day", "replaced_after": "1 day", "succeeded_after": "1 day"}
    society = run(small_scenario(policy, moving=moving))
    users, venues = strikes_at_end(society)
    assert users.min() == venues.min() == 0
    frame = Record.of(society).frame("moves")
    assert {"returned", "replaced", "succeeded"} <= set(frame["move"])


def test_a_lapse_that_a_phase_changes_holds_for_strikes_given_before():
    scenario = small_scenario(
        with_lapse(None), phases=[{"from": "day 5", "policy": {"moderation": {"strikes": {"lapse": "1 day"}}}}]
    )
    society = run(scenario)
    assert (strikes_at_end(society)[0] == given(society, scenario.time.ticks - 1 - 24)).all()


def test_every_banned_user_is_replaced_by_one_with_the_beliefs_of_the_start_and_no_strikes(crowd):
    scenario = small_scenario(BANNING, moving={"replaced_after": "1 day"})
    society = Society(scenario, 1, crowd=crowd)
    seen = 0
    while society.running:
        society.step()
        today = [row[2] for row in society.mover.rows if row[0] == society.tick - 1 and row[1] == 6]
        seen += len(today)
        assert not society.crowd.banned()[today].any()
        assert (society.crowd.strikes()[today] == 0).all()
        for topic in range(len(scenario.topics)):
            assert (society.crowd.beliefs(topic)[today] == society.world.people.belief[today, topic]).all()
    assert seen > 10
    bans = (Record.of(society).frame("sanctions")["sanction"] == "ban-user").sum()
    assert bans - seen == society.crowd.banned().sum() < bans / 3, "who was banned in the last day or two is not yet"


def test_a_successor_has_the_members_of_the_banned_venue_and_their_attention_is_as_before(crowd):
    still = {"joining": 0.0, "leaving": 0.0}
    policy = merged(BANNING, {"moderation": {"strikes": {"ban_user_at": None}}})
    scenario = small_scenario(policy, moving={"succeeded_after": "1 day"}, behaviour=still)
    society = Society(scenario, 1, crowd=crowd)
    members = {v: society.crowd.members_of(v).tolist() for v in range(len(society.venues))}
    attention = [user.openness for user in society.users]
    while society.running:
        society.step()
    frame = Record.of(society).frame("moves")
    opened = frame[frame["move"] == "succeeded"]
    assert len(opened) > 5
    shut = ~society.crowd.open_venues()
    for venue, number in zip(opened["subject"], opened["members"], strict=True):
        assert society.crowd.members_of(venue).tolist() == members[venue]
        assert number == len(members[venue])
    touched = np.zeros(len(attention), dtype=bool)
    for venue in np.flatnonzero(shut):
        touched[members[int(venue)]] = True
    assert 0 < touched.sum() < len(touched)
    for user, before in zip(society.users, attention, strict=True):
        assert (user.openness == before) or touched[user.number]


def test_what_a_venue_that_was_succeeded_has_lost_ends_with_its_successor():
    moderation = {"scan": {"false_positive": 0.02, "private_venues": True}, "strikes": {"ban_user_at": None}}
    policy = merged(BANNING, {"moderation": moderation})
    found = {
        after: Record.of(run(small_scenario(policy, moving={"succeeded_after": after}))) for after in (None, "1 day")
    }
    closed = {after: Closures.of(record) for after, record in found.items()}
    days = found[None].scenario.time.days
    for after, one in closed.items():
        assert (one.days_open > 0).all()
        assert (one.days_shut >= 0).all()
        per_venue = np.bincount(one.venue, one.days_open + one.days_shut)
        assert per_venue.max() <= days + 1e-9, after
    assert (np.bincount(closed["1 day"].venue) > 1).any(), "some are banned twice"
    outcomes = {after: measure_all(record) for after, record in found.items()}
    assert outcomes["1 day"]["lost_posts_to_come"] < 0.7 * outcomes[None]["lost_posts_to_come"]
    assert outcomes["1 day"]["venues_banned"] > outcomes[None]["venues_banned"]
    assert outcomes["1 day"]["members_cut_off"] >= 0.9 * outcomes[None]["members_cut_off"]


def test_a_belief_that_nothing_moves_halves_its_way_to_where_it_began_in_a_half_life():
    belief, share = 0.9, 1.0 - 0.5 ** (1 / 10)
    for _ in range(10):
        belief = forgotten(belief, 0.1, share)
    assert belief == pytest.approx(0.5, abs=1e-6)


def test_beliefs_fade_and_are_where_they_began_if_nothing_moves_them(crowd):
    ends = {}
    for half in (None, "30 days", "1 day"):
        society = run(small_scenario(BANNING, behaviour={"belief_half_life": half}))
        moved = [np.abs(society.crowd.beliefs(t) - society.world.people.belief[:, t]).mean() for t in range(5)]
        ends[half] = max(moved)
    assert ends["1 day"] < ends["30 days"] < ends[None]
    unmoved = run(small_scenario(BANNING, behaviour={"belief_half_life": "1 day", "influence": 0.0}))
    for topic in range(5):
        assert (unmoved.crowd.beliefs(topic) == unmoved.world.people.belief[:, topic]).all()


def test_a_half_life_of_nothing_is_refused():
    with pytest.raises(ValidationError, match="belief_half_life must be more than 0"):
        Scenario.model_validate({"behaviour": {"belief_half_life": "0 h"}})


def _per_day(scenario, seed):
    """Views of illegal items a day, by day."""
    rows = run(scenario, seed).tick_rows()
    return rows[:, 2 + MEASURES.index("illegal_views")].reshape(scenario.time.days, -1).sum(axis=1)


WINDOWS = (slice(60, 90), slice(150, 180))


def _effects(overrides=(), pairs=8):
    """Relative effect on illegal views a day in days 60-90 and 150-180, by pair."""
    common = ["world.users=2000", "time.days=180", *overrides]
    free = load_scenario(SCENARIO, [*common, "policy.terms={}"]).scenario
    acting = load_scenario(SCENARIO, common).scenario
    found = []
    for seed in range(1, pairs + 1):
        one, other = _per_day(acting, seed), _per_day(free, seed)
        found.append([one[days].sum() / other[days].sum() - 1.0 for days in WINDOWS])
    return np.array(found)


@pytest.mark.only_on("compiled", reason="takes minutes with agents")
@pytest.mark.slow
def test_the_effect_per_day_settles_after_two_months():
    found = _effects()
    early, late = found.mean(axis=0)
    (first, second), (third, fourth) = (t_limits(days) for days in found.T)
    assert first < late < second < 0, "each lies within the interval of the other"
    assert third < early < fourth < 0


@pytest.mark.only_on("compiled", reason="takes minutes with agents")
@pytest.mark.slow
def test_without_lapse_return_and_replacement_the_effect_grows_with_the_run():
    off = ["policy.moderation.strikes.lapse=null", "moving={}", "behaviour.belief_half_life=null"]
    found = _effects(off, pairs=4)
    early, late = found.mean(axis=0)
    assert late < early - 0.05, "this is what the mechanisms are there for"
    assert (found[:, 1] < found[:, 0]).sum() >= 3
