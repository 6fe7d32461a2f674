"""Names of NumPy's that programs are full of beside its functions: nditer, poly1d, testing, typing, seeds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import xpuarray as xp

ORDERS = [
    ("as it lies", lambda m: m.arange(6).reshape(2, 3), {}),
    ("transposed", lambda m: m.arange(6).reshape(2, 3).T, {}),
    ("F", lambda m: m.arange(6).reshape(2, 3), {"order": "F"}),
    ("C", lambda m: m.arange(6).reshape(2, 3).T, {"order": "C"}),
    ("no dimension", lambda m: m.asarray(5), {}),
]


@pytest.mark.parametrize("make, options", [o[1:] for o in ORDERS], ids=[o[0] for o in ORDERS])
def test_nditer_takes_elements_in_numpys_order(device: xp.Device, make: Any, options: dict[str, Any]):
    flags = ["multi_index"]
    with xp.device(device):
        ours, numpys = (m.nditer(make(m), flags=flags, **options) for m in (xp, np))
        seen = [[], []]
        for it, places in zip((ours, numpys), seen):
            while not it.finished:
                places.append((int(it[0]), it.multi_index))
                it.iternext()
        assert seen[0] == seen[1]
        assert [int(v) for v in xp.nditer(make(xp), **options)] == [int(v) for v in np.nditer(make(np), **options)]
        for at_once in (
            [int(v) for row in m.nditer(make(m), flags=["external_loop"], **options) for v in row] for m in (xp, np)
        ):
            assert at_once == [value for value, _ in seen[1]]


def test_nditer_writes_and_makes(device: xp.Device):
    x = xp.arange(6, device=device).reshape(2, 3)
    with xp.nditer(x, op_flags=["readwrite"]) as it:
        for element in it:
            element[...] = 2 * element
    assert x.tolist() == [[0, 2, 4], [6, 8, 10]]
    for row in xp.nditer(x, flags=["external_loop"], op_flags=["readwrite"]):
        row[...] = row + 1
    assert x.tolist() == [[1, 3, 5], [7, 9, 11]]
    it = xp.nditer([x[:, :1], x[:1], None])
    for a, b, made in it:
        made[...] = a * b
    assert it.operands[2].tolist() == [[1, 3, 5], [7, 21, 35]]
    it = xp.nditer(x, flags=["multi_index"], op_flags=["readwrite"])  # a gradient, element by element
    while not it.finished:
        x[it.multi_index] -= 1
        it.iternext()
    assert x.tolist() == [[0, 2, 4], [6, 8, 10]]
    with pytest.raises(ValueError, match="none of"):
        xp.nditer(x, flags=["multi"])


POLYNOMIALS = {
    "value": lambda m, p, q: p(m.asarray([1.0, 2.0])),
    "of a polynomial": lambda m, p, q: p(q),
    "sum": lambda m, p, q: p + q,
    "difference": lambda m, p, q: 1 - p,
    "product": lambda m, p, q: 2 * p * q,
    "quotient": lambda m, p, q: (p / q)[0],
    "rest": lambda m, p, q: (p / q)[1],
    "by a number": lambda m, p, q: p / 2,
    "power": lambda m, p, q: q**3,
    "negative": lambda m, p, q: -p,
    "derivative": lambda m, p, q: p.deriv(2),
    "integral": lambda m, p, q: p.integ(2, [1, 2]),
    "zeros": lambda m, p, q: m.sort(p.r),
    "by zeros": lambda m, p, q: m.poly1d([1.0, 2.0], True),
    "trimmed": lambda m, p, q: m.poly1d([0.0, 0.0, 3.0]),
    "nothing": lambda m, p, q: m.poly1d([0.0]),
    "polyadd": lambda m, p, q: m.polyadd(p, q),
    "polysub, with a list": lambda m, p, q: m.polysub([1.0, 2.0], q),
    "polymul": lambda m, p, q: m.polymul(p, q),
    "polydiv": lambda m, p, q: m.polydiv(p, q)[0],
    "polyder": lambda m, p, q: m.polyder(p),
    "polyint": lambda m, p, q: m.polyint(p, 2),
    "polyval": lambda m, p, q: m.polyval(p, m.asarray([1.0, 2.0])),
    "roots": lambda m, p, q: m.sort(m.roots(p)),
}


@pytest.mark.parametrize("name", POLYNOMIALS)
def test_poly1d_is_numpys(device: xp.Device, name: str):
    with xp.device(device):
        ours, numpys = (POLYNOMIALS[name](m, m.poly1d([1.0, 0.0, -4.0]), m.poly1d([1.0, -1.0])) for m in (xp, np))
        if isinstance(numpys, np.poly1d):
            assert ours.order == numpys.order and str(ours) == str(numpys)
            ours, numpys = ours.coeffs, numpys.coeffs
        np.testing.assert_allclose(xp.asnumpy(ours), numpys, rtol=1e-6, atol=1e-6)


def test_poly1d_holds_coefficients_by_their_powers():
    p = xp.poly1d([1, 2, 3])
    assert [int(p[k]) for k in range(4)] == [3, 2, 1, 0] and len(p) == p.o == 2
    assert repr(p) == "poly1d([1, 2, 3])" and [int(c) for c in p] == [1, 2, 3]
    p[4] = 7
    assert p.c.tolist() == [7, 0, 1, 2, 3] and p == xp.poly1d([0, 7, 0, 1, 2, 3]) and p != xp.poly1d([1])
    with pytest.raises(ValueError, match="a power is an integer"):
        pow(p, 0.5)


def test_assertions_read_arrays(device: xp.Device):
    x = xp.asarray([1.0, 2.0], device=device)
    xp.testing.assert_allclose(x, [1, 2])
    xp.testing.assert_array_equal(x, np.array([1.0, 2.0]))
    xp.testing.assert_equal({"a": [x, 3]}, {"a": [x.copy(), 3]})
    xp.testing.assert_array_less(x, x + 1)
    with xp.testing.assert_raises(ValueError):
        raise ValueError
    for name in ("assert_allclose", "assert_array_equal", "assert_almost_equal", "assert_equal"):
        with pytest.raises(AssertionError, match=r"(?i)not (almost )?equal"):
            getattr(xp.testing, name)(x, x + 1)
    assert [name for name in xp.testing.__all__ if not hasattr(np.testing, name)] == []
    with pytest.raises(AttributeError, match="attribute"):
        _ = xp.testing.assert_nothing


def test_annotations():
    def f(x: xp.typing.NDArray[xp.float64], y: xp.typing.ArrayLike, t: xp.typing.DTypeLike) -> None: ...

    assert xp.typing.NDArray[np.float64] is xp.Array
    assert xp.typing.DTypeLike and xp.Array in xp.typing.ArrayLike.__args__


def test_numpys_generators_of_bits_are_seeds():
    draw = xp.random.default_rng(3, device="host").random(2).tolist()
    for seed in (
        xp.random.PCG64(3),
        xp.random.MT19937(3),
        xp.random.SeedSequence(3),
        xp.random.PCG64(xp.random.SeedSequence(3)),
    ):
        assert xp.random.Generator(seed, device="host").random(2).tolist() == draw
        assert xp.random.RandomState(seed, device="host").rand(2).tolist() == draw
