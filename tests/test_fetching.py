"""Asking for memory ahead is a hint to the processor: there, and without effect on any result."""

import numpy as np
import pytest
from numba import njit
from numba.core.errors import TypingError

from sim.crowd.columns.sights import hashed
from sim.fetching import fetch


@njit
def ahead(table, places):
    total = 0
    for k in range(places.size):
        fetch(table, places[k] + 10**12)
        fetch(table, -places[k] - 10**12)
        total += table[places[k], 0]
    return total


@njit
def no_array(number):
    fetch(number, 0)


@pytest.mark.parametrize("step", [1, 2])
def test_it_is_compiled_to_the_instruction_and_a_wrong_position_reads_nothing(step):
    table, places = np.arange(40).reshape(20, 2)[::step], np.array([3, 0, 7])
    assert ahead(table, places) == sum(table[place, 0] for place in places)
    assert all("prefetch" in text for text in ahead.inspect_asm().values())


def test_what_is_no_array_is_refused():
    with pytest.raises(TypingError):
        no_array(1)


def test_what_only_compiled_code_calls_says_so_to_others():
    with pytest.raises(TypeError, match=r"sim\.crowd\.columns\.sights\.hashed is for compiled code only"):
        hashed(3, 5)
    assert hashed.py_func is not None
