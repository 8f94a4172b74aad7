"""The answer says over which days its effects were measured, and whether the effect per day has settled."""

import numpy as np
import pandas as pd
import pytest

from sim.errors import ResultError
from sim.experiment.comparison import Comparison
from sim.experiment.horizon import horizon_data, horizon_words, settling
from sim.vocabulary import CLASSES
from tests.experiment.planted import around, planted
from tests.small import small_scenario

NOISE = np.array([0.02, -0.03, 0.01, 0.0, -0.01, 0.03, -0.02, 0.0])


def compared(monkeypatch, share, *, days=90, outcomes=("harmful_views",), kept=True, pairs=8, wobbling=False):
    """A comparison whose policy lets `share(day)` of the views of the reference happen, but for noise by pair."""
    values = {arm: {name: around(10.0, pairs=pairs) for name in outcomes} for arm in ("none", "strict")}
    made = planted(values, outcomes=outcomes, scenario=small_scenario(time={"days": days}))

    def frame(_self, name, arm, pair, columns=None):
        assert name == "ticks"
        if not kept:
            raise ResultError("not kept")
        day = np.repeat(np.arange(days), 24 * len(CLASSES))
        noise = [NOISE[pair] if d < 60 or not wobbling else -NOISE[pair] for d in range(days)]
        factor = np.array([share(d) + noise[d] for d in range(days)])[day] if arm == "strict" else 1.0
        tick = np.repeat(np.arange(24 * days), len(CLASSES))
        of_class = pd.Series(np.tile(CLASSES, 24 * days), dtype="category")
        views = 100.0 * factor * np.ones(len(day))
        return pd.DataFrame({"tick": tick, "class": of_class, "views": views, "illegal_views": views})

    monkeypatch.setattr(Comparison, "frame", frame)
    return made


def test_a_run_of_a_month_says_of_which_days_its_effects_are(monkeypatch):
    (said,) = horizon_words(compared(monkeypatch, lambda _day: 0.8, days=30))
    assert said.startswith("All effects are those of the first 30 days: ")
    assert "a longer run can have other ones" in said


def test_an_effect_that_is_the_same_in_the_last_two_thirds_has_settled(monkeypatch):
    first, second = horizon_words(compared(monkeypatch, lambda day: 0.95 if day < 30 else 0.8))
    assert first == "All effects are those of the first 90 days."
    assert second == (
        "Effect per day on views of harmful items in days 31 to 60 and in days 61 to 90: strict -20 % (-22 to -18) and "
        "-20 % (-22 to -18) (settled)."
    )


def test_an_effect_that_grows_with_the_run_has_not_settled(monkeypatch):
    made = compared(monkeypatch, lambda day: 1.0 - day / 180)
    assert "(still changing). Where it still changes, the size of an effect depends on the" in horizon_words(made)[1]
    (data,) = horizon_data(made)
    assert data["settled"] is False
    assert data["effect"] == pytest.approx((-44.5 / 180, -74.5 / 180), abs=1e-9)
    assert data["change"][1] < 0


def test_one_pair_cannot_tell_whether_it_has_settled(monkeypatch):
    made = compared(monkeypatch, lambda _day: 0.8, pairs=1)
    assert "too uncertain to tell whether it has settled). More paired runs" in horizon_words(made)[1]


def test_a_change_that_could_be_as_large_as_the_effect_does_not_count_as_settled(monkeypatch):
    monkeypatch.setattr("tests.experiment.test_horizon.NOISE", 5 * NOISE * np.array([1, -1] * 4))
    made = compared(monkeypatch, lambda day: 0.97 + (0.002 if day >= 60 else 0.0))
    (data,) = horizon_data(made)
    assert data["settled"] is False, "the same noise on all days of a pair: the change is told from chance"
    made = compared(monkeypatch, lambda day: 0.97, wobbling=True)
    (data,) = horizon_data(made)
    assert data["settled"] is None


def test_an_outcome_without_days_or_a_table_that_was_not_kept_says_the_days_alone(monkeypatch):
    without = compared(monkeypatch, lambda _day: 0.8, outcomes=("lawful_removed",))
    lost = compared(monkeypatch, lambda _day: 0.8, kept=False)
    assert settling(without, "strict", "lawful_removed") is settling(lost, "strict", "harmful_views") is None
    assert len(horizon_words(without)) == len(horizon_words(lost)) == 1


def test_classes_without_harm_weight_do_not_count_as_harmful(monkeypatch):
    made = compared(monkeypatch, lambda _day: 0.8, outcomes=("harmless_views",))
    assert settling(made, "strict", "harmless_views").effect == pytest.approx((-0.2, -0.2))


def test_an_effect_of_next_to_nothing_is_neither_settled_nor_uncertain(monkeypatch):
    monkeypatch.setattr("tests.experiment.test_horizon.NOISE", NOISE / 10.0)
    said = horizon_words(compared(monkeypatch, lambda _day: 1.0))[1]
    assert "strict 0 % (0 to 0) and 0 % (0 to 0) (hardly any effect)." in said
    assert "More paired runs" not in said
