"""The loops that expressions of arrays become: functions of the kernel language, written as source.

    out[:] = a * s + b      # def loop(t, a0, a1, a2):
                            #     t_0 = np.uint64(t.shape[0])
                            #     for i0 in range(t_0):
                            #         t[i0] = ((a0[i0] * a1) + a2[i0])

The loop is written twice where extents of 1 may be stretched, so that the usual one has plain indices.  Positions and
extents are unsigned: an index below 0 would count from the end, and a division by 0 or by -1 have a value of its own.
These are choices that don't change in the loops, and LLVM copies a nest for every way to make them.
"""

from __future__ import annotations

import functools
import itertools
import types as python_types
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numba.core import types

from xpuarray.compiler.frontend.nests import ONE, Elements, extent_of, indented, is_constant, nested, result_of, worded
from xpuarray.compiler.frontend.numba_types import DeviceArray, ExpressionType, PickedType

__all__ = ["assigned", "leaves", "reduced", "reduction"]


def leaves(kind: types.Type) -> Iterator[types.Type]:
    """The types of the arrays and numbers that an expression is made of: the loop's operands, in order."""
    if isinstance(kind, ExpressionType):
        yield from itertools.chain.from_iterable(map(leaves, kind.parts))
    elif not is_constant(kind):
        yield kind


def _over(elements: Elements, extents: Sequence[str], body: str, several: bool) -> list[str]:
    """Loops over `extents` with `body`, in which `{e}` is the element.

    several: whether arrays may differ in extents
    """
    variables = elements.variables
    whole = nested(variables, extents, elements.text.plain.into(body))
    if not several:
        return whole
    same = [
        f"{mine} == {theirs}"
        for each in elements.text.extents for mine, theirs in zip(each, extents[len(extents) - len(each) :])
        if mine is not None and mine != theirs
    ]  # fmt: skip
    same += elements.conditions
    if not same:
        return whole
    stretched = nested(variables, extents, elements.text.stretched.into(body))
    return [f"if {' and '.join(same)}:", *indented(whole), "else:", *indented(stretched)]


def _variables(ndim: int) -> list[str]:
    return [f"i{axis}" for axis in range(ndim)]


@functools.lru_cache(maxsize=1024)
def _assignment(target: DeviceArray, value: types.Type, targets: frozenset[int]) -> python_types.FunctionType:
    """A function of the target and the expression's other leaves that assigns each element."""
    variables = _variables(target.ndim)
    elements = Elements(value, variables, targets)
    extents = elements.shape("t", target.ndim)
    lines = _over(elements, extents, f"t[{', '.join(variables)}] = {{e}}", bool(elements.text.extents))
    return _function(["t", *elements.operands], [*elements.before, *lines])


# -- reductions ---------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=1024)
def _reduction(name: str, kind: types.Type, result: types.Type) -> python_types.FunctionType:
    variables = _variables(kind.ndim)  # type: ignore[attr-defined]
    elements = Elements(kind, variables)
    extents = [f"n{axis}" for axis in range(len(variables))]
    lines, several = list[str](), len(elements.text.extents) > 1 or bool(elements.conditions)
    for axis, mine in enumerate(extents):
        lines += extent_of(mine, [each[axis] for each in elements.text.extents])
    count = " * ".join(extents) or ONE
    if isinstance(kind, PickedType):
        count = "held"
    start, step, end = worded(name, kind.dtype, count)  # type: ignore[attr-defined]
    if count == "held":
        lines, step = [*lines, "held = 0"], f"{step}\nheld += 1"
    lines += [start, *_over(elements, extents, step, several), f"return {end}"]
    return _function(elements.operands, [*elements.before, *lines])


def reduction(name: str, kind: types.Type) -> python_types.FunctionType:
    """A function of the leaves of an array or an expression that reduces it."""
    return _reduction(name, kind, result_of(name, kind.dtype))  # type: ignore[attr-defined]


def reduced(context: Any, name: str, kind: types.Type) -> tuple[Any, Any]:
    """The reduction of an array or an expression as something to call with its leaves, and that call's signature."""
    return _call(context, reduction(name, kind), list(leaves(kind)))


def assigned(
    context: Any, target: DeviceArray, value: types.Type, targets: frozenset[int] = frozenset()
) -> tuple[Any, Any]:
    """The assignment to all of an array as something to call with it and the leaves, and that call's signature.

    targets: positions of leaves that are the same array, and are not passed again: reading an element before it is
        written is then no reason for a compiler to do one after the other
    """
    passed = [leaf for position, leaf in enumerate(leaves(value)) if position not in targets]
    return _call(context, _assignment(target, value, targets), [target, *passed])


def _call(context: Any, loop: python_types.FunctionType, operands: list[types.Type]) -> tuple[Any, Any]:
    function = context.wrap(loop)
    return function, types.Dispatcher(function).get_call_type(context, tuple(operands), {})


# -- functions ------------------------------------------------------------------------------------------------

_MODULE = "xpuarray_loops"  # it's compiled as a user's functions are, not taken for a part of the compiler


def _function(parameters: Sequence[str], lines: Sequence[str]) -> python_types.FunctionType:
    """A function with this body."""
    scope: dict[str, Any] = {"np": np, "__name__": _MODULE}
    exec("\n".join([f"def loop({', '.join(parameters)}):", *indented(lines)]), scope)
    return scope["loop"]
