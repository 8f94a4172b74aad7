"""Whether an answer survives doubt about assumed values: signs over the ranges, and what decides."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sim.errors import InputError, ScenarioError
from sim.experiment.answer import survival
from sim.experiment.assumed import not_varied
from sim.experiment.batch import scenario_at
from sim.experiment.compare import run_plan
from sim.experiment.executors import Here
from sim.experiment.plan import load_experiment
from sim.experiment.points import check_points
from sim.experiment.sensitivity import FILE, Sensitivity, _best, _turns, check_sensitivity, known_sensitivity
from sim.experiment.space import Interval, latin_hypercube, named, place_of
from sim.experiment.weights import step_shares
from sim.scenario.load import edited, override, read_resolved
from tests.cli.test_results import rumorlab as command
from tests.experiment.test_sweep import EXPERIMENT, SCENARIO
from tests.small import ROOT

RANGES = """
ranges:
  behaviour.joining: {low: 0.01, high: 0.5, source: assumed}
  behaviour.reporting.conspiracy: {low: 0.0, high: 1.0, source: assumed}
"""


@pytest.fixture
def study(tmp_path):
    (tmp_path / "tiny.yaml").write_text(SCENARIO)
    (tmp_path / "ranges.yaml").write_text(RANGES)
    text = EXPERIMENT[: EXPERIMENT.index("space:")] + "design: {pairs: 2}\noutcomes: [harm, lawful_removed]\n"
    path = tmp_path / "tiny-experiment.yaml"
    path.write_text(text + "ranges: ranges.yaml\n")
    return path


def hypercube(rng, draws, axes):
    return np.column_stack([(rng.permutation(draws) + rng.random(draws)) / draws for _ in range(axes)])


SHAPES = {
    "a jump in the top tenth": lambda x: 3.0 * (x > 0.9),
    "a U": lambda x: 12.0 * (x - 0.5) ** 2,
    "a slope": lambda x: 3.0 * x,
}


def test_noise_names_no_key_assumption_in_95_of_100_checks():
    rng, trials = np.random.default_rng(2), 200
    named = 0
    for _ in range(trials):
        common = rng.normal(size=(32, 1))  # outcomes go together, as those of one run do
        values = common + rng.normal(size=(32, 4))
        named += step_shares(hypercube(rng, 32, 12), values, permutations=99)[2].any()
    assert named / trials <= 0.08, "one of twenty, and the chance in 200 trials"


@pytest.mark.parametrize("shape", list(SHAPES))
def test_a_planted_jump_a_u_shape_and_a_slope_are_named_first(shape):
    rng, trials, first = np.random.default_rng(3), 60, 0
    for _ in range(trials):
        points, values = hypercube(rng, 64, 12), rng.normal(size=(64, 4))
        values[:, 1] = SHAPES[shape](points[:, 5]) + 0.3 * rng.normal(size=64)
        shares, _, named = step_shares(points, values, permutations=99)
        told = np.where(named, shares, 0.0)
        first += told.max() > 0.0 and np.unravel_index(told.argmax(), told.shape) == (5, 1)
    assert first / trials >= 0.95


def test_two_planted_values_are_both_named_and_nothing_is_named_of_too_few_draws():
    rng = np.random.default_rng(4)
    points = hypercube(rng, 64, 10)
    values = (3.0 * points[:, [2]] - 2.0 * (points[:, [7]] > 0.8)) + 0.2 * rng.normal(size=(64, 1))
    shares, bounds, named = step_shares(points, values)
    assert named[:, 0].nonzero()[0].tolist() == [2, 7]
    assert shares[2, 0] > bounds[2, 0]
    assert not step_shares(points[:6], values[:6])[2].any()
    assert not step_shares(points, np.zeros((64, 1)))[2].any(), "what never moves has no cause"


def test_a_check_counts_signs_reuses_runs_and_is_found_again(study, tmp_path):
    plan = load_experiment(study).with_design(pairs=2)
    made = check_sensitivity(plan, tmp_path / "out", samples=12, make=Here, room=1, command="c", text="t")
    assert {(turn.arm, turn.outcome) for turn in made.turns} == {("strict", "harm"), ("strict", "lawful_removed")}
    lawful = next(turn for turn in made.turns if turn.outcome == "lawful_removed")
    assert lawful.points == 12
    assert lawful.above >= 10
    assert lawful.below == 0
    assert lawful.base > 0.0
    assert made.base_pairs == 2
    assert made.sentences({"none": "none", "strict": "strict"}, "none")
    told = []
    again = check_sensitivity(
        plan,
        tmp_path / "out",
        samples=12,
        make=Here,
        room=1,
        command="c",
        text="t",
        tell=lambda t: told.append(t.reused),
    )
    assert again == made
    assert told[-1] == 48
    assert told[0] == 4, "the shipped values on the same pairs"
    assert known_sensitivity(plan, tmp_path / "out" / "hash") == made
    (tmp_path / "out" / FILE).write_text("{}")
    assert known_sensitivity(plan, tmp_path / "out") is None


@pytest.mark.slow
def test_sobol_indices_are_of_the_difference(study, tmp_path):
    plan = load_experiment(study).with_design(pairs=1)
    made = check_sensitivity(plan, tmp_path / "out", kind="sobol", samples=8, make=Here, room=1)
    assert {weight.path for weight in made.weights} == set(plan.ranges)
    assert made.turns[0].points == 8 * 4


def turn_of(study, draws, base):
    plan = load_experiment(study)
    frame = pd.DataFrame({"none": np.zeros(len(draws)), "strict": np.array(draws, dtype=float)})
    (turn,) = _turns(plan, {"harm": frame}, {("strict", "harm"): base})
    return turn


@pytest.mark.parametrize(
    ("draws", "base", "verdict", "same"),
    [
        ([-1.0] * 15 + [1.0] * 5, -1.0, "reverses", 15),
        ([-1.0] * 19 + [1.0], -1.0, "robust", 19),
        ([0.0] * 18 + [-1.0] * 2, -1.0, "vanishes", 2),
        ([-0.05] * 20, -1.0, "vanishes", 20),
        ([-0.15] * 3 + [-1.0] * 17, -1.0, "weaker", 20),
        ([-0.4] * 20, -1.0, "weaker", 20),
        ([-3.0] * 20, -1.0, "stronger", 20),
        ([-0.9] * 20, -1.0, "robust", 20),
        ([-1.0] * 20, 1.0, "reverses", 0),
        ([0.01] * 3 + [-1.0] * 17, -1.0, "vanishes", 17),
        ([1.0] * 20, 0.0, "no difference", 0),
    ],
)
def test_a_verdict_goes_by_direction_and_by_what_is_left_of_the_size(study, draws, base, verdict, same):
    turn = turn_of(study, draws, base)
    assert (turn.verdict, turn.same, turn.minority) == (verdict, same, len(draws) - same)
    assert turn.survives == (verdict in ("robust", "stronger"))
    assert not turn.survives or turn.same >= 0.95 * turn.points


def test_an_answer_that_lies_outside_of_its_draws_is_said_to_and_why(study, tmp_path):
    assert turn_of(study, np.linspace(-2, -1, 20), -1.5).among
    assert not turn_of(study, np.linspace(-2, -1, 20), -5.0).among
    (study.parent / "ranges.yaml").write_text(RANGES.replace("low: 0.01, high: 0.5", "low: 0.6, high: 0.9"))
    made = check_sensitivity(load_experiment(study), tmp_path / "out", samples=3, make=Here, room=1)
    assert made.at_the_edge["behaviour.joining"] == "outside of it"
    outside = replace(made, turns=tuple(replace(t, low=8.0, high=9.0) for t in made.turns))
    said = " ".join(outside.sentences({"none": "none", "strict": "strict"}, "none"))
    assert "lies outside 90 % of the samples" in said
    assert "behaviour.joining (outside of it)" in said


def test_the_verdicts_of_the_first_sentence_add_up_to_all_effects_that_it_names(study):
    turns = (turn_of(study, [-1.0] * 20, -1.0), turn_of(study, [-1.0] * 20, 0.0), turn_of(study, [1.0] * 20, 0.0))
    made = Sensitivity("k", "latin-hypercube", 20, 1, {}, turns, (), {}, "harm", 0, "c")
    told = made.sentences({"none": "none", "strict": "strict"}, "none")[0]
    assert "of the 3 statistically detectable headline effects: 1 robust, 2 not judged (zero in the check's own" in told


def test_where_the_best_are_equal_no_policy_is_best(study):
    plan = load_experiment(study)
    rows = [
        {"point": p, "arm": arm, "pair": 0, "status": "done", "harm": value}
        for p, pair in enumerate([(0.0, 0.0), (0.0, 0.0), (2.0, 1.0)])
        for arm, value in zip(("none", "strict"), pair, strict=True)
    ]
    assert _best(plan, pd.DataFrame(rows), 3) == ({"none": 0, "strict": 1}, 2)
    assert _best(plan, pd.DataFrame(rows[:4]), 2) == ({"none": 0, "strict": 0}, 2)


def test_what_compare_tells_from_chance_is_what_a_check_counts(study, tmp_path):
    plan = load_experiment(study).with_design(pairs=1)
    made = check_sensitivity(plan, tmp_path / "out", samples=3, make=Here, room=1, base_pairs=5)
    compared = run_plan(plan.with_design(pairs=5), tmp_path / "out" / "abc", workers=1, tell=lambda *a: None)
    assert set(made.settled) == compared.all_settled()
    found, said = survival(compared)
    assert {(t.arm, t.outcome) for t in found.turns} == set(made.settled)
    assert not any("of this comparison" in sentence for sentence in said)
    fewer = run_plan(plan.with_design(pairs=2), tmp_path / "out" / "few", workers=1, tell=lambda *a: None)
    if fewer.all_settled() != set(made.settled):
        assert "this comparison finds" in survival(fewer)[1][-1]


# factors


def shipped(policy, point):
    tree = read_resolved(ROOT / "scenarios" / "telegram.yaml")
    tree = override(tree, ["policy"], read_resolved(ROOT / "scenarios" / "policies" / f"{policy}.yaml"))
    return scenario_at(tree, point, ()).policy


def test_a_factor_multiplies_what_an_arm_has_and_switches_nothing_on():
    recall = {"policy.moderation.scan.recall *": 0.5, "policy.moderation.strikes.ban_user_at *": 0.5}
    fast, none = shipped("fast-takedown", recall).moderation, shipped("laissez-faire", recall).moderation
    assert fast.scan.recall["csam"] == pytest.approx(0.4)
    assert fast.strikes.ban_user_at == 3
    assert (none.scan.recall, none.strikes.ban_user_at) == ({}, None)
    assert shipped("fast-takedown", {"policy.moderation.scan.recall *": 3.0}).moderation.scan.recall["csam"] == 1.0
    assert shipped("fast-takedown", {"policy.moderation.takedown.delay *": 2.0}).moderation.takedown.delay == 2.0
    with pytest.raises(InputError, match="recal"):
        shipped("fast-takedown", {"policy.moderation.scan.recal *": 3.0})


def test_a_factor_counts_in_the_policies_of_all_phases():
    tree = read_resolved(ROOT / "scenarios" / "telegram.yaml")
    tree = edited(tree, ["phases=[{from: day 3, policy: {moderation: {reviewers: {count: 10}}}}, {from: day 5}]"])
    laid = scenario_at(tree, {"policy.moderation.reviewers.count *": 2.0}, ())
    assert [policy.moderation.reviewers.count for _, policy in laid.policies()][:2] == [200, 20]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{factor: true, low: 0, high: 2}", "a factor must be above 0"),
        ("{factor: true, low: 1, high: 2, unit: h}", "it has no unit"),
    ],
)
def test_a_factor_that_cannot_be_is_refused(study, text, says):
    (study.parent / "ranges.yaml").write_text(f"ranges:\n  behaviour.joining: {text}\n")
    with pytest.raises(ScenarioError, match=says):
        load_experiment(study)


def test_a_point_with_a_factor_is_named_so_and_where_the_shipped_value_lies_is_known():
    space = {"a.b": Interval(low=0.5, high=2.0, scale="log", factor=True), "c": Interval(low=1, high=3, unit="h")}
    assert set(latin_hypercube(space, 3, 1)[0]) == {"a.b *", "c"}
    assert place_of(space["a.b"], 17.0) == pytest.approx(0.5)
    assert place_of(space["c"], "2 h") == pytest.approx(0.5)
    assert place_of(space["c"], "1 day") > 1.0


def test_assumed_numbers_that_the_policies_read_are_in_the_ranges_or_listed():
    plan = load_experiment(ROOT / "experiments" / "telegram-moderation.yaml")
    without = not_varied(replace(plan, ranges={}))
    for path in (
        "policy.moderation.scan.recall.fraud",
        "policy.moderation.scan.false_positive",
        "policy.moderation.reports.ordinary",
        "policy.moderation.strikes.ban_venue_at",
    ):
        assert path in without
        assert path not in not_varied(plan)
    assert not [path for path in without if "appeals" in path or "hashes" in path], "no arm has them"
    tools = not_varied(load_experiment(ROOT / "experiments" / "moderation-tools.yaml"))
    assert "policy.features.friction" in tools, "a factor would switch it on under the reference too"
    assert not [path for path in tools if "hashes" in path or "flaggers" in path or path.endswith("suspend")]


@pytest.mark.parametrize("path", sorted((ROOT / "experiments").glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_ranges_leave_out_no_assumed_number_but_a_few(path):
    plan = load_experiment(path)
    if plan.ranges and not plan.space:
        left = set(not_varied(plan)) - {"policy.features.friction"}
        assert not [name for name in left if not name.endswith(".at")]


def test_an_experiment_without_ranges_says_what_to_add(study, tmp_path):
    study.write_text(study.read_text().replace("ranges: ranges.yaml\n", ""))
    with pytest.raises(InputError, match="names no ranges of assumed values; add for example"):
        check_sensitivity(load_experiment(study), tmp_path / "out", samples=4, make=Here, room=1)
    (study.parent / "ranges.yaml").write_text(RANGES.replace("low: 0.01", "lo: 0.01"))
    study.write_text(study.read_text() + "ranges: ranges.yaml\n")
    with pytest.raises(ScenarioError, match=r"ranges.yaml:3:\d+: .*unknown key 'lo'"):
        load_experiment(study)


@pytest.mark.slow
def test_compare_and_its_report_print_the_turns(study, tmp_path):
    out = tmp_path / "results"
    study.write_text(study.read_text().replace("pairs: 2", "pairs: 6"))
    done = command("sensitivity", study, "--samples", 4, "--pairs", 1, "--workers", 1, "--out", out)
    assert done.exit_code == 0, done.output
    assert "est on" in done.output
    assert "same direction" in " ".join(done.output.split())
    compared = command("compare", study, "--workers", 1, "--out", out / "abc", "--json")
    said = json.loads(compared.stdout)
    turned = {(row["arm"], row["outcome"]): row["opposite_sign"] for row in said["differences"]}
    assert turned["strict", "lawful_removed"] == "0 of 4"
    assert "Robustness: over 4 samples" in said["survival"][0]
    page = (out / "abc" / "report.html").read_text()
    assert "<th class='number'>robustness</th>" in page


def test_without_a_check_the_report_says_how_to_make_one(study, tmp_path):
    compared = command("compare", study, "--seeds", 2, "--workers", 1, "--out", tmp_path / "out")
    assert "is not checked yet" in " ".join(compared.output.split())
    assert "rumorlab sensitivity" in (tmp_path / "out" / "report.html").read_text()


def test_every_shipped_range_can_be_set_in_every_arm():
    for name in ("telegram-moderation", "moderation-tools", "cause-or-effect", "cause-or-effect-unsorted"):
        plan = load_experiment(ROOT / "experiments" / f"{name}.yaml")
        assert len(plan.ranges) >= 12
        check_points(plan, [{named(p, axis): axis.at(u) for p, axis in plan.ranges.items()} for u in (0.0, 1.0)])
        assert all(axis.source for axis in plan.ranges.values()), "a range has a source or says 'assumed'"
    assert "world.affinity.topic" not in plan.ranges, "it would sort people at the start of the unsorted scenario"


@pytest.mark.slow
def test_low_variance_ratios_are_explained(study, tmp_path):
    from sim.experiment.answer import low_variance_ratios

    comparison = run_plan(
        load_experiment(study).with_design(pairs=4), tmp_path / "out", workers=1, tell=lambda *a: None
    )
    rng = np.random.default_rng(1)
    frame = comparison.outcomes.copy()
    frame.loc[frame["arm"] == "none", "harm"] = rng.normal(10, 1, 4)
    frame.loc[frame["arm"] == "strict", "harm"] = rng.normal(10, 1, 4)
    frame.loc[frame["arm"] == "none", "lawful_removed"] = 0.0
    frame.loc[frame["arm"] == "strict", "lawful_removed"] = rng.normal(10, 1, 4)
    said = low_variance_ratios(type(comparison)(comparison.folder, comparison.plan, frame, 0))
    assert any("correlate only weakly" in sentence for sentence in said)
    assert any("the outcome does not vary under" in sentence for sentence in said)
