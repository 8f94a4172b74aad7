"""Conformance tests for plug-ins: call one in your own tests; it raises AssertionError with what is wrong.

from sim.testing import check_tie_generator
check_tie_generator(Villages(size=12))
"""

import math
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from sim.draws import start
from sim.extension import Asked, DetectionRoute, NewPosts, TieGenerator, UserRule
from sim.model import Society
from sim.outcomes import OUTCOMES, Record
from sim.scenario.fields import Part
from sim.scenario.scenario import Scenario
from sim.scenario.user_rules import DECISIONS
from sim.vocabulary import CLASSES
from sim.world.contacts import make_contacts


def small_scenario(**changes: Any) -> Scenario:
    """Return a scenario of 120 users and 4 days in which everything happens; `changes` replace its sections."""
    treatment = {"actions": ["remove"], "strike": True}
    data: dict[str, Any] = {
        "time": {"days": 4},
        "world": {"users": 120, "direct": {"secret": 0.3}},
        "content": {"streams": {"a": {"content": "conspiracy", "per_1000_users_day": 60.0}}},
        "behaviour": {"joining": 0.5},
        "policy": {
            "title": "strict",
            "terms": {"conspiracy": treatment},
            "moderation": {"reviewers": {"count": 20_000}, "takedown": {"delay": "3 h"}},
        },
    }
    return Scenario.model_validate({**data, **changes})


def _check_config(spec: Part, base: type[Part]) -> None:
    name = type(spec).__name__
    assert isinstance(spec, base), f"{name}: must be a subclass of {base.__name__}"
    fields = type(spec).model_fields
    kind = fields["kind"].default if "kind" in fields else None
    assert isinstance(kind, str), f"{name}: needs a field `kind` with its name as the default"
    assert get_args(fields["kind"].annotation) == (kind,), f"{name}: `kind` must be declared as Literal['{kind}']"
    for field, info in fields.items():
        extra = info.json_schema_extra
        assert info.description, f"{name}.{field}: says nothing of what it is (declare it with sim.extension.param)"
        assert isinstance(extra, dict), f"{name}.{field}: has no unit and no source (declare it with param)"
        assert {"unit", "source"} <= set(extra), f"{name}.{field}: has no unit or no source"
    assert type(spec).model_validate(spec.model_dump(mode="json")) == spec, f"{name}: does not read back what it writes"


def _same_on_both_crowds(scenario: Scenario, what: str) -> list[Record]:
    made = []
    for form in ("agents", "compiled"):
        society = Society(scenario, 1, crowd=form)
        society.run_model()
        made.append(Record.of(society))
    assert made[0].digest == made[1].digest, f"{what}: the two crowds differ with it"
    return made


def check_tie_generator(spec: TieGenerator, users: tuple[int, ...] = (2, 10, 200)) -> None:
    """Check a tie generator: its config, its ties at several numbers of users, and a run with it on both crowds."""
    _check_config(spec, TieGenerator)
    name = type(spec).__name__
    for n in users:
        stream = int(start(7, 1))
        pairs = np.asarray(spec.pairs(n, stream))
        assert pairs.ndim == 2, f"{name}: ties must be an array of shape (m, 2), got {pairs.shape}"
        assert pairs.shape[1] == 2, f"{name}: ties must be an array of shape (m, 2), got {pairs.shape}"
        assert np.issubdtype(pairs.dtype, np.integer), f"{name}: ties must be whole numbers, got {pairs.dtype}"
        if len(pairs):
            assert pairs.min() >= 0, f"{name}: ties of users below 0"
            assert pairs.max() < n, f"{name}: ties of users beyond the last ({n - 1})"
        assert np.array_equal(pairs, spec.pairs(n, stream)), f"{name}: the same stream must give the same ties"
        nobody = np.zeros(n, dtype=np.uint8)
        made = make_contacts(spec, n, 7, nobody)
        assert np.array_equal(made.other, make_contacts(spec, n, 7, nobody).other)
    plain = small_scenario()
    world = plain.world.model_copy(update={"contacts": spec})
    _same_on_both_crowds(plain.model_copy(update={"world": world}), name)


def some_posts(count: int = 50) -> NewPosts:
    """Return posts of all kinds, for trying a detection route."""
    at: NDArray[np.int64] = np.arange(count)
    return NewPosts(
        content=at % len(CLASSES),
        topic=at % 3,
        breach=at % 2 == 0,
        direct=at % 5 == 0,
        members=np.where(at % 5 == 0, 1, 10 * at + 2),
        hops=at % 4,
        copied=at % 7 == 0,
        detectability=(at % 10) / 10.0,
    )


def check_detection_route(spec: DetectionRoute) -> None:
    """Check a detection route: its config, its probabilities post by post, and a run with it on both crowds."""
    _check_config(spec, DetectionRoute)
    name, posts = type(spec).__name__, some_posts()
    chance = np.asarray(spec.chance(posts), dtype=np.float64)
    assert chance.shape == (len(posts),), f"{name}: one probability a post, got an array of shape {chance.shape}"
    assert bool(((chance >= 0.0) & (chance <= 1.0)).all()), f"{name}: probabilities must lie in 0 to 1"
    columns = {field: getattr(posts, field) for field in NewPosts.__dataclass_fields__}
    for part in (slice(0, 1), slice(10, 30), slice(None, None, -1)):
        some = NewPosts(**{field: column[part] for field, column in columns.items()})
        same = np.array_equal(np.asarray(spec.chance(some)), chance[part])
        assert same, f"{name}: the probability of a post must follow from that post alone"
    plain = small_scenario()
    moderation = plain.policy.moderation.model_copy(update={"routes": (spec,)})
    policy = plain.policy.model_copy(update={"moderation": moderation})
    _same_on_both_crowds(plain.model_copy(update={"policy": policy}), name)


def some_questions(count: int = 60) -> Asked:
    """Return questions of all kinds, for trying a rule of users."""
    at: NDArray[np.int64] = np.arange(count)
    part = (at % 10) / 10.0
    return Asked(
        tick=5, user=at % 40, persona=0 * at, country=0 * at, item=at % 7, content=at % len(CLASSES), topic=at % 2,
        venue=at % 6 - 1, receiver=np.where(at % 6 == 0, at, -1), author=at % 11, hops=at % 4,
        labels=128 * (at % 8), exposure=1 + at % 5, belief=part, interest=1.0 - part, default=np.sqrt(part),
    )  # fmt: skip


def check_user_rule(spec: UserRule) -> None:
    """Check a rule of users: its config, what it answers entry by entry, and a run with it on both engines.

    The run has no events: what a rule answers for `turn_out` is checked entry by entry only.
    """
    _check_config(spec, UserRule)
    name, questions = type(spec).__name__, some_questions()
    decisions = [decision for decision in DECISIONS if spec.decides(decision)]
    assert decisions, f"{name}: has a method for none of the decisions ({', '.join(DECISIONS)})"
    for decision in decisions:
        method = getattr(spec, decision)
        answer = np.asarray(method(questions), dtype=np.float64)
        shape = questions.user.shape
        assert answer.shape == shape, f"{name}.{decision}: one number for each entry, got an array of {answer.shape}"
        most = 1.0 if decision == "believe" else np.maximum(questions.default, spec.ceilings.get(decision, 0.0))
        allowed = (answer >= 0.0) & (answer <= most)
        assert bool(allowed.all()), f"{name}.{decision}: answers from 0 to the default, or to what `ceilings` names"
        for part in (slice(0, 1), slice(10, 30), slice(None, None, -1)):
            columns: dict[str, Any] = {column: getattr(questions, column)[part] for column in Asked._fields[1:]}
            some = Asked(tick=questions.tick, **columns)
            same = np.array_equal(np.asarray(method(some), dtype=np.float64), answer[part])
            assert same, f"{name}.{decision}: the answer for an entry must follow from that entry alone"
    _same_on_both_crowds(small_scenario().model_copy(update={"behaviours": (spec,)}), name)


def check_outcome(name: str) -> None:
    """Check an outcome that is registered: its words and unit, and a number (or NaN) that both crowds agree on."""
    assert name in OUTCOMES, f"{name}: is not registered (with sim.extension.outcome)"
    spec = OUTCOMES[name]
    assert spec.words, f"{name}: needs words"
    assert spec.unit, f"{name}: needs a unit"
    assert spec.better in ("lower", "higher", "neither"), f"{name}: better is lower, higher or neither"
    records = _same_on_both_crowds(small_scenario(), name)
    values = [float(spec.measure(record)) for record in records]
    assert values[0] == values[1] or (math.isnan(values[0]) and math.isnan(values[1])), f"{name}: the crowds differ"
    assert not math.isinf(values[0]), f"{name}: must be a finite number, or NaN where it is not defined"
    silent = small_scenario(content={"streams": {}})
    float(spec.measure(_same_on_both_crowds(silent, name)[0]))
