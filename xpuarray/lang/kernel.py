"""@kernel, call_kernel: a Python function, compiled on first use for each device and type."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Sequence
from typing import Any, overload

import numpy as np

from xpuarray.array import Array
from xpuarray.backends.contract import Compiled, Event, Executable
from xpuarray.compiler import build
from xpuarray.compiler.types import KernelType, TupleType, scalar_type
from xpuarray.devices import Device, default_device
from xpuarray.dispatch import explaining, record
from xpuarray.errors import ImplicitTransferError, KernelArgumentError, KernelRangeError, PlacementError
from xpuarray.lang.ranges import NdRange, Range

__all__ = ["Kernel", "kernel", "call_kernel", "call_kernel_async"]


class Kernel:
    """A kernel: written once, compiled for whatever device its arguments are on.

    Call it through `call_kernel(kernel, range, *args)` or `kernel[range](*args)`.
    """

    def __init__(self, function: Callable[..., Any], *, fastmath: bool = False):
        functools.update_wrapper(self, function)
        self.function = function
        self.fastmath = fastmath
        self.parameters = tuple(inspect.signature(function).parameters)
        self._executables: dict[Any, Executable] = {}
        self._compiled: dict[Any, Compiled] = {}
        self._lock = threading.RLock()

    def __getitem__(self, range: Range | NdRange | tuple[int, ...] | int) -> Callable[..., None]:
        """`kernel[Range(n)](*args)` launches; a plain int or tuple is taken for a Range."""
        if not isinstance(range, (Range, NdRange)):
            range = Range(*range) if isinstance(range, tuple) else Range(range)
        return functools.partial(call_kernel, self, range)

    def __call__(self, *args: Any) -> Any:
        raise TypeError(
            f"a kernel needs a range to run over: call_kernel({self.__name__}, Range(n), ...) "
            f"or {self.__name__}[Range(n)](...)"
        )

    def __repr__(self) -> str:
        return f"<kernel {self.__qualname__}({', '.join(self.parameters[1:])})>"

    @property
    def signatures(self) -> list[tuple[KernelType, ...]]:
        """The argument types for which the kernel is compiled, oldest first."""
        return [types for _, _, types in self._compiled]

    def is_compiled(self, device: Device, ndim: int, types: tuple[KernelType, ...]) -> bool:
        """Whether a launch with these types would find the kernel compiled in memory."""
        return (device, ndim, types) in self._executables

    def executable(self, device: Device, ndim: int, types: tuple[KernelType, ...]) -> tuple[Executable, bool]:
        """The loaded kernel for one device, dimension of range and argument types; and whether
        it was compiled just now."""
        key = (device, ndim, types)
        found = self._executables.get(key)
        if found is not None:
            return found, False
        with self._lock:
            found = self._executables.get(key)
            if found is not None:
                return found, False
            runtime = device.runtime
            self._compiled[key] = compiled = build(self, runtime.target, ndim, types, runtime.info)
            self._executables[key] = found = runtime.load(compiled)
            return found, True

    def start(
        self,
        device: Device,
        range: Range,
        types: tuple[KernelType, ...],
        arguments: list[Any],
        events: Sequence[Event] = (),
    ) -> Event:
        """Launch with arguments that are already packed; compiles first where it must."""
        executable, compiled = self.executable(device, len(range), types)
        if explaining():
            record(self.__name__, device, f"kernel {self.__name__}({', '.join(map(str, types))})", compiled)
        return executable(range, None, arguments, events)


@overload
def kernel(function: Callable[..., Any]) -> Kernel: ...
@overload
def kernel(*, fastmath: bool = ...) -> Callable[[Callable[..., Any]], Kernel]: ...


def kernel(function: Callable[..., Any] | None = None, **options: Any) -> Any:
    """Make a Python function a kernel.

    Its first parameter is the work-item (Item over a Range); arrays, scalars and tuples of scalars
    follow.  It may use arithmetic, loops, `math`, NumPy's ufuncs on scalars, other plain functions,
    and global constants (captured by value when it is compiled).  It returns nothing.

    fastmath: allow the compiler to reassociate and to ignore NaN and signed zeros

    >>> import xpuarray as xp
    >>> @xp.kernel
    ... def saxpy(item, alpha, x, y, out):
    ...     i = item.get_id(0)
    ...     out[i] = alpha * x[i] + y[i]
    """
    if function is None:
        return lambda f: Kernel(f, **options)
    return Kernel(function, **options)


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
    _launch(kernel, range, args, ())


def call_kernel_async(
    kernel: Kernel, range: Range | NdRange, dependent_events: Sequence[Event], /, *args: Any
) -> tuple[Event, Event]:
    """Launch `kernel` once all `dependent_events` have ended.

    Returns two events, as numba-dpex does: the end of the host's part (arguments may be freed) and
    the end of the kernel.  Here they are the same event.
    """
    event = _launch(kernel, range, args, tuple(dependent_events))
    return event, event


def _launch(kernel: Kernel, range: Range | NdRange, args: tuple[Any, ...], events: tuple[Event, ...]) -> Event:
    if not isinstance(kernel, Kernel):
        raise KernelArgumentError(f"the first argument must be a function decorated with @kernel, not {kernel!r}")
    device: Device | None = None
    for arg in args:
        if type(arg) is Array:
            if device is None:
                device = arg._device
            elif arg._device is not device:
                raise _misplaced(kernel, args)
    if device is None:
        device = default_device()
    types: list[KernelType] = []
    packed: list[Any] = []
    for arg in args:
        if type(arg) is Array:
            kernel_type, values = arg._kernel_argument or arg._as_kernel_argument()
        else:
            kernel_type, values = _pack(kernel, device, args, arg)
        types.append(kernel_type)
        packed.extend(values)
    if len(args) != len(kernel.parameters) - 1:
        raise KernelArgumentError(
            f"{kernel.__name__} takes {len(kernel.parameters) - 1} argument(s) besides the item "
            f"({', '.join(kernel.parameters[1:])}), not {len(args)}"
        )
    if type(range) is not Range:
        raise KernelRangeError(f"{kernel.__name__}: expected a Range, not {range!r}")
    return kernel.start(device, range, tuple(types), packed, events)


def _pack(kernel: Kernel, device: Device, args: tuple[Any, ...], arg: Any) -> tuple[KernelType, tuple[Any, ...]]:
    """Type and launch arguments of a scalar or a tuple of scalars."""
    if isinstance(arg, (tuple, list)) and not isinstance(arg, Range):
        parts = [_pack(kernel, device, args, a) for a in arg]
        return TupleType(tuple(t for t, _ in parts)), tuple(v for _, values in parts for v in values)
    name = scalar_type(arg)
    if name is None:
        position = next(k for k, a in enumerate(args) if a is arg)
        parameter = kernel.parameters[position + 1] if position + 1 < len(kernel.parameters) else f"#{position}"
        where = f"{kernel.__name__}: argument {parameter!r}"
        if isinstance(arg, np.ndarray) or hasattr(arg, "__dlpack__"):
            raise ImplicitTransferError(
                f"{where} is a {type(arg).__module__.partition('.')[0]} array; kernels take xpuarray arrays: "
                "write xp.asarray(a, device=...) first"
            )
        raise KernelArgumentError(
            f"{where} has type {type(arg).__name__}; a kernel takes arrays, scalars and tuples of scalars"
        )
    if not device.info.fp64 and isinstance(arg, (float, complex)) and not isinstance(arg, np.generic):
        name = {"float64": "float32", "complex128": "complex64"}[name]
    return name, device.runtime.pack_scalar(arg, name)


def _misplaced(kernel: Kernel, args: tuple[Any, ...]) -> PlacementError:
    places = ", ".join(
        f"{name!r} on {arg._device}" for name, arg in zip(kernel.parameters[1:], args) if isinstance(arg, Array)
    )
    return PlacementError(f"{kernel.__name__}: arguments on several devices: {places}; move them with .to_device(...)")
