"""CuPy's names beyond NumPy's, which ports need: the module an array is of, and kernels from a function of elements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from xpuarray.core import pending
from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.core.promotion import as_dtype
from xpuarray.core.shapes import normalise_axes
from xpuarray.core.typing import Axis
from xpuarray.errors import DeviceError
from xpuarray.functions import creation, manipulation
from xpuarray.functions.data_types import astype
from xpuarray.functions.protocols import namespace
from xpuarray.functions.signatures import write_out
from xpuarray.functions.ufuncs import joined_in_halves
from xpuarray.functions.vectorize import vectorize

__all__ = ["ElementwiseKernel", "RawKernel", "ReductionKernel", "get_array_module"]


def get_array_module(*args: Any) -> ModuleType:
    """xpuarray if an array of ours is among the arguments, else NumPy.

    >>> import xpuarray as xp
    >>> xp.get_array_module(xp.ones(3, device="host")).__name__
    'xpuarray'
    """
    return namespace() if any(isinstance(x, Array) for x in args) else np


def _parameters(kind: str, text: str) -> list[tuple[str, str]]:
    """(type, name) of each parameter in "float32 x, T y"."""
    found = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        words = part.split()
        if len(words) != 2:
            raise ValueError(f"{kind}: a parameter is a type and a name, as in 'float32 x, T y', not {part!r}")
        found.append((words[0], words[1]))
    return found


def _function(kind: str, role: str, value: Any, names: Sequence[str]) -> Callable[..., Any]:
    if not callable(value):
        raise TypeError(
            f"{kind}: {role} is a Python function, as in lambda {', '.join(names)}: {names[0]}, not "
            f"{type(value).__name__}; C++ source takes cupy.{kind}"
        )
    return value  # type: ignore[no-any-return]


def _typed(kind: str, parameters: Sequence[tuple[str, str]], values: Sequence[Any]) -> list[Any]:
    """The operands in the dtypes of their parameters; one letter stands for any."""
    if len(values) != len(parameters):
        raise TypeError(f"{kind}: takes {', '.join(name for _, name in parameters)}, not {len(values)} operand(s)")
    common_device(kind, *values)
    return [
        astype(v, as_dtype(t, v.device), copy=False) if len(t) > 1 and isinstance(v, Array) else v
        for v, (t, _) in zip(values, parameters)
    ]


class ElementwiseKernel:
    """CuPy's class of this name, of a Python function: an elementwise operation, as `xp.vectorize` makes them.

    in_params, out_params: types and names, "float32 x, float32 y"; one letter as a type stands for any
    operation: a function of one element of each, which returns that of the result

    >>> import xpuarray as xp
    >>> apart = xp.ElementwiseKernel("float64 x, float64 y", "float64 z", lambda x, y: (x - y) * (x - y))
    >>> apart(xp.asarray([1.0, 2.0]), 4.0).tolist()                        # doctest: +SKIP
    [9.0, 4.0]
    """

    def __init__(self, in_params: str, out_params: str, operation: Callable[..., Any], name: str = "kernel"):
        self.name = name
        self._in = _parameters("ElementwiseKernel", in_params)
        out = _parameters("ElementwiseKernel", out_params)
        if len(out) != 1:
            raise ValueError(f"ElementwiseKernel: has one result, not {len(out)}; write a kernel for each")
        self._function = _function("ElementwiseKernel", "operation", operation, [n for _, n in self._in])
        self._result = out[0][0] if len(out[0][0]) > 1 else None

    def __call__(self, *args: Any) -> Array:
        """The operation of the operands; behind them there may be an array to write into."""
        operands = _typed(self.name, self._in, args[: len(self._in)])
        out = args[len(self._in)] if len(args) == len(self._in) + 1 else None
        if len(args) > len(self._in) + 1:
            raise TypeError(f"{self.name}: takes {len(self._in)} operands and one array to write into, not {len(args)}")
        return write_out(self.name, vectorize(self._function, dtype=self._result)(*operands), out, "unsafe")


class ReductionKernel:
    """CuPy's class of this name, of Python functions: elements are mapped, joined two by two, and what is left of each
    column is mapped again.

    map_expr: a function of one element of each operand
    reduce_expr: a function of two of its results, which may be joined in any order
    post_map_expr: a function of what is left; None: that itself
    identity: what comes of nothing; None: an error

    >>> import math
    >>> import xpuarray as xp
    >>> norm = xp.ReductionKernel(
    ...     "T x", "T y", lambda x: x * x, lambda a, b: a + b, lambda a: math.sqrt(a), 0, "norm")
    >>> norm(xp.asarray([3.0, 4.0])).item()                                # doctest: +SKIP
    5.0
    """

    def __init__(
        self,
        in_params: str,
        out_params: str,
        map_expr: Callable[..., Any],
        reduce_expr: Callable[[Any, Any], Any],
        post_map_expr: Callable[[Any], Any] | None = None,
        identity: Any = None,
        name: str = "reduce_kernel",
    ):
        self.name, self.identity = name, identity
        kind = "ReductionKernel"
        self._in = _parameters(kind, in_params)
        out = _parameters(kind, out_params)
        if len(out) != 1:
            raise ValueError(f"{kind}: has one result, not {len(out)}; write a kernel for each")
        self._result = out[0][0] if len(out[0][0]) > 1 else None
        self._map = vectorize(_function(kind, "map_expr", map_expr, [n for _, n in self._in]))
        self._join = vectorize(_function(kind, "reduce_expr", reduce_expr, ("a", "b")))
        last = post_map_expr
        self._last = None if last is None else vectorize(_function(kind, "post_map_expr", last, ("a",)))

    def __call__(self, *args: Any, out: Array | None = None, axis: Axis = None, keepdims: bool = False) -> Array:
        """The operands, which broadcast, reduced along `axis` (None: all)."""
        x = self._map(*_typed(self.name, self._in, args))
        axes = normalise_axes(self.name, axis, x.ndim)
        left = [k for k in range(x.ndim) if k not in axes]
        shape = tuple(x.shape[k] for k in left)
        columns = manipulation.permute_dims(x, (*axes, *left)).reshape((-1, *shape) if x.size else (0, *shape))
        if not len(columns):
            if self.identity is None:
                raise ValueError(f"{self.name}: nothing to reduce, and no identity")
            value = creation.full(shape, self.identity, x.dtype, device=x.device)
        else:
            value = joined_in_halves(self._join, columns)
        value = value if self._last is None else self._last(value)
        value = value if self._result is None else astype(value, as_dtype(self._result, x.device), copy=False)
        if keepdims:
            value = value.reshape(tuple(1 if k in axes else n for k, n in enumerate(x.shape)))
        return write_out(self.name, value, out, "unsafe")


class RawKernel:
    """CuPy's class of this name: a kernel in CUDA C++, which CuPy compiles and launches; on NVIDIA GPUs alone.

    >>> scale = xp.RawKernel(source, "scale")                              # doctest: +SKIP
    >>> scale((blocks,), (256,), (x, y, np.float32(2)))                    # doctest: +SKIP
    """

    def __init__(self, code: str, name: str, options: tuple[str, ...] = (), backend: str = "nvrtc", **kwargs: Any):
        self.code, self.name = code, name
        self._options = {"options": options, "backend": backend, **kwargs}
        self._kernel: Any = None

    def __call__(self, grid: Sequence[int], block: Sequence[int], args: Sequence[Any], *, shared_mem: int = 0) -> None:
        """Launch it over grid times block threads.  Raises DeviceError for arrays on other devices than NVIDIA GPUs."""
        device = common_device(self.name, *args)
        if device.info.backend != "cuda":
            raise DeviceError(
                f"{self.name}: CUDA C++ runs on NVIDIA GPUs, and the arrays are on {device}; "
                "write it in Python, for every device: xp.kernel"
            )
        import cupy

        pending.materialize_all_readers(args)
        natives = tuple([x._native if isinstance(x, Array) else x for x in args])
        if self._kernel is None:
            self._kernel = cupy.RawKernel(self.code, self.name, **self._options)
        with device.runtime.active():
            self._kernel(tuple(grid), tuple(block), natives, shared_mem=shared_mem)
