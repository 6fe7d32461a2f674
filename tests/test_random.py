"""Random numbers: published vectors, the same bits on every device, distributions that pass statistical tests."""

from __future__ import annotations

import decimal
import itertools
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats
from xpuarray.kernels import fixed_point, philox

import xpuarray as xp
from xpuarray.placement.devices import Device

Draw = Callable[[xp.random.Generator], xp.Array]

# From the file kat_vectors of Random123 1.14: counter, key, result.
PHILOX = [
    ([0] * 4, [0] * 2, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    ([0xFFFFFFFF] * 4, [0xFFFFFFFF] * 2, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    (
        [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
        [0xA4093822, 0x299F31D0],
        [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
    ),
]


def test_philox_gives_the_published_vectors(device: Device):
    counters, keys, expected = (np.array(part, np.uint64) for part in zip(*PHILOX))
    out = xp.empty((3, 4), np.uint64)
    xp.call_kernel(philox.philox_words, xp.Range(3), xp.asarray(counters), xp.asarray(keys), out)
    np.testing.assert_array_equal(xp.asnumpy(out), expected)


# -- fixed-point functions ----------------------------------------------------------------------


def bits(count: int) -> list[int]:
    generator = np.random.default_rng(0)
    values = generator.integers(0, 2**64, count, dtype=np.uint64) >> generator.integers(0, 64, count, dtype=np.uint64)
    return [1, 2**63, 2**64 - 1, *(max(int(v), 1) for v in values)]


def test_fixed_point_logarithm_and_exponential():
    table = fixed_point.tables()
    with decimal.localcontext(prec=50), np.errstate(over="ignore"):
        for x in bits(500):
            logarithm = -(decimal.Decimal(x) / 2**64).ln()
            assert abs(int(fixed_point.minus_log(np.uint64(x), table)) / decimal.Decimal(2**57) - logarithm) < 2.0**-52
            power = (-(decimal.Decimal(x) / 2**54)).exp()
            m, k = map(int, fixed_point.exp_minus(np.uint64(x), table))
            assert abs(decimal.Decimal(m) / 2 ** (62 + k) - power) < power / 2**52


# -- the same on every device -------------------------------------------------------------------

SINGLE = np.float32
DRAWS: dict[str, Draw] = {
    "random": lambda g: g.random(101, dtype=SINGLE),
    "uniform": lambda g: g.uniform(-3.3, 5.1, 101, dtype=SINGLE),
    "integers": lambda g: g.integers(-7, 1000, (3, 17)),
    "integers, wide": lambda g: g.integers(-(2**63), 2**63 - 1, 50, endpoint=True),
    "integers, retried": lambda g: g.integers(0, 2**63 + 1, 50, dtype=np.uint64),
    "integers, narrow": lambda g: g.integers(-128, 128, 50, dtype=np.int8),
    "integers, bool": lambda g: g.integers(2, size=50, dtype=bool),
    "normal": lambda g: g.normal(1.1, 2.7, 400, dtype=SINGLE),
    "exponential": lambda g: g.exponential(2.7, 101, dtype=SINGLE),
    "gamma": lambda g: g.gamma(2.5, 1.7, 101, dtype=SINGLE),
    "gamma, small shape": lambda g: g.standard_gamma(0.03, 101, dtype=SINGLE),
    "poisson": lambda g: g.poisson(4.5, 101),
    "poisson, large": lambda g: g.poisson(1e5, 20),
    "binomial": lambda g: g.binomial(40, 0.3, 101),
    "permutation": lambda g: g.permutation(101),
    "choice": lambda g: g.choice(5, 101),
    "choice, weighted": lambda g: g.choice(4, 101, p=[0.125, 0.5, 0.25, 0.125]),
    "choice, without replacement": lambda g: g.choice(50, 20, replace=False),
}


@pytest.mark.parametrize("name", DRAWS)
def test_the_same_bits_on_every_device(device: Device, name: str):
    here, there = (xp.asnumpy(DRAWS[name](xp.random.default_rng(7, place))) for place in (device, "host"))
    np.testing.assert_array_equal(here, there, strict=True)
    assert len(np.unique(here)) > 1


def test_doubles_are_the_same_on_every_device(device: Device):
    if not device.info.fp64:
        pytest.skip(f"{device} has no float64")
    for draw in (
        lambda g: g.uniform(-3.3, 5.1, 100),
        lambda g: g.normal(1.1, 2.7, 300),
        lambda g: g.exponential(2.7, 100),
        lambda g: g.gamma(0.3, 1.7, 100),
        lambda g: g.beta(0.5, 3, 100),
    ):
        here, there = (xp.asnumpy(draw(xp.random.default_rng(7, place))) for place in (device, "host"))
        np.testing.assert_array_equal(here, there, strict=True)


def test_beta_in_single_precision(device: Device):
    """A device may divide singles with an error of 2.5 units in the last place (OpenCL, section 7.4)."""
    here, there = (xp.asnumpy(xp.random.default_rng(7, d).beta(0.2, 3, 50, dtype=SINGLE)) for d in (device, "host"))
    np.testing.assert_array_almost_equal_nulp(here, there, 3)


@pytest.mark.parametrize(
    "draw",
    [
        lambda g, t: g.normal(1, 2, 500, dtype=t),
        lambda g, t: g.exponential(2, 500, dtype=t),
        lambda g, t: g.gamma(0.2, 2, 500, dtype=t),
        lambda g, t: g.beta(0.7, 2, 500, dtype=t),
    ],
)
def test_singles_are_the_doubles_rounded(draw: Callable[..., xp.Array]):
    single, double = (xp.asnumpy(draw(xp.random.default_rng(3, "host"), t)) for t in (SINGLE, np.float64))
    # At most seven products, sums and divisions are rounded.
    np.testing.assert_allclose(single, double, rtol=7 * 2.0**-24, atol=2.0**-24)


def test_uniform_singles_are_the_doubles_cut_off():
    single, double = (xp.asnumpy(xp.random.default_rng(3, "host").random(999, t)) for t in (SINGLE, np.float64))
    np.testing.assert_array_equal(single, np.floor(double * 2**24) / 2**24)


def test_defaults_and_0_dimensional_results(device: Device):
    generator = xp.random.default_rng(1)
    assert generator.device is device
    x = generator.random()
    assert (x.shape, x.dtype) == ((), np.float64 if device.info.fp64 else np.float32)
    assert 0 <= float(x) < 1
    assert generator.normal(size=(0, 3)).shape == (0, 3)
    assert generator.integers(3, size=np.int64(4)).shape == (4,)
    assert xp.random.default_rng(generator) is generator


def test_a_stream_does_not_depend_on_the_calls_that_read_it(device: Device):
    for draw in (
        lambda g, n: g.random(n, dtype=SINGLE),
        lambda g, n: g.normal(size=n, dtype=SINGLE),
        lambda g, n: g.integers(9, size=n),
    ):
        whole = draw(xp.random.default_rng(5), 20).tolist()
        generator = xp.random.default_rng(5)
        assert [v for n in (3, 4, 1, 12) for v in draw(generator, n).tolist()] == whole


def test_spawned_streams(device: Device):
    children = xp.random.default_rng(5).spawn(3)
    rows = [child.random(200, dtype=SINGLE).tolist() for child in children]
    again = [xp.random.default_rng(s).random(200, dtype=SINGLE).tolist() for s in np.random.SeedSequence(5).spawn(3)]
    assert rows == again
    assert len({v for row in rows for v in row}) > 590
    assert all(child.device is device for child in children)


def test_pickled_generators_go_on(device: Device):
    generator = xp.random.default_rng(5)
    generator.random(3)
    copy = pickle.loads(pickle.dumps(generator))
    assert copy.device is device
    assert copy.random(4).tolist() == generator.random(4).tolist()


def test_array_parameters(device: Device):
    loc, scale = xp.asarray([[0.0], [100.0]], dtype=SINGLE), xp.asarray([1.0, 2.0, 4.0], dtype=SINGLE)
    x = xp.random.default_rng(5).normal(loc, scale, dtype=SINGLE)
    z = xp.asnumpy(xp.random.default_rng(5).standard_normal((2, 3), dtype=SINGLE))
    np.testing.assert_allclose(xp.asnumpy(x), [[0], [100]] + np.array([1, 2, 4]) * z, rtol=1e-6)
    g = xp.random.default_rng(5).gamma(2.0, scale, dtype=SINGLE)
    one = xp.asnumpy(xp.random.default_rng(5).gamma(2.0, size=3, dtype=SINGLE))
    np.testing.assert_allclose(xp.asnumpy(g), [1, 2, 4] * one, rtol=1e-6)


def test_parts_of_arrays(device: Device):
    x = np.arange(24).reshape(4, 6)
    order = xp.random.default_rng(5).permutation(4).tolist()
    a = xp.asarray(x)
    assert xp.random.default_rng(5).permutation(a).tolist() == x[order].tolist()
    xp.random.default_rng(5).shuffle(a)
    assert a.tolist() == x[order].tolist()
    taken = xp.random.default_rng(5).choice(xp.asarray(x), (2, 2), axis=1)
    index = xp.random.default_rng(5).integers(0, 6, 4).tolist()
    assert taken.tolist() == x[:, index].reshape(4, 2, 2).tolist()
    p = xp.asarray([0, 0.5, 0, 0.5], dtype=SINGLE)
    assert set(xp.random.default_rng(5).choice(4, 2, replace=False, p=p).tolist()) == {1, 3}


def test_errors(device: Device):
    g = xp.random.default_rng(1)
    wrong: list[Callable[[], Any]] = [
        lambda: g.integers(5, 5),
        lambda: g.integers(0, 300, dtype=np.uint8),
        lambda: g.normal(0, -1),
        lambda: g.gamma(0),
        lambda: g.poisson(-1),
        lambda: g.binomial(3, 1.5),
        lambda: g.choice(3, 4, replace=False),
        lambda: g.choice(2, 4, p=[0.5, 0.6]),
        lambda: g.choice(2, 4, p=[0.5, 0.25, 0.25]),
    ]
    for call in wrong:
        with pytest.raises(ValueError):
            call()
    with pytest.raises(xp.UnsupportedDTypeError, match="float16"):
        g.random(3, dtype=np.float16)


def test_the_generators_device_is_the_arrays(two_devices: tuple[Device, Device]):
    here, there = two_devices
    with pytest.raises(xp.PlacementError, match="to_device"):
        xp.random.default_rng(1, here).permutation(xp.zeros(3, device=there))


# -- quality: the numbers are the same everywhere, so one device will do -------------------------

N = 100_000


def drawn(draw: Draw, seed: int = 11) -> np.ndarray:
    return xp.asnumpy(draw(xp.random.default_rng(seed, "host")))


@pytest.mark.parametrize(
    "draw, law",
    [
        (lambda g: g.random(N), stats.uniform()),
        (lambda g: g.uniform(-2, 5, N), stats.uniform(-2, 7)),
        (lambda g: g.normal(1, 2, N), stats.norm(1, 2)),
        (lambda g: g.exponential(3, N), stats.expon(0, 3)),
        *((lambda g, a=a: g.gamma(a, 2, N), stats.gamma(a, 0, 2)) for a in (0.1, 0.9, 1, 3.7, 1e4, 1e8)),
        (lambda g: g.vonmises(0.0, 2.0, N), stats.vonmises(2.0)),
        (lambda g: g.wald(2.0, 3.0, N), stats.invgauss(2 / 3, scale=3)),
        (lambda g: g.noncentral_chisquare(3.0, 2.0, N), stats.ncx2(3, 2)),
        *((lambda g, a=a: g.beta(*a, N), stats.beta(*a)) for a in ((0.1, 0.2), (0.5, 3), (5, 2))),
    ],
)
def test_real_distributions(draw: Draw, law: Any):
    """Kolmogorov and Smirnov's test; the seed is fixed, so that it fails for a reason or not at all."""
    assert stats.kstest(drawn(draw), law.cdf).pvalue > 1e-3


def test_normal_tails():
    x = np.abs(drawn(lambda g: g.standard_normal(2_000_000, dtype=SINGLE)))
    for bound in (3.0, 3.6, 3.7, 4.0, 4.5):
        expected = x.size * 2 * stats.norm.sf(bound)
        assert abs((x > bound).sum() - expected) < 4 * math.sqrt(expected)


def chi_square(values: np.ndarray, mass: Callable[[np.ndarray], np.ndarray]) -> float:
    """The p-value for integers, with counts that are rarely expected gathered at either end."""
    kinds = np.arange(values.min() - 1, values.max() + 2)
    expected, seen = mass(kinds) * values.size, np.array([(values == k).sum() for k in kinds])
    usual = expected > 20
    rest = values.size - expected[usual].sum(), values.size - seen[usual].sum()
    if rest[0] > 1:
        return stats.chisquare([*seen[usual], rest[1]], [*expected[usual], rest[0]]).pvalue
    return stats.chisquare(seen[usual], expected[usual] * seen[usual].sum() / expected[usual].sum()).pvalue


@pytest.mark.parametrize(
    "draw, mass",
    [
        (lambda g: g.integers(-5, 95, N), stats.randint(-5, 95).pmf),
        *((lambda g, lam=lam: g.poisson(lam, N), stats.poisson(lam).pmf) for lam in (0.01, 1, 30, 1000)),
        *((lambda g, a=a: g.binomial(*a, N), stats.binom(*a).pmf) for a in ((1, 0.3), (40, 0.9), (10_000, 0.02))),
        (lambda g: g.zipf(4.0, N), stats.zipf(4.0).pmf),
        (lambda g: g.logseries(0.9, N), stats.logser(0.9).pmf),
        (lambda g: g.negative_binomial(3.5, 0.3, N), stats.nbinom(3.5, 0.3).pmf),
        (lambda g: g.multinomial(30, [0.2, 0.3, 0.5], N)[:, 1], stats.binom(30, 0.3).pmf),
        (lambda g: g.choice(4, N, p=[0.1, 0.2, 0.3, 0.4]), lambda k: np.where((k >= 0) & (k < 4), (k + 1) / 10, 0)),
    ],
)
def test_integer_distributions(draw: Draw, mass: Callable[[np.ndarray], np.ndarray]):
    assert chi_square(drawn(draw), mass) > 1e-3


def test_poisson_and_binomial_of_nothing():
    assert set(drawn(lambda g: g.poisson(0, 50))) == {0}
    assert set(drawn(lambda g: g.binomial(9, 1, 50))) == {9}
    assert set(drawn(lambda g: g.binomial(9, 0, 50))) == {0}
    assert set(drawn(lambda g: g.binomial(0, 0.5, 50))) == {0}


def test_orders_are_equally_likely():
    generator = xp.random.default_rng(2, "host")
    orders = [tuple(generator.permutation(4).tolist()) for _ in range(4800)]
    seen = [orders.count(order) for order in itertools.permutations(range(4))]
    assert stats.chisquare(seen).pvalue > 1e-3


def test_weighted_choice_without_replacement():
    generator = xp.random.default_rng(2, "host")
    first = [generator.choice(3, 2, replace=False, p=[0.2, 0.3, 0.5]).tolist()[0] for _ in range(4000)]
    assert stats.chisquare(np.bincount(first), np.array([0.2, 0.3, 0.5]) * 4000).pvalue > 1e-3


def test_streams_and_neighbours_are_independent():
    rows = [xp.asnumpy(g.random(20_000)) for g in xp.random.default_rng(8, "host").spawn(3)]
    x = rows[0]
    pairs = [*itertools.combinations(rows, 2), (x[:-1], x[1:]), (x[:-2], x[2:])]
    for a, b in pairs:
        assert abs(np.corrcoef(a, b)[0, 1]) < 4 / math.sqrt(len(a))
    bits_set = np.unpackbits(drawn(lambda g: g.integers(0, 2**64 - 1, 10_000, np.uint64, True)).view(np.uint8))
    assert abs(bits_set.mean() - 0.5) < 4 * 0.5 / math.sqrt(bits_set.size)
