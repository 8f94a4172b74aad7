"""A setting changes what it names, and nothing else; what stands empty in a file means what it says."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cli.app import app
from sim.errors import InputError, ScenarioError
from sim.experiment.plan import load_experiment
from sim.scenario.behaviour import Behaviour
from sim.scenario.content import Content
from sim.scenario.load import (
    as_tree,
    finish,
    lay_phases,
    load_scenario,
    read_resolved,
    set_value,
    validate,
    value_at,
)
from sim.scenario.scenario import Scenario
from sim.scenario.tree import Mark, Tree
from tests.small import ROOT, SCENARIO, digest

MARK = Mark("test", 0, 0)
SHIPPED = sorted(path for path in (ROOT / "scenarios").glob("*.yaml") if path.name != "elsewhere.yaml")
QUICK = ("", "telegram.yaml", "telegram-law.yaml")
FORMS = [
    name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in ("", *(p.name for p in SHIPPED))
]
"""Names of the shipped scenarios, and '' for one of which nothing is written."""


def tree_of(name):
    return read_resolved(ROOT / "scenarios" / name) if name else Tree({}, MARK)


def leaves(data, at=()):
    if isinstance(data, dict) and data:
        for key, value in data.items():
            yield from leaves(value, (*at, key))
    elif isinstance(data, list) and data and isinstance(data[0], dict):
        for place, value in enumerate(data):
            yield from leaves(value, (*at, str(place)))
    else:
        yield at, data


def resolved(tree):
    return validate(lay_phases(tree), Scenario).resolved()


def with_value(tree, steps, value):
    return set_value(tree, steps, as_tree(value, MARK))


def others(value):
    """Other values that a field may take instead of one; most of them are refused."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1]
    if isinstance(value, float):
        return [0.93 * value + 0.013, 0.93 * value, value + 0.001, value + 1.0]
    if isinstance(value, list):
        return [value[:-1], [*value, *value[:1]]]
    if value is None:
        return [1, 2, "3 h", "some word"]
    words = ("3 days", "5 h", "day 3", "2024-08-02", "phone", "drawn", "random", "severity", "every-copy", "video")
    return [*words, "sender", "at-once", "some word"] if isinstance(value, str) else []


@pytest.mark.parametrize("name", FORMS)
def test_a_leaf_set_to_the_value_that_it_has_changes_nothing(name):
    tree = tree_of(name)
    base = resolved(tree)
    text = json.dumps(base)
    for steps, value in leaves(base):
        assert json.dumps(resolved(with_value(tree, steps, value))) == text, ".".join(steps)


@pytest.mark.parametrize("name", ["", "telegram.yaml", pytest.param("telegram-law.yaml", marks=pytest.mark.slow)])
def test_an_override_of_one_leaf_changes_that_leaf_alone_and_setting_it_back_changes_nothing(name):
    tree = tree_of(name)
    base = resolved(tree)
    before, text, tried = dict(leaves(base)), json.dumps(base), 0
    for steps, value in before.items():
        if steps[-1] == "kind":  # another kind has other fields
            continue
        for other in (one for one in others(value) if one != value):
            changed = with_value(tree, steps, other)
            try:
                after = dict(leaves(resolved(changed)))
            except ScenarioError:
                continue
            differing = {at for at in {*before, *after} if before.get(at, "none") != after.get(at, "none")}
            assert differing, ".".join(steps)
            assert all(at[: len(steps)] == steps for at in differing), (".".join(steps), differing)
            assert json.dumps(resolved(with_value(changed, steps, value))) == text, ".".join(steps)
            tried += 1
            break
    assert tried > 0.6 * len(before)


MAPS = {
    "behaviour.reporting.fraud": 0.08,
    "content.harm.fraud": 3.0,
    "content.medium_factor.video": 1.0,
    "moving.identity.phone": 0.4,
}
"""A key of every mapping that has defaults by fixed keys, with its default."""


@pytest.mark.parametrize("path", MAPS)
def test_one_key_of_a_map_with_defaults_leaves_the_others_wherever_it_is_given(tmp_path, path):
    part, key = path.rsplit(".", 1)
    base = value_at(load_scenario(SCENARIO).scenario.resolved(), part)
    wanted = {**base, key: 0.125}
    section, name = part.split(".")

    def found(scenario):
        return value_at(scenario.resolved(), part)

    assert found(load_scenario(SCENARIO, [f"{path}=0.125"]).scenario) == wanted
    (tmp_path / "mine.yaml").write_text(f"extends: telegram.yaml\n{section}: {{{name}: {{{key}: 0.125}}}}\n")
    (tmp_path / "telegram.yaml").write_text(f"name: base\n{section}: {{}}\n")
    assert found(load_scenario(tmp_path / "mine.yaml").scenario) == wanted
    (tmp_path / "study.yaml").write_text(
        f"scenario: mine.yaml\narms: {{one: {{}}, two: {{set: {{{path}: 0.25}}}}}}\n"
        f"space: {{{path}: [0.5, 0.75]}}\nranges: ranges.yaml\n"
    )
    (tmp_path / "ranges.yaml").write_text(f"ranges: {{{path}: {{low: 0.1, high: 0.9, source: assumed}}}}\n")
    plan = load_experiment(tmp_path / "study.yaml")
    assert found(plan.arms[0].scenario) == wanted
    assert found(plan.arms[1].scenario) == {**base, key: 0.25}
    assert plan.arms[0].tree is not None
    point = finish(plan.arms[0].tree, tmp_path / "mine.yaml", [f"{path}=0.5"]).scenario
    assert found(point) == {**base, key: 0.5}
    model, values = {"behaviour": (Behaviour, "reporting"), "content": (Content, name)}.get(section, (None, ""))
    if model is not None:
        assert getattr(model(**{values: {key: 0.125}}), values) == pytest.approx(wanted)


def test_a_map_with_defaults_is_cleared_by_empty_braces_and_by_nothing_else():
    assert load_scenario(SCENARIO, ["behaviour.reporting={}"]).scenario.behaviour.reporting == {}
    assert len(load_scenario(SCENARIO, ["behaviour.reporting={fraud: 0.5}"]).scenario.behaviour.reporting) == 10


def test_a_section_that_is_set_in_part_keeps_the_rest_of_its_own_default():
    world = validate(set_value(Tree({}, MARK), ["world", "channels", "private"], as_tree(0.5, MARK)), Scenario).world
    assert (world.channels.per_1000_users, world.channels.private) == (40.0, 0.5)
    tree = set_value(Tree({}, MARK), ["world", "personas", "everyone", "trust"], as_tree(0.5, MARK))
    assert validate(tree, Scenario).world.personas["everyone"].originates == 1.0


@pytest.mark.parametrize("path", MAPS)
def test_a_value_written_out_as_its_default_changes_no_run(path):
    small = ["world.users=300", "time.days=3"]
    plain = digest(load_scenario(SCENARIO, small).scenario, 3, crowd="compiled")
    written = load_scenario(SCENARIO, [*small, f"{path}={MAPS[path]}"]).scenario
    assert digest(written, 3, crowd="compiled") == plain


def test_a_mapping_that_is_set_is_laid_over_what_is_there_as_in_a_file():
    staff = load_scenario(SCENARIO, ["policy.moderation.reviewers={count: 200}"]).scenario.policy.moderation.reviewers
    assert (staff.count, staff.for_persons) == (200, 5_000_000.0)
    whole = load_scenario(SCENARIO, ["policy={moderation: {reviewers: {count: 200}}}"]).scenario
    assert whole == load_scenario(SCENARIO, ["policy.moderation.reviewers.count=200"]).scenario
    fitted = load_scenario(SCENARIO, ["behaviour={joining: 0.5}"]).scenario.behaviour
    assert (fitted.joining, fitted.late) == (0.5, 0.68)
    harm = load_scenario(SCENARIO, ["content.harm.fraud=9", "content.harm={conspiracy: 4}"]).scenario.content.harm
    assert (harm["fraud"], harm["conspiracy"]) == (9.0, 4.0)
    mine = load_scenario(SCENARIO, ["policy={extends: policies/laissez-faire.yaml}"]).scenario.policy
    assert mine.terms == {}, "a policy with an extends is one by itself"


@pytest.mark.parametrize("path", MAPS)
def test_what_is_cleared_stays_cleared_whatever_is_set_in_it_since(path):
    part, key = path.rsplit(".", 1)
    found = load_scenario(SCENARIO, [f"{part}={{}}", f"{path}=0.5"]).scenario.resolved()
    assert value_at(found, part) == {key: 0.5}
    back = load_scenario(SCENARIO, [f"{part}={{}}", f"{part}=null"]).scenario
    assert back.hash() == load_scenario(SCENARIO, [f"{part}=null"]).scenario.hash()


@pytest.mark.parametrize(
    "path", ["content.medium_factor", "behaviour.reporting", "policy.features", "policy", "moving"]
)
def test_null_takes_away_what_is_inherited_and_the_default_applies(path):
    found = value_at(load_scenario(SCENARIO, [f"{path}=null"]).scenario.resolved(), path)
    assert found == value_at(Scenario().resolved(), path)


# What stands empty


def put(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    return folder / "mine.yaml"


BASE = (
    "name: base\npolicy: {title: strict, terms: {fraud: {actions: [remove]}}, features: {forward_limit: 5}}\n"
    "moving: {searching: 0.5}\n"
)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("policy:\n  # terms: {}\n", "policy"),
        ("policy:\n  terms:\n    # fraud: {actions: [label]}\n", "policy.terms"),
        ("policy:\n  features:\n    forward_limit:\n", "policy.features.forward_limit"),
        ("moving:\n", "moving"),
        ("phases:\n  - from: day 3\n    policy:\n      terms:\n", "terms"),
    ],
)
def test_a_bare_key_over_something_inherited_is_a_mistake_with_its_place(tmp_path, text, field):
    path = put(tmp_path, base=BASE, mine=f"extends: base.yaml\n{text}")
    with pytest.raises(ScenarioError) as error:
        load_scenario(path)
    line = next(i for i, one in enumerate(text.splitlines(), 2) if one.strip() == f"{field.rsplit('.', 1)[-1]}:")
    assert f":{line}:" in str(error.value)
    assert f"{field}: nothing stands after this key" in str(error.value)
    assert isinstance(CliRunner().invoke(app, ["scenario", "check", str(path)]).exception, ScenarioError)


def test_empty_braces_clear_what_is_inherited_and_null_takes_it_away(tmp_path):
    path = put(tmp_path, base=BASE, mine="extends: base.yaml\npolicy: {terms: {}}\n")
    policy = load_scenario(path).scenario.policy
    assert (policy.terms, policy.title, policy.features.forward_limit) == ({}, "strict", 5)
    put(tmp_path, mine="extends: base.yaml\npolicy: {}\n")
    assert load_scenario(path).scenario.policy.title == "no moderation"
    for nothing in ("null", "~"):
        put(
            tmp_path, mine=f"extends: base.yaml\npolicy: {{features: {{forward_limit: {nothing}}}, terms: {nothing}}}\n"
        )
        policy = load_scenario(path).scenario.policy
        assert (policy.features.forward_limit, policy.terms) == (None, {})
    taken = load_scenario(tmp_path / "base.yaml", ["policy.terms.fraud=null"]).scenario
    assert taken.policy.terms == {}


def test_a_file_with_nothing_but_extends_is_what_it_extends(tmp_path):
    path = put(tmp_path, base=BASE, mine="extends: base.yaml\n")
    assert load_scenario(path).scenario.policy.title == "strict"


@pytest.mark.parametrize("text", ["", "\n\n", "# policy:\n#   terms: {}\n"])
def test_an_empty_file_is_a_mistake_on_its_own_and_where_it_is_extended(tmp_path, text):
    path = put(tmp_path, empty=text, mine="policy: {extends: empty.yaml}\n")
    for one in (tmp_path / "empty.yaml", path):
        with pytest.raises(ScenarioError, match=r"empty\.yaml:1:1: is empty"):
            load_scenario(one)
    checked = CliRunner().invoke(app, ["scenario", "check", str(tmp_path / "empty.yaml")])
    assert isinstance(checked.exception, ScenarioError)


def test_a_bare_section_is_a_mistake_where_nothing_is_inherited_too_and_a_bare_value_means_none(tmp_path):
    path = put(tmp_path, mine="name: mine\nbehaviour:\n  reporting:\ntime: {days: 3}\n")
    with pytest.raises(ScenarioError, match=r"mine\.yaml:3:3: behaviour\.reporting: must be a mapping \(got nothing\)"):
        load_scenario(path)
    put(tmp_path, mine="policy:\n  features:\n    forward_limit:\n")
    assert load_scenario(path).scenario.policy.features.forward_limit is None


def test_nothing_after_the_equals_sign_is_a_mistake(tmp_path):
    with pytest.raises(InputError, match="nothing stands after the ="):
        load_scenario(SCENARIO, ["policy.features.forward_limit="])
    study = "scenario: mine.yaml\narms: {one: {}, two: {set: {policy.title: }}}\n"
    put(tmp_path, mine=BASE, study=study)
    with pytest.raises(ScenarioError, match=r"arms\.two\.set\.policy\.title: nothing stands after this path"):
        load_experiment(tmp_path / "study.yaml")


@pytest.mark.parametrize("platform", ["x", "rumble", "whatsapp", "signal"])
def test_no_platform_stands_beside_a_copy_of_itself(platform):
    world = load_scenario(ROOT / "scenarios" / f"{platform}-law.yaml").scenario.world
    assert world.elsewhere == {}


# Staff


def test_a_larger_world_has_more_reviewers_and_the_same_for_each_person():
    base = load_scenario(SCENARIO).scenario
    larger = load_scenario(SCENARIO, ["world.users=1000000"]).scenario
    for scenario in (base, larger):
        persons = scenario.world.users * scenario.world.persons_per_user
        assert scenario.policy.moderation.reviewers.employed(persons) == 20.0 * persons / 1e6


def test_staff_given_in_all_stays_what_it_is():
    scenario = load_scenario(SCENARIO, ["policy.moderation.reviewers.for_persons=null"]).scenario
    assert scenario.policy.moderation.reviewers.employed(1e9) == 100.0


@pytest.mark.parametrize("path", sorted(Path(ROOT / "scenarios").rglob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_staff_grows_with_the_world(path):
    text = path.read_text()
    assert text.count("reviewers: {count") == text.count("for_persons"), "say for how many persons"
