"""The placebo check sees what begins before its day, and nothing else."""

import pytest

from sim.experiment.compare import run_plan
from sim.experiment.placebo import dated_acts, placebo_sentences, placebos
from sim.experiment.plan import load_experiment
from tests.small import ROOT, small_scenario

REGIME = "{r: {illegal: [fraud], requests: 1}}"
STUDY = """
scenario: base.yaml
arms:
  as-it-was: {title: as it was}
  arrest: {title: arrest, set: {law.arrest: {on: day 3, by: r}, law.chilling: 0.9}}
  early: {title: early, set: {law.arrest: {on: day 3, by: r}, behaviour.joining: 0.2}}
  dated: {title: dated, set: {phases: [{from: day 4, policy: {features: {forward_limit: 0}}}]}}
design: {pairs: 2}
"""


@pytest.fixture(scope="module")
def comparison(tmp_path_factory):
    from sim.scenario.writing import in_yaml

    folder = tmp_path_factory.mktemp("placebo")
    base = small_scenario({"title": "none"}, law={"regimes": {"r": {"illegal": ["fraud"]}}}).resolved()
    (folder / "base.yaml").write_text(in_yaml(base))
    (folder / "study.yaml").write_text(STUDY)
    plan = load_experiment(folder / "study.yaml", ["time.days=6"])
    return run_plan(plan, folder / "out", workers=1, tell=lambda *_: None)


def test_what_differs_only_from_its_day_on_passes_and_what_differs_before_does_not(comparison):
    found = {one.arm: one for one in placebos(comparison)}
    assert set(found) == {"arrest", "early", "dated"}
    assert found["arrest"].early == ()
    assert found["dated"].early == ()
    assert found["arrest"].day == 2
    assert found["dated"].day == 3
    assert len(found["early"].early) == 2
    assert all(day < 2 for day in found["early"].early)
    said = placebo_sentences(comparison)
    assert any(one.startswith("Placebo check: before day 3 (2024-08-03), arrest and as it was agree") for one in said)
    assert any(one.startswith("Placebo check failed: early and as it was differ before day 3") for one in said)


def test_the_shipped_arrest_differs_from_the_reference_in_nothing_but_what_the_arrest_brings():
    plan = load_experiment(ROOT / "experiments" / "arrest-shock.yaml")
    reference, *others = [arm.scenario for arm in plan.arms]
    assert not dated_acts(reference)
    for one in others:
        assert dated_acts(one)
        held = {"arrest", "chilling", "after_shock", "after_shock_delay"}
        law = {name: value for name, value in one.resolved()["law"].items() if name not in held}
        assert law == {name: value for name, value in reference.resolved()["law"].items() if name not in held}
        assert {k: v for k, v in one.resolved().items() if k != "law"} == {
            k: v for k, v in reference.resolved().items() if k != "law"
        }
