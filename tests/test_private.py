"""What Rumorlab uses of numba and Mesa that is private to them: when it is gone, runs are the same, by a plain path."""

import os
import subprocess
import sys

from mesa import Agent

from sim.agents.base import SocietyAgent
from tests.small import ROOT, run, small_scenario

GONE = """
import numba.core.caching, numba._dispatcher, numba.core.cgutils
private = [
    (numba.core.caching, "FunctionCache"),
    (numba._dispatcher, "compute_fingerprint"),
    (numba.core.cgutils, "get_item_pointer"),
]
kept = [(home, name, getattr(home, name)) for home, name in private]
for home, name in private:
    delattr(home, name)
from typing import NamedTuple
import numpy as np
import sim.caching, sim.fetching, sim.often
from sim.arithmetic import compiled
from sim.draws import draw
from sim.fetching import fetch
assert not sim.caching.CAN_KEEP and not sim.fetching.POSSIBLE and sim.often.compute_fingerprint is None
assert sim.caching.kept_in() is None
for home, name, one in kept:  # numba itself has use for them
    setattr(home, name, one)
class Pair(NamedTuple):
    a: np.ndarray
    b: np.ndarray
@sim.often.compiled_often
def total(pair, k):
    fetch(pair.a, k)
    return pair.a[k] + pair.b[k]
pair = Pair(np.arange(3), np.arange(3.0))
assert [total(pair, k) for k in range(3)] == [0.0, 2.0, 4.0]
print(repr(draw(1, 2, 3)))
"""


def test_without_the_private_parts_of_numba_the_plain_ones_do(tmp_path):
    env = {**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_CACHE_DIR": str(tmp_path)}
    file = tmp_path / "gone.py"
    file.write_text(GONE)
    done = subprocess.run([sys.executable, str(file)], env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    from sim.draws import draw

    assert done.stdout.strip() == repr(draw(1, 2, 3))


def test_without_the_numbers_that_mesa_gave_agents_a_run_is_the_same(monkeypatch):
    """Mesa 3.5 has no counter of its own class; the one here only lets go of models that are done."""
    ours = run(small_scenario(time={"days": 1}))
    monkeypatch.delattr(SocietyAgent, "_ids")
    theirs = run(small_scenario(time={"days": 1}))
    assert issubclass(SocietyAgent, Agent)
    assert ours.item_counts == theirs.item_counts
