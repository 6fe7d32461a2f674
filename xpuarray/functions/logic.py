"""Comparisons of whole arrays, or up to a tolerance."""

from __future__ import annotations

from typing import Any

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.core.promotion import promote
from xpuarray.core.typing import Scale
from xpuarray.functions import elementwise, manipulation, reductions
from xpuarray.functions.checking import checked
from xpuarray.functions.conversion import asarray
from xpuarray.functions.data_types import as_floating
from xpuarray.functions.operands import as_comparand, as_operand

__all__ = ["allclose", "array_equal", "array_equiv", "isclose"]

# -- comparisons --------------------------------------------------------------------------------


@checked
def isclose(a: Any, b: Any, rtol: Scale = 1e-05, atol: Scale = 1e-08, equal_nan: bool = False) -> Array:
    """Whether |a - b| <= atol + rtol * |b|, element by element; infinities are close to themselves alone.

    equal_nan: NaN is close to NaN
    """
    device = next((v.device for v in (a, b) if isinstance(v, Array)), None)
    numbers = [float(v) if type(v) is int else v for v in (a, b)]
    # a number of Python's is weak: beside singles it is a single
    dtypes = [
        promote(w.device, w, v) if type(v) in (float, complex) and isinstance(w, Array) else None
        for v, w in zip(numbers, numbers[::-1])
    ]
    a, b = (
        as_floating("isclose", as_operand("isclose", v, device) if t is None else asarray(v, t, device=device))
        for v, t in zip(numbers, dtypes)
    )
    common_device("isclose", a, b)
    finite = elementwise.isfinite(a) & elementwise.isfinite(b)
    close = (finite & (elementwise.abs(a - b) <= atol + rtol * elementwise.abs(b))) | (a == b)
    return close | (elementwise.isnan(a) & elementwise.isnan(b)) if equal_nan else close


@checked
def allclose(a: Any, b: Any, rtol: Scale = 1e-05, atol: Scale = 1e-08, equal_nan: bool = False) -> bool:
    """Whether `isclose`, with the same parameters, holds everywhere."""
    return bool(reductions.all(isclose(a, b, rtol, atol, equal_nan)))


def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> bool:
    """Whether both have one shape and equal elements; nothing but numbers and arrays of them equals an array.

    equal_nan: NaN equals NaN

    Raises PlacementError for arrays on two devices, ImplicitTransferError for arrays of other libraries.
    """
    if any(isinstance(a, (str, bytes)) or a is None for a in (a1, a2)):
        return False
    a1, a2 = _comparands("array_equal", a1, a2)
    if a1.shape != a2.shape:
        return False
    same = a1 == a2
    if equal_nan and a1.dtype.kind in "fc" and a2.dtype.kind in "fc":
        same = same | (elementwise.isnan(a1) & elementwise.isnan(a2))
    return bool(reductions.all(same))


def array_equiv(a1: Any, a2: Any) -> bool:
    """Whether both broadcast to one shape, and are equal there."""
    a1, a2 = _comparands("array_equiv", a1, a2)
    try:
        a1, a2 = manipulation.broadcast_arrays(a1, a2)
    except ValueError:
        return False
    return bool(reductions.all(a1 == a2))


def _comparands(name: str, *values: Any) -> tuple[Array, Array]:
    x = next((v for v in values if isinstance(v, Array)), None)
    a, b = (as_operand(name, v, None) if x is None else as_comparand(name, v, x) for v in values)
    common_device(name, a, b)
    return a, b
