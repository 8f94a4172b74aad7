"""What every worker of a parallel run must agree on: which tests there are."""

import os
import subprocess
import sys
import time

import pytest

from tests.small import ROOT


def _collected(hash_seed):
    command = [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider", "-p", "no:xdist"]
    env = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    names = [line for line in done.stdout.splitlines() if "::" in line]
    assert len(names) > 100
    return names


@pytest.mark.slow
def test_two_collections_in_different_seconds_and_hash_seeds_find_the_same_tests():
    began = int(time.time())
    first = _collected("1")
    while int(time.time()) == began:
        time.sleep(0.05)
    assert _collected("2") == first
