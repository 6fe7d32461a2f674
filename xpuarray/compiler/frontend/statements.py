"""The pass that puts loops in the place of statements about whole arrays (expressions.py, loops.py)."""

from __future__ import annotations

import operator
from collections.abc import Callable, Generator, Iterator
from typing import Any

import numpy as np
from numba.core import ir as numba_ir
from numba.core import types
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.errors import TypingError
from numba.core.ir_utils import mk_unique_var

from xpuarray.compiler.frontend.array_operations import (
    CREATED,
    GATHERED,
    METHODS,
    OVER,
    PRODUCT,
    PRODUCTS,
    REDUCING,
    RESHAPED,
)
from xpuarray.compiler.frontend.expressions import CURE, PICKED, dot, elementwise
from xpuarray.compiler.frontend.loops import assigned, leaves, reduced
from xpuarray.compiler.frontend.numba_types import AtomicRefType, DeviceArray, ExpressionType, PickedType, is_array
from xpuarray.compiler.frontend.overlap import definition, is_same, may_clash, may_share, origin
from xpuarray.lang.memory import PrivateArray

__all__ = ["Loops"]

_AT_ONCE = "a kernel has no memory to read all of it first: write a loop over the elements"


@register_pass(mutates_CFG=False, analysis_only=False)
class Loops(FunctionPass):  # type: ignore[misc]
    """Replaces assignments of expressions, reductions, products and np.zeros; refuses expressions that are kept."""

    _name = "xpuarray_loops"

    def __init__(self) -> None:
        FunctionPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        if not any(map(is_array, state.typemap.values())):
            return False
        for block in state.func_ir.blocks.values():
            block.body = list(_Statements(state, block))
        return True


class _Statements:
    """One block's statements, as they are to be."""

    def __init__(self, state: Any, block: Any):
        self.state, self.block, self.typemap = state, block, state.typemap
        self.stores = 0  # how many statements so far may have changed an array
        self.made: dict[str, tuple[list[Any], int]] = {}  # an expression's variable -> its parts', and `stores` then
        self.receivers: dict[str, Any] = {}  # the variable of `row.sum` -> row
        self.updated: dict[str, Any] = {}  # the variable of `x += e` -> x

    def __iter__(self) -> Iterator[Any]:
        for statement in self.block.body:
            if isinstance(statement, numba_ir.Assign):
                yield from self._assign(statement)
            elif isinstance(statement, (numba_ir.SetItem, numba_ir.StaticSetItem)):
                yield from self._setitem(statement)
            else:
                yield from self._kept(statement)

    def _kept(self, statement: Any) -> Iterator[Any]:
        for variable in statement.list_vars():
            if isinstance(self.typemap.get(variable.name), ExpressionType):
                raise TypingError(f"an expression of arrays is kept; {CURE}", statement.loc)
        self.stores += self._may_store(statement)
        yield statement

    def _may_store(self, statement: Any) -> bool:
        if not isinstance(statement, numba_ir.Assign):
            return isinstance(statement, (numba_ir.SetItem, numba_ir.StaticSetItem))
        if not isinstance(statement.value, numba_ir.Expr) or statement.value.op != "call":
            return False
        called = self.typemap[statement.value.func.name]
        if isinstance(called, types.BoundFunction):
            return isinstance(called.this, AtomicRefType)
        module = getattr(getattr(called, "typing_key", None), "__module__", "") or ""
        return isinstance(called, types.Dispatcher) or module.partition(".")[0] == __name__.partition(".")[0]

    # -- what is assigned to variables -------------------------------------------------------------------
    def _assign(self, statement: Any) -> Iterator[Any]:
        value, kind = statement.value, self.typemap[statement.target.name]
        if isinstance(kind, ExpressionType):
            self._made(statement)
            return
        replaced = self._replaced(statement, value, kind) if isinstance(value, numba_ir.Expr) else None
        yield from self._kept(statement) if replaced is None else replaced

    def _made(self, statement: Any) -> None:
        value, name = statement.value, statement.target.name
        if isinstance(value, numba_ir.Var) and value.name in self.made:
            self.made[name] = self.made[value.name]
        elif isinstance(value, numba_ir.Expr) and value.op in _OPERANDS:
            self.made[name] = self._parts(value, self.typemap[name]), self.stores
        else:
            raise TypingError(f"an expression of arrays is kept; {CURE}", statement.loc)

    def _parts(self, value: Any, kind: ExpressionType) -> list[Any]:
        """The variables of an expression's parts."""
        operands = _OPERANDS[value.op](value)
        if value.op == "call" and value.func.name in self.receivers:
            operands = [self.receivers[value.func.name], *operands]
        if kind.text != RESHAPED:
            return operands[: len(kind.parts)]  # an axis is part of its text
        array, *dims = operands
        shape = definition(self.state.func_ir, dims[0])
        if isinstance(self.typemap[dims[0].name], types.BaseTuple):
            if not isinstance(shape, numba_ir.Expr) or shape.op != "build_tuple":
                raise TypingError("reshape in a kernel takes a shape whose extents are written out: (n, m)", value.loc)
            dims = shape.items
        return [array, *dims]

    def _replaced(self, statement: Any, value: Any, kind: types.Type) -> Iterator[Any] | None:
        """What is to stand in its place; None: the statement itself."""
        if value.op == "inplace_binop" and isinstance(kind, DeviceArray):
            return self._update(statement)
        if value.op == "getattr" and value.attr in METHODS and is_array(self.typemap[value.value.name]):
            self.receivers[statement.target.name] = value.value
            return iter(())
        if value.op == "call" and value.func.name in self.receivers:
            called = self.typemap[value.func.name].typing_key.partition(".")[2]
            return self._reduce(statement, called, self.receivers[value.func.name])
        function = self._function(value)
        if function in CREATED and isinstance(kind, DeviceArray):
            return self._create(statement, function)
        if function in REDUCING and is_array(self.typemap[value.args[0].name]):
            return self._reduce(statement, REDUCING[function], value.args[0])
        if function in PRODUCTS and all(is_array(self.typemap[each.name]) for each in _OPERANDS[value.op](value)):
            return self._multiply(statement)
        return None

    def _function(self, value: Any) -> Any:
        if value.op == "binop":
            return value.fn
        called = self.typemap[value.func.name] if value.op == "call" else None
        return called.typing_key if isinstance(called, types.Function) else None

    def _reduce(self, statement: Any, name: str, array: Any) -> Iterator[Any]:
        function, found = reduced(self.state.typingctx, name, self.typemap[array.name])
        yield from self._call(statement.target, function, found, list(self._leaves(array)))

    def _multiply(self, statement: Any) -> Iterator[Any]:
        operands = _OPERANDS[statement.value.op](statement.value)
        whole = dot(self.state.typingctx, [self.typemap[each.name] for each in operands])
        function, found = reduced(self.state.typingctx, "sum", whole)
        yield from self._call(
            statement.target, function, found, [leaf for each in operands for leaf in self._leaves(each)]
        )

    def _update(self, statement: Any) -> Iterator[Any]:
        """`x += e`: what e is made of is read as x is written."""
        value, context = statement.value, self.state.typingctx
        array = self.typemap[value.lhs.name]
        whole = elementwise(context, value.immutable_fn, [array, self.typemap[value.rhs.name]])
        sources = list(self._leaves(value.rhs))
        part = definition(self.state.func_ir, value.lhs)
        indexed = isinstance(part, numba_ir.Expr) and part.op in ("getitem", "static_getitem")
        target = (part.value, _index(part)) if indexed else (value.lhs, None)
        self._check_overlap(target, value.rhs, sources, statement.loc)
        yield from self._store(array, whole, value.lhs, target, [value.lhs, *sources], statement.loc)
        self.updated[statement.target.name] = value.lhs
        yield numba_ir.Assign(value.lhs, statement.target, statement.loc)

    def _create(self, statement: Any, function: Any) -> Iterator[Any]:
        value, loc = statement.value, statement.loc
        given = dict(zip(("shape", "dtype"), value.args)) | dict(value.kws)
        if "dtype" not in given:
            given["dtype"] = yield from self._constant(np.float64, types.NumberClass(types.float64), loc)
        fill = CREATED[function]
        zeros = yield from self._constant(fill == 0, types.literal(fill == 0), loc)
        arguments = [given["shape"], given["dtype"], zeros]
        kinds = tuple(self.typemap[each.name] for each in arguments)
        found = self.state.typingctx.resolve_function_type(PrivateArray, kinds, {})
        yield from self._call(statement.target, PrivateArray, found, arguments)
        if fill:
            kind, one = found.return_type, types.literal(fill)
            yield from self._store(kind, one, statement.target, (statement.target, None), [], loc)

    # -- what is assigned to parts of arrays -----------------------------------------------------------------
    def _setitem(self, statement: Any) -> Iterator[Any]:
        index = getattr(statement, "index_var", None) or statement.index
        if self._is_stored(statement, index):
            return
        value = self.typemap[statement.value.name]
        if not isinstance(value, ExpressionType):
            yield from self._kept(statement)
            return
        loc, array = statement.loc, self.typemap[statement.target.name]
        kinds = array, self.typemap[index.name]
        part = self.state.typingctx.resolve_function_type(operator.getitem, kinds, {})
        if part is None or not isinstance(part.return_type, DeviceArray):
            raise TypingError("an expression of arrays is assigned to one element; index it, or reduce it", loc)
        expression = numba_ir.Expr.getitem(statement.target, index, loc)
        self.state.calltypes[expression] = part
        view = self._variable(part.return_type, loc)
        yield self._defined(numba_ir.Assign(expression, view, loc))
        sources = list(self._leaves(statement.value))
        target = (statement.target, index)
        self._check_overlap(target, statement.value, sources, loc)
        yield from self._store(part.return_type, value, view, target, sources, loc)

    def _is_stored(self, statement: Any, index: Any) -> bool:
        """Whether it is the last part of `a[index] += e`, which `_update` has stored already."""
        array = self.updated.get(statement.value.name)
        part = None if array is None else definition(self.state.func_ir, array)
        if not isinstance(part, numba_ir.Expr) or part.op not in ("getitem", "static_getitem"):
            return False
        parts = ((part.value, statement.target), (_index(part), index))
        return all(origin(self.state.func_ir, a) == origin(self.state.func_ir, b) for a, b in parts)

    def _check_overlap(self, target: tuple[Any, Any], value: Any, sources: list[Any], loc: Any) -> None:
        elsewhere = (each for each in self._elsewhere(value) if is_array(self.typemap[each.name]))
        if any(may_share(self.state.func_ir, target, source) for source in elsewhere):
            what = "an expression reads other elements of the array that it is assigned to than the one that it makes"
            raise TypingError(f"{what}; {_AT_ONCE}", loc)
        for source in sources:
            if is_array(self.typemap[source.name]) and may_clash(self.state.func_ir, target, source):
                what = "an expression reads a part of the array that it is assigned to, shifted"
                raise TypingError(f"{what}; {_AT_ONCE}", loc)

    def _store(
        self, array: Any, value: Any, view: Any, target: tuple[Any, Any], sources: list[Any], loc: Any
    ) -> Iterator[Any]:
        """The assignment of a value with these leaves to `view`, which is `target`: an array and its index."""
        if isinstance(value, PickedType):
            raise TypingError(PICKED, loc)
        if isinstance(value, ExpressionType) and value.ndim > array.ndim:
            raise TypingError(f"an expression of {value.ndim} dimensions is assigned to a part of {array.ndim}", loc)
        same = frozenset(
            position for position, source in enumerate(sources)
            if self.typemap[source.name] == array
            and (source.name == view.name or is_same(self.state.func_ir, target, source))
        )  # fmt: skip
        function, found = assigned(self.state.typingctx, array, value, same)
        operands = [view, *(source for position, source in enumerate(sources) if position not in same)]
        yield from self._call(self._variable(types.none, loc), function, found, operands)
        self.stores += 1

    # -- Numba's IR ---------------------------------------------------------------------------------------------
    def _leaves(self, variable: Any) -> Iterator[Any]:
        """The variables of an expression's arrays and numbers, in the order of loops.leaves."""
        kind = self.typemap[variable.name]
        if not isinstance(kind, ExpressionType):
            if next(leaves(kind), None) is not None:
                yield variable
            return
        parts, stores = self.made.get(variable.name, (None, 0))
        if parts is None or stores != self.stores:
            raise TypingError(f"an expression of arrays is kept while arrays are written; {CURE}", variable.loc)
        for part in parts:
            yield from self._leaves(part)

    def _elsewhere(self, variable: Any) -> Iterator[Any]:
        """The arrays of which an expression reads other elements for one of its own than the one at the same place."""
        kind = self.typemap[variable.name]
        if not isinstance(kind, ExpressionType):
            return
        nothing: tuple[list[Any], int] = ([], 0)
        parts, _ = self.made.get(variable.name, nothing)
        for part in parts:
            if kind.text in (PRODUCT, RESHAPED) or OVER in kind.text or (kind.text == GATHERED and part is parts[0]):
                yield from self._leaves(part)
            else:
                yield from self._elsewhere(part)

    def _call(self, target: Any, function: Any, found: Any, operands: list[Any]) -> Iterator[Any]:
        kind = self.state.typingctx.resolve_value_type(function)
        callee = yield from self._constant(function, kind, target.loc)
        call = numba_ir.Expr.call(callee, operands, (), target.loc)
        self.state.calltypes[call] = found
        yield self._defined(numba_ir.Assign(call, target, target.loc))

    def _constant(self, value: Any, kind: types.Type, loc: Any) -> Generator[Any, None, Any]:
        variable = self._variable(kind, loc)
        yield self._defined(numba_ir.Assign(numba_ir.Global("loop", value, loc), variable, loc))
        return variable

    def _variable(self, kind: types.Type, loc: Any) -> Any:
        variable = numba_ir.Var(self.block.scope, mk_unique_var("$loop"), loc)
        self.typemap[variable.name] = kind
        return variable

    def _defined(self, statement: Any) -> Any:
        self.state.func_ir._definitions[statement.target.name] = [statement.value]
        return statement


def _index(part: Any) -> Any:
    """The variable of the index, of `x[index]`."""
    return part.index_var if part.op == "static_getitem" else part.index


#: kind of Numba's expression -> the variables that it is made of
_OPERANDS: dict[str, Callable[[Any], list[Any]]] = {
    "binop": lambda made: [made.lhs, made.rhs],
    "inplace_binop": lambda made: [made.lhs, made.rhs],
    "unary": lambda made: [made.value],
    "call": lambda made: list(made.args),
    "getitem": lambda made: [made.value, made.index],
}
