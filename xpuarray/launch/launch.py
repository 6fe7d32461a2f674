"""call_kernel and call_kernel_async: numba-dpex's names for a launch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xpuarray.backends.contract import Event
from xpuarray.errors import KernelArgumentError
from xpuarray.lang.ranges import NdRange, Range
from xpuarray.launch.kernel import Kernel

__all__ = ["call_kernel", "call_kernel_async"]


def call_kernel(kernel: Kernel, range: Range | NdRange, /, *args: Any) -> None:
    """Launch `kernel` over `range`, on the device its array arguments are on.

    The launch is asynchronous: later work on the device, and reading a value, wait for it.

    Raises PlacementError for arguments on several devices, ImplicitTransferError for arrays of
    other libraries, KernelArgumentError for a wrong number or type of arguments,
    KernelRangeError for a range that the device can't run, KernelCompileError for source that
    its target can't compile.

    >>> x = xp.arange(4, dtype=xp.float32)                                 # doctest: +SKIP
    >>> xp.call_kernel(saxpy, xp.Range(4), 2.0, x, x, x)                   # doctest: +SKIP
    """
    _kernel(kernel).launch(range, args)


def call_kernel_async(
    kernel: Kernel, range: Range | NdRange, dependent_events: Sequence[Event], /, *args: Any
) -> tuple[Event, Event]:
    """Launch `kernel` once all `dependent_events` have ended.

    Returns two events, as numba-dpex does: the end of the host's part (arguments may be freed) and
    the end of the kernel.  Here they are the same event.
    """
    event = _kernel(kernel).launch(range, args, tuple(dependent_events))
    return event, event


def _kernel(kernel: Any) -> Kernel:
    if not isinstance(kernel, Kernel):
        raise KernelArgumentError(f"the first argument must be a function decorated with @kernel, not {kernel!r}")
    return kernel
