"""Dispatch: where a call runs (placement), and by which route."""

from __future__ import annotations

import contextlib
import contextvars
import functools
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import numpy as np

from xpuarray.backends.contract import Runtime
from xpuarray.backends.host.faults import FAULTS as NUMPYS
from xpuarray.backends.host.library import numpy_library
from xpuarray.backends.launches import user_level
from xpuarray.core.array import Array, from_numpy, instead_of_library, result_of
from xpuarray.core.modes import current
from xpuarray.core.plans import Bounded
from xpuarray.core.shared_memory import exceeds_library, seen, suits_numpy
from xpuarray.errors import (
    FallbackError,
    FallbackWarning,
    ImplicitTransferError,
    KernelRangeError,
    PlacementError,
)
from xpuarray.placement.devices import Device
from xpuarray.spans import Span, record, watched

__all__ = [
    "allow_fallback",
    "common_device",
    "computed",
    "corrected_call",
    "fall_back",
    "is_foreign_array",
    "may_take_kernel",
    "reject",
    "choose_kernel",
]


# -- placement ----------------------------------------------------------------------------------


def common_device(function: str, *operands: Any) -> Device:
    """The one device all arrays among `operands` live on.

    Raises PlacementError if they live on several, ImplicitTransferError for an array of another
    library, TypeError for anything that is neither an array nor a scalar.
    """
    chosen: Device | None = None
    for operand in operands:
        if type(operand) is Array:
            if chosen is None:
                chosen = operand._device
            elif operand._device is not chosen:
                raise PlacementError(
                    f"{function}: one operand is on {chosen}, another on {operand._device}; "
                    f"move one: b.to_device({str(chosen)!r})"
                )
        elif not isinstance(operand, (bool, int, float, complex, np.generic)):
            reject(function, operand)
    if chosen is None:
        raise TypeError(f"{function}: expected at least one xpuarray array")
    return chosen


def is_foreign_array(kind: type) -> bool:
    """Whether this is another library's type of arrays: it shows memory.  A type that has NumPy's protocols alone wraps
    arrays (dask's, a quantity with a unit), and knows better what to do with ours."""
    return hasattr(kind, "__dlpack__") or hasattr(kind, "__array_interface__")


def _instead() -> str:
    """What the author of the line can write."""
    return instead_of_library(3) or "Write xp.asarray(a, device=...) first"


def reject(function: str, operand: Any) -> NoReturn:
    """Raise for an operand that is neither ours nor a scalar, saying what to write instead."""
    if is_foreign_array(type(operand)):
        kind = type(operand).__module__.partition(".")[0]
        raise ImplicitTransferError(
            f"{function}: an operand is a {kind} array ({type(operand).__name__}); xpuarray does not copy it in "
            f"silence. {_instead()}"
        )
    raise TypeError(f"{function}: {type(operand).__name__} is neither an xpuarray array nor a scalar")


# -- routes -------------------------------------------------------------------------------------

#: what was asked for -> how many elements it has worked through, as long as no kernel of it is compiled
_worked: Bounded[Any, int] = Bounded(1 << 12)
#: A library call costs about what so many elements in it cost, whatever its size.
_A_CALL = 1 << 14


def may_take_kernel(runtime: Runtime, elements: int) -> bool:
    """Whether `choose_kernel` might say yes: asked first, since it is cheap."""
    route = current().route
    return route == "kernel" or (route == "auto" and elements >= runtime.kernel_from)


def choose_kernel(runtime: Runtime, key: Any, elements: int, compiled: bool) -> bool:
    """Choose our kernel for an operation (True), or the device's library, whose work is then counted.

    A compiled kernel is used wherever it beats the library; compiling one pays once an operation
    has seen `runtime.compile_after` elements in all: the library has then spent on it what compiling
    costs, so that no more than twice the better choice is ever spent.  Measured in benchmarks/.
    """
    route = current().route
    if route != "auto":
        return route == "kernel"
    if compiled or elements < runtime.kernel_from:
        return elements >= runtime.kernel_from
    seen = _worked[key] = _worked.get(key, 0) + elements + _A_CALL
    return seen >= runtime.compile_after


# -- fallback to the host -----------------------------------------------------------------------

_fallback: contextvars.ContextVar[bool] = contextvars.ContextVar("xpuarray_fallback", default=False)
_warned: set[tuple[str, str]] = set()


@contextlib.contextmanager
def allow_fallback() -> Iterator[None]:
    """Let functions that a device lacks run on the host inside the block, with a warning each."""
    token = _fallback.set(True)
    try:
        yield
    finally:
        _fallback.reset(token)


def fall_back(function: str, device: Device, why: str) -> None:
    """Called before work moves to the host.

    Raises FallbackError unless `allow_fallback` is in force; warns once a function and device.
    """
    if not _fallback.get():
        raise FallbackError(
            f"{function} has no implementation on {device}: {why}. Move the data (.to_device('host')), "
            "or allow a copy to the host and back: with xp.allow_fallback(): ..."
        )
    with Span("fallback", function, device.info):
        pass
    if (function, str(device)) not in _warned:
        _warned.add((function, str(device)))
        warnings.warn(f"{function} on {device} ran on the host: {why}", FallbackWarning, stacklevel=user_level())


# -- the device's library ------------------------------------------------------------------------


def library_call(function: str, device: Device, name: str, *args: Any, **kwargs: Any) -> Any:
    """Call `name` of the device's library with native arguments; wrap arrays in the result."""
    library = device.runtime.library
    target = _member(library, name)
    runtime = device.runtime
    if watched():
        theirs = f"library {getattr(library, '__name__', device.info.backend)}.{name}"
        record(function, device.info, getattr(target, "route", theirs))

    def call() -> Any:
        with np.errstate(all="ignore"):  # NumPy would warn of a division by zero; devices and kernels don't
            return target(*args, **kwargs)

    try:
        if watched():
            with Span("library", function, device.info, runtime):
                result = call()
        else:
            result = call()
    except Exception as error:
        if runtime.is_beyond_range(error):
            raise KernelRangeError(
                f"{function}: {library.__name__} on {device} starts up to {2**31 - 1:,} work-items at once; "
                "give it parts of the array, of fewer elements"
            ) from error
        if not runtime.is_out_of_memory(error):
            raise
        return runtime.allocating(lambda: f"the result of {function}", call)
    return result


def corrected_call(function: str, device: Device, name: str, *args: Any, **kwargs: Any) -> Any:
    """`library_call`, or what stands in for a library's function that is wrong; the first of args has the dtype."""
    library = device.runtime.library
    stand_in = device.runtime.faults.correction(name, _dtype_of(args))
    if stand_in is None:
        return library_call(function, device, name, *args, **kwargs)
    record(function, device.info, f"library {library.__name__}.{name}, corrected")
    with np.errstate(all="ignore"):
        return stand_in(library, *args, **kwargs)


def computed(function: str, device: Device, name: str, *args: Any, elements: int = 0, **kwargs: Any) -> Any:
    """What the library's function `name` makes of arrays, lists of them and other arguments: an array or a tuple of
    arrays, none of them a view.  Of few elements NumPy's function makes it, where it sees the device's memory, and of
    more than the library's kernels can.

    elements: how many it makes, if they may be more than there are
    """
    call: Callable[..., Any]
    get: Callable[[Array], Any]
    wrap: Callable[[Any, Device], Array]
    size = sum([a.size for arg in args for a in (arg if type(arg) is list else (arg,)) if type(a) is Array])
    size = max(elements, size)
    if suits_numpy(device.runtime, size, name) or exceeds_library(device.runtime, size):
        call, get, wrap = _by_numpy, Array._host_values, from_numpy
    else:
        call, get, wrap = corrected_call, _native, _wrapped
    options = {key: _each(value, get) for key, value in kwargs.items()}
    found = call(function, device, name, *[_each(arg, get) for arg in args], **options)
    return tuple([wrap(part, device) for part in found]) if isinstance(found, tuple) else wrap(found, device)


def _by_numpy(function: str, device: Device, name: str, *args: Any, **kwargs: Any) -> Any:
    library = numpy_library()
    stand_in = NUMPYS.correction(name, _dtype_of(args))
    called = (_member(library, name),) if stand_in is None else (stand_in, library)
    try:
        return seen(function, device, *called, *args, **kwargs)
    except MemoryError:
        again = functools.partial(seen, function, device, *called, *args, **kwargs)
        return device.runtime.allocating(lambda: f"the result of {function}", again)


def _each(value: Any, get: Callable[[Array], Any]) -> Any:
    """An argument, with what `get` gets of an array in its place."""
    if type(value) is list:
        return [_each(part, get) for part in value]
    return get(value) if type(value) is Array else value


def _native(x: Array) -> Any:
    return x._native


def _wrapped(native: Any, device: Device) -> Array:
    return result_of(device.runtime.library.asarray(native), device)


def _dtype_of(args: tuple[Any, ...]) -> np.dtype:
    """That of the first argument, by which faults go."""
    return (args[0][0] if type(args[0]) is list else args[0]).dtype


def _member(library: Any, name: str) -> Any:
    for part in name.split("."):
        library = getattr(library, part)
    return library
