"""The published figures beside the baseline are those of the data, where the data is at hand."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.report import baseline
from sim.report.page import make_report
from sim.scenario.load import load_scenario
from sim.scenario.tree import parse_tree
from tests.small import ROOT


def test_a_figure_is_called_calibrated_where_the_scenario_has_the_values_that_were_fitted_to_it():
    fitted = {"forward_share", "lag_median", "lag_day"}
    shipped = ROOT / "scenarios" / "telegram.yaml"
    assert baseline.calibrated(load_scenario(shipped).scenario) == fitted
    assert baseline.calibrated(load_scenario(shipped, ["world.users=800", "behaviour.joining=0.1"]).scenario) == fitted
    assert baseline.calibrated(load_scenario(shipped, ["behaviour.late=0.1"]).scenario) == set(), "no longer those"


def test_the_report_says_row_by_row_what_was_calibrated_and_never_that_nothing_was():
    assert "fitted to it" not in (Path(baseline.__file__).parent / "baseline.yaml").read_text("utf-8")
    for module in (baseline, make_report):
        source = Path(getattr(module, "__file__", None) or module.__code__.co_filename).read_text("utf-8")
        assert "Nothing in the shipped scenario" not in source
    assert "fitted to this figure" in baseline.USE


def test_figures_said_to_come_from_channel_data_do():
    if not os.environ.get("RUMORLAB_DATA"):
        pytest.skip("data missing: RUMORLAB_DATA is not set")
    folder = Path(os.environ["RUMORLAB_DATA"]) / "telegram_channels"
    text = (Path(baseline.__file__).parent / "baseline.yaml").read_text("utf-8")
    published = {name: row["published"] for name, row in parse_tree(text, "baseline.yaml").plain().items()}
    channels = pd.read_parquet(folder / "channels.parquet")
    lag = pd.read_parquet(folder / "posts_sample.parquet")["lag_hours"].dropna()
    lag = lag[lag >= 0]
    assert channels["forward_share"].median() == pytest.approx(published["forward_share"], abs=0.005)
    assert lag.median() == pytest.approx(published["lag_median"], abs=0.05)
    assert (lag <= 24).mean() == pytest.approx(published["lag_day"], abs=0.005)
    counts = pd.read_parquet(folder / "forward_edges.parquet").groupby("source")["count"].sum().sort_values()[::-1]
    top = counts.iloc[: int(np.ceil(0.05 * len(counts)))].sum() / counts.sum()
    assert f"{top:.2f}" == "0.70"
    assert "Nazar et al. 2026: 0.70" in text
