"""NumPy's parameters of ufuncs: `out`, `where`, `casting`, `order`, `dtype`, of functions with rows and composed ones.

Which dtypes may be cast to which NumPy itself says, by the ufunc of the name: its rules and its errors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.core.promotion import as_dtype
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.functions.data_types import astype
from xpuarray.functions.operands import SEQUENCES, as_operand, led_by_an_array
from xpuarray.functions.orders import by_columns, chosen, laid_out
from xpuarray.functions.rows import select
from xpuarray.functions.signatures import check_casting, check_ignored, outs_of, written

__all__ = ["with_parameters"]


def with_parameters(
    name: str,
    function: Callable[..., Any],
    operands: tuple[Any, ...],
    results: int,
    out: Any,
    where: Any,
    casting: str,
    order: str,
    dtype: Any,
    subok: bool,
) -> Any:
    """What `function`, which takes operands alone and makes so many arrays, comes to with these parameters.

    Raises TypeError for what `casting` does not allow, and for an `out` that is no array; ValueError for its shape.
    """
    check_ignored(name, subok=subok)
    order = chosen(name, order) or "K"
    place = next((o._device for o in operands if type(o) is Array), None)
    operands = tuple([as_operand(name, o, place) if isinstance(o, SEQUENCES) else o for o in operands])
    operands = led_by_an_array(name, operands)
    device = common_device(name, *operands)
    outs = outs_of(name, out, results)
    taken, made = _dtypes(name, operands, outs, casting, dtype)
    if dtype is not None:
        operands = tuple(
            [astype(o, as_dtype(d, device), copy=False) if type(o) is Array else o for o, d in zip(operands, taken)]
        )
    if order == "A" and all([by_columns(o) for o in operands if type(o) is Array]):
        order = "F"
    values = function(*operands)
    values = values if isinstance(values, tuple) else (values,)
    if dtype is not None:
        values = tuple([astype(v, as_dtype(d, device), copy=False) for v, d in zip(values, made)])
    if where is not True:
        values = tuple([_only(name, v, where, o, casting) for v, o in zip(values, outs)])
    values = tuple([v if o is None else written(name, v, o, casting, spread=True) for v, o in zip(values, outs)])
    if order in ("C", "F"):
        values = tuple([v if o is not None else laid_out(v, order) for v, o in zip(values, outs)])
    return values if results > 1 else values[0]


def _dtypes(
    name: str, operands: tuple[Any, ...], outs: tuple[Any, ...], casting: str, dtype: Any
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The dtypes in which the operands are taken and the results made, if `dtype` is given.  Raises what NumPy does."""
    ufunc = getattr(np, "rint" if name == "round" else name, None)
    if isinstance(ufunc, np.ufunc) and not _keeps_integers(name, operands):
        own = tuple([o.dtype if hasattr(o, "dtype") else _WEAK.get(type(o), type(o)) for o in operands])
        into = tuple([None if o is None else o.dtype for o in outs])
        asked = {} if dtype is None else {"signature": (*(None,) * len(operands), *(np.dtype(dtype),) * len(outs))}
        found = ufunc.resolve_dtypes((*own, *into), casting=casting, **asked)  # type: ignore[arg-type]
        return found[: len(operands)], found[len(operands) :]
    for o in operands if dtype is not None else ():
        check_casting(name, o.dtype if hasattr(o, "dtype") else np.result_type(o), dtype, casting)
    np.can_cast(np.bool_, np.bool_, casting)  # type: ignore[arg-type]  # a ValueError for what is no rule
    return (dtype,) * len(operands), (dtype,) * len(outs)


def _keeps_integers(name: str, operands: tuple[Any, ...]) -> bool:
    """Whether it is a function that leaves integers what they are, where NumPy makes floats of them."""
    return name in ("rint", "round") and operands[0].dtype.kind in "biu"


#: How NumPy names the kinds of Python's numbers: all but bools are weak.
_WEAK: dict[type, Any] = {bool: np.dtype(bool)}


def _only(name: str, value: Array, where: Any, out: Array | None, casting: str) -> Array:
    """`value` where an array of bool holds; elsewhere what is in `out`, or 0."""
    mask = as_operand(name, where, value.device)
    if mask.dtype != np.bool_:
        raise UnsupportedDTypeError(f"{name}: where is an array of bool, not of {mask.dtype}")
    other = value.dtype.type(0) if out is None else out
    if out is not None and np.can_cast(value.dtype, out.dtype, casting):  # type: ignore[arg-type]
        value = astype(value, out.dtype, copy=False)  # int64 and uint64 together would be doubles
    return select(common_device(name, value, mask, other), mask, value, other)
