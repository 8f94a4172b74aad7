"""Machine code that is kept between runs is dropped when anything that it was made of changes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from numba.core import caching as numba_caching

import sim.model  # noqa: F401  all that runs are made of is imported
from sim.arithmetic import compiled
from sim.caching import _imported, kept_in, sources_of
from sim.cli import doctoring

RULES = """
from typing import NamedTuple

import numpy as np

from sim.arithmetic import compiled

FACTOR = {factor}


class {kind}(NamedTuple):
    of: np.ndarray


@compiled
def scaled(x: int) -> int:
    return {sign}x * FACTOR
"""
KERNEL = """
import sys

import numpy as np

from sim.arithmetic import compiled
{how}


@compiled
def total(table) -> int:
    sum = 0
    for x in table.of:
        sum += {scaled}(x)
    return sum


held = vars(sys.modules["{package}rules"])
result = total(held.get("Table", held.get("Other"))(np.arange(4)))
hits = sum(total.stats.cache_hits.values())
print(result, hits)
"""


def _run(folder: Path, kernel: str) -> tuple[int, int]:
    """Return what the kernel says, and how often it was taken from what was kept."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder / "kept"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(folder)!r}); import {kernel}"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert not done.returncode, done.stderr
    result, hits = done.stdout.split()
    return int(result), int(hits)


def _told(folder: Path, package: str, how: str, scaled: str) -> None:
    """Change, one after the other, what a kernel holds of another file."""
    kernel = f"{package}kernel"
    inside = folder / package.replace(".", "/")
    inside.mkdir(exist_ok=True)
    (inside / "kernel.py").write_text(KERNEL.format(how=how, package=package, scaled=scaled))

    def rules(**change: str) -> None:
        told = {"factor": "2", "kind": "Table", "sign": ""} | change
        (inside / "rules.py").write_text(RULES.format(**told))

    rules()
    assert _run(folder, kernel) == (12, 0)
    assert _run(folder, kernel) == (12, 1)
    rules(factor="3")
    assert _run(folder, kernel) == (18, 0)
    rules(sign="-")
    assert _run(folder, kernel) == (-12, 0)
    assert _run(folder, kernel) == (-12, 1)
    rules(kind="Other")
    assert _run(folder, kernel) == (12, 0)


def test_a_rule_that_changes_in_a_file_beside_the_kernel_is_compiled_anew(tmp_path: Path) -> None:
    _told(tmp_path, "", "from rules import scaled", "scaled")


@pytest.mark.slow
def test_a_rule_that_changes_in_the_same_package_is_compiled_anew(tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").write_text("")
    _told(tmp_path, "pack.", "from . import rules", "rules.scaled")


@pytest.mark.slow
def test_what_is_kept_and_cannot_be_read_is_compiled_anew(tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text(RULES.format(factor=2, kind="Table", sign=""))
    (tmp_path / "kernel.py").write_text(KERNEL.format(how="from rules import scaled", package="", scaled="scaled"))
    assert _run(tmp_path, "kernel") == (12, 0)
    for ending in ("*.nbc", "*.nbi"):
        kept = [path for path in (tmp_path / "kept").rglob(ending) if path.name.startswith("kernel")]
        assert kept
        for path in kept:
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        assert _run(tmp_path, "kernel") == (12, 0)
        assert _run(tmp_path, "kernel") == (12, 1)


def test_where_nothing_can_be_kept_it_is_compiled_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    assert kept_in() is not None
    monkeypatch.setattr(numba_caching.CompileResultCacheImpl, "_locator_classes", [])
    assert kept_in() is None
    assert compiled(lambda x: x + 1)(2) == 3
    _, well, words = doctoring._cache()
    assert not well
    assert "NUMBA_CACHE_DIR" in words


def test_what_has_no_file_is_not_kept(tmp_path: Path) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    told = "from sim.arithmetic import compiled\nprint(compiled(lambda x: x + 1)(2))"
    done = subprocess.run([sys.executable, "-"], input=told, capture_output=True, text=True, env=environment)
    assert done.stdout == "3\n", done.stderr
    assert not list(tmp_path.rglob("*.nb?"))


def test_imports_are_found_in_every_form_that_a_module_begins_a_line_with() -> None:
    text = """import alone
import several.parts as one, another  # words
from some.where import (
    first,
    second as renamed,
)
from . import beside
from .. import above
from .near import thing
def inside():
    import unseen
"""
    assert _imported(text, "pack.inner.module", is_package=False) == {
        "alone", "several.parts", "another", "some.where", "some.where.first", "some.where.second", "some.where.as",
        "some.where.renamed", "pack.inner", "pack.inner.beside", "pack", "pack.above", "pack.inner.near",
        "pack.inner.near.thing",
    }  # fmt: skip
    assert _imported("from . import beside", "pack.inner", is_package=True) == {"pack.inner", "pack.inner.beside"}


def test_kernels_depend_on_the_rules_and_draws_that_they_hold() -> None:
    found = set(sources_of("sim.crowd.columns.announcing"))
    assert {"sim.crowd.columns.announcing", "sim.crowd.columns.calendar", "sim.rules.delay", "sim.draws"} <= found
    assert "sim.arithmetic" in found
    assert "sim.rules.forward" not in found  # it announces and passes nothing on
    reacting = set(sources_of("sim.crowd.columns.reacting"))
    assert {"sim.rules.forward", "sim.rules.belief", "sim.crowd.columns.deciding", "sim.world.sendings"} <= reacting
    assert not any(name.startswith(("numpy", "numba", "mesa", "pandas")) for name in reacting)
