"""Sweeps and comparisons killed at random moments lose nothing that was finished: a hundred kills by `make fuzz`."""

import os
import random
import signal
import subprocess
import sys

import pandas as pd
import pytest

from sim.experiment.results import Store
from sim.experiment.store import new_folder
from sim.outcomes import OUTCOMES
from tests.processes import started
from tests.small import ROOT

pytestmark = pytest.mark.slow
KILLS = int(os.environ.get("RUMORLAB_KILLS", "4"))
SWEEP = ("sweep", "experiments/takedown-space.yaml", "--pairs", "8", "--resume")
COMPARE = ("compare", "experiments/forward-limit.yaml", "--seeds", "12")
SMALL = ("--set", "world.users=400", "--set", "time.days=6", "--workers", "2")


def _start(what, out):
    command = [sys.executable, "-m", "sim", *what, *SMALL, "--out", str(out)]
    return started(command, cwd=ROOT, text=True)


def _bytes(folder):
    """Every table that is whole, but for those that say how long it took."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*.parquet"))
        if path.name not in ("timings.parquet", "outcomes.parquet")
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }


def _outcomes(folder):
    path = folder / "outcomes.parquet"
    if not path.is_file():
        return []
    table = pd.read_parquet(path)
    return table[["arm", "pair", "digest", *(name for name in OUTCOMES if name in table)]].astype(str).values.tolist()


def _finished(what, out):
    """How many runs are there, whole."""
    if what is SWEEP:
        return len(Store(out).runs()) if (out / "manifest.json").is_file() else 0
    return len(list(out.rglob("ticks.parquet")))


@pytest.mark.parametrize("what", [SWEEP, COMPARE], ids=["sweep", "compare"])
def test_kills_at_random_moments_lose_nothing(what, tmp_path):
    out, chance, before, landed = tmp_path / "killed", random.Random(1), 0, 0
    for _ in range(KILLS):
        child = _start(what, out)
        try:
            child.communicate(timeout=chance.uniform(0.5, 9.0))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.communicate()
            landed += 1
        else:
            assert child.returncode == 0, "what is finished stays so"
        now = _finished(what, out)
        assert now >= before, "a finished run is gone"
        before = now
    assert landed, "no kill came before the end"
    for folder in (out, tmp_path / "undisturbed"):
        child = _start(what, folder)
        _, err = child.communicate(timeout=600)
        assert child.returncode == 0, err
        assert "Traceback" not in err
    assert all(path.name.startswith(".") for path in out.rglob("*.tmp")), "what is not whole is hidden"
    undisturbed = tmp_path / "undisturbed"
    assert _bytes(out) == _bytes(undisturbed)
    assert _outcomes(out) == _outcomes(undisturbed)


def test_what_a_kill_left_long_ago_is_cleared_and_what_is_fresh_is_not(tmp_path):
    final = tmp_path / "runs" / "0001"
    for name in ("0123abcd", "89abcdef"):
        (final.parent / f".0001.{name}.tmp").mkdir(parents=True)
    os.utime(final.parent / ".0001.0123abcd.tmp", (1, 1))
    with new_folder(final) as folder:
        (folder / "manifest.json").write_text("{}")
    assert sorted(path.name for path in final.parent.iterdir()) == [".0001.89abcdef.tmp", "0001"]
