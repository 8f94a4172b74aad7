"""A new measure moves no digest of a run in which nothing of it happens, and the digest of any other."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from sim.outcomes.digest import BY_PLACE, by_name, by_place, digest
from sim.vocabulary import MEASURES
from tests.golden.cases import FILE
from tests.small import ROOT

COUNTS = np.arange(3 * len(MEASURES), dtype=np.int64).reshape(3, -1)


def digest_with(counts, measures):
    table = by_place(counts, measures)
    return digest([(table.shape, [table])], [], by_name("items", counts, measures))


@pytest.mark.parametrize("place", [0, 5, len(MEASURES)])
def test_a_measure_that_stays_zero_changes_no_digest_wherever_it_is_put(place):
    more = (*MEASURES[:place], "prompts", *MEASURES[place:])
    assert digest_with(np.insert(COUNTS, place, 0, axis=1), more) == digest_with(COUNTS, MEASURES)


def test_a_new_measure_is_part_of_the_digest_by_its_name_once_anything_is_counted():
    columns = {"prompts": [[0, 1, 0], [0, 2, 0], [1, 0, 0]], "refusals": [[0, 1, 0]]}
    found = [
        digest_with(np.column_stack([COUNTS, column]), (*MEASURES, name))
        for name, several in columns.items()
        for column in several
    ]
    assert len({*found, digest_with(COUNTS, MEASURES)}) == 5


def test_the_order_of_measures_is_no_part_of_the_digest():
    order = np.random.default_rng(1).permutation(len(MEASURES))
    assert digest_with(COUNTS[:, order], tuple(MEASURES[n] for n in order)) == digest_with(COUNTS, MEASURES)
    assert set(BY_PLACE) <= set(MEASURES)


def test_the_golden_digest_stays_in_both_forms_with_one_more_measure():
    code = (
        "from sim import vocabulary; vocabulary.MEASURES = (*vocabulary.MEASURES, 'prompts')\n"
        "from tests.golden.cases import CASES; print(CASES['small'](), CASES['small']('compiled'))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [json.loads(FILE.read_text())["small"]] * 2
