"""What stands under a scenario: several bases, phases, where a value comes from, differences, a starter."""

import re

import pytest
from typer.testing import CliRunner

from sim.cli.app import app
from sim.errors import InputError, ScenarioError
from sim.scenario.levers import LEVERS
from sim.scenario.load import load_scenario
from sim.scenario.origins import differences, origins
from sim.scenario.writing import Wishes, annotated, in_yaml, policies, write_starter
from tests.small import ROOT, SCENARIO


def write(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    return folder / f"{next(iter(files))}.yaml"


def test_several_bases_lie_one_over_the_other_in_order(tmp_path):
    path = write(
        tmp_path,
        main="extends: [one.yaml, two.yaml]\nworld: {persons_per_user: 7}\n",
        one="name: one\nworld: {users: 100, persons_per_user: 1}\ntime: {days: 3}\n",
        two="name: two\nworld: {users: 200, persons_per_user: 2}\n",
    )
    scenario = load_scenario(path).scenario
    assert (scenario.name, scenario.world.users, scenario.world.persons_per_user) == ("two", 200, 7)
    assert scenario.time.days == 3


@pytest.mark.parametrize("bases", ["[one.yaml, 3]", "[nowhere.yaml]", "[one.yaml, ../one.yaml]"])
def test_a_wrong_list_of_bases_is_said_at_its_place(tmp_path, bases):
    path = write(tmp_path, main=f"name: x\nextends: {bases}\n", one="name: one\n")
    with pytest.raises(ScenarioError) as error:
        load_scenario(path)
    assert error.value.problems[0].line == 2
    assert error.value.problems[0].field == "extends"


def test_a_section_with_an_extends_of_its_own_replaces_that_of_the_base(tmp_path):
    path = write(
        tmp_path,
        main="extends: [zero.yaml, one.yaml]\npolicy: {extends: other.yaml, features: {forward_limit: 2}}\n",
        zero="world: {users: 70}\n",
        one="extends: below.yaml\npolicy: {title: one, terms: {fraud: {}}}\n",
        below="time: {days: 3}\n",
        other="title: other\n",
    )
    scenario = load_scenario(path).scenario
    assert (scenario.policy.title, scenario.policy.terms, scenario.policy.features.forward_limit) == ("other", {}, 2)
    assert (scenario.world.users, scenario.time.days) == (70, 3), "a file that extends another replaces nothing"


def test_null_takes_a_section_of_the_base_away(tmp_path):
    streams = "content: {streams: {a: {content: fraud}, b: {content: benign}}}\n"
    path = write(tmp_path, main="extends: one.yaml\ncontent: {streams: {a: null}}\n", one=streams)
    assert list(load_scenario(path).scenario.content.streams) == ["b"]


PHASED = """
policy: {title: first, terms: {fraud: {strike: true}}, moderation: {reviewers: {count: 10}}}
phases:
  - {from: day 5, policy: {moderation: {reviewers: {count: 20}}}}
  - from: 2024-08-09
    policy: {extends: other.yaml, features: {forward_limit: 3}}
  - {from: day 20, policy: {terms: {drugs: null}}}
"""


def test_a_phase_stands_above_the_policy_before_it_unless_it_is_one_of_its_own(tmp_path):
    path = write(tmp_path, main=PHASED, other="title: other\nterms: {drugs: {}, csam: {}}\n")
    scenario = load_scenario(path).scenario
    ticks, made = zip(*scenario.policies(), strict=True)
    assert ticks == (0, 4 * 24, 8 * 24, 19 * 24)
    assert [p.title for p in made] == ["first", "first", "other", "other"]
    assert [p.moderation.reviewers.count for p in made] == [10, 20, 0, 0]
    assert [sorted(p.terms) for p in made] == [["fraud"], ["fraud"], ["csam", "drugs"], ["csam"]]
    assert [p.features.forward_limit for p in made] == [None, None, 3, 3]


def test_a_change_of_the_first_policy_reaches_the_phases_that_stand_above_it(tmp_path):
    path = write(tmp_path, main=PHASED, other="title: other\nterms: {drugs: {}}\n")
    scenario = load_scenario(path, ["policy.title=changed", "phases.0.from=day 3"]).scenario
    assert [p.title for _, p in scenario.policies()] == ["changed", "changed", "other", "other"]
    assert scenario.phases[0].begins == "day 3"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("phases: [{from: day 0}]", "must be a day of the run"),
        ("phases: [{from: tomorrow}]", "must be a day of the run"),
        ("phases: [{from: day 40}]", "'day 40' is not one of day 2 to day 30"),
        ("phases: [{from: day 9}, {from: day 9}]", "must be later than the previous phase"),
        ("phases: [{form: day 9}]", "unknown key 'form'; did you mean 'from'?"),
        ("phases: [{from: day 3, policy: {terms: {frau: {}}}}]", "unknown name 'frau'; did you mean 'fraud'?"),
        ("policy: {moderation: {reviewers: {languages: {de: 1.0}}}}", "unknown language 'de'"),
        ("policy: {moderation: {reviewers: {shifts: [{from: 9, share: 0.5}]}}}", "shares of the shifts must sum to 1"),
        ("policy: {moderation: {strikes: {ladder: [{at: 2}, {at: 2}]}}}", "increasing `at`"),
    ],
)
def test_mistakes_in_phases_and_moderation_are_told_at_their_place(tmp_path, text, words):
    with pytest.raises(ScenarioError) as error:
        load_scenario(write(tmp_path, main=text))
    assert words in str(error.value)
    assert ":1:" in str(error.value)


# show


def test_what_show_prints_loads_to_the_same_scenario(tmp_path):
    for path in (SCENARIO, write(tmp_path, main=PHASED, other="title: other\nterms: {drugs: {}, csam: {}}\n")):
        text = annotated(origins(path, []))
        copy = tmp_path / "copy.yaml"
        copy.write_text(text)
        assert load_scenario(copy).scenario.hash() == load_scenario(path).scenario.hash()


def test_every_value_has_the_line_that_set_it():
    found = {o.path: o for o in origins(SCENARIO, ["world.users=77"])}
    assert found["world.users"].place == "--set world.users=77"
    assert found["world.persons_per_user"].mark.file.endswith("platforms/telegram.yaml")
    count = found["policy.moderation.reviewers.count"]
    line = (ROOT / "scenarios" / "policies" / "notice-and-action.yaml").read_text().splitlines()[count.mark.line - 1]
    assert f"count: {count.value}" in line
    assert found["behaviour.joining"].place == "default"


def _run(*words):
    done = CliRunner().invoke(app, ["scenario", *map(str, words)])
    return done.exit_code, done.output


def test_show_of_a_section_and_only_what_is_set():
    code, text = _run("show", SCENARIO, "--at", "policy.moderation", "--set-only")
    assert code == 0
    assert re.search(r"count: 100 +# \S*notice-and-action.yaml:\d+\n", text)
    assert "specificity" not in text
    code, text = _run("show", SCENARIO, "--at", "policy", "--json")
    assert code == 0
    assert '"path": "policy.title"' in text


def test_a_section_that_is_not_there_is_an_error_with_the_nearest_name():
    from sim.cli.scenarios import show_command

    with pytest.raises(InputError, match="did you mean"):
        show_command(SCENARIO, [], at="policy.moderatio", only_set=False, as_json=False)


@pytest.mark.parametrize("value", ["yes", "a: b", "1", "x #y", "day 3", "2024-08-01", "", "é", "- a", 1e-9, True, None])
def test_words_are_written_so_that_they_read_back(value):
    from sim.scenario.tree import parse_tree

    back = parse_tree(f"value: {in_yaml(value)}", "x").value["value"].value
    assert str(back) == str(value)


# diff


def test_differences_are_told_field_by_field_and_in_words():
    folder = ROOT / "scenarios" / "policies"
    code, text = _run("diff", folder / "notice-and-action.yaml", folder / "fast-takedown.yaml")
    assert code == 0
    assert "moderation.reviewers.count" in text
    assert "Only" in text
    assert "400 reviewers" in text
    code, text = _run("diff", SCENARIO, SCENARIO)
    assert "No differences" in text


def test_a_difference_names_both_values():
    one, other = origins(SCENARIO, []), origins(SCENARIO, ["world.users=6000"])
    assert [(d.path, d.before, d.after) for d in differences(one, other)] == [("world.users", 5000, 6000)]


def test_a_scenario_is_not_compared_with_a_policy():
    from sim.cli.scenarios import diff_command

    with pytest.raises(InputError, match="cannot be compared"):
        diff_command(SCENARIO, ROOT / "scenarios" / "policies" / "combined.yaml", as_json=False)


# new


@pytest.mark.parametrize("policy", policies())
def test_a_starter_loads_with_every_policy_and_overwrites_nothing(tmp_path, policy):
    path = tmp_path / "scenarios" / "mine.yaml"
    wishes = Wishes("mine", 300, 4, ("vaccines",), ("conspiracy", "fraud"), policy)
    write_starter(path, wishes)
    scenario = load_scenario(path).scenario
    assert (scenario.world.users, scenario.time.days) == (300, 4)
    assert [s.content for s in scenario.content.streams.values()] == ["conspiracy", "fraud"]
    with pytest.raises(InputError, match="exists already"):
        write_starter(path, wishes)


def test_the_levers_of_a_starter_can_be_uncommented(tmp_path):
    path = tmp_path / "scenarios" / "mine.yaml"
    write_starter(path, Wishes("mine", 300, 4, ("vaccines",), ("conspiracy",), "laissez-faire"))
    text = path.read_text()
    levers = "\n".join(re.sub(r"^  # ", "  ", line) for line in text.split("remove the #")[1].splitlines()[1:])
    path.write_text(text.split("remove the #")[0] + "remove the #\n" + levers.split("\n# Changes")[0] + "\n")
    written = {o.path for o in origins(path, []) if o.mark is not None and o.mark.file.endswith("mine.yaml")}
    assert {lever for lever in LEVERS if lever.startswith("policy.")} <= written


def test_new_without_questions_and_with_wrong_names(tmp_path):
    code, text = _run("new", tmp_path / "a.yaml", "--topic", "x", "--content", "fraud", "--policy", "combined")
    assert code == 0, text
    assert load_scenario(tmp_path / "a.yaml").scenario.policy.title == "all combined"
    done = CliRunner().invoke(app, ["scenario", "new", str(tmp_path / "b.yaml"), "--policy", "combine"])
    assert isinstance(done.exception, InputError)
    assert "did you mean 'combined'" in str(done.exception)
    assert not (tmp_path / "b.yaml").exists()


def test_new_asks_for_what_no_option_says(tmp_path, monkeypatch):
    from sim.cli import scenarios

    answers = iter(["200", "3", "vaccines, money", "fraud", "fast-takedown"])
    asked = []

    class Terminal:
        @staticmethod
        def isatty():
            return True

    monkeypatch.setattr(scenarios.sys, "stdin", Terminal())
    monkeypatch.setattr(
        scenarios.typer, "prompt", lambda text, default, type=str: asked.append(text) or type(next(answers))
    )
    path = tmp_path / "asked.yaml"
    scenarios.new_command(path, users=None, days=None, topics=[], classes=[], policy=None)
    scenario = load_scenario(path).scenario
    assert len(asked) == 5
    assert (scenario.world.users, scenario.time.days, scenario.policy.title) == (200, 3, "fast takedown")
    assert list(scenario.content.streams) == ["fraud"]
