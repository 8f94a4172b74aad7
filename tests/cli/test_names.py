"""Names on a terminal and on a disk: no control character is printed raw, and one too long is one sentence."""

import ast
import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import sim.__main__ as entry
from sim.errors import InputError, printable
from sim.scenario import shipped
from tests.small import ROOT

CLI = sorted((ROOT / "sim" / "cli").glob("*.py"))
ESCAPE = "\x1b[2J"
TINY = "extends: {base}\nworld: {{users: 60}}\ntime: {{days: 1}}\n"


@pytest.fixture
def said(monkeypatch, capfd):
    def command(*words):
        monkeypatch.setattr(sys, "argv", ["rumorlab", *map(str, words)])
        with pytest.raises(SystemExit) as stopped:
            entry.main()
        captured = capfd.readouterr()
        return stopped.value.code or 0, captured.out, captured.err

    return command


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\r", "\x7f", "\x9b", "\u202e", "\u2066"])
def test_a_control_character_is_written_out(character):
    assert printable(f"a{character}b\n\tc") == f"a\\u{ord(character):04x}b\n\tc"
    assert str(InputError(f"a{character}b")) == f"a\\u{ord(character):04x}b"


def test_letters_of_all_languages_stay_as_they_are():
    for text in ("Überprüfung", "ложь", "偽情報", "می‌خواهم", "👩‍💻"):
        assert printable(text) == text


@pytest.mark.parametrize("path", CLI, ids=lambda path: path.stem)
def test_commands_print_through_one_place(path):
    if path.stem == "saying":
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in ("typer.echo", "typer.secho", "print", "markup.escape"), node.lineno
        if isinstance(node, ast.ImportFrom):
            assert node.module not in ("rich.markup", "click"), node.lineno


def test_a_name_of_a_file_is_refused_with_its_control_characters_written_out(said):
    code, out, err = said("run", f"a{ESCAPE}.yaml")
    assert code == 2
    assert "\x1b" not in out + err
    assert "\\u001b[2J" in err


def test_text_of_a_scenario_has_no_control_characters(said, tmp_path):
    for line in (r'name: "a\e[2Jb"', r'content: {streams: {"a\e[2J": {}}}', r'description: "a\u202eb"'):
        file = tmp_path / "one.yaml"
        file.write_text(line + "\n")
        code, out, err = said("scenario", "check", file)
        assert code == 2, line
        assert "one.yaml:1:" in err
        assert "control characters" in err
        assert not {"\x1b", "\u202e"} & set(out + err)


def test_columns_and_names_of_imported_files_are_written_out(said, tmp_path):
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "ties.csv").write_text(f"from{ESCAPE},to\na{ESCAPE},b{ESCAPE}\nb,c,d,e\n")
    for form in ("edges", "memberships", "forwards"):
        _, out, err = said("import", folder / "ties.csv", "--as", form, "--out", tmp_path / f"{form}.world")
        assert "\x1b" not in out + err


def test_folders_that_are_found_are_written_out(said, tmp_path):
    (tmp_path / f"odd{ESCAPE}").mkdir()
    (tmp_path / f"odd{ESCAPE}" / "manifest.json").write_text("{")
    _, out, err = said("results", "list", tmp_path)
    assert "\x1b" not in out + err


LONG = "x" * 300
LONG_COMMANDS = (
    ("run", f"{LONG}.yaml"),
    ("run", "TINY", "--out", LONG),
    ("run", "TINY", "--set", f"world.imported={{file: {LONG}}}"),
    ("run", "TINY", "--set", f"policy={{extends: {LONG}.yaml}}"),
    ("compare", f"{LONG}.yaml"),
    ("compare", "EXPERIMENT", "--out", LONG),
    ("sweep", f"{LONG}.yaml"),
    ("calibrate", f"{LONG}.yaml"),
    ("scenario", "check", f"{LONG}.yaml"),
    ("scenario", "new", f"{LONG}.yaml", "--users", "50"),
    ("world", "TINY", "--out", f"{LONG}.html"),
    ("import", f"{LONG}.csv"),
    ("init", LONG),
    ("report", LONG),
    ("brief", LONG),
    ("results", "show", LONG),
)


@pytest.mark.parametrize("words", LONG_COMMANDS, ids=lambda words: " ".join(word[:20] for word in words))
def test_a_name_of_more_than_255_bytes_is_one_sentence(said, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("scenarios").mkdir()
    shutil.copytree(ROOT / "scenarios", "scenarios", dirs_exist_ok=True)
    tiny, experiment = Path("scenarios/tiny.yaml"), Path("scenarios/one.yaml")
    tiny.write_text(TINY.format(base="telegram.yaml"))
    name = "👍" * 80
    experiment.write_text(f"name: {name}\nscenario: tiny.yaml\narms: {{a: {{}}, b: {{}}}}\ndesign: {{pairs: 2}}\n")
    named = {"TINY": tiny, "EXPERIMENT": experiment}
    code, out, err = said(*(named.get(word, word) for word in words))
    assert code == 2, out + err
    assert "Traceback" not in err
    lines = [line for line in err.splitlines() if line.strip()]
    assert len(lines) == 1, err


# init


def left_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def failing(problem, after):
    copied, real = [], shutil.copyfile

    def copy(source, goal):
        copied.append(goal)
        if len(copied) > after:
            raise problem
        return real(source, goal)

    return copy


TARGETS = ("study", "a/b/study", ".")
STOPS = (OSError(errno.ENOSPC, "No space left"), OSError(errno.EROFS, "Read-only file system"), KeyboardInterrupt())


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("problem", STOPS, ids=["full", "read-only", "interrupted"])
def test_a_study_that_cannot_be_made_leaves_nothing_behind(target, problem, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine.txt").write_text("kept")
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", failing(problem, 7))
        with pytest.raises((InputError, KeyboardInterrupt)) as caught:
            shipped.copy_shipped(Path(target))
    assert "nothing was written" in str(caught.value) or isinstance(problem, KeyboardInterrupt)
    assert left_in(tmp_path) == ["mine.txt"]
    made = shipped.copy_shipped(Path(target))
    assert len(made) > 40
    assert all(path.is_file() for path in made)
    assert not list(tmp_path.rglob(".*.tmp"))


def test_a_study_that_is_killed_while_it_is_made_is_not_there_and_the_next_one_is_whole(tmp_path):
    code = (
        "import os, shutil, signal; from pathlib import Path; from sim.scenario import shipped\n"
        "real, copied = shutil.copyfile, []\n"
        "def copy(a, b):\n"
        "    copied.append(b)\n"
        "    os.kill(os.getpid(), signal.SIGKILL) if len(copied) > 7 else real(a, b)\n"
        "shutil.copyfile = copy; shipped.copy_shipped(Path('study'))"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env, timeout=120)
    assert done.returncode == -9
    assert not (tmp_path / "study").exists()
    made = shipped.copy_shipped(tmp_path / "study")
    assert all(path.is_file() for path in made)
    assert [path.name for path in tmp_path.iterdir()] == ["study"]


def test_a_study_is_not_made_over_another(tmp_path):
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "mine.yaml").write_text("name: mine\n")
    with pytest.raises(InputError, match="exists already"):
        shipped.copy_shipped(tmp_path)
    assert left_in(tmp_path) == ["scenarios", "scenarios/mine.yaml"]


@pytest.mark.parametrize("words", [("run", "TINY"), ("world", "TINY"), ("compare", "TINY", "TINY")], ids=lambda w: w[0])
def test_a_seed_that_no_draw_can_take_is_one_message(said, words, tmp_path):
    code, out, err = said(*words, "--seed", 2**63)
    assert code == 2
    assert "Traceback" not in out + err
    assert str(2**63 - 1) in err.replace(",", "")
