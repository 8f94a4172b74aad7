"""The exam passes on the engine, and fails on every wrong engine that its rows name."""

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from sim.cli.app import app
from sim.exam.marking import mark, sit
from sim.exam.rows import CASES, chosen
from sim.outcomes.cascades import structural_virality

QUICK = list(chosen([], quick=True))
WRONG = [(case, mutant) for case in CASES for mutant in case.mutants]


@pytest.mark.slow
@pytest.mark.parametrize("case", QUICK, ids=lambda case: case.id)
def test_the_engine_passes(case):
    for found in sit([case], quick=True):
        assert found.passed, found


@pytest.mark.slow
@pytest.mark.parametrize(("case", "mutant"), WRONG, ids=lambda x: getattr(x, "id", getattr(x, "__name__", "")))
def test_a_wrong_engine_fails(case, mutant):
    found = mark(case, "agents", quick=True, user_class=mutant)
    assert not found.passed, found


def test_every_case_but_those_of_pure_measurement_names_a_wrong_engine():
    without = {case.row for case in CASES if not case.mutants} - {case.row for case in CASES if case.mutants}
    assert without <= {"size-matching", "queue"}


def test_virality_of_known_trees():
    star = np.array([-1] + [0] * 9)
    path = np.arange(10) - 1
    assert structural_virality(star) == pytest.approx(2 - 2 / 10)
    assert structural_virality(path) == pytest.approx(11 / 3)
    assert np.isnan(structural_virality(np.array([-1])))


def test_the_command_prints_rows_and_fails_when_a_row_fails(monkeypatch):
    done = CliRunner().invoke(app, ["exam", "--quick", "--only", "virality", "--json"])
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)["rows"]
    keys = ["id", "kind", "expected", "observed", "tolerance", "passed", "crowd", "seconds", "observations", "source"]
    assert list(rows[0])[: len(keys)] == keys
    assert {row["crowd"] for row in rows} == {"agents", "compiled"}
    monkeypatch.setattr("sim.cli.examining.mark", lambda *a, **k: replace(mark(*a, **k), passed=False))
    assert CliRunner().invoke(app, ["exam", "--quick", "--only", "virality"]).exit_code == 1


def test_an_unknown_row_is_named_with_the_nearest(monkeypatch, capsys):
    from sim.__main__ import main

    monkeypatch.setattr("sys.argv", ["rumorlab", "exam", "--only", "ic-smal"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    assert "ic-small" in capsys.readouterr().err
