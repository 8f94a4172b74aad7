"""Users, venues and offices of a compiled run answer what those of the agents' form answer."""

import copy
import dataclasses
import enum

import mesa
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sim
from sim.agents.base import SocietyAgent
from sim.agents.bench import Bench
from sim.agents.decisions import Exposure
from sim.agents.enforcer import Enforcer
from sim.agents.intake import Intake
from sim.agents.moderator import Moderator
from sim.agents.staff import Staff
from sim.agents.user import User
from sim.agents.venue import Channel, Group, Venue
from sim.crowd.user_view import user_view
from sim.crowd.views import NOT_HELD
from sim.model import Society
from sim.moderation.cases import Case, Queue
from sim.world.posts import Slot
from tests.crowd.test_equality import EXAMPLES
from tests.random_scenarios import lively_scenarios, scenarios
from tests.small import run, small_scenario

OFFICES = ("platform", "mover", "court", "mobiliser")
EVERYWHERE = {"model", "random", "rng", "platform"}
"""What leads from an agent to the whole run."""
EXPANDED = (SocietyAgent, Bench, Enforcer, Intake, Staff, Case, Queue, Slot)
IN_NO_ORDER = ("cases", "due", "appeals", "struck", "pending", "busy", "waiting", "sanctions")
"""Lists whose order depends on who was called first."""


def names_of(agent):
    """What an agent tells: its attributes, and those of its class that are no methods."""
    of_class = [(name, value) for one in type(agent).__mro__ if one is not object for name, value in vars(one).items()]
    found = {name for name, value in of_class if not (callable(value) or isinstance(value, classmethod))}
    return sorted(name for name in {*found, *getattr(agent, "__dict__", {})} - EVERYWHERE if not name.startswith("_"))


class Plain:
    """Turns what agents answer into what can be compared; rows of posts into their numbers in canonical order."""

    def __init__(self, society):
        agents = society.crowd.name == "agents"
        self.number = society.crowd._posts_in_order()[1].tolist() if agents else None

    def row(self, row):
        return row if row < 0 or self.number is None else self.number[row]

    def of(self, value, name=""):
        if name == "tells":
            return {item: self.row(row) for item, row in value.items()}
        if isinstance(value, (User, Venue)):
            return ("user" if isinstance(value, User) else "venue", value.number)
        if isinstance(value, Slot):
            slot = {n: getattr(value, n) for n in Slot.__slots__}
            return slot | {"row": self.row(slot["row"]), "rows": sorted(map(self.row, slot["rows"]))}
        if isinstance(value, np.ndarray):
            return (value.dtype.kind, value.shape, value.tolist())
        if isinstance(value, EXPANDED) or dataclasses.is_dataclass(value):
            fields = [f.name for f in dataclasses.fields(value)] if dataclasses.is_dataclass(value) else names_of(value)
            return {n: self.of(getattr(value, n), n) for n in fields}
        if isinstance(value, dict):
            return {key: self.of(part, name) for key, part in value.items()}
        if isinstance(value, (list, tuple)):
            made = [self.of(part, name) for part in value]
            return sorted(made, key=repr) if name in IN_NO_ORDER else made
        if isinstance(value, (set, enum.Enum)) or value is None:
            return value
        return (type(value).__name__, value)


def _agrees(agents, compiled):
    """Every public attribute of every user, venue and office agrees."""
    one, other = Plain(agents), Plain(compiled)
    for agent, view in zip([*agents.users, *agents.venues], [*compiled.users, *compiled.venues], strict=True):
        for name in names_of(agent):
            try:
                seen = other.of(getattr(view, name), name)
            except AttributeError as no:
                assert name in NOT_HELD, no
                continue
            assert seen == one.of(getattr(agent, name), name), (agent, name)
            assert isinstance(getattr(view, name), type(getattr(agent, name))), name
    for venue, view in zip(agents.venues, compiled.venues, strict=True):
        for here, there in zip(venue.members(), view.members(), strict=True):
            assert other.of(there) == one.of(here)
    for office in OFFICES:
        told, seen = one.of(getattr(agents, office)), other.of(getattr(compiled, office))
        for name in told:
            assert seen[name] == told[name], (office, name)
    assert agents.platform.bench.waiting() == compiled.platform.bench.waiting()


def _both(scenario, seed, ticks):
    agents = Society(scenario, seed, crowd="agents")
    compiled = Society(scenario, seed, crowd="compiled", world=agents.world)
    for society in (agents, compiled):
        for _ in range(min(ticks, scenario.time.ticks)):
            society.step()
    return agents, compiled


@pytest.mark.parametrize("ticks", [0, 60, 192])
def test_agents_of_a_lively_run_answer_the_same_in_both_forms(ticks):
    _agrees(*_both(small_scenario(), 1, ticks))


@pytest.mark.slow
@settings(max_examples=max(1, EXAMPLES // 4), deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios(), st.integers(0, 2**31), st.integers(0, 100))
def test_agents_answer_the_same_in_both_forms_in_any_scenario(scenario, seed, ticks):
    _agrees(*_both(scenario, seed, ticks))


@pytest.mark.slow
@settings(max_examples=max(1, EXAMPLES // 8), deadline=None, suppress_health_check=list(HealthCheck))
@given(lively_scenarios(), st.integers(0, 2**31), st.integers(20, 100))
def test_agents_answer_the_same_in_both_forms_under_any_policy(scenario, seed, ticks):
    _agrees(*_both(scenario, seed, ticks))


class Sceptic(User):
    """With a decision, a property and a number of her own."""

    patience = 3

    @property
    def openness(self):
        return 0.5 * super().openness

    def wants_to_pass_on(self, exposure, belief):
        return exposure.n > self.patience and self.belief[0] < 2.0 and not self.knows(-1)


@pytest.fixture(scope="module")
def both():
    return run(small_scenario()), run(small_scenario(), crowd="compiled")


def test_what_columns_cannot_give_is_named_and_says_what_to_do_instead():
    assert list(NOT_HELD) == ["passed_on"]
    once = {name: {"max_forwards": 1} for name in small_scenario().world.personas}
    user = Society(small_scenario(world={"personas": once}), 1).users[5]
    with pytest.raises(AttributeError, match="crowd='agents'"):
        _ = user.passed_on
    with pytest.raises(AttributeError, match="no attribute 'patience'"):
        _ = user.patience
    assert not hasattr(user, "patience")


def test_a_compiled_run_has_the_agents_of_the_other_form_and_they_are_what_they_say(both):
    agents, compiled = both
    assert compiled._views is None, "made when asked for"
    assert list(compiled.agents_by_type) == list(agents.agents_by_type) == compiled.agent_types
    for kind, there in agents.agents_by_type.items():
        here = compiled.agents_by_type[kind]
        assert [agent.unique_id for agent in here] == [agent.unique_id for agent in there]
        assert all(isinstance(agent, kind) and isinstance(agent, mesa.Agent) for agent in here)
    assert len(compiled.agents) == len(agents.agents) == len({agent.unique_id for agent in compiled.agents})
    assert compiled.agents_by_type[User] is compiled.agents_by_type[User]
    assert compiled.users[3] in compiled.agents_by_type[sim.User]
    assert compiled.users[3] == compiled.users[3] != compiled.users[4] != compiled.venues[4]


def test_mesa_sets_of_views_answer_as_those_of_agents_do(both):
    asked = []
    for society in both:
        people, groups = society.agents_by_type[sim.User], society.agents_by_type[Group]
        struck = people.select(lambda user: user.strikes > 0)
        asked.append(
            (
                sorted(struck.get("number")),
                people.agg("openness", sum),
                people.get(["number", "country"])[17],
                groups.get("members_at_end"),
                people.groupby("country").count(),
                society.agents_by_type[Channel].map(lambda channel: len(channel.since)),
                people.sort("attention")[0].number,
                people.do("step") is people,
            )
        )
    assert asked[0] == asked[1]
    assert asked[0][0]


def test_mesa_reporters_of_agents_work_in_both_forms():
    frames = []
    for crowd in ("agents", "compiled"):
        society = Society(small_scenario(time={"days": 1}), 1, crowd=crowd)
        reporters = {"belief": lambda user: user.belief[0], "strikes": "strikes"}
        collector = mesa.DataCollector(agenttype_reporters={User: reporters})
        society.step()
        collector.collect(society)
        frames.append(collector.get_agenttype_vars_dataframe(User))
    assert frames[0].equals(frames[1])


@pytest.mark.parametrize("name", ["belief", "strikes", "number", "mood"])
def test_nothing_of_a_view_can_be_changed(both, name):
    user, venue = both[1].users[5], both[1].venues[5]
    for view in (user, venue, both[1].platform.bench):
        with pytest.raises(AttributeError, match=f"'{name}'.*cannot be set.*crowd='agents'"):
            setattr(view, name, 1)
    with pytest.raises(AttributeError, match="cannot be deleted"):
        del user.number
    with pytest.raises(AttributeError, match="removed"):
        user.remove()
    with pytest.raises(AttributeError, match="cannot be set"):
        both[1].agents_by_type[User].set("belief", 1)


def test_what_a_view_gives_cannot_be_changed_and_a_copy_can(both):
    user, venue = both[1].users[5], both[1].venues[5]
    for change in (
        lambda: user.belief.__setitem__(0, 1.0),
        lambda: user.seen.update({0: 1}),
        lambda: user.left.add(1),
        lambda: venue.since.pop(0),
        lambda: user.enter(venue),
        lambda: venue.join(next(u for u in both[1].users if u.number not in venue.since), 1),
    ):
        with pytest.raises((TypeError, AttributeError), match=r"cannot be (changed|set)"):
            change()
    with pytest.raises(ValueError, match="read-only"):
        user.contacts[0] = 1
    for own in (user.belief, user.seen, user.left):
        assert type(copy.deepcopy(own)) in (list, dict, set)
        assert copy.deepcopy(own) == own


def test_views_of_a_subclass_have_its_methods_and_the_attributes_of_columns(both):
    kind = user_view(Sceptic)
    assert kind is user_view(Sceptic)
    view, plain = kind(both[1].crowd, 17), both[1].users[17]
    assert isinstance(view, Sceptic)
    assert view.belief == plain.belief
    assert view.openness == 0.5 * plain.openness
    assert view.reach()[0].tolist() == both[0].users[17].reach()[0].tolist()
    assert not view.wants_to_pass_on(Exposure(None, 0, 3, 0.5, 0.5), [])
    assert view.wants_to_pass_on(Exposure(None, 0, 4, 0.5, 0.5), [])
    with pytest.raises(AttributeError, match="cannot be set"):
        view.patience = 4


def test_offices_of_a_compiled_run_answer_what_they_do(both):
    agents, compiled = both
    assert len(compiled.platform.enforcer.sanctions) == compiled.crowd.desk.sanction_count > 0
    assert len(compiled.platform.intake.cases) == len(agents.platform.intake.cases) > 0
    decisions = [[m.decisions for m in society.agents_by_type[Moderator]] for society in both]
    assert decisions[0] == decisions[1]
    assert sum(decisions[0]) > 0
