"""NumPy's functions called on our arrays (`np.sin(x)`, `np.sum(x)`): ours of the same name, on the arrays' device.

What has no counterpart raises, since NumPy's own function would need the values on the host.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import is_foreign_array
from xpuarray.errors import ImplicitTransferError

__all__ = ["function_of_arrays", "namespace", "ufunc_of_arrays"]


def namespace() -> Any:
    """The public namespace, whole: what `x.__array_namespace__()` is asked for."""
    import xpuarray

    return xpuarray


def _counterpart(function: Any, module: str) -> Callable[..., Any]:
    """Our function for NumPy's.  Raises ImplicitTransferError if there is none, or if that is not NumPy's own: the name
    alone says nothing, as anybody may make a ufunc, and numpy.emath.sqrt is not numpy.sqrt."""
    name = function.__name__
    for part in ((), ("linalg",), ("fft",), ("lib", "stride_tricks")):
        numpys, ours = (functools.reduce(getattr, part, space) for space in (np, namespace()))
        if getattr(numpys, name, None) is function:
            found = getattr(ours, name, None)
            if callable(found) and not isinstance(found, type) and found is not function:
                return found
            break
    whole = f"{module}.{name}" if module else name
    raise ImplicitTransferError(
        f"{whole} would copy an xpuarray array to the host in silence, and xpuarray has no counterpart of it. "
        f"Write {whole}(xp.asnumpy(a))"
    )


def _gets_its_turn(kind: type) -> bool:
    """Whether a type with a protocol of NumPy's wraps arrays, so that it decides what is made of ours."""
    return kind is not Array and not is_foreign_array(kind)


def function_of_arrays(
    asked: Array, function: Callable[..., Any], types: Iterable[type], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """What NumPy's `function` gives for these arguments; `asked` is an array among them, or was given as `like=`.

    types: those among the arguments that have the protocol, too
    """
    if any(map(_gets_its_turn, types)):
        return NotImplemented
    found = _counterpart(function, getattr(function, "__module__", None) or "numpy")
    if "device" in (getattr(inspect.unwrap(found), "__kwdefaults__", None) or ()):
        kwargs["device"] = kwargs.get("device") or asked.device
    return found(*args, **kwargs)


def ufunc_of_arrays(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What a method of NumPy's `ufunc` gives: "__call__", "reduce", "accumulate", "outer" or "at"."""
    name = ufunc.__name__
    outs = kwargs.get("out", ())
    if any(hasattr(type(x), "__array_ufunc__") and _gets_its_turn(type(x)) for x in (*inputs, *outs)):
        return NotImplemented
    found = _counterpart(ufunc, "numpy" if getattr(np, name, None) is ufunc else "")
    # NumPy passes its own scalars as arrays of no dimension in comparisons.
    inputs = tuple(x[()] if isinstance(x, np.ndarray) and not x.ndim else x for x in inputs)
    for out in outs:
        if out is not None and not isinstance(out, Array):
            raise ImplicitTransferError(
                f"np.{name} would write an xpuarray array's values to a {type(out).__name__} on the host; "
                "write xp.asnumpy(a) first"
            )
    if method == "__call__":
        return found(*inputs, **kwargs)
    joined = getattr(found, method, None)
    if joined is None:
        raise ImplicitTransferError(f"np.{name}.{method} is not defined for arrays on a device; see xp.{name}")
    return joined(*inputs, **kwargs)
