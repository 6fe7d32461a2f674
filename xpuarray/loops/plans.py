"""What is found out about a loop, once for each kind of arguments."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from xpuarray.core.array import Array
from xpuarray.errors import RaceError
from xpuarray.loops.accesses import Walk
from xpuarray.loops.indices import Numbers
from xpuarray.loops.kernels import Recipe
from xpuarray.loops.names import assigned, loaded, occurrences
from xpuarray.loops.nest import Nest
from xpuarray.loops.patterns import statements
from xpuarray.loops.polynomials import Polynomial, constant, symbol
from xpuarray.loops.reductions import kind_of
from xpuarray.loops.safety import Clash, clashes, cuts
from xpuarray.placement.devices import Device

__all__ = ["KINDS", "ArrayKind", "Plan", "is_constant", "kind", "planned"]

#: So many kinds of arguments a loop knows.
KINDS = 64


class Plan(NamedTuple):
    """How a loop is run."""

    recipe: Recipe
    cut: Polynomial | None  #: where the range is cut in three
    written: frozenset[str]  #: arrays that are written
    whole: bool  #: whether arrays are used that are no elements


class ArrayKind(NamedTuple):
    """What of an array a plan depends on."""

    ndim: int
    dtype: np.dtype
    device: Device


def kind(value: Any) -> Any:
    """What of a value a plan depends on: of an integer, whether it is negative; of constants, which."""
    if type(value) is Array:
        return ArrayKind(value.ndim, value.dtype, value._device)
    if type(value) is int:
        return "natural" if value >= 0 else int
    if isinstance(value, (bool, int, float, complex, np.generic)):
        return type(value)
    if isinstance(value, tuple):
        return tuple(map(kind, value))
    try:
        hash(value)
    except TypeError:
        return type(value)
    return (None, value)


def is_constant(value: Any) -> bool:
    """Whether it becomes part of the kernel: functions, dtypes, modules, None and text."""
    return not isinstance(value, (Array, np.ndarray, bool, int, float, complex, np.generic, tuple, list))


def planned(
    nest: Nest, kinds: Mapping[str, Any], naturals: Iterable[bool], lookup: Callable[[str], Any], unsafe: bool
) -> Plan:
    """The plan for arguments of these kinds. naturals: whether each loop's first index is known to be 0 or more.

    Raises LoopError or RaceError, showing the lines.
    """
    dims = {name: k.ndim for name, k in kinds.items() if isinstance(k, ArrayKind)}
    firsts = list(naturals)
    carried = {name: kind_of(nest.source, [nest.node], name) for name in nest.carried}
    reduced_arrays = frozenset(name for name in carried if dims.get(name, 0) > 0)
    zero = frozenset(name for name, ndim in dims.items() if ndim == 0)
    first_found: list[Clash] = []
    for atomics in (False,) if nest.plain else (False, True):
        for depth in range(len(nest.spans), 0, -1):
            walk, variables = _walked(nest, depth, kinds, dims, firsts, lookup, carried, zero)
            found = clashes(walk.accesses, walk.numbers, [turn for turn, _ in variables])
            atomic = _atomic(found) if atomics else frozenset[int]()
            left = [clash for clash in found if not _is_settled(clash, atomic)]
            cut = cuts(left, walk.numbers, *variables[0]) if left and depth == 1 and not carried else None
            if not left or cut is not None or (unsafe and atomics):
                memory = _memory(nest, depth, kinds)
                recipe = Recipe(nest, depth, [*kinds], zero, carried, reduced_arrays, memory, atomic, cut is not None)
                return Plan(recipe, cut, frozenset(a.view.array for a in walk.accesses if a.writes), walk.whole)
            first_found = left
    raise _race(nest, first_found[0])


def _walked(
    nest: Nest,
    depth: int,
    kinds: Mapping[str, Any],
    dims: dict[str, int],
    firsts: list[bool],
    lookup: Callable[[str], Any],
    carried: Mapping[str, str],
    zero: frozenset[str],
) -> tuple[Walk, list[tuple[Polynomial, Polynomial]]]:
    invariant = {
        name: k == "natural" or (isinstance(k, type) and issubclass(k, np.unsignedinteger))
        for name, k in kinds.items()
        if not isinstance(k, ArrayKind) and name not in carried
    }
    numbers = Numbers(invariant, {name: ndim for name, ndim in dims.items() if name not in zero})
    variables = []
    for k, span in enumerate(nest.spans[:depth]):
        turn, value = _span(numbers, span, k, firsts[k])
        numbers.values[span.name] = value
        variables.append((turn, value))
    walk = Walk(numbers, nest.source, nest.meaning, lookup, carried)
    walk.block(nest.body(depth))
    return walk, variables


def _span(numbers: Numbers, span: Any, k: int, natural: bool) -> tuple[Polynomial, Polynomial]:
    """The turn, counted from 0, and the value of a loop's variable."""
    turn = numbers.fresh(span.name)
    step, start, stop = (numbers.value(part) for part in (span.step, span.start, span.stop))
    by = step.constant()
    one = constant(1)
    if by is None:
        numbers.positive.add(f"step{k}")
        width, first = symbol(f"step{k}"), symbol(f"first{k}")
        numbers.facts += [width - one]
        value = first + width * turn
    else:
        first = start if by > 0 else symbol(f"first{k}")
        width = constant(abs(by))
        value = first + width * turn
        inside = [value - start, stop - value - one] if by > 0 else [start - value, value - stop - one]
        numbers.facts += inside
    numbers.facts += [turn]
    if natural:
        numbers.facts += [first]
    return turn, value


def _atomic(found: Iterable[Clash]) -> frozenset[int]:
    return frozenset(
        access.node.xpu_number for clash in found for access in clash if access.kind in ("add", "min", "max")
    )


def _is_settled(clash: Clash, atomic: frozenset[int]) -> bool:
    """Whether it is two atomic updates of one kind."""
    return clash.first.kind == clash.second.kind and all(a.node.xpu_number in atomic for a in clash)


def _memory(nest: Nest, depth: int, kinds: Mapping[str, Any]) -> dict[str, ast.Assign]:
    """Arrays of an iteration's own, whose shape is no constant but the same for all iterations."""
    body = nest.body(depth)
    inside = assigned([nest.node])
    found = {}
    for node in statements(body):
        match node:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(func=ast.Attribute(attr="empty" | "zeros" | "ones")) as call,
            ) if name not in kinds:
                names = loaded([*call.args, *(keyword.value for keyword in call.keywords)])
                if names & set(kinds) and not names & inside and _set_once(body, name):
                    found[name] = node
    return found


def _set_once(body: Iterable[ast.stmt], name: str) -> bool:
    return sum(isinstance(place.ctx, ast.Store) for place in occurrences(body, name)) == 1


_DOES = {"read": "reads", "write": "writes", "add": "adds to", "min": "lowers", "max": "raises"}


def _race(nest: Nest, clash: Clash) -> RaceError:
    first, second = clash
    name, loop = first.view.array, "loop" if nest.plain else "prange"
    variables = " and ".join(span.name for span in nest.spans[:1])
    if first is second or first.node is second.node:
        text = (
            f"two iterations of the {loop} over {variables} may write the same element of `{name}`: "
            f"nothing says that its index differs"
        )
    else:
        text = (
            f"one iteration of the {loop} over {variables} {_DOES[first.kind]} an element of `{name}` that another one "
            f"may {_DOES[second.kind].replace('adds', 'add').rstrip('s')}: nothing says that the indices differ"
        )
    cure = "; write `range` if the order matters, or xp.jit(unsafe=True) if you know that they differ"
    places = [first.node] if first.node is second.node else [first.node, second.node]
    return nest.source.error(text + cure * (not nest.plain), *places, kind=RaceError)  # type: ignore[return-value]
