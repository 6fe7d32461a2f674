"""A loop over `range` that reads and writes elements: one work-item runs it as it stands.

for i in range(1, n):            # def f_12(xpu_item, xpu_first, xpu_stop, s_xpu_start, a, s_xpu_end):
    s = s * 0.5 + a[i]           #     s = s_xpu_start
    a[i] = s                     #     for i in range(xpu_first, xpu_stop): ...
return s                         #     s_xpu_end[()] = s
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from xpuarray.compiler.frontend.diagnosis import compile_error
from xpuarray.core.array import Array
from xpuarray.core.plans import Bounded
from xpuarray.errors import KernelArgumentError, KernelCompileError, LoopError, XpuarrayError
from xpuarray.functions.creation import empty
from xpuarray.lang.ranges import Range
from xpuarray.launch.arguments import pack_arguments
from xpuarray.launch.kernel import Kernel
from xpuarray.loops.accesses import Walk
from xpuarray.loops.accumulators import UNKNOWN, dtypes
from xpuarray.loops.indices import Numbers
from xpuarray.loops.kernels import filled
from xpuarray.loops.launches import as_number, natural
from xpuarray.loops.memory import sharing
from xpuarray.loops.names import assigned, loaded
from xpuarray.loops.nest import ABSENT, number
from xpuarray.loops.observed import launch, note
from xpuarray.loops.plans import KINDS, ArrayKind, is_constant, kind
from xpuarray.loops.proved import Proved
from xpuarray.loops.source import Source
from xpuarray.placement.devices import Device

__all__ = ["OneItem", "Serial", "unfit"]

_EXPRESSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda, ast.Dict, ast.Set, ast.List,
                ast.JoinedStr, ast.Yield, ast.YieldFrom, ast.Await, ast.Starred)  # fmt: skip
_STATEMENTS = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.If, ast.For, ast.While, ast.Expr, ast.Pass, ast.Break,
               ast.Continue)  # fmt: skip


def unfit(loop: ast.For) -> ast.AST | None:
    """What in a loop is nothing for a kernel, whatever the arguments are."""
    if loop.orelse:
        return loop.orelse[0]
    for node in ast.walk(loop):
        if isinstance(node, ast.stmt) and not isinstance(node, _STATEMENTS):
            return node
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            return node
        printing = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
        if printing or isinstance(node, _EXPRESSIONS):
            return node
    return None


class Serial:
    """A plain loop of a function, as it is called."""

    def __init__(
        self, source: Source, node: ast.For, meaning: Callable[[ast.AST], Any], names: Sequence[str],
        kept: Sequence[str], scope: Callable[[str], Any], options: Any, proved: Proved | None = None,
    ):  # fmt: skip
        self.source, self.node, self.meaning, self.options = source, node, meaning, options
        self.names, self.kept = tuple(names), tuple(kept)  #: of what comes in, and of what is read after it
        self.set = assigned([node])
        self.globals = loaded([node]) - {*names} - self.set
        self._scope, self._proved = scope, proved  #: what would have run it in parallel
        self._plans: Bounded[Any, OneItem | None] = Bounded(KINDS)

    def __call__(self, values: tuple[Any, ...], turns: range) -> tuple[Any, ...] | None:
        """Run it: the values of what is read after it; None if it is to run as Python."""
        if not turns:
            return None
        if self._proved is not None and self._proved.loop is None:
            self._proved.tell()
        key = tuple(map(kind, values))
        found = self._plans.get(key, _UNKNOWN)
        if found is _UNKNOWN:
            found = self._plans[key] = self._planned(values)
        if found is None:
            return None
        done = found.run(values, turns)
        why = done if isinstance(done, str) else ""
        note(lambda turns: f"line {self.node.lineno}: {found.told(turns, why)}", turns)
        return None if isinstance(done, str) else done

    @property
    def kernels(self) -> list[Kernel]:
        """Those that have been made."""
        return [found.kernel for found in self._plans.values() if found is not None and found.kernel is not None]

    def why_unbound(self, name: str) -> LoopError | None:
        """Why a variable has no value after it: never because of it."""

    def _planned(self, values: tuple[Any, ...]) -> OneItem | None:
        """How it is launched; None if it is about whole arrays, or about none."""
        known = dict(zip(self.names, values))
        kinds = {name: kind(value) for name, value in known.items()}
        arrays = {name: k for name, k in kinds.items() if isinstance(k, ArrayKind)}
        written = self._written(known, arrays) if arrays else None
        if written is None:
            return None
        device = next(iter(arrays.values())).device
        if device.info.type != "cpu" and not self.options.serial:
            raise self._refused(device)
        constants = {name: value for name, value in known.items() if is_constant(value)}
        return OneItem(self, device, known, written, {**{n: self._scope(n) for n in self.globals}, **constants})

    def _refused(self, device: Device) -> LoopError:
        cure = "write xp.prange if its turns are independent, @xp.jit(parallel='auto') to have that found out"
        if self._proved is not None:
            why = self._proved.why.partition("\n")[0].removeprefix(f"{self.source.name}: ")
            cure = f"it is not parallel ({why}): write it otherwise"
        return self.source.error(
            f"this loop reads and writes elements in its order, by one work-item of the many that {device} has; "
            f"{cure}, or @xp.jit(serial=True) to run it as it is",
            self.node.iter,
        )

    def _written(self, known: Mapping[str, Any], arrays: Mapping[str, ArrayKind]) -> set[str] | None:
        """The arrays that it writes to, if it is about elements of arrays, which ones depends on the turn, and about
        no other parts of them; else None."""
        if any(arrays[name].ndim for name in self.set & arrays.keys()):
            return None
        invariant = {name: False for name in known if name not in arrays and name not in self.set}
        numbers = Numbers(invariant, {name: k.ndim for name, k in arrays.items() if k.ndim})
        walk = Walk(
            numbers, self.source, self.meaning, lambda name: known[name] if name in known else self._scope(name), ()
        )
        try:
            walk.statement(self.node)
        except LoopError:
            return None
        extents = [extent for access in walk.accesses for extent in access.view.extents]
        varying = (e.low is None or e.low.symbols() & numbers.varying for e in extents)
        return None if walk.whole or not any(varying) else {a.view.array for a in walk.accesses if a.writes}


_UNKNOWN: Any = object()


class OneItem:
    """A kernel of one work-item."""

    first: tuple[str, ...] = ()  #: parameters before those of the loop

    def __init__(
        self, loop: Serial, device: Device, known: Mapping[str, Any], written: Iterable[str], scope: dict[str, Any],
        node: ast.For | None = None,
    ):  # fmt: skip
        self.loop, self.device = loop, device
        self.node = node or loop.node  #: what the kernel says
        self.written = [loop.names.index(name) for name in written]
        self.zero = {n for n, value in known.items() if type(value) is Array and not value.ndim}
        self.names = [name for name in loop.names if name not in scope]
        self.positions = [loop.names.index(name) for name in self.names]
        self.step = number(loop.node.iter.args[2]) if len(loop.node.iter.args) > 2 else 1  # type: ignore[attr-defined]
        self.kernel: Kernel | None = None
        self._dtypes: Bounded[Any, dict[str, np.dtype]] = Bounded(KINDS)
        self.reason = self._why_not(known)
        if not self.reason:
            around = {"__builtins__": __builtins__, "__name__": loop.source.function.__module__}
            scope = {name: value for name, value in scope.items() if value is not ABSENT}
            self.kernel = Kernel(
                self._function({**scope, **around}), fastmath=loop.options.fastmath, check=loop.options.check
            )

    def run(self, values: tuple[Any, ...], turns: range) -> tuple[Any, ...] | str:
        """The values of what is read after it; or why it is to run as Python."""
        if self.kernel is None:
            return self.reason
        if (shared := sharing(values, self.written)) is not None:  # of which Numba's compiler takes no account
            return " and ".join(f"`{self.loop.names[k]}`" for k in shared) + " share memory"
        try:
            arguments = self._arguments(values, turns)
            found = self._types(arguments)
            ends = [empty((), self.device.info.fit(found[name]), device=self.device) for name in self.loop.kept]
            self._launch([*arguments, *ends])
        except (KernelArgumentError, KernelCompileError) as error:
            self.kernel, self.reason = None, f"no kernel can be made of it: {error}"
            return self.reason
        return tuple(map(as_number, ends))

    def _arguments(self, values: tuple[Any, ...], turns: range) -> list[Any]:
        """What the kernel is called with, but for where it leaves what is read after it."""
        head = [turns.start, turns.stop, *([] if self.step else [turns.step])]
        given = [values[k] for k in self.positions]
        return [*map(natural, head), *(v if n in self.loop.set else natural(v) for n, v in zip(self.names, given))]

    def _launch(self, arguments: list[Any]) -> None:
        assert self.kernel is not None
        launch(self.kernel, Range(1), arguments)

    def told(self, turns: range, why: str) -> str:
        """How it ran."""
        if why or self.kernel is None:
            return f"as Python, element by element: {why}"
        return f"kernel {self.kernel.__name__} of one work-item: {len(turns):,} turn(s), one after the other"

    def _why_not(self, known: Mapping[str, Any]) -> str:
        loop = self.loop
        if (node := unfit(self._said())) is not None:
            return str(loop.source.error("kernels don't have this", node))
        for name in loop.set & known.keys():
            if is_constant(known[name]) or isinstance(known[name], (tuple, list)):
                return f"`{name}` may be no number before it"
        return ""

    def _said(self) -> ast.For:
        """The loop, as far as it is said by one work-item."""
        return self.loop.node

    def _parameter(self, name: str) -> str:
        return f"{name}_xpu_start" if name in self.zero or name in self.loop.set else name

    def _function(self, scope: dict[str, Any]) -> Any:
        loop = self.loop
        node = copy.deepcopy(self.node)
        assert isinstance(node.iter, ast.Call)
        step = f", {self.step}" if self.step else ", xpu_step"
        numbers = [*self.first, "xpu_first", "xpu_stop", *([] if self.step else ["xpu_step"])]
        given = ast.parse(f"(xpu_first, xpu_stop{step if self.step != 1 else ''})", mode="eval").body
        assert isinstance(given, ast.Tuple)
        for inner in ast.walk(given):
            ast.copy_location(inner, node.iter)
        node.iter.args = given.elts
        starts = [
            f"    {name} = {self._parameter(name)}{'[()]' * (name in self.zero)}"
            for name in self.names if self._parameter(name) != name
        ]  # fmt: skip
        ends = [f"    {name}_xpu_end[()] = {name}" for name in loop.kept]
        parameters = [*numbers, *map(self._parameter, self.names), *(f"{name}_xpu_end" for name in loop.kept)]
        return filled(loop.source, loop.node.iter, parameters, [*starts, "    xpu_body", *ends], [node], scope)

    def _types(self, arguments: list[Any]) -> dict[str, np.dtype]:
        """The dtypes of what is read after the loop. In the simulator nothing else finds what no kernel can do."""
        assert self.kernel is not None
        if not self.loop.kept and self.device.runtime.target != "simulator":
            return {}
        parameters = self.kernel.parameters[1 : 1 + len(arguments)]
        types = pack_arguments(self.kernel.__name__, parameters, arguments)[1]
        found = self._dtypes.get(types)
        if found is None:
            ends = [UNKNOWN._replace(ndim=0)] * len(self.loop.kept)
            try:
                found = self._dtypes[types] = dtypes(self.kernel.function, [*types, *ends], self.loop.kept)
            except XpuarrayError:
                raise
            except Exception as error:
                raise compile_error(self.kernel, self.device.info, error) from error
        return found
