"""What all functions with NumPy's further parameters do with them: `out=` is written, what has no effect is looked at.

A function's signature is NumPy's, written out where it is defined, so that it says what the call accepts.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from xpuarray.core.array import Array, as_result
from xpuarray.core.dispatch import common_device

__all__ = ["beside", "check_casting", "check_ignored", "outs_of", "write_out", "write_sum", "written"]

#: What may be asked for and makes no difference here: the values that are accepted.
_WITHOUT_EFFECT: dict[str, tuple[Any, ...]] = {
    "order": (None, "C", "K", "A"),
    "kind": (None, "quicksort", "mergesort", "heapsort", "stable", "quick", "merge", "heap"),
    "subok": (True, False),
}


#: Their types: of nothing else is asked whether it is equal.
_PLAIN = frozenset((str, bool, type(None)))

#: Words that NumPy knows beside these.  Others are ValueErrors, as there.
_OTHER_WORDS: dict[str, tuple[str, ...]] = {"order": ("F",), "kind": ()}


def check_ignored(function: str, **given: Any) -> None:
    """Raise TypeError for a value of a parameter that would make a difference, which is not supported; ValueError for
    one that has no meaning.
    """
    for name, value in given.items():
        accepted = _WITHOUT_EFFECT[name]
        if type(value) not in _PLAIN or value not in accepted:
            unknown = isinstance(value, str) and value not in _OTHER_WORDS.get(name, (value,))
            error = ValueError if unknown else TypeError
            raise error(f"{function}: {name}={value!r} is not supported; {name} may be {accepted}")


def beside(function: str, like: Any, device: Any) -> Any:
    """The device of a new array: what is named, or that of the array `like`.  Raises TypeError for what is no array."""
    if not isinstance(like, Array):
        raise TypeError(f"{function}: like is an xpuarray array or None, not {type(like).__name__}")
    return like.device if device is None else device


def check_casting(function: str, dtype: np.dtype, to: Any, casting: Any) -> None:
    """Raise TypeError if NumPy's rule of that name forbids it."""
    if not np.can_cast(dtype, to, casting):
        raise TypeError(f"{function}: cannot cast {dtype} to {np.dtype(to)} by the rule {casting!r}; see casting=")


def outs_of(name: str, out: Any, results: int = 1) -> tuple[Array | None, ...]:
    """`out` as an array, or None, for each result.  Raises TypeError for what is none, ValueError for their number."""
    outs = out if isinstance(out, tuple) else (out,) * results if out is None else (out,)
    if results > 1 and len(outs) == 1 and out is not outs:
        raise TypeError(f"{name}: out is a tuple of {results} arrays, or None, not {type(out).__name__}")
    if len(outs) != results:
        raise ValueError(f"{name}: out is {'an array' if results == 1 else f'a tuple of {results} arrays'}, or None")
    for array in outs:
        if array is not None and not isinstance(array, Array):
            raise TypeError(f"{name}: out is an xpuarray array or None, not {type(array).__name__}")
    return outs


def write_out(name: str, value: Any, out: Any, casting: str = "same_kind", spread: bool = False) -> Any:
    """`value`, or, if an array `out` is given, `out` with the values written into it; `spread`: repeated to fill it.

    Raises ValueError if its shape is not the value's, TypeError if the value's dtype does not fit into its own,
    PlacementError if it is on another device.
    """
    (out,) = outs_of(name, out)
    return as_result(value) if out is None else written(name, value, out, casting, spread)


def write_sum(name: str, x: Array, value: Array, out: Any) -> Array:
    """`write_out` of sums and products of x's elements: NumPy computes them in the dtype of `out`."""
    if isinstance(out, Array) and x.dtype.kind in "biu" and out.dtype.kind in "biu":
        return write_out(name, value, out, "unsafe")
    return write_out(name, value, out)


def written(name: str, value: Array, out: Array, casting: str, spread: bool = False) -> Array:
    """`out`, with the values in it; `spread`: they may be repeated to fill it."""
    common_device(name, value, out)
    if not np.can_cast(value.dtype, out.dtype, casting):  # type: ignore[arg-type]
        raise TypeError(f"{name}: the result's dtype {value.dtype} does not fit into that of out, {out.dtype}")
    if out.shape != value.shape and not (spread and _fills(value.shape, out.shape)):
        raise ValueError(f"{name}: the result's shape {value.shape} is not that of out, {out.shape}")
    out[...] = value
    return out


def _fills(shape: tuple[int, ...], wider: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(shape, wider) == wider
    except ValueError:
        return False
