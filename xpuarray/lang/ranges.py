"""Range and NdRange: over how many work-items a kernel runs (SYCL 2020, section 4.9.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xpuarray.errors import KernelRangeError
from xpuarray.lang.types import Space

__all__ = ["ONCE", "SPACES", "NdRange", "Range"]

#: What a kernel is compiled for, by the dimensions of a Range
SPACES = [Space(ndim) for ndim in range(4)]
_GROUPED = [Space(ndim, True) for ndim in range(4)]


class Range(tuple):
    """One to three extents; the last one varies fastest.

    Raises TypeError for extents that are no integers, KernelRangeError for negative ones.

    >>> Range(4, 2), Range(4, 2).size(), Range(4, 2).ndim
    (Range(4, 2), 8, 2)
    """

    __slots__ = ()

    def __new__(cls, dim0: int, dim1: int | None = None, dim2: int | None = None) -> Range:
        if dim1 is None and type(dim0) is int and dim0 >= 0:
            return super().__new__(cls, (dim0,))
        extents = [dim0] if dim1 is None else [dim0, dim1] if dim2 is None else [dim0, dim1, dim2]
        for position, extent in enumerate(extents):
            if not hasattr(extent, "__index__") or isinstance(extent, bool):
                what = f"dim{position} of a Range must be an int, not {type(extent).__name__}"
                raise TypeError(what + ("; write Range(*shape)" if isinstance(extent, Iterable) else ""))
            if extent < 0:
                raise KernelRangeError(f"dim{position} of a Range must not be negative: {extent}")
        return super().__new__(cls, [extent.__index__() for extent in extents])

    @property
    def space(self) -> Space:
        """What a kernel over this range is compiled for."""
        return SPACES[len(self)]

    def get(self, index: int) -> int:
        """The extent of dimension `index`."""
        return self[index]

    def size(self) -> int:
        """The number of work-items: the product of the extents."""
        total = 1
        for extent in self:
            total *= extent
        return total

    @property
    def ndim(self) -> int:
        """The number of dimensions, 1 to 3."""
        return len(self)

    @property
    def dim0(self) -> int:
        """The extent of the first dimension."""
        return self[0]

    @property
    def dim1(self) -> int:
        """The extent of the second dimension, -1 if there is none."""
        return self[1] if len(self) > 1 else -1

    @property
    def dim2(self) -> int:
        """The extent of the third dimension, -1 if there is none."""
        return self[2] if len(self) > 2 else -1

    def __repr__(self) -> str:
        return f"Range({', '.join(map(str, self))})"


#: one work-item, of no dimensions: the host alone has it, for code that starts other kernels
ONCE = tuple.__new__(Range)


class NdRange:
    """A global range cut into work-groups of a local range.

    Raises KernelRangeError unless both have as many dimensions and each global extent is a
    multiple of the local one.

    >>> NdRange((8,), (4,))
    NdRange(Range(8), Range(4))
    """

    __slots__ = ("_global_range", "_local_range")

    def __init__(self, global_size: Range | Iterable[int], local_size: Range | Iterable[int]):
        self._global_range = _as_range(global_size, "global_size")
        self._local_range = _as_range(local_size, "local_size")
        if len(self._global_range) != len(self._local_range):
            raise KernelRangeError(
                f"global range {self._global_range} and local range {self._local_range} differ in dimensions"
            )
        for dim, (whole, part) in enumerate(zip(self._global_range, self._local_range)):
            if part == 0 or whole % part:
                raise KernelRangeError(f"dimension {dim}: {whole} work-items can't be cut into work-groups of {part}")

    @property
    def global_range(self) -> Range:
        """All work-items."""
        return self._global_range

    @property
    def local_range(self) -> Range:
        """The work-items of one group."""
        return self._local_range

    @property
    def space(self) -> Space:
        """What a kernel over this range is compiled for."""
        return _GROUPED[len(self._global_range)]

    get_global_range = lambda self: self._global_range  # noqa: E731
    get_local_range = lambda self: self._local_range  # noqa: E731

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NdRange):
            return NotImplemented
        return (self._global_range, self._local_range) == (other._global_range, other._local_range)

    def __hash__(self) -> int:
        return hash((self._global_range, self._local_range))

    def __iter__(self) -> Iterator[Range]:
        return iter((self._global_range, self._local_range))

    def __repr__(self) -> str:
        return f"NdRange({self._global_range}, {self._local_range})"


def _as_range(value: Range | Iterable[int], name: str) -> Range:
    if isinstance(value, Range):
        return value
    if isinstance(value, Iterable):
        return Range(*value)
    raise TypeError(
        f"{name} of an NdRange must be a Range or an iterable of ints, not {type(value).__name__}: "
        "write NdRange((n,), (group_size,))"
    )
