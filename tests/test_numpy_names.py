"""NumPy's functions beyond the standard: each call below gives what NumPy gives, on every device.

A row is written once, for `np` and `xp` alike.  Arrays are float32; NumPy gets the same values in float64.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.placement.devices import Device

# -- the arrays that rows use -------------------------------------------------------------------

_RANDOM = np.random.default_rng(3)
ARRAYS: dict[str, np.ndarray] = {
    "x": _RANDOM.normal(size=(4, 6)).astype(np.float32),
    "y": _RANDOM.normal(size=(4, 6)).astype(np.float32),
    "c": _RANDOM.normal(size=(2, 3, 4)).astype(np.float32),
    "s": _RANDOM.normal(size=(4, 4)).astype(np.float32),
    "v": _RANDOM.normal(size=9).astype(np.float32),
    "w": _RANDOM.uniform(1, 2, size=6).astype(np.float32),
    "u": np.sort(_RANDOM.uniform(-2, 2, size=6)).astype(np.float32),
    "z": (_RANDOM.normal(size=5) + 1j * _RANDOM.normal(size=5)).astype(np.complex64),
    "n": _RANDOM.integers(0, 5, 30),
    "k": _RANDOM.integers(0, 3, (2, 4)),
    "i": _RANDOM.integers(-20, 20, (3, 5)).astype(np.int32),
    "b": _RANDOM.integers(0, 2, (3, 5)).astype(bool),
    "e": np.array([[1, math.nan, 3], [math.nan, 5, 0.5]], np.float32),
    "f": np.array([math.inf, -math.inf, math.nan, 1.5], np.float32),
}


class Arrays:
    """The arrays as attributes, as NumPy's (in double precision) or on the default device."""

    def __init__(self, host: bool):
        self.host = host

    def __getattr__(self, name: str) -> Any:
        values = ARRAYS[name]
        if self.host:
            return values.astype({"f": np.float64, "c": np.complex128}.get(values.dtype.kind, values.dtype))
        return xp.asarray(values)


Case = Callable[[Any, Any], Any]

EXACT: list[Case] = [  # values are moved, counted or compared
    lambda m, a: m.atleast_1d(a.x[0, 0]),
    lambda m, a: m.atleast_2d(a.v),
    lambda m, a: m.atleast_3d(a.v),
    lambda m, a: m.atleast_3d(a.x),
    lambda m, a: m.atleast_2d(a.v, a.x),
    lambda m, a: m.vstack((a.x, a.y)),
    lambda m, a: m.vstack((a.v, a.v)),
    lambda m, a: m.hstack((a.x, a.y)),
    lambda m, a: m.hstack([a.v, a.w]),
    lambda m, a: m.dstack((a.x, a.y)),
    lambda m, a: m.dstack((a.v, a.v)),
    lambda m, a: m.column_stack((a.w, a.u, m.permute_dims(a.x, (1, 0)))),
    lambda m, a: m.append(a.v, a.x),
    lambda m, a: m.append(a.x, a.y, 1),
    lambda m, a: m.block([[a.x, a.y], [a.y, a.x]]),
    lambda m, a: m.block([a.v, a.w]),
    lambda m, a: m.array_split(a.v, 4),
    lambda m, a: m.array_split(a.x, [1, 3], axis=1),
    lambda m, a: m.split(a.x, 3, axis=-1),
    lambda m, a: m.vsplit(a.x, 2),
    lambda m, a: m.hsplit(a.x, [2]),
    lambda m, a: m.dsplit(a.c, 2),
    lambda m, a: m.fliplr(a.x),
    lambda m, a: m.flipud(a.x),
    *((lambda m, a, k=k: m.rot90(a.x, k)) for k in range(-1, 5)),
    lambda m, a: m.rot90(a.c, 1, (2, 0)),
    lambda m, a: m.swapaxes(a.c, 0, -1),
    lambda m, a: m.transpose(a.c),
    lambda m, a: m.transpose(a.c, (1, 0, 2)),
    lambda m, a: m.rollaxis(a.c, 2),
    lambda m, a: m.rollaxis(a.c, 0, 3),
    lambda m, a: m.pad(a.x, 2),
    lambda m, a: m.pad(a.x, ((1, 0), (0, 3)), "constant", constant_values=((1, 2), (3, 4))),
    *((lambda m, a, mode=mode: m.pad(a.x, (3, 2), mode)) for mode in ("edge", "reflect", "symmetric", "wrap")),
    lambda m, a: m.pad(a.c, {-1: (1, 2)}),
    lambda m, a: m.flatnonzero(a.i > 0),
    lambda m, a: m.argwhere(a.b),
    lambda m, a: m.compress([True, False, True], a.i, axis=0),
    lambda m, a: m.compress([True, False, True], a.i),
    lambda m, a: m.extract(a.b, a.i),
    lambda m, a: m.choose(a.k, [a.x[:2, :4], a.y[:2, :4], a.s[:2]]),
    lambda m, a: m.choose(a.k + 2, [a.k, 10 * a.k], mode="wrap"),
    lambda m, a: m.choose(a.k - 1, [a.k, 10 * a.k], mode="clip"),
    lambda m, a: m.diag(a.v, 1),
    lambda m, a: m.diag(a.s, -1),
    lambda m, a: m.diagonal(a.c, 1, 0, 2),
    lambda m, a: m.tril_indices(4, 1),
    lambda m, a: m.triu_indices(4, -1, 5),
    lambda m, a: m.diag_indices(3),
    lambda m, a: m.tri(3, 4, 1, np.float32),
    lambda m, a: m.indices((2, 3)),
    lambda m, a: m.indices((2, 3), sparse=True),
    lambda m, a: m.unravel_index(a.n, (5, 3)),
    lambda m, a: m.unravel_index(a.n, (5, 3), order="F"),
    lambda m, a: m.ravel_multi_index((a.k, a.k), (3, 4)),
    lambda m, a: m.ravel_multi_index((a.k, a.k + 2), (3, 4), mode=("raise", "wrap"), order="F"),
    lambda m, a: m.bincount(a.n),
    lambda m, a: m.bincount(a.n, minlength=9),
    lambda m, a: m.digitize(a.x, a.u),
    lambda m, a: m.digitize(a.n, m.asarray([4, 2, 0]), True),
    lambda m, a: m.histogram(a.n, 4)[0],
    lambda m, a: m.histogram(a.x, a.u)[0],
    lambda m, a: m.count_nonzero(a.b, 1),
    lambda m, a: m.ptp(a.i, 1),
    lambda m, a: m.ptp(a.x, keepdims=True),
    lambda m, a: m.nanmin(a.e, 0),
    lambda m, a: m.nanmax(a.e, axis=1, keepdims=True),
    lambda m, a: m.nanmax(a.i),
    lambda m, a: m.nanargmin(a.e, 1),
    lambda m, a: m.nanargmax(a.e),
    lambda m, a: m.nan_to_num(a.f, nan=7.0, posinf=8.0, neginf=9.0),
    lambda m, a: m.isclose(a.x, a.x + 1e-7),
    lambda m, a: m.isclose(a.f, a.f),
    lambda m, a: m.isclose(a.f, a.f, equal_nan=True),
    lambda m, a: m.isclose(a.i, 3, atol=4),
    lambda m, a: m.allclose(a.x, a.y),
    lambda m, a: m.allclose(a.x, a.x),
    lambda m, a: m.array_equal(a.x, a.x),
    lambda m, a: m.array_equal(a.x, a.v),
    lambda m, a: m.array_equal(a.f, a.f, equal_nan=True),
    lambda m, a: m.array_equiv(a.x[0], a.x),
    lambda m, a: m.kron(a.i, a.k),
    lambda m, a: m.outer(a.n, a.n),
    lambda m, a: m.cross(a.i[:, :3], a.i[:, 2:]),
    lambda m, a: m.vander(a.n, 3),
    lambda m, a: m.ediff1d(a.i, to_end=[7], to_begin=9),
    lambda m, a: m.convolve(a.n, a.n[:4]),
    lambda m, a: m.convolve(a.n[:4], a.n, "same"),
    lambda m, a: m.convolve(a.n, a.n[:4], "valid"),
    lambda m, a: m.correlate(a.n, a.n[:4], "full"),
    lambda m, a: m.correlate(a.n[:4], a.n, "same"),
    lambda m, a: m.einsum("ij,kj", a.i, a.i),
    lambda m, a: m.einsum("ij->j", a.i),
    lambda m, a: m.einsum("ii", a.i[:, :3]),
    lambda m, a: m.einsum("...i->i...", a.i),
    lambda m, a: m.trace(a.i, 1),
    lambda m, a: m.identity(3, np.int32),
    lambda m, a: m.array(a.v, ndmin=3),
    lambda m, a: m.cumsum(a.i),
    lambda m, a: m.cumsum(a.i, 0),
    lambda m, a: m.cumprod(a.k, 1),
    lambda m, a: m.nancumsum(a.i, 0),
    lambda m, a: m.fmax(a.e, 2.0),
    lambda m, a: m.fmin(a.e, a.e[::-1]),
    lambda m, a: m.isposinf(a.f),
    lambda m, a: m.isneginf(a.f),
    lambda m, a: m.size(a.c, 1),
    lambda m, a: m.shape(a.c),
]

CLOSE: list[Case] = [  # within a few units in the last place of float32 of the values that are added
    lambda m, a: m.median(a.x),
    lambda m, a: m.median(a.v, axis=0),
    lambda m, a: m.median(a.c, axis=(0, 2), keepdims=True),
    lambda m, a: m.median(a.e, 1),
    lambda m, a: m.median(a.i, 1),
    lambda m, a: m.quantile(a.x, 0.3),
    lambda m, a: m.quantile(a.x, [0.0, 0.25, 1.0], axis=1),
    lambda m, a: m.quantile(a.c, [0.1, 0.9], axis=(0, 1), keepdims=True),
    *(
        (lambda m, a, name=name: m.quantile(a.v, [0.0, 0.125, 0.5, 0.85], method=name))
        for name in ("lower", "higher", "nearest", "midpoint", "hazen", "weibull", "median_unbiased", "normal_unbiased")
    ),
    lambda m, a: m.percentile(a.x, 40, 0),
    lambda m, a: m.percentile(a.e, [10, 50], axis=1),
    lambda m, a: m.average(a.x),
    lambda m, a: m.average(a.x, 1, a.w),
    lambda m, a: m.average(a.x, weights=abs(a.y), returned=True),
    lambda m, a: m.cov(a.x),
    lambda m, a: m.cov(a.x, a.y, bias=True),
    lambda m, a: m.cov(a.x, rowvar=False, ddof=0),
    lambda m, a: m.cov(a.x, fweights=m.asarray([1, 2, 3, 1, 1, 2]), aweights=a.w),
    lambda m, a: m.cov(a.v),
    lambda m, a: m.corrcoef(a.x),
    lambda m, a: m.corrcoef(a.v, a.v[::-1]),
    lambda m, a: m.bincount(a.n[:6], a.w),
    lambda m, a: m.histogram(a.n[:6], 3, weights=a.w)[0],
    lambda m, a: m.histogram(a.i, bins=4, range=(-10, 10), density=True),
    lambda m, a: m.nansum(a.e, 1),
    lambda m, a: m.nanprod(a.e),
    lambda m, a: m.nanmean(a.e, 0),
    lambda m, a: m.nanmean(a.i),
    lambda m, a: m.nanvar(a.e, 1, ddof=1),
    lambda m, a: m.nanstd(a.e, keepdims=True),
    lambda m, a: m.nancumprod(a.e, 1),
    lambda m, a: m.interp(a.x, a.u, a.w),
    lambda m, a: m.interp(a.x, a.u, a.w, left=-1.0, right=5.0),
    lambda m, a: m.interp(a.x, a.u, a.w, period=1.5),
    lambda m, a: m.interp(0.25, a.u, a.w),
    lambda m, a: m.trapezoid(a.x),
    lambda m, a: m.trapezoid(a.x, a.u),
    lambda m, a: m.trapezoid(a.x, dx=0.5, axis=0),
    lambda m, a: m.gradient(a.v),
    lambda m, a: m.gradient(a.x),
    lambda m, a: m.gradient(a.x, 0.5, axis=1, edge_order=2),
    lambda m, a: m.gradient(a.x, a.u, axis=1, edge_order=2),
    lambda m, a: m.gradient(a.x, 2.0, a.u),
    lambda m, a: m.convolve(a.v, a.w),
    lambda m, a: m.convolve(a.z, a.z),
    lambda m, a: m.correlate(a.z, a.z, "full"),
    lambda m, a: m.kron(a.x, a.v),
    lambda m, a: m.dot(a.x, a.w),
    lambda m, a: m.dot(a.s, a.s),
    lambda m, a: m.dot(a.v, 2.5),
    lambda m, a: m.inner(a.x, a.y),
    lambda m, a: m.vdot(a.z, a.z),
    lambda m, a: m.polyval(a.w, a.x),
    lambda m, a: m.einsum("ij,ij->i", a.x, a.y),
    lambda m, a: m.einsum("ij,kj,k", a.x, a.y, a.s[0]),
    lambda m, a: m.einsum("bij,jk->bik", a.c, a.s),
    lambda m, a: m.einsum("...j,j...->...", a.s, a.s),
    lambda m, a: m.einsum("ij,jk,kl->il", a.s, a.s, a.s, optimize=False),
    lambda m, a: m.einsum(a.x, [0, 1], a.w, [1], [0]),
    lambda m, a: m.einsum(a.x, np.array([0, 1]), a.w, (1,), [0]),
    lambda m, a: m.einsum("i,j,k->kij", a.w, a.u, a.v),
    lambda m, a: m.einsum("ij,j->", a.x, a.w),
    lambda m, a: m.einsum("iij->j", m.reshape(a.c, (2, 2, 6))),
    lambda m, a: m.linspace(0, 1, 5, endpoint=False),
    lambda m, a: m.logspace(0, 2, 5),
    lambda m, a: m.geomspace(1, 1000, 4),
    lambda m, a: m.linalg.norm(a.v),
    lambda m, a: m.linalg.norm(a.c),
    *((lambda m, a, p=p: m.linalg.norm(a.v, p)) for p in (0, 1, 3, math.inf, -math.inf)),
    *((lambda m, a, p=p: m.linalg.norm(a.x, p)) for p in ("fro", "nuc", 1, -1, 2, -2, math.inf)),
    lambda m, a: m.linalg.norm(a.c, 2, axis=(0, 2), keepdims=True),
    lambda m, a: m.linalg.norm(a.x, axis=1, keepdims=True),
    *((lambda m, a, p=p: m.linalg.cond(a.s @ a.s.T + m.eye(4, dtype=m.float32), p)) for p in (None, -2, 1, "fro")),
    lambda m, a: m.linalg.lstsq(a.x.T, a.w),
    lambda m, a: m.linalg.lstsq(a.x.T, m.column_stack((a.w, a.u)), rcond=0.01),
    lambda m, a: m.linalg.lstsq(a.x, a.y)[0],
    lambda m, a: m.linalg.lstsq(m.outer(a.w, a.w), a.u, rcond=1e-4)[:3],
    lambda m, a: m.linalg.matrix_power(a.s / 4, 3),
    lambda m, a: m.linalg.svd(a.x, False)[1],
    lambda m, a: m.linalg.diagonal(a.s, offset=1),
    lambda m, a: m.deg2rad(a.v),
    lambda m, a: m.degrees(a.v),
    lambda m, a: m.exp2(a.v),
]


def parts(value: Any) -> list[Any]:
    return [p for v in value for p in parts(v)] if isinstance(value, (tuple, list)) else [value]


def names(cases: list[Case]) -> list[str]:
    """What a test is called: the function's name, and a number, as functions occur several times."""
    return [f"{'-'.join(c.__code__.co_names[:1])}-{k}" for k, c in enumerate(cases)]


@pytest.mark.parametrize("case", EXACT, ids=names(EXACT))
def test_equal(device: Device, case: Case):
    got, expected = parts(case(xp, Arrays(False))), parts(case(np, Arrays(True)))
    assert len(got) == len(expected)
    for one, other in zip(got, expected):
        if isinstance(one, xp.Array):
            assert one.device is device
            assert one.shape == np.shape(other)
            assert one.dtype.kind == np.asarray(other).dtype.kind
            one = xp.asnumpy(one)
            other = np.asarray(other).astype(one.dtype)
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("case", CLOSE, ids=names(CLOSE))
def test_close(device: Device, case: Case):
    got, expected = parts(case(xp, Arrays(False))), parts(case(np, Arrays(True)))
    assert len(got) == len(expected)
    for one, other in zip(got, expected):
        assert one.device is device
        assert one.shape == np.shape(other)
        # At most thirty operations on values of about 1, some divided by differences of down to 0.1.
        scale = np.nanmax(np.abs(other), initial=1)
        np.testing.assert_allclose(xp.asnumpy(one), other, rtol=1e-5, atol=30 * 2.0**-24 * scale)
