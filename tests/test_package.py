"""The public names, the layout, and what is committed."""

import re
import subprocess
import sys

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


def test_a_run_loads_no_spaces_of_mesa_until_they_are_asked_for():
    code = """if True:
        import sys, sim.model, sim.lean
        print(sorted({"mesa.space", "mesa.experimental", "networkx", "scipy.spatial"} & set(sys.modules)))
        import mesa
        print(mesa.Model is sim.lean.Model, mesa.space.MultiGrid.__name__, mesa.__version__ > "3.3")
        from mesa.experimental import devs
        print(hasattr(mesa, "nothing"))
    """
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert said.splitlines() == ["[]", "True MultiGrid True", "False"]


def test_completion_names_all_of_mesa():
    code = "import sim.lean, mesa; print({'space', 'DataCollector', '__version__'} <= set(dir(mesa)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "True\n"


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
