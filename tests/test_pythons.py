"""Other Pythons with the newest of everything: the wheel alone is well there, and the same run has the same digest."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import sim
from tests.small import ROOT

SUPPORTED = ("3.11", "3.12", "3.13")
HERE = "{}.{}".format(*sys.version_info)
OTHERS = [version for version in SUPPORTED if version != HERE]
OFFLINE = ("NewConnectionError", "ConnectTimeout", "ReadTimeout", "Name or service not known", "name resolution")
"""What pip says where no package registry can be reached."""
SMALL = ("world.users=500", "time.days=5")


def candidates(version):
    """Yield the files that may be the interpreter of a version: on the path, of pyenv, of uv."""
    on_path = shutil.which(f"python{version}")
    if on_path is not None:
        yield on_path
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from map(str, sorted(pyenv.glob(f"versions/{version}*/bin/python{version}")))
    uv = shutil.which("uv")
    if uv is not None:
        find = [uv, "python", "find", "--no-python-downloads", "--no-project", version]
        yield subprocess.run(find, capture_output=True, text=True, timeout=60).stdout.strip()


def interpreter(version):
    """Return a Python of this version that starts; None if there is none (pyenv's shims are there and fail)."""
    code = "import sys, ensurepip, venv; print('{}.{}'.format(*sys.version_info))"
    for file in candidates(version):
        if os.access(file, os.X_OK):
            said = subprocess.run([file, "-c", code], capture_output=True, text=True, timeout=60)
            if said.returncode == 0 and said.stdout.strip() == version:
                return file
    return None


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
