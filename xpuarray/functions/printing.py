"""Arrays as text.  Of large arrays only what is shown comes to the host: the ends of each dimension."""

from __future__ import annotations

import html as escaping
from typing import Any

import numpy as np
from numpy import (
    base_repr,
    binary_repr,
    format_float_positional,
    format_float_scientific,
    get_printoptions,
    printoptions,
    set_printoptions,
)

from xpuarray.core.array import Array, asnumpy
from xpuarray.functions import joining
from xpuarray.functions.checking import checked

__all__ = [
    "array2string", "array_repr", "array_str", "base_repr", "binary_repr", "format_float_positional",
    "format_float_scientific", "get_printoptions", "html", "printoptions", "representation", "set_printoptions", "text",
]  # fmt: skip


def _shown(x: Any, threshold: int, edgeitems: int | None = None) -> tuple[np.ndarray, dict[str, Any]]:
    """Values that print like all of x does, and the options for it."""
    if x.size <= threshold:
        return asnumpy(x), {"threshold": threshold}
    ends = np.get_printoptions()["edgeitems"] if edgeitems is None else edgeitems
    part = x
    for axis, extent in enumerate(x.shape):
        if extent > 2 * ends + 1:  # one element more, so that NumPy leaves something out
            before = (slice(None),) * axis
            part = joining.concat(
                [part[(*before, slice(0, ends))], part[(*before, slice(extent - ends - 1, None))]], axis=axis
            )
    return asnumpy(part), {"threshold": 0}


def _threshold() -> int:
    return np.get_printoptions()["threshold"]


def representation(x: Any) -> str:
    """What `repr` shows: values, dtype, device; of what is cut short, the shape."""
    values, options = _shown(x, _threshold())
    body = np.array2string(values, separator=", ", prefix="Array(", **options)
    cut = f"shape={x.shape}, " if x.size > options["threshold"] and x.size != values.size else ""
    return f"Array({body}, {cut}dtype={x.dtype}, device={x.device})"


def text(x: Any) -> str:
    """What `str` shows: the values."""
    values, options = _shown(x, _threshold())
    return np.array2string(values, **options) if values.ndim else str(values)


@checked
def array2string(
    a: Array,
    max_line_width: int | None = None,
    precision: int | None = None,
    suppress_small: bool | None = None,
    separator: str = " ",
    prefix: str = "",
    *,
    formatter: Any = None,
    threshold: int | None = None,
    edgeitems: int | None = None,
    sign: Any = None,
    floatmode: Any = None,
    suffix: str = "",
    legacy: Any = None,
) -> str:
    """The values as text, as NumPy writes them; of large arrays the ends of each dimension alone."""
    values, options = _shown(a, _threshold() if threshold is None else threshold, edgeitems)
    return np.array2string(
        values, max_line_width, precision, suppress_small, separator, prefix, formatter=formatter,
        edgeitems=edgeitems, sign=sign, floatmode=floatmode, suffix=suffix, legacy=legacy, **options,
    )  # fmt: skip


@checked
def array_repr(
    arr: Array, max_line_width: int | None = None, precision: int | None = None, suppress_small: bool | None = None
) -> str:
    """`repr(arr)`, in lines of that width and with so many digits."""
    with _printed(max_line_width, precision, suppress_small):
        return representation(arr)


@checked
def array_str(
    a: Array, max_line_width: int | None = None, precision: int | None = None, suppress_small: bool | None = None
) -> str:
    """`str(a)`, in lines of that width and with so many digits."""
    with _printed(max_line_width, precision, suppress_small):
        return text(a)


def _printed(width: int | None, precision: int | None, suppress: bool | None) -> Any:
    given = {"linewidth": width, "precision": precision, "suppress": suppress}
    return np.printoptions(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]


def html(x: Any) -> str:
    """What notebooks show: dtype, shape, bytes and device above the values."""
    shape = " × ".join(f"{n:,}" for n in x.shape) or "scalar"
    head = f"{x.dtype} · {shape} · {x.nbytes:,} bytes · <code>{escaping.escape(str(x.device))}</code>"
    values, options = _shown(x, 100)
    body = escaping.escape(np.array2string(values, separator=", ", **options))
    return f"<div><b>xpuarray.Array</b> {head}<pre>{body}</pre></div>"
