"""NumPy's further names: types, bits, polynomials, text and files, errors of floats; beside NumPy's on each device."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.functions import scalar_types

RNG = np.random.default_rng(2)
BITS = RNG.integers(0, 2, (3, 11)).astype(np.uint8)
BYTES = RNG.integers(0, 256, (2, 5)).astype(np.uint8)
P, Q = np.asarray([2.0, -3.0, 1.0, 4.0], np.float32), np.asarray([1.0, 2.0], np.float32)
CALLS: dict[str, Any] = {
    **{
        f"packbits {a} {o}": lambda m, a=a, o=o: m.packbits(m.asarray(BITS), a, o)
        for a in (None, 0, 1)
        for o in ("big", "little")
    },
    **{
        f"unpackbits {a} {c}": lambda m, a=a, c=c: m.unpackbits(m.asarray(BYTES), a, c)
        for a in (None, 0, -1)
        for c in (None, 5, -3, 99)
    },
    "unpackbits little": lambda m: m.unpackbits(m.asarray(BYTES), bitorder="little"),
    "polyadd": lambda m: m.polyadd(m.asarray(P), m.asarray(Q)),
    "polysub": lambda m: m.polysub(m.asarray(Q), m.asarray(P)),
    "polymul": lambda m: m.polymul(m.asarray(P), m.asarray(Q)),
    "polydiv": lambda m: m.polydiv(m.asarray(P), m.asarray(Q)),
    "polydiv short": lambda m: m.polydiv(m.asarray(Q), m.asarray(P)),
    "polyder": lambda m: m.polyder(m.asarray(P), 2),
    "polyint": lambda m: m.polyint(m.asarray(P), 2, [1, 2]),
    "poly": lambda m: m.poly(m.asarray(P)),
    "roots": lambda m: abs(m.roots(m.asarray([1, -3, 2, 0, 0], m.float32))),
    "roots of nothing": lambda m: m.roots(m.asarray([0.0, 0.0], m.float32)),
    "apply_over_axes": lambda m: m.apply_over_axes(m.sum, m.asarray(BITS), [0, 1]),
    "sort_complex": lambda m: m.sort_complex(m.asarray([3, 1, 2], m.int16)),
    "row_stack": lambda m: m.vstack([m.asarray(P), m.asarray(P)]),
    "asarray_chkfinite": lambda m: m.asarray_chkfinite(P),
    "linspace": lambda m: m.linspace(m.asarray(P), 3, 4, retstep=True),
    "fill_diagonal": lambda m: (x := m.zeros((7, 3), m.int32), m.fill_diagonal(x, 4, wrap=True))[0],
    "fill_diagonal list": lambda m: (x := m.zeros((7, 3), m.int32), m.fill_diagonal(x, [1, 2], wrap=True))[0],
    "loadtxt": lambda m: m.loadtxt(io.StringIO("1 2\n3 4"), m.float32),
    "genfromtxt": lambda m: m.genfromtxt(io.StringIO("1,,3\n4,5,6"), m.float32, delimiter=",", filling_values=9),
    "fromstring": lambda m: m.fromstring("1 2 3", m.int32, sep=" "),
}


def same(ours: Any, numpys: Any, what: str) -> None:
    if isinstance(numpys, tuple):
        for one, other in zip(ours, numpys, strict=True):
            same(one, other, what)
        return
    assert ours.shape == numpys.shape and ours.dtype == ours.device.info.fit(numpys.dtype), (what, ours, numpys)
    np.testing.assert_allclose(xp.asnumpy(ours), numpys, rtol=1e-5, atol=1e-6, err_msg=what)


def test_they_are_numpys(device):
    with xp.device(device):
        for name, call in CALLS.items():
            same(call(xp), call(np), name)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_frexp_takes_numbers_apart(device, dtype):
    if device.info.fit(np.dtype(dtype)) != np.dtype(dtype) or (dtype == "float16" and not device.info.fp16):
        pytest.skip(f"no {dtype}")
    info = np.finfo(dtype)
    special = [0.0, -0.0, np.inf, -np.inf, np.nan, 1, -1, 0.5, 0.75, info.max, -info.max, info.tiny, 3, 1e-3]
    values = np.asarray([*special, *RNG.standard_normal(50) * 10.0 ** RNG.integers(-4, 4, 50)], dtype)
    small = np.asarray([info.smallest_subnormal, -3 * info.smallest_subnormal], dtype)
    for given in (values, values.reshape(8, 8)[::2, ::-1], values[3:4].reshape(()), small):
        x = xp.asarray(given, device=device)
        if given is small and float(x[0]) * 1 == 0:
            continue
        mantissa, exponent = xp.frexp(x)
        expected = np.frexp(given)
        assert mantissa.dtype == expected[0].dtype and exponent.dtype == expected[1].dtype
        np.testing.assert_array_equal(xp.asnumpy(mantissa), expected[0])
        finite = np.isfinite(given)
        np.testing.assert_array_equal(xp.asnumpy(exponent)[finite], expected[1][finite])


def test_types_are_numpys_own(device):
    for name in scalar_types.__all__:
        assert getattr(xp, name) is getattr(np, name), name
    x = xp.ones(3, xp.bool_, device=device)
    assert x.dtype == xp.dtype("bool") and xp.issubdtype(xp.float32, xp.floating) and isinstance(x.dtype, xp.dtype)
    with pytest.raises(xp.UnsupportedDTypeError):
        xp.zeros(3, xp.object_, device=device)
    assert xp.common_type(xp.ones(2, xp.float32, device=device)) is np.float32


def test_floating_point_errors_are_said_by_nobody(device):
    with xp.device(device), xp.errstate(divide="ignore", all="warn"):
        assert xp.isinf(1 / xp.zeros(3)).all()

    @xp.errstate(invalid="ignore")
    def nan() -> xp.Array:
        return xp.zeros(2) / xp.zeros(2)

    with xp.device(device):
        assert xp.isnan(nan()).all()
    old = xp.seterr(all="ignore")
    assert old == xp.geterr() == xp.seterr(**old)
    for refused in ({"all": "raise"}, {"divide": "call"}, {"over": "nonsense"}, {"under": "print"}):
        with pytest.raises(ValueError):
            xp.errstate(**refused)
        with pytest.raises(ValueError):
            xp.seterr(**refused)


def test_text_and_files(device, tmp_path):
    with xp.device(device):
        x = xp.asarray(P).reshape(2, 2)
        xp.savetxt(tmp_path / "x.txt", x)
        assert xp.loadtxt(tmp_path / "x.txt", xp.float32).tolist() == x.tolist()
        x.tofile(tmp_path / "x")
        assert xp.fromfile(tmp_path / "x", xp.float32).tolist() == P.tolist()
        host = xp.asnumpy(x)
        assert xp.array2string(x, precision=2, separator=",") == np.array2string(host, precision=2, separator=",")
        assert xp.array_str(x, precision=1) == np.array_str(host, precision=1)
        assert "device" in xp.array_repr(x) and "..." in xp.array2string(xp.arange(5000))
        with xp.printoptions(precision=1):
            assert str(x) == np.array_str(host)
        assert [(i, v.item()) for i, v in xp.ndenumerate(x)] == [(i, v.item()) for i, v in np.ndenumerate(host)]
        path, text = xp.einsum_path("ij,jk,kl->il", x, x, x)
        assert (path, text) == np.einsum_path("ij,jk,kl->il", host, host, host)
        assert xp.row_stack is xp.vstack and xp.exceptions.AxisError is np.exceptions.AxisError
        values, step = xp.linspace(0, 1, 5, retstep=True)
        assert step == 0.25 and values.size == 5 and np.isnan(xp.linspace(0, 1, 1, retstep=True)[1])


def test_what_has_no_meaning_is_refused(device):
    with xp.device(device):
        x = xp.ones(3, dtype=xp.float32)
        for call, error in {
            lambda: xp.packbits(x): TypeError,
            lambda: xp.unpackbits(x): TypeError,
            lambda: xp.packbits(x > 0, bitorder="middle"): ValueError,
            lambda: xp.asarray_chkfinite([1.0, float("nan")]): ValueError,
            lambda: xp.polyder(x, -1): ValueError,
            lambda: xp.roots(x[None]): ValueError,
            lambda: xp.frexp(x + 1j): TypeError,
            lambda: xp.common_type(x > 0): TypeError,
        }.items():
            with pytest.raises(error):
                call()
