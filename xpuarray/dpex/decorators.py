"""@kernel and @device_func as numba-dpex has them: with signatures, and with options of its compiler."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from xpuarray.backends.contract import Compiled, Executable
from xpuarray.compiler.frontend.dialect import numba_dpex
from xpuarray.errors import KernelCompileError
from xpuarray.lang.device_functions import DeviceFunction
from xpuarray.lang.types import KernelType, Space
from xpuarray.launch.kernel import Kernel, check_of_all
from xpuarray.placement.devices import Device
from xpuarray.tracebacks import cause

__all__ = ["DpexKernel", "device_func", "kernel"]

#: Options of numba-dpex's compiler that mean nothing to ours.
_IGNORED = frozenset(
    ("debug", "inline_threshold", "no_cfunc_wrapper", "no_compile", "no_cpython_wrapper", "release_gil")
)


class DpexKernel(Kernel):
    """A kernel whose function may lack the item, and which may be made for certain signatures only."""

    def __init__(self, function: Callable[..., Any], signatures: Sequence[Any] = ()):
        super().__init__(function, check=check_of_all(function))
        #: Spaces (None: any) and argument types; if there are some, nothing else is compiled.
        self._made_for: set[tuple[Space | None, tuple[KernelType, ...]]] = set()
        for signature in signatures:
            self._make_for(signature)

    def _make_for(self, signature: Any) -> None:
        from xpuarray.dpex.queues import default_queue, device_of
        from xpuarray.dpex.signatures import kernel_signature

        space, types, device = kernel_signature(self.__name__, signature)
        kernel = self if space else self.without_item
        if len(types) != len(kernel.parameters) - 1:
            raise _wrong_number(self.__name__, signature, len(types), len(kernel.parameters) - 1)
        self._made_for.add((space, types))
        kernel.executable(device_of(default_queue(device)), space or Space(1), types)

    @cached_property
    def without_item(self) -> DpexKernel:
        """The kernel whose item is not passed on: the function's first parameter is its first argument."""
        kernel = DpexKernel(_dropping_the_item(self.function))
        kernel._made_for = self._made_for
        return kernel

    @property
    def overloads(self) -> dict[tuple[Space, tuple[KernelType, ...]], Compiled]:
        """What is compiled, by the space it runs over and the types of its arguments."""
        own = {(space, types): compiled for (_, space, types), compiled in self._compiled.items()}
        return own | self.without_item.overloads if "without_item" in self.__dict__ else own

    def executable(self, device: Device, space: Space, types: tuple[KernelType, ...]) -> tuple[Executable, bool]:
        """The loaded kernel, and whether it was compiled just now.

        Raises MissingSpecializationError, or KernelCompileError as KernelTypingError (a Numba TypingError).
        """
        if self._made_for and not self._made_for & {(space, types), (None, types)}:
            raise _missing(self.__name__, types, self._made_for)
        if (device, space, types) in self._executables:
            return super().executable(device, space, types)
        token = numba_dpex.set(True)
        try:
            return super().executable(device, space, types)
        except KernelCompileError as error:
            from xpuarray.dpex.core.exceptions import translated

            raise translated(error) from cause(error)
        finally:
            numba_dpex.reset(token)


def _wrong_number(kernel: str, signature: Any, given: int, taken: int) -> Exception:
    from xpuarray.dpex.core.exceptions import InvalidKernelSpecializationError

    return InvalidKernelSpecializationError(
        f"kernel {kernel}: the signature {signature} has {given} argument(s) besides the item, "
        f"the function takes {taken}"
    )


def _missing(kernel: str, types: Any, made_for: Any) -> Exception:
    from xpuarray.dpex.core.exceptions import MissingSpecializationError

    known = "; ".join(", ".join(map(str, types)) for _, types in made_for)
    return MissingSpecializationError(
        f"kernel {kernel} is made for arguments of the types {known}, not {', '.join(map(str, types))}"
    )


def _dropping_the_item(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function with one more parameter in front, which it ignores."""
    names = ", ".join(inspect.signature(function).parameters)
    scope: dict[str, Any] = {"_body": function}
    exec(f"def without_item(_item, {names}):\n    return _body({names})", scope)
    made: Callable[..., Any] = scope["without_item"]
    made.__name__, made.__qualname__ = function.__name__, function.__qualname__
    made.__module__, made.__doc__ = function.__module__, function.__doc__
    return made


def kernel(function_or_signature: Any = None, **options: Any) -> Any:
    """Make a function a kernel; given signatures, it is compiled for these now and for nothing else later.

    function_or_signature: a function; or a tuple of types, the first of them ItemType or NdItemType
        (for a function without an item, its arguments' types alone); or a list of such tuples; or
        None, as if called without arguments
    options: those of numba-dpex are accepted, and have no effect

    Raises ValueError for anything else, NotImplementedError for a signature written as text,
    InvalidKernelSpecializationError for types no argument can have, KernelHasReturnValueError.

    >>> @kernel
    ... def double(item, a):
    ...     a[item.get_id(0)] *= 2
    """
    return _decorate(DpexKernel, function_or_signature, options)


def device_func(function_or_signature: Any = None, **options: Any) -> Any:
    """Mark a function as one that kernels call; given signatures, arguments are converted to the one
    that fits best.

    >>> from numba import int32
    >>> @device_func(int32(int32))
    ... def increment(x):
    ...     return x + 1
    """
    return _decorate(_device_function, function_or_signature, options)


def _device_function(function: Callable[..., Any], signatures: Sequence[Any] = ()) -> DeviceFunction:
    if not signatures:
        return DeviceFunction(function)
    from xpuarray.dpex.signatures import function_signature

    return DeviceFunction(function, [function_signature(signature) for signature in signatures])


def _decorate(make: Callable[..., Any], given: Any, options: dict[str, Any]) -> Any:
    if "_compilation_mode" in options:
        warnings.warn("_compilation_mode is an internal option of numba-dpex, and is ignored", stacklevel=3)
    unknown = options.keys() - _IGNORED - {"_compilation_mode"}
    if unknown:
        raise TypeError(f"unknown option(s) {', '.join(sorted(unknown))}; known are {', '.join(sorted(_IGNORED))}")
    if given is None:
        return make
    if inspect.isfunction(given):
        return make(given)
    from xpuarray.dpex.signatures import signatures_of

    signatures = signatures_of(given)
    if signatures is None:
        raise ValueError(
            f"expected a function or a signature, not {given!r}; the signature of one argument is a tuple, too: (t,)"
        )
    return lambda function: make(function, signatures)
