"""Cause and effect: Shapley values of paths that are cut, as a headline too, and the law held fixed."""

import html
import json
from dataclasses import replace

import numpy as np
import pytest

from sim.errors import InputError, ScenarioError
from sim.experiment.answer import sentences
from sim.experiment.causes import Causes, Share, _opening, find_causes, known_causes, shapley, subsets, who_is_ahead
from sim.experiment.comparison import open_comparison
from sim.experiment.plan import load_experiment
from sim.experiment.spec import HELD, Headline
from tests.cli.test_results import rumorlab as command
from tests.small import ROOT

SCENARIO = """
topics: [a]
time: {days: 6}
world:
  users: 200
  channels: {per_1000_users: 100, size: 20}
  personas: {p: {originates: 1, credulity: 0.3, sharing: 0.3, belief: {kind: uniform, low: 0, high: 1}, attention: 300}}
content: {streams: {s: {content: conspiracy, topic: a, per_1000_users_day: 30}}}
behaviour: {joining: 0.5, leaving: 0.05}
"""
EXPERIMENT = """
name: cut
scenario: cut.yaml
arms: {as-is: {}, other: {}}
paths:
  influence: {behaviour.influence: 0}
  selection: {behaviour.joining: 0, behaviour.leaving: 0}
design: {pairs: 4}
outcomes: [belief_gap]
"""


@pytest.fixture
def study(tmp_path):
    (tmp_path / "cut.yaml").write_text(SCENARIO)
    path = tmp_path / "cut-experiment.yaml"
    path.write_text(EXPERIMENT)
    return path


def test_shapley_values_are_those_of_the_glove_game():
    left, right, other = "l", "r", "o"  # a pair of gloves is worth 1; two left hands and one right
    values = {s: np.array([float(right in s and (left in s or other in s))]) for s in subsets([left, right, other])}
    found = shapley([left, right, other], values)
    assert found[left] == pytest.approx([1 / 6])
    assert found[right] == pytest.approx([4 / 6])
    assert found[other] == pytest.approx([1 / 6])


def test_what_contributes_most_is_named_only_if_it_is_clearly_above_all_others():
    wobble = np.array([0.1, -0.2, 0.3, -0.1, 0.2, -0.3])
    values = {"influence": 8.0 + wobble, "joining": 1.0 + wobble, "leaving": 1.0 - wobble, "other": 0.0 + wobble}
    values["selection"] = values["joining"] + values["leaving"]
    assert who_is_ahead(values, {"joining", "leaving"}) == ("influence", "selection", "other")
    assert who_is_ahead(values | {"other": 8.0 - wobble}, {"joining", "leaving"}) == ()
    plan = replace(
        load_experiment(ROOT / "experiments" / "cause-or-effect.yaml"),
        path_sums={"selection": ("joining", "leaving")},
        headline=Headline(form="decomposition", openings={"influence": "reading is the cause"}),
    )
    assert _opening(plan, "belief_gap", values) == "reading is the cause"
    assert (
        _opening(replace(plan, headline=Headline()), "belief_gap", values)
        == "influence contributes more than selection or other"
    )
    assert _opening(plan, "belief_gap", values | {"other": 8.0 - wobble}) == ""
    assert _opening(plan, "believers", values).startswith("influence contributes"), "the words are of the headline"
    assert who_is_ahead({"influence": values["influence"]}, set()) == (), "there is nothing to compare it with"
    assert who_is_ahead({name: one[:1] for name, one in values.items()}, set()) == (), "one pair tells nothing"


def test_an_interval_says_of_zero_what_the_words_beside_it_say():
    whole = Share("all", 4.4, 0.3, 8.5, 1.0, 1.0, 1.0)
    none = Share("none", -0.19, -1.46, 1.08, -0.043, -0.36, 0.28)
    influence = Share("influence", 2.5, -0.1, 5.0, 0.56, 0.47, 0.65)
    selection = Share("selection", 1.4, 1.1, 1.7, 0.32, -0.02, 0.63)
    first = Causes("belief_gap", "platform", 4, none, (influence, selection), whole).sentences()[0]
    assert "selection accounts for +1.4 (+1.1 to +1.7) belief points" in first
    assert "influence (-0.10 to +5.0 belief points) has no statistically detectable contribution" in first
    assert first.endswith(
        "no statistically detectable part remains with all paths cut (initial sorting and shared causes: -36 to 28 %)."
    )


SUMMED = EXPERIMENT.replace(
    "selection: {behaviour.joining: 0, behaviour.leaving: 0}",
    "joining: {behaviour.joining: 0}\n  leaving: {behaviour.leaving: 0}",
)


@pytest.mark.slow
def test_a_sum_of_paths_is_the_sum_of_their_values_and_each_is_told_beside_it(study, tmp_path):
    study.write_text(SUMMED + "path_sums: {selection: [joining, leaving]}\nheadline: {form: decomposition}\n")
    made = command("compare", study, "--seeds", 4, "--workers", 1, "--out", tmp_path / "o", "--json")
    assert made.exit_code == 0, made.output
    said = json.loads(made.stdout)
    value = {row["name"]: row["value"] for row in said["headline"]["data"]}
    assert value["selection"] == pytest.approx(value["joining"] + value["leaving"])
    names = [row[0] for row in said["headline"]["table"]["rows"]]
    at = names.index("selection")
    assert names[at : at + 3] == ["selection", "of which joining", "of which leaving"]
    assert "joining" not in said["answer"][0]
    assert said["answer"][1].startswith("Selection is the sum of 2 paths: ")
    comparison = open_comparison(tmp_path / "o")
    assert known_causes(comparison, "belief_gap").sums[0].parts == ("joining", "leaving")


@pytest.mark.parametrize(
    ("sums", "words"),
    [
        ("{selection: [joining, leavin]}", "unknown path 'leavin'.*leaving"),
        ("{selection: [joining]}", "at least two paths, got 1"),
        ("{joining: [influence, leaving]}", "'joining' is the name of a path already"),
        ("{a: [joining, leaving], b: [influence, leaving]}", "'leaving' is in more than one sum"),
        ("{a: [joining, leaving]}\nheadline: {openings: {joining: words}}", "no path or sum that is told: 'joining'"),
    ],
)
def test_a_sum_of_what_is_no_path_is_refused_at_its_place(study, sums, words):
    study.write_text(SUMMED + f"path_sums: {sums}\n")
    with pytest.raises(ScenarioError, match=words) as told:
        load_experiment(study)
    assert told.value.problems[0].line > 1


@pytest.mark.slow
def test_the_parts_add_up_and_a_path_that_is_cut_already_brings_nothing(study, tmp_path):
    plan = load_experiment(study)
    found, _ = find_causes(plan, tmp_path / "o", arm=None, outcome="belief_gap", workers=1, tell=lambda *a: None)
    parts = found.none.value + sum(path.value for path in found.paths)
    assert parts == pytest.approx(found.whole.value)
    assert {path.name for path in found.paths} == {"influence", "selection"}
    assert found.paths[0].value != 0.0
    study.write_text(EXPERIMENT.replace("arms: {as-is: {}", "arms: {as-is: {set: {behaviour.influence: 0}}"))
    cut, _ = find_causes(
        load_experiment(study), tmp_path / "p", arm=None, outcome="belief_gap", workers=1, tell=lambda *a: None
    )
    assert next(path.value for path in cut.paths if path.name == "influence") == 0.0
    assert "No real data identified which is cause" in cut.sentences()[-1]


@pytest.mark.slow
def test_influence_switched_off_freezes_beliefs(study, tmp_path):
    study.write_text(EXPERIMENT.replace("outcomes: [belief_gap]", "outcomes: [belief_gap_grown]"))
    made = command("causes", study, "--outcome", "believers", "--workers", 1, "--out", tmp_path / "o", "--json")
    assert made.exit_code == 0, made.output
    said = json.loads(made.stdout)
    assert {path["name"] for path in said["paths"]} == {"influence", "selection"}
    assert (tmp_path / "o" / "causes-believers.html").is_file()
    selection = next(path for path in said["paths"] if path["name"] == "selection")
    influence = next(path for path in said["paths"] if path["name"] == "influence")
    assert abs(influence["value"]) > abs(selection["value"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("paths:", "paths: {}\nkeep: [] #"), "names no `paths`"),
        (("{behaviour.influence: 0}", "{world.users: 100}"), "cutting one changes the world"),
    ],
)
def test_what_cannot_be_cut_is_told(study, tmp_path, change, words):
    text = EXPERIMENT.replace(*change)
    if "paths: {}" in text:
        text = EXPERIMENT[: EXPERIMENT.index("paths:")] + EXPERIMENT[EXPERIMENT.index("design:") :]
    study.write_text(text)
    with pytest.raises(InputError, match=words):
        find_causes(
            load_experiment(study), tmp_path / "o", arm=None, outcome="belief_gap", workers=1, tell=lambda *a: None
        )


def test_with_the_law_held_fixed_nothing_follows():
    plan = load_experiment(ROOT / "experiments" / "law-and-policy.yaml")
    assert [arm.name for arm in plan.arms] == ["telegram-2024", "telegram-after", "by-deadline"], (
        "held arms are no policies"
    )
    beside = {arm.name: arm.scenario for arm in plan.side}
    assert list(beside)[:2] == ["telegram-2024" + HELD, "telegram-after" + HELD]
    held = beside["telegram-after" + HELD]
    assert held.law.hazards == 0.0
    assert held.law.regimes


@pytest.mark.slow
def test_a_comparison_whose_headline_is_a_decomposition_runs_it_and_answers_with_it(study, tmp_path):
    study.write_text(EXPERIMENT + "headline: {form: decomposition}\n")
    made = command("compare", study, "--seeds", 2, "--workers", 1, "--out", tmp_path / "o", "--json")
    assert made.exit_code == 0, made.output
    said = json.loads(made.stdout)
    assert said["headline"]["form"] == "decomposition"
    assert said["answer"][0].startswith("Of the belief gap between exposed and unexposed users (")
    assert {row["name"] for row in said["headline"]["data"]} == {"influence", "selection", "none"}
    assert said["answer"][0] in html.unescape((tmp_path / "o" / "report.html").read_text())
    assert sentences(open_comparison(tmp_path / "o"))[0] == said["answer"][0], "from its folder alone"
    again = command("compare", study, "--seeds", 3, "--workers", 1, "--out", tmp_path / "o", "--json")
    assert json.loads(again.stdout)["headline"]["data"] != said["headline"]["data"]
