"""The scale check: the same persons at other numbers of users, and what is said of it."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from sim.cli.app import app
from sim.errors import InputError, ScenarioError
from sim.experiment.comparison import Comparison, open_comparison
from sim.experiment.plan import Plan, PlannedArm, load_experiment
from sim.experiment.scale import Law, Scale, _effects, _per_head, _rankings, check_scale, key_of, known_scale, resized
from sim.experiment.spec import Design, Twin
from sim.report.page import make_report
from tests.small import ROOT, small_scenario

BASE = """time: {days: 6}
world: {users: 120, persons_per_user: 100}
content: {streams: {fraud: {content: fraud, per_1000_users_day: 60}}}
"""
SIZED = """scenario: base.yaml
reference: none
arms:
  none: {set: {policy: {title: none}}}
  strict:
    set:
      policy:
        title: strict
        terms: {fraud: {actions: [remove]}}
        moderation: {reviewers: {count: 900}, scan: {recall: {fraud: 0.9}}}
design: {pairs: 3}
sizes: SIZES
outcomes: [harmful_views]
"""


def plan(scenario=None):
    scenario = scenario or small_scenario()
    arms = (PlannedArm("none", "none", small_scenario({"title": "none"})), PlannedArm("strict", "strict", scenario))
    return Plan("p", "", arms, "none", Design(pairs=2), ("illegal_views", "staff_cost"), Twin(), ROOT, (ROOT / "x",))


def test_resized_worlds_stand_for_the_same_persons():
    scenario = small_scenario()
    larger = resized(scenario, 1600)
    persons = [s.world.users * s.world.persons_per_user for s in (scenario, larger)]
    assert persons[0] == pytest.approx(persons[1])
    assert larger.world.users == 1600
    one, other = (plan(s) for s in (scenario, larger))
    assert key_of(one) == key_of(other)
    assert key_of(one) != key_of(plan(small_scenario(behaviour={"joining": 0.1})))
    with pytest.raises(InputError, match="needs a generated one"):
        resized(small_scenario(world={"contacts": {"kind": "edge-list"}}), 100)


def _made(values, plan):
    """A comparison with given values of illegal views: {arm: [pair, pair, ...]}."""
    rows = [
        {"arm": arm, "pair": i, "illegal_views": v, "staff_cost": 1.0}
        for arm, mine in values.items()
        for i, v in enumerate(mine)
    ]
    return Comparison(ROOT, plan, pd.DataFrame(rows), 0)


def test_verdicts_tell_agreement_noise_and_difference():
    made = plan()
    found = {
        10: _made({"none": [1.0, 1.0, 1.0], "strict": [10.0, 0.1, 0.2]}, made),
        20: _made({"none": [2.05, 2.0, 1.95], "strict": [1.0, 1.0, 1.0]}, made),
        30: _made({"none": [2.0, 2.0, 2.0], "strict": [1.0, 1.0, 1.0]}, made),
    }
    rows = {(r.arm, r.users): r for r in _per_head(found, made, 0.1) if r.outcome == "illegal_views"}
    assert rows["none", 10].verdict == "differs"
    assert rows["none", 10].relative == pytest.approx(-0.5)
    assert rows["none", 20].verdict == "agrees"
    assert rows["strict", 10].verdict == "within noise"


def _effect(share):
    values = (10.0, 11.0, 9.0, 10.5)
    return {
        "none": list(values),
        "strict": [v * (1 - share) + w for v, w in zip(values, (0.1, -0.1, 0.1, 0), strict=True)],
    }


def test_an_effect_says_from_which_size_it_holds():
    made = plan()
    found = {users: _made(_effect(share), made) for users, share in ((100, 0.2), (1000, 0.52), (9000, 0.55))}
    scale = Scale("k", (100, 1000, 9000), 4, 0.1, (), (), "c", tuple(_effects(found, made)))
    assert scale.holds_from("strict") == 1000
    (said,) = scale.effect_sentences()
    assert said.startswith("Effect of strict on views of illegal items, by users simulated: -19.")
    assert said.endswith("; from 1,000 users on it does not differ detectably from that with 9,000.")
    alone = Scale("k", (100, 9000), 4, 0.1, (), (), "c", tuple(e for e in scale.effects if e.users != 1000))
    assert alone.effect_sentences()[0].endswith("; with fewer than 9,000 users it comes out too small.")


def test_a_legal_matrix_that_changes_with_size_is_told():
    cells = [
        Law("a", "A", r, r.upper(), n, met, 4) for r, n, met in (("x", 1, 0), ("x", 2, 4), ("y", 1, 3), ("y", 2, 4))
    ]
    said = Scale("k", (1, 2), 4, 0.1, (), (), "c", (), tuple(cells)).law_sentences()
    assert said[0].startswith("The conditions for the heaviest sanction: 1 of 2 cells")
    assert said[1:] == ["Differs with size: A under X: met in 0 of 4 with 1 users, 4 of 4 with 2 users."]


def test_a_size_with_too_few_cases_to_judge_by_is_told_and_not_counted_as_a_difference():
    few = [Law("a", "A", "x", "X", 1, 0, 4, cannot_tell=2), Law("a", "A", "x", "X", 2, 0, 4, cannot_tell=4)]
    never = [Law("a", "A", "y", "Y", n, 0, 4, cannot_tell=4) for n in (1, 2, 3)]
    said = Scale(
        "k", (1, 2, 3), 4, 0.1, (), (), "c", (), (*few, Law("a", "A", "x", "X", 3, 4, 4), *never)
    ).law_sentences()
    assert said[0].startswith("The conditions for the heaviest sanction: 1 of 1 cells")
    assert said[1:] == ["Too few cases to judge by with 1 and 2 users: A under X."]


def test_a_law_whose_conditions_are_met_in_half_of_the_runs_at_one_size_differs_from_neither():
    half = [Law("a", "A", "x", "X", n, met, 4) for n, met in ((1, 2), (2, 4), (3, 3))]
    said = Scale("k", (1, 2, 3), 4, 0.1, (), (), "c", (), tuple(half)).law_sentences()
    assert len(said) == 1


def test_a_ranking_that_turns_round_is_told_and_an_unclear_one_is_not():
    made = plan()
    up, down = (
        {"none": [1.0, 1.1, 0.9], "strict": [2.0, 2.1, 1.9]},
        {"none": [2.0, 2.1, 1.9], "strict": [1.0, 1.1, 0.9]},
    )
    unclear = {"none": [1.0, 2.0, 3.0], "strict": [3.0, 1.0, 2.1]}
    turned = _rankings({10: _made(up, made), 20: _made(down, made)}, made)[0]
    assert turned.reversed == (("none", "strict"),)
    assert turned.order == ("strict", "none")
    open_ = _rankings({10: _made(up, made), 20: _made(unclear, made)}, made)[0]
    assert (open_.reversed, open_.undecided) == ((), 1)


def test_a_scale_check_is_kept_reused_and_printed_in_the_report(tmp_path):
    folder = tmp_path / "results"
    reused = []
    options = {
        "tolerance": 0.1,
        "workers": 1,
        "command": "rumorlab scale x",
        "tell": lambda size: lambda *a: reused.append(a),
    }
    made = check_scale(plan(), folder, (150, 300), **options)
    assert made.sizes == (150, 300)
    costs = [row.mean for row in made.per_head if (row.outcome, row.arm) == ("staff_cost", "strict")]
    assert costs[0] == pytest.approx(costs[1]), "persons and staff are the same"
    assert known_scale(plan(), folder)["sentences"] == made.sentences()
    assert known_scale(plan(small_scenario(behaviour={"joining": 0.1})), folder) is None
    reused.clear()
    check_scale(plan(), folder, (150, 300), **options)
    assert all(what == "reused" for *_, what in reused)
    report = make_report(open_comparison(folder / "scale" / "150"))
    assert "Not checked. To test whether outcomes per user" in report
    (folder / "scale" / "scale.json").write_text((folder / "scale.json").read_text())
    assert "outcomes per user" in make_report(open_comparison(folder / "scale" / "150")).split("id='scale'")[1]


@pytest.mark.slow
def test_scale_says_what_holds_on_the_command_line(tmp_path):
    words = ["scale", str(ROOT / "scenarios" / "telegram.yaml"), "--size", "200", "--size", "400", "--seeds", "2"]
    words += ["--set", "time.days=3", "--out", str(tmp_path), "--json"]
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    said = json.loads(done.stdout)
    assert said["sizes"] == [200, 400]
    assert {row["arm"] for row in said["per_head"]} == {"no-moderation", "telegram"}
    assert np.isfinite([row["mean"] for row in said["per_head"] if row["outcome"] == "staff_cost"]).all()
    assert said["sentences"]


def test_an_experiment_that_names_sizes_says_from_which_on_its_effects_hold(tmp_path):
    path = tmp_path / "sized.yaml"
    (tmp_path / "base.yaml").write_text(BASE)
    path.write_text(SIZED.replace("SIZES", "[120, 240]"))
    done = CliRunner().invoke(app, ["compare", str(path), "--out", str(tmp_path / "out"), "--workers", "1", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)["size"]
    assert told
    for sentence in told:
        assert "with 120 users" in sentence
        assert "with 240 users" in sentence
    assert "240 users" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("sizes", "world", "words"),
    [
        ("[5]", "", r"sizes\[0\]: must be at least 10 \(got 5\)"),
        ("[200]", "contacts: {kind: edge-list, file: ties.txt}", "need a generated"),
    ],
)
def test_sizes_that_cannot_be_run_are_refused_with_their_place(tmp_path, sizes, world, words):
    path = tmp_path / "sized.yaml"
    (tmp_path / "ties.txt").write_text("0 1\n1 2\n")
    (tmp_path / "base.yaml").write_text(
        BASE.replace("users: 120,", f"users: 120, {world}," if world else "users: 120,")
    )
    path.write_text(SIZED.replace("SIZES", sizes))
    with pytest.raises(ScenarioError, match=words) as refused:
        load_experiment(path)
    assert "sized.yaml:12" in str(refused.value)
