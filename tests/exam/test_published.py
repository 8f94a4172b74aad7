"""Rows on published results: verdicts follow from figures, missing data is no pass, rows run on a few worlds."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from sim.cli.app import app
from sim.exam.marking import mark_row
from sim.exam.published.row import Figure, Row, fitted, percent_change
from sim.exam.published.rows import FAMILIES, ROWS, chosen
from sim.exam.validation import picture, validation_page

QUICK = ("supersharers", "deplatforming", "arrest", "forwarding")
"""Rows that take seconds with two worlds."""


def figure(observed, **more):
    return Figure("a", "%", 10.0, np.asarray(observed, dtype=float), 2.0, **more)


def test_a_figure_is_met_within_its_tolerance_or_on_its_side_of_a_bound():
    assert figure([9.0, 11.0]).passed
    assert figure([8.5, 11.4]).observed == pytest.approx(9.95)
    assert not figure([13.0, 13.1]).passed
    assert figure([50.0], bound="at-least").passed
    assert not figure([9.9], bound="at-least").passed
    assert figure([9.9], bound="at-most").passed
    assert not figure([np.nan]).passed
    low, high = figure([9.0, 11.0, 10.0, 10.0]).interval
    assert low < 10.0 < high


def test_a_fit_finds_where_a_rising_or_falling_function_reaches_a_target():
    assert fitted(lambda x: x * x, 9.0, 0.1, 100.0, 40) == pytest.approx(3.0)
    assert fitted(lambda x: -x, -7.0, 0.1, 100.0, 40) == pytest.approx(7.0)
    assert percent_change([1.5], [3.0])[0] == pytest.approx(-50.0)


def test_every_family_enters_a_row_and_every_reason_belongs_to_a_figure_that_there_is():
    assert len(ROWS) == len(FAMILIES) == 9
    assert [row.id for row in chosen([])] == [row.id for row in ROWS]
    assert all(row.source and row.set_up and row.worlds >= 4 for row in ROWS)


def test_a_row_without_its_data_is_not_run_which_is_no_pass(monkeypatch):
    monkeypatch.delenv("RUMORLAB_DATA", raising=False)
    for row in ROWS:
        if row.data:
            (found,) = mark_row(row, 1)
            assert not found.passed
            assert "not run: data missing" in found.reason
    done = CliRunner().invoke(app, ["exam", "--only", "telegram-facts", "--json"])
    assert done.exit_code == 1
    (mark,) = json.loads(done.stdout)["rows"]
    assert mark["observed"] is None
    assert mark["kind"] == "published"


@pytest.mark.slow
@pytest.mark.parametrize("name", QUICK)
def test_a_row_sits_and_its_page_shows_what_came_out(name):
    (row,) = chosen([name])
    marks = mark_row(row, 2)
    assert all(m.kind == "published" and m.fit in ("calibrated", "predicted") for m in marks)
    names = {m.id.split("/", 1)[1] for m in marks}
    assert set(row.lacking) <= names, "a reason for a figure that there is not"
    page = validation_page([(row, marks)], "validation")
    assert row.title in page
    for m in marks:
        assert m.id.split("/", 1)[1] in page
        if not m.passed:
            assert "**not met**" in page
    svg = picture(row, marks)
    assert svg.count("<circle") + svg.count('fill="none"') == sum(m.observed == m.observed for m in marks)


def test_the_takedown_row_without_takedown_goes_red():
    """A wrong engine: one that never takes anything down."""
    from sim.exam.published import takedown_curve as row

    society = row._society(1, 1.0, 0.1, 0.2)
    reference = row._society(1, None, 0.1, 0.2)
    everything = row._alive(reference, np.full(len(reference.items), np.inf))
    left = row._alive(reference, row._removed(society)) / everything
    assert 0.1 < left < 0.5
    assert row._alive(reference, row._removed(reference)) == everything


def test_what_a_row_prints_escapes_what_it_is_given():
    row = Row("x", "<script>", "s", "t", lambda worlds: [figure([1.0], kind="predicted")])
    assert "<script>" not in picture(row, mark_row(row, 1)).replace("&lt;script&gt;", "")
