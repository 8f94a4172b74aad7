"""The quick tests with the oldest, or the newest, releases that pyproject.toml allows, in an environment of their own.

python -m tests.bounds lowest    # what `make lowest` does
python -m tests.bounds newest
"""

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from tests.pythons import SUPPORTED, interpreter
from tests.small import ROOT

QUICK = ("rules", "scenario", "model", "outcomes", "report", "cli", "world", "golden", "test_private.py")
_GOLDEN = "golden/test_golden.py::test_results_change_only_on_purpose"
SHORT = (
    "rules",
    "scenario/test_loading.py",
    "test_private.py",
    f"{_GOLDEN}[small-agents]",
    f"{_GOLDEN}[small-compiled]",
    "cli/test_results.py::test_a_sweep_prints_one_object_and_logs_in_json_lines",
)
"""Those of CI: rules, files that are read, runs on both engines with their digests, saved tables."""
EXTRAS = ("analysis", "cluster", "dashboard")
TOOLS = ("pytest", "pytest-xdist", "hypothesis")
"""Of the extra `test`, what these tests need."""
OFFLINE = ("NewConnectionError", "ConnectTimeout", "ReadTimeout", "Name or service not known", "name resolution")
"""What pip says where no package registry can be reached."""
_NAME = re.compile(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?")
_LOWEST = re.compile(r">=([0-9.]+)")


class Offline(Exception):
    """No package registry can be reached."""


def wanted(*names: str) -> list[str]:
    """Return the requirements of pyproject.toml that these tests need, with those of its extras that are named."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project, extras = told["project"], told["project"]["optional-dependencies"]
    tools = [one for one in extras["test"] if _NAME.match(one)[0] in TOOLS]
    return [
        *told["build-system"]["requires"],
        *project["dependencies"],
        *(one for name in names for one in extras[name]),
        *tools,
    ]


def lowest(requirement: str) -> str:
    """Return a requirement of the oldest release that one allows."""
    return f"{_NAME.match(requirement)[0]}=={_LOWEST.search(requirement)[1]}"


def python_for(wish: str) -> str | None:
    """Return the Python on which to try: the oldest supported one, or the newest that is there; None if none is."""
    versions = SUPPORTED[:1] if wish == "lowest" else SUPPORTED[::-1]
    return next((file for file in map(interpreter, versions) if file is not None), None)


def install(wish: str, python: str, home: Path, *extras: str) -> str:
    """Make an environment with the oldest or newest releases; return its Python. Raises Offline, or RuntimeError."""
    mine = str(home / "bin" / "python")
    needs = [lowest(one) if wish == "lowest" else one for one in wanted(*extras)]
    pip = [mine, "-m", "pip", "install", "-q"]
    own = ["--no-deps", "--no-build-isolation", "-e", str(ROOT)]
    for words in ([python, "-m", "venv", str(home)], [*pip, *needs, "editables"], [*pip, *own]):
        done = subprocess.run(words, capture_output=True, text=True, timeout=900)
        if done.returncode and any(said in done.stderr for said in OFFLINE):
            raise Offline
        if done.returncode:
            raise RuntimeError(done.stderr)
    return mine


def try_out(python: str, folders: tuple[str, ...], *more: str) -> int:
    """Run the quick tests of these folders; return pytest's exit code.

    Old releases use what newer ones of others call deprecated, so that such warnings are no errors here.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PYTEST", "NUMBA"))}
    env = {**kept, "NUMBA_CACHE_DIR": str(Path(python).parent.parent / "compiled"), "PYTHONPATH": str(ROOT)}
    words = [python, "-m", "pytest", "-m", "not slow", "-W", "default::DeprecationWarning", "-p", "no:cacheprovider"]
    return subprocess.run([*words, *more, *(f"tests/{folder}" for folder in folders)], cwd=ROOT, env=env).returncode


def main() -> int:
    """Do what the command line asks for."""
    wish = sys.argv[1] if len(sys.argv) == 2 else ""
    if wish not in ("lowest", "newest"):
        print(__doc__, file=sys.stderr)
        return 2
    python = python_for(wish)
    if python is None:
        print(f"none of Python {', '.join(SUPPORTED)} was found on the path, in ~/.pyenv or by uv", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        mine = install(wish, python, Path(folder) / "venv", *EXTRAS)
        subprocess.run([mine, "-m", "pip", "list"], check=False)
        return try_out(mine, QUICK, "-n", "auto")


if __name__ == "__main__":
    sys.exit(main())
