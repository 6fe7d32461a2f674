"""The simulator: a kernel as plain Python, one call a work-item, so that `print` and `pdb` work."""

from __future__ import annotations

import itertools
import math
import types as python_types
from collections.abc import Sequence
from typing import Any

import numpy as np

from xpuarray.backends.contract import Compiled, DeviceInfo
from xpuarray.compiler.linking import is_plain, link
from xpuarray.compiler.types import KernelType, Space
from xpuarray.lang.item import Item
from xpuarray.lang.ranges import Range

__all__ = ["compile_kernel"]


class _IeeeMath(python_types.ModuleType):
    """`math` as devices do it: results of IEEE arithmetic in place of Python's exceptions."""

    _NUMPY = {
        "fabs": "fabs",
        "pow": "power",
        "atan2": "arctan2",
        "asin": "arcsin",
        "acos": "arccos",
        "atan": "arctan",
        "asinh": "arcsinh",
        "acosh": "arccosh",
        "atanh": "arctanh",
    }
    _SAME = set(
        [
            "sqrt",
            "exp",
            "expm1",
            "log",
            "log10",
            "log2",
            "log1p",
            "sin",
            "cos",
            "tan",
            "sinh",
            "cosh",
            "tanh",
            "hypot",
            "fmod",
            "copysign",
        ]
    )

    def __getattr__(self, name: str) -> Any:
        if name in self._SAME or name in self._NUMPY:
            return getattr(np, self._NUMPY.get(name, name))
        return getattr(math, name)


_MATH = _IeeeMath("math")


def _wrap(value: Any) -> Any:
    if value is math:
        return _MATH
    if isinstance(value, python_types.BuiltinFunctionType) and getattr(math, value.__name__, None) is value:
        return getattr(_MATH, value.__name__)
    if is_plain(value):
        return link(value, _wrap)
    return value


def compile_kernel(kernel: Any, space: Space, types: tuple[KernelType, ...], info: DeviceInfo) -> Compiled:
    """A callable (global size, *arguments) that runs the kernel item by item."""
    body = link(kernel.function, _wrap)

    def run(global_size: Sequence[int], *args: Any) -> None:
        extent = Range(*global_size)
        with np.errstate(all="ignore"):
            for index in itertools.product(*map(range, extent)):
                body(Item(extent, index), *args)

    return Compiled(kernel.__name__, "simulator", run)
