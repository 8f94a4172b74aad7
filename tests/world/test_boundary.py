"""What comes from outside is checked once, where it comes in: no number of a file can reach past an array."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.errors import DataError
from sim.scenario.load import load_scenario
from sim.whole import under_way
from sim.world.build import make_world, settle_users
from sim.world.importing.files import import_file
from sim.world.worldfile import MANIFEST, WorldFile, check_world, read_world, write_world
from tests.small import ROOT

WORLD = WorldFile(
    users=4,
    ties=np.array([[0, 1], [1, 2]], dtype=np.int32),
    channels=1,
    owner=np.array([0, 3], dtype=np.int32),
    private=np.array([0, -1], dtype=np.int32),
    traffic=np.array([500, -1], dtype=np.int32),
    members=np.array([[0, 0], [0, 1], [1, 2], [1, 3]], dtype=np.int32),
)


def _edited(folder, part, change, *, resign=True):
    """Change a table of a world as somebody else might have written it, its checksum with it."""
    path = folder / f"{part}.parquet"
    pq.write_table(change(pq.read_table(path)), path)
    if resign:
        said = json.loads((folder / MANIFEST).read_text())
        tables = {p: pq.read_table(folder / f"{p}.parquet") for p in ("ties", "venues", "members")}

        def column(table, title):
            return tables[table][title].to_pandas().fillna(0).to_numpy().astype(np.int32)

        made = WorldFile(
            users=said["users"], channels=said["channels"],
            ties=np.column_stack([column("ties", "one"), column("ties", "other")]),
            owner=column("venues", "owner"), private=column("venues", "private"), traffic=column("venues", "traffic"),
            members=np.column_stack([column("members", "venue"), column("members", "user")]),
        )  # fmt: skip
        said["sha256"] = made.sha256()
        (folder / MANIFEST).write_text(json.dumps(said))


def _put(title, row, value, kind=None):
    def change(table):
        values = table[title].to_pylist()
        values[row] = value
        at = table.column_names.index(title)
        return table.set_column(at, title, pa.array(values, type=kind or table[title].type))

    return change


@pytest.mark.parametrize(
    ("part", "change", "words"),
    [
        ("ties", _put("one", 1, 4), "ties.parquet: row 2 of column 'one' must be a user from 0 to 3, got 4"),
        ("ties", _put("other", 0, -1), "row 1 of column 'other' must be a user from 0 to 3, got -1"),
        ("ties", _put("one", 0, 2**32, pa.int64()), "row 1 of column 'one' must be from -2147483648"),
        ("ties", _put("one", 0, 2**63, pa.uint64()), "row 1 of column 'one' must be from -2147483648"),
        ("ties", _put("one", 0, float("nan"), pa.float64()), "must be whole numbers, and is of type double"),
        ("ties", _put("one", 1, None), "row 2 of column 'one' is empty"),
        ("ties", lambda table: table.drop_columns(["other"]), "it has no column 'other'"),
        ("venues", _put("owner", 1, 99), "row 2 of column 'owner' must be a user from 0 to 3, got 99"),
        ("venues", _put("owner", 1, 0), "row 2 of column 'owner' must be a member of her venue, got 0"),
        ("venues", _put("private", 0, 7), "column 'private' must be 1, 0, or -1"),
        ("venues", _put("traffic", 0, -5), "column 'traffic' must be from -1 to 100000000, got -5"),
        ("members", _put("venue", 3, 2), "row 4 of column 'venue' must be a venue from 0 to 1, got 2"),
        ("members", _put("user", 3, 4), "row 4 of column 'user' must be a user from 0 to 3, got 4"),
        ("members", _put("user", 1, 0), "row 2 is not in order, or there twice"),
        ("members", lambda table: table.take([1, 0, 2, 3]), "row 2 is not in order"),
    ],
)  # fmt: skip
def test_a_world_of_somebody_else_is_refused_at_the_number_that_no_world_can_have(tmp_path, part, change, words):
    folder = tmp_path / "theirs.world"
    write_world(WORLD, folder, {})
    _edited(folder, part, change, resign="no column" not in words)
    with pytest.raises(DataError) as error:
        read_world(folder / MANIFEST, "theirs.world")
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("users", 3.5, "'users' must be a whole number, got 3.5"),
        ("users", True, "'users' must be a whole number, got True"),
        ("users", "4", "'users' must be a whole number, got '4'"),
        ("users", 0, "'users' must be from 1 to 20,000,000, got 0"),
        ("users", 2**40, "'users' must be from 1 to"),
        ("channels", 3, "'channels' must be from 0 to its 2 venues, got 3"),
        ("channels", -1, "'channels' must be from 0"),
        ("format", 9, "another version of Rumorlab (format 9, not 1)"),
    ],
)
def test_a_manifest_says_whole_numbers_that_can_be(tmp_path, field, value, words):
    folder = tmp_path / "theirs.world"
    write_world(WORLD, folder, {})
    said = json.loads((folder / MANIFEST).read_text()) | {field: value}
    (folder / MANIFEST).write_text(json.dumps(said))
    with pytest.raises(DataError) as error:
        read_world(folder / MANIFEST, "theirs.world")
    assert words in str(error.value)


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '{"format": 1}', "[" * 100_000])
def test_a_damaged_manifest_is_one_message(tmp_path, text):
    folder = tmp_path / "theirs.world"
    write_world(WORLD, folder, {})
    (folder / MANIFEST).write_text(text)
    with pytest.raises(DataError, match="theirs"):
        read_world(folder / MANIFEST, "theirs.world")


def test_no_world_is_written_that_could_not_be_read(tmp_path):
    with pytest.raises(DataError, match="row 1 of column 'owner'"):
        write_world(replace(WORLD, owner=np.array([9, 3], dtype=np.int32)), tmp_path / "w.world", {})
    assert not list(tmp_path.iterdir())
    check_world(WorldFile(users=1), "least")


def test_what_a_killed_import_left_goes_with_the_next_one(tmp_path):
    code = (
        "import os, signal, sys; from pathlib import Path; from sim.whole import whole_folder\n"
        "with whole_folder(Path(sys.argv[1])) as made:\n    (made / 'half').mkdir()\n"
        "    os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "w.world")], cwd=ROOT)
    (left,) = tmp_path.iterdir()
    at_work = under_way(tmp_path / "w.world")
    at_work.mkdir()
    write_world(WORLD, tmp_path / "w.world", {})
    assert not left.exists()
    assert at_work.exists()


def test_a_world_that_is_there_already_stays_and_a_damaged_one_is_written_again(tmp_path):
    write_world(WORLD, tmp_path / "w.world", {"about": "first"})
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "w.world").iterdir()}
    write_world(WORLD, tmp_path / "w.world", {"about": "again"})
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "w.world").iterdir()} == before
    (tmp_path / "w.world" / "ties.parquet").write_bytes(b"damaged")
    write_world(WORLD, tmp_path / "w.world", {})
    assert read_world(tmp_path / "w.world" / MANIFEST, "w").sha256() == WORLD.sha256()


def _study(tmp_path, stream, world="imported: {file: w.world}"):
    write_world(WORLD, tmp_path / "w.world", {})
    (tmp_path / "ties.txt").write_text("1 2\n2 3\n")
    path = tmp_path / "s.yaml"
    path.write_text(f"world: {{{world}}}\ncontent: {{streams: {{a: {{content: drugs, {stream}}}}}}}\n")
    return load_scenario(path)


@pytest.mark.parametrize("world", ["imported: {file: w.world}", "contacts: {kind: edge-list, file: ties.txt}"])
@pytest.mark.parametrize(("stream", "field"), [("seeds: 50", "seeds"), ("origin: 60", "origin")])
def test_a_file_that_decides_how_many_users_there_are_decides_what_may_be_asked_of_them(tmp_path, world, stream, field):
    loaded = _study(tmp_path, stream, world)
    with pytest.raises(DataError, match=rf"content.streams.a.{field}: must be .* world.users \([34]\)"):
        settle_users(loaded.scenario, loaded.locate)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.parquet", {"source": [1.0, float("nan")], "target": [2.0, 3.0]}),
        ("a.parquet", {"source": [1.0, float("inf")], "target": [2.0, 3.0]}),
        ("a.parquet", {"source": [1, 2], "target": [2, 3], "count": [1, -4]}),
        ("a.parquet", {"source": [1, 2], "target": [2, 3], "count": [1.0, float("inf")]}),
        ("a.parquet", {"source": [1, 2], "target": [2, 3], "count": ["1", "many"]}),
        ("a.parquet", {"source": [[1], [2]], "target": [2, 3]}),
        ("a.parquet", {"source": [{"x": 1}, {"x": 2}], "target": [2, 3]}),
    ],
    ids=["nan", "infinite", "negative count", "endless count", "count in words", "lists", "structures"],
)
def test_labels_and_counts_of_a_table_are_what_they_can_be(tmp_path, name, data):
    pq.write_table(pa.table(data), tmp_path / name)
    with pytest.raises(DataError, match=r"(row 2 of column|column '(source|count)' must be)"):
        import_file(tmp_path / name)


def test_a_line_that_lacks_its_second_label_is_named_by_its_place_in_the_file(tmp_path):
    (tmp_path / "a.txt").write_text("# friends\n\n1 2\n\n2 3\n4\n5 6\n")
    with pytest.raises(DataError, match=r"a\.txt:6: a line without two labels"):
        import_file(tmp_path / "a.txt")


def test_a_small_file_that_unpacks_to_very_much_is_refused(tmp_path):
    import gzip

    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(b"1 2\n" * 8_000_000, mtime=0))
    with pytest.raises(DataError, match="packed more than 200 times"):
        import_file(tmp_path / "a.txt.gz")


def test_an_edge_list_has_the_people_that_import_finds(tmp_path):
    (tmp_path / "ties.csv").write_text("source,target,weight\n30,7,1\n7,100,2\n100,30,1\n30,30,1\n")
    (tmp_path / "s.yaml").write_text("world: {contacts: {kind: edge-list, file: ties.csv}}\n")
    loaded = load_scenario(tmp_path / "s.yaml")
    found = import_file(tmp_path / "ties.csv").world
    settled = settle_users(loaded.scenario, loaded.locate)[0]
    assert settled.world.users == found.users == 3
    assert make_world(settled, 1, loaded.locate).contacts.degrees().tolist() == [2, 2, 2]


MEASURE = """
import re, sys
from pathlib import Path
import pandas, pyarrow.compute, pyarrow.csv
from sim.world.importing.files import import_file

def most():  # not ru_maxrss: that begins with what the parent had
    return 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

import_file(Path(sys.argv[1]))
before = most()
import_file(Path(sys.argv[2]))
print(most() - before)
"""
EMPTY = '{"type":"public_supergroup","id":5,"messages":['


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the largest memory is read from /proc")
@pytest.mark.parametrize(
    ("name", "begin", "line", "end", "times"),
    [
        ("a.txt", b"", b"1 2\n", b"2 3\n", 5_000_000),
        ("a.json", EMPTY.encode() + b'{"from_id":"user2"}', b",[]", b"]}", 5_000_000),
        ("a.graphml", b"<graphml><graph>", b'<edge source="1" target="2"/>', b"</graph></graphml>", 700_000),
    ],
)
def test_an_import_takes_at_most_six_times_the_memory_of_its_text(tmp_path, name, begin, line, end, times):
    small, large = tmp_path / f"small-{name}", tmp_path / name
    small.write_bytes(begin + line * 10 + end)
    large.write_bytes(begin + line * times + end)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(small), str(large)], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 6 * large.stat().st_size
