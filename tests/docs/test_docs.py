"""The documentation: it builds without warnings, its examples run, and what is generated is up to date."""

import importlib.util
import re
import shlex
import subprocess
import sys

import pytest

from tests.small import ROOT

DOCS = ROOT / "docs"


def _blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.slow
def test_the_site_builds_without_a_warning(tmp_path):
    pytest.importorskip("sphinx")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", str(DOCS), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "Rumorlab" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_the_parameter_tables_of_the_model_are_those_of_the_shipped_scenario():
    spec = importlib.util.spec_from_file_location("make_odd", DOCS / "make_odd.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    text = (DOCS / "odd.md").read_text(encoding="utf-8")
    assert text.count("| `behaviour.") > 20
    assert made.page(text) == text, "run: make docs"


def test_the_answer_in_the_readme_is_that_of_its_page():
    quoted = " ".join(re.findall(r"^> (.*)$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE))
    page = (DOCS / "questions" / "telegram-moderation.md").read_text(encoding="utf-8").lower()
    parts = [part.strip(" .").lower() for part in quoted.split("...") if part.strip()]
    assert len(parts) == 3
    assert [part for part in parts if part not in page] == []


@pytest.mark.slow
def test_the_tutorial_for_those_who_know_mesa_runs(monkeypatch):
    from sim.registry import OUTCOMES

    monkeypatch.chdir(ROOT)
    before = set(OUTCOMES)
    names = {"__name__": "docs"}
    try:
        for block in _blocks("tutorial-mesa.md", "python"):
            exec(compile(block, "docs/tutorial-mesa.md", "exec"), names)
    finally:
        for name in set(OUTCOMES) - before:
            del OUTCOMES[name]


SMALL = "--set world.users=300 --set time.days=12"
SMALLER = {
    "compare": SMALL,
    "run": SMALL,
    "sweep": SMALL,
    "sensitivity": f"{SMALL} --samples 4",
    "causes": SMALL,
    "tip": SMALL,
    "calibrate": "--trials 2",
}


@pytest.mark.slow
def test_every_command_of_the_how_to_runs(tmp_path):
    study = tmp_path / "study"
    python = f"{shlex.quote(sys.executable)} -m sim "
    assert subprocess.run([*python.split(), "init", str(study)]).returncode == 0
    policy, ranges = _blocks("howto.md", "yaml")
    (study / "scenarios" / "policies" / "mine.yaml").write_text(policy)
    (study / "scenarios" / "ranges" / "mine.yaml").write_text(ranges)
    checked = [*python.split(), "scenario", "check", "scenarios/ranges/mine.yaml"]
    assert subprocess.run(checked, cwd=study).returncode == 0
    (study / "friends.csv").write_text("a,b\nb,c\nc,a\n")
    lines = [line for block in _blocks("howto.md", "sh") for line in block.splitlines() if line]
    assert len(lines) > 15
    for line in lines:
        word = line.split()[1]
        more = SMALLER.get(word, "")
        if word == "sensitivity":
            line = re.sub(r"--(samples|pairs) \d+", "", line)
        if "telegram-law" in line:
            more = "--set world.users=300"
        done = subprocess.run(
            f"{line.replace('rumorlab ', python, 1)} {more}",
            shell=True, cwd=study, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, (line, done.stderr)


PAGES = ("platforms.md", "worlds.md", "sweeps.md")


@pytest.mark.parametrize(("page", "number"), [(page, k) for page in PAGES for k in range(len(_blocks(page, "yaml")))])
def test_every_piece_of_yaml_in_the_docs_is_good_where_it_says_it_belongs(page, number, tmp_path):
    from sim.experiment.calibrate import read_calibration
    from sim.experiment.plan import load_experiment
    from sim.scenario.load import load_scenario
    from sim.scenario.shipped import copy_shipped
    from sim.scenario.tree import parse_tree

    copy_shipped(tmp_path)
    text = _blocks(page, "yaml")[number]
    keys = set(parse_tree(text, page).value)
    if "targets" in keys:
        path = tmp_path / "mine.yaml"
        path.write_text(text)
        assert read_calibration(path)[0].space
    elif keys & {"arms", "paths"}:
        path = tmp_path / "experiments" / "mine.yaml"
        path.write_text(text if "arms" in keys else f"extends: cause-or-effect.yaml\n{text}")
        assert load_experiment(path).arms
    else:
        path = tmp_path / "scenarios" / "mine.yaml"
        path.write_text(f"extends: telegram-law.yaml\n{text}")
        assert load_scenario(path).scenario


def test_every_option_that_the_how_to_names_in_words_is_one():
    text = (DOCS / "howto.md").read_text(encoding="utf-8")
    known = (DOCS / "cli.md").read_text(encoding="utf-8")
    for option in set(re.findall(r"`[^`\n]*?(--[a-z-]+)", text)):
        assert option in known, option
