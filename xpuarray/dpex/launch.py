"""call_kernel and call_kernel_async as numba-dpex has them: arguments bring the queue with them."""

from __future__ import annotations

from typing import Any

from xpuarray.dpex.decorators import DpexKernel
from xpuarray.dpex.queues import device_of, execution_queue, wrapped
from xpuarray.errors import KernelArgumentError
from xpuarray.lang.arguments import check_range, pack_arguments
from xpuarray.lang.ranges import NdRange, Range

__all__ = ["call_kernel", "call_kernel_async"]


def call_kernel(kernel_fn: DpexKernel, index_space: Range | NdRange, /, *kernel_args: Any) -> None:
    """Run a kernel on the queue of its array arguments, after all work before it, and wait for it.

    kernel_args: dpnp.ndarray, usm_ndarray, xpuarray arrays, scalars, tuples of them, LocalAccessors

    Raises ExecutionQueueInferenceError (a PlacementError) for arrays on several queues or none at
    all, UnsupportedKernelArgumentError for NumPy arrays, KernelTypingError (Numba's TypingError) for
    source that can't be compiled, KernelHasReturnValueError, MissingSpecializationError,
    KernelArgumentError and KernelRangeError.

    >>> import dpnp                                                         # doctest: +SKIP
    >>> call_kernel(double, Range(8), dpnp.arange(8))                       # doctest: +SKIP
    """
    _submit(kernel_fn, index_space, (), kernel_args, keep=False)[1].wait()


def call_kernel_async(
    kernel_fn: DpexKernel, index_space: Range | NdRange, dependent_events: tuple[Any, ...], /, *kernel_args: Any
) -> tuple[Any, Any]:
    """Launch a kernel once `dependent_events`, a tuple of dpctl.SyclEvent, have ended.

    Returns two events: of the host's task that keeps the arguments alive, and of the kernel.  dpnp's
    later work on the arrays waits for both.

    Raises what `call_kernel` does, and KernelTypingError for events that are no tuple.
    """
    if not isinstance(dependent_events, tuple):
        from xpuarray.dpex.core.exceptions import KernelTypingError

        raise KernelTypingError(
            f"ValueError: dependent events must be passed as a tuple, not a {type(dependent_events).__name__}"
        )
    return _submit(kernel_fn, index_space, dependent_events, kernel_args, keep=True)


def _submit(
    kernel_fn: DpexKernel, index_space: Range | NdRange, events: tuple[Any, ...], args: tuple[Any, ...], keep: bool
) -> tuple[Any, Any]:
    if not isinstance(kernel_fn, DpexKernel):
        raise KernelArgumentError(
            f"the first argument must be a function decorated with dpex.kernel, not {kernel_fn!r}"
        )
    kernel = kernel_fn if len(args) < len(kernel_fn.parameters) else kernel_fn.without_item
    parameters = kernel.parameters[1:]
    queue = execution_queue(kernel.__name__, parameters, args)
    import dpctl

    if queue is None:  # xpuarray arrays on a device that is not SYCL's
        event = kernel.launch(index_space, args, events)
        return event, event
    device = device_of(queue)
    device, types, packed = pack_arguments(kernel.__name__, parameters, [wrapped(arg, device) for arg in args])
    check_range(kernel.__name__, index_space, args, device.info)
    executable, _ = kernel.executable(device, index_space.space, types)
    whole, part = index_space if isinstance(index_space, NdRange) else (index_space, None)
    if 0 in whole:
        return dpctl.SyclEvent(), dpctl.SyclEvent()
    device.runtime.launches.note(kernel.__name__)
    try:
        return _on_queue(queue, executable.kernel, packed, whole, part, events, keep)  # type: ignore[attr-defined]
    except dpctl.SyclKernelSubmitError as error:
        raise device.runtime.launches.error(device.filter_string, error) from error


def _on_queue(
    queue: Any, kernel: Any, packed: list[Any], whole: Range, part: Range | None, events: tuple[Any, ...], keep: bool
) -> tuple[Any, Any]:
    """Submit after `events` and after what dpnp has submitted; let what dpnp submits later come after it."""
    from dpctl.utils import SequentialOrderManager

    order = SequentialOrderManager[queue]
    before = [*events, *order.submitted_events]
    event = queue.submit_async(kernel, packed, list(whole), list(part) if part else None, before)
    if not keep:
        return event, event
    kept = queue._submit_keep_args_alive(packed, [event])
    order.add_event_pair(kept, event)
    return kept, event
