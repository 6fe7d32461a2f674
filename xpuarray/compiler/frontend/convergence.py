"""Barriers, and other functions of a whole group, that not every work-item of the group reaches.

That is undefined: a device waits for ever, leaves results out, or goes on.  So the compiler warns where such a call
stands under a condition that differs between work-items, or behind a way out that not all take.  It follows through
a kernel and the functions it calls which values differ: ids and what is made of them, what is read from places
that differ, what atomics return, and variables that are set on different ways.
"""

from __future__ import annotations

import linecache
import warnings
from collections.abc import Iterator, Sequence
from types import FunctionType
from typing import Any, NamedTuple

from numba.core import analysis, compiler, ir
from numba.core.ssa import reconstruct_ssa

from xpuarray.compiler.frontend.linking import function_of
from xpuarray.errors import KernelWarning
from xpuarray.lang import group as group_functions
from xpuarray.lang.memory import PrivateArray
from xpuarray.text import place

__all__ = ["warn_of_barriers"]

#: Among which work-items a value is the same: those of a work-group, those of a sub-group, none
GROUP, SUB_GROUP, ITEM = range(3)


class Value(NamedTuple):
    """What is known of a variable: among which work-items it is the same, and which word of the language it is."""

    level: int = GROUP
    kind: str = ""  #: "item", "group", "sub_group", "private" (memory) or ""


#: The arguments of a function of a group that say which group it is, and what its result is the same among
_RESULTS = {"group_scan": ITEM, "shuffle": ITEM}
_IDS_OF_SUB_GROUPS = {"get_local_id": ITEM, "get_group_id": SUB_GROUP, "get_local_range": SUB_GROUP}
_GROUPS = {"get_group": "group", "get_sub_group": "sub_group"}
_ATOMICS = ("fetch_", "exchange", "compare_exchange", "load")


class Barrier(NamedTuple):
    """A call that not every work-item reaches, and the condition that decides."""

    name: str
    where: ir.Loc
    condition: ir.Loc


def warn_of_barriers(kernel: str, function: FunctionType) -> bool:
    """Give a KernelWarning for each call of a group's function that not every work-item of it reaches.

    Returns whether there is one.
    """
    found: dict[tuple[str, int], Barrier] = {}
    _Function(function, [Value(kind="item")], None).returned(found)
    for barrier in found.values():
        where, why = barrier.where, barrier.condition
        line = f"line {why.line}" if why.filename == where.filename else place(why.filename, why.line)
        warnings.warn_explicit(
            f"kernel {kernel}: not every work-item reaches {barrier.name} ({place(where.filename, where.line)}: "
            f"{_source(where)}), because {line} ({_source(why)}) differs between work-items. What it then does is "
            "undefined: let all of a group reach it, and put the condition around the rest",
            KernelWarning, where.filename, where.line,
        )  # fmt: skip
    return bool(found)


def _source(where: ir.Loc) -> str:
    return linecache.getline(where.filename, where.line).strip()


class _Branch(NamedTuple):
    condition: str
    where: ir.Loc
    within: set[int]  #: blocks on its ways, up to where all meet again
    joins: set[int]  #: blocks where some of its ways meet


class _Function:
    """One function, called with arguments of which so much is known.

    cause: the condition by which not every work-item calls it, and among which work-items that is the same
    """

    def __init__(self, function: FunctionType, arguments: Sequence[Value], cause: tuple[int, ir.Loc] | None):
        self._arguments, self._cause = arguments, cause
        self._ir = reconstruct_ssa(compiler.run_frontend(function))
        self._made = {s.target.name: s.value for s in self._statements(ir.Assign)}
        self._values: dict[str, Value] = {}
        self._branches = list(self._find_branches())
        self._blocks: dict[int, tuple[int, ir.Loc] | None] = {}

    def returned(self, found: dict[tuple[str, int], Barrier] | None = None) -> int:
        """Among which work-items the result is the same; found: gets the calls that not all reach."""
        while self._step():
            pass
        if found is not None:
            for label, block in self._ir.blocks.items():
                for statement in block.find_insts(ir.Assign):
                    if isinstance(statement.value, ir.Expr) and statement.value.op == "call":
                        self._look(statement.value, self._blocks[label], found)
        ends = [(label, s) for label, b in self._ir.blocks.items() for s in b.find_insts(ir.Return)]
        apart = max((self._level_of(label) for label, _ in ends), default=GROUP) if len(ends) > 1 else GROUP
        return max([apart, *(self._value(s.value).level for _, s in ends)])

    # -- which values differ ---------------------------------------------------------------------------
    def _step(self) -> bool:
        """Work everything out from what is known; whether that is more than before."""
        before, blocks = dict(self._values), dict(self._blocks)
        self._blocks = {label: self._cause_of(label) for label in self._ir.blocks}
        for label, block in self._ir.blocks.items():
            for statement in block.find_insts(ir.Assign):
                name, new = statement.target.name, self._evaluate(statement.value, label)
                old = self._values.get(name, Value())
                self._values[name] = Value(max(old.level, new.level), new.kind or old.kind)
        return before != self._values or blocks != self._blocks

    def _cause_of(self, label: int) -> tuple[int, ir.Loc] | None:
        causes = [(self._named(b.condition).level, b.where) for b in self._branches if label in b.within]
        causes = [c for c in [*causes, *([self._cause] if self._cause else [])] if c[0] > GROUP]
        return max(causes, key=lambda c: c[0], default=None)

    def _level_of(self, label: int) -> int:
        cause = self._blocks.get(label)
        return GROUP if cause is None else cause[0]

    def _named(self, name: str) -> Value:
        return self._values.get(name, Value())

    def _value(self, variable: Any) -> Value:
        return self._named(variable.name) if isinstance(variable, ir.Var) else Value()

    def _evaluate(self, made: Any, label: int) -> Value:
        if isinstance(made, ir.Arg):
            return self._arguments[made.index] if made.index < len(self._arguments) else Value()
        if isinstance(made, ir.Var):
            return self._value(made)
        if not isinstance(made, ir.Expr):
            return Value()
        if made.op == "phi":
            values = [self._value(v) for v in made.incoming_values]
            meet = [self._named(b.condition).level for b in self._branches if label in b.joins]
            return Value(max([GROUP, *meet, *(v.level for v in values)]), values[0].kind if values else "")
        if made.op == "cast":
            return self._value(made.value)
        if made.op == "call":
            return self._called(made, label)
        if made.op == "getattr":
            return self._attribute(self._value(made.value), made.attr)
        level = max([GROUP, *(self._value(v).level for v in made.list_vars())])
        if made.op in ("getitem", "static_getitem") and self._value(made.value).kind == "private":
            level = ITEM
        return Value(level)

    def _attribute(self, base: Value, name: str) -> Value:
        if name == "leader" and base.kind == "group":
            return Value(ITEM)
        return Value(GROUP if name in ("shape", "size", "ndim", "dtype") else base.level)

    def _called(self, call: ir.Expr, label: int) -> Value:
        arguments = [self._value(v) for v in (*call.args, *(v for _, v in call.kws))]
        most = max([GROUP, *(a.level for a in arguments)])
        made = self._made.get(call.func.name)
        if isinstance(made, ir.Expr) and made.op == "getattr":
            base = self._value(made.value)
            if base.kind:
                return _word(base.kind, made.attr)
            if made.attr.startswith(_ATOMICS):
                return Value(ITEM)
        function = self._constant(call.func)
        if name := _of_groups(function):
            of_all = GROUP if self._group(call) == "group" else SUB_GROUP
            return Value(_RESULTS.get(name, of_all))
        if function is PrivateArray:
            return Value(kind="private")
        if (callee := function_of(function)) is not None:
            return Value(_Function(callee, arguments, self._blocks.get(label)).returned())
        return Value(most)

    def _group(self, call: ir.Expr) -> str:
        given = [*call.args, *(v for _, v in call.kws)]
        return self._value(given[0]).kind if given else ""

    def _constant(self, variable: ir.Var) -> Any:
        """The Python object that a variable stands for; None if that is not known."""
        made = self._made.get(variable.name)
        if isinstance(made, (ir.Global, ir.FreeVar)):
            return made.value
        if isinstance(made, ir.Var):
            return self._constant(made)
        if isinstance(made, ir.Expr) and made.op == "getattr":
            return getattr(self._constant(made.value), made.attr, None)
        return None

    # -- which calls are not reached by all ------------------------------------------------------------
    def _look(self, call: ir.Expr, cause: tuple[int, ir.Loc] | None, found: dict[tuple[str, int], Barrier]) -> None:
        function = self._constant(call.func)
        if name := _of_groups(function):
            least = GROUP if self._group(call) == "group" else SUB_GROUP
            if cause is not None and cause[0] > least:
                found.setdefault((call.loc.filename, call.loc.line), Barrier(name, call.loc, cause[1]))
        elif (callee := function_of(function)) is not None:
            arguments = [self._value(v) for v in (*call.args, *(v for _, v in call.kws))]
            _Function(callee, arguments, cause).returned(found)

    # -- ways ------------------------------------------------------------------------------------------
    def _statements(self, kind: type) -> Iterator[Any]:
        for block in self._ir.blocks.values():
            yield from block.find_insts(kind)

    def _find_branches(self) -> Iterator[_Branch]:
        graph = analysis.compute_cfg_from_blocks(self._ir.blocks)
        behind = graph.post_dominators()
        for label, block in self._ir.blocks.items():
            end = block.terminator
            if not isinstance(end, ir.Branch):
                continue
            meets = max(behind[label] - {label}, key=lambda b: len(behind[b]), default=None)
            within = _reached(graph, label, meets)
            sources = within | {label}
            joins = {
                b
                for b in (*within, *([] if meets is None else [meets]))
                if sum(before in sources for before, _ in graph.predecessors(b)) > 1
            }
            yield _Branch(end.cond.name, end.loc, within, joins)


def _reached(graph: Any, label: int, until: int | None) -> set[int]:
    """The blocks that can follow one, before `until`."""
    seen: set[int] = set()
    todo = [after for after, _ in graph.successors(label)]
    while todo:
        if (block := todo.pop()) != until and block not in seen:
            seen.add(block)
            todo += [after for after, _ in graph.successors(block)]
    return seen


def _word(kind: str, method: str) -> Value:
    """What a method of an item or a group returns."""
    if method in _GROUPS and kind == "item":
        return Value(kind=_GROUPS[method])
    if kind == "sub_group":
        return Value(_IDS_OF_SUB_GROUPS.get(method, GROUP))
    return Value(ITEM if kind == "item" and method.endswith("_id") else GROUP)


def _of_groups(function: Any) -> str:
    """The name of a function that a whole group has to call; "" for any other."""
    name = getattr(function, "__name__", "")
    return name if name in group_functions.__all__ and getattr(group_functions, name) is function else ""
