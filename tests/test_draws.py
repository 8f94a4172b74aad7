"""The keyed draws: the same bits everywhere, and as good as independent."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.arithmetic import compiled, power, truncated_power_law
from sim.draws import below, draw, draw1, draw3, fold, mix, name_key, start, subseed, unit
from sim.vocabulary import Purpose

MASK = (1 << 64) - 1
KEYS = st.integers(0, 2**62)


def mix_in_python(z: int) -> int:
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def draw_in_python(seed: int, purpose: int, *keys: int) -> float:
    state = 0
    for key in (seed, purpose, *keys):
        state = mix_in_python((state + (key + 1) * 0x9E3779B97F4A7C15) & MASK)
    return (state >> 11) / (1 << 53)


@given(KEYS, st.sampled_from(list(Purpose)), KEYS, KEYS, KEYS)
def test_compiled_and_plain_python_give_the_same_bits(seed, purpose, a, b, c):
    stream = start(seed, int(purpose))
    assert draw3(stream, a, b, c) == draw_in_python(seed, purpose, a, b, c)
    assert draw(stream, a, b) == draw_in_python(seed, purpose, a, b)
    assert draw1(stream, a) == draw_in_python(seed, purpose, a)
    assert unit(fold(fold(stream, a), b)) == draw(stream, a, b)


def test_known_values_never_change():
    assert draw3(start(1, 40), 1, 2, 3) == pytest.approx(0.23905442378787023, abs=0)
    assert subseed(1, 2, 3) == 2869315087210772132
    assert name_key("vaccines") == int.from_bytes(__import__("hashlib").sha256(b"vaccines").digest()[:4], "big")


@compiled
def _grid(stream, n, m):
    out = np.empty(n * m)
    for i in range(n):
        for j in range(m):
            out[i * m + j] = draw(stream, i, j)
    return out


@pytest.fixture(scope="module", params=[(7, Purpose.NOTICE), (8, Purpose.FORWARD), (0, Purpose.DELAY)])
def grid(request):
    seed, purpose = request.param
    return _grid(start(seed, int(purpose)), 1000, 1000)


def test_draws_are_uniform(grid):
    counts = np.bincount((grid * 1000).astype(int), minlength=1000)
    assert 1e-4 < stats.chisquare(counts).pvalue < 1 - 1e-4
    assert stats.kstest(grid[:100_000], "uniform").pvalue > 1e-4


def test_low_bits_are_uniform_too(grid):
    low = (grid * 2**53).astype(np.int64) & 255
    assert 1e-4 < stats.chisquare(np.bincount(low, minlength=256)).pvalue < 1 - 1e-4


def test_whole_numbers_are_as_likely_each():
    counts = np.bincount([below(start(1, Purpose.COUNTRY), key, 5) for key in range(10_000)], minlength=5)
    assert len(counts) == 5
    assert stats.chisquare(counts).pvalue > 0.001


@pytest.mark.parametrize("lag", [1, 2, 7, 999, 1000, 1001])
def test_neighbouring_keys_are_uncorrelated(grid, lag):
    assert abs(np.corrcoef(grid[:-lag], grid[lag:])[0, 1]) < 5 / np.sqrt(grid.size)


def test_pairs_of_draws_fill_the_square(grid):
    cells = (grid[0::2] * 50).astype(int) * 50 + (grid[1::2] * 50).astype(int)
    assert 1e-4 < stats.chisquare(np.bincount(cells, minlength=2500)).pvalue < 1 - 1e-4


def test_purposes_and_seeds_are_uncorrelated():
    streams = [start(seed, int(p)) for seed in (1, 2, 3) for p in (Purpose.NOTICE, Purpose.DELAY, Purpose.FORWARD)]
    rows = np.array([_grid(stream, 300, 300) for stream in streams])
    off = np.corrcoef(rows)[~np.eye(len(rows), dtype=bool)]
    assert np.abs(off).max() < 5 / np.sqrt(rows.shape[1])


def test_each_input_bit_flips_each_output_bit_half_of_the_time():
    inputs = np.random.default_rng(0).integers(0, 2**63, 400, dtype=np.uint64)
    flips = np.zeros((64, 64))
    for bit in range(64):
        pairs = [int(mix(z)) ^ int(mix(z ^ np.uint64(1 << bit))) for z in inputs]
        changed = np.array(pairs, dtype=np.uint64)
        for out in range(64):
            flips[bit, out] = ((changed >> np.uint64(out)) & np.uint64(1)).mean()
    assert flips.min() > 0.35
    assert flips.max() < 0.65
    assert abs(flips.mean() - 0.5) < 0.005


@given(st.floats(1e-3, 1e6), st.floats(-6, 6))
def test_power_agrees_with_the_library(base, exponent):
    assert power(base, exponent) == pytest.approx(base**exponent, rel=1e-11)


@given(st.floats(0, 1, exclude_max=True), st.floats(1.01, 5), st.floats(1, 50), st.floats(1, 1000))
def test_power_law_stays_within_its_bounds(u, exponent, minimum, factor):
    assert minimum <= truncated_power_law(u, exponent, minimum, minimum * factor) <= minimum * factor


def test_power_law_has_its_exponent():
    u = np.random.default_rng(1).random(20_000)
    x = np.array([truncated_power_law(v, 2.5, 1.0, 1e9) for v in u])
    assert 1 + 1 / np.log(x).mean() == pytest.approx(2.5, abs=0.05)
