"""call_kernel and call_kernel_async as numba-dpex has them: arguments bring the queue with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from xpuarray.dpex.decorators import DpexKernel
from xpuarray.dpex.queues import device_of, execution_queue, wrapped
from xpuarray.errors import KernelArgumentError
from xpuarray.lang.ranges import NdRange, Range
from xpuarray.launch.arguments import check_range, no_range, pack_arguments
from xpuarray.launch.kernel import Record
from xpuarray.placement.discovery import Device

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
    kernel, queue = _kernel_and_queue(kernel_fn, kernel_args)
    if queue is None:
        kernel.launch(index_space, kernel_args).wait()
        return
    launch = _prepared(kernel, queue, index_space, kernel_args)
    order, submitting = _order(queue)
    with submitting:  # nobody may wait for dpnp's work outside of this block: see backends/sycl/threads.py
        order.wait()
        queue.wait()
        event = launch.submit([])
    event.wait()
    launch.look()


def call_kernel_async(
    kernel_fn: DpexKernel, index_space: Range | NdRange, dependent_events: tuple[Any, ...], /, *kernel_args: Any
) -> tuple[Any, Any]:
    """Launch a kernel once `dependent_events`, a tuple of dpctl.SyclEvent, have ended.

    Returns two events, as numba-dpex does: the end of the host's part and the end of the kernel.
    Here they are the same one.  The arguments live until then, and dpnp's later work waits for it.

    Raises what `call_kernel` does, and KernelTypingError for events that are no tuple.
    """
    if not isinstance(dependent_events, tuple):
        from xpuarray.dpex.core.exceptions import KernelTypingError

        kind = type(dependent_events).__name__
        raise KernelTypingError(f"ValueError: dependent events must be passed as a tuple, not a {kind}")
    kernel, queue = _kernel_and_queue(kernel_fn, kernel_args)
    if queue is None:
        event = kernel.launch(index_space, kernel_args, dependent_events)
        return event, event
    launch = _prepared(kernel, queue, index_space, kernel_args)
    order, submitting = _order(queue)
    with submitting:
        event = launch.submit([*dependent_events, *order.submitted_events])
        order.add_event_pair(event, event)
        _keep(event, launch)
    if launch.record is not None:
        event.wait()
        launch.look()
    return event, event


def _kernel_and_queue(kernel_fn: DpexKernel, args: tuple[Any, ...]) -> tuple[DpexKernel, Any]:
    """The kernel for so many arguments, with an item or without, and the queue they are on."""
    if not isinstance(kernel_fn, DpexKernel):
        raise KernelArgumentError(f"the first argument must be decorated with dpex.kernel, which {kernel_fn!r} is not")
    kernel = kernel_fn if len(args) < len(kernel_fn.parameters) else kernel_fn.without_item
    return kernel, execution_queue(kernel.__name__, kernel.parameters[1:], args)


class _Launch(NamedTuple):
    """Everything that a queue is given."""

    device: Device
    queue: Any
    kernel: Any  #: dpctl.SyclKernel
    arguments: Sequence[Any]
    whole: list[int]
    part: list[int] | None
    record: Record | None  #: of a checked kernel

    def look(self) -> None:
        """Raise IndexError if the kernel is checked and an index was out of bounds; it has to have ended."""
        if self.record is not None:
            self.record.look()

    def submit(self, before: list[Any]) -> Any:
        """The event of the launch, which comes after those `before`."""
        import dpctl

        from xpuarray.backends.sycl.versions import submitter

        if 0 in self.whole:
            return dpctl.SyclEvent()
        try:
            return submitter(self.queue)(self.kernel, self.arguments, self.whole, self.part, before)
        except dpctl.SyclKernelSubmitError as error:
            raise self.device.runtime.launches.error(self.device.filter_string, error) from error


def _prepared(kernel: DpexKernel, queue: Any, index_space: Range | NdRange, args: tuple[Any, ...]) -> _Launch:
    if not isinstance(index_space, (Range, NdRange)):
        raise no_range(kernel.__name__, index_space)
    place = device_of(queue)
    device, types, packed = pack_arguments(
        kernel.__name__, kernel.parameters[1:], [wrapped(arg, place) for arg in args]
    )
    check_range(kernel.__name__, index_space, args, device.info)
    executable: Any = kernel.executable(device, index_space.space, types)[0]
    device.runtime.launches.note(kernel.__name__)
    record = Record(kernel, device) if kernel.check else None
    if record is not None:
        packed = [*record.argument, *packed]
    if isinstance(index_space, NdRange):
        whole, part = map(list, index_space)
        return _Launch(device, queue, executable.kernel(), packed, whole, part, record)
    runtime: Any = device.runtime
    whole, part, arguments = runtime.covering(index_space, packed, executable.turned)
    return _Launch(device, queue, executable.kernel(), arguments, whole, part, record)


def _order(queue: Any) -> tuple[Any, Any]:
    """dpnp's order of the work on a queue, and the lock that whoever submits to it holds."""
    from xpuarray.backends.sycl.threads import submitting
    from xpuarray.backends.sycl.versions import order_of

    return order_of(queue), submitting


#: Launches that nobody waited for, as USM memory is freed once nobody refers to it.
_in_flight: list[tuple[Any, _Launch]] = []


def _keep(event: Any, launch: _Launch) -> None:
    """Keep a launch's arguments until it ended; let go of those that have."""
    import dpctl

    complete = dpctl.event_status_type.complete
    _in_flight[:] = [kept for kept in _in_flight if kept[0].execution_status != complete]
    _in_flight.append((event, launch))
