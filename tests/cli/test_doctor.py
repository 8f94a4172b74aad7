"""The installation: doctor, and the wheel by itself in an empty folder."""

import json
import os
import subprocess
import sys
import zipfile

import pytest

from sim.cli import doctoring
from tests.cli.test_results import rumorlab as command
from tests.small import ROOT


def test_doctor_finds_this_installation_well():
    done = command("doctor", "--json")
    assert done.exit_code == 0, done.output
    found = {row["check"]: row for row in json.loads(done.stdout)}
    assert found["self-test, both engines"]["well"]
    assert "analysis: there" in found["extras"]["found"]


def test_doctor_says_what_is_not_well(monkeypatch):
    def broken():
        raise OSError("no room")

    monkeypatch.setattr(doctoring, "CHECKS", (doctoring._python, broken))
    monkeypatch.setenv("RUMORLAB_DATA", "/nowhere/at/all")
    assert doctoring._data()[1] is False
    done = command("doctor")
    assert done.exit_code == 1
    assert "no room" in done.output


@pytest.mark.slow
def test_the_wheel_alone_in_an_empty_folder_runs(tmp_path):
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "-q",
        "-w",
        str(tmp_path),
        str(ROOT),
    ]
    made = subprocess.run(build, capture_output=True, text=True, timeout=300)
    assert made.returncode == 0, made.stderr
    (wheel,) = tmp_path.glob("rumorlab-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "sim/shipped/scenarios/regimes/eu-dsa.yaml" in names
    assert "sim/dashboard/assets/dashboard.css" in names
    assert "sim/report/style.css" in names
    home, empty = tmp_path / "home", tmp_path / "empty"
    empty.mkdir()
    install = [sys.executable, "-m", "pip", "install", "--no-deps", "-q", "--target", str(home), str(wheel)]
    assert subprocess.run(install, capture_output=True, timeout=300).returncode == 0
    kept = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG", "TMPDIR")}
    own = {**kept, "PYTHONPATH": str(home), "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    (tmp_path / "cache").mkdir()

    def run(*words):
        code = (
            f"import sim; assert sim.__file__.startswith({str(home)!r}), sim.__file__; from sim.__main__ "
            "import main; main()"
        )
        return subprocess.run(
            [sys.executable, "-c", code, *words], cwd=empty, env=own, capture_output=True, text=True, timeout=600
        )

    done = run("doctor", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    demo = run("demo", "--set", "world.users=500", "--set", "time.days=10", "--workers", "2", "--json")
    assert demo.returncode == 0, demo.stderr
    said = json.loads(demo.stdout)
    assert len(said["answer"]) >= 5
    assert (empty / said["report"]).is_file()
