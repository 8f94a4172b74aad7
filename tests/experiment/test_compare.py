"""Comparisons: pairs, reuse, resuming, and bad experiments."""

import html
import importlib.util
import json
import shutil
from dataclasses import replace

import pytest

from sim.api import ComparisonResult
from sim.errors import InputError, ResultError, ScenarioError
from sim.experiment.answer import headline, sentences, trade_offs
from sim.experiment.compare import run_plan
from sim.experiment.comparison import open_comparison
from sim.experiment.plan import load_experiment, plan_of_scenarios
from sim.experiment.spec import Experiment
from sim.experiment.store import new_file, new_folder, write_manifest, write_text
from sim.report.page import make_report
from sim.report.tables import as_markdown
from sim.scenario.schema import schema_of
from tests.small import ROOT

EXPERIMENT = ROOT / "experiments" / "telegram-moderation.yaml"
SMALL = ["world.users=300", "time.days=4"]


def silent(done, total, what):
    pass


@pytest.fixture(scope="module")
def plan():
    return replace(load_experiment(EXPERIMENT, SMALL).with_design(pairs=2), side=())


@pytest.fixture(scope="module")
def finished(plan, tmp_path_factory):
    return run_plan(plan, tmp_path_factory.mktemp("results") / "c", workers=1, tell=silent)


def test_all_arms_run_on_every_pair_with_the_same_seeds(finished):
    frame = finished.outcomes
    assert len(frame) == 10
    assert (frame.groupby("pair")["seed"].nunique() == 1).all()
    assert (frame.groupby("pair")["world_seed"].nunique() == 1).all()
    assert frame["seed"].nunique() == frame["world_seed"].nunique() == 2


def test_report_dashboard_and_python_print_the_same_headline_and_table(finished, tmp_path):
    told = headline(finished)
    page = html.unescape(make_report(finished))
    assert page.index(told.sentences[0]) < page.index("<h2>One item, two policies</h2>")
    assert ComparisonResult(finished).answer[0] == told.sentences[0]
    shutil.copytree(finished.folder, tmp_path / "results" / "c")
    if importlib.util.find_spec("dash") is not None:
        from sim.dashboard.library import Library
        from sim.dashboard.pages import render

        shown = str(render(Library(tmp_path / "results", tmp_path), "/answer", {"results": "results/c"}))
        assert told.sentences[0] in shown
        assert trade_offs(finished).note in shown
    assert trade_offs(finished).note in page
    assert "| first outcome, then costs |" in as_markdown(trade_offs(finished))[2]


def test_workers_change_no_number(plan, finished, tmp_path):
    told = []
    again = run_plan(plan, tmp_path / "c", workers=2, tell=lambda *a: told.append(a[:2]))
    assert again.outcomes["digest"].tolist() == finished.outcomes["digest"].tolist()
    assert told[0] == (0, 10)
    assert told[-1] == (10, 10)


def test_an_interrupted_comparison_goes_on_where_it_was(plan, finished, tmp_path):
    folder = tmp_path / "c"
    shutil.copytree(finished.folder, folder)
    (folder / "outcomes.parquet").unlink()
    shutil.rmtree(folder / "runs" / "fast-takedown" / "0001")
    (folder / "runs" / "all-combined" / "0000" / "manifest.json").write_text("{")
    with pytest.raises(ResultError, match="not finished"):
        open_comparison(folder)
    again = run_plan(plan, folder, workers=1, tell=silent)
    assert again.reused == 8
    assert again.outcomes["digest"].tolist() == finished.outcomes["digest"].tolist()


def test_results_of_a_changed_scenario_are_neither_reused_nor_replaced(plan, finished, tmp_path):
    folder = tmp_path / "c"
    shutil.copytree(finished.folder, folder)
    changed = load_experiment(EXPERIMENT, [*SMALL, "behaviour.joining=0.2"]).with_design(pairs=2)
    assert changed.hash() != plan.hash()
    with pytest.raises(ResultError, match=r"holds the comparison .* this is the comparison .*other scenarios"):
        run_plan(changed, folder, workers=1, tell=silent)
    assert open_comparison(folder).outcomes.equals(finished.outcomes)


def test_a_run_whose_table_is_cut_short_or_gone_is_done_again(plan, finished, tmp_path):
    folder = tmp_path / "c"
    shutil.copytree(finished.folder, folder)
    runs = folder / "runs"
    (runs / "laissez-faire" / "0000" / "ticks.parquet").unlink()
    cut = runs / "fast-takedown" / "0001" / "ticks.parquet"
    cut.write_bytes(cut.read_bytes()[:-1])
    again = run_plan(plan, folder, workers=1, tell=silent)
    assert again.reused == 8
    assert len(again.frame("ticks", "laissez-faire", 0)) == len(finished.frame("ticks", "laissez-faire", 0))


def test_fewer_paired_runs_take_nothing_away(plan, finished, tmp_path):
    folder = tmp_path / "c"
    shutil.copytree(finished.folder, folder)
    fewer = run_plan(plan.with_design(pairs=1), folder, workers=1, tell=silent)
    assert (fewer.reused, fewer.pairs) == (10, [0, 1])
    assert open_comparison(folder).outcomes["digest"].tolist() == finished.outcomes["digest"].tolist()


def test_a_comparison_reads_back_from_its_folder_alone(finished):
    again = open_comparison(finished.folder)
    assert again.differences() == finished.differences()
    assert sentences(again) == sentences(finished)
    assert json.loads((finished.folder / "differences.json").read_text())[0]["pairs"] == 2


def test_an_arm_that_does_nothing_differs_by_exactly_zero(tmp_path):
    path = tmp_path / "experiments" / "e.yaml"
    path.parent.mkdir()
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    path.write_text(
        "scenario: ../scenarios/telegram.yaml\narms:\n"
        "  a: {policy: ../scenarios/policies/laissez-faire.yaml}\n"
        "  b: {policy: ../scenarios/policies/laissez-faire.yaml, set: {policy.labels.belief_factor: 0.5}, title: b}\n"
        "design: {pairs: 2}\n"
    )
    done = run_plan(load_experiment(path, SMALL), tmp_path / "c", workers=1, tell=silent)
    assert all(row["difference"] == 0 and row["low"] == row["high"] == 0 for row in done.differences())
    assert "the same under b and laissez-faire in every pair" in sentences(done)[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("scenario: ../scenarios/telegram.yaml\narms: {a: {}}", "number of entries must be at least 2"),
        ("scenario: ../scenarios/nix.yaml\narms: {a: {}, b: {}}", r"e.yaml:1:11: scenario: no such file"),
        ("scenario: ../../x.yaml\narms: {a: {}, b: {}}", "leaves the folder"),
        ("scenario: ../scenarios/telegram.yaml\nreference: c\narms: {aa: {}, b: {}}", "unknown arm 'c'"),
        (
            "scenario: ../scenarios/telegram.yaml\narms: {a: {}, b: {}}\noutcomes: [harmful_veiws]",
            "did you mean 'harmful_views'",
        ),
        ("scenario: ../scenarios/telegram.yaml\narms: {a/b: {}, b: {}}", "name of an arm is made of"),
        (
            "scenario: ../scenarios/telegram.yaml\narms: {a: {}, b: {policy: ../scenarios/policies/x.yaml}}",
            r"e.yaml:2:27: arms.b.policy",
        ),
        (
            "scenario: ../scenarios/telegram.yaml\narms: {a: {}, b: {set: {policy.x: 1}}}",
            r"e.yaml:2:35: policy.x: unknown key|e.yaml:2:\d+",
        ),
    ],
)
def test_bad_experiments_get_messages_at_their_places(tmp_path, text, message):
    path = tmp_path / "experiments" / "e.yaml"
    path.parent.mkdir()
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    path.write_text(text)
    with pytest.raises(ScenarioError, match=message):
        load_experiment(path)


def test_arms_must_share_world_and_time(tmp_path):
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    other = tmp_path / "scenarios" / "other.yaml"
    other.write_text("extends: telegram.yaml\nworld: {users: 100}")
    with pytest.raises(InputError, match="arms differ in `world`"):
        plan_of_scenarios([tmp_path / "scenarios" / "telegram.yaml", other], [])
    with pytest.raises(InputError, match="at least two scenario files"):
        plan_of_scenarios([other], [])


def test_nothing_of_the_users_is_overwritten(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(ResultError, match="holds no Rumorlab results"), new_folder(tmp_path / "mine"):
        pass
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "x"


def test_a_folder_appears_whole_or_not_at_all(tmp_path):
    with pytest.raises(RuntimeError), new_folder(tmp_path / "r") as folder:
        (folder / "half").write_text("x")
        raise RuntimeError("killed")
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_amid_a_file_leaves_nothing_behind_and_the_old_one_whole(tmp_path):
    path = tmp_path / "t"
    write_text(path, "whole")
    with pytest.raises(KeyboardInterrupt), new_file(path) as file:
        file.write(b"half")
        file.flush()
        raise KeyboardInterrupt
    assert [p.name for p in tmp_path.iterdir()] == ["t"]
    assert path.read_text() == "whole"


def test_the_command_that_repeats_a_comparison_holds_all_that_was_set(plan, finished):
    command = plan.command()
    assert "--seeds 2 --seed 1" in command
    assert "--set world.users=300 --set time.days=4" in command
    assert open_comparison(finished.folder).plan.overrides == tuple(SMALL)


def test_a_damaged_folder_is_refused_with_a_reason(finished, tmp_path):
    folder = tmp_path / "c"
    shutil.copytree(finished.folder, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "outcomes.parquet").write_bytes(b"PAR1 broken")
    with pytest.raises(ResultError, match="cannot be read"):
        open_comparison(folder)
    for damage, message in (
        ({"arms": {"a": {}}}, "damaged"),
        ({"schema": 99}, "another version"),
        ({"what": "run"}, "holds a run"),
    ):
        write_manifest(folder, {**manifest, **damage})
        with pytest.raises((ResultError, InputError), match=message):
            open_comparison(folder)


def test_the_shipped_schema_of_experiments_is_that_of_the_model():
    shipped = json.loads((ROOT / "experiments" / "experiment.schema.json").read_text())
    assert shipped == schema_of(Experiment), "make docs"
    first = EXPERIMENT.read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=experiment.schema.json"


def test_arms_are_named_by_their_policies_and_never_alike(tmp_path):
    (tmp_path / "s.yaml").write_text("world: {users: 50}\n")
    later = "{from: day 3, policy: {title: strict}}"
    arms = ["one: {}", "two: {}", "four: {title: mine}", f"three: {{set: {{phases: [{later}]}}}}"]
    (tmp_path / "e.yaml").write_text("scenario: s.yaml\narms:\n" + "".join(f"  {arm}\n" for arm in arms))
    titles = [arm.title for arm in load_experiment(tmp_path / "e.yaml").arms]
    assert titles == ["one", "two", "mine", "no moderation then strict"]
