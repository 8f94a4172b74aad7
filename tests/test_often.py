"""Compiled functions that Python calls often: every call is by the types of its own arguments."""

import gc
import weakref
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.arithmetic import compiled
from sim.model import Society
from sim.often import compiled_often, forget_columns
from sim.vocabulary import Purpose
from tests.small import small_scenario


class Pair(NamedTuple):
    a: np.ndarray
    b: np.ndarray


def weigh(columns: Pair, k: int, weights: np.ndarray) -> float:
    total = 0.0
    for i in range(columns.a.size):
        total += columns.a[i] * weights[i % weights.size] + columns.b[i] * k
    return total


often, plain = compiled_often(weigh), compiled(weigh)
KINDS = (np.int16, np.int32, np.int64, np.float32, np.float64)


def array(kind: type, form: str) -> np.ndarray:
    made = np.arange(1, 9, dtype=kind)
    if form == "locked":
        made.flags.writeable = False
    return made[::2] if form == "strided" else made[:4]


arrays = st.builds(array, st.sampled_from(KINDS), st.sampled_from(["plain", "strided", "locked"]))
numbers = st.one_of(st.integers(-5, 5), st.floats(-5, 5), st.integers(0, 5).map(np.int8), st.booleans())


@pytest.mark.slow  # it compiles for each choice of types
@settings(deadline=None, max_examples=25)
@given(st.lists(st.builds(Pair, arrays, arrays), min_size=1, max_size=3), st.data())
def test_whatever_the_types_it_returns_what_numba_would(tuples, data):
    for _ in range(12):
        columns, k, weights = data.draw(st.sampled_from(tuples)), data.draw(numbers), data.draw(arrays)
        assert often(columns, k, weights) == plain(columns, k, weights)


def test_tuples_that_are_new_at_every_call_are_taken_as_they_are():
    for k in range(60):
        columns = Pair(np.full(3, k, dtype=KINDS[k % 2]), np.ones(3, dtype=KINDS[k // 2 % 2]))
        assert often(columns, 2, np.ones(1)) == 3 * k + 6


def test_what_numba_has_no_short_way_for_goes_its_long_way():
    @compiled_often
    def is_given(columns: Pair, words: str | int) -> int:
        return columns.a.size + (words != 0)

    columns = Pair(np.zeros(3), np.zeros(0))
    assert [is_given(columns, words) for words in (1, 0, 1, Purpose.COUNTRY, 1, Purpose.COUNTRY)] == [4, 3, 4, 4, 4, 4]


def test_an_error_comes_through_and_the_next_call_is_good():
    @compiled_often
    def refuse(columns: Pair, k: int) -> int:
        if k == 1:
            raise ValueError("one")
        return columns.a.size + k

    columns = Pair(np.zeros(3), np.zeros(0))
    assert [refuse(columns, k) for k in (0, 2, 3)] == [3, 5, 6]
    with pytest.raises(ValueError, match="one"):
        refuse(columns, 1)
    assert refuse(columns, 4) == 7


def test_columns_are_let_go_with_their_crowd():
    society = Society(small_scenario(), 1, crowd="compiled")
    for _ in range(30):
        society.step()
    column = weakref.ref(society.crowd.persons.status)
    assert column() is not None
    del society
    gc.collect()
    assert column() is None


def test_columns_of_no_crowd_are_let_go_when_asked():
    columns = Pair(np.zeros(3), np.zeros(3))
    column = weakref.ref(columns.a)
    for _ in range(3):
        often(columns, 1, np.ones(1))
    del columns
    assert column() is not None
    forget_columns()
    assert column() is None
