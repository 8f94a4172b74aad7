"""Figures of real channels are those of the half that is asked for, and a calibration reads them from there."""

import pandas as pd
import pytest

from sim.arithmetic import top_share
from sim.errors import DataError, ScenarioError
from sim.experiment.calibrate import load_calibration, read_calibration
from sim.world.importing.channels import FILES, channel_facts

CALIBRATION = """
name: c
scenario: tiny.yaml
space: {behaviour.late: {low: 0.1, high: 0.9}}
targets: {lag_median: {channels: even}}
again: {lag_median: {channels: odd}}
"""


@pytest.fixture
def data(tmp_path, monkeypatch):
    frames = (
        pd.DataFrame({"channel": [0, 1, 2], "forward_share": [0.1, 0.9, 0.3]}),
        pd.DataFrame({"source": [5, 6, 7], "target": [0, 1, 2], "count": [3, 50, 1]}),
        pd.DataFrame(
            {
                "channel": [0, 0, 2, 1, 1],
                "views": [100, 10, 100, 50, 5],
                "forwards": [2, 0, 4, 5, 0],
                "is_forward": [False, True, False, False, True],
                "lag_hours": [None, 8.0, None, None, 30.0],
            }
        ),
    )
    for name, frame in zip(FILES, frames, strict=True):
        (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(tmp_path / "data" / name)
    monkeypatch.setenv("RUMORLAB_DATA", str(tmp_path / "data"))
    (tmp_path / "tiny.yaml").write_text("time: {days: 2}\n")
    (tmp_path / "c.yaml").write_text(CALIBRATION)
    return tmp_path


def test_each_half_has_figures_of_its_own(data):
    even, odd = channel_facts("even"), channel_facts("odd")
    assert even == {
        "forward_share": pytest.approx(0.2),
        "lag_median": 8.0,
        "lag_day": 1.0,
        "source_share": 0.75,
        "forwards_per_view": pytest.approx(6 / 200),
    }
    assert (odd["lag_median"], odd["lag_day"], odd["forward_share"]) == (30.0, 0.0, pytest.approx(0.9))


def test_a_calibration_reads_its_targets_from_the_channels(data, monkeypatch):
    spec, _, _ = load_calibration(data / "c.yaml")
    assert spec.targets["lag_median"].value == 8.0
    assert spec.again["lag_median"].value == 30.0
    monkeypatch.delenv("RUMORLAB_DATA")
    assert read_calibration(data / "c.yaml")
    with pytest.raises(DataError, match="data missing"):
        load_calibration(data / "c.yaml")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("again: {lag_median", "again: {lag_day", "is no target"),
        ("targets: {lag_median: {channels: even}}", "targets: {harm: {channels: even}}", "do not have 'harm'"),
        ("targets: {lag_median", "targets: {lag_medain", "unknown outcome or figure 'lag_medain'"),
    ],
)
def test_what_cannot_be_gets_a_message(data, old, new, said):
    (data / "c.yaml").write_text(CALIBRATION.replace(old, new))
    with pytest.raises(ScenarioError, match=said):
        read_calibration(data / "c.yaml")


def test_the_top_share_counts_the_largest():
    assert top_share(pd.Series([1, 7, 2]).to_numpy(), 0.05) == 0.7
    assert top_share(pd.Series([0, 0]).to_numpy(), 0.5) != top_share(pd.Series([0, 0]).to_numpy(), 0.5)
