"""Walks over elements, one after the other, as NumPy's `nditer` does: for programs that were written so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.core.promotion import promote
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.functions import creation, manipulation
from xpuarray.functions.operands import as_operand

__all__ = ["nditer"]

_FLAGS = {
    *("buffered", "c_index", "common_dtype", "copy_if_overlap", "delay_bufalloc", "external_loop", "f_index"),
    *("grow_inner", "multi_index", "ranged", "reduce_ok", "refs_ok", "zerosize_ok"),
}


class nditer:  # noqa: N801
    """The elements of arrays that broadcast, one after the other: `for x in xp.nditer(a)`, or by `finished` and
    `iternext()`.

    op: an array, or a sequence of them; None stands for one that is made, of the others' dtype
    flags: NumPy's; of them count "multi_index", "c_index", "f_index", and "external_loop", by which all elements come
        at once, as a vector
    op_flags: for each array; what is "readwrite" or "writeonly" can be assigned to: `x[...] = 2 * x`
    order: "C" row by row, "F" column by column, "K" as the first array lies

    An element is an array of no dimension, and each a call: an expression of whole arrays takes a fraction of the time.
    """

    def __init__(
        self,
        op: Any,
        flags: Sequence[str] | None = None,
        op_flags: Any = None,
        op_dtypes: Any = None,
        order: str = "K",
        casting: str = "safe",
        op_axes: Any = None,
        itershape: Any = None,
        buffersize: int = 0,
    ):
        unknown = set(flags or ()) - _FLAGS
        if unknown:
            raise ValueError(f"nditer: flags {sorted(unknown)} are none of {sorted(_FLAGS)}")
        if op_dtypes is not None or op_axes is not None or itershape is not None:
            raise UnsupportedDTypeError("nditer: takes no op_dtypes, op_axes and itershape: convert and reshape first")
        given = list(op) if isinstance(op, (list, tuple)) and any(isinstance(v, Array) for v in op) else [op]
        place = common_device("nditer", *(v for v in given if isinstance(v, Array)))
        arrays = [None if v is None else as_operand("nditer", v, place) for v in given]
        there = [v for v in arrays if v is not None]
        self.shape = np.broadcast_shapes(*(v.shape for v in there))
        self.flags = frozenset(flags or ())
        self.operands = tuple(
            creation.empty(self.shape, promote(place, *there), device=place) if v is None else v for v in arrays
        )
        self._parts = [v if v.shape == self.shape else manipulation.broadcast_to(v, self.shape) for v in self.operands]
        lies = there[0].flags if there else None
        self._columns = order == "F" or (order in "KA" and lies is not None and lies.fnc)
        self.reset()

    def reset(self) -> None:
        """Go back to the first element."""
        extents = self.shape[::-1] if self._columns else self.shape
        self._indices: Iterator[tuple[int, ...]] = np.ndindex(*extents)
        self.iterindex = -1
        self.finished = False
        self.iternext()

    def iternext(self) -> bool:
        """Go on to the next element; False if there was none."""
        if "external_loop" in self.flags:
            self.finished, self.iterindex = self.iterindex >= 0 or not self.itersize, self.iterindex + 1
            return not self.finished
        found = next(self._indices, None)
        self.finished, self.iterindex = found is None, self.iterindex + 1
        if found is not None:
            self.multi_index = found[::-1] if self._columns else found
        return not self.finished

    @property
    def index(self) -> int:
        """The element's place, counted as the flag "c_index" or "f_index" says."""
        order = "F" if "f_index" in self.flags else "C"
        return int(np.ravel_multi_index(self.multi_index, self.shape, order=order)) if self.shape else 0  # type: ignore[call-overload]

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def nop(self) -> int:
        return len(self.operands)

    @property
    def itersize(self) -> int:
        return int(np.prod(self.shape, dtype=int))

    @property
    def value(self) -> Any:
        """The element, or a tuple of the arrays' elements."""
        return self[0] if self.nop == 1 else tuple(self[k] for k in range(self.nop))

    def __getitem__(self, k: int) -> Array:
        if "external_loop" in self.flags:
            part = self._parts[k]
            return manipulation.ravel(part.T if self._columns else part)
        return self._parts[k][(*self.multi_index, ...)]

    def __setitem__(self, k: int, value: Any) -> None:
        self._parts[k][self.multi_index] = value

    def __iter__(self) -> Iterator[Any]:
        while not self.finished:
            yield self.value
            self.iternext()

    def __len__(self) -> int:
        return self.nop

    def __enter__(self) -> nditer:
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is held back: what is assigned is in the array at once."""
