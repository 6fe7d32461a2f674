"""Composed functions that NumPy computes as a whole for few elements: the same values and dtypes as our way."""

from __future__ import annotations

import functools
import warnings
from typing import Any

import every_call
import numpy as np
import pytest

import xpuarray as xp
from xpuarray.core.array import Array
from xpuarray.functions.few import WHOLE
from xpuarray.placement.devices import as_device

DTYPES = ("float64", "int64", "bool", "float32", "int8", "complex64")
#: More calls of what has parameters that change the result's dtype or shape.
MORE = """
    median(x,axis=0)
    cov(x,y) cov(x,rowvar=False) unique(i,True,True,True) unique(x,return_inverse=True) unique(x,axis=0)
    isin(x,y,invert=True) isin(x,0.5) isin(i,[1,2]) trace(x,1) delete(x,[0],axis=1) insert(x,1,2.5,axis=1)
    insert(v,[0,2],v[:2]) gradient(x,axis=0) gradient(v,2.0) diff(x,2,axis=1) diff(v,prepend=v[:1])
    ediff1d(v,1.5) polyval(v,2) polyval(v,2.5) vander(v,2,True) trapezoid(x,dx=2) trapezoid(x,x) extract(x>0,x)
    select([b],[x],2) select([b,x>0],[x,y],1.5) ptp(x,axis=0) average(x,weights=y)
    average(x,axis=1,returned=True) pad(x,(1,2),'edge') pad(x,1,constant_values=3) resize(x,(3,3))
    nansum(x,axis=0) nanmean(x,axis=1,keepdims=True) nanvar(x,ddof=1) nanmax(x,axis=0) cumsum(x,axis=1)
    nancumsum(x,axis=0) interp(x,v,y[0]) interp(0.5,v,v) digitize(v,v,True) histogram2d(v,v,3) append(x,1.5)
    append(x,y,axis=0) cross(m,v) kron(m,v) outer(x,3) divmod(x,2) divmod(7,x) ldexp(x,2) angle(x,deg=True)
    union1d(x,y) setdiff1d(x,y) intersect1d(x,y,return_indices=True) block([[x],[y]]) column_stack([v,v])
    stack([x,y]) bincount(i[0],v) unwrap(x,axis=0) isreal(x) modf(x) lexsort([v,v]) choose(i%2,[x,2])
    compress([True,False],x,axis=0) linalg.trace(t) linalg.trace(t,1) linalg.outer(v,v) linalg.outer(x,x)
    linalg.cross(m,m,axis=0) linalg.cross(t,t,axis=1) linalg.cross(v[:2],v[:2])"""


def calls() -> list[str]:
    """Calls of the functions in question."""
    texts = [*every_call.calls(), *MORE.split()]
    return [text for text in texts if text.partition("(")[0] in WHOLE]


@functools.cache
def scopes(device: str) -> dict[str, dict[str, Any]]:
    """By dtype, what the names in calls mean."""
    names = every_call.names(xp, as_device(device))
    names["t"] = xp.stack([names["m"], names["m"] + 1])
    return {d: {**names, **{n: _as(names[n], d) for n in "xyvmt"}, "np": np} for d in DTYPES}


def _as(x: Array, dtype: str) -> Array:
    return (x * 8 - 1.5).astype(np.int8).astype(dtype) if np.dtype(dtype).kind in "iub" else x.astype(dtype)


def outcome(text: str, scope: dict[str, Any]) -> Any:
    try:
        return _seen(eval(text, dict(scope)))
    except Exception as error:
        return type(error).__name__


def _seen(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return [type(value).__name__, *map(_seen, value)]
    if isinstance(value, Array):
        return value.dtype, value.shape, xp.asnumpy(value)
    return value


def differ(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        precision = 1e-2 if one.dtype == np.float16 else 2e-5
        with np.errstate(all="ignore"):
            return not np.allclose(one, other, rtol=precision, atol=precision, equal_nan=True)
    if isinstance(one, (tuple, list)) and isinstance(other, (tuple, list)):
        return len(one) != len(other) or any(map(differ, one, other))
    return one != other


def differences(device: str, dtype: str) -> list[str]:
    """What differs between NumPy's way, and ours, which is taken where somebody watches."""
    found = []
    with xp.device(device), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        scope = scopes(device)[dtype]
        for text in calls():
            numpys = outcome(text, scope)
            with xp.explain():
                ours = outcome(text, scope)
            if differ(numpys, ours):
                found.append(f"{text}: {numpys!r} by NumPy, {ours!r} by us")
    return found


@pytest.mark.parametrize("dtype", DTYPES)
def test_few_elements_make_no_difference(dtype: str):
    assert differences("host", dtype) == []


def test_what_is_written_into_is_ours():
    """NumPy writes into nothing of ours, and what it makes is memory of its own."""
    x, out = xp.asarray([3.0, 1.0, 2.0], device="host"), xp.zeros(2, device="host")
    assert xp.compress([True, False, True], x, 0, out) is out
    assert out.tolist() == [3, 2]
    made = xp.diff(x)
    made += 1
    assert (x.tolist(), made.tolist()) == ([3, 1, 2], [-1, 2])
    with pytest.raises(xp.PlacementError):
        xp.kron(x, xp.ones(2, device="fake"))
    with pytest.raises(xp.ImplicitTransferError):
        xp.kron(x, np.ones(2))
