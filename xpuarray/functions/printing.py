"""Arrays as text.  Of large arrays only what is shown comes to the host: the ends of each dimension."""

from __future__ import annotations

import html as escaping
from typing import Any

import numpy as np

from xpuarray.core.array import asnumpy
from xpuarray.functions import joining

__all__ = ["html", "representation", "text"]


def _shown(x: Any, threshold: int) -> tuple[np.ndarray, dict[str, Any]]:
    """Values that print like all of x does, and the options for it."""
    if x.size <= threshold:
        return asnumpy(x), {"threshold": threshold}
    ends = np.get_printoptions()["edgeitems"]
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


def html(x: Any) -> str:
    """What notebooks show: dtype, shape, bytes and device above the values."""
    shape = " × ".join(map(str, x.shape)) or "scalar"
    head = f"{x.dtype} · {shape} · {x.nbytes:,} bytes · <code>{escaping.escape(str(x.device))}</code>"
    values, options = _shown(x, 100)
    body = escaping.escape(np.array2string(values, separator=", ", **options))
    return f"<div><b>xpuarray.Array</b> {head}<pre>{body}</pre></div>"
