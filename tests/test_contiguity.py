"""What a function computes lies in memory as NumPy's result does: dense where that is, so that `ravel` is a view."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from every_call import _parameters, calls, names, parsed

import xpuarray as xp
from xpuarray.conformance.suite import has
from xpuarray.placement.devices import Device

MODES = ("constant", "edge", "linear_ramp", "maximum", "mean", "median", "minimum", "reflect", "symmetric", "wrap")
#: Arrays of three dimensions, and ways through `pad`, beside what the other walk calls.
MORE = [
    *(f"pad({a},{w},mode='{mode}')" for a, w in (("x", 2), ("t", "((1,0),(2,1),(0,3))")) for mode in MODES),
    *("pad(t,((0,0),(1,1),(0,0)),mode='edge')", "pad(t,1,mode='reflect',reflect_type='odd')"),
    *("gradient(m)", "gradient(t)", "gradient(t,2.0,edge_order=2)", "gradient(t,x[:2],0.5,x[:4])"),
    *("einsum('ijk->kji',t)", "einsum('ij,jk->ki',m,m)", "tensordot(t,t,axes=((0,1),(0,1)))"),
]


def walk() -> Iterator[tuple[str, dict[str, Any]]]:
    """Calls of all functions, with t in x's place, and over each axis."""
    for text in (*calls(), *MORE):
        call = parsed(text)
        if text.startswith(("rng", "random")) or "frombuffer" in text:
            continue
        yield text, {}
        others = [text] if re.match(r"\w+\.", text) and not text.startswith(("linalg", "fft")) else []
        solid = re.sub(r"\bx\b", "t", text)
        if solid != text:
            others.append(solid)
            yield solid, {}
        for name in ("axis", "axes"):
            if name in _parameters(call):
                for other in (text, solid):
                    for axis in (0, 1, -1) if name == "axis" else ((0,), (1, 0)):
                        yield other, {name: axis}


def made(module: Any, device: Device | None, text: str, options: dict[str, Any]) -> list[Any]:
    """The arrays that a call gives; none if it is refused."""
    scope = names(module, device)
    t = np.arange(24, dtype=np.float32).reshape(2, 3, 4) / 32
    scope["t"] = xp.asarray(t, device=device) if module is xp else t
    call = parsed(text)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            function = eval(call.of, scope)
            args = [eval(a, scope) for a in call.args]
            value = function(*args, **{k: eval(v, scope) for k, v in call.keywords.items()}, **options)
        except Exception:
            return []
    parts = value if isinstance(value, (tuple, list)) else (value,)
    return [p for p in parts if isinstance(p, (np.ndarray, xp.Array))]


def test_results_are_dense_where_numpys_are(device: Device) -> None:
    wrong, compared = [], 0
    for text, options in walk():
        expected = made(np, None, text, options)
        if not any(e.ndim > 1 for e in expected):
            continue
        for e, got in zip(expected, made(xp, device, text, options)):
            if e.ndim < 2 or e.shape != got.shape:
                continue
            compared += 1
            if e.flags.c_contiguous and not got.flags.c_contiguous:
                wrong.append(f"{text} {options}: {got.shape}, {got.strides}")
    assert compared > 200
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("n", (3, 300))
def test_copies_are_dense(device: Device, n: int) -> None:
    """However what is copied lies."""
    host = np.arange(4 * n, dtype=np.float32).reshape(4, n)
    for lie in (lambda a: a.T, lambda a: a[::-1], lambda a: a[:, ::-2], lambda a: a.T[::2]):
        x = lie(xp.asarray(host))
        like = xp.asarray(x, copy=True), xp.array(x), xp.copy(x)  # these keep the order of axes
        for copied in (x.copy(), xp.ascontiguousarray(x), *like):
            numpys = np.copy(lie(host)) if any(copied is made for made in like) else lie(host).copy()
            assert copied.flags.c_contiguous == numpys.flags.c_contiguous and copied.flags.forc
            np.testing.assert_array_equal(xp.asnumpy(copied), lie(host))


@pytest.mark.parametrize("dtype", ("float32", "float64", "int16", "uint8"))
def test_values_between_arrays_are_numpys_to_the_last_bit(device: Device, dtype: str) -> None:
    """Of `linspace`, where nothing lies between two and where steps are too small for a number, too; and of `pad`."""
    if not has(device, dtype):
        pytest.skip(f"no {dtype}")
    first = (np.arange(12).reshape(3, 4) / 3).astype(dtype)
    doubles = has(device, "float64")
    rtol = 0 if doubles or first.dtype.kind == "f" else 1e-6  # of integers NumPy makes doubles
    for last in (first[::-1] * 3 + 1, first[::-1], np.where(first > 1, first, first + first.dtype.type(1))):
        for num, endpoint, axis in ((7, True, 0), (11, False, 1), (1, True, -1), (1, False, 2), (0, True, 0)):
            expected = np.linspace(first, last, num, endpoint, axis=axis)
            got = xp.linspace(xp.asarray(first), xp.asarray(last), num, endpoint, axis=axis)
            assert got.dtype == device.info.fit(expected.dtype)
            np.testing.assert_allclose(xp.asnumpy(got), expected, rtol=rtol)
    for ends in (0, (5, 2)) if doubles else ():
        expected = np.pad(first, ((3, 2), (0, 5)), "linear_ramp", end_values=ends)
        got = xp.pad(xp.asarray(first), ((3, 2), (0, 5)), "linear_ramp", end_values=ends)
        np.testing.assert_array_equal(xp.asnumpy(got), expected)
    ends = np.asarray([-1.5, 2.0], np.float32)
    expected = np.linspace(ends, 3, 4, dtype=np.int32)
    np.testing.assert_array_equal(xp.asnumpy(xp.linspace(xp.asarray(ends), 3, 4, dtype=xp.int32)), expected)
