"""The brief, and the sections of the report on law and moving."""

import pandas as pd
import pytest

from sim.errors import InputError
from sim.report.brief import DISCLAIMER, _went, as_page, brief
from sim.vocabulary import MOVES
from tests.cli.test_results import rumorlab as command
from tests.small import ROOT

SMALL = ["world.users=300", "time.days=16"]


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("brief") / "run"
    sets = [word for text in SMALL for word in ("--set", text)]
    done = command("run", ROOT / "scenarios" / "telegram-law.yaml", *sets, "--out", out, "--json")
    assert done.exit_code == 0, done.output
    return out


def test_a_brief_says_the_record_the_elements_and_that_it_is_no_finding(run_folder):
    text = brief(run_folder)
    assert text.startswith("# Brief: a Telegram-like platform, as Telegram was in 2024")
    for title in ("criminal complicity (France)", "Digital Services Act (EU)", "blocking orders (Brazil)"):
        assert f"## {title}" in text
    assert "valid notices came due" in text
    assert "were ignored or refused" in text
    assert DISCLAIMER in text
    assert "digest" in text
    page = as_page(text)
    assert "<h2>criminal complicity (France)</h2>" in page
    assert "<table>" in page


def test_a_brief_counts_people_and_places_not_rows():
    def said(move, members):
        return _went(move, "X", pd.DataFrame({"members": members}))

    assert said("locked-out", [2130]) == "a block locked 2,130 users out of X", "one row stands for all of them"
    assert said("let-in", [2130, 1]) == "2,131 users regained access to X after a block"
    assert said("left", [3]) == "1 user moved to X and joined 3 channels or groups there"
    assert said("left", [0, 1]) == "2 users moved to X and joined 1 channel or group there"
    assert said("left", [0]) == "1 user moved to X and joined no channel or group there"
    assert said("returned", [0, 0]) == "2 banned users returned to X with a new account"
    assert said("reopened", [120]) == "1 channel or group reopened on X, with 120 members before the ban"
    assert (
        said("discovered", [40]) == "40 times a user joined a channel or group on X found by search or recommendation"
    )
    for move in MOVES:
        assert said(move, [1])


def test_a_brief_escapes_what_files_say():
    page = as_page("# <script>alert(1)</script>\n\n- <b>x</b>\n| a | <i> |\n| --- | --- |\n| 1 | 2 |\n")
    assert "<script>" not in page.replace("&lt;script&gt;", "")
    assert "<b>x" not in page
    assert "<i>" not in page


def test_the_brief_command_writes_markdown_and_html(run_folder, tmp_path):
    assert "## What this is not" in command("brief", run_folder).stdout
    done = command("brief", run_folder, "--html", "--out", tmp_path / "b.html")
    assert done.exit_code == 0
    assert (tmp_path / "b.html").read_text().startswith("<!DOCTYPE html>")


def test_a_comparison_is_no_run(tmp_path):
    (tmp_path / "manifest.json").write_text('{"schema": 1, "what": "comparison"}')
    with pytest.raises(InputError, match="holds a comparison, not a run"):
        brief(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["who-is-liable", "squeeze-the-balloon", "arrest-shock", "riot", "law-and-policy"])
def test_the_experiments_on_platforms_and_law_run_and_report(name, tmp_path):
    sets = ["--set", "world.users=300"]
    done = command("compare", ROOT / "experiments" / f"{name}.yaml", "--seeds", 2, *sets, "--out", tmp_path / "o")
    assert done.exit_code == 0, done.output
    page = (tmp_path / "o" / "report.html").read_text()
    if name != "riot":
        assert "Legal assessment" in page
        assert "Compliance record" in page
        assert "This is not a legal finding" in page
    if name in ("squeeze-the-balloon", "arrest-shock"):
        assert "Removed, or only displaced?" in page
    if name == "who-is-liable":
        assert "a world of its own" in page
