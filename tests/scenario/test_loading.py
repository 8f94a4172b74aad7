"""Loading: every problem at its place, nothing dangerous, nothing lost."""

import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from sim.errors import DataError, InputError, ScenarioError
from sim.experiment.calibrate import read_calibration
from sim.experiment.plan import load_experiment
from sim.scenario.fields import parse_duration, write_duration
from sim.scenario.levers import LEVERS, knob, levers, range_of
from sim.scenario.load import load_scenario, parse_override
from sim.scenario.places import locate, root_of
from sim.scenario.problems import expand
from sim.scenario.scenario import Scenario
from sim.scenario.schema import SCHEMAS, reference
from sim.scenario.tree import MOST_BYTES, parse_tree
from tests.small import ROOT, SCENARIO


def problems(tmp_path, text, name="x.yaml", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    return [f"{p.line}:{p.column}: {p.field}: {p.message}" for p in caught.value.problems]


def test_all_problems_are_reported_at_their_places(tmp_path):
    text = """\
name: x
tme: {days: 3}
time: {days: 2.5, tick_hours: 0}
world:
  contacts: {kind: barabasi, ties: 3}
policy:
  moderation:
    reviewers:
      count: -3
      cuont: 4
    takedown: {delay: 24}
  terms: {terrorsm: {actions: [remvoe]}}
"""
    assert problems(tmp_path, text) == [
        "2:1: tme: unknown key 'tme'; did you mean 'time'?",
        "3:14: time.days: must be a whole number (got 2.5)",
        "3:31: time.tick_hours: must be at least 0.0166667 (got 0)",
        "5:20: world.contacts.kind: unknown kind 'barabasi'; did you mean 'barabasi-albert'?",
        "9:14: policy.moderation.reviewers.count: must be at least 0 (got -3)",
        "10:7: policy.moderation.reviewers.cuont: unknown key 'cuont'; did you mean 'count'?",
        "11:23: policy.moderation.takedown.delay: must be a duration with its unit, such as '24 h' or '24 days' "
        "(got 24)",
        "12:11: policy.terms.terrorsm: unknown name 'terrorsm'; did you mean 'terrorism'?",
        "12:32: policy.terms.terrorsm.actions[0]: unknown name 'remvoe'; did you mean 'remove'?",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: [1", r"1:6: .*not valid YAML"),
        ("policy: policies/x.yaml", r"must be a mapping .*; to include a file, write {extends: policies/x.yaml}"),
        ("world: {users: 1e6}", r"1:16: world.users: must be a whole number \(got 1000000.0\); write 1000000$"),
        ("name: x\nname: y", r"2:1: name: given twice \(first on line 1\)"),
        ("time: {days: .nan}", r"time.days: must be a finite number"),
        ("world: {persons_per_user: .inf}", r"must be a finite number"),
        ("world: {users: 99999999999999999999}", r"must be below 2\^63"),
        ("name: !!python/object:os.system x", r"tag .* is not allowed"),
        ("- a\n- b", r"must be a mapping"),
        ("name: [1, 2]", r"name: must be text \(got a list\)"),
        ("1: 2", r"a key must be a word \(got 1\)"),
        ("a: &x {b: *x}", r"contains itself|not valid YAML"),
        ("<<: {name: x}", r"merge keys are not supported"),
        ("time: {tick_hours: 7}", r"time: tick_hours must divide a day"),
        ("time: {start: yesterday}", r"must be a date"),
        ("topics: [a, a]", r"topics must be distinct"),
        (
            "content: {streams: {s: {topic: generl}}}",
            r"1:\d+: content.streams.s.topic: unknown topic 'generl'; did you mean",
        ),
        (
            "world: {personas: {a: {share: 0.7}, b: {share: 0.2}}}",
            r"shares of the personas must sum to 1 \(they sum to 0.9",
        ),
        ("world: {countries: {a: {share: 0.7}}}", r"shares of the countries must sum to 1"),
        ("world: {personas: {a: {originates: 0}}}", r"no persona starts items"),
        (
            "world: {personas: {a: {originates: 1, trust: 1.5}}}",
            r"trust must lie in 0 to 1 \(it can reach from 1.5 to 1.5\)",
        ),
        ("policy: {features: {forward_limit: 1, viral_forward_limit: 5}}", r"viral_forward_limit must be at most"),
        ("behaviour: {post_half_life: 0 h}", r"post_half_life must be more than 0"),
        ("content: {harm: {fraud: -1}}", r"harm.fraud must lie in 0 to 1,000,000"),
        ("world: {channels: {size: {kind: power-law, minimum: 5, maximum: 2}}}", r"maximum must be at least minimum"),
        ("policy:", r"policy: must be a mapping \(got nothing\)"),
        (b"name: \xff\xfe", r"1:7: : not UTF-8 text \(byte 0xff\)"),
    ],
)
def test_bad_input_gets_one_clear_message(tmp_path, text, expected):
    found = problems(tmp_path, text)
    assert any(re.search(expected, line) for line in found), found


def test_large_files_and_alias_bombs_are_refused(tmp_path):
    assert "larger than" in problems(tmp_path, "#" * (MOST_BYTES + 1))[0]
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    for before, now in zip("abcdefgh", "bcdefghi", strict=True):
        bomb += f"{now}: &{now} [{', '.join(['*' + before] * 10)}]\n"
    assert "too many values" in problems(tmp_path, bomb)[-1]


def test_extends_stays_in_its_folder_and_knows_circles(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "outer.yaml").write_text("name: outer")
    assert "leaves the folder" in problems(tmp_path / "inner", "extends: ../outer.yaml")[0]
    assert "leaves the folder" in problems(tmp_path / "inner", f"extends: {tmp_path}/outer.yaml")[0]
    os.symlink(tmp_path / "outer.yaml", tmp_path / "inner" / "link.yaml")
    assert "leaves the folder" in problems(tmp_path / "inner", "extends: link.yaml")[0]
    (tmp_path / "a.yaml").write_text("extends: x.yaml")
    assert "extends itself" in problems(tmp_path, "extends: a.yaml")[0]
    assert "no such file" in problems(tmp_path, "extends: nowhere.yaml")[0]


def test_extends_merges_and_the_message_names_the_file_that_is_wrong(tmp_path):
    (tmp_path / "base.yaml").write_text(
        "name: base\ntime: {days: 3, tick_hours: 2}\nworld: {contacts: {kind: barabasi-albert, ties: 4}}"
    )
    (tmp_path / "part.yaml").write_text("title: part\nmoderation:\n  reviewers: {count: -1}")
    path = tmp_path / "top.yaml"
    path.write_text("extends: base.yaml\ntime: {days: 5}\nworld: {contacts: {kind: configuration}}")
    scenario = load_scenario(path).scenario
    assert (scenario.name, scenario.time.days, scenario.time.tick_hours) == ("base", 5, 2)
    assert scenario.world.contacts.kind == "configuration"
    path.write_text("extends: base.yaml\npolicy: {extends: part.yaml}")
    with pytest.raises(ScenarioError, match=r"part.yaml:3:22: policy.moderation.reviewers.count: must be at least 0"):
        load_scenario(path)


def test_overrides_set_values_and_are_named_in_messages():
    loaded = load_scenario(
        SCENARIO, ["policy.moderation.reviewers.count=50", "policy.moderation.takedown.delay=2 days"]
    )
    assert loaded.scenario.policy.moderation.reviewers.count == 50
    assert loaded.scenario.policy.moderation.takedown.delay == 48
    assert [(c.before, c.after) for c in loaded.changes] == [(100, 50), ("1 day", "2 days")]
    for text, message in (
        ("world.userz=5", "--set world.userz=5: world.userz: unknown key 'userz'; did you mean 'users'"),
        ("world.users=-5", "must be at least 2"),
        ("world.users", "must look like path=value"),
        ("=5", "must look like path=value"),
        ("world.contacts.kind=configuration2", "unknown kind"),
    ):
        with pytest.raises(InputError, match=re.escape(message)):
            load_scenario(SCENARIO, [text])
    other = load_scenario(SCENARIO, ["world.contacts.kind=configuration", "world.contacts.minimum=2"]).scenario
    assert other.world.contacts.minimum == 2


@given(st.text(max_size=300))
def test_any_text_is_a_scenario_or_a_list_of_problems(text):
    try:
        parse_tree(text, "x.yaml")
    except ScenarioError as error:
        assert all(str(p).startswith("x.yaml") for p in error.problems)


_KEYS = [
    "world",
    "time",
    "policy",
    "content",
    "users",
    "kind",
    "personas",
    "days",
    "moderation",
    "terms",
    "x",
    "streams",
    "size",
]
_YAML = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(["24 h", "remove"])
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(_KEYS), inner, max_size=4)),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(_KEYS), _YAML, max_size=5))
def test_any_tree_is_a_scenario_or_a_list_of_problems(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("fuzz") / "x.yaml"
    path.write_text(json.dumps(data, allow_nan=True).replace("NaN", ".nan").replace("Infinity", ".inf"))
    try:
        load_scenario(path)
    except ScenarioError as error:
        assert error.problems


@given(
    st.lists(st.tuples(st.integers(0, 3000), st.sampled_from(list("{}[]:,#&*!|>-\n \t\"'x9"))), min_size=1, max_size=6)
)
def test_a_damaged_shipped_file_is_a_scenario_or_a_list_of_problems(changes):
    text = (ROOT / "scenarios" / "platforms" / "telegram.yaml").read_text()
    for place, char in changes:
        place %= len(text)
        text = text[:place] + char + text[place + 1 :]
    try:
        parse_tree(text, "x.yaml")
    except ScenarioError as error:
        assert error.problems


@given(st.integers(0, 24 * 60 * 60))
def test_durations_read_back_to_what_was_written(minutes):
    hours = minutes / 60
    assert parse_duration(write_duration(hours)) == pytest.approx(hours, abs=1e-12)


def test_durations_as_people_write_them():
    for text, hours in (
        ("24 h", 24),
        ("24h", 24),
        ("2 days", 48),
        ("1 day", 24),
        ("30 min", 0.5),
        ("1.5 hours", 1.5),
        ("1 week", 168),
    ):
        assert parse_duration(text) == hours


def test_a_scenario_reads_back_from_its_resolved_form():
    scenario = load_scenario(SCENARIO).scenario
    again = Scenario.model_validate(json.loads(json.dumps(scenario.resolved())))
    assert again == scenario
    assert again.hash() == scenario.hash()


def test_data_files_are_found_in_rumorlab_data_or_their_absence_is_said(tmp_path, monkeypatch):
    monkeypatch.delenv("RUMORLAB_DATA", raising=False)
    with pytest.raises(DataError, match=r"data missing; .*RUMORLAB_DATA \(not set\)"):
        locate("networks/x.txt", tmp_path)
    data = tmp_path / "data"
    (data / "networks").mkdir(parents=True)
    (data / "networks" / "x.txt").write_text("0 1")
    monkeypatch.setenv("RUMORLAB_DATA", str(data))
    (tmp_path / "root").mkdir()
    assert locate("networks/x.txt", tmp_path / "root") == data / "networks" / "x.txt"
    with pytest.raises(DataError, match="must lie below"):
        locate("../secret.txt", tmp_path / "root")
    beside = tmp_path / "root" / "scenarios" / "networks"
    beside.mkdir(parents=True)
    (beside / "x.txt").write_text("1 2")
    assert locate("networks/x.txt", tmp_path / "root") == beside / "x.txt"


def test_the_folder_that_paths_may_not_leave_is_never_a_distant_one(tmp_path):
    deep = tmp_path / "experiments" / "a" / "b" / "c"
    deep.mkdir(parents=True)
    assert root_of(deep / "x.yaml") == deep
    assert root_of(tmp_path / "experiments" / "x.yaml") == tmp_path
    assert root_of(tmp_path / "scenarios" / "policies" / "x.yaml") == tmp_path
    assert root_of(Path("/scenarios/x.yaml")) == Path("/scenarios")


def _fields(model, seen):
    for name, info in model.model_fields.items():
        yield model, name, info
        for kind in expand(info.annotation):
            for inner in (kind, *(expand(a)[0] for a in getattr(kind, "__args__", ()))):
                for part in expand(inner):
                    if isinstance(part, type) and issubclass(part, BaseModel) and part not in seen:
                        seen.add(part)
                        yield from _fields(part, seen)


def test_every_field_has_a_description_a_unit_a_range_a_default_and_a_source():
    fields = list(_fields(Scenario, {Scenario}))
    assert len(fields) > 120
    for model, name, info in fields:
        extra = info.json_schema_extra
        assert info.description, (model, name)
        assert extra["unit"], (model, name)
        assert extra["source"], (model, name)
        assert range_of(info), (model, name)
        assert not info.is_required(), (model, name)


def test_levers_are_a_dozen_or_so_and_say_all():
    knobs = list(levers(load_scenario(SCENARIO).scenario))
    assert 12 <= len(knobs) <= 15
    assert len({k.path for k in knobs}) == len(LEVERS)
    for k in knobs:
        assert k.words
        assert k.range
        assert k.unit
        assert k.source
    with pytest.raises(InputError, match="did you mean 'users'"):
        knob(load_scenario(SCENARIO).scenario, "world.usres")


def test_shipped_schemas_and_reference_are_those_of_the_models():
    for part, schema in SCHEMAS.items():
        assert json.loads((ROOT / "scenarios" / f"{part}.schema.json").read_text()) == schema(), "make docs"
    assert (ROOT / "docs" / "reference.md").read_text() == reference(), "make docs"


@pytest.mark.parametrize("path", sorted((ROOT / "scenarios").rglob("*.yaml")), ids=lambda p: p.stem)
def test_every_shipped_file_names_its_schema(path):
    first = path.read_text().splitlines()[0]
    found = re.fullmatch(r"# yaml-language-server: \$schema=(\S+\.schema\.json)", first)
    assert found
    assert (path.parent / found[1]).is_file()


def test_parse_override_reads_yaml_values():
    assert parse_override("a.b=none")[1].value == "none"
    assert parse_override("a.b=null")[1].value is None
    assert parse_override("a=[x, y]")[1].plain() == ["x", "y"]


def test_paths_that_others_rely_on():
    for path in ("world.users", "time.days", "time.tick_hours", "policy.moderation.reviewers.count"):
        assert knob(load_scenario(SCENARIO).scenario, path).words
    assert Path(SCENARIO).is_file()


@pytest.mark.parametrize(
    ("load", "file", "words"),
    [
        (
            load_scenario,
            "experiments/riot.yaml",
            "not a scenario but an experiment; try `rumorlab compare exp",
        ),
        (load_scenario, "experiments/takedown-space.yaml", "`rumorlab sweep experiments/takedown-space.yaml`"),
        (load_scenario, "scenarios/policies/combined.yaml", "not a scenario but a policy; a scenario includes it with"),
        (load_scenario, "scenarios/ranges/telegram.yaml", "not a scenario but a file of ranges"),
        (load_experiment, "scenarios/telegram.yaml", "not an experiment but a scenario; `rumorlab run scenarios/"),
        (read_calibration, "experiments/riot.yaml", "not a calibration but an experiment"),
    ],
)
def test_a_file_of_another_kind_is_answered_with_what_it_is(load, file, words):
    with pytest.raises(InputError, match=re.escape(words)):
        load(ROOT / file)


def test_a_mistake_in_a_file_of_the_right_kind_is_answered_with_its_place(tmp_path):
    folder = tmp_path / "policies"  # a scenario that lies among policies, and says nothing of what it is
    folder.mkdir()
    (folder / "mine.yaml").write_text("world: {users: 1}\n")
    with pytest.raises(ScenarioError, match=r"mine.yaml:1:16: world.users: must be at least 2"):
        load_scenario(folder / "mine.yaml")


def test_an_override_takes_in_a_file_and_says_field_by_field_what_it_changed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "scenarios"
    (folder / "policies").mkdir(parents=True)
    (folder / "a.yaml").write_text("policy: {title: one, moderation: {takedown: {delay: 1 day}}}\n")
    (folder / "policies" / "b.yaml").write_text("title: two\nmoderation: {takedown: {delay: 6 h}}\n")
    expected = {"policy.title": ("one", "two"), "policy.moderation.takedown.delay": ("1 day", "6 h")}
    for name in ("policies/b.yaml", "scenarios/policies/b.yaml"):  # from the scenario's folder, or from here
        loaded = load_scenario(folder / "a.yaml", [f"policy={{extends: {name}}}"])
        assert {c.path: (c.before, c.after) for c in loaded.changes} == expected
        assert loaded.scenario.policy.title == "two"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "c.yaml").write_text("title: four\n")
    monkeypatch.chdir(elsewhere)
    assert load_scenario(SCENARIO, ["policy={extends: c.yaml}"]).scenario.policy.title == "four"
    with pytest.raises(ScenarioError, match="no such file"):  # it is there, but above the working folder
        load_scenario(SCENARIO, ["policy={extends: ../scenarios/policies/b.yaml, title: x}"])
    monkeypatch.chdir(tmp_path)
    changed = load_scenario(folder / "a.yaml", ["policy={extends: policies/b.yaml, title: three}", "time.days=30"])
    assert [(c.path, c.after) for c in changed.changes][::2] == [("policy.title", "three"), ("time.days", 30)]
    for name, words in (("policies/c.yaml", "no such file: .*did you mean scenarios/policies/b.yaml"),
                        ("../../x.yaml", "leaves the folder")):  # fmt: skip
        with pytest.raises(ScenarioError, match=words):
            load_scenario(folder / "a.yaml", [f"policy={{extends: {name}}}"])
