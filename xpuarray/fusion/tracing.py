"""`fuse`: a whole function as few kernels, traced at each call or once for each kind of arguments."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar, overload

import numpy as np

from xpuarray.core import pending
from xpuarray.core.array import Array
from xpuarray.core.modes import always, current
from xpuarray.core.plans import Bounded
from xpuarray.fusion.evaluation import compute, evaluate
from xpuarray.fusion.expression import Program, expression_of, program_of
from xpuarray.placement.devices import Device
from xpuarray.spans import Call, Span, watching

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

    once: call `function` only once for each kind of arguments (shapes, dtypes and devices of arrays, values of
        scalars), and later do at once what came of it: a launch is all that is left, however many operations there
        are.  What it takes from elsewhere, such as a global constant, is what it was then.  A function that
        reads values, computes something on the way (as reductions may) or writes, or that uses other arrays than its
        arguments, is called each time.

    >>> @xp.fuse                                                           # doctest: +SKIP
    ... def polar(x, y):
    ...     return xp.hypot(x, y), xp.atan2(y, x)
    >>> price = xp.fuse(black_scholes, once=True)                          # doctest: +SKIP
    """
    if function is None:
        return functools.partial(fuse, once=once)

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
    plans: Bounded[Any, _Plan | None] = Bounded(1 << 8)

    @functools.wraps(function)
    def replayed(*args: Any, **kwargs: Any) -> Any:
        given = [*args, *kwargs.values()] if kwargs else args
        key = _kinds(given)
        if key is None or current().fusion == "off":
            return fused(*args, **kwargs)
        key = (current().route, tuple(kwargs), *key)
        plan = plans.get(key, _UNKNOWN)
        if plan is not _UNKNOWN:
            return fused(*args, **kwargs) if plan is None else plan.run(given)
        result, plans[key] = _trace(function, args, kwargs, given)
        evaluate(*_arrays(result))
        return result

    return replayed


def _kinds(given: Sequence[Any]) -> tuple[Any, ...] | None:
    """What the arguments are but for the values of arrays; None if there is something else than arrays and scalars.

    Arrays that are given twice are not like two.
    """
    kinds: list[Any] = []
    seen: dict[int, int] = {}
    for value in given:
        if type(value) is Array:
            kinds += value._device, value.dtype, value.shape, seen.setdefault(id(value), len(seen))
        elif value is None or isinstance(value, (bool, int, float, complex, str, np.generic)):
            kinds += type(value), repr(value)  # which tells 0.0 from -0.0
        else:
            return None
    return tuple(kinds)


class _Slot(NamedTuple):
    """In place of an array: what `group` makes as its number `place`; or (None) an argument."""

    group: int | None
    place: int


class _Group(NamedTuple):
    """Outputs of one shape: a program, and for each leaf of it which argument that is, or a scalar."""

    device: Device
    shape: tuple[int, ...]
    full: tuple[int, ...] | None
    program: Program
    sources: list[Any]


class _Plan(NamedTuple):
    groups: list[_Group]
    result: Any  #: what the function returns, with slots in place of arrays

    def run(self, given: Sequence[Any]) -> Any:
        made = []
        for device, shape, full, program, sources in self.groups:
            leaves = [given[s.place] if type(s) is _Slot else s for s in sources]
            arrays = [leaf for leaf in leaves if type(leaf) is Array]
            for array in arrays:
                array._native  # noqa: B018
            made.append(compute(device, shape, full, program, leaves))
            if device.info.type == "cpu" and any(map(pending.has_escaped, arrays)):
                device.runtime.wait()  # see `defer`
        return _filled(self.result, made, given)


def _filled(result: Any, made: list[list[Array]], given: Sequence[Any]) -> Any:
    if type(result) is _Slot:
        return given[result.place] if result.group is None else made[result.group][result.place]
    if type(result) is dict:
        return {name: _filled(part, made, given) for name, part in result.items()}
    if type(result) in (tuple, list):
        return type(result)([_filled(part, made, given) for part in result])
    return result


class _Work:
    """A watcher that only wants to know whether there is something to see."""

    seen = False

    def call(self, call: Call) -> None:
        self.seen = True

    def begin(self, span: Span) -> None:
        self.seen = True

    def end(self, span: Span) -> None:
        pass


def _trace(function: Function, args: Any, kwargs: Any, given: Sequence[Any]) -> tuple[Any, _Plan | None]:
    """What the function returns, not computed yet, and how to do without it; None if that can't be."""
    for value in given:
        if type(value) is Array:
            value._native  # noqa: B018  an expression that waits would be taken for a part of the function
    work = _Work()
    with always(), watching(work):
        result = function(*args, **kwargs)
    if work.seen:
        return result, None
    return result, _planned(result, {id(v): k for k, v in reversed(list(enumerate(given))) if type(v) is Array})


def _planned(result: Any, arguments: dict[int, int]) -> _Plan | None:
    groups: dict[tuple[Device, tuple[int, ...], Any], list[Array]] = {}

    def emptied(part: Any) -> Any:
        if type(part) is Array and id(part) in arguments:
            return _Slot(None, arguments[id(part)])
        expression = expression_of(part) if type(part) is Array else None
        if expression is not None:
            key = part._device, part.shape, expression.full
            group = groups.setdefault(key, [])
            group.append(part)
            return _Slot(list(groups).index(key), len(group) - 1)
        if type(part) is dict:
            return {name: emptied(value) for name, value in part.items()}
        if type(part) in (tuple, list):
            return type(part)([emptied(value) for value in part])
        if part is None or isinstance(part, (bool, int, float, complex, str)):
            return part
        raise _NotPlanned

    try:
        emptied_result = emptied(result)
        return _Plan([_group(*key, arrays, arguments) for key, arrays in groups.items()], emptied_result)
    except _NotPlanned:
        return None


class _NotPlanned(Exception):  # noqa: N818
    """Something else than expressions of the arguments was returned."""


def _group(device: Device, shape: tuple[int, ...], full: Any, arrays: list[Array], arguments: dict[int, int]) -> _Group:
    program, leaves = program_of(tuple(array._expression for array in arrays))
    sources = []
    for leaf in leaves:
        if type(leaf) is Array and id(leaf) not in arguments:
            raise _NotPlanned
        sources.append(_Slot(None, arguments[id(leaf)]) if type(leaf) is Array else leaf)
    return _Group(device, shape, full, program, sources)
