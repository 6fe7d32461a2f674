"""The source of the elements of expressions of arrays (loops.py), which may take loops of their own."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numba.core import types
from numba.core.errors import TypingError

from xpuarray.compiler.frontend.array_operations import GATHERED, KEPT, OVER, PRODUCT, REDUCTIONS, RESHAPED
from xpuarray.compiler.frontend.integers import plain
from xpuarray.compiler.frontend.numba_types import DeviceArray, ExpressionType, PickedType
from xpuarray.compiler.frontend.ops import current_device

__all__ = ["ONE", "Elements", "extent_of", "indented", "is_constant", "nested", "result_of", "worded"]


def is_constant(kind: types.Type) -> bool:
    """Whether it is a number that stands in the source itself, and so is as weak as one."""
    return isinstance(kind, (types.IntegerLiteral, types.BooleanLiteral))


class _Code(NamedTuple):
    """The source of one element."""

    value: str
    lines: tuple[str, ...] = ()  #: what comes before it
    condition: str = ""  #: whether it is an element at all

    def into(self, text: str) -> list[str]:
        """The lines of `text`, in which {e} is the element."""
        lines = text.replace("{e}", self.value).splitlines()
        return [*self.lines, *([f"if {self.condition}:", *indented(lines)] if self.condition else lines)]


class _Text(NamedTuple):
    """The source of one element, and the extents of the arrays in it."""

    plain: _Code  #: if nothing is stretched
    stretched: _Code  #: if extents of 1 may be
    extents: list[list[str | None]]  #: of each array, an extent for each dimension that the array has


class Elements:
    """The source of an expression's elements, and of the extents of the arrays in it.

    targets: positions of operands that are the array that is assigned to, `t`
    """

    def __init__(self, kind: types.Type, variables: Sequence[str], targets: Collection[int] = ()):
        self.variables = variables
        self.operands: list[str] = []
        self._targets, self._position = targets, -1
        self.conditions: list[str] = []  #: what holds within it if the plain source is right
        self.before: list[str] = []  #: lines before all loops
        self._names = 0
        self.text = self._of(kind, variables)

    def _of(self, kind: types.Type, indices: Sequence[str]) -> _Text:
        """The source of the element at `indices`, of which there may be more than it has dimensions."""
        if is_constant(kind):
            return _same(repr(kind.literal_value))  # type: ignore[attr-defined]
        if isinstance(kind, ExpressionType):
            given = list(indices[len(indices) - kind.ndim :])
            missing: list[str | None] = [None] * (len(indices) - kind.ndim)
            found = self._expression(kind, given)
            return found._replace(extents=[missing + each for each in found.extents])
        name = self._operand()
        if not isinstance(kind, DeviceArray) or not kind.ndim:
            return _same(name if not isinstance(kind, DeviceArray) else f"{name}[()]")
        own = indices[len(indices) - kind.ndim :]
        shape = self.shape(name, kind.ndim)
        places = ", ".join(map(_stretched, own, shape))
        whole: list[list[str | None]] = [[*[None] * (len(indices) - kind.ndim), *shape]]
        return _Text(_Code(f"{name}[{', '.join(own)}]"), _Code(f"{name}[{places}]"), whole)

    def _expression(self, kind: ExpressionType, indices: list[str]) -> _Text:
        word, _, axis = kind.text.partition(OVER)
        if axis:
            return self._partial(word, axis.removesuffix(KEPT), kind, indices)
        if kind.text == RESHAPED:
            return self._reshaped(kind, indices)
        if kind.text == PRODUCT:
            return self._product(kind, indices)
        if isinstance(kind, PickedType):
            return self._picked(kind, indices)
        gathered = [_same(self._operand())] if kind.text == GATHERED else []
        parts = gathered + [self._of(part, indices) for part in kind.parts[len(gathered) :]]
        plain, stretched = (
            _Code(kind.text.format(*(c.value for c in codes)), tuple(line for c in codes for line in c.lines))
            for codes in ([p.plain for p in parts], [p.stretched for p in parts])
        )
        return _Text(plain, stretched, [each for part in parts for each in part.extents])

    def shape(self, array: str, ndim: int) -> list[str]:
        """The names of an array's extents."""
        names = [f"{array}_{axis}" for axis in range(ndim)]
        self.before += [f"{name} = np.uint64({array}.shape[{axis}])" for axis, name in enumerate(names)]
        return names

    def _picked(self, kind: PickedType, indices: list[str]) -> _Text:
        value, mask = (self._of(part, indices) for part in kind.parts)
        plain, stretched = (_Code(v.value, (*v.lines, *m.lines), m.value) for v, m in zip(value[:2], mask[:2]))
        return _Text(plain, stretched, [*value.extents, *mask.extents])

    def _operand(self) -> str:
        self._position += 1
        if self._position in self._targets:
            return "t"
        self.operands.append(f"a{self._position}")
        return self.operands[-1]

    def _fresh(self) -> str:
        self._names += 1
        return f"r{self._names}"

    # -- elements that take lines to compute ---------------------------------------------------------------
    def _partial(self, name: str, axis_text: str, kind: ExpressionType, indices: list[str]) -> _Text:
        """Of `np.sum(x, axis=1)`."""
        (source,), inner, axis = kind.parts, self._fresh(), int(axis_text)
        kept: list[str | None] = [None] * kind.text.endswith(KEPT)
        of = self._of(source, [*indices[:axis], inner, *indices[axis + len(kept) :]])
        self._alike(of.extents)
        count = f"{inner}_n"
        start, step, end = (
            re.sub(r"\b(total|at|here|x)\b", rf"{inner}_\1", text)
            for text in worded(name, source.dtype, count)  # type: ignore[attr-defined]
        )
        self.before += extent_of(count, [each[axis] for each in of.extents])
        plain, stretched = (_Code(f"({end})", (start, *nested([inner], [count], code.into(step)))) for code in of[:2])
        return _Text(plain, stretched, [[*each[:axis], *kept, *each[axis + 1 :]] for each in of.extents])

    def _product(self, kind: ExpressionType, indices: list[str]) -> _Text:
        """Of a product in which one is a matrix."""
        (a, b), inner = kind.parts, self._fresh()
        left = self._of(a, [*indices[: a.ndim - 1], inner])  # type: ignore[attr-defined]
        right = self._of(b, [inner, *indices[a.ndim - 1 :]])  # type: ignore[attr-defined]
        self._alike(left.extents)
        self._alike(right.extents)
        self.before += extent_of(f"{inner}_n", [each[-1] for each in left.extents])
        steps = ([*x.lines, *y.into(f"{inner}_s += {x.value} * {{e}}")] for x, y in zip(left[:2], right[:2]))
        plain, stretched = (
            _Code(f"{inner}_s", (f"{inner}_s = {number(kind.dtype)}(0)", *nested([inner], [f"{inner}_n"], step)))
            for step in steps
        )
        width = len(indices)
        extents: list[list[str | None]] = [[*each[:-1], *[None] * (width - len(each) + 1)] for each in left.extents]
        extents += [[*[None] * (width - len(each) + 1), *each[1:]] for each in right.extents]
        return _Text(plain, stretched, extents)

    def _reshaped(self, kind: ExpressionType, indices: list[str]) -> _Text:
        """Of `np.reshape(x, (n, 1, m))`: where all but the ones are x's extents, its elements by the other indices."""
        (source, *dims), name = kind.parts, self._fresh()
        ndim: int = source.ndim  # type: ignore[attr-defined]
        ones = [is_constant(dim) and dim.literal_value == 1 for dim in dims]  # type: ignore[attr-defined]
        kept = [i for i, one in zip(indices, ones) if not one]
        places = [f"{name}_{axis}" for axis in range(ndim)]
        of = self._of(source, places)
        known = [[each[axis] for each in of.extents] for axis in range(ndim)]
        own_shape = [f"{name}_n{axis}" for axis in range(ndim)]
        self.before += [line for extent, all_of_it in zip(own_shape, known) for line in extent_of(extent, all_of_it)]
        shape = [self._dimension(dim, name) for dim in dims]
        if f"{name}_rest" in shape:
            others = " * ".join(dim for dim in shape if dim != f"{name}_rest") or ONE
            self.before += [f"{name}_rest = {' * '.join(own_shape)} // ({others})"]
        whole: list[list[str | None]] = [[None if one else dim for dim, one in zip(shape, ones)]]
        lines = [f"{name}_flat = {' + '.join(_flat(indices, shape)) or 'np.uint64(0)'}"]
        self.before += [f"{extent} = max({extent}, {ONE})" for extent in own_shape]
        for place, extent in zip(reversed(places), reversed(own_shape)):
            lines += [f"{place} = {name}_flat % {extent}", f"{name}_flat = {name}_flat // {extent}"]
        general = _Code(of.stretched.value, (*lines, *of.stretched.lines))
        if len(kept) != ndim:
            return _Text(general, general, whole)
        self._alike(of.extents)
        own = [dim for dim, one in zip(shape, ones) if not one]
        self.conditions += [f"{mine} == {theirs[0]}" for mine, theirs in zip(own, known) if theirs]
        same = tuple(f"{place} = {i}" for place, i in zip(places, kept))
        return _Text(_Code(of.plain.value, (*same, *of.plain.lines)), general, whole)

    def _dimension(self, kind: types.Type, of: str) -> str:
        """An extent that an array is given; -1: what the others leave."""
        if is_constant(kind):
            given = kind.literal_value  # type: ignore[attr-defined]
            return f"np.uint64({given})" if given >= 0 else f"{of}_rest"
        name = self._operand()
        self.before += [f"{name}_0 = np.uint64(max({name}, 0))"]
        return f"{name}_0"

    def _alike(self, extents: list[list[str | None]]) -> None:
        """Plain source takes that arrays have the same extents."""
        for axis in zip(*extents):
            first, *others = [each for each in axis if each is not None] or [None]
            self.conditions += [f"{first} == {other}" for other in others]


ONE = "np.uint64(1)"


def _same(value: str) -> _Text:
    return _Text(_Code(value), _Code(value), [])


def _stretched(index: str, extent: str) -> str:
    """The index in an extent that may be 1. A choice would be one that compilers make outside the loops, by a copy of
    them for each way."""
    return f"min({index}, {extent} - np.uint64(1))"


def _flat(indices: Sequence[str], shape: Sequence[str]) -> list[str]:
    """The terms of the position of an element."""
    own = list(map(_stretched, indices, shape))
    return [" * ".join([i, *map(str, shape[k + 1 :])]) for k, i in enumerate(own) if shape[k] != ONE]


def extent_of(name: str, extents: Sequence[str | None]) -> list[str]:
    """Lines that make `name` what extents come to, of which some may be 1."""
    first, *others = [each for each in extents if each is not None] or [ONE]
    return [f"{name} = {first}", *(f"{name} = {other} if {name} == {ONE} else {name}" for other in others)]


def number(dtype: types.Type) -> str:
    """The source of an element's type: `np.float32`."""
    name = str(plain(types.unliteral(dtype)))
    return "np.bool_" if name == "bool" else f"np.{name}"


def nested(variables: Sequence[str], extents: Sequence[str], body: Sequence[str]) -> list[str]:
    lines = [f"{'    ' * k}for {i} in range({n}):" for k, (i, n) in enumerate(zip(variables, extents))]
    return [*lines, *(f"{'    ' * len(variables)}{line}" for line in body)]


def indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]


# -- what reductions say -------------------------------------------------------------------------------------


def result_of(name: str, element: types.Type) -> types.Type:
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


def worded(name: str, element: types.Type, count: str) -> Iterator[str]:
    """A reduction's start, step and end."""
    result = result_of(name, element)
    least, largest = _extremes(result)
    for text in REDUCTIONS[name]:
        for word, meaning in (("T", number(result)), ("least", least), ("largest", largest), ("count", count)):
            text = text.replace(f"{{{word}}}", meaning)
        yield text
