"""Rules of one's own: one method for both engines, asked where one of the eight decisions can change."""

import os
from typing import ClassVar, Literal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import sim
from sim.agents.user import User
from sim.errors import InputError, RunError
from sim.outcomes import Record
from sim.scenario.scenario import Scenario
from sim.scenario.user_rules import DECISIONS, Asked, UserRule
from sim.testing import small_scenario
from tests.random_scenarios import lively_scenarios, scenarios

EXAMPLES = int(os.environ.get("RUMORLAB_EXAMPLES", "24"))
CEILINGS = {"notice": 0.9, "forward": 0.3, "choose": 0.4, "report": 0.2, "join": 0.5, "leave": 0.1, "turn_out": 0.8}


def mixed(asked: Asked) -> float:
    """Return a number from 0 to 1 that hangs on all that is asked."""
    whole = sum(
        prime * getattr(asked, name)
        for prime, name in zip(
            (7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47),
            ("user", "persona", "country", "item", "content", "topic", "venue", "receiver", "author", "hops", "labels",
             "exposure"),
            strict=True,
        )
    )  # fmt: skip
    real = asked.belief + 3.0 * asked.interest + 5.0 * asked.default + 0.618 * (whole + asked.tick)
    return real - real // 1.0


class Wild(UserRule):
    """Decides anew at every decision."""

    kind: Literal["wild"] = "wild"
    ceilings: ClassVar = CEILINGS

    def believe(self, asked):
        return mixed(asked)


for _name, _most in CEILINGS.items():
    setattr(Wild, _name, lambda self, asked, most=_most: mixed(asked) * np.maximum(asked.default, most))


class WildUser(User):
    """The same for one user, by methods of a class of users."""

    ceilings: ClassVar = CEILINGS

    def new_belief(self, asked):
        return mixed(asked)


for _name, _most in CEILINGS.items():
    setattr(WildUser, f"chance_to_{_name}", lambda self, asked, most=_most: mixed(asked) * max(asked.default, most))


def finished(scenario: Scenario, crowd: str, user_class: type[User] = User) -> sim.Society:
    society = sim.Society(scenario, 7, crowd=crowd, user_class=user_class)
    society.run_model()
    return society


def ruled(scenario: Scenario, *rules: UserRule) -> Scenario:
    """Return a scenario with rules that no package brings."""
    return scenario.model_copy(update={"behaviours": rules})


@pytest.mark.slow
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios() | lively_scenarios())
def test_rules_of_ones_own_give_the_same_run_on_both_engines(scenario):
    made = ruled(scenario, Wild(share=0.7), Wild(share=0.5))
    agents, compiled = finished(made, "agents"), finished(made, "compiled")
    assert agents.own.counts == compiled.own.counts
    assert Record.of(agents).digest == Record.of(compiled).digest


@pytest.mark.slow
@settings(max_examples=EXAMPLES // 2, deadline=None, suppress_health_check=list(HealthCheck))
@given(lively_scenarios())
def test_methods_of_a_class_of_users_are_asked_like_a_rule_in_columns(scenario):
    columns = finished(ruled(scenario, Wild()), "compiled")
    for crowd in ("agents", "compiled"):
        one_by_one = finished(ruled(scenario), crowd, WildUser)
        assert list(one_by_one.own.counts.values()) == list(columns.own.counts.values())
        assert Record.of(one_by_one).digest == Record.of(columns).digest


def busy() -> Scenario:
    """Return a scenario in which every decision is met, some hundreds of times."""
    return small_scenario(
        world={"users": 200, "personas": {"everyone": {"sharing": 0.3, "originates": 1.0, "owns": 1.0}}},
        events={"march": {"on": "day 3", "topic": "general", "willing_at": 0.2, "free": 0.5, "heard_elsewhere": 0.5}},
        behaviour={"joining": 0.5, "leaving": 0.2, "reporting": {"conspiracy": 0.3}},
    )


def test_every_decision_is_asked_about_and_changes_the_run():
    plain = Record.of(finished(busy(), "compiled")).digest
    for decision in DECISIONS:
        names = {"__module__": __name__, "__annotations__": {"kind": Literal["only"]}, "kind": "only"}
        one = type(f"Only_{decision}", (UserRule,), {**names, decision: lambda self, asked: 0.0 * asked.default})
        society = finished(ruled(busy(), one()), "compiled")
        ((asked, changed),) = society.own.counts.values()
        assert asked > 0, decision
        assert changed > 0, decision
        if decision != "turn_out":
            assert Record.of(society).digest != plain, decision


def test_a_rule_that_answers_the_default_changes_nothing_however_high_its_ceilings():
    class Same(UserRule):
        kind: Literal["same"] = "same"
        ceilings: ClassVar = CEILINGS

    for decision in DECISIONS:
        setattr(Same, decision, lambda self, asked: asked.default)
    plain = Record.of(finished(busy(), "compiled")).digest
    for crowd in ("agents", "compiled"):
        assert Record.of(finished(ruled(busy(), Same()), crowd)).digest == plain


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda asked: asked.default + 0.5, "it may answer 0 to"),
        (lambda asked: asked.default * np.nan, "answers nan for 'forward'"),
        (lambda asked: 0.5, "must answer one number for each"),
        (lambda asked: asked.default.astype(str), "must answer one number for each"),
    ],
)
def test_an_answer_that_is_no_probability_is_one_message(answer, words):
    class Wrong(UserRule):
        kind: Literal["wrong"] = "wrong"

        def forward(self, asked):
            return answer(asked)

    for crowd in ("agents", "compiled"):
        with pytest.raises(RunError, match=words):
            finished(ruled(busy(), Wrong()), crowd)


def test_a_ceiling_that_is_no_probability_is_one_message():
    class High(UserRule):
        kind: Literal["high"] = "high"
        ceilings: ClassVar = {"forward": 1.5}

        def forward(self, asked):
            return asked.default

    with pytest.raises(InputError, match="ceilings are numbers from 0 to 1"):
        finished(ruled(busy(), High()), "compiled")


def test_a_rule_holds_for_the_personas_and_the_share_that_it_names():
    met = []

    class Noting(UserRule):
        kind: Literal["noting"] = "noting"

        def notice(self, asked):
            met.append(asked.default)
            return 0.0 * asked.default

    nobody = finished(ruled(busy(), Noting()), "compiled")
    assert nobody.crowd.exposures == 0
    met.clear()
    half = finished(ruled(busy(), Noting(share=0.5)), "compiled")
    assert half.crowd.exposures > 0
    ((asked, changed),) = half.own.counts.values()
    assert 0 < asked < sum(map(len, met))
    assert changed == asked
    personas = {name: {"share": 0.5, "originates": 1.0, "owns": 1.0} for name in ("one", "other")}
    two = small_scenario(world={"users": 200, "personas": personas})
    society = finished(ruled(two, Noting(personas=("one",))), "compiled")
    readers = {user.persona is society.personas[0] for user in society.users if user.seen}
    assert readers == {False}, "those of the persona notice nothing, the others do"


def test_a_rule_may_not_raise_a_probability_by_the_ceiling_of_another():
    class Loud(UserRule):
        kind: Literal["loud"] = "loud"

        def forward(self, asked):
            return np.maximum(asked.default, 0.25)

    class Allowed(Loud):
        ceilings: ClassVar = {"forward": 0.3}

        def forward(self, asked):
            return asked.default

    with pytest.raises(RunError, match=r"the rule 'loud' answers 0\.25"):
        finished(ruled(busy(), Allowed(), Loud()), "compiled")


def test_a_class_that_overrides_more_than_decisions_needs_agents_and_says_so():
    class Deep(User):
        def react(self):
            self.noticed = []

    society = sim.Society(busy(), 1, crowd="auto", user_class=Deep)
    assert "Deep overrides react" in society.why_agents
    assert society.crowd.name == "agents"
    with pytest.raises(InputError, match="Deep overrides react"):
        sim.Society(busy(), 1, crowd="compiled", user_class=Deep)

    class Apart:
        def chance_to_report(self, asked):
            return 0.0

    class Mixed(Apart, WildUser):
        pass

    for compiled in (WildUser, Mixed):
        assert sim.Society(busy(), 1, crowd="compiled", user_class=compiled).crowd.name == "compiled"


class Helping(User):
    """Asks itself: by its own numbers, and by a helper of its class."""

    def _least(self) -> float:
        return 0.5 if self.number % 2 else 0.1 * len(self.contacts) / (1 + len(self.contacts))

    def chance_to_forward(self, asked):
        assert self.number == asked.user
        assert self.country == asked.country
        return self._least() * asked.default if self.trust < 0.8 else asked.default


def test_a_method_may_look_at_its_user_and_use_helpers_on_both_engines():
    runs = [finished(busy(), crowd, Helping) for crowd in ("agents", "compiled")]
    assert runs[0].own.counts == runs[1].own.counts
    assert next(iter(runs[0].own.counts.values()))[1] > 0
    assert len({Record.of(society).digest for society in runs}) == 1
    assert all(isinstance(society.users[3], Helping) for society in runs)
