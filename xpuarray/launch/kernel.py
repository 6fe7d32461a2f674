"""@kernel: a Python function, compiled on first use for each device and argument types."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, overload

import numpy as np

from xpuarray.backends import fork
from xpuarray.backends.contract import Compiled, Event, Executable
from xpuarray.backends.interrupts import postponed
from xpuarray.compiler import bounds_record
from xpuarray.compiler.build import build
from xpuarray.compiler.cache import forget, is_stored
from xpuarray.compiler.targets import TARGETS
from xpuarray.core import pending
from xpuarray.lang.ranges import SPACES, NdRange, Range
from xpuarray.lang.types import KernelType, Space
from xpuarray.launch.arguments import check_item, check_range, no_range, pack_arguments
from xpuarray.launch.verify import Verification, verify
from xpuarray.markup import block, code, join, mark, table
from xpuarray.placement.devices import Device
from xpuarray.progress import announced
from xpuarray.spans import Span, record, watched
from xpuarray.text import must_be_function
from xpuarray.variables import is_on

__all__ = ["Kernel", "Record", "check_of_all", "kernel"]

SYNC = is_on("XPUARRAY_SYNC")  #: wait after each launch


def check_of_all(function: Callable[..., Any]) -> str | None:
    """What XPUARRAY_CHECK has every kernel of a user's check: "bounds", or nothing.

    Our own are left out: some read a last, short row of an array behind the extents that they are told.
    """
    ours = (getattr(function, "__module__", None) or "").partition(".")[0] == __name__.partition(".")[0]
    return None if ours else os.environ.get("XPUARRAY_CHECK") or None


class Kernel:
    """A kernel: written once, compiled for whatever device its arguments are on.

    Call it through `call_kernel(kernel, range, *args)` or `kernel[range](*args)`.
    """

    __name__: str
    __qualname__: str

    def __init__(
        self, function: Callable[..., Any], *, fastmath: bool | Iterable[str] = False, check: str | None = None
    ):
        must_be_function("kernel", function, written=True)
        if check not in (None, "bounds"):
            raise ValueError(f"check (or XPUARRAY_CHECK, if that is set) is 'bounds' or nothing, not {check!r}")
        functools.update_wrapper(self, function)
        self.function = function
        self.fastmath = fastmath if isinstance(fastmath, bool) else _flags(fastmath)
        self.check = check
        self.parameters = tuple(inspect.signature(function).parameters)
        self._executables: dict[Any, Executable] = {}
        self._compiled: dict[Any, Compiled] = {}
        self._stored: dict[Any, bool] = {}
        self._lock = fork.Lock()

    def __getitem__(self, range: Range | NdRange | tuple[int, ...] | int) -> Callable[..., Any]:
        """`kernel[Range(n)](*args)` launches; a plain int or tuple is taken for a Range."""
        if not isinstance(range, (Range, NdRange)):
            range = Range(*range) if isinstance(range, tuple) else Range(range)
        launch = functools.partial(self.launch, range)
        return lambda *args: launch(args) and None

    def __call__(self, *args: Any) -> Any:
        raise TypeError(
            f"a kernel needs a range to run over: call_kernel({self.__name__}, Range(n), ...) "
            f"or {self.__name__}[Range(n)](...)"
        )

    def __repr__(self) -> str:
        return f"<kernel {self.__qualname__}({', '.join(self.parameters[1:])})>"

    def _repr_html_(self) -> str:
        options = [f"{name}={value!r}" for name in ("fastmath", "check") if (value := getattr(self, name))]
        compiled = [
            (
                code(str(device)),
                f"{'NdRange' if space.grouped else 'Range'}, {space.ndim}-d",
                code(", ".join(map(str, types))),
            )
            for device, space, types in self._compiled
        ]
        title = join([mark("kernel", "blue"), code(f"{self.__qualname__}({', '.join(self.parameters)})"), *options])
        doc = inspect.getdoc(self.function) or ""
        return block(
            "", title, block("", doc.partition("\n")[0]),
            table(("compiled for", "over", "argument types"), compiled) if compiled else "Not compiled yet.",
        )  # fmt: skip

    @property
    def signatures(self) -> list[tuple[KernelType, ...]]:
        """The argument types for which the kernel is compiled, oldest first."""
        return list(dict.fromkeys(types for _, _, types in self._compiled))

    def inspect_llvm(self) -> dict[tuple[str, tuple[KernelType, ...]], str]:
        """LLVM IR by (device, argument types) of all that is compiled; empty for the simulator."""
        return {(str(device), types): compiled.llvm for (device, _, types), compiled in self._compiled.items()}

    def inspect_asm(self) -> dict[tuple[str, tuple[KernelType, ...]], str]:
        """SPIR-V as text, PTX or CPU assembly by (device, argument types) of all that is compiled."""
        return {
            (str(device), types): compiled.assembly() if compiled.assembly else ""
            for (device, _, types), compiled in self._compiled.items()
        }

    def verify(self, range: Range | NdRange, *args: Any) -> Verification:
        """Run the kernel on copies of its arguments in the simulator, on the host and on their device,
        and compare what each leaves behind; see `Verification`.  The arguments stay as they are.

        >>> print(saxpy.verify(xp.Range(4), 2.0, x, y, out))               # doctest: +SKIP
        simulator, host:cpu:0 and opencl:cpu:0 agree; no races seen
        """
        return verify(self, range, args)

    def is_compiled(self, device: Device, range: Range, types: tuple[KernelType, ...]) -> bool:
        """Whether a launch with these types would find the kernel compiled in memory."""
        return (device, range.space, types) in self._executables

    def is_ready(self, device: Device, space: Space, types: tuple[KernelType, ...]) -> bool:
        """Whether a launch would compile nothing: the kernel is in memory, or an earlier process left it on disk."""
        key = (device, space, types)
        if key in self._executables:
            return True
        if key not in self._stored:
            runtime = device.runtime
            self._stored[key] = is_stored(self, runtime.target, (space, types), runtime.info)
        return self._stored[key]

    def executable(self, device: Device, space: Space, types: tuple[KernelType, ...]) -> tuple[Executable, bool]:
        """The loaded kernel for one device, space and argument types; and whether it was compiled
        just now."""
        key = (device, space, types)
        found = self._executables.get(key)
        if found is not None:
            return found, False
        with self._lock:
            found = self._executables.get(key)
            if found is not None:
                return found, False
            check_item(self.__name__, self.function, space)
            runtime = device.runtime
            said = announced(f"compiling {self.__name__} for {device}")
            with Span("load", self.__name__, runtime.info), postponed(), said:
                found, self._compiled[key] = self._loaded(runtime, space, types)
                self._executables[key] = found
            return found, True

    def _loaded(self, runtime: Any, space: Space, types: tuple[KernelType, ...]) -> tuple[Executable, Compiled]:
        compiled = build(self, runtime.target, space, types, runtime.info)
        if not compiled.stored:
            return runtime.load(compiled), compiled
        try:
            return runtime.load(compiled), compiled
        except Exception as error:  # what the disk had is not what was compiled
            forget(self, runtime.target, (space, types), runtime.info, error)
        compiled = build(self, runtime.target, space, types, runtime.info)
        return runtime.load(compiled), compiled

    def launch(self, range: Range | NdRange, args: Sequence[Any], events: Sequence[Event] = ()) -> Event:
        """Launch over `range` once `events` have ended; see `call_kernel` for what it raises."""
        if type(range) is not Range and not isinstance(range, (Range, NdRange)):
            raise no_range(self.__name__, range)
        device, types, packed = pack_arguments(self.__name__, self.parameters[1:], args)
        pending.materialize_all_readers(args)
        if type(range) is not Range:
            check_range(self.__name__, range, args, device.info)
        return self.start(device, range, types, packed, events)

    def start(
        self,
        device: Device,
        range: Range | NdRange,
        types: tuple[KernelType, ...],
        arguments: list[Any],
        events: Sequence[Event] = (),
    ) -> Event:
        """Launch with arguments that are already packed; compiles first where it must."""
        whole, part = (range.global_range, range.local_range) if isinstance(range, NdRange) else (range, None)
        space = SPACES[len(whole)] if part is None else range.space
        executable, compiled = self._executables.get((device, space, types)), False
        if executable is None:
            executable, compiled = self.executable(device, space, types)
        if watched():
            by = TARGETS[device.runtime.target].by
            route = f"kernel {self.__name__}({', '.join(map(str, types))})" + (f" by {by}" if by else "")
            record(self.__name__, device.info, route, compiled)
        device.runtime.launches.note(self.__name__)
        if self.check:
            return self._run_checked(device, executable, whole, part, arguments, events)
        if watched():
            with Span("kernel", self.__name__, device.info, device.runtime):
                event = executable(whole, part, arguments, events)
        else:
            event = executable(whole, part, arguments, events)
        if SYNC:
            device.runtime.wait()
        return event

    def _run_checked(
        self,
        device: Device,
        executable: Executable,
        whole: Range,
        part: Range | None,
        arguments: list[Any],
        events: Sequence[Event],
    ) -> Event:
        """Launch with a record for the first index out of bounds, and wait to see whether there was one."""
        words = Record(self, device)
        event = executable(whole, part, [*words.argument, *arguments], events)
        event.wait()
        words.look()
        return event


class Record:
    """What a launch of a checked kernel writes its first index out of bounds to."""

    def __init__(self, kernel: Kernel, device: Device):
        self._kernel, self._runtime = kernel, device.runtime
        self._words = device.runtime.from_host(np.zeros(bounds_record.WORDS, np.int64))
        self.argument = device.runtime.pack(self._words, "C")[:1]  #: what the launch passes first

    def look(self) -> None:
        """Raise IndexError if there was one; the launch has to have ended."""
        words = self._runtime.to_host(self._words)
        if text := bounds_record.message(self._kernel.__name__, self._kernel.parameters[1:], words):
            raise IndexError(text)


_FLAGS = ("afn", "arcp", "contract", "ninf", "nnan", "nsz", "reassoc")  # LLVM's


def _flags(names: Iterable[str]) -> tuple[str, ...]:
    given = {names} if isinstance(names, str) else set(names)
    if not given <= set(_FLAGS):
        raise ValueError(f"fastmath is a bool, or some of {', '.join(_FLAGS)}; not {', '.join(map(str, given))}")
    return tuple(sorted(given))


@overload
def kernel(function: Callable[..., Any]) -> Kernel: ...
@overload
def kernel(
    *, fastmath: bool | Iterable[str] = ..., check: str | None = ...
) -> Callable[[Callable[..., Any]], Kernel]: ...


def kernel(
    function: Callable[..., Any] | None = None, *, fastmath: bool | Iterable[str] = False, check: str | None = None
) -> Kernel | Callable[[Callable[..., Any]], Kernel]:
    """Make a Python function a kernel.

    Its first parameter is the work-item (Item over a Range, NdItem over an NdRange); arrays, scalars
    and tuples of scalars follow.  It may use arithmetic, loops, `math`, NumPy's ufuncs on scalars,
    other plain functions, and global constants (captured by value when it is compiled).  It returns
    nothing.

    fastmath: allow the compiler to reassociate and to ignore NaN and signed zeros; or a set of LLVM's names
        for what is allowed, as Numba takes it: {"contract"} allows to round a product and a sum at once
    check: "bounds" makes every launch wait and raise IndexError, naming array, index and source line,
        if an index was out of bounds; nothing is read or written there.  By default it is what the environment
        variable XPUARRAY_CHECK says

    >>> import xpuarray as xp
    >>> @xp.kernel
    ... def saxpy(item, alpha, x, y, out):
    ...     i = item.get_id(0)
    ...     out[i] = alpha * x[i] + y[i]
    """
    if function is None:
        return lambda f: Kernel(f, fastmath=fastmath, check=check or check_of_all(f))
    return Kernel(function, fastmath=fastmath, check=check or check_of_all(function))
