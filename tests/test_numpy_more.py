"""More of NumPy's functions beyond the standard, and NumPy's parameters of those in it: what NumPy gives."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from test_numpy_calls import changed
from test_numpy_names import ARRAYS, Arrays, names, parts

import xpuarray as xp
from xpuarray.placement.devices import Device

Case = Callable[[Any, Any], Any]

WIDE = [(1, 2), (5, 0), (7, 9)]  # of paddings

SORTS: list[Case] = [
    lambda m, a: m.lexsort((a.n, a.n % 3)),
    lambda m, a: m.lexsort([a.i[0], a.i[1] % 2]),
    lambda m, a: m.lexsort(a.k),
    lambda m, a: m.lexsort((a.k, a.k % 2), axis=0),
    lambda m, a: m.sort(m.partition(a.v, 3)[:3]),
    lambda m, a: m.partition(a.x, [1, 2], axis=0)[1:3],
    lambda m, a: m.partition(a.x, 5, axis=None)[5],
    lambda m, a: m.sort(a.v[m.argpartition(a.v, -2)[-2:]]),
    lambda m, a: m.sort(a.v[a.v.argpartition(4)[:4]]),
    *((lambda m, a, x=x: m.unique(getattr(a, x))) for x in ("n", "i", "b", "e", "f", "z", "c")),
    lambda m, a: m.unique(a.n, True, True, True),
    lambda m, a: m.unique(a.k, return_inverse=True),
    lambda m, a: m.unique(a.e, return_counts=True),
    lambda m, a: m.unique(a.f, equal_nan=False),
    lambda m, a: m.unique(a.k, axis=1),
    lambda m, a: m.unique(a.n.reshape(15, 2) % 3, True, True, True, axis=0),
    lambda m, a: m.unique(a.n.reshape(3, 5, 2) % 2, axis=1, return_counts=True),
    lambda m, a: m.unique(a.n[:0], True, True, True),
    lambda m, a: m.union1d(a.n, a.i),
    lambda m, a: m.intersect1d(a.n, a.i),
    lambda m, a: m.intersect1d(a.n, a.i, return_indices=True),
    lambda m, a: m.setdiff1d(a.i, a.n),
    lambda m, a: m.setdiff1d(a.n, a.k, assume_unique=True),
    lambda m, a: m.setxor1d(a.n, a.i),
    lambda m, a: m.isin(a.n, a.k, assume_unique=False, invert=True),
    lambda m, a: m.isin(element=a.n, test_elements=a.k, kind="sort"),
    *(
        (lambda m, a, side=side: m.searchsorted(a.u, a.x, side=side, sorter=m.argsort(a.u)))
        for side in ("left", "right")
    ),
]

METHODS = [
    "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull",
    "linear", "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest",
]  # fmt: skip
#: With n = 8 these fall on elements, between them, and outside.
SHARES = [0.0, 0.0625, 0.125, 0.1875, 0.25, 0.3, 0.5, 0.5625, 0.75, 0.9, 1.0]

QUANTILES: list[Case] = [
    *((lambda m, a, s=s: m.quantile(a.v[:8], SHARES, method=s)) for s in METHODS),
    *((lambda m, a, s=s: m.quantile(a.i, SHARES, axis=1, method=s)) for s in METHODS),
    *((lambda m, a, s=s: m.nanquantile(a.e, SHARES, axis=1, method=s)) for s in METHODS),
    *((lambda m, a, s=s: m.nanpercentile(a.e, 30, axis=0, method=s, keepdims=True)) for s in METHODS),
    lambda m, a: m.nanmedian(a.e, axis=0),
    lambda m, a: m.nanmedian(a.e),
    lambda m, a: m.nanmedian(a.f[2:3]),
    lambda m, a: m.nanquantile(a.i, 0.3),
    lambda m, a: m.quantile(a.w, SHARES, weights=a.w, method="inverted_cdf"),
    lambda m, a: m.quantile(a.x, SHARES, 1, weights=a.w, method="inverted_cdf"),
    lambda m, a: m.percentile(a.x, 30, 0, weights=abs(a.y), method="inverted_cdf"),
    lambda m, a: m.quantile(a.w, 0.0, weights=m.asarray([0, 0, 1, 1, 1, 1]), method="inverted_cdf"),
]

PADS: list[Case] = [
    *(
        (lambda m, a, mode=mode, w=w: m.pad(a.k, (w, (2, 3)), mode))
        for mode in ("maximum", "minimum", "mean", "median", "linear_ramp", "edge", "reflect", "symmetric", "wrap")
        for w in WIDE
    ),
    *(
        (lambda m, a, mode=mode, w=w: m.pad(a.v, w, mode, reflect_type="odd"))
        for mode in ("reflect", "symmetric")
        for w in [(1, 2), (5, 0), (6, 8)]
    ),
    lambda m, a: m.pad(a.x, ((1, 2), (3, 0)), "linear_ramp", end_values=((5, -4), (1, 2))),
    lambda m, a: m.pad(a.x, 2, "mean", stat_length=2),
    lambda m, a: m.pad(a.x, 2, "maximum", stat_length=((1, 2), (3, 4))),
    lambda m, a: m.pad(a.i, 2, "median", stat_length=3),
]

EDITS: list[Case] = [
    lambda m, a: m.delete(a.v, 3),
    lambda m, a: m.delete(a.x, [0, -1], 1),
    lambda m, a: m.delete(a.x, slice(1, None, 2), axis=0),
    lambda m, a: m.delete(a.v, m.asarray([1, 2])),
    lambda m, a: m.delete(a.x, a.w > 1.5, 1),
    lambda m, a: m.insert(a.v, 2, 7.0),
    lambda m, a: m.insert(a.v, [1, 1, 5], [7, 8, 9]),
    lambda m, a: m.insert(a.x, 1, a.w, axis=0),
    lambda m, a: m.insert(a.x, 1, a.w[:4], axis=1),
    lambda m, a: m.insert(a.x, [1, 3], a.x[:, :2], axis=1),
    lambda m, a: m.insert(a.x, [1], a.x[:, :2], axis=1),
    lambda m, a: m.insert(a.x, slice(0, 3), 5, axis=0),
    lambda m, a: m.trim_zeros(m.asarray([0, 0, 1, 0, 2, 0])),
    lambda m, a: m.trim_zeros(m.asarray([0, 0, 1, 0, 2, 0]), "f"),
    lambda m, a: m.trim_zeros(m.asarray([0, 0, 1, 0, 2, 0]), "b"),
    lambda m, a: m.trim_zeros(m.zeros(3)),
    lambda m, a: m.resize(a.v, (2, 7)),
    lambda m, a: m.resize(a.x, 5),
    lambda m, a: m.select([a.x < -0.5, a.x > 0.5], [a.x, a.y], 9),
    lambda m, a: m.select([a.i > 5, a.i > 0], [1, a.i]),
    lambda m, a: m.piecewise(a.x, [a.x < 0, a.x >= 0], [-1, lambda x: x * 2]),
    lambda m, a: m.piecewise(a.x, [a.x < -1, a.x > 1], [-1, 1, lambda x: x * x]),
    lambda m, a: m.apply_along_axis(lambda v: v[::-1] * 2, 1, a.c),
    lambda m, a: m.apply_along_axis(lambda v: m.outer(v, v), 1, a.c),
    lambda m, a: m.apply_along_axis(lambda v: v[0], 0, a.c),
    lambda m, a: m.diagflat(a.k, 1),
    lambda m, a: m.diag_indices_from(a.s),
    lambda m, a: m.tril_indices_from(a.x, 1),
    lambda m, a: m.triu_indices_from(a.x),
    lambda m, a: m.mask_indices(3, m.triu, 1),
    lambda m, a: a.x[m.ix_([0, 2], [1, 3, 5])],
    lambda m, a: m.ix_(a.w > 1.5, m.asarray([2, 0])),
    lambda m, a: m.meshgrid(a.v, a.w, a.u[:2], sparse=True),
    lambda m, a: m.meshgrid(a.v, a.w, sparse=True, indexing="ij"),
    lambda m, a: m.vstack((a.i, a.i), dtype=np.float32),
    lambda m, a: m.hstack((a.i, a.i), dtype=np.float32, casting="unsafe"),
    lambda m, a: m.tri(3),
    lambda m, a: m.zeros_like(a.x, shape=(2, 3)),
    lambda m, a: m.full_like(a.x, 7, m.int32, shape=4),
    lambda m, a: m.array(a.v, subok=True),
    lambda m, a: (len(a.x.flat), a.x.flat[7], a.x.flat[2:9:3], a.x.T.flat[1:4], a.x.flat[[0, 5]]),
    lambda m, a: list(a.k.flat),
    changed("x.flat = 3", "x"),
    changed("x.flat[4] = 9", "x"),
    changed("x.flat[::3] = [1, 2]", "x"),
    changed("x.T.flat[1:3] = 5", "x"),
    changed("x.flat[m.asarray([0, 3])] = 4", "x"),
    changed("x.partition(8)", "v"),
    changed("m.putmask(x, x > 0, [1, 2, 3])", "x"),
    changed("m.putmask(x, x > 0, a.y)", "x"),
    changed("m.copyto(x, a.y, where=x > 0)", "x"),
    lambda m, a: m.frombuffer(b"\x01\x02\x03\x04", np.int16, offset=2),
    lambda m, a: m.fromiter(range(4), np.int32),
    lambda m, a: m.fromfunction(lambda i, j: 10 * i + j, (2, 3), dtype=np.int32),
]

NUMBERS: list[Case] = [
    lambda m, a: m.cbrt(a.x * 100),
    lambda m, a: m.cbrt(a.i),
    lambda m, a: m.cbrt(m.asarray([0.0, -0.0, math.inf, -math.inf, -27.0], m.float32)),
    lambda m, a: m.float_power(a.w, a.u),
    lambda m, a: m.logaddexp2(a.x, a.y),
    lambda m, a: m.heaviside(a.i, 0.5),
    lambda m, a: m.heaviside(a.f, 0.5),
    lambda m, a: m.sinc(a.x),
    lambda m, a: m.sinc(m.zeros(1, m.float32)),
    lambda m, a: m.i0(a.x * 3),
    lambda m, a: m.i0(m.asarray([0.0, 8.0, 12.0], m.float32)) / 1000,
    lambda m, a: m.fix(a.x * 3),
    lambda m, a: m.fmod(a.i, 7),
    lambda m, a: m.fmod(a.i, -7),
    lambda m, a: m.fmod(a.x * 8, a.w),
    lambda m, a: m.fmod(m.asarray([-1.5, 2.0], m.float32), math.inf),
    lambda m, a: m.modf(a.x * 3),
    lambda m, a: m.modf(m.asarray([math.inf, -0.0, -2.5], m.float32)),
    lambda m, a: m.ldexp(a.w[:5], a.i[0]),
    lambda m, a: m.spacing(np.float32(3)) if m is np else m.spacing(m.asarray(3, m.float32)),
    lambda m, a: m.gcd(a.i, 12),
    lambda m, a: m.gcd(a.n, a.n[::-1]),
    lambda m, a: m.lcm(a.i, 6),
    lambda m, a: m.lcm(a.k, a.k - 1),
    lambda m, a: m.bitwise_count(a.i),
    lambda m, a: m.bitwise_count(m.asarray([-128, 127, 0], m.int8)),
    lambda m, a: m.angle(a.z),
    lambda m, a: m.angle(a.x, True),
    lambda m, a: (m.isreal(a.z), m.iscomplex(a.z), m.isreal(a.x), m.iscomplexobj(a.z), m.isrealobj(a.z)),
    lambda m, a: m.real_if_close(a.z.real + 0j),
    lambda m, a: m.unwrap(m.cumsum(a.w * 2) % 3.0, period=3.0),
    lambda m, a: m.unwrap(a.c * 4, axis=1),
    lambda m, a: m.unwrap(a.n % 7, period=7),
    lambda m, a: m.unwrap(a.n, period=4),
    lambda m, a: m.unwrap(a.b, period=2, axis=0),
    lambda m, a: m.unwrap(a.b, period=1.5),
    lambda m, a: m.unwrap(a.x * 4, discont=4.0),
    *((lambda m, a, n=n: (m.bartlett(n), m.blackman(n), m.hamming(n), m.hanning(n))) for n in (0, 1, 9, 12)),
    lambda m, a: m.kaiser(9, 5.0),
    lambda m, a: m.histogram2d(a.v, a.v[::-1], 4),
    lambda m, a: m.histogram2d(a.v, a.v[::-1], [a.u, 3], density=True),
    lambda m, a: m.histogramdd(a.c.reshape(8, 3), (2, 3, 4), [(-1, 1), None, (-2, 2)])[0],
    lambda m, a: m.histogramdd((a.w, a.u), 2, weights=a.w)[0],
    lambda m, a: m.polyfit(a.u, a.w, 2),
    lambda m, a: m.polyfit(a.u, a.x.T, 1, w=a.w),
    lambda m, a: m.fft.fft2(a.x),
    lambda m, a: m.fft.ifft2(a.c, (2, 5), axes=(0, 2), norm="ortho"),
    lambda m, a: m.fft.irfft2(m.fft.rfft2(a.x)),
    lambda m, a: m.fft.fft(a=a.v, n=4),
    lambda m, a: m.linalg.multi_dot([a.x, a.x.T, a.s]),
    lambda m, a: m.linalg.multi_dot([a.w, a.x.T, a.x, a.w]),
    lambda m, a: m.linalg.tensorsolve(m.reshape(a.s + 3 * m.eye(4, dtype=m.float32), (2, 2, 4)), a.s[:2, :2]),
    lambda m, a: m.linalg.tensorinv(m.reshape(a.s + 3 * m.eye(4, dtype=m.float32), (2, 2, 4))),
    lambda m, a: m.linalg.eigvalsh(a.s, "U"),
    lambda m, a: m.linalg.eigvalsh(a.s, UPLO="L"),
    lambda m, a: m.linalg.inv(a=a.s + 3 * m.eye(4, dtype=m.float32)),
]  # fmt: skip

REDUCTIONS: list[Case] = [
    lambda m, a: m.sum(a.x, 0, where=a.x > 0),
    lambda m, a: m.sum(a.i, where=a.b, initial=5),
    lambda m, a: m.sum(a.x, axis=1, initial=2.5, keepdims=True),
    lambda m, a: m.prod(a.x, 1, where=a.x > 0, initial=3),
    lambda m, a: m.max(a.x, 0, where=a.x < 0, initial=-1),
    lambda m, a: m.min(a.i, 1, None, True, 3),
    lambda m, a: m.max(a.x[:0], 0, initial=4.0),
    lambda m, a: m.any(a.b, 0, where=a.i > 0),
    lambda m, a: m.all(a.b, where=a.i > 0),
    lambda m, a: m.mean(a.x, 1, where=a.y > 0),
    lambda m, a: m.mean(a.i, where=a.b),
    lambda m, a: m.var(a.x, 0, ddof=1, where=m.asarray([True, True, False, True])[:, None]),
    lambda m, a: m.std(a.x, axis=1, where=a.w > 1.2, keepdims=True),
    lambda m, a: a.x.sum(0, where=a.x > 0),
    lambda m, a: m.nansum(a.e, 1, initial=3, where=a.e > 1),
    lambda m, a: m.nanmax(a.e, 0, initial=2, where=m.isnan(a.e) | (a.e < 4)),
    lambda m, a: m.nanmin(a.i, initial=-3, where=a.b),
    lambda m, a: m.nanmean(a.e, 0, where=a.e < 4),
    lambda m, a: m.nanstd(a.e, where=a.e < 4),
    lambda m, a: m.sum(a=a.x, axis=1),
    lambda m, a: m.reshape(a.x, shape=(6, 4)),
    lambda m, a: m.moveaxis(a.c, source=0, destination=-1),
    lambda m, a: m.broadcast_to(array=a.w, shape=(2, 6)),
    lambda m, a: m.diff(a=a.x, n=2, axis=0),
]


def compare(case: Case, device: Device, exact: bool) -> None:
    got, expected = parts(case(xp, Arrays(False))), parts(case(np, Arrays(True)))
    assert len(got) == len(expected)
    for one, other in zip(got, expected):
        if isinstance(one, xp.Array):
            assert one.device is device
            assert (one.shape, one.dtype.kind) == (np.shape(other), np.asarray(other).dtype.kind)
            one = xp.asnumpy(one)
            other = np.asarray(other).astype(one.dtype) if exact else other
        if exact:
            np.testing.assert_array_equal(one, other)
        else:  # as in test_numpy_names.py: some thirty operations on values of about the largest one
            scale = np.max(np.abs(other), initial=1, where=np.isfinite(other))
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=30 * 2.0**-24 * scale)


@pytest.mark.parametrize("case", [*SORTS, *EDITS], ids=names([*SORTS, *EDITS]))
def test_equal(device: Device, case: Case):
    compare(case, device, exact=True)


@pytest.mark.filterwarnings("ignore:All-NaN slice", "ignore:Mean of empty")  # NumPy's
@pytest.mark.parametrize(
    "case", [*QUANTILES, *PADS, *NUMBERS, *REDUCTIONS], ids=names([*QUANTILES, *PADS, *NUMBERS, *REDUCTIONS])
)
def test_close(device: Device, case: Case):
    compare(case, device, exact=False)


def test_views_of_one_allocation_may_share_memory(device: Device):
    x, y = xp.zeros(4), xp.zeros(4)
    assert xp.may_share_memory(x, x[1:])
    assert not xp.may_share_memory(x, y)
    assert xp.promote_types("int32", "float32") == np.float64
    assert xp.issubdtype(x.dtype, np.floating)


def test_files_of_bytes(device: Device, tmp_path: Any):
    xp.asarray(ARRAYS["x"]).tofile(tmp_path / "x")
    np.testing.assert_array_equal(np.fromfile(tmp_path / "x", np.float32), ARRAYS["x"].ravel())


def test_errors(device: Device):
    x = xp.asarray(ARRAYS["x"])
    for call in (
        lambda: xp.lexsort([x, x[0]]),
        lambda: xp.partition(x, 6),
        lambda: xp.max(x, where=x > 0),
        lambda: xp.nanmax(x, where=x > 0),
        lambda: xp.quantile(x, 0.5, weights=abs(x)),
        lambda: xp.quantile(x, 0.5, weights=x, method="inverted_cdf"),
        lambda: xp.quantile(x, 0.5, weights=x * 0, method="inverted_cdf"),
        lambda: xp.pad(x, 1, "other"),
        lambda: xp.pad(x, 1, "edge", constant_values=3),
        lambda: xp.pad(x[:0], 1, "edge"),
        lambda: xp.select([x > 0], []),
        lambda: xp.linalg.eigvalsh(x @ x.T, "B"),
        lambda: xp.trim_zeros(x[0], "x"),
    ):
        with pytest.raises(ValueError):
            call()
    for call in (lambda: xp.delete(x, 4, 0), lambda: xp.insert(x, 5, 1, 0), lambda: xp.delete(x, 1.5)):
        with pytest.raises(IndexError):
            call()
    with pytest.raises(TypeError, match="where is an array of bool"):
        xp.sum(x, where=x)
    with pytest.raises(TypeError, match="is not cast"):
        xp.copyto(xp.zeros_like(x, dtype=xp.int32), x)
    with pytest.raises(TypeError, match="function as mode"):
        xp.pad(x, 1, lambda vector: vector)
    with pytest.raises(xp.UnsupportedDTypeError, match="it takes integer types"):
        xp.gcd(x, 2)


#: Of NumPy's parameters: those that no array of ours has a use for, and those that ours refuse.
_WITHOUT = {"like", "subok", "ndmax"}
_REFUSED = {
    "can_cast": {"casting"}, "geomspace": {"axis"}, "logspace": {"axis"}, "polyfit": {"full", "cov"},
    "load": {"mmap_mode", "allow_pickle", "fix_imports", "encoding", "max_header_size"}, "save": {"allow_pickle"},
    "savez": {"allow_pickle"}, "savez_compressed": {"allow_pickle"}, "asanyarray": {"copy"}, "nanstd": {"mean"},
    "nanvar": {"mean"}, "std": {"mean"}, "var": {"mean"}, "linspace": {"axis"},
    "linalg.matrix_rank": {"tol", "hermitian"},
    "where": {"x", "y"}, "array2string": {"legacy"}, "einsum_path": {"einsum_call"},
}  # fmt: skip


@pytest.mark.parametrize("module", ["", "linalg", "fft"])
def test_parameters_are_numpys(module: str):
    """Every function of NumPy's that is here has NumPy's parameters, in NumPy's order."""
    theirs, ours = (getattr(m, module, m) if module else m for m in (np, xp))
    checked, lacking = 0, {}
    for name in sorted(vars(ours)):
        function, other = getattr(ours, name), getattr(theirs, name, None)
        if name.startswith("_") or isinstance(other, (np.ufunc, type)) or not callable(other) or function is other:
            continue
        try:
            wanted = list(inspect.signature(other).parameters.values())
        except ValueError:
            continue
        full = f"{module}.{name}".lstrip(".")
        refused = _WITHOUT | _REFUSED.get(full, set())
        accepted = list(inspect.signature(function).parameters)
        wanted = [p for p in wanted if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]  # what has a name
        missing = [p.name for p in wanted if p.name not in accepted and p.name not in refused]
        if missing:
            lacking[full] = missing
        order = [p.name for p in wanted if p.kind is p.POSITIONAL_OR_KEYWORD and p.name in accepted]
        assert [n for n in accepted if n in order] == order, full
        checked += 1
    assert lacking == {}
    assert checked > (100 if not module else 10)
