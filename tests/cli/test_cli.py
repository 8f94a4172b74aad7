"""The contract of the command line."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import get_type_hints

import pyarrow.parquet as pq
import pytest
from typer.models import ArgumentInfo
from typer.testing import CliRunner

from sim.cli import app
from sim.cli.options import study_file
from sim.experiment.plan import load_experiment
from sim.outcomes import OUTCOMES
from sim.scenario.shipped import nearest_file, shipped_root, there_or_shipped
from tests.processes import started
from tests.small import ROOT

SMALL = ["--set", "world.users=300", "--set", "time.days=3"]
RUN = ["run", "digest", "seed", "users", "ticks", "crowd", "exposures", "seconds", "peak_memory_mb", "outcomes"]
DIFFERENCE = ["arm", "outcome", "difference", "low", "high", "unit", "pairs"]


def rumorlab(*words, cwd=ROOT, env=None):
    command = [sys.executable, "-m", "sim", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300, env=env)


def test_run_json_is_one_object_with_its_keys(tmp_path):
    done = rumorlab("run", "scenarios/telegram.yaml", *SMALL, "--seed", "3", "--out", str(tmp_path / "r"), "--json")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert list(data)[: len(RUN)] == RUN
    assert (data["seed"], data["users"], data["ticks"]) == (3, 300, 72)
    assert data["outcomes"].keys() == OUTCOMES.keys()
    assert all(set(cell) == {"value", "unit"} for cell in data["outcomes"].values())
    assert data["exposures"] == round(data["outcomes"]["exposures"]["value"] * 300)
    manifest = json.loads((tmp_path / "r" / "manifest.json").read_text())
    assert manifest["digest"] == data["digest"]
    assert manifest["scenario"]["world"]["users"] == 300
    assert manifest["crowd"] == "compiled"
    assert {"versions", "git_commit", "seconds", "scenario_hash", "seed", "world_seed"} <= manifest.keys()
    for name in ("ticks", "items", "posts", "views", "venues", "cases", "sanctions"):
        schema = pq.read_schema(tmp_path / "r" / f"{name}.parquet")
        assert all(field.metadata[b"unit"] for field in schema)
    again = rumorlab("run", "scenarios/telegram.yaml", *SMALL, "--seed", "3", "--out", str(tmp_path / "s"), "--json")
    assert json.loads(again.stdout)["digest"] == data["digest"]


def test_run_shows_what_changes(tmp_path):
    change = "policy.moderation.reviewers.count=0"
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    text = (tmp_path / "scenarios" / "telegram.yaml").read_text()
    (tmp_path / "scenarios" / "s.yaml").write_text(
        text.replace("users: 5000", "users: 300").replace("days: 30", "days: 6")
    )
    done = rumorlab("run", "scenarios/s.yaml", "--set", change, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "policy.moderation.reviewers.count: 100 -> 0" in done.stdout
    assert "as it stands" in done.stdout
    assert re.search(r"staff cost\s+│\s+61\.6\s+│\s+0\s+│\s+-61\.6", done.stdout)


def test_shipped_files_are_found_in_any_folder_but_for_what_is_there_and_what_is_not_shipped(tmp_path, monkeypatch):
    def printed(*words):
        done = CliRunner().invoke(app, words)
        return done.exit_code, done.output

    monkeypatch.chdir(tmp_path)
    shown = printed("scenario", "show", "scenarios/telegram.yaml", "--at", "world.users")
    assert shown[0] == 0
    assert "5000" in shown[1]
    assert "scenarios/telegram.yaml: not in this folder; using the copy shipped with Rumorlab" in shown[1]
    assert printed("scenario", "check", "experiments/riot.yaml", "scenarios/policies/combined.yaml")[0] == 0
    assert nearest_file(Path("scenarios/policies/combind.yaml")) == "; did you mean scenarios/policies/combined.yaml?"
    assert nearest_file(Path("policies/../../zzz.yaml")) == nearest_file(tmp_path / "no" / "qqqq.yaml") == ""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "telegram.yaml").write_text("name: mine\nworld: {users: 123}\n")
    shown = printed("scenario", "show", "scenarios/telegram.yaml", "--at", "world.users")[1]
    assert "123" in shown
    assert "not in this folder" not in shown
    for name in ("telegram.yaml", "experiments/none.yaml", "experiments/../pyproject.toml", "../scenarios/riot.yaml"):
        assert printed("scenario", "check", name)[0] != 0, name


def test_a_run_of_a_shipped_file_names_it_as_everybody_has_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = str(shipped_root() / "scenarios" / "telegram.yaml")
    done = CliRunner().invoke(app, ["run", path, "--set", "world.users=200", "--set", "time.days=1", "--out", "r"])
    assert done.exit_code == 0, done.output
    command = json.loads((tmp_path / "r" / "manifest.json").read_text())["command"]
    assert command == "rumorlab run scenarios/telegram.yaml --seed 1 --set world.users=200 --set time.days=1"


def test_every_command_that_takes_a_study_finds_the_shipped_ones():
    def arguments(group):
        for command in group.registered_commands:
            for name, hint in get_type_hints(command.callback, include_extras=True).items():
                yield from ((command.callback, name, given) for given in getattr(hint, "__metadata__", ()))
        for inner in group.registered_groups:
            yield from arguments(inner.typer_instance)

    kinds = ("SCENARIO", "EXPERIMENT", "CALIBRATION", "FILES", "A", "B")
    asked = [
        (command, name, given.parser)
        for command, name, given in arguments(app)
        if isinstance(given, ArgumentInfo) and str(given.metavar).split(" ")[0] in kinds
    ]
    assert len(asked) >= 15
    for command, name, parser in asked:
        assert parser is study_file, (command, name)


def test_the_command_in_a_result_runs_for_everybody(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shipped = load_experiment(shipped_root() / "experiments" / "riot.yaml")
    words = shlex.split(shipped.command())
    assert words[:3] == ["rumorlab", "compare", "experiments/riot.yaml"], "as `rumorlab demo` runs it, from the package"
    assert there_or_shipped(words[2]).is_file()
    shutil.copytree(shipped_root() / "scenarios", tmp_path / "mine" / "scenarios")
    shutil.copytree(shipped_root() / "experiments", tmp_path / "mine" / "experiments")
    mine = load_experiment(tmp_path / "mine" / "experiments" / "riot.yaml")
    assert shlex.split(mine.command())[2] == "mine/experiments/riot.yaml", "below the working folder: from there"
    monkeypatch.chdir(tmp_path / "mine")
    monkeypatch.setattr("sim.scenario.shipped._PACKAGE", tmp_path / "nothing")
    elsewhere = load_experiment(ROOT / "experiments" / "riot.yaml")
    assert str(ROOT) not in elsewhere.command(), "no folder of this machine"


@pytest.mark.slow
def test_compare_json_is_one_object_with_its_keys(tmp_path):
    out = str(tmp_path / "c")
    done = rumorlab("compare", "experiments/telegram-moderation.yaml", "--seeds", "2", *SMALL, "--out", out, "--json")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert {"results", "report", "reference", "arms", "differences"} <= data.keys()
    assert data["reference"] == "laissez-faire"
    assert len(data["arms"]) == 5
    assert {one["arm"] for one in data["attribution"]} <= {arm["name"] for arm in data["arms"]}
    assert not data["what_did_it"] or data["what_did_it"][-1].startswith("Each tool is switched off alone")
    assert all(set(DIFFERENCE) <= set(row) for row in data["differences"])
    assert all("variance_ratio" in row for row in data["differences"] if row["headline"])
    assert (tmp_path / "c" / "report.html").stat().st_size < 10_000_000
    again = rumorlab("compare", "experiments/telegram-moderation.yaml", "--seeds", "2", *SMALL, "--out", out)
    assert again.returncode == 0
    assert "46 reused" in again.stdout, "five policies, and 18 without one of their tools, on two pairs"
    assert "95 % interval" in again.stdout
    assert str(tmp_path / "c" / "report.html") in again.stdout
    other = tmp_path / "other.html"
    assert rumorlab("report", out, "--item", "0", "--arm", "fast-takedown", "--out", str(other)).returncode == 0
    assert "one " in other.read_text()
    bad = rumorlab("report", out, "--arm", "fast-takedwn")
    assert bad.returncode == 2
    assert "unknown arm" in bad.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "nowhere.yaml"], "nowhere.yaml: no such file"),
        (["run", "telegram.yaml"], "telegram.yaml: no such file; did you mean scenarios/telegram.yaml?"),
        (["compare", "experiments/riott.yaml"], "riott.yaml: no such file; did you mean experiments/riot.yaml?"),
        (["run", "scenarios/telegram.yaml", "--set", "world.userz=3"], "did you mean 'users'"),
        (
            ["run", "scenarios/telegram.yaml", "--set", "policy.moderation.reviewers.count=-3"],
            "must be at least 0 (got -3)",
        ),
        (["run", "scenarios/telegram.yaml", "--sed", "3"], "No such option"),
        (["run", "scenarios"], "not a file"),
        (["compare", "scenarios/telegram.yaml"], "at least two scenario files"),
        (["compare", "experiments/telegram-moderation.yaml", "--seeds", "0"], "Invalid value for '--seeds'"),
        (["report", "docs"], "no results here"),
        (["scenario", "check", "README.md"], "README.md"),
        (["scenario", "schema", "polcy"], "did you mean 'policy'"),
        (["init", "README.md"], "README.md: is a file"),
        (["run", "scenarios/telegram.yaml", "--out", "tests"], "holds no Rumorlab results"),
        (
            [
                "run",
                "scenarios/telegram.yaml",
                "--set",
                "world.contacts.kind=edge-list",
                "--set",
                "world.contacts.file=x.gz",
            ],
            "data missing",
        ),
    ],
)
def test_bad_input_gets_one_message_and_exit_code_2(words, message):
    done = rumorlab(*words)
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert message in " ".join(re.sub("[│╭╰─╮╯]", " ", done.stderr).split())
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_init_copies_the_shipped_files_and_overwrites_nothing(tmp_path):
    done = rumorlab("init", str(tmp_path / "study"))
    assert done.returncode == 0
    assert (tmp_path / "study" / "scenarios" / "telegram.yaml").is_file()
    checked = rumorlab(
        "scenario", "check", "scenarios/telegram.yaml", "experiments/telegram-moderation.yaml", cwd=tmp_path / "study"
    )
    assert checked.returncode == 0, checked.stderr
    again = rumorlab("init", str(tmp_path / "study"))
    assert again.returncode == 2
    assert "exists already" in again.stderr


def test_explain_prints_the_phases_and_the_policy():
    done = rumorlab("run", "scenarios/telegram.yaml", "--explain")
    for word in ("originate", "read", "react", "forward", "detect", "review", "enforce", "record", "100 reviewers"):
        assert word in done.stdout


@pytest.mark.slow
def test_ctrl_c_keeps_what_was_finished_and_the_same_command_goes_on(tmp_path):
    words = ["compare", "experiments/telegram-moderation.yaml", "--seeds", "8", *SMALL, "--set", "time.days=20"]
    words += ["--workers", "2", "--out", str(tmp_path / "c"), "--json"]
    command = [sys.executable, "-m", "sim", *words]
    going = started(command, cwd=ROOT)
    until = time.time() + 120
    while len(list((tmp_path / "c").glob("runs/*/[!.]*/manifest.json"))) < 3 and time.time() < until:
        time.sleep(0.05)
    os.killpg(going.pid, signal.SIGINT)
    out, err = going.communicate(timeout=60)
    assert going.returncode == 130, err
    assert b"run the same command again to resume" in err
    assert b"Traceback" not in err
    assert out == b""
    kept = len(list((tmp_path / "c").glob("runs/*/[!.]*/manifest.json")))
    assert 3 <= kept < 40
    assert not list((tmp_path / "c").rglob("*.tmp"))
    again = rumorlab(*words)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["reused"] == kept


def _alive(session):
    listed = subprocess.run(["ps", "-o", "pid=", "-s", str(session)], capture_output=True, text=True).stdout
    return [int(word) for word in listed.split()]


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP], ids=["kill", "term", "hup"])
def test_workers_end_with_their_parent_and_a_polite_end_says_how_to_resume(tmp_path, how):
    words = ["compare", "experiments/forward-limit.yaml", "--seeds", "8", *SMALL, "--set", "time.days=25"]
    command = [sys.executable, "-m", "sim", *words, "--workers", "2", "--out", str(tmp_path / "c")]
    going = started(command, cwd=ROOT)
    until = time.monotonic() + 120
    while len(list((tmp_path / "c").glob("runs/*/*/manifest.json"))) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    assert len(_alive(going.pid)) > 1, "workers are there"
    os.kill(going.pid, how)
    _, err = going.communicate(timeout=60)
    until = time.monotonic() + 60
    while _alive(going.pid) and time.monotonic() < until:
        time.sleep(0.1)
    assert not _alive(going.pid), "nothing is left running"
    if how != signal.SIGKILL:
        assert going.returncode == 130
        assert b"run the same command again to resume" in err
        assert b"Traceback" not in err


def test_levers_are_listed_in_words():
    done = rumorlab("levers", "scenarios/telegram.yaml")
    assert "policy.moderation.reviewers.count" in done.stdout
    assert "assumed" in done.stdout
    assert len(json.loads(rumorlab("levers", "scenarios/telegram.yaml", "--json").stdout)) >= 12


def test_all_shipped_files_pass_the_check():
    files = [
        str(p.relative_to(ROOT)) for folder in ("scenarios", "experiments") for p in (ROOT / folder).rglob("*.yaml")
    ]
    assert len(files) >= 9
    assert rumorlab("scenario", "check", *files).returncode == 0


def test_the_real_contacts_can_be_used(tmp_path):
    if not os.environ.get("RUMORLAB_DATA"):
        pytest.skip("data missing: RUMORLAB_DATA is not set")
    sets = ["world.contacts.kind=edge-list", "world.contacts.file=networks/facebook_combined.txt.gz", "time.days=2"]
    words = [w for s in sets for w in ("--set", s)]
    done = rumorlab("run", "scenarios/telegram.yaml", *words, "--json", "--out", str(tmp_path / "r"))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["users"] == 4039
    assert "4,039 people" in done.stderr
    shipped = rumorlab(
        "run", "scenarios/telegram-facebook.yaml", "--set", "time.days=2", "--json", "--out", str(tmp_path / "s")
    )
    assert json.loads(shipped.stdout)["users"] == 4039


GROUPS = ("scenario", "experiment", "results")


def _names(*words):
    return re.findall(r"^│ (\w+) ", CliRunner().invoke(app, [*words, "--help"]).stdout, re.MULTILINE)


def commands():
    names = _names()
    assert {"demo", "init", "levers", "run", "compare", "report", "sweep", *GROUPS} <= set(names)
    return [n for n in names if n not in GROUPS] + [f"{group} {n}" for group in GROUPS for n in _names(group)]


def test_every_command_has_an_example_in_its_help_and_a_place_in_the_docs():
    page = (ROOT / "docs" / "cli.md").read_text()
    for command in commands():
        text = CliRunner().invoke(app, [*command.split(), "--help"]).stdout
        assert f"Example: rumorlab {command}" in " ".join(text.split()), command
        assert f"`rumorlab {command}" in page, command
        for option in set(re.findall(r"--[a-z][a-z-]+", text)) - {"--help"}:
            assert option in page, (command, option)


@pytest.mark.slow
def test_the_commands_of_the_tutorial_run(tmp_path):
    text = (ROOT / "docs" / "tutorial.md").read_text()
    study = tmp_path / "my-study"
    assert rumorlab("init", str(study)).returncode == 0
    (experiment,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    (study / "experiments" / "mine.yaml").write_text(experiment)
    commands = [c for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for c in block.splitlines()]
    small = {"compare": "--seeds 2 --set world.users=300 --set time.days=6"}
    small["sensitivity"] = "--samples 4 --pairs 1 --set world.users=300 --set time.days=6"
    said = ""
    for line in commands:
        if line.startswith(("pip", "rumorlab init")):
            continue
        command = (
            line.replace("rumorlab ", f"{shlex.quote(sys.executable)} -m sim ", 1)
            + f" {small.get(line.split()[1], '')}"
        )
        done = subprocess.run(command, shell=True, cwd=study, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, (line, done.stderr)
        said = done.stdout
    assert "Robustness to the assumptions is not checked yet" not in " ".join(said.split())


@pytest.mark.slow
def test_the_commands_of_the_readme_run(tmp_path):
    text = (ROOT / "README.md").read_text()
    lines = [
        line
        for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
        for line in block.splitlines()
        if line.startswith("rumorlab ")
    ]
    assert len(lines) >= 5
    assert rumorlab("init", str(tmp_path / "study")).returncode == 0
    python = f"{shlex.quote(sys.executable)} -m sim "
    found = ""
    for line in lines:
        command = line.split("#")[0].strip().replace("rumorlab ", python, 1)
        if line.startswith(("rumorlab demo", "rumorlab init")):
            continue
        if line.startswith("rumorlab compare"):
            command += " --seeds 1 --json --set world.users=1000 --set time.days=10"
        if line.startswith("rumorlab causes"):
            command += " --set world.users=300 --set time.days=10"
        if line.startswith(("rumorlab sweep", "rumorlab experiment plan")):
            command += " --pairs 2 --set world.users=300 --set time.days=4"
        command = command.replace("results/telegram-moderation/HASH", found)
        done = subprocess.run(command, shell=True, cwd=tmp_path / "study", capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, (line, done.stderr)
        if line.startswith("rumorlab compare"):
            found = json.loads(done.stdout)["results"]


def test_the_python_of_the_readme_runs(tmp_path):
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert len(block.strip().splitlines()) == 6
    small = block.replace('"policy.moderation.reviewers.count=50"', '"world.users=200", "time.days=2"')
    assert small != block
    done = subprocess.run([sys.executable, "-c", small], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.split()[-1]) >= 0
