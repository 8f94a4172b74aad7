"""Options of belief and attention: each does what its name says, and nothing when it is off."""

import pytest
from pydantic import ValidationError

from sim.outcomes import Record
from sim.vocabulary import MEASURES
from tests.small import run, small_scenario, total

NONE = {"title": "none"}
STREAMS = list(small_scenario().content.streams)


def lively(**over):
    return run(small_scenario(NONE, **over))


@pytest.fixture(scope="module")
def plain(crowd):
    return lively()


def beliefs(society, topic="vaccines"):
    return society.crowd.belief_millionths(society.config.topics.index(topic))


def per_stream(**options):
    return {"content": {"streams": dict.fromkeys(STREAMS, options)}}


def test_novelty_of_a_stream_goes_before_that_of_all(plain):
    once = lively(**per_stream(novelty=[1.0, 0.0]), behaviour={"novelty": [1.0]})
    same = lively(behaviour={"novelty": [1.0, 0.0]})
    assert Record.of(once).digest == Record.of(same).digest
    only_one = {"content": {"streams": {"vaccine-conspiracy": {"novelty": [0.0]}}}}
    ticks = Record.of(lively(**only_one)).frame("ticks").groupby("class", observed=True)["forwards"].sum()
    assert ticks["conspiracy"] == 0
    assert ticks["fraud"] > 0


def test_repetition_of_a_stream_goes_before_that_of_all(plain):
    deaf = lively(**per_stream(repetition=[0.0]))
    assert total(deaf, "views") > 0
    assert beliefs(deaf) == sum(int(b * 1e6) for b in deaf.world.people.belief[:, 0].tolist())
    assert beliefs(plain) != beliefs(deaf)


def test_interest_apart_from_belief_lets_people_pass_on_what_they_do_not_believe():
    cold = {
        name: {"belief": 0.0, "beliefs": {}, "credulity": 0.0, "interest": 1.0}
        for name in small_scenario().world.personas
    }
    unbelieved = lively(world={"personas": cold})
    curious = lively(world={"personas": cold}, behaviour={"interest_share": 1.0})

    def passed(society):
        ticks = Record.of(society).frame("ticks").groupby("class", observed=True)["forwards"].sum()
        return int(ticks["conspiracy"])

    assert passed(unbelieved) == 0
    assert passed(curious) > 0


def test_items_about_several_topics_move_all_of_them(plain):
    assert beliefs(plain, "money") == sum(
        int(b * 1e6) for b in plain.world.people.belief[:, plain.config.topics.index("money")].tolist()
    ), "no claim is about money alone"
    also = {"content": {"streams": {"vaccine-conspiracy": {"also": {"money": 0.5}}}}}
    both = lively(**also)
    assert beliefs(both, "money") > beliefs(plain, "money")
    assert total(both, "posts") > 0
    with pytest.raises(ValidationError, match="also must not name the main topic"):
        lively(content={"streams": {"vaccine-conspiracy": {"also": {"vaccines": 0.5}}}})
    with pytest.raises(ValidationError, match="unknown topic 'monay'; did you mean 'money'"):
        lively(content={"streams": {"vaccine-conspiracy": {"also": {"monay": 0.5}}}})


def test_an_item_about_all_topics_wins_each_reader_for_all_of_them():
    topics = small_scenario().topics
    ready = {name: {"belief": 0.4, "beliefs": {}, "credulity": 1.0} for name in small_scenario().world.personas}
    streams = {name: {"per_1000_users_day": 0.0} for name in STREAMS}
    about_all = {"per_1000_users_day": 3.0, "persuasion": 1.0, "also": dict.fromkeys(topics, 1.0)}
    del about_all["also"]["vaccines"]
    scenario = small_scenario(
        NONE,
        content={"streams": streams | {"vaccine-conspiracy": about_all}},
        world={"personas": ready},
        behaviour={"believer_at": 0.5},
    )
    society = run(scenario)
    seen = {row[0] for item in range(len(society.items)) for row in society.crowd.sights_by_reader(item).tolist()}
    assert len(seen) > 50
    assert society.crowd.item_counts()[:, MEASURES.index("adoptions")].sum() == len(topics) * len(seen)


def test_what_is_met_outside_moves_beliefs_without_the_platform():
    silent = {"content": {"streams": {name: {"per_1000_users_day": 0.0} for name in STREAMS}}}
    press = {"topic": "vaccines", "per_day": 0.5, "persuasion": 1.0}

    def after(**source):
        return beliefs(lively(**silent, world={"outside": {"press": press | source} if source else {}}))

    nothing, claims, refutes = after(), after(claims=True), after(claims=False)
    assert refutes < nothing < claims
    assert after(per_day=0.0) == nothing
    assert nothing < after(claims=True, countries=["neighbour"]) < claims
    society = lively(**silent, world={"outside": {"press": press}})
    assert beliefs(society, "migration") == beliefs(lively(**silent), "migration")


def test_encounters_outside_come_at_their_rate():
    people = {name: {"credulity": 0.5, "belief": 0.0, "beliefs": {}} for name in small_scenario().world.personas}
    silent = {name: {"per_1000_users_day": 0.0} for name in STREAMS}
    source = {"topic": "vaccines", "per_day": 0.25, "persuasion": 1.0}
    society = lively(content={"streams": silent}, world={"personas": people, "outside": {"press": source}})
    unmoved = sum(user.belief[0] == 0.0 for user in society.users) / len(society.users)
    assert unmoved == pytest.approx(2.718281828 ** (-0.25 * 8), abs=0.05)


def test_a_source_outside_names_known_topics_and_countries():
    with pytest.raises(ValidationError, match="unknown topic"):
        lively(world={"outside": {"press": {"topic": "vacines"}}})
    with pytest.raises(ValidationError, match="unknown country 'homland'; did you mean 'homeland'"):
        lively(world={"outside": {"press": {"topic": "vaccines", "countries": ["homland"]}}})
