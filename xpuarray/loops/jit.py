"""`jit` and `prange`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from types import FunctionType, MethodType
from typing import Any, NamedTuple, overload

import numpy as np

from xpuarray.core.array import Array, asnumpy
from xpuarray.errors import ImplicitTransferError, LoopError
from xpuarray.functions.conversion import asarray
from xpuarray.lang.device_functions import DeviceFunction
from xpuarray.launch.verify import Verification
from xpuarray.loops.hosting import Hosted
from xpuarray.loops.observed import LoopReport, observed
from xpuarray.placement.devices import default_device, device
from xpuarray.text import must_be_function

__all__ = ["Jitted", "jit", "prange"]

#: options of Numba's that make no difference here
_NUMBAS = frozenset(
    ("nopython", "forceobj", "parallel", "cache", "nogil", "error_model", "inline", "looplift", "debug")
)


def prange(start: int, stop: int | None = None, step: int = 1, /) -> range:
    """`range`, of whose numbers the order makes no difference: under `xp.jit` such a loop runs in parallel.

    Elsewhere it is a range, and takes what that takes: a stop, or a start, a stop and perhaps a step.

    >>> [i for i in xp.prange(3)]
    [0, 1, 2]
    """
    return range(start) if stop is None else range(start, stop, step)


class _Options(NamedTuple):
    unsafe: bool
    auto: bool
    serial: bool
    fastmath: bool | Iterable[str]
    check: str | None


class Jitted(DeviceFunction):
    """A function under `xp.jit`; call it as the function. A kernel may call it, too: there it is plain Python."""

    __name__: str

    def __init__(self, function: FunctionType, options: _Options, transfer: bool):
        super().__init__(function)
        self.py_func = function  #: the function itself, as Numba calls it
        self._options, self._transfer = options, transfer

    @functools.cached_property
    def _hosted(self) -> Hosted:
        return Hosted(self.py_func, self._options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._transferred(args, kwargs) if self._transfer else self._run(args, kwargs)

    def _run(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        first = None
        for value in (*args, *kwargs.values()) if kwargs else args:
            if type(value) is Array:
                first = value if first is None else first
            elif isinstance(value, np.ndarray):
                raise self._foreign(args, kwargs)
        function = self._hosted.function
        try:
            if first is None or first._device is default_device():
                return function(*args, **kwargs)
            with device(first._device):
                return function(*args, **kwargs)
        except UnboundLocalError as error:
            raise self._unbound(error) from error

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<xp.jit of {self.__qualname__}>"

    def _foreign(self, args: Sequence[Any], kwargs: dict[str, Any]) -> ImplicitTransferError:
        given = inspect.signature(self.py_func).bind(*args, **kwargs).arguments
        name = next((name for name, value in given.items() if isinstance(value, np.ndarray)), "an argument")
        return ImplicitTransferError(
            f"{self.__name__}: {name!r} is a NumPy array, and a function under xp.jit runs where its arrays are: write "
            f"xp.asarray({name}) before, or @xp.jit(transfer=True), which copies arrays in and out at each call"
        )

    def _unbound(self, error: UnboundLocalError) -> Exception:
        name = str(error).partition("'")[2].partition("'")[0]
        return next((why for loop in self._hosted.loops if (why := loop.why_unbound(name)) is not None), error)

    def _transferred(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        there: dict[int, tuple[np.ndarray, Array]] = {}

        def moved(value: Any) -> Any:
            if not isinstance(value, np.ndarray):
                return value
            if id(value) not in there:
                for other, _ in there.values():
                    if np.may_share_memory(value, other):
                        raise LoopError(f"{self.__name__}: two NumPy arrays share memory, and copies of them would not")
                there[id(value)] = value, asarray(value)
            return there[id(value)][1]

        result = self._run([*map(moved, args)], {name: moved(value) for name, value in kwargs.items()})
        for value, array in there.values():
            if value.flags.writeable:
                value[...] = asnumpy(array)
        return _home(result)

    # -- what is told about it --------------------------------------------------------------------------
    def explain(self, *args: Any, **kwargs: Any) -> LoopReport:
        """How each loop runs for these arguments, a line each: by which kernel, or as Python and why.  A string.

        The function is called with copies of the arrays.

        >>> print(f.explain(x, y))                                          # doctest: +SKIP
        line 12: kernel f_12 over 1,000 iterations, 1,000 at once
        """
        with observed() as seen:
            self._try(args, kwargs)
        return LoopReport(list(dict.fromkeys(seen.lines)), self.__name__)

    def verify(self, *args: Any, **kwargs: Any) -> list[Verification]:
        """Run every loop's kernel in the simulator, on the host and on its device, and compare; see `Kernel.verify`.

        The function is called with copies of the arrays, and each launch is verified before it is made.
        """
        with observed(verify=True) as seen:
            self._try(args, kwargs)
        return seen.verified

    def _try(self, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
        self(*map(_copied, args), **{name: _copied(value) for name, value in kwargs.items()})

    def inspect_llvm(self) -> dict[Any, str]:
        """LLVM IR by (device, argument types) of all kernels that are compiled."""
        return {key: text for loop in self._hosted.loops for kernel in loop.kernels
                for key, text in kernel.inspect_llvm().items()}  # fmt: skip


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, (Array, np.ndarray)) else value


def _home(result: Any) -> Any:
    """Arrays as NumPy's."""
    if type(result) is Array:
        return asnumpy(result)
    if type(result) in (tuple, list):
        return type(result)(map(_home, result))
    return {key: _home(value) for key, value in result.items()} if type(result) is dict else result


@overload
def jit(function: Callable[..., Any], /) -> Jitted: ...
@overload
def jit(
    *, unsafe: bool = ..., serial: bool = ..., transfer: bool = ..., fastmath: bool | Iterable[str] = ...,
    check: str | None = ..., **numbas: Any,
) -> Callable[[Callable[..., Any]], Jitted]: ...  # fmt: skip
def jit(
    function: Any = None, /, *, unsafe: bool = False, serial: bool = False, transfer: bool = False,
    fastmath: bool | Iterable[str] = False, check: str | None = None, **numbas: Any,
) -> Any:  # fmt: skip
    """`function`, whose loops over `xp.prange` run in parallel on the arrays' device.

    Each outermost prange becomes a kernel over a Range (of two or three dimensions, if all of its body is a prange
    again); what it reads from outside are the kernel's arguments. All else stays Python, on device arrays, and NumPy's
    functions in it are xpuarray's. A variable that iterations add to (`s += x`, `-=`, `*=`, `/=`, `s = min(s, x)`,
    `max`, `and`, `or`, of numbers and whole arrays) has what all of them make of it. `y[k] += x` is atomic where two
    iterations may have the same k. A loop of whole arrays that no kernel can compute (it inverts a matrix, say) runs as
    Python, each step of it on the device.

    A loop over `range` that reads or writes elements is one work-item's on a CPU; on a GPU it is refused.

    parallel: "auto" runs plain loops over `range` in parallel, too, where it is proved that no turn touches what
        another one writes, but for variables that all turns join values in; `explain` says why others don't. (True and
        False are as `numba.njit` takes them: loops over prange are parallel in any case)
    unsafe: run loops of which it is not known that no two iterations touch the same element
    serial: run loops over `range` by one work-item on GPUs, too
    transfer: take NumPy arrays: copy them to the default device at each call, and back what was written
    fastmath, check: of the kernels, see `xp.kernel`
    numbas: nopython, cache, nogil, ... as `numba.njit` takes them; they make no difference

    Raises, at the first call with arguments of a kind: RaceError for iterations that may touch one element, LoopError
    for other loops that can't be parallel, both with the lines; ImplicitTransferError for NumPy arrays;
    KernelCompileError for what no kernel can do.

    >>> @xp.jit                                                            # doctest: +SKIP
    ... def distances(x, y):
    ...     total = 0.0
    ...     for i in xp.prange(x.shape[0]):
    ...         for j in range(x.shape[1]):
    ...             total += (x[i, j] - y[i, j]) ** 2
    ...     return np.sqrt(total)
    """
    unknown = numbas.keys() - _NUMBAS
    if unknown:
        raise TypeError(f"jit has no option {', '.join(sorted(unknown))}")
    if numbas.get("parallel") not in (None, True, False, "auto"):
        raise TypeError(f"parallel is True, False or 'auto', not {numbas['parallel']!r}")
    options = _Options(unsafe, numbas.get("parallel") == "auto", serial, fastmath, check)
    if function is None:
        return functools.partial(_jitted, options=options, transfer=transfer)
    return _jitted(function, options, transfer)


def _jitted(function: Any, options: _Options, transfer: bool) -> Jitted:
    if isinstance(function, Jitted):
        return function
    must_be_function("jit", function, written=True)
    return Jitted(function, options, transfer)
