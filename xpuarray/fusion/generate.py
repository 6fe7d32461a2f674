"""From a scalar function to a kernel over arrays: a few lines of Python source, made once."""

from __future__ import annotations

import functools
import linecache
from collections.abc import Callable
from typing import Any

import numpy as np

from xpuarray.lang import Kernel

__all__ = ["elementwise_kernel"]


@functools.lru_cache(maxsize=4096)
def elementwise_kernel(
    function: Callable[..., Any], name: str, arrays: tuple[bool, ...], compute: tuple[str, ...], result: str, ndim: int
) -> Kernel:
    """A kernel (item, x0, x1, ..., out) over `ndim` dimensions: out[i] = function(x0[i], x1[i], ...).

    arrays: which operands are arrays; the others are scalars
    compute: the dtype each operand is converted to before the call
    result: the dtype the call's value is converted to before it is stored
    """
    indices = [f"i{d}" for d in range(ndim)]
    subscript = f"[{', '.join(indices)}]"
    operands = [f"x{k}" for k in range(len(arrays))]
    loads = [f"c{k}({x}{subscript if is_array else ''})" for k, (x, is_array) in enumerate(zip(operands, arrays))]
    lines = [
        f"def {name}(item, {', '.join(operands)}, out):",
        *(f"    {i} = item.get_id({d})" for d, i in enumerate(indices)),
        f"    out{subscript} = r(f({', '.join(loads)}))",
    ]
    scope: dict[str, Any] = {"f": function, "r": _scalar(result), "__name__": __name__}
    scope.update((f"c{k}", _scalar(dtype)) for k, dtype in enumerate(compute))
    return Kernel(_define("\n".join(lines), name, scope))


def _scalar(dtype: str) -> Any:
    return np.dtype(dtype).type


def _define(source: str, name: str, scope: dict[str, Any]) -> Any:
    """Run generated source so that tracebacks and Numba's errors can show its lines."""
    filename = f"<xpuarray {name} {hash((source, *map(str, scope.values()))):x}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    exec(compile(source, filename, "exec"), scope)
    return scope[name]
