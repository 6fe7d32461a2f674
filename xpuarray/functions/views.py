"""What there is to see of an array's memory: its elements in another dtype, how they lie, a buffer of Python's."""

from __future__ import annotations

from typing import Any

import numpy as np

from xpuarray.backends.host.library import diagonal as diagonal_of
from xpuarray.core.array import Array, asnumpy, part_of, view_of
from xpuarray.core.promotion import as_dtype
from xpuarray.core.shared_memory import in_sight
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.functions.strided import view_by

__all__ = ["Flags", "buffer", "diagonal", "view"]


def view(x: Array, dtype: Any, kind: Any = None) -> Array:
    """x's memory as elements of `dtype`, not converted (None: x's own); they may have another size if those of the last
    axis lie side by side.  The bytes of bools can only be read.

    Raises ValueError if they don't, or if their bytes are no whole number of elements; UnsupportedDTypeError for bool,
    and for elements whose bytes are in another order.
    """
    if kind is not None and not isinstance(x, kind):
        raise ValueError(f"view: an array is no {kind.__name__}; there are no classes derived from arrays")
    if dtype is None or (isinstance(dtype, type) and isinstance(x, dtype)):
        return x[...]
    wanted = as_dtype(dtype, x.device)
    if not np.dtype(dtype).isnative:
        raise UnsupportedDTypeError(f"view: {np.dtype(dtype)} is in another order of bytes than the device's")
    old, new = x.itemsize, wanted.itemsize
    if wanted.kind == "b" != x.dtype.kind:
        raise UnsupportedDTypeError("view: a byte need not be a bool, which is 0 or 1; write x != 0")
    if old != new:
        if not x.ndim or (x.shape[-1] != 1 and x.size and x.strides[-1] != old):
            raise ValueError(f"view: {x.dtype} as {wanted} needs a last axis whose elements lie side by side")
        if x.shape[-1] * old % new:
            raise ValueError(f"view: {x.shape[-1]} elements of {x.dtype} are no whole number of {wanted}")
    array = view_of(x, x.device.runtime.reinterpret(x._native, wanted))
    array._read_only |= x.dtype.kind == "b" != wanted.kind  # a bool's byte is 0 or 1, and libraries count on it
    return array


def diagonal(x: Array) -> Array:
    """The diagonal of the last two dimensions, which are not empty."""
    memory = in_sight(x)
    if memory is not None:
        return part_of(x, diagonal_of(memory))
    *outer, rows, columns = x.strides
    return view_by(x, (*x.shape[:-2], min(x.shape[-2:])), (*outer, rows + columns))


class Flags:
    """How an array's elements lie in memory; by NumPy's names, as attributes and as keys: flags["C_CONTIGUOUS"].

    `writeable` can be set to False.  Who owns memory (`owndata`) is not known of any array: see xp.may_share_memory.
    """

    __slots__ = ("_array",)

    #: Each element is at a multiple of its size, and no copy waits to be written back: always.
    aligned, writebackifcopy = True, False

    def __init__(self, x: Array):
        self._array = x

    @property
    def c_contiguous(self) -> bool:
        """Row by row, without gaps."""
        return bool(self._array._native.flags.c_contiguous)

    @property
    def f_contiguous(self) -> bool:
        """Column by column, without gaps."""
        return bool(self._array._native.flags.f_contiguous)

    contiguous, fortran = c_contiguous, f_contiguous

    @property
    def forc(self) -> bool:
        """One of the two at least."""
        return self.c_contiguous or self.f_contiguous

    @property
    def fnc(self) -> bool:
        """Column by column, and not row by row."""
        return self.f_contiguous and not self.c_contiguous

    @property
    def writeable(self) -> bool:
        """Whether elements can be assigned to."""
        return not self._array._read_only

    @writeable.setter
    def writeable(self, value: bool) -> None:
        if value and self._array._read_only:
            raise ValueError("flags: what is to be read only stays so; write into a copy of it: x.copy()")
        self._array._read_only = not value

    @property
    def owndata(self) -> bool:
        """Not known."""
        raise AttributeError("flags: who owns memory is not known here; xp.may_share_memory(x, y) says who shares it")

    behaved = writeable

    @property
    def carray(self) -> bool:
        """Row by row, and writeable."""
        return self.c_contiguous and self.writeable

    @property
    def farray(self) -> bool:
        """Column by column, not row by row, and writeable."""
        return self.fnc and self.writeable

    def __getitem__(self, key: str) -> bool:
        return bool(getattr(self, self._name(key)))

    def __setitem__(self, key: str, value: bool) -> None:
        name = self._name(key)
        if name != "writeable":
            raise ValueError(f"flags: WRITEABLE alone can be set, not {key}")
        self.writeable = value

    @staticmethod
    def _name(key: str) -> str:
        name = _LETTERS.get(key, key).lower() if isinstance(key, str) else ""
        if not isinstance(getattr(Flags, name, None), (bool, property)):
            raise KeyError(f"a flag is one of {', '.join(n.upper() for n in _FLAGS)}, not {key!r}")
        return name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Flags) and all(self[name] == other[name] for name in _FLAGS)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "\n".join(f"  {name.upper()} : {self[name]}" for name in _FLAGS)


_FLAGS = ("c_contiguous", "f_contiguous", "writeable", "aligned", "writebackifcopy")
_LETTERS = {
    "C": "c_contiguous", "F": "f_contiguous", "W": "writeable", "A": "aligned", "X": "writebackifcopy", "O": "owndata",
    "CA": "carray", "FA": "farray", "B": "behaved",
}  # fmt: skip


def buffer(x: Array) -> memoryview:
    """x's memory as a buffer of Python's, once all work on it has ended.

    Raises AttributeError (what `hasattr` understands) where the host can't reach it.
    """
    if x.device.runtime.host_view(x._native) is None:
        raise AttributeError(f"data: the memory of {x.device} is out of the host's reach; write xp.asnumpy(x).data")
    return np.asarray(asnumpy(x, copy=None)).data
