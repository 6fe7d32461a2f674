"""What all functions with NumPy's further parameters do with them: `out=` is written, what has no effect is looked at.

A function's signature is NumPy's, written out where it is defined, so that it says what the call accepts.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device

__all__ = ["check_ignored", "write_out"]

#: What may be asked for and makes no difference here: the values that are accepted.
_WITHOUT_EFFECT: dict[str, tuple[Any, ...]] = {
    "order": (None, "C", "K", "A"),
    "kind": (None, "quicksort", "mergesort", "heapsort", "stable", "sort", "table"),
    "casting": ("same_kind", "unsafe"),
    "subok": (True, False),
    "mode": ("raise",),
    "where": (True,),
    "retstep": (False,),
    "compute_uv": (True,),
}


#: Their types: of nothing else is asked whether it is equal.
_PLAIN = frozenset((str, bool, type(None)))

#: Words that NumPy knows beside these.  Others are ValueErrors, as there.
_OTHER_WORDS = {"order": ("F",), "casting": ("no", "equiv", "safe")}


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


def write_out(name: str, value: Any, out: Any) -> Any:
    """`value`, or, if an array `out` is given, `out` with the values written into it.

    Raises ValueError if its shape is not the value's, TypeError if the value's kind does not fit into its
    dtype, PlacementError if it is on another device.
    """
    if isinstance(out, tuple) and len(out) == 1:  # as NumPy's ufuncs pass it
        (out,) = out
    if out is None:
        return value
    if not isinstance(out, Array):
        raise TypeError(f"{name}: out is an xpuarray array or None, not {type(out).__name__}")
    common_device(name, value, out)
    if out.shape != value.shape:
        raise ValueError(f"{name}: the result's shape {value.shape} is not that of out, {out.shape}")
    if not np.can_cast(value.dtype, out.dtype, "same_kind"):
        raise TypeError(f"{name}: the result's dtype {value.dtype} does not fit into that of out, {out.dtype}")
    out[...] = value
    return out
