"""Elements chosen among several arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.core.typing import Operand
from xpuarray.functions import choosing, creation, manipulation
from xpuarray.functions.checking import checked
from xpuarray.functions.few import whole_by_numpy
from xpuarray.functions.index_tricks import _bounded
from xpuarray.functions.operands import as_one_dtype, as_operand
from xpuarray.functions.signatures import write_out

__all__ = ["choose", "select"]


@whole_by_numpy
@checked
def choose(a: Array, choices: Sequence[Any], out: Array | None = None, mode: str = "raise") -> Array:
    """Element by element, that of choices[k] where a is k; all broadcast against each other.

    mode: what is done with k outside of [0, len(choices)): "raise" ValueError, "wrap" or "clip"
    """
    parts = as_one_dtype("choose", choices, a.device)
    common_device("choose", a, *parts)
    n = len(parts)
    index = _bounded("choose", a, n, mode)
    result = parts[0]
    result = manipulation.broadcast_to(result, manipulation.broadcast_arrays(result, a)[0].shape)
    for k in range(1, n):
        result = choosing.where(index == k, parts[k], result)
    return write_out("choose", creation.asarray(result, copy=True) if n == 1 else result, out)


@whole_by_numpy
@checked
def select(condlist: Sequence[Operand], choicelist: Sequence[Any], default: Any = 0) -> Array:
    """Element by element, the choice of the first condition that holds, or `default`; all broadcast."""
    if isinstance(choicelist, Array):
        choicelist = list(choicelist)
    if len(condlist) != len(choicelist) or not len(condlist):
        raise ValueError(f"select: {len(condlist)} conditions and {len(choicelist)} choices")
    device = next((v.device for v in (*condlist, *choicelist, default) if isinstance(v, Array)), None)
    condlist = [as_operand("select", c, device) for c in condlist]
    if any(c.dtype != np.bool_ for c in condlist):
        raise TypeError(f"select: conditions are arrays of bool, not {[str(c.dtype) for c in condlist]}")
    *choices, result = as_one_dtype("select", (*choicelist, default), condlist[0].device)
    for condition, choice in zip(reversed(condlist), reversed(choices)):
        result = choosing.where(condition, choice, result)
    return result
