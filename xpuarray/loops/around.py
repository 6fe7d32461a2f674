"""A loop over `range` around pranges: where it is about numbers and elements, the host runs it as compiled code, which
starts the pranges' kernels. So they cost what a parallel loop costs, and no launch from Python.

for k in range(n):               # def f_12(xpu_item, xpu_left, xpu_first, xpu_stop, x):
    for i in prange(m):          #     for k in range(xpu_first, xpu_stop):
        x[i] += x[k]             #         xpu_left[0] -= 1
                                 #         if xpu_left[0] < 0:
                                 #             xpu_look()
                                 #             if xpu_left[0] < 0: return
                                 #         xpu_start_0(0, m, x, k)

Every so often it looks whether Python has a signal to handle: `xpu_look` (pace.py) says after how many turns again.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from xpuarray.core import pending
from xpuarray.core.array import Array, made_by_numpy
from xpuarray.core.modes import current
from xpuarray.errors import LoopError
from xpuarray.functions.conversion import asarray
from xpuarray.lang.device_functions import DeviceFunction
from xpuarray.lang.ranges import ONCE, SPACES
from xpuarray.launch.arguments import pack_arguments
from xpuarray.loops.accesses import Walk
from xpuarray.loops.indices import Numbers
from xpuarray.loops.loop import Loop
from xpuarray.loops.observed import is_observed
from xpuarray.loops.pace import Pace, look
from xpuarray.loops.plans import ArrayKind, is_constant, kind
from xpuarray.loops.serial import OneItem, Serial
from xpuarray.loops.starting import Starting
from xpuarray.placement.devices import Device, as_device

__all__ = ["Around"]

_HEAD = """
xpu_left[0] -= 1
if xpu_left[0] < 0:
    xpu_look()
    if xpu_left[0] < 0:
        return
"""


class Around(Serial):
    """A plain loop of a function with pranges in it, as it is called."""

    def __init__(self, *args: Any, loops: Mapping[ast.For, Loop]):
        super().__init__(*args)
        self.loops = loops  #: the outermost pranges in it

    def __call__(self, values: tuple[Any, ...], turns: range) -> tuple[Any, ...] | None:
        return None if self.options.check else super().__call__(values, turns)

    def _planned(self, values: tuple[Any, ...]) -> OneItem | None:
        known = dict(zip(self.names, values))
        arrays = {name: k for name, value in known.items() if isinstance(k := kind(value), ArrayKind)}
        devices = {k.device for k in arrays.values()}
        if len(devices) != 1 or any(arrays[name].ndim for name in self.set & arrays.keys()):
            return None
        (device,) = devices
        if device.info.type != "cpu" or not device.runtime.host_sees:
            return None
        constants = {name: value for name, value in known.items() if is_constant(value)}
        if any(isinstance(self._scope(name), DeviceFunction) for name in self.globals):
            return None  # another function under xp.jit, whose own pranges would be plain loops there
        try:
            written = {a.view.array for a in self._walk(self.node, known, arrays).accesses if a.writes}
            whole = self._walk(_replaced(self.node, self.loops, lambda loop: ast.Pass()), known, arrays).whole
        except LoopError:
            return None
        return _Compiled(self, device, known, written, constants, {n for n, k in arrays.items() if k.ndim}, whole)

    def _walk(self, node: ast.For, known: Mapping[str, Any], arrays: Mapping[str, ArrayKind]) -> Walk:
        invariant = {name: False for name in known if name not in arrays and name not in self.set}
        walk = Walk(
            Numbers(invariant, {name: k.ndim for name, k in arrays.items() if k.ndim}), self.source, self.meaning,
            lambda name: known[name] if name in known else self._scope(name), (),
        )  # fmt: skip
        walk.statement(node)
        return walk


class _Compiled(OneItem):
    """The loop as the host runs it."""

    first = ("xpu_left",)

    def __init__(
        self, loop: Around, device: Device, known: Mapping[str, Any], written: set[str], constants: Mapping[str, Any],
        arrays: set[str], whole: bool,
    ):  # fmt: skip
        self.there = device  #: where the arrays are
        self._whole = whole
        host = as_device("host")
        scope = {**{name: loop._scope(name) for name in loop.globals}, **constants}
        starting: list[Starting] = []

        def start(inner: Loop) -> ast.stmt:
            starting.append(made := Starting(inner, constants, arrays, host))
            call = made.call()
            assert isinstance(call.func, ast.Name)
            call.func.id = name = f"xpu_start_{len(starting) - 1}"
            scope[name] = made.started
            return ast.Expr(call)

        node = _replaced(loop.node, loop.loops, start, ast.parse(_HEAD).body)
        scope["xpu_look"] = look
        self._left = asarray(np.zeros(1, np.int64), device=host)
        super().__init__(loop, host, known, written, scope, node)

    def run(self, values: tuple[Any, ...], turns: range) -> tuple[Any, ...] | str:
        if reason := self._against(values):
            return reason
        try:
            done = super().run(values, turns)
        except _Observed:
            return ""
        if isinstance(done, str) or self.there is self.device:
            return done
        return tuple(made_by_numpy(value._native, self.there) if isinstance(value, Array) else value for value in done)

    def told(self, turns: range, why: str) -> str:
        if why or self.kernel is None:
            return f"as Python, which launches the kernels inside: {why}"
        return f"kernel {self.kernel.__name__} of one work-item: {len(turns):,} turn(s), which start the kernels inside"

    def _said(self) -> ast.For:
        return _replaced(self.loop.node, self.loop.loops, lambda loop: ast.Pass())  # type: ignore[attr-defined]

    def _against(self, values: tuple[Any, ...]) -> str:
        """Why the device's own kernels are better for these arrays."""
        few = self.there.runtime.host_until
        if self.there is self.device and not self._whole:
            return ""
        sizes = (value.size for value in values if type(value) is Array)
        return f"its arrays have more than {few:,} elements" if max(sizes) > few or current().route != "auto" else ""

    def _arguments(self, values: tuple[Any, ...], turns: range) -> list[Any]:
        if self.there is not self.device:
            values = self._seen(values)
        return [self._left, *super()._arguments(values, turns)]

    def _seen(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        """The values, with arrays in the same memory that are the host's."""
        runtime = self.there.runtime
        pending.materialize_all_readers(values)
        seen = [runtime.in_sight(v._native) if type(v) is Array else None for v in values]
        runtime.wait()
        return tuple(v if there is None else Array(there, self.device) for v, there in zip(values, seen))

    def _launch(self, arguments: list[Any]) -> None:
        assert self.kernel is not None
        if is_observed():  # which wants to see every loop: Python launches them
            types = pack_arguments(self.kernel.__name__, self.kernel.parameters[1:], arguments)[1]
            self.kernel.executable(self.device, SPACES[0], types)
            raise _Observed
        with Pace(self._left._native):
            self.kernel.launch(ONCE, arguments)


def _unset(name: str) -> ast.stmt:
    """No iteration is the last: as a number, the variable is nothing that compiles."""
    return ast.Assign([ast.Name(name, ast.Store())], ast.Constant(Ellipsis))


class _Observed(Exception):  # noqa: N818
    """The loop is to be run by Python."""


def _replaced(
    loop: ast.For, inner: Mapping[ast.For, Loop], instead: Callable[[Loop], ast.stmt], head: Sequence[ast.stmt] = ()
) -> Any:
    """The loop with other statements for its pranges, and `head` as the first ones of every loop around them."""

    class Replaced(ast.NodeTransformer):
        def visit_For(self, node: ast.For) -> Any:
            if node not in found:
                return self._around(node)
            made = [instead(found[node]), *map(_unset, sorted(found[node].nest.set))]
            return [ast.copy_location(ast.fix_missing_locations(each), node) for each in made]

        def visit_While(self, node: ast.While) -> Any:
            return self._around(node)

        def _around(self, node: Any) -> Any:
            around = any(each in found for each in ast.walk(node))
            made = self.generic_visit(node)
            if around:
                made.body = [*copy.deepcopy([*head]), *made.body]  # type: ignore[attr-defined]
            return made

    copied = copy.deepcopy(loop)
    found: dict[ast.AST, Loop] = {b: inner[a] for a, b in zip(ast.walk(loop), ast.walk(copied)) if a in inner}  # type: ignore[index]
    return ast.fix_missing_locations(Replaced().visit(copied))
