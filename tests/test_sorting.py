"""Sorting by bytes does what sorting does."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from sim.sorting import distinct, sort_by_high, sort_few, sort_numbers


@given(st.integers(0, 3000), st.sampled_from([1, 2, 2048, 2049, 10**6, 2**31 - 1]), st.integers(0, 99))
def test_numbers_come_out_sorted(length, below, seed):
    values = np.random.default_rng(seed).integers(0, below, length).astype(np.int32)
    expected = np.sort(values)
    sort_numbers(values, np.empty(length + 3, dtype=np.int32), below)
    assert (values == expected).all()


@given(st.integers(0, 300), st.sampled_from([1, 5, 10**6, 2**31 - 1]), st.integers(0, 99))
@example(5000, 2**31 - 1, 1)
def test_a_few_numbers_come_out_sorted(length, below, seed):
    for kind in (np.int32, np.int64):
        values = np.random.default_rng(seed).integers(-below, below, length).astype(kind)
        expected = np.sort(values)
        sort_few(values)
        assert (values == expected).all()


@given(st.integers(0, 2000), st.integers(1, 5_000_000), st.integers(0, 99))
def test_sorting_by_the_high_part_keeps_the_order_of_equals(length, users, seed):
    rng = np.random.default_rng(seed)
    user = rng.integers(0, min(users, 50 if seed % 2 else users), length)
    entries = (user << 38) | rng.integers(0, 1 << 38, length)
    expected = entries[np.argsort(user, kind="stable")]
    sort_by_high(entries, np.empty(length, dtype=np.int64), 38, users)
    assert (entries == expected).all()


@given(st.lists(st.integers(-5, 5), max_size=200), st.sampled_from([np.int64, np.int32]))
def test_distinct_numbers_are_those_of_numpy(numbers, kind):
    found = distinct(np.array(numbers, dtype=kind))
    assert found == np.unique(numbers).tolist()
    assert all(type(one) is int for one in found)
