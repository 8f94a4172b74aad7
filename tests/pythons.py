"""Where other Pythons are on this machine."""

import os
import shutil
import subprocess
from pathlib import Path

SUPPORTED = ("3.11", "3.12", "3.13")


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
