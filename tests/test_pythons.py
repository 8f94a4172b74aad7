"""Other Pythons with the newest of everything: the wheel alone is well there, and the same run has the same digest."""

import json
import os
import subprocess
import sys

import pytest

import sim
from tests.bounds import EXTRAS, OFFLINE, SHORT, Offline, install, lowest, python_for, try_out, wanted
from tests.pythons import SUPPORTED, interpreter
from tests.small import ROOT

HERE = "{}.{}".format(*sys.version_info)
OTHERS = [version for version in SUPPORTED if version != HERE]
NEWEST = ("rules", "scenario/test_loading.py")
SMALL = ("world.users=500", "time.days=5")


def fake(path, text):
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_an_interpreter_is_found_behind_a_shim_that_fails(tmp_path, monkeypatch):
    fake(tmp_path / "shims" / "python3.99", "exit 127")
    monkeypatch.setenv("PATH", str(tmp_path / "shims"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    assert interpreter("3.99") is None
    fake(tmp_path / "pyenv" / "versions" / "3.99.0" / "bin" / "python3.99", "echo 3.98")
    assert interpreter("3.99") is None, "another version behind the name is not taken"
    works = fake(tmp_path / "pyenv" / "versions" / "3.99.1" / "bin" / "python3.99", "echo 3.99")
    assert interpreter("3.99") == works


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q", "-w", str(folder)]
    made = subprocess.run([*build, str(ROOT)], capture_output=True, text=True, timeout=300)
    assert made.returncode == 0, made.stderr
    (file,) = folder.glob("rumorlab-*.whl")
    return file


@pytest.mark.slow
@pytest.mark.parametrize("version", OTHERS)
def test_the_wheel_with_the_newest_of_everything_gives_the_same_digest_on_another_python(version, wheel, tmp_path):
    python = interpreter(version)
    if python is None:
        pytest.skip(f"Python {version} was not tried: none was found on the path, in ~/.pyenv or by uv")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "NUMBA", "RUMORLAB"))}
    own = {**kept, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}

    def done(*words):
        return subprocess.run(words, cwd=tmp_path, env=own, capture_output=True, text=True, timeout=900)

    home = tmp_path / "venv"
    made = done(python, "-m", "venv", str(home))
    assert made.returncode == 0, made.stdout + made.stderr
    installed = done(str(home / "bin" / "python"), "-m", "pip", "install", "-q", str(wheel))
    if installed.returncode and any(words in installed.stderr for words in OFFLINE):
        pytest.skip(f"Python {version} was not tried: no package registry can be reached")
    assert installed.returncode == 0, installed.stderr
    rumorlab = str(home / "bin" / "rumorlab")
    well = done(rumorlab, "doctor", "--json")
    assert well.returncode == 0, well.stdout + well.stderr
    sets = [word for wish in SMALL for word in ("--set", wish)]
    ran = done(rumorlab, "run", "scenarios/telegram.yaml", *sets, "--json")
    assert ran.returncode == 0, ran.stderr
    digest = sim.run(ROOT / "scenarios" / "telegram.yaml", overrides=SMALL).digest
    assert json.loads(ran.stdout)["digest"] == digest, json.loads(well.stdout)
    if version == SUPPORTED[-1]:
        tools = done(str(home / "bin" / "python"), "-m", "pip", "install", "-q", "pytest", "pytest-xdist", "hypothesis")
        assert tools.returncode == 0, tools.stderr
        assert try_out(str(home / "bin" / "python"), NEWEST) == 0


def test_a_lower_bound_is_one_release_and_an_upper_bound_has_its_reason_beside_it():
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    for requirement in wanted(*EXTRAS):
        assert "==" in lowest(requirement)
        at = next(number for number, line in enumerate(lines) if f'"{requirement}"' in line)
        assert "<" not in requirement or lines[at - 1].strip().startswith("#"), requirement


@pytest.mark.slow
def test_the_lower_bounds_are_those_that_quick_tests_pass_at(tmp_path):
    """A short set of them; `make lowest` runs all, and `make newest` all with the newest releases."""
    python = python_for("lowest")
    if python is None:
        pytest.skip(f"not tried: no Python {SUPPORTED[0]} was found on the path, in ~/.pyenv or by uv")
    try:
        mine = install("lowest", python, tmp_path / "venv")
    except Offline:
        pytest.skip("not tried: no package registry can be reached")
    assert try_out(mine, SHORT) == 0
