"""Kept tables: joined on the key, in bounded memory; what is damaged is seen, and done again or said to be lacking."""

import json
import os
import resource
import shutil
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.errors import InputError, ResultError
from sim.experiment.joining import Files, join, places_in, write_part
from sim.experiment.merge import merge_results
from sim.experiment.results import PARTS, RUNS, Store, open_results, read_whole, write_whole
from sim.experiment.store import MANIFEST, read_manifest, read_table, write_manifest
from tests.experiment.test_sweep import EXPERIMENT, SCENARIO, go
from tests.small import ROOT

KEPT = EXPERIMENT + "keep: [ticks, legal]\n"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    (folder / "tiny.yaml").write_text(SCENARIO)
    (folder / "kept.yaml").write_text(KEPT)
    return folder / "kept.yaml"


@pytest.fixture(scope="module")
def swept(study):
    out = study.parent / "out"
    go(study, out)
    return out


@pytest.fixture
def copied(swept, tmp_path):
    return shutil.copytree(swept, tmp_path / "copy")


def ticks_of(folder):
    return pq.read_table(folder / "tables" / "ticks.parquet")


def test_rows_of_a_kept_table_have_the_key_of_their_run(swept):
    runs = pq.read_table(swept / RUNS).select(["point", "arm", "pair", "key"]).to_pandas()
    ticks = ticks_of(swept).to_pandas()
    joined = ticks.merge(runs, on="key", suffixes=("", "_of_run"))
    assert len(joined) == len(ticks) == 16 * 72 * 11
    for name in ("point", "arm", "pair"):
        assert (joined[name] == joined[f"{name}_of_run"]).all()
    assert ticks["key"].nunique() == 16


def test_runs_without_rows_are_known_to_be_there(study, copied):
    assert pq.read_metadata(copied / "tables" / "legal.parquet").num_rows == 0
    assert len(Store(copied).kept("legal")) == 16
    assert go(study, copied, resume=True).told.reused == 16


def test_rows_of_another_scenario_or_code_never_get_in(study, copied):
    """A part of other runs with the same point, arm and pair, as an older scenario or code would have left it."""
    alien = ticks_of(copied).slice(0, 792)
    key = alien["key"][0].as_py()
    changed = alien.set_column(alien.column_names.index("key"), "key", pa.array(["f" * 64] * 792))
    write_part(copied / PARTS / "ticks" / "alien.parquet", [("f" * 64, changed)])
    before = ticks_of(copied)
    go(study, copied, resume=True)
    assert ticks_of(copied).equals(before)
    assert key in Store(copied).kept("ticks")
    assert "f" * 64 not in Store(copied).kept("ticks")


def test_runs_whose_kept_rows_are_gone_are_done_again(study, copied):
    before = ticks_of(copied)
    (copied / "tables" / "ticks.parquet").unlink()
    again = go(study, copied, resume=True)
    assert again.told.reused == 0
    assert any("table ticks: lacks 16 runs" in note for note in again.told.notes)
    assert ticks_of(copied).equals(before)


def test_a_damaged_kept_table_is_set_aside_and_its_runs_are_done_again(study, copied):
    path, before = copied / "tables" / "ticks.parquet", ticks_of(copied)
    damaged = path.read_bytes()[:-100]
    path.write_bytes(damaged)
    go(study, copied, resume=True)
    assert ticks_of(copied).equals(before)
    assert path.with_suffix(".damaged").read_bytes() == damaged


def test_rows_that_cannot_be_read_are_said_to_be_lacking_and_done_the_next_time(study, copied):
    path, before = copied / "tables" / "ticks.parquet", ticks_of(copied)
    data = bytearray(path.read_bytes())
    column = pq.read_metadata(path).row_group(0).column(ticks_of(copied).column_names.index("views"))
    data[column.data_page_offset + column.total_compressed_size // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ResultError, match="damaged"):
        read_whole(path)
    first = go(study, copied, resume=True)
    assert any("ticks.parquet lacks 16 of 16 runs" in note for note in first.told.notes)
    second = go(study, copied, resume=True)
    assert second.told.done == 16
    assert ticks_of(copied).equals(before)


def test_no_flipped_bit_changes_a_number_in_silence(swept, tmp_path):
    path, whole = tmp_path / RUNS, (swept / RUNS).read_bytes()
    table, silent, refused = read_whole(swept / RUNS), [], 0
    footer = int.from_bytes(whole[-8:-4], "little") + 8
    everywhere = range(4, 8 * len(whole), max(1, 8 * len(whole) // 400))
    in_footer = range(8 * (len(whole) - footer), 8 * len(whole), 29)  # no page checksum covers it
    for place in [*everywhere, *in_footer]:
        data = bytearray(whole)
        data[place // 8] ^= 1 << (place % 8)
        path.write_bytes(data)
        try:
            found = read_whole(path)
        except ResultError as problem:
            assert str(problem)
            refused += 1
            continue
        if not found.equals(table):
            silent.append(place)
    assert not silent
    assert refused > 200


def test_the_checksum_of_a_manifest_is_verified(copied):
    path = copied / MANIFEST
    path.write_text(path.read_text().replace('"pairs": 2', '"pairs": 3'))
    with pytest.raises(ResultError, match="its checksum does not hold"):
        read_manifest(copied)


def test_reading_changes_nothing_also_without_file_handles(copied):
    part = copied / PARTS / "runs" / "1.parquet"
    write_whole(pq.read_table(copied / RUNS), part)
    before = {path: path.read_bytes() for path in copied.rglob("*") if path.is_file()}
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    held = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            while True:
                held.append(os.open(os.devnull, os.O_RDONLY))
        with pytest.raises((ResultError, OSError)):
            Store(copied).runs()
    finally:
        for handle in held:
            os.close(handle)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert {path: path.read_bytes() for path in copied.rglob("*") if path.is_file()} == before
    assert len(open_results(copied)[1]) == 16


def test_a_part_that_is_damaged_stays_where_it_is_when_results_are_read(copied):
    part = copied / PARTS / "runs" / "1.parquet"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"PAR1 broken")
    assert len(open_results(copied)[1]) == 16
    assert part.read_bytes() == b"PAR1 broken"


def test_shards_of_other_code_or_another_wish_are_not_merged(study, tmp_path):
    for number in (1, 2):
        go(study, tmp_path / str(number), shard=(number, 2))
    folders = [tmp_path / "1", tmp_path / "2"]
    whole, _ = merge_results(folders, tmp_path / "whole")
    assert len(whole) == 16
    assert ticks_of(tmp_path / "whole").num_rows == 16 * 72 * 11
    manifest = read_manifest(folders[1])
    for field, words in (("code", "code ffffffff"), ("scenarios", "scenarios ffffffff")):
        write_manifest(folders[1], {**manifest, "claim": {**manifest["claim"], field: "f" * 16}})
        with pytest.raises(InputError, match=f"{words}.*cannot be joined"):
            merge_results(folders, tmp_path / "never")
        assert not (tmp_path / "never").exists()


def test_two_commands_do_not_write_to_one_folder_at_once(study, tmp_path):
    said = []

    def tell(told):
        with pytest.raises(ResultError, match="another command is writing") as problem:
            go(study, tmp_path / "out", resume=True)
        said.append(problem)

    go(study, tmp_path / "out", tell=tell, only=lambda run: run.point == 0)
    assert said
    assert not (tmp_path / "out" / ".lock").exists()


def test_run_folders_verify_their_tables(tmp_path):
    from sim.experiment.store import write_table

    write_table(tmp_path, "ticks", pa.table({"tick": np.arange(1000), "views": np.arange(1000) % 97}))
    path = tmp_path / "ticks.parquet"
    data = bytearray(path.read_bytes())
    data[200] ^= 4
    path.write_bytes(data)
    with pytest.raises(ResultError, match="cannot be read"):
        read_table(tmp_path, "ticks")


MANY = """
import sys
from pathlib import Path
import numpy as np, pyarrow as pa
from sim.experiment.joining import Files, join, places_in, write_part
from sim.experiment.run import peak_memory_mb
folder, runs, rows = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
values = np.random.default_rng(1).random((12, rows))
keys = [f"{k:064x}" for k in range(runs)]
for first in range(0, runs, 16):
    some = keys[first : first + 16]
    tables = [(key, pa.table({"key": [key] * rows, **{f"c{i}": v for i, v in enumerate(values)}})) for key in some]
    write_part(folder / f"{first}.parquet", tables)
files, places = Files(), {}
for path in sorted(folder.glob("*.parquet")):
    for key, place in places_in(files, path):
        places.setdefault(key, []).append(place)
lacks = join(files, places, keys, folder / "whole" / "t.parquet")
assert not lacks
print(peak_memory_mb())
"""


@pytest.mark.slow
def test_memory_of_joining_does_not_grow_with_the_table(tmp_path):
    used = []
    for runs in (160, 640):
        command = [sys.executable, "-c", MANY, str(tmp_path / str(runs)), str(runs), "2500"]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=300)
        assert done.returncode == 0, done.stderr
        used.append(float(done.stdout.split()[0]))
    assert used[1] < 1000
    assert used[1] < used[0] + 100, "four times the rows, 1.6 million of them"


def test_runs_that_do_not_fit_the_footer_are_not_taken(tmp_path):
    table = pa.table({"key": ["a", "a", "b"], "x": [1, 2, 3]})
    write_part(tmp_path / "p.parquet", [("a", table.slice(0, 2)), ("b", table.slice(2))])
    files = Files()
    places = {key: [place] for key, place in places_in(files, tmp_path / "p.parquet")}
    assert join(files, places, ["b", "c", "a"], tmp_path / "w.parquet") == ["c"]
    assert pq.read_table(tmp_path / "w.parquet")["x"].to_pylist() == [3, 1, 2]
    swapped = {"a": places["b"], "b": places["a"]}
    assert join(Files(), swapped, ["a", "b"], tmp_path / "v.parquet") == ["a", "b"], "rows of another run"
    said = json.loads(pq.read_metadata(tmp_path / "v.parquet").metadata[b"rumorlab_lacks"])
    assert said == ["a", "b"]
