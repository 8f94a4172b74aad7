"""Sweeps: the same bytes however they are run, resumed where they stopped, and nothing lost whatever happens."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from scipy.stats import qmc

from sim.errors import DataError, InputError, ResultError, ScenarioError
from sim.experiment import answers
from sim.experiment import space as spaces
from sim.experiment.batch import work
from sim.experiment.dispatch import results
from sim.experiment.executors import Here, chosen, processes
from sim.experiment.merge import merge_results
from sim.experiment.plan import load_experiment
from sim.experiment.points import batches_of, points_of, runs_of
from sim.experiment.results import RUNS, Store, open_results
from sim.experiment.space import Interval
from sim.experiment.sweep import sweep
from tests.processes import started
from tests.small import ROOT

EXPERIMENT = """
name: tiny
scenario: tiny.yaml
reference: none
arms:
  none: {}
  strict: {set: {policy.terms: {conspiracy: {strike: true}}, policy.moderation.reviewers.count: 5000}}
space:
  policy.moderation.takedown.delay: [1 h, 2 days]
  behaviour.joining: {low: 0.01, high: 0.5, levels: 2}
design: {pairs: 2}
outcomes: [harm, lawful_removed]
"""
DEGREES = "world.contacts.degree: [4, 200]"
SCENARIO = """
time: {days: 3}
world: {users: 150, persons_per_user: 100}
content: {streams: {a: {content: conspiracy, per_1000_users_day: 60}}}
behaviour: {reporting: {conspiracy: 1.0}}
"""


@pytest.fixture
def study(tmp_path):
    (tmp_path / "tiny.yaml").write_text(SCENARIO)
    path = tmp_path / "tiny-experiment.yaml"
    path.write_text(EXPERIMENT)
    return path


def go(path, out, *, workers=1, **options):
    plan = load_experiment(path)
    with chosen(workers, None) as (make, room):
        return sweep(plan, out, make=make, room=room, **options)


def bytes_of(folder):
    return (folder / RUNS).read_bytes()


# Designs


def test_grids_and_one_at_a_time_take_every_value():
    space = {
        "a": (1, 2, 3),
        "b": Interval(low=1.0, high=100.0, scale="log", levels=3),
        "c": Interval(low=1, high=2, levels=2, whole=True, unit="h"),
    }
    grid = spaces.grid(space)
    assert len(grid) == 3 * 3 * 2
    assert grid[0] == {"a": 1, "b": 1.0, "c": "1 h"}
    assert sorted({point["b"] for point in grid}) == [1.0, 10.0, 100.0]
    single = spaces.one_at_a_time(space)
    assert len(single) == 1 + 3 + 3 + 2
    assert single[0] == {}
    assert all(len(point) == 1 for point in single[1:])
    with pytest.raises(InputError, match="at most"):
        spaces.grid({str(i): tuple(range(10)) for i in range(7)})


def test_a_latin_hypercube_has_one_sample_in_each_part_of_each_axis():
    u = spaces.latin_quantiles(50, 3, 7)
    for j in range(3):
        assert sorted((u[:, j] * 50).astype(int)) == list(range(50))
    assert (u == spaces.latin_quantiles(50, 3, 7)).all()
    assert (u != spaces.latin_quantiles(50, 3, 8)).any()
    assert qmc.discrepancy(u) < qmc.discrepancy(np.random.default_rng(1).random((50, 3))) * 1.5


def test_sobol_designs_have_their_size_and_ask_for_a_power_of_two():
    space = {"a": Interval(low=0, high=1), "b": (1, 2)}
    assert len(spaces.sobol(space, 16, 1, second_order=False)) == 16 * 4
    assert len(spaces.sobol(space, 16, 1, second_order=True)) == 16 * 6
    assert {point["b"] for point in spaces.sobol(space, 16, 1, second_order=False)} == {1, 2}
    with pytest.raises(InputError, match="power of 2"):
        spaces.sobol(space, 20, 1, second_order=False)


def test_a_table_of_points_is_read_as_yaml_and_mistakes_are_told(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("behaviour.joining,policy.moderation.takedown.delay\n0.1,1 h\n0.2,2 days\n")
    assert spaces.read_table(path, "points.csv")[1] == {
        "behaviour.joining": 0.2, "policy.moderation.takedown.delay": "2 days"
    }  # fmt: skip
    path.write_text("a,b\n1\n")
    with pytest.raises(DataError, match=r"points\.csv:2: has 1 values"):
        spaces.read_table(path, "points.csv")
    path.write_text("a,b\n")
    with pytest.raises(DataError, match="needs a header"):
        spaces.read_table(path, "points.csv")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("behaviour.joining: {low: 0.01", "behaviour.joning: {low: 0.01"),
        ("[1 h, 2 days]", "[1 h, soon]"),
        ("levels: 2}", "levels: 2, low: 3}"),
    ],
)
def test_a_wrong_value_of_the_space_is_found_before_anything_runs(study, tmp_path, change, words):
    study.write_text(EXPERIMENT.replace(change, words))
    with pytest.raises(ScenarioError) as error:
        go(study, tmp_path / "out")
    assert "joning" in str(error.value) or "duration" in str(error.value) or "given twice" in str(error.value)
    assert not (tmp_path / "out").exists()


# Running


@pytest.mark.slow
def test_the_same_bytes_whatever_runs_it(study, tmp_path):
    one = go(study, tmp_path / "one")
    assert len(one.runs) == 4 * 2 * 2
    assert (one.runs["status"] == "done").all()
    go(study, tmp_path / "two", workers=2)
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")
    for number in (1, 2, 3):
        go(study, tmp_path / f"shard{number}", shard=(number, 3))
    merged, notes = merge_results([tmp_path / f"shard{number}" for number in (1, 2, 3)], tmp_path / "merged")
    assert (len(merged), notes) == (16, [])
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "merged")
    partly, notes = merge_results([tmp_path / "shard1", tmp_path / "shard2"], tmp_path / "partly")
    assert len(partly) < 16
    assert "not there yet" in notes[0]


def test_runs_are_those_that_compare_would_do(study, tmp_path):
    from sim.experiment.run import run_scenario

    runs = go(study, tmp_path / "one").runs
    row = runs.iloc[5]
    plan = load_experiment(study, [part for part in row["set"].split("; ") if part])
    scenario = next(arm.scenario for arm in plan.arms if arm.name == row["arm"])
    seeds = int(row["seed"]), int(row["world_seed"])
    assert run_scenario(scenario, *seeds, root=plan.root).record.digest == row["digest"]


def test_runs_of_one_world_lie_in_batches_together(study):
    study.write_text(EXPERIMENT.replace("behaviour.joining", "world.affinity.topic"))
    plan = load_experiment(study)
    points = points_of(plan)
    made = batches_of(plan, points, runs_of(plan, points, range(2)), 1)
    for batch in made:
        worlds = {(run.world_seed, batch.points[run.point]["world.affinity.topic"]) for run in batch.runs}
        assert len(worlds) == 1
    assert len(made) >= 4


def test_resuming_runs_what_is_missing_and_says_so(study, tmp_path):
    out = tmp_path / "out"
    whole = go(study, out)
    before = bytes_of(out)
    with pytest.raises(ResultError, match="holds results already"):
        go(study, out)
    again = go(study, out, resume=True)
    assert (again.told.reused, again.told.done) == (16, 0)
    table = pq.read_table(out / RUNS)
    pq.write_table(table.slice(0, 10), out / RUNS)
    more = go(study, out, resume=True)
    assert (more.told.reused, more.told.done) == (10, 6)
    assert bytes_of(out) == before
    assert whole.runs.equals(more.runs)


def test_more_pairs_reuse_those_that_are_there(study, tmp_path):
    go(study, tmp_path / "out")
    study.write_text(EXPERIMENT.replace("pairs: 2", "pairs: 3"))
    more = go(study, tmp_path / "out", resume=True)
    assert (more.told.reused, more.told.done) == (16, 8)


def test_a_changed_scenario_is_another_wish_and_its_runs_are_not_mixed_with_those_there(study, tmp_path):
    go(study, tmp_path / "out")
    before = bytes_of(tmp_path / "out")
    (tmp_path / "tiny.yaml").write_text(SCENARIO.replace("days: 3", "days: 2"))
    with pytest.raises(ResultError, match=r"holds the sweep 'tiny'.*and this is the sweep 'tiny'.*other scenarios"):
        go(study, tmp_path / "out", resume=True)
    assert bytes_of(tmp_path / "out") == before


def test_a_failed_run_is_recorded_with_its_reason_and_does_not_end_the_sweep(study, tmp_path):
    broken = "{contacts: {kind: random-regular, degree: 149}, users: 150, persons_per_user: 100}"
    (tmp_path / "tiny.yaml").write_text(SCENARIO.replace("{users: 150, persons_per_user: 100}", broken))
    study.write_text(EXPERIMENT.replace("behaviour.joining: {low: 0.01, high: 0.5, levels: 2}", DEGREES))
    made = go(study, tmp_path / "out")
    bad = made.runs[made.runs["status"] == "failed"]
    assert len(bad) == 8
    assert set(bad["set"].str.contains("degree=200")) == {True}
    assert bad["error"].str.contains("must be below the number of users").all()
    assert made.told.failed == 8
    assert bad["harm"].isna().all()
    assert bad["command"].str.contains("--point 1 --arm none --pair 0 ").any()
    one = go(study, tmp_path / "out", resume=True, only=lambda run: run.point == 1 and run.arm == "none")
    assert (one.told.reused, one.told.failed, len(one.runs)) == (8, 2, 16)
    again = go(study, tmp_path / "out", resume=True)
    assert (again.told.reused, again.told.failed) == (8, 8), "what failed is tried again"


def test_results_of_another_layout_are_refused_with_the_reason(study, tmp_path):
    go(study, tmp_path / "out")
    table = pq.read_table(tmp_path / "out" / RUNS)
    pq.write_table(table.replace_schema_metadata({"rumorlab_layout": "99"}), tmp_path / "out" / RUNS)
    with pytest.raises(ResultError, match="layout 99, not 1"):
        open_results(tmp_path / "out")


@pytest.mark.slow
def test_tables_that_are_kept_name_their_run(study, tmp_path):
    study.write_text(EXPERIMENT + "keep: [ticks, cases]\n")
    made = go(study, tmp_path / "out", workers=2)
    ticks = pd.read_parquet(tmp_path / "out" / "tables" / "ticks.parquet")
    assert set(ticks.columns[:3]) == {"point", "arm", "pair"}
    assert len(ticks) == 16 * 72 * 11
    table = pq.read_table(tmp_path / "out" / RUNS)
    pq.write_table(table.slice(0, 12), tmp_path / "out" / RUNS)
    go(study, tmp_path / "out", resume=True)
    again = pd.read_parquet(tmp_path / "out" / "tables" / "ticks.parquet")
    assert again.equals(ticks), "runs that are done again are not there twice"
    views = ticks.groupby(["point", "arm", "pair"])["views"].sum()
    assert len(views) == len(made.runs)
    found = answers.bands(ticks, "views", classes=("conspiracy",))
    assert len(found) == 2 * 72
    assert (found[0.05] <= found[0.95]).all()
    one = ticks[(ticks["arm"] == "none") & (ticks["tick"] == 40) & (ticks["class"] == "conspiracy")]
    median = found.loc[(found["arm"] == "none") & (found["tick"] == 40), 0.5].item()
    assert median == one.groupby(["point", "pair"])["views"].sum().median()


def test_pairs_are_added_where_a_difference_is_not_clear(study, tmp_path):
    until = "design: {pairs: 2, until: {outcome: lawful_removed, half_width: 30, max_pairs: 9}}"
    study.write_text(EXPERIMENT.replace("design: {pairs: 2}", until))
    made = go(study, tmp_path / "out")
    pairs = made.runs.groupby("point")["pair"].nunique()
    assert pairs.max() > 2
    assert pairs.max() <= 9
    again = go(study, tmp_path / "out", resume=True)
    assert (again.told.done, len(again.runs)) == (0, len(made.runs))


# Accidents


def _command(study, out, *more):
    return [sys.executable, "-m", "sim", "sweep", str(study), "--out", str(out), "--quiet", "--workers", "2", *more]


def _started(study, out):
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    child = started(_command(study, out), cwd=study.parent, env=env, stdout=None, text=True)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and child.poll() is None:
        if list((out / "parts" / "runs").glob("*.parquet")):
            return child
        time.sleep(0.02)
    raise AssertionError(f"nothing came: {child.stderr.read() if child.stderr else ''}")


@pytest.fixture
def longer(study):
    text = EXPERIMENT.replace("levels: 2", "levels: 12").replace("pairs: 2", "pairs: 6")
    study.write_text(text)
    return study


@pytest.mark.slow
def test_kill_9_of_the_parent_loses_nothing_that_was_done(longer, tmp_path):
    out = tmp_path / "out"
    child = _started(longer, out)
    os.killpg(child.pid, signal.SIGKILL)
    child.communicate()
    done = len(Store(out).runs())
    assert 0 < done < 288
    again = go(longer, out, resume=True)
    assert again.told.reused == done
    assert len(again.runs) == 288
    go(longer, tmp_path / "undisturbed", workers=2)
    assert bytes_of(out) == bytes_of(tmp_path / "undisturbed")


@pytest.mark.slow
def test_kill_9_of_a_worker_costs_nothing_but_time(longer, tmp_path):
    out = tmp_path / "out"
    child = _started(longer, out)
    workers = subprocess.run(
        ["pgrep", "-P", str(child.pid), "-f", "experiment.workers"], capture_output=True, text=True
    )
    os.kill(int(workers.stdout.split()[0]), signal.SIGKILL)
    _, err = child.communicate(timeout=300)
    assert child.returncode == 0, err
    _, runs = open_results(out)
    assert len(runs) == 288
    assert (runs["status"] == "done").all()


@pytest.mark.slow
def test_ctrl_c_stops_cleanly_and_the_same_command_goes_on(longer, tmp_path):
    out = tmp_path / "out"
    child = _started(longer, out)
    os.killpg(child.pid, signal.SIGINT)
    _, err = child.communicate(timeout=120)
    assert child.returncode == 130
    assert "Traceback" not in err
    assert "--resume" in err
    assert not list(out.rglob("*.tmp"))
    assert go(longer, out, resume=True).told.reused > 0


class _Killed(Here):
    """Stands for a pool whose worker dies over one run."""

    bad = 0

    def submit(self, fn, /, *args, **kwargs):
        from concurrent.futures import BrokenExecutor, Future

        if any(run.point == 1 and run.arm == "strict" for run in args[0].runs):
            _Killed.bad += 1
            future = Future()
            future.set_exception(BrokenExecutor("killed"))
            return future
        return super().submit(fn, *args, **kwargs)


def test_a_run_that_kills_its_worker_is_found_and_recorded(study):
    plan = load_experiment(study)
    points = points_of(plan)
    batches = batches_of(plan, points, runs_of(plan, points, range(1)), 1)
    rows = [row for done in results(batches, _Killed, 1) for row in done.rows]
    assert len(rows) == 8
    failed = [row for row in rows if row["status"] == "failed"]
    assert [(row["point"], row["arm"]) for row in failed] == [(1, "strict")]
    assert "the worker died" in failed[0]["error"]


def test_a_damaged_part_is_set_aside_and_its_runs_are_done_again(study, tmp_path):
    out = tmp_path / "out"
    plan = load_experiment(study)
    points = points_of(plan)
    store = Store(out)
    from sim.experiment.sweep import manifest_of

    store.begin(manifest_of(plan, points, "", ""), study.read_text())
    for batch in batches_of(plan, points, runs_of(plan, points, range(2)), 1)[:3]:
        store.add(work(batch))
    part = sorted((out / "parts" / "runs").glob("*.parquet"))[0]
    part.write_bytes(part.read_bytes()[:100])
    made = go(study, out, resume=True)
    assert any("damaged part was set aside" in note for note in made.told.notes)
    assert len(made.runs) == 16
    go(study, tmp_path / "sound")
    assert bytes_of(out) == bytes_of(tmp_path / "sound")


@pytest.mark.slow
def test_a_full_disk_gives_one_message_and_keeps_what_was_done(longer, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(small)], capture_output=True).returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        done = subprocess.run(
            _command(longer, small / "out"), cwd=tmp_path, capture_output=True, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert done.returncode == 2
        assert "No space left on device" in done.stderr
        assert "Traceback" not in done.stderr
        kept = len(Store(small / "out").runs())
        assert kept > 0
        shutil.copytree(small / "out", tmp_path / "out")
    finally:
        subprocess.run(["umount", str(small)], check=True)
    assert go(longer, tmp_path / "out", resume=True).told.reused == kept


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_gives_one_message(study, tmp_path):
    locked = tmp_path / "locked"
    locked.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(locked)], capture_output=True).returncode:
        pytest.skip("a read-only disk cannot be mounted here")
    try:
        done = subprocess.run(
            _command(study, locked / "out"), cwd=tmp_path, capture_output=True, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    finally:
        subprocess.run(["umount", str(locked)], check=True)
    assert done.returncode == 2
    assert "Read-only file system" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_dask_scheduler_with_two_workers_gives_the_same_bytes(study, tmp_path):
    env = {**os.environ, "PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__ADMIN__TICK__LIMIT": "1h"}
    file = tmp_path / "scheduler.json"
    common = ["--scheduler-file", str(file), "--no-dashboard"]
    start = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", *common]
    children = [subprocess.Popen(start, env=env, stderr=subprocess.DEVNULL, cwd=tmp_path)]
    try:
        deadline = time.monotonic() + 60
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        address = json.loads(file.read_text())["address"]
        for _ in range(2):
            worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard",
                      "--host", "127.0.0.1"]  # fmt: skip
            children.append(subprocess.Popen(worker, env=env, stderr=subprocess.DEVNULL, cwd=tmp_path))
        out = tmp_path / "dask"
        done = subprocess.run(
            [*_command(study, out)[:-2], "--dask", address],
            cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    finally:
        for child in children:
            child.terminate()
            child.wait()
    go(study, tmp_path / "here")
    assert bytes_of(out) == bytes_of(tmp_path / "here")


@pytest.mark.slow
def test_an_address_where_nobody_answers_is_one_message():
    with pytest.raises(InputError, match="no scheduler answers"), chosen(1, "tcp://127.0.0.1:1"):
        pass


def test_processes_can_be_made_again():
    with processes(1)() as pool:
        assert pool.submit(abs, -3).result() == 3
