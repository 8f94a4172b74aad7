"""Memory is estimated before it is asked for; a run that would not fit is one sentence that says what would."""

import json
import os
import subprocess
import sys

import pytest

from sim.errors import InputError
from sim.experiment import memory
from sim.experiment.compare import run_plan
from sim.experiment.memory import check_memory, estimated_mb, limit_mb
from sim.experiment.plan import load_experiment
from sim.experiment.run import run_scenario
from sim.scenario.load import load_scenario
from tests.small import ROOT

MEASURED = [
    # users, days, what else is set, peak of the process (MB) measured on a machine with two cores
    (5_000, 30, (), 328),
    (100_000, 30, (), 482),
    (100_000, 90, (), 603),
    (300_000, 10, (), 557),
    (300_000, 30, (), 718),
    (100_000, 30, ("content.streams.news.per_1000_users_day=50",), 738),
    (200_000, 10, ("world.groups.per_1000_users=150",), 488),
]
ONE = """
import json, sys, tempfile
from pathlib import Path
from sim.experiment.run import run_to_folder
from sim.scenario.load import load_scenario
loaded = load_scenario(Path("scenarios/telegram.yaml"), sys.argv[1:])
with tempfile.TemporaryDirectory() as folder:
    print(run_to_folder(loaded.scenario, 1, root=loaded.root, folder=Path(folder) / "run").peak_memory_mb)
"""


def telegram(*sets):
    return load_scenario(ROOT / "scenarios" / "telegram.yaml", list(sets)).scenario


@pytest.mark.parametrize(("users", "days", "sets", "peak"), MEASURED)
def test_the_estimate_is_within_a_quarter_of_what_was_measured(users, days, sets, peak):
    assert estimated_mb(telegram(f"world.users={users}", f"time.days={days}", *sets)) == pytest.approx(peak, rel=0.25)


@pytest.mark.slow
@pytest.mark.parametrize("sets", [("world.users=2000", "time.days=5"), ("world.users=120000", "time.days=10")])
def test_the_estimate_is_within_a_quarter_of_what_a_run_takes_here(sets):
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", ONE, *sets], capture_output=True, text=True, env=env, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert estimated_mb(telegram(*sets)) == pytest.approx(json.loads(done.stdout), rel=0.25)


@pytest.mark.parametrize("what", ["world.users=10000", "time.days=60", "world.groups.per_1000_users=200"])
def test_the_estimate_grows_with_users_days_and_venues(what):
    assert estimated_mb(telegram(what)) > estimated_mb(telegram())


def test_a_run_that_does_not_fit_is_one_sentence_with_what_would(monkeypatch):
    monkeypatch.setattr(memory, "limit_mb", lambda: (2048.0, "this machine"))
    with pytest.raises(
        InputError, match=r"needs about 13.* GB of memory, and this machine has 2.0 GB: about 1,\d+,\d+ "
    ):
        run_scenario(telegram("world.users=10000000"), 1, root=ROOT)


def test_more_workers_than_fit_are_refused_before_anything_runs(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "limit_mb", lambda: (2048.0, "its control group (cgroup)"))
    plan = load_experiment(ROOT / "experiments" / "forward-limit.yaml", ["world.users=100000"])
    with pytest.raises(InputError, match=r"8 runs side by side need .* control group .* 3 fit \(--workers 3\)"):
        run_plan(plan, tmp_path / "c", workers=8, tell=lambda *a: None)
    check_memory([arm.scenario for arm in plan.arms], 3)


@pytest.mark.parametrize(
    ("said", "files", "limit"),
    [
        ("0::/a/b\n", {"a/memory.max": "max", "a/b/memory.max": str(512 * 1024**2)}, 512.0),
        ("0::/a/b\n", {"a/memory.max": str(256 * 1024**2), "a/b/memory.max": "max"}, 256.0),
        ("9:cpu:/x\n4:memory:/x\n", {"memory/x/memory.limit_in_bytes": str(128 * 1024**2)}, 128.0),
    ],
)
def test_limits_of_control_groups_are_read_in_both_versions(tmp_path, said, files, limit):
    (tmp_path / "own").write_text(said)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert min(memory._group_limits(tmp_path, tmp_path / "own")) == limit


def test_there_is_a_limit_here():
    mb, whose = limit_mb()
    assert mb > 100
    assert whose


def test_memory_that_runs_out_is_one_sentence(monkeypatch, capsys):
    import sim.__main__
    import sim.cli

    def short(standalone_mode):
        bytearray(1 << 60)

    monkeypatch.setattr(sim.cli, "app", short)
    monkeypatch.setattr(sim.__main__.signal, "signal", lambda *a: None)
    with pytest.raises(SystemExit) as ended:
        sim.__main__.main()
    assert ended.value.code == 2
    err = capsys.readouterr().err
    assert err.startswith("rumorlab: memory ran out (")
    assert err.count("\n") == 1
