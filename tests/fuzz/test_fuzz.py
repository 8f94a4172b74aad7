"""Damaged input of every kind gives a result or one of our own messages: never a traceback, a hang, or all the memory.

A short profile here; `make fuzz` feeds a million inputs. Each finding became a test of its own below.
"""

import gzip
import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import DataError, ResultError, ScenarioError
from sim.experiment.store import MANIFEST, read_manifest
from sim.scenario.tree import parse_tree
from sim.world.importing.files import import_file
from tests.fuzz import targets

INPUTS = int(os.environ.get("RUMORLAB_FUZZ", "0"))
SEEDS = st.integers(0, 2**40)


@settings(max_examples=INPUTS or 300)
@given(SEEDS)
def test_any_damaged_yaml_is_a_tree_or_a_message(seed):
    targets.text(seed)


@settings(max_examples=INPUTS or 100)
@given(SEEDS)
def test_any_damaged_shipped_file_is_loaded_or_gets_a_message(seed):
    targets.loader(seed)


@settings(max_examples=INPUTS or 200)
@given(SEEDS)
def test_any_damaged_data_file_is_a_world_or_gets_a_message(seed):
    targets.importer(seed)


@pytest.mark.slow
@settings(max_examples=INPUTS or 60)
@given(SEEDS)
def test_damaged_results_are_opened_or_get_a_message(seed):
    targets.results(seed)


@pytest.mark.slow
@settings(max_examples=INPUTS or 60)
@given(SEEDS)
def test_any_address_of_the_dashboard_is_a_page_or_a_message(seed):
    pytest.importorskip("dash")
    targets.dashboard(seed)


@pytest.mark.parametrize("kind", ["parquet", "lists", "export", "graph"])
@settings(max_examples=INPUTS or 60)
@given(SEEDS)
def test_a_file_whose_values_are_wrong_is_a_world_that_can_be_or_gets_a_message(kind, seed):
    targets.TARGETS[kind](seed)


@pytest.mark.slow
@settings(max_examples=INPUTS or 60)
@given(SEEDS)
def test_a_world_of_somebody_else_runs_or_gets_a_message(seed):
    targets.TARGETS["world"](seed)


# Findings


def test_a_damaged_gzip_stream_gets_a_message(tmp_path):
    packed = bytearray(gzip.compress(b"".join(b"%d %d\n" % (k, k * k) for k in range(500))))
    for place in range(20, len(packed) - 8, 7):
        broken = bytearray(packed)
        broken[place] ^= 0xFF
        (tmp_path / "a.gz").write_bytes(broken)
        with pytest.raises(DataError):
            import_file(tmp_path / "a.gz", "edges")


@pytest.mark.parametrize("content", [[], 3, "x", None])
def test_a_manifest_that_is_no_mapping_gets_a_message(tmp_path, content):
    (tmp_path / MANIFEST).write_text(json.dumps(content))
    with pytest.raises(ResultError, match="is no manifest"):
        read_manifest(tmp_path)


def test_an_anchor_given_twice_gets_a_message():
    with pytest.raises(ScenarioError, match="the anchor 'a' is given twice"):
        parse_tree("x: &a 1\ny: &a 2\nz: *a\n", "x.yaml")


def test_a_list_with_a_stray_carriage_return_gets_a_message(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"source,tar\rget\nu1,u2\n")
    with pytest.raises(DataError, match="cannot be read as a list"):
        import_file(tmp_path / "a.csv")
