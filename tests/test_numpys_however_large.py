"""What a CPU device leaves to NumPy on the memory that it shares, however many elements there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.backends.sycl.on_host import NUMPY_UNTIL
from xpuarray.placement.devices import Device, as_device

MANY = 40_000  #: more than `host_until`
REAL = np.random.default_rng(0).uniform(-2, 2, (4, MANY // 4)).astype(np.float32)
COMPLEX = (REAL + 1j * REAL[::-1]).astype(np.complex64)

#: a call of each function in the table, with `p` for the library
CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "concat": lambda p, x: p.concatenate([x, x]),
    "stack": lambda p, x: p.stack([x, x], axis=1),
    "repeat": lambda p, x: p.repeat(x, 2, axis=1),
    "roll": lambda p, x: p.roll(x, 3),
    "tile": lambda p, x: p.tile(x, (2, 1)),
    "tril": lambda p, x: p.tril(x, 5),
    "triu": lambda p, x: p.triu(x, 5),
    "nonzero": lambda p, x: p.nonzero(x > 0),
    "frexp": lambda p, x: p.frexp(x),
    "modf": lambda p, x: p.modf(x),
    "spacing": lambda p, x: p.spacing(x),
    "flatnonzero": lambda p, x: p.flatnonzero(x > 0),
    "argwhere": lambda p, x: p.argwhere(x > 0),
    "packbits": lambda p, x: p.packbits(x > 0, axis=1),
}
PRODUCTS = {"matmul", "tensordot", "vecdot"}  # tests/test_products has them
COMPLEX_CALLS: list[Callable[[Any, Any], Any]] = [
    lambda p, z: z + z,
    lambda p, z: 2 * z,
    lambda p, z: -z,
    lambda p, z: z / z[0],
    lambda p, z: p.conj(z),
    lambda p, z: p.abs(z),
    lambda p, z: p.exp(z),
    lambda p, z: z == z[1],
    lambda p, z: p.sum(z, axis=0),
    lambda p, z: p.cumsum(z, axis=0),
]


def assert_like_numpys(call: Callable[[Any, Any], Any], values: np.ndarray) -> None:
    found, expected = call(xp, xp.asarray(values)), call(np, values)
    pairs = zip(found, expected) if isinstance(expected, tuple) else [(found, expected)]
    for x, exact in pairs:
        assert x.dtype == exact.dtype
        np.testing.assert_allclose(xp.asnumpy(x), exact, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", CALLS)
def test_functions_of_the_table(name: str, device: Device):
    assert_like_numpys(CALLS[name], REAL)


@pytest.mark.parametrize("call", COMPLEX_CALLS)
def test_complex_numbers(call: Callable[[Any, Any], Any], device: Device):
    assert_like_numpys(call, COMPLEX)


def test_the_table_is_tested():
    assert NUMPY_UNTIL.keys() - PRODUCTS - {"complex"} == CALLS.keys()


@pytest.mark.needs_device("opencl:cpu")
@pytest.mark.parametrize("call", [CALLS["concat"], CALLS["roll"], CALLS["tril"], CALLS["nonzero"], *COMPLEX_CALLS])
def test_it_is_numpy_that_does_it(call: Callable[[Any, Any], Any]):
    values = COMPLEX if call in COMPLEX_CALLS else REAL
    x = xp.asarray(values, device=as_device("opencl:cpu"))
    with xp.explain() as calls:
        call(xp, x)
    assert calls[-1].route.startswith("NumPy "), calls


def test_elements_are_written_in_place(device: Device):
    random = np.random.default_rng(1)
    a, values = REAL[0].copy(), REAL[1, :7].copy()
    mask, places = a > 0, random.integers(-a.size, a.size, 50)
    if device.backend == "cuda":  # which keeps any one of the values for a place: each place once, in every mode
        places = np.append(1 + random.choice(a.size // 3 - 1, 49, replace=False), -1)
    for write in (
        lambda p, x, m, i, v: p.putmask(x, m, v),
        lambda p, x, m, i, v: p.place(x, m, v),
        lambda p, x, m, i, v: p.put(x, i, v),
        lambda p, x, m, i, v: p.put(x, 3 * i, v, mode="wrap"),
        lambda p, x, m, i, v: p.put(x, 3 * i, v, mode="clip"),
    ):
        x, expected = xp.asarray(a), a.copy()
        write(np, expected, mask, places, values)
        write(xp, x, xp.asarray(mask), xp.asarray(places), xp.asarray(values))
        assert np.array_equal(xp.asnumpy(x), expected)
    x = xp.asarray(a)
    xp.put(x, xp.arange(a.size), x[::-1])  # read before it is written
    assert np.array_equal(xp.asnumpy(x), a[::-1])


@pytest.mark.parametrize("k", [-2, 0, 3])
def test_triangles_and_diagonals(k: int, device: Device):
    for call in (
        lambda p: p.tril_indices(6, k, 4),
        lambda p: p.triu_indices(6, k),
        lambda p: (p.tri(5, 7, k, dtype=np.int32),),
    ):
        for x, exact in zip(call(xp), call(np)):
            assert x.dtype == exact.dtype
            assert np.array_equal(xp.asnumpy(x), exact)
    for size in (5, 200):
        assert np.array_equal(xp.asnumpy(xp.diag(xp.asarray(REAL[0, :size]), k)), np.diag(REAL[0, :size], k))
