"""Workers: one that dies costs its own run a retry and no other; a failed run does not end the others."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.errors import RunError
from sim.experiment import compare
from sim.experiment.answer import interval_words
from sim.experiment.comparison import open_comparison
from sim.experiment.dispatch import Lost, done_by
from sim.experiment.executors import Here, processes
from sim.experiment.plan import load_experiment
from sim.registry import OUTCOMES
from tests.experiment.dying import task
from tests.experiment.test_sweep import EXPERIMENT, SCENARIO
from tests.small import ROOT

COMPARED = EXPERIMENT.split("space:")[0] + "design: {pairs: 3}\noutcomes: [harm]\n"


@pytest.fixture
def plan(tmp_path):
    (tmp_path / "tiny.yaml").write_text(SCENARIO)
    (tmp_path / "compared.yaml").write_text(COMPARED)
    return load_experiment(tmp_path / "compared.yaml")


def test_a_worker_that_dies_costs_its_own_task_a_retry_and_no_other(tmp_path):
    once = ("once", str(tmp_path / "note"))
    tasks = ["a", "dies", "b", once, "killed", "c", "leaves", "fails", "d"]
    found = dict(done_by(tasks, task, processes(2), 2))
    assert set(found) == set(tasks), "all are answered"
    assert all(isinstance(found[name], int) for name in "abcd")
    assert found[once] == "second time"
    assert isinstance(found["dies"], Lost)
    assert "exit code 7" in str(found["dies"])
    assert "SIGKILL, as when memory runs out" in str(found["killed"])
    assert isinstance(found["leaves"], SystemExit)
    assert isinstance(found["fails"], ValueError)


def test_memory_that_runs_out_is_tried_twice_and_then_recorded():
    tried = []

    def short(what):
        tried.append(what)
        raise MemoryError

    ((_, found),) = done_by(["a"], short, Here, 1)
    assert tried == ["a", "a"]
    assert "memory ran out" in str(found)


def _breaks(where):
    """Stand for a run that cannot be finished."""

    def run(*args, folder, extra, **more):
        if (extra["arm"], extra["pair"]) in where:
            raise SystemExit(3) if extra["pair"] == 1 else ZeroDivisionError("nothing there")
        return original(*args, folder=folder, extra=extra, **more)

    original = compare.run_to_folder
    return run


def test_a_comparison_of_which_runs_fail_is_finished_and_says_on_how_many_pairs_it_stands(plan, tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(compare, "run_to_folder", _breaks({("strict", 1)}))
        made = compare.run_plan(plan, tmp_path / "c", workers=1, tell=lambda *a: None)
    assert made.pairs == [0, 2]
    assert len(made.values("strict", "harm")) == len(made.values("none", "harm")) == 2
    assert "the answer stands on 2 of 3 paired runs (without 2)" in interval_words(made)
    assert "SystemExit: 3" in interval_words(made)
    again = open_comparison(tmp_path / "c")
    assert again.pairs == [0, 2]
    assert again.failures == made.failures
    whole = compare.run_plan(plan, tmp_path / "c", workers=1, tell=lambda *a: None)
    assert (whole.reused, whole.pairs, whole.failures) == (5, [0, 1, 2], ())
    assert "stands on" not in interval_words(whole)


def test_a_comparison_of_which_no_pair_is_left_says_why(plan, tmp_path, monkeypatch):
    monkeypatch.setattr(compare, "run_to_folder", _breaks({("none", 0), ("strict", 1), ("strict", 2)}))
    with pytest.raises(RunError, match=r"no paired run of 3 could be finished(.|\n)*nothing there(.|\n)*repeat: "):
        compare.run_plan(plan, tmp_path / "c", workers=1, tell=lambda *a: None)


def test_system_exit_in_an_outcome_is_a_failed_run_of_a_sweep(tmp_path, monkeypatch):
    from tests.experiment.test_sweep import go

    (tmp_path / "tiny.yaml").write_text(SCENARIO)
    path = tmp_path / "swept.yaml"
    path.write_text(EXPERIMENT)

    def leaves(record):
        raise SystemExit(5)

    spec = OUTCOMES["harm"]
    monkeypatch.setitem(OUTCOMES, "harm", type(spec)(spec.name, spec.words, spec.unit, spec.better, leaves))
    made = go(path, tmp_path / "out", only=lambda run: run.point == 0)
    assert (made.told.failed, made.told.done) == (4, 0)
    assert made.runs["error"].str.contains("SystemExit: 5").all()


GUARDLESS = """
import sim

{outcome}
made = sim.compare({path!r}, pairs=2, workers=2, out={out!r})
print(len(made.runs), list(made.runs.columns).count("mine"), flush=True)
"""
OUTCOME = """
@sim.outcome("a number of mine", unit="number", better="neither")
def mine(record):
    return 1.0
"""


@pytest.mark.slow
@pytest.mark.parametrize("outcome", ["", OUTCOME.replace("sim.outcome", "sim.extension.outcome")])
def test_a_script_without_a_main_guard_runs_with_workers(plan, tmp_path, outcome):
    script = tmp_path / "script.py"
    text = GUARDLESS.format(outcome=outcome, path=str(tmp_path / "compared.yaml"), out=str(tmp_path / "c"))
    script.write_text("import sim.extension\n" + text)
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, env=env, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["4", "1" if outcome else "0"]


def _sleeping(pid):
    return subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()


PARENT = """
import time
from sim.experiment.workers import Workers
pool = Workers(2)
futures = [pool.submit(time.sleep, 600) for _ in range(2)]
print("going", flush=True)
time.sleep(600)
"""


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_workers_end_within_five_seconds_of_a_parent_that_was_killed():
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, env=env)
    assert parent.stdout is not None
    parent.stdout.readline()
    until = time.monotonic() + 60
    while len(workers := _sleeping(parent.pid)) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(1.0)
    assert all(map(_alive, workers))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until = time.monotonic() + 5
    while any(map(_alive, workers)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(_alive, workers))


def test_failed_runs_end_the_command_with_one_and_are_in_its_json(plan, tmp_path, monkeypatch):
    from tests.cli.test_wishes import rumorlab

    monkeypatch.setattr(compare, "run_to_folder", _breaks({("strict", 0)}))
    words = ("compare", tmp_path / "compared.yaml", "--workers", "1", "--out", tmp_path / "c", "--json")
    done = rumorlab(*words)
    assert done.exit_code == 1
    said = json.loads(done.stdout)
    assert said["pairs"] == 2
    assert said["failed"][0]["pair"] == 0
    assert "to repeat: rumorlab compare" in done.stderr
