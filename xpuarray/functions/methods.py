"""The methods of arrays that are functions: each is the function of the same name, or a few lines of others.

The functions need arrays, so arrays can't import them: `attach` puts the methods into the class, once all is defined.
"""

from __future__ import annotations

import math
import operator
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FunctionType
from typing import Any, ClassVar

from xpuarray.core import quick_parts
from xpuarray.core.array import Array, asnumpy
from xpuarray.core.promotion import as_dtype
from xpuarray.core.quick import of_numpys
from xpuarray.core.quick_parts import getter, reader, setter
from xpuarray.core.typing import Axis, Order, Place
from xpuarray.functions import (
    assigning,
    choosing,
    creation,
    data_types,
    diagonals,
    editing,
    elementwise,
    exchange,
    indexing,
    manipulation,
    mathematics,
    orders,
    parts,
    printing,
    products,
    protocols,
    reductions,
    scans,
    searching,
    selecting,
    sorting,
    statistics,
    views,
)
from xpuarray.functions.flat import Flat
from xpuarray.functions.hints import CURES, Missing
from xpuarray.functions.operators import ArrayOperators

__all__ = ["ArrayMethods", "attach"]


def _along_an_axis(name: str, axis: Any) -> None:
    if axis is None:
        raise TypeError(
            f"{name}: an array is put in order in place along an axis; xp.{name}(x, axis=None) is flattened"
        )


class ArrayMethods(ArrayOperators):
    """What Array has beside what it knows of itself."""

    __slots__ = ()

    # -- elements ----------------------------------------------------------------------------
    __getitem__: ClassVar[Callable[[Any, Any], Array]] = getter(indexing.getitem)
    __setitem__: ClassVar[Callable[[Any, Any, Any], None]] = setter(indexing.setitem)
    __float__: ClassVar[Callable[[Any], float]] = reader(float, Array.__float__)
    __int__: ClassVar[Callable[[Any], int]] = reader(int, Array.__int__)
    __index__: ClassVar[Callable[[Any], int]] = reader(operator.index, Array.__index__)
    __bool__: ClassVar[Callable[[Any], bool]] = reader(bool, Array.__bool__)

    def __contains__(self: Any, value: Any) -> bool:
        return bool(reductions.any(self == value))

    def item(self: Any, *position: Any) -> Any:
        """The only element, or that at a position (a number counted row by row, or an index), as a Python scalar."""
        value = quick_parts.item(self, position)
        if value is not None:
            return value
        if not position:
            if self.size != 1:
                raise ValueError(f"item: an array of shape {self.shape} is no scalar; give a position, or use tolist()")
            return self._scalar().item()
        index = position[0] if len(position) == 1 else position
        if isinstance(index, int):
            if not -self.size <= index < self.size:
                raise IndexError(f"item: position {index} is out of bounds for {self.size} elements")
            index = _unravelled(index % self.size, self.shape)
        try:
            place = tuple(map(operator.index, index))
        except TypeError:
            raise TypeError(f"item: a position is an integer, or one a dimension, not {index!r}") from None
        return self[place]._scalar().item()

    def fill(self: Any, value: Any) -> None:
        """Set all elements to a scalar."""
        self[...] = value

    def put(self: Any, ind: Any, v: Any, mode: str = "raise") -> None:
        """`xp.put`: elements of the array itself."""
        assigning.put(self, ind, v, mode)

    def take(self: Any, indices: Any, axis: int | None = None, out: Array | None = None, mode: str = "raise") -> Array:
        """`xp.take`."""
        return indexing.take(self, indices, axis, out, mode)

    def choose(self: Any, *choices: Any, out: Array | None = None, mode: str = "raise") -> Array:
        """`xp.choose`: of a sequence, or of what is given one by one."""
        return selecting.choose(self, choices[0] if len(choices) == 1 else choices, out, mode)

    def compress(self: Any, condition: Any, axis: int | None = None, out: Array | None = None) -> Array:
        """`xp.compress` with this array behind the condition."""
        return editing.compress(condition, self, axis, out)

    def nonzero(self: Any) -> tuple[Array, ...]:
        """`xp.nonzero`."""
        return searching.nonzero(self)

    def searchsorted(self: Any, v: Any, side: str = "left", sorter: Array | None = None) -> Array:
        """`xp.searchsorted`."""
        return searching.searchsorted(self, v, side, sorter)

    @property
    def flat(self: Any) -> Flat:
        """The elements in one dimension, row by row, to read and to assign to."""
        return Flat(self)

    @flat.setter
    def flat(self: Any, values: Any) -> None:
        self.flat[:] = values

    # -- shapes ------------------------------------------------------------------------------
    @property
    def T(self: Any) -> Array:  # noqa: N802
        """The array with its axes in reverse order, a view: of a matrix, its transpose."""
        value = quick_parts.transposed(self)
        return manipulation.transpose(self) if value is None else value

    @property
    def mT(self: Any) -> Array:  # noqa: N802
        """The transpose of each matrix in a stack, a view."""
        return manipulation.matrix_transpose(self)

    def reshape(self: Any, *shape: Any, order: Order = "C", copy: bool | None = None) -> Array:
        """`xp.reshape`; the extents may be given one by one."""
        extents = shape[0] if len(shape) == 1 else shape
        value = quick_parts.reshaped(self, extents) if order == "C" and copy is None else None
        return manipulation.reshape(self, extents, order, copy=copy) if value is None else value

    def transpose(self: Any, *axes: Any) -> Array:
        """`xp.transpose`; the axes may be given one by one."""
        whole = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None
        return manipulation.transpose(self, whole)

    def swapaxes(self: Any, axis1: int, axis2: int) -> Array:
        """`xp.swapaxes`."""
        return manipulation.swapaxes(self, axis1, axis2)

    def squeeze(self: Any, axis: int | Sequence[int] | None = None) -> Array:
        """`xp.squeeze`."""
        return manipulation.squeeze(self, axis)

    def ravel(self: Any, order: Order = "C") -> Array:
        """`xp.ravel`."""
        value = quick_parts.reshaped(self, quick_parts.RAVELLED) if order == "C" else None
        return manipulation.ravel(self, order) if value is None else value

    def flatten(self: Any, order: Order = "C") -> Array:
        """A copy of the array in one dimension, its elements taken in that order."""
        return data_types.copied(manipulation.ravel(self, order))

    def repeat(self: Any, repeats: int | Array, axis: int | None = None) -> Array:
        """`xp.repeat`."""
        return manipulation.repeat(self, repeats, axis)

    def diagonal(self: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
        """`xp.diagonal`."""
        return diagonals.diagonal(self, offset, axis1, axis2)

    # -- copies and dtypes -------------------------------------------------------------------
    def astype(
        self: Any,
        dtype: Any,
        order: Order = "K",
        casting: str = "unsafe",
        subok: bool = True,
        copy: bool = True,
        *,
        device: Place = None,
    ) -> Array:
        """`xp.astype`, stored in that order.  casting: what may be converted, as in `xp.can_cast`, else TypeError"""
        if casting != "unsafe" and not data_types.can_cast(self.dtype, dtype, casting):
            raise TypeError(f"astype: {self.dtype} does not become {dtype} under casting={casting!r}")
        value = None
        if copy is True and device is None and order == "K" and self.dtype.kind != "c":
            value = quick_parts.converted(self, as_dtype(dtype, self._device))
        return orders.converted(self, dtype, orders.chosen("astype", order), copy, device) if value is None else value

    def copy(self: Any, order: Order = "C") -> Array:
        """A copy of the array."""
        value = quick_parts.copied(self) if order == "C" else None
        return creation.copy(self, order) if value is None else value

    def __copy__(self: Any) -> Array:
        return creation.copy(self, "K")

    def __deepcopy__(self: Any, memo: dict[int, Any]) -> Array:
        return self.__copy__()

    def view(self: Any, dtype: Any = None, type: Any = None) -> Array:
        """The array's memory as elements of `dtype`, not converted; without one, or of the class of arrays, a view of
        the array.

        Raises ValueError if the last axis' elements don't lie side by side, or are no whole number of the new ones,
        and for another class.
        """
        return views.view(self, dtype, type)

    @property
    def flags(self: Any) -> views.Flags:
        """How the elements lie in memory, by NumPy's names: `flags.c_contiguous`, `flags["C_CONTIGUOUS"]`."""
        return views.Flags(self)

    def setflags(self: Any, write: bool | None = None, align: bool | None = None, uic: bool | None = None) -> None:
        """Let the array be read only (`write=False`)."""
        if align is False or uic:
            raise ValueError("setflags: an array is aligned, and is no copy of another; write= alone can be given")
        if write is not None:
            self.flags.writeable = write

    @property
    def data(self: Any) -> memoryview:
        """The array's memory as a buffer of Python's, where the host can reach it."""
        return views.buffer(self)

    def tobytes(self: Any, order: Order = "C") -> bytes:
        """The elements' bytes, row by row ("F": column by column), copied to the host."""
        return asnumpy(self).tobytes(order)  # type: ignore[arg-type]

    def __bytes__(self: Any) -> bytes:
        return self.tobytes()

    def dumps(self: Any) -> bytes:
        """The array, pickled."""
        return pickle.dumps(self)

    def dump(self: Any, file: Any) -> None:
        """The array, pickled, in a file (its name, or what can be written to)."""
        if hasattr(file, "write"):
            file.write(self.dumps())
        else:
            Path(file).write_bytes(self.dumps())

    def tofile(self: Any, fid: Any, sep: str = "", format: str = "%s") -> None:
        """The elements, copied to the host, written to a file as NumPy does."""
        asnumpy(self).tofile(fid, sep, format)

    @property
    def real(self: Any) -> Array:
        """`xp.real`; it can be assigned to."""
        return parts.real(self)

    @real.setter
    def real(self: Any, values: Any) -> None:
        parts.real(self)[...] = values

    @property
    def imag(self: Any) -> Array:
        """`xp.imag`; that of complex numbers can be assigned to."""
        return parts.imag(self)

    @imag.setter
    def imag(self: Any, values: Any) -> None:
        if self.dtype.kind != "c":
            raise TypeError(f"{self.dtype} has no imaginary part to assign to")
        parts.imag(self)[...] = values

    # -- arithmetic --------------------------------------------------------------------------
    def clip(
        self: Any,
        a_min: Any = None,
        a_max: Any = None,
        out: Array | None = None,
        *,
        min: Any = None,
        max: Any = None,
        dtype: Any = None,
        casting: str = "same_kind",
        where: Any = True,
        order: str = "K",
        subok: bool = True,
    ) -> Array:
        """`xp.clip`."""
        return choosing.clip(
            self,
            a_min,
            a_max,
            out,
            min=min,
            max=max,
            dtype=dtype,
            casting=casting,
            where=where,
            order=order,
            subok=subok,
        )

    def conj(self: Any, out: Array | None = None) -> Array:
        """`xp.conj` of complex numbers; of others the array itself."""
        return self if out is None and self.dtype.kind != "c" else elementwise.conj(self, out=out)

    conjugate = conj

    def round(self: Any, decimals: int = 0, out: Array | None = None) -> Array:
        """`xp.round`."""
        return choosing.round(self, decimals, out)

    def __divmod__(self: Any, other: Any) -> tuple[Array, Array]:
        return mathematics.divmod(self, other)

    def __rdivmod__(self: Any, other: Any) -> tuple[Array, Array]:
        return mathematics.divmod(other, self)

    def dot(self: Any, b: Any, out: Array | None = None) -> Array:
        """`xp.dot`."""
        return products.dot(self, b, out)

    # -- reductions and scans ----------------------------------------------------------------
    def sum(
        self: Any,
        axis: Axis = None,
        dtype: Any = None,
        out: Array | None = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = True,
    ) -> Array:
        """`xp.sum`."""
        return reductions.sum(self, axis, dtype, out, keepdims, initial, where)

    def prod(
        self: Any,
        axis: Axis = None,
        dtype: Any = None,
        out: Array | None = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = True,
    ) -> Array:
        """`xp.prod`."""
        return reductions.prod(self, axis, dtype, out, keepdims, initial, where)

    def max(
        self: Any,
        axis: Axis = None,
        out: Array | None = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = True,
    ) -> Array:
        """`xp.max`."""
        return reductions.max(self, axis, out, keepdims, initial, where)

    def min(
        self: Any,
        axis: Axis = None,
        out: Array | None = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = True,
    ) -> Array:
        """`xp.min`."""
        return reductions.min(self, axis, out, keepdims, initial, where)

    def all(
        self: Any, axis: Axis = None, out: Array | None = None, keepdims: bool = False, *, where: Any = True
    ) -> Array:
        """`xp.all`."""
        return reductions.all(self, axis, out, keepdims, where=where)

    def any(
        self: Any, axis: Axis = None, out: Array | None = None, keepdims: bool = False, *, where: Any = True
    ) -> Array:
        """`xp.any`."""
        return reductions.any(self, axis, out, keepdims, where=where)

    def mean(
        self: Any,
        axis: Axis = None,
        dtype: Any = None,
        out: Array | None = None,
        keepdims: bool = False,
        *,
        where: Any = True,
    ) -> Array:
        """`xp.mean`."""
        return statistics.mean(self, axis, dtype, out, keepdims, where=where)

    def var(
        self: Any,
        axis: Axis = None,
        dtype: Any = None,
        out: Array | None = None,
        ddof: float = 0,
        keepdims: bool = False,
        *,
        where: Any = True,
        mean: Array | None = None,
        correction: float | None = None,
    ) -> Array:
        """`xp.var`."""
        return statistics.var(self, axis, dtype, out, ddof, keepdims, where=where, mean=mean, correction=correction)

    def std(
        self: Any,
        axis: Axis = None,
        dtype: Any = None,
        out: Array | None = None,
        ddof: float = 0,
        keepdims: bool = False,
        *,
        where: Any = True,
        mean: Array | None = None,
        correction: float | None = None,
    ) -> Array:
        """`xp.std`."""
        return statistics.std(self, axis, dtype, out, ddof, keepdims, where=where, mean=mean, correction=correction)

    def argmax(self: Any, axis: int | None = None, out: Array | None = None, *, keepdims: bool = False) -> Array:
        """`xp.argmax`."""
        return searching.argmax(self, axis, out, keepdims)

    def argmin(self: Any, axis: int | None = None, out: Array | None = None, *, keepdims: bool = False) -> Array:
        """`xp.argmin`."""
        return searching.argmin(self, axis, out, keepdims)

    def cumsum(self: Any, axis: int | None = None, dtype: Any = None, out: Array | None = None) -> Array:
        """`xp.cumsum`."""
        return scans.cumsum(self, axis, dtype, out)

    def cumprod(self: Any, axis: int | None = None, dtype: Any = None, out: Array | None = None) -> Array:
        """`xp.cumprod`."""
        return scans.cumprod(self, axis, dtype, out)

    def trace(
        self: Any,
        offset: int = 0,
        axis1: int = 0,
        axis2: int = 1,
        dtype: Any = None,
        out: Array | None = None,
    ) -> Array:
        """`xp.trace`."""
        return diagonals.trace(self, offset, axis1, axis2, dtype, out)

    # -- order -------------------------------------------------------------------------------
    def sort(
        self: Any,
        axis: int = -1,
        kind: str | None = None,
        order: None = None,
        *,
        stable: bool | None = True,
        descending: bool = False,
    ) -> None:
        """Sort the array itself along `axis`; `xp.sort` returns a sorted copy."""
        _along_an_axis("sort", axis)
        self[...] = sorting.sort(self, axis, kind, order, stable=stable, descending=descending)

    def argsort(
        self: Any,
        axis: int = -1,
        kind: str | None = None,
        order: None = None,
        *,
        stable: bool | None = True,
        descending: bool = False,
    ) -> Array:
        """`xp.argsort`."""
        return sorting.argsort(self, axis, kind, order, stable=stable, descending=descending)

    def partition(self: Any, kth: Any, axis: int = -1, kind: str = "introselect", order: None = None) -> None:
        """`xp.partition` of the array itself."""
        _along_an_axis("partition", axis)
        self[...] = sorting.partition(self, kth, axis, kind, order)

    def argpartition(
        self: Any, kth: Any, axis: int | None = -1, kind: str = "introselect", order: None = None
    ) -> Array:
        """`xp.argpartition`."""
        return sorting.argpartition(self, kth, axis, kind, order)

    # -- other libraries ---------------------------------------------------------------------
    def __array_namespace__(self: Any, *, api_version: str | None = None) -> Any:
        return protocols.namespace()

    __array_ufunc__: ClassVar[Callable[..., Any]] = of_numpys(elementwise.OF_UFUNCS, protocols.ufunc_of_arrays)

    @property
    def _numba_type_(self: Any) -> Any:
        """What `numba.njit` takes it for."""
        from xpuarray.functions.beside_numba import numba_type

        return numba_type(self)

    def __array_function__(self: Any, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return protocols.function_of_arrays(self, function, types, args, kwargs)

    def __dlpack__(
        self: Any,
        *,
        stream: Any = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[Any, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        """A DLPack capsule of the array's own memory; keyword arguments as in the standard."""
        return exchange.dlpack(self, stream, max_version, dl_device, copy)

    # -- text --------------------------------------------------------------------------------
    def __repr__(self: Any) -> str:
        return printing.representation(self)

    def __str__(self: Any) -> str:
        return printing.text(self)

    def __round__(self: Any, ndigits: int | None = None) -> Any:
        """Of one element: an int, or with `ndigits` an array like it."""
        if self.size != 1:
            raise TypeError(f"round() takes one element, and this array has shape {self.shape}; write xp.round(x, n)")
        return round(self._scalar().item()) if ndigits is None else choosing.round(self, ndigits)

    def __format__(self: Any, spec: str) -> str:
        if spec and self.size != 1:
            raise TypeError(f"format {spec!r} is for one element, and this array has shape {self.shape}")
        return format(self._scalar().item(), spec) if spec else str(self)

    def _repr_html_(self: Any) -> str:
        return printing.html(self)

    def __dir__(self: Any) -> list[str]:
        return [name for name in object.__dir__(self) if name not in CURES["Array"]]


def _unravelled(position: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    strides = [math.prod(shape[k + 1 :]) for k in range(len(shape))]
    return tuple(position // s % n for s, n in zip(strides, shape))


def attach() -> None:
    """Give Array its operators and methods, which are from then on its own: help and tracebacks name it alone."""
    for source in (ArrayOperators, ArrayMethods):
        for name, value in vars(source).items():
            if isinstance(value, (FunctionType, type(getter))):  # or of the compiler's type
                value.__module__, value.__name__, value.__qualname__ = Array.__module__, name, f"Array.{name}"
            elif not isinstance(value, property) and name != "__hash__":
                continue  # what Python says of the class they are written in
            setattr(Array, name, value)
    for name in CURES["Array"]:
        setattr(Array, name, Missing(name))
    quick_parts.take_over()
