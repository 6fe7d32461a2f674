"""The methods that NumPy users write on arrays: each is the function of the same name, or a few lines of others."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xpuarray.core.array import Array

__all__ = ["Methods"]

xp: Any = sys.modules["xpuarray"]  # read when a method is called: by then it is complete


def _method(name: str) -> Any:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(xp, name)(self, *args, **kwargs)

    method.__name__, method.__doc__ = name, f"The function `xp.{name}` of this array."
    return method


def _methods(names: str) -> list[Callable[..., Any]]:
    return [_method(name) for name in names.split()]


class Methods:
    """What Array has beside the standard's methods and operators."""

    __slots__ = ()

    all, any, argmax, argmin, argsort, astype = _methods("all any argmax argmin argsort astype")
    (argpartition,) = _methods("argpartition")
    choose, clip, conj, conjugate, cumprod, cumsum = _methods("choose clip conj conjugate cumprod cumsum")
    diagonal, dot, max, mean, min, nonzero, prod, put = _methods("diagonal dot max mean min nonzero prod put")
    ravel, repeat, round, searchsorted, squeeze, std = _methods("ravel repeat round searchsorted squeeze std")
    sum, swapaxes, take, trace, var, __divmod__ = _methods("sum swapaxes take trace var divmod")

    # -- shapes and values -------------------------------------------------------------------
    def reshape(self: Any, *shape: Any, **kwargs: Any) -> Array:
        """`xp.reshape`; the extents may be given one by one."""
        return xp.reshape(self, shape[0] if len(shape) == 1 else shape, **kwargs)

    def transpose(self: Any, *axes: Any) -> Array:
        """`xp.transpose`; the axes may be given one by one."""
        return xp.transpose(self, axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None)

    def flatten(self: Any, order: str = "C") -> Array:
        """A copy of the array in one dimension."""
        return xp.reshape(xp.asarray(self, copy=True), (-1,), order)

    def copy(self: Any, order: str = "C") -> Array:
        """A copy of the array."""
        return xp.asarray(self, copy=True)

    def compress(self: Any, condition: Any, axis: int | None = None, out: Any = None) -> Array:
        """`xp.compress` with this array behind the condition."""
        return xp.compress(condition, self, axis, out)

    def fill(self: Any, value: Any) -> None:
        """Set all elements to a scalar."""
        self[...] = value

    def sort(self: Any, axis: int = -1, kind: str | None = None, order: None = None, *, stable: bool = True) -> None:
        """Sort the array itself along `axis`; `xp.sort` returns a sorted copy."""
        self[...] = xp.sort(self, axis, kind, order, stable=stable)

    def partition(self: Any, kth: Any, axis: int = -1, kind: str = "introselect", order: None = None) -> None:
        """`xp.partition` of the array itself."""
        self[...] = xp.partition(self, kth, axis)

    @property
    def flat(self: Any) -> Any:
        """The elements in one dimension, row by row, to read and to assign to."""
        from xpuarray.functions.numpy_flat import Flat

        return Flat(self)

    @flat.setter
    def flat(self: Any, values: Any) -> None:
        self.flat[:] = values

    def item(self: Any, *position: Any) -> Any:
        """The only element, or that at a position (a number counted row by row, or an index), as a Python scalar."""
        if not position:
            return self._scalar().item()
        index = position[0] if len(position) == 1 else position
        if isinstance(index, int):
            if not -self.size <= index < self.size:
                raise IndexError(f"item: position {index} is out of bounds for {self.size} elements")
            index = _unravelled(index % self.size, self.shape)
        return self[tuple(index)]._scalar().item()

    def tobytes(self: Any) -> bytes:
        """The elements' bytes, row by row, copied to the host."""
        return xp.asnumpy(self).tobytes()

    def tofile(self: Any, fid: Any, sep: str = "", format: str = "%s") -> None:
        """The elements, copied to the host, written to a file as NumPy does."""
        xp.asnumpy(self).tofile(fid, sep, format)

    @property
    def real(self: Any) -> Array:
        """The real parts; of real arrays, the array itself.  They can be assigned to."""
        return xp.real(self) if self.dtype.kind == "c" else self

    @real.setter
    def real(self: Any, values: Any) -> None:
        self[...] = values + xp.imag(self) * 1j if self.dtype.kind == "c" else values

    @property
    def imag(self: Any) -> Array:
        """The imaginary parts; zeros of real arrays.  They can be assigned to."""
        return xp.imag(self) if self.dtype.kind == "c" else xp.zeros_like(self)

    @imag.setter
    def imag(self: Any, values: Any) -> None:
        if self.dtype.kind != "c":
            raise TypeError(f"{self.dtype} has no imaginary part to assign to")
        self[...] = xp.real(self) + values * 1j

    def __contains__(self: Any, value: Any) -> bool:
        return bool(xp.any(self == value))

    # -- NumPy's functions of these arrays ---------------------------------------------------
    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        from xpuarray.functions.numpy_protocols import ufunc_of_arrays

        return ufunc_of_arrays(ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        from xpuarray.functions.numpy_protocols import function_of_arrays

        return function_of_arrays(function, args, kwargs)

    # -- text --------------------------------------------------------------------------------
    def __repr__(self) -> str:
        from xpuarray.functions.printing import representation

        return representation(self)

    def __str__(self) -> str:
        from xpuarray.functions.printing import text

        return text(self)

    def __format__(self: Any, spec: str) -> str:
        if spec and self.size != 1:
            raise TypeError(f"format {spec!r} is for one element, and this array has shape {self.shape}")
        return format(self._scalar().item(), spec) if spec else str(self)

    def _repr_html_(self) -> str:
        from xpuarray.functions.printing import html

        return html(self)


def _unravelled(position: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    strides = [math.prod(shape[k + 1 :]) for k in range(len(shape))]
    return tuple(position // s % n for s, n in zip(strides, shape))
