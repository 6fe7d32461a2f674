"""Atomic operations, as plain Python; the simulator runs one work-item at a time."""

from __future__ import annotations

import copy
from typing import Any

from xpuarray.errors import KernelCompileError
from xpuarray.lang.memory import AddressSpace, MemoryOrder, MemoryScope

__all__ = ["DTYPES", "AtomicRef", "atomic_fence"]

#: The dtypes that atomic operations take.
DTYPES = ("int32", "int64", "uint32", "uint64", "float32", "float64")


class AtomicRef:
    """One element of an array, for atomic access (SYCL 2020, section 4.15.3).

    ref: an array in global memory or a LocalAccessor
    index: the element: an int, or a tuple of ints
    memory_order, memory_scope: what every operation through this reference guarantees
    address_space: where `ref` is; it need not be given, and must be right if it is

    Integers take all operations; floats all but and, or and xor.
    """

    __slots__ = ("_index", "_ref", "address_space", "memory_order", "memory_scope")

    def __init__(
        self,
        ref: Any,
        index: Any,
        memory_order: MemoryOrder = MemoryOrder.RELAXED,
        memory_scope: MemoryScope = MemoryScope.DEVICE,
        address_space: AddressSpace | None = None,
    ):
        if not (hasattr(ref, "__getitem__") and hasattr(ref, "__setitem__")):
            raise TypeError(f"an AtomicRef refers to an element of an array, not of {type(ref).__name__}")
        dtype = getattr(ref, "dtype", None)
        if dtype is not None and str(dtype) not in DTYPES:
            raise KernelCompileError(f"atomic operations take {', '.join(DTYPES)}, not {dtype}")
        self._ref = ref.atomic() if hasattr(ref, "atomic") else ref  # an array that `verify` watches
        self._index = index
        self.memory_order = memory_order
        self.memory_scope = memory_scope
        self.address_space = address_space

    @property
    def ref(self) -> Any:
        """The element's value."""
        return self._ref[self._index]

    def _exchange(self, new: Any) -> Any:
        old = copy.copy(self._ref[self._index])  # of some libraries' arrays, an element is a view
        self._ref[self._index] = new
        return old

    def _with(self, val: Any) -> tuple[Any, Any]:
        """The element, and `val` in the array's type, to which devices convert it before they combine the two."""
        converted = getattr(self._ref, "converted", None)  # an array of the simulator's
        return self.ref, val if converted is None else converted(val)

    def fetch_add(self, val: Any) -> Any:
        """Add `val`; returns the value before."""
        element, other = self._with(val)
        return self._exchange(element + other)

    def fetch_sub(self, val: Any) -> Any:
        """Subtract `val`; returns the value before."""
        element, other = self._with(val)
        return self._exchange(element - other)

    def fetch_min(self, val: Any) -> Any:
        """Keep the lesser of the element and `val`; returns the value before."""
        element, other = self._with(val)
        return self._exchange(min(element, other))

    def fetch_max(self, val: Any) -> Any:
        """Keep the greater of the element and `val`; returns the value before."""
        element, other = self._with(val)
        return self._exchange(max(element, other))

    def fetch_and(self, val: Any) -> Any:
        """Bitwise and with `val`; returns the value before."""
        element, other = self._with(val)
        return self._exchange(element & other)

    def fetch_or(self, val: Any) -> Any:
        """Bitwise or with `val`; returns the value before."""
        element, other = self._with(val)
        return self._exchange(element | other)

    def fetch_xor(self, val: Any) -> Any:
        """Bitwise exclusive or with `val`; returns the value before."""
        element, other = self._with(val)
        return self._exchange(element ^ other)

    def load(self) -> Any:
        """The element's value."""
        return self.ref

    def store(self, val: Any) -> None:
        """Write `val`."""
        self._exchange(val)

    def exchange(self, val: Any) -> Any:
        """Write `val`; returns the value before."""
        return self._exchange(val)

    def compare_exchange(self, expected: Any, desired: Any, expected_idx: Any = 0) -> bool:
        """Write `desired` if the element equals `expected[expected_idx]`; else put the element's
        value there.  Returns whether it wrote."""
        if self.ref == expected[expected_idx]:
            self._exchange(desired)
            return True
        expected[expected_idx] = self.ref
        return False


def atomic_fence(memory_order: MemoryOrder, memory_scope: MemoryScope) -> None:
    """Order the work-item's memory accesses before the fence and after it (SYCL 2020, 4.15.1)."""
