"""`fuse`: a whole function as few kernels, traced at each call or once for each kind of arguments."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar, overload

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.modes import always, current, recording
from xpuarray.core.plans import Bounded
from xpuarray.fusion.evaluation import evaluate
from xpuarray.fusion.recording import Recorder
from xpuarray.fusion.replay import Attached, Plan, planned
from xpuarray.spans import watching
from xpuarray.text import must_be_function

__all__ = ["fuse"]

Function = Callable[..., Any]
F = TypeVar("F", bound=Function)
_UNKNOWN: Any = object()


@overload
def fuse(function: F, /, *, once: bool = ...) -> F: ...
@overload
def fuse(function: None = ..., /, *, once: bool = ...) -> Callable[[F], F]: ...
def fuse(function: Any = None, /, *, once: bool = False) -> Any:
    """`function`, with all elementwise work in it done in as few passes over memory as possible.

    What it returns (an array, or a tuple, list or dict of arrays) is computed when it returns, outputs of one
    shape together.  Functions that need values have them computed on the way, as usual.

    once: call `function` only once for each kind of arguments (shapes, strides, dtypes and devices of arrays, and
        which of them share memory; values of scalars), and later do at once what came of it: launches are all that is
        left, however many operations there are.  Views, assignments to them (by masks, too), in-place operators, loops,
        copies and new arrays of one number are done again in their order.  What it takes from elsewhere, such as
        a global constant, is what it was then.  A function that reads values (`if x[0] > 0`, `float(x)`), that calls
        what is no elementwise operation (sorts, products, most reductions), that takes complex numbers or halves, or
        that uses other arrays than its arguments and those it makes, is called each time.

    >>> @xp.fuse                                                           # doctest: +SKIP
    ... def polar(x, y):
    ...     return xp.hypot(x, y), xp.atan2(y, x)
    >>> @xp.fuse(once=True)                                                # doctest: +SKIP
    ... def step(u, v):
    ...     v[1:-1] = u[:-2] + u[2:]
    ...     u[1:-1] += v[1:-1] / 2
    """
    if function is None:
        return functools.partial(fuse, once=once)
    must_be_function("fuse", function)

    @functools.wraps(function)
    def fused(*args: Any, **kwargs: Any) -> Any:
        with always():
            result = function(*args, **kwargs)
        evaluate(*_arrays(result))
        return result

    return _once(function, fused) if once else fused


def _arrays(result: Any) -> Iterator[Array]:
    if isinstance(result, Array):
        yield result
    parts = result.values() if isinstance(result, dict) else result if isinstance(result, (tuple, list)) else ()
    for part in parts:
        yield from _arrays(part)


# -- traced once ----------------------------------------------------------------------------------


def _once(function: Function, fused: Function) -> Function:
    plans: Bounded[Any, Plan | None] = Bounded(1 << 8)
    attached: Bounded[Any, _Known] = Bounded(_MOST_ATTACHED)

    @functools.wraps(function)
    def replayed(*args: Any, **kwargs: Any) -> Any:
        modes = current()
        if modes.recorder is not None:
            return function(*args, **kwargs)  # a part of another
        given = [*args, *kwargs.values()] if kwargs else args
        very = (modes, tuple(kwargs), *[id(v) if type(v) is Array else (type(v), repr(v)) for v in given])
        known = attached.get(very)
        if known is not None and known.fits(given):
            return known.attached.run(given)
        key = _kinds(given)
        if key is None or modes.fusion == "off":
            return fused(*args, **kwargs)
        key = (modes.route, tuple(kwargs), *key)
        plan = plans.get(key, _UNKNOWN)
        if plan is not _UNKNOWN:
            if plan is None:
                return fused(*args, **kwargs)
            result, again = plan.run(given)
            if again is not None:
                attached[very] = _Known(again, given, lambda _: attached.pop(very, None))
            return result
        result, plan = _trace(function, args, kwargs, given)
        plans[key] = plan if plan is not None and _kinds(given) == key[2:] else None
        return result

    return replayed


#: So many sets of arrays a function knows again.
_MOST_ATTACHED = 16


class _Known:
    """The very arrays to whose memory a plan is attached, as long as all are there."""

    def __init__(self, attached: Attached, given: Sequence[Any], ended: Callable[[Any], Any]):
        self.attached = attached
        self.arrays = [
            (k, weakref.ref(v, ended), v._native, v._read_only) for k, v in enumerate(given) if type(v) is Array
        ]

    def fits(self, given: Sequence[Any]) -> bool:
        """Whether they are these, in the same memory."""
        for k, reference, native, read_only in self.arrays:
            x: Array = given[k]
            if reference() is not x or x._buffer is not native or x._read_only is not read_only:
                return False
        return True


def _kinds(given: Sequence[Any]) -> tuple[Any, ...] | None:
    """What the arguments are but for the values of arrays; None if there is something else than arrays and scalars.

    Arrays that share memory are not like others.
    """
    kinds: list[Any] = []
    seen: dict[Any, tuple[int, int]] = {}
    for value in given:
        if type(value) is Array:
            native, device = value._native, value._device  # computed: what waits would be taken for a part
            runtime = device.runtime
            place = runtime.pointer(native)
            number, first = seen.setdefault((device, runtime.address(native)), (len(seen), place))
            kinds += device, value.dtype, value.shape, runtime.strides(native), value._read_only, number, place - first
            if runtime.wide:
                kinds.append(runtime.is_aligned(native))
        elif value is None or isinstance(value, (bool, int, float, complex, str, np.generic)):
            kinds += type(value), repr(value)  # which tells 0.0 from -0.0
        else:
            return None
    return tuple(kinds)


def _trace(function: Function, args: Any, kwargs: Any, given: Sequence[Any]) -> tuple[Any, Plan | None]:
    """What the function returns, and how to do without it; None if that can't be."""
    arrays = [value for value in given if type(value) is Array]
    if not arrays:
        return function(*args, **kwargs), None
    recorder = Recorder(arrays[0]._device, arrays)
    with recording(recorder), watching(recorder):
        result = function(*args, **kwargs)
        evaluate(*_arrays(result))
        plan = None if recorder.given_up else planned(recorder, result, given)
    return result, plan
