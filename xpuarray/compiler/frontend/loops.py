"""The loops that expressions of arrays become: functions of the kernel language, written as source.

    out[:] = a * s + b      # def loop(t, a0, a1, a2):
                            #     for i0 in range(t.shape[0]):
                            #         t[i0] = ((a0[i0] * a1) + a2[i0])

The loop is written twice where extents of 1 may be stretched, so that the usual one has plain indices.
"""

from __future__ import annotations

import functools
import itertools
import types as python_types
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numba.core import types
from numba.core.errors import TypingError

from xpuarray.compiler.frontend.array_operations import GATHERED, REDUCTIONS
from xpuarray.compiler.frontend.integers import plain
from xpuarray.compiler.frontend.numba_types import DeviceArray, ExpressionType
from xpuarray.compiler.frontend.ops import current_device

__all__ = ["assigned", "leaves", "reduced", "reduction"]


def leaves(kind: types.Type) -> Iterator[types.Type]:
    """The types of the arrays and numbers that an expression is made of: the loop's operands, in order."""
    if isinstance(kind, ExpressionType):
        yield from itertools.chain.from_iterable(map(leaves, kind.parts))
    elif not _constant(kind):
        yield kind


def _constant(kind: types.Type) -> bool:
    """Whether it is a number that stands in the source itself, and so is as weak as one."""
    return isinstance(kind, (types.IntegerLiteral, types.BooleanLiteral))


class _Elements:
    """The source of an expression's elements, and of the extents of the arrays in it."""

    def __init__(self, kind: types.Type, variables: Sequence[str]):
        self.variables = variables
        self.extents: list[list[str]] = []
        self.operands: list[str] = []
        self.plain, self.stretched = self._of(kind)

    def _of(self, kind: types.Type) -> tuple[str, str]:
        """The source of one element, if nothing is stretched and if something may be."""
        if _constant(kind):
            return (repr(kind.literal_value),) * 2  # type: ignore[attr-defined]
        if isinstance(kind, ExpressionType) and kind.text == GATHERED:
            name, (own, stretched) = self._operand(), self._of(kind.parts[1])
            return f"{name}[{own}]", f"{name}[{stretched}]"
        if isinstance(kind, ExpressionType) and "{i}" in kind.text:
            return self._matrices(kind)
        if isinstance(kind, ExpressionType):
            parts = [self._of(part) for part in kind.parts]
            return kind.text.format(*(p[0] for p in parts)), kind.text.format(*(p[1] for p in parts))
        name = self._operand()
        if not isinstance(kind, DeviceArray):
            return name, name
        if not kind.ndim:
            return (f"{name}[()]",) * 2
        own, stretched = self._indices([f"{name}.shape[{axis}]" for axis in range(kind.ndim)])
        return f"{name}[{own}]", f"{name}[{stretched}]"

    def _operand(self) -> str:
        self.operands.append(f"a{len(self.operands)}")
        return self.operands[-1]

    def _matrices(self, kind: ExpressionType) -> tuple[str, str]:
        a, b = (self._operand() for _ in kind.parts)
        rows, columns = f"{a}.shape[0]", f"{b}.shape[1]"
        dims = tuple(part.ndim for part in kind.parts)  # type: ignore[attr-defined]
        extents = [rows] * (dims[0] == 2) + [columns] * (dims[1] == 2)
        zero = f"{number(kind.dtype)}(0)"
        own, stretched = self._indices(extents)
        return kind.text.format(a, b, zero=zero, i=own), kind.text.format(a, b, zero=zero, i=stretched)

    def _indices(self, extents: list[str]) -> tuple[str, str]:
        self.extents.append(extents)
        own = self.variables[len(self.variables) - len(extents) :]
        stretched = [f"({i} if {extent} != 1 else 0)" for i, extent in zip(own, extents)]
        return ", ".join(own), ", ".join(stretched)


def number(dtype: types.Type) -> str:
    """The source of an element's type: `np.float32`."""
    name = str(plain(types.unliteral(dtype)))
    return "np.bool_" if name == "bool" else f"np.{name}"


def _nested(variables: Sequence[str], extents: Sequence[str], body: str) -> list[str]:
    lines = [f"{'    ' * k}for {i} in range({n}):" for k, (i, n) in enumerate(zip(variables, extents))]
    return [*lines, *(f"{'    ' * len(variables)}{line}" for line in body.splitlines())]


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _over(elements: _Elements, extents: Sequence[str], body: str, several: bool) -> list[str]:
    """Loops over `extents` with `body`, in which `{e}` is the element.

    several: whether arrays may differ in extents
    """
    variables = elements.variables
    whole = _nested(variables, extents, body.replace("{e}", elements.plain))
    if not several:
        return whole
    same = [
        f"{mine} == {theirs}" for each in elements.extents for mine, theirs in zip(each, extents[-len(each) :])
    ]  # fmt: skip
    stretched = _nested(variables, extents, body.replace("{e}", elements.stretched))
    return [f"if {' and '.join(same)}:", *_indented(whole), "else:", *_indented(stretched)]


def _variables(ndim: int) -> list[str]:
    return [f"i{axis}" for axis in range(ndim)]


@functools.lru_cache(maxsize=1024)
def _assignment(target: DeviceArray, value: types.Type) -> python_types.FunctionType:
    """A function of the target and the expression's leaves that assigns each element."""
    variables = _variables(target.ndim)
    elements = _Elements(value, variables)
    extents = [f"t.shape[{axis}]" for axis in range(target.ndim)]
    lines = _over(elements, extents, f"t[{', '.join(variables)}] = {{e}}", bool(elements.extents))
    return _function(["t", *elements.operands], lines)


# -- reductions ---------------------------------------------------------------------------------------------


def _result(name: str, element: types.Type) -> types.Type:
    """The type that a reduction computes in, as NumPy has it."""
    element = plain(types.unliteral(element))
    if name in ("any", "all", "count_nonzero"):
        return types.boolean
    if name in ("sum", "prod") and isinstance(element, (types.Boolean, types.Integer)):
        return types.uint64 if isinstance(element, types.Integer) and not element.signed else types.int64
    if name == "mean" and isinstance(element, (types.Boolean, types.Integer)):
        info = current_device.get()
        return types.float32 if info is not None and not info.fp64 else types.float64
    if "max" in name or "min" in name:
        if isinstance(element, types.Complex):
            raise TypingError(f"{name} has no order for complex numbers")
        if isinstance(element, types.Boolean):
            return types.int64
    return element


def _extremes(kind: types.Type) -> tuple[str, str]:
    if not isinstance(kind, types.Integer):
        return "-np.inf", "np.inf"
    found = np.iinfo(str(kind))
    return str(found.min), str(found.max)


@functools.lru_cache(maxsize=1024)
def _reduction(name: str, kind: types.Type, result: types.Type) -> python_types.FunctionType:
    variables = _variables(kind.ndim)  # type: ignore[attr-defined]
    elements = _Elements(kind, variables)
    extents = [f"n{axis}" for axis in range(len(variables))]
    lines, known, several = list[str](), set[str](), len(elements.extents) > 1
    for each in elements.extents:
        for mine, theirs in zip(extents[len(extents) - len(each) :], each):
            lines.append(f"{mine} = {theirs} if {mine} == 1 else {mine}" if mine in known else f"{mine} = {theirs}")
            known.add(mine)
    least, largest = _extremes(result)
    words = {"{T}": number(result), "{least}": least, "{largest}": largest, "{count}": " * ".join(extents) or "1"}
    start, step, end = (_filled(text, words) for text in REDUCTIONS[name])
    return _function(elements.operands, [*lines, start, *_over(elements, extents, step, several), f"return {end}"])


def _filled(text: str, words: dict[str, str]) -> str:
    for word, meaning in words.items():
        text = text.replace(word, meaning)
    return text


def reduction(name: str, kind: types.Type) -> python_types.FunctionType:
    """A function of the leaves of an array or an expression that reduces it."""
    return _reduction(name, kind, _result(name, kind.dtype))  # type: ignore[attr-defined]


def reduced(context: Any, name: str, kind: types.Type) -> tuple[Any, Any]:
    """The reduction of an array or an expression as something to call with its leaves, and that call's signature."""
    return _call(context, reduction(name, kind), list(leaves(kind)))


def assigned(context: Any, target: DeviceArray, value: types.Type) -> tuple[Any, Any]:
    """The assignment to all of an array as something to call with it and the leaves, and that call's signature."""
    return _call(context, _assignment(target, value), [target, *leaves(value)])


def _call(context: Any, loop: python_types.FunctionType, operands: list[types.Type]) -> tuple[Any, Any]:
    function = context.wrap(loop)
    return function, types.Dispatcher(function).get_call_type(context, tuple(operands), {})


# -- functions ------------------------------------------------------------------------------------------------


def by_vector(a: Any, b: Any, total: Any, i: Any) -> Any:
    """Element i of a matrix by a vector."""
    for k in range(b.shape[0]):
        total += a[i, k] * b[k]
    return total


def by_matrix(a: Any, b: Any, total: Any, j: Any) -> Any:
    """Element j of a vector by a matrix."""
    for k in range(a.shape[0]):
        total += a[k] * b[k, j]
    return total


def of_matrices(a: Any, b: Any, total: Any, i: Any, j: Any) -> Any:
    """Element (i, j) of a product of two matrices."""
    for k in range(a.shape[1]):
        total += a[i, k] * b[k, j]
    return total


_MODULE = "xpuarray_loops"  # it's compiled as a user's functions are, not taken for a part of the compiler


def _known() -> dict[str, Any]:
    scope: dict[str, Any] = {"np": np, "__name__": _MODULE}
    for function in (by_vector, by_matrix, of_matrices):
        scope[function.__name__] = python_types.FunctionType(function.__code__, scope, function.__name__)
    return scope


_SCOPE = _known()


def _function(parameters: Sequence[str], lines: Sequence[str]) -> python_types.FunctionType:
    """A function with this body."""
    scope = dict(_SCOPE)
    exec("\n".join([f"def loop({', '.join(parameters)}):", *_indented(lines)]), scope)
    return scope["loop"]
