"""Golden digests, here and on a processor without its vector features."""

import json
import os
import subprocess
import sys

import pytest

from tests.golden.cases import CASES, FILE
from tests.small import ROOT


@pytest.mark.parametrize("crowd", ["agents", "compiled"])
@pytest.mark.parametrize("name", CASES)
def test_results_change_only_on_purpose(name, crowd):
    assert CASES[name](crowd) == json.loads(FILE.read_text())[name], (
        "`make golden` accepts a change; CHANGELOG.md says why"
    )


@pytest.mark.slow
def test_the_digest_does_not_depend_on_the_processor(tmp_path):
    import numpy

    found = [f for f, on in numpy._core._multiarray_umath.__cpu_features__.items() if on]
    usable = [f for f in numpy._core._multiarray_umath.__cpu_dispatch__ if f in found]
    env = {
        **os.environ,
        "NPY_DISABLE_CPU_FEATURES": " ".join(usable),
        "NUMBA_CPU_NAME": "generic",
        "NUMBA_CPU_FEATURES": "",
        "NUMBA_CACHE_DIR": str(tmp_path),
        "OMP_NUM_THREADS": "1",
    }
    code = "from tests.golden.cases import CASES; print(CASES['small'](), CASES['small']('compiled'))"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    expected = json.loads(FILE.read_text())["small"]
    assert done.stdout.split() == [expected, expected]
