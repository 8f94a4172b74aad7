"""Two wishes for one folder, or one file: what is finished stays as it is; the second is refused, or goes beside it."""

import json
import shutil
from itertools import permutations

import pytest
from typer.testing import CliRunner

from sim.cli.app import app
from sim.errors import RumorlabError
from sim.experiment.store import MANIFEST
from tests.experiment.test_sweep import EXPERIMENT, SCENARIO

SPACE = EXPERIMENT.split("space:")[1].split("design:")[0]
PATHS = "paths: {joining: {behaviour.joining: 0}, late: {behaviour.late: 0}}\n"
COMPARED = EXPERIMENT.replace(f"space:{SPACE}", "ranges: ranges.yaml\n")
RANGES = "ranges:\n  behaviour.joining: {low: 0.01, high: 0.5}\n  behaviour.late: {low: 0.1, high: 0.5}\n"
CALIBRATION = """
name: fit
scenario: tiny.yaml
space: {behaviour.joining: {low: 0.01, high: 0.5}}
targets: {harm: {value: 1, scale: 1, source: assumed}}
trials: 2
pairs: 1
"""
ONE = ("--workers", "1")
WISHES = {
    "run": ("run", "tiny.yaml"),
    "run of another seed": ("run", "tiny.yaml", "--seed", "2"),
    "run of another scenario": ("run", "tiny.yaml", "--set", "time.days=2"),
    "compare": ("compare", "compared.yaml", *ONE),
    "compare, other seeds": ("compare", "compared.yaml", "--seed", "9", *ONE),
    "compare, other scenario": ("compare", "compared.yaml", "--set", "time.days=2", *ONE),
    "compare scenarios": ("compare", "tiny.yaml", "other.yaml", "--seeds", "1", *ONE),
    "sweep": ("sweep", "swept.yaml", "--resume", *ONE),
    "sweep, other scenario": ("sweep", "swept.yaml", "--resume", "--set", "time.days=2", *ONE),
    "first shard": ("sweep", "swept.yaml", "--resume", "--shard", "1/2", *ONE),
    "second shard": ("sweep", "swept.yaml", "--resume", "--shard", "2/2", *ONE),
    "sensitivity": ("sensitivity", "compared.yaml", "--samples", "4", "--pairs", "1", *ONE),
    "causes": ("causes", "caused.yaml", "--outcome", "harm", *ONE),
    "scale": ("scale", "compared.yaml", "--size", "100", "--size", "150", "--seeds", "2", *ONE),
    "calibrate": ("calibrate", "fit.yaml"),
    "import": ("import", "ties.csv"),
    "import of another file": ("import", "more.csv"),
}
CHECKS = ("sensitivity", "causes", "scale")
"""They lie in the folder of their comparison, beside what is there."""


def _pairs(names):
    """All ordered pairs of wishes; without the slow tests each with the one after it."""
    several = list(names)
    for finished, second in permutations(several, 2):
        near = several.index(second) - several.index(finished) in (1, 1 - len(several))
        yield pytest.param(finished, second, marks=() if near else pytest.mark.slow)


def rumorlab(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    pytest.importorskip("optuna")
    folder = tmp_path_factory.mktemp("study")
    write_study(folder)
    return folder


def write_study(folder):
    for name, text in {
        "tiny.yaml": SCENARIO,
        "other.yaml": "extends: tiny.yaml\npolicy: {terms: {conspiracy: {strike: true}}}\n",
        "swept.yaml": EXPERIMENT,
        "compared.yaml": COMPARED,
        "caused.yaml": COMPARED.replace("name: tiny", "name: caused") + PATHS,
        "ranges.yaml": RANGES,
        "fit.yaml": CALIBRATION,
        "ties.csv": "source,target\nu1,u2\nu2,u3\n",
        "more.csv": "source,target\nu1,u2\nu2,u4\nu4,u3\n",
    }.items():
        (folder / name).write_text(text)


def wished(study, name, out):
    command, *files = WISHES[name]
    words = [study / word if (study / word).is_file() else word for word in files]
    return rumorlab(command, *words, "--out", out)


@pytest.fixture(scope="module")
def first(study):
    """Return the folder of a finished wish; each is made once."""
    made = {}

    def of(name):
        if name not in made:
            made[name] = study / "made" / str(len(made))
            done = wished(study, name, made[name])
            assert done.exit_code == 0, (name, done.output, done.exception)
        return made[name]

    return of


def files_of(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize(("finished", "second"), list(_pairs(WISHES)))
def test_two_wishes_for_one_folder(study, first, tmp_path, finished, second):
    out = tmp_path / "out"
    shutil.copytree(first(finished), out)
    before = files_of(out)
    done = wished(study, second, out)
    after = files_of(out)
    assert {path: after.get(path) for path in before} == before, "what was finished is changed or gone"
    if done.exit_code == 0:
        assert second in CHECKS, "another wish was let in"
        assert finished in (*CHECKS, "compare"), "a check beside what is none of its comparison"
    else:
        assert after == before, "what was refused has left something"
        assert isinstance(done.exception, RumorlabError), done.exception
        said = str(done.exception)
        assert "holds" in said or "exists and is no world" in said
        if (out / MANIFEST).is_file() and "import" not in second:
            assert said.count("code ") == 2, f"both are named: {said}"


@pytest.mark.parametrize("again", ["compare", "sweep", "first shard", "run", "calibrate", "import"])
def test_the_same_wish_again_changes_no_result(study, first, tmp_path, again):
    out = tmp_path / "out"
    shutil.copytree(first(again), out)
    before = files_of(out)
    assert wished(study, again, out).exit_code == 0
    after = files_of(out)
    assert set(after) == set(before)
    timed = ("manifest.json", "timings.parquet", "world.json")
    assert {p: b for p, b in after.items() if p.name not in timed} == {
        p: b for p, b in before.items() if p.name not in timed
    }


def test_by_default_another_wish_goes_beside(study, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sweep = ("sweep", study / "swept.yaml", *ONE, "--json")
    folders = [json.loads(rumorlab(*sweep, *more).stdout)["results"] for more in ((), ("--set", "time.days=2"))]
    assert folders[0] == "results/tiny"
    assert folders[1].startswith("results/tiny-")
    again = json.loads(rumorlab(*sweep, "--set", "time.days=2", "--resume").stdout)
    assert (again["results"], again["reused"]) == (folders[1], 16)


def test_a_folder_inside_results_is_refused(study, first, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(first("sweep"), out)
    before = files_of(out)
    done = wished(study, "run", out / "parts" / "runs")
    assert "lies inside the sweep" in str(done.exception)
    assert files_of(out) == before


def test_results_of_other_code_are_refused_by_name(study, first, tmp_path, monkeypatch):
    out = tmp_path / "out"
    shutil.copytree(first("compare"), out)
    monkeypatch.setattr("sim.experiment.claims.code_hash", lambda: "f" * 16)
    done = wished(study, "compare", out)
    assert "(other code)" in str(done.exception)
    assert "code ffffffff" in str(done.exception)


def test_fewer_paired_runs_take_nothing_from_a_sweep(study, first, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(first("sweep"), out)
    before = files_of(out)
    done = rumorlab("sweep", study / "swept.yaml", "--pairs", "1", "--resume", *ONE, "--out", out)
    assert done.exit_code == 0, done.output
    assert "8 more runs are kept there" in done.output
    assert (out / "runs.parquet").read_bytes() == before[(out / "runs.parquet").relative_to(out)]
    assert json.loads((out / MANIFEST).read_text())["design"]["pairs"] == 2


# Files


FILES = {
    "brief": ("brief", "run"),
    "brief as a page": ("brief", "run", "--html"),
    "brief of another run": ("brief", "run of another seed"),
    "report": ("report", "compare"),
    "report of an item": ("report", "compare", "--item", "1"),
    "report of another comparison": ("report", "compare, other seeds"),
    "export": ("results export", "sweep"),
    "export of timings": ("results export", "sweep", "--table", "timings"),
    "figure": ("results figure", "sweep", "--outcome", "harm", "--along", "behaviour.joining"),
    "world": ("world", "tiny.yaml"),
    "another world": ("world", "tiny.yaml", "--seed", "2"),
}


def written(study, first, name, path):
    command, what, *more = FILES[name]
    source = study / what if what.endswith(".yaml") else first(what)
    return rumorlab(*command.split(), source, *more, "--out", path)


@pytest.mark.parametrize(("finished", "second"), [*_pairs(FILES), ("report", "report"), ("world", "world")])
def test_two_wishes_for_one_file(study, first, tmp_path, finished, second):
    path = tmp_path / "page"
    assert written(study, first, finished, path).exit_code == 0
    before = path.read_bytes()
    done = written(study, first, second, path)
    if finished == second:
        assert done.exit_code == 0
    elif finished.startswith("brief") and second.startswith("brief") and "another" not in finished + second:
        assert done.exit_code == 0, "the same brief, in another form"
        return
    else:
        assert "exists already and holds something else" in str(done.exception)
    assert path.read_bytes() == before


def test_a_report_of_an_item_leaves_the_report_as_it_is(first, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(first("compare"), out)
    before = (out / "report.html").read_bytes()
    done = rumorlab("report", out, "--item", "1")
    assert done.exit_code == 0, done.output
    assert (out / "report.html").read_bytes() == before
    assert (out / "report-item-1.html").is_file()
