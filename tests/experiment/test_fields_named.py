"""Fields that an experiment names by path: what is wrong is said at once, at its place, before anything runs."""

import json

import pytest
from typer.testing import CliRunner

from sim.cli.app import app
from sim.errors import Problem, ScenarioError
from sim.experiment.plan import load_experiment
from sim.experiment.points import check_points, points_of
from tests.small import ROOT

WRONG = """\
scenario: telegram.yaml
arms:
  a: {set: {behaviour.joining: 0.1}}
  b: {set: {behaviour.joinin: 0.2}}
space:
  behaviour.leavng: [0.1, 0.2]
  behaviour.leaving: {low: 0.5, high: 1.5}
paths:
  x: {behaviour.infuence: 0}
ranges: ranges.yaml
"""
RANGES = """\
# yaml-language-server: $schema=ranges.schema.json
ranges:
  behaviour.transactin: {low: 0.1, high: 0.2, source: assumed}
  behaviour.joining: {low: -1, high: 0.2, source: assumed}
  world.personas.enthusiast.credulity.high: {low: 0.1, high: 0.2, source: a form of a spread has this field}
"""


@pytest.fixture
def study(tmp_path):
    (tmp_path / "telegram.yaml").write_text("world: {users: 50}\n")
    (tmp_path / "wrong.yaml").write_text(WRONG)
    (tmp_path / "ranges.yaml").write_text(RANGES)
    return tmp_path / "wrong.yaml"


def test_all_that_is_wrong_with_the_fields_of_an_experiment_is_said_at_once(study):
    with pytest.raises(ScenarioError) as refused:
        load_experiment(study)
    places = [(p.file.rpartition("/")[2], p.line) for p in refused.value.problems]
    assert places == [
        ("wrong.yaml", 4),
        ("wrong.yaml", 6),
        ("wrong.yaml", 9),
        ("wrong.yaml", 7),
        ("ranges.yaml", 3),
        ("ranges.yaml", 4),
    ]
    said = str(refused.value)
    for near in ("'joining'", "'leaving'", "'influence'", "'transaction'", "from 0 to 1 (got 1.5)", "(got -1)"):
        assert near in said


def test_a_file_of_ranges_is_checked_alone_too_and_as_json(study):
    done = CliRunner().invoke(app, ["scenario", "check", str(study.parent / "ranges.yaml"), "--json"])
    assert done.exit_code == 2
    told = json.loads(done.stdout)
    assert told["valid"] is False
    assert [problem["line"] for problem in told["files"][0]["problems"]] == [3, 4]
    shipped = str(ROOT / "scenarios" / "telegram.yaml")
    done = CliRunner().invoke(app, ["scenario", "check", shipped, "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["files"][0]["kind"] == "scenario"


def test_what_is_wrong_at_many_points_is_said_once(study):
    text = WRONG.replace("joinin:", "joining:").replace("ranges: ranges.yaml\n", "").replace("infuence", "influence")
    text = text.replace("behaviour.leavng: [0.1, 0.2]", "time.days: [xx, yy, 4]").replace("high: 1.5", "high: 0.6")
    study.write_text(text.replace("behaviour.leaving", "world.personas.nobody.sharing"))
    plan = load_experiment(study)
    with pytest.raises(ScenarioError) as refused:
        check_points(plan, points_of(plan))
    said = [(p.field, p.message) for p in refused.value.problems]
    assert len(said) == len(set(said))


def test_a_message_lists_twenty_problems_and_counts_the_rest():
    problems = [Problem("f.yaml", line, 1, "a", "wrong") for line in range(1, 31)]
    lines = str(ScenarioError(problems)).splitlines()
    assert len(lines) == 21
    assert lines[-1] == "and 10 more"
