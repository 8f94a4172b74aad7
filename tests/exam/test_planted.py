"""What is planted is recovered (the rows are in test_exam.py), and a row fails where search has lost its path."""

from dataclasses import replace

import numpy as np
import pytest

from sim.agents.mover import Mover
from sim.exam.marking import mark
from sim.exam.planted_rows import BOTH_OF_THEM, NEITHER, SELECTION, _known, decomposed, expected, expected_gap
from sim.exam.rows import CASES


def test_the_expected_parts_add_up_and_what_is_not_planted_brings_nothing():
    parts = {part: expected(BOTH_OF_THEM, part) for part in ("influence", "leaving", "searching", "selection")}
    assert parts["leaving"] + parts["searching"] == pytest.approx(parts["selection"])
    assert parts["influence"] + parts["selection"] == pytest.approx(expected_gap(BOTH_OF_THEM))
    assert min(parts.values()) > 2.0
    assert expected(SELECTION, "influence") == 0.0
    assert expected_gap(NEITHER) == pytest.approx(0.0, abs=1e-9)


def test_a_world_whose_paths_are_cut_has_no_gap():
    found = decomposed(replace(SELECTION, leaving=0.0, searching=0.0), lambda one: np.array([expected_gap(one)]))
    assert all(part == pytest.approx([0.0], abs=1e-9) for part in found.values())


@pytest.mark.slow
def test_search_that_goes_by_interest_alone_is_not_taken_for_selection_by_belief(monkeypatch):
    (row,) = (case for case in CASES if case.id.endswith("by leaving and searching: contribution of searching"))
    _known.clear()
    assert mark(row, "compiled", quick=True).passed
    _known.clear()
    monkeypatch.setattr(Mover, "_sought", lambda self: self.model.world.people.interest)
    found = mark(row, "compiled", quick=True)
    _known.clear()
    assert not found.passed, found
