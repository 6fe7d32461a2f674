"""NumPy's functions called on our arrays (`np.sin(x)`, `np.sum(x)`): ours of the same name, on the arrays' device.

What has no counterpart raises, since NumPy's own function would need the values on the host.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.errors import ImplicitTransferError
from xpuarray.functions import reductions, scans
from xpuarray.functions.operands import as_operand

__all__ = ["function_of_arrays", "namespace", "ufunc_of_arrays"]

#: A ufunc's method -> our function of (array, axis=...), by the ufunc's name
_REDUCTIONS: dict[str, dict[str, Callable[..., Array]]] = {
    "reduce": {
        "add": reductions.sum,
        "multiply": reductions.prod,
        "maximum": reductions.max,
        "minimum": reductions.min,
        "logical_and": reductions.all,
        "logical_or": reductions.any,
    },
    "accumulate": {"add": scans.cumulative_sum, "multiply": scans.cumulative_prod},
}


def namespace() -> Any:
    """The public namespace, whole: what `x.__array_namespace__()` is asked for."""
    import xpuarray

    return xpuarray


def _counterpart(name: str, module: str) -> Callable[..., Any]:
    """Our function of that name.  Raises ImplicitTransferError if there is none."""
    part = module.removeprefix("numpy").lstrip(".").partition(".")[0]
    found = getattr(getattr(namespace(), part) if part in ("linalg", "fft") else namespace(), name, None)
    if not callable(found) or isinstance(found, type):
        whole = f"{module}.{name}"
        raise ImplicitTransferError(
            f"{whole} would copy an xpuarray array to the host in silence, and xpuarray has no function of that name. "
            f"Write {whole}(xp.asnumpy(a))"
        )
    return found


def function_of_arrays(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What NumPy's `function` gives for these arguments, an array of ours among them."""
    return _counterpart(function.__name__, getattr(function, "__module__", None) or "numpy")(*args, **kwargs)


def ufunc_of_arrays(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What a method of NumPy's `ufunc` gives: "__call__", "reduce", "accumulate" or "outer"."""
    name = ufunc.__name__
    # NumPy passes its own scalars as arrays of no dimension in comparisons.
    inputs = tuple(x[()] if isinstance(x, np.ndarray) and not x.ndim else x for x in inputs)
    for out in kwargs.get("out", ()):
        if out is not None and not isinstance(out, Array):
            raise ImplicitTransferError(
                f"np.{name} would write an xpuarray array's values to a {type(out).__name__} on the host; "
                "write xp.asnumpy(a) first"
            )
    if method == "__call__":
        return _counterpart(name, "numpy")(*inputs, **kwargs)
    if method == "outer":
        device = next(x.device for x in inputs if isinstance(x, Array))
        first, second = (as_operand(f"np.{name}.outer", x, device) for x in inputs)
        return _counterpart(name, "numpy")(first.reshape(first.shape + (1,) * second.ndim), second, **kwargs)
    if name not in _REDUCTIONS.get(method, {}):
        raise ImplicitTransferError(f"np.{name}.{method} is not defined for arrays on a device; see xp.{name}")
    x, *rest = inputs
    options = {**dict(zip(("axis", "dtype", "out"), rest)), **kwargs}
    axis = options.pop("axis", 0)
    return _REDUCTIONS[method][name](x, axis=axis, **options)
