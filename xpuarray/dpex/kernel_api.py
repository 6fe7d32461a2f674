"""What a kernel may say; and `call_kernel`, which here runs a plain function in the simulator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xpuarray.compiler.targets.simulator import compile_kernel
from xpuarray.core.array import Array
from xpuarray.dpex.host_copies import HostCopies
from xpuarray.dpex.queues import usm_array
from xpuarray.lang import (
    AddressSpace,
    AtomicRef,
    Group,
    Item,
    LocalAccessor,
    MemoryOrder,
    MemoryScope,
    NdItem,
    NdRange,
    PrivateArray,
    Range,
    atomic_fence,
    group_barrier,
)
from xpuarray.lang.types import LocalType
from xpuarray.launch.kernel import Kernel
from xpuarray.placement.devices import as_device

__all__ = [
    "AddressSpace",
    "AtomicRef",
    "Group",
    "Item",
    "LocalAccessor",
    "MemoryOrder",
    "MemoryScope",
    "NdItem",
    "NdRange",
    "PrivateArray",
    "Range",
    "atomic_fence",
    "call_kernel",
    "group_barrier",
]


def call_kernel(kernel_fn: Callable[..., Any], index_range: Range | NdRange, *kernel_args: Any) -> None:
    """Run a kernel as plain Python, one call a work-item, barriers honoured.

    kernel_fn: a plain function, or a kernel
    kernel_args: arrays of NumPy, dpnp or xpuarray, and anything else that the function can use; it gets
        NumPy arrays

    Raises ValueError for something that is no function, for a range that is none and for a wrong
    number of arguments, TypeError for a LocalAccessor over a Range.

    >>> import numpy as np
    >>> def double(item, a):
    ...     a[item.get_id(0)] *= 2
    >>> a = np.arange(3)
    >>> call_kernel(double, Range(3), a)
    >>> a
    array([0, 2, 4])
    """
    if not callable(kernel_fn):
        raise ValueError(f"the first argument must be a function, not {kernel_fn!r}")
    if not isinstance(index_range, (Range, NdRange)):
        raise ValueError(f"the second argument must be a Range or an NdRange, not {index_range!r}")
    kernel = kernel_fn if isinstance(kernel_fn, Kernel) else Kernel(kernel_fn)
    if len(kernel.parameters) != len(kernel_args) + 1:
        raise ValueError(
            f"{kernel.__name__} takes an item and {len(kernel.parameters) - 1} argument(s), not {len(kernel_args)}"
        )
    local = isinstance(index_range, NdRange)
    if not local and any(isinstance(arg, LocalAccessor) for arg in kernel_args):
        raise TypeError(f"{kernel.__name__}: a LocalAccessor needs work-groups; launch over an NdRange")
    copies = HostCopies()
    simulated = [_simulated(arg, copies) for arg in kernel_args]
    run = compile_kernel(kernel, index_range.space, tuple(t for t, _ in simulated), as_device("host").info).binary
    whole, part = index_range if isinstance(index_range, NdRange) else (index_range, None)
    try:
        run(whole, part, *(value for _, value in simulated))
    finally:
        copies.write_back()


def _simulated(arg: Any, copies: HostCopies) -> tuple[Any, Any]:
    """Type and value of an argument as the simulator takes them; of the types it asks which are local."""
    if isinstance(arg, LocalAccessor):
        return LocalType(arg.dtype.name, len(arg.shape)), arg.shape
    native = usm_array(arg)
    if native is not None:
        arg = copies.view(native)
    elif isinstance(arg, Array):
        arg = arg.native
    return type(arg).__name__, arg
