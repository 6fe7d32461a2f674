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
    function: Callable[..., Any], name: str, forms: tuple[str, ...], compute: tuple[str, ...], result: str, ndim: int
) -> Kernel:
    """A kernel (item, x0, x1, ..., out) over `ndim` dimensions: out[i] = function(x0[i], x1[i], ...).

    forms: how each operand, and last the result, is indexed: "scalar", "element", or over the elements
        of a matrix, numbered through, "row" (the same row for all) or "column"; with those, the
        number of columns (uint32) is one more parameter, the last
    compute: the dtype each operand is converted to before the call
    result: the dtype the call's value is converted to before it is stored
    """
    *operands, _ = [f"x{k}" for k in range(len(forms))]
    indices = [f"i{d}" for d in range(ndim)]
    narrow = "row" in forms or "column" in forms
    # 32 bits: dividing by a number that is not known takes several times as long in 64.
    subscripts = {"scalar": "", "element": f"[{', '.join(indices)}]", "row": "[u(i0) % n]", "column": "[u(i0) // n]"}
    loads = [f"c{k}({x}{subscripts[form]})" for k, (x, form) in enumerate(zip(operands, forms))]
    lines = [
        f"def {name}(item, {', '.join(operands)}, out{', n' if narrow else ''}):",
        *(f"    {i} = item.get_id({d})" for d, i in enumerate(indices)),
        f"    out{subscripts['element']} = r(f({', '.join(loads)}))",
    ]
    scope: dict[str, Any] = {"f": function, "u": np.uint32, "r": _scalar(result), "__name__": __name__}
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
