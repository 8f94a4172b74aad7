"""`import sim`: runs, comparisons and sweeps from Python, and the notebooks that show them."""

import os
import re
import subprocess
import sys

import pandas as pd
import plotly.graph_objects as go
import pytest

import sim
from tests.experiment.test_sweep import EXPERIMENT, SCENARIO
from tests.small import ROOT


@pytest.fixture
def study(tmp_path):
    (tmp_path / "tiny.yaml").write_text(SCENARIO)
    (tmp_path / "tiny-experiment.yaml").write_text(EXPERIMENT)
    return tmp_path


def test_a_run_has_outcomes_with_units_and_tables(study):
    result = sim.run(study / "tiny.yaml", ["world.users=120"], seed=3)
    assert result.outcomes.loc["harm", "unit"] == "harm/user"
    assert result.outcomes.loc["harm", "value"] >= 0
    ticks = result.frame("ticks")
    assert ticks.attrs["units"]["views"] == "exposures"
    with pytest.raises(sim.InputError, match="no table 'tick'"):
        result.frame("tick")
    assert repr(result).startswith("<run of unnamed: 120 users, 3 days, seed 3, crowd compiled; .outcomes")
    scenario = sim.load(study / "tiny.yaml", ["world.users=120"])
    assert repr(scenario) == f"<scenario unnamed: 120 users, 3 days, hash {scenario.hash()[:8]}>"
    society = sim.Society(scenario, 3)
    assert repr(society) == "<run of unnamed: tick 0 of 72, seed 3, compiled crowd>"
    assert repr(society.world) == f"<world: 120 users, {len(society.world.venues)} venues, seed 3>"
    assert sim.run(scenario, seed=3).digest == result.digest
    assert sim.run(scenario, seed=3, crowd="agents").digest == result.digest
    with pytest.raises(sim.InputError, match="overrides are set in a file"):
        sim.run(scenario, ["world.users=5"])


def test_a_comparison_gives_frames_sentences_and_figures(study):
    text = EXPERIMENT.split("space:")[0] + "design: {pairs: 3}\noutcomes: [harm, lawful_removed]\n"
    (study / "compare.yaml").write_text(text)
    result = sim.compare(study / "compare.yaml", workers=1, out=study / "out")
    assert {"arm", "outcome", "unit", "difference", "low", "high"} <= set(result.differences.columns)
    assert result.answer
    assert len(result.runs) == 6
    assert re.fullmatch(r"<comparison tiny: .*; 3 pairs, in .*out; \.answer, .*figure\('harm'\)>", repr(result))
    assert isinstance(result.figure("harm"), go.Figure)
    with pytest.raises(sim.InputError, match="use sweep"):
        sim.compare(study / "tiny-experiment.yaml", out=study / "no")


def test_a_sweep_gives_frames_and_figures(study):
    result = sim.sweep(study / "tiny-experiment.yaml", workers=1, out=study / "out")
    assert len(result.points) == 4
    assert re.fullmatch(r"<sweep tiny: .* at 4 points, 16 runs, in .*out; \.differences.*>", repr(result))
    assert isinstance(result.differences, pd.DataFrame)
    assert set(result.differences["point"]) == {0, 1, 2, 3}
    assert set(result.sign_changes["points"]) == {4}
    figure = result.figure("harm", along="behaviour.joining")
    assert len(figure.data) == 1
    assert list(figure.data[0].x) == ["0.01", "0.5"]
    with pytest.raises(sim.InputError, match=r"did you mean 'behaviour\.joining'"):
        result.figure("harm", along="behaviour.joning")
    again = sim.sweep(study / "tiny-experiment.yaml", workers=1, out=study / "out")
    assert again.swept.told.reused == 16


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(p.name for p in (ROOT / "docs" / "notebooks").glob("*.py")))
def test_the_notebooks_run(name, tmp_path):
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    path = ROOT / "docs" / "notebooks" / name
    done = subprocess.run([sys.executable, str(path)], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_overrides_are_texts_or_a_mapping_and_one_text_is_a_mistake_that_is_told():
    path = ROOT / "scenarios" / "telegram.yaml"
    texts = sim.load(path, ["world.users=300", "policy.features={forward_limit: 3}"])
    assert sim.load(path, {"world.users": 300, "policy.features": {"forward_limit": 3}}) == texts
    assert sim.load(path, None) == sim.load(path)
    with pytest.raises(sim.InputError, match="must be a list of 'path=value'"):
        sim.load(path, "world.users=300")
