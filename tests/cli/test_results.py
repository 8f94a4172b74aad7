"""sweep, experiment and results on the command line."""

import json
import os
import re
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from sim.cli.app import app
from sim.cli.results import query
from sim.errors import InputError, ResultError
from sim.experiment.store import MANIFEST, read_manifest, read_table, results_folder
from tests.experiment.test_sweep import EXPERIMENT, SCENARIO


def rumorlab(*words):
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    (folder / "tiny.yaml").write_text(SCENARIO)
    path = folder / "tiny-experiment.yaml"
    path.write_text(EXPERIMENT + "keep: [ticks]\n")
    done = rumorlab("sweep", path, "--out", folder / "out", "--workers", 1, "--log", "--json")
    return path, folder / "out", done


def test_a_sweep_prints_one_object_and_logs_in_json_lines(swept):
    _, out, done = swept
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["points"], said["runs"], said["ran"], said["failed"]) == (4, 16, 16, 0)
    assert {"sentences", "differences", "sign_changes", "regret", "pareto"} <= set(said)
    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert lines[-1]["done"] == lines[-1]["total"] == 16
    assert "seconds" in lines[-1]
    assert (out / "experiment.yaml").read_text().endswith("keep: [ticks]\n")


def test_what_a_sweep_needs_is_told_beforehand(swept):
    path, *_ = swept
    assert "2 policies, 4 points, 2 paired runs: 16 runs" in rumorlab("experiment", "check", path).stdout
    said = json.loads(rumorlab("experiment", "plan", path, "--workers", 2, "--json").stdout)
    assert said["runs"] == 16
    assert said["seconds"] == pytest.approx(said["seconds_a_run"] * 16 / 2)


def test_a_point_and_an_arm_can_be_run_by_themselves(swept, tmp_path):
    path, *_ = swept
    done = rumorlab(
        "sweep", path, "--out", tmp_path / "o", "--workers", 1, "--quiet", "--point", 1, "--arm", "strict", "--json"
    )
    assert json.loads(done.stdout)["ran"] == 2
    with pytest.raises(InputError, match="did you mean 'strict'"):
        rumorlab("sweep", path, "--out", tmp_path / "p", "--arm", "stric")
    with pytest.raises(InputError, match="must look like 2/8"):
        rumorlab("sweep", path, "--out", tmp_path / "p", "--shard", "3/2")


def test_results_are_listed_shown_and_exported(swept, tmp_path):
    _, out, _ = swept
    (row,) = json.loads(rumorlab("results", "list", out.parent, "--json").stdout)
    assert (row["what"], row["runs"], row["failed"]) == ("sweep", 16, 0)
    text = rumorlab("results", "show", out).stdout
    assert "Means over paired runs, by point" in text
    assert "Largest regret" in text
    assert json.loads(rumorlab("results", "show", out, "--json").stdout)["name"] == "tiny"
    rumorlab("results", "export", out, "--table", "ticks", "--out", tmp_path / "ticks.csv")
    assert len(pd.read_csv(tmp_path / "ticks.csv")) == 16 * 72 * 11
    with pytest.raises(InputError, match="no table 'tick'"):
        rumorlab("results", "export", out, "--table", "tick")
    with pytest.raises(ResultError, match="no results here"):
        rumorlab("results", "show", tmp_path)


def test_sql_answers_and_can_neither_read_nor_write_anything_else(swept, tmp_path):
    _, out, _ = swept
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    found = query(out, "SELECT arm, count(*) AS n FROM runs GROUP BY arm ORDER BY arm")
    assert found["n"].tolist() == [8, 8]
    assert query(out, "SELECT count(DISTINCT point) AS n FROM ticks")["n"].item() == 4
    (tmp_path / "secret.csv").write_text("a\n1\n")
    for sql in (
        f"SELECT * FROM read_csv('{tmp_path}/secret.csv')",
        f"COPY runs TO '{tmp_path}/stolen.csv'",
        f"ATTACH '{tmp_path}/x.db'",
        "SET enable_external_access = true",
        "SELECT * FROM nothing",
        "INSTALL httpfs",
        "DELETE FROM runs",
        "SELECT * FROM pd",
    ):
        with pytest.raises(InputError, match="results sql"):
            query(out, sql)
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == before
    assert list(tmp_path.iterdir()) == [tmp_path / "secret.csv"]


def test_an_export_is_written_once_and_the_same_again_is_no_harm(swept, tmp_path):
    _, out, _ = swept
    file = tmp_path / "ticks.csv"
    for _ in range(2):
        rumorlab("results", "export", out, "--table", "ticks", "--out", file)
    whole = file.read_bytes()
    assert rumorlab("results", "export", out, "--table", "ticks").stdout.encode() == whole
    for other in (whole + b"x", whole[:-1], b""):
        file.write_bytes(other)
        with pytest.raises(ResultError, match="holds something else"):
            rumorlab("results", "export", out, "--table", "ticks", "--out", file)
        assert file.read_bytes() == other


def test_a_kept_table_in_which_a_bit_is_wrong_is_one_message_when_it_is_asked(swept):
    _, out, _ = swept
    path = out / "tables" / "ticks.parquet"
    whole = path.read_bytes()
    column = pq.ParquetFile(path).metadata.row_group(0).column(4)
    for at in (column.data_page_offset + column.total_compressed_size // 2, len(whole) - 40):
        broken = bytearray(whole)
        broken[at] ^= 1
        path.write_bytes(broken)
        try:
            with pytest.raises((InputError, ResultError), match=r"results sql|damaged"):
                query(out, "SELECT * FROM ticks")
            with pytest.raises((InputError, ResultError), match="damaged"):
                rumorlab("results", "export", out, "--table", "ticks")
        finally:
            path.write_bytes(whole)


def test_cleaning_removes_what_was_left_behind_and_no_result(swept):
    _, out, _ = swept
    (out / ".runs.parquet.12.tmp").write_text("half")
    runs = (out / "runs.parquet").read_bytes()
    assert "1 files would be removed" in rumorlab("results", "clean", out, "--dry-run").stdout
    assert "1 files were removed" in rumorlab("results", "clean", out).stdout
    assert (out / "runs.parquet").read_bytes() == runs
    assert not (out / ".runs.parquet.12.tmp").exists()


def test_compare_says_that_a_space_needs_a_sweep(swept):
    path, *_ = swept
    with pytest.raises(InputError, match="rumorlab sweep"):
        rumorlab("compare", path)


def test_a_folder_without_results_is_answered_with_where_they_are(tmp_path):
    for number, name in enumerate(("one", "two", "three", "four")):
        (tmp_path / "mine" / name).mkdir(parents=True)
        (tmp_path / "mine" / name / MANIFEST).write_text("{}")
        os.utime(tmp_path / "mine" / name / MANIFEST, (number, number))
    (tmp_path / "empty").mkdir()
    answers = {
        "mine": f"mine: no results here (no {MANIFEST}); there are in {tmp_path}/mine/four, {tmp_path}/mine/three, "
        f"{tmp_path}/mine/two and 1 more",
        "mien": f"mien: no results here (no {MANIFEST}); did you mean {tmp_path}/mine?",
        "mine/thre": f"did you mean {tmp_path}/mine/three?",
        "empty": f"empty: no results here (no {MANIFEST})",
        "none/at/all": f"all: no results here (no {MANIFEST})",
    }
    for name, words in answers.items():
        with pytest.raises(ResultError, match=re.escape(words) + "$"):
            read_manifest(tmp_path / name)


@pytest.mark.parametrize("name", ["../outside", "/outside", "..", "a/b", "C:\\x", " ", "riot 2024.1", "ключ"])
def test_results_go_to_a_folder_of_results_whatever_the_name(name):
    folder = results_folder(name)
    assert folder.parent == Path("results")
    assert re.fullmatch(r"[\w-]+", folder.name)


def test_what_has_no_name_is_called_after_its_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("tiny.yaml").write_text(SCENARIO)
    arms = "scenario: tiny.yaml\narms: {none: {}, other: {set: {behaviour.joining: 0.1}}}\ndesign: {pairs: 2}\n"
    Path("nameless.yaml").write_text(arms)
    Path("evil.yaml").write_text("name: ../../outside\n" + arms)
    for file, place in (("nameless", "nameless"), ("evil", "outside")):
        made = json.loads(rumorlab("compare", f"{file}.yaml", "--json").stdout)["results"]
        assert Path(made).parent == Path("results", place)
        assert Path(made, MANIFEST).is_file()
    run = json.loads(rumorlab("run", "tiny.yaml", "--json").stdout)["run"]
    assert Path(run).parent == Path("results", "tiny")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evil.yaml", "nameless.yaml", "results", "tiny.yaml"]


def test_a_table_that_is_gone_or_changed_is_named_in_one_line(tmp_path):
    with pytest.raises(ResultError, match=r"views.parquet: is not there: it was deleted, or not recorded$"):
        read_table(tmp_path, "views")
    pq.write_table(pa.table({"tick": [1, 2]}), tmp_path / "views.parquet")
    with pytest.raises(ResultError, match=r"^[^\n]*views.parquet: cannot be read \([^\n]*\(post\)[^\n]*\)$"):
        read_table(tmp_path, "views", ("post", "tick"))
    assert read_table(tmp_path, "views", ("tick",), [("tick", "==", 2)]).to_pydict() == {"tick": [2]}
    (tmp_path / "views.parquet").write_bytes(b"PAR1")
    with pytest.raises(ResultError, match="cannot be read"):
        read_table(tmp_path, "views")
