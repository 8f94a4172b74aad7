"""The public names, the layout, and what is committed."""

import gc
import re
import subprocess
import sys
import weakref

import pytest

import sim
from tests.small import ROOT


def test_the_public_names_are_these():
    assert sorted(sim.__all__) == [
        "DataError",
        "InputError",
        "OUTCOMES",
        "ResultError",
        "RumorlabError",
        "RunError",
        "Scenario",
        "ScenarioError",
        "Society",
        "User",
        "compare",
        "load",
        "measure",
        "run",
        "sweep",
    ]
    assert all(getattr(sim, name) is not None for name in sim.__all__)
    with pytest.raises(AttributeError):
        sim.nothing  # noqa: B018


def test_help_imports_nothing_heavy():
    code = "import sys, sim.cli; print(sorted({'mesa', 'numba', 'pandas', 'plotly', 'scipy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


@pytest.mark.parametrize("users", [99, 100])
def test_large_societies_that_nobody_holds_are_let_go_before_the_next(users, monkeypatch):
    monkeypatch.setattr("sim.model._LARGE", 100)
    scenario = sim.load(ROOT / "scenarios" / "telegram.yaml", [f"world.users={users}", "time.days=1"])
    thresholds = gc.get_threshold()
    gc.collect()
    gc.set_threshold(0)  # Python looks for circles when it is asked to, and not before
    try:
        crowd = weakref.ref(sim.Society(scenario, seed=1, crowd="compiled").crowd)
        assert crowd() is not None
        sim.Society(scenario, seed=2, crowd="compiled")
        assert (crowd() is None) == (users >= 100)
    finally:
        gc.set_threshold(*thresholds)


def test_measure_asks_for_a_finished_run(small):
    with pytest.raises(sim.InputError, match="call run_model"):
        sim.measure(sim.Society(small))


def test_the_lock_holds_hashes_and_no_addresses():
    text = (ROOT / "requirements.lock").read_text()
    assert not re.search(r"https?://|index-url|find-links|trusted-host", text)
    pins = re.findall(r"^[a-z0-9][\w.-]*==\S+", text, re.MULTILINE)
    assert len(pins) > 30
    assert text.count("--hash=sha256:") >= len(pins)


def test_the_docs_on_extending_run():
    text = (ROOT / "docs" / "extending.md").read_text()
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(block, "docs/extending.md", "exec"), {"__name__": "docs"})
