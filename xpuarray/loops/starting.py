"""A prange whose kernel compiled code starts (around.py): the function that stands in its place there.

for i in prange(1, n):       # start(1, n, x)

def start(start0, stop0, x):               # an iteration or none of a loop that runs from 1 to n
    first0, n0 = start0, max(0, stop0 - start0)
    xpu_start(n0, first0, x)
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Mapping, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from xpuarray.errors import LoopError
from xpuarray.lang.types import ArrayType, KernelType, TupleType
from xpuarray.loops.launches import Launches
from xpuarray.loops.loop import Loop
from xpuarray.loops.nest import number
from xpuarray.loops.plans import ArrayKind
from xpuarray.loops.polynomials import Polynomial
from xpuarray.placement.devices import Device

__all__ = ["Starting"]


class Starting:
    """A loop whose kernel is started by compiled code, on the host.

    constants: what of its names are no arguments; arrays: those that may be arrays, as each is memory of its own
    """

    def __init__(self, loop: Loop, constants: Mapping[str, Any], arrays: set[str], host: Device):
        self.loop, self.constants, self._arrays, self._host = loop, constants, arrays, host
        self.names = [name for name in loop.names if name not in constants]
        self.parameters = [f"xpu_{what}{k}" for k in range(len(loop.nest.spans)) for what in ("start", "stop")]
        self.parameters += self.names

    def call(self) -> ast.Call:
        """What stands in its place; the function's name is yet to be filled in."""
        bounds = [part for span in self.loop.nest.spans for part in (span.start, span.stop)]
        return ast.Call(ast.Name("", ast.Load()), [*bounds, *(ast.Name(name, ast.Load()) for name in self.names)], [])

    @functools.cached_property
    def started(self) -> Any:
        """The function, for Numba."""
        from xpuarray.compiler.targets.started import Started

        return Started(_function(self.parameters, ["pass"], {}), self._planned, self._host.info)

    def _planned(self, types: Sequence[KernelType]) -> Any:
        from xpuarray.compiler.targets.started import Planned

        given = dict(zip(self.parameters, types))
        for name, kind in given.items():
            if name.startswith("xpu_") and (not isinstance(kind, str) or "int" not in kind.replace("index", "int")):
                raise LoopError(f"a prange counts with integers, not {kind}")
            if isinstance(kind, ArrayType) and name not in self._arrays:
                raise LoopError(f"`{name}` is part of an array, and might be one that the prange writes")
        kinds = {name: self._kind(given[name]) for name in self.names}
        steps = [number(span.step) for span in self.loop.nest.spans]
        if not all(steps):
            raise LoopError("the step of a prange is no constant")
        naturals = [
            given[f"xpu_start{k}"] == "index" and (step > 0 or given[f"xpu_stop{k}"] == "index")  # type: ignore[operator]
            for k, step in enumerate(steps)
        ]
        launches = self.loop.planned(kinds, naturals, self.constants)
        if launches.recipe.several:
            raise LoopError("its iterations join values, or have memory of their own")
        kernels: list[KernelType] = ["index" if what or naturals[k] else "int64" for k, what in launches.recipe.told]
        kernels += [given[name] for name in launches.recipe.names]
        lines = _lines(launches, steps, naturals)  # type: ignore[arg-type]
        return Planned(
            launches.kernel, launches.recipe.depth, tuple(kernels), functools.partial(_function, self.parameters, lines)
        )

    def _kind(self, kind: KernelType) -> Any:
        """What of it a plan depends on; see `plans.kind`."""
        if isinstance(kind, ArrayType):
            return ArrayKind(kind.ndim, np.dtype(kind.dtype), self._host)
        if isinstance(kind, TupleType):
            return tuple(map(self._kind, kind.items))
        return "natural" if kind == "index" else np.dtype(str(kind)).type


def _function(parameters: Sequence[str], lines: Sequence[str], scope: dict[str, Any]) -> FunctionType:
    body = "".join(f"    {line}\n" for line in lines)
    exec(f"def start({', '.join(parameters)}):\n{body}", scope)
    return scope["start"]  # type: ignore[no-any-return]


def _lines(launches: Launches, steps: Sequence[int], naturals: Sequence[bool]) -> list[str]:
    """Counts iterations upwards, whose order makes no difference, and starts what there is to start."""
    recipe, cut = launches.recipe, launches.plan.cut
    lines = []
    for k, step in enumerate(steps[: recipe.depth]):
        low, high = ("start", "stop") if step > 0 else ("stop", "start")
        lines.append(f"n{k} = as_index(max(0, (xpu_{high}{k} - xpu_{low}{k} + {abs(step) - 1}) // {abs(step)}))")
        first = f"xpu_start{k}" + ("" if step > 0 else f" - (n{k} - 1) * {-step}")
        lines.append(f"first{k} = {_known(first, naturals[k])}")

    def start(count: str, first: str) -> str:
        numbers = [str(abs(steps[k])) if what else first if k == 0 else f"first{k}" for k, what in recipe.told]
        extents = [count, *(f"n{k}" for k in range(1, recipe.depth))]
        return f"xpu_start({', '.join([*extents, *numbers, *recipe.names])})"

    if cut is None:
        return [*lines, start("n0", "first0")]
    step = abs(steps[0])
    parts = [("place", "0"), ("1", "place"), ("n0 - place - 1", "(place + 1)")]
    return [
        *lines,
        f"place = {_text(cut)} - first0",
        f"if place % {step} != 0 or place < 0 or place >= n0 * {step}:",
        f"    {start('n0', 'first0')}",
        "else:",
        f"    place = as_index(place // {step})",
        *(
            f"    {start(f'as_index({count})', _known(f'first0 + {before} * {step}', naturals[0]))}"
            for count, before in (parts if steps[0] > 0 else parts[::-1])
        ),
    ]


def _known(number: str, natural: bool) -> str:
    """The source of a number of which it is known, if it is `natural`, that it is not negative."""
    return f"as_index({number})" if natural else number


def _text(polynomial: Polynomial) -> str:
    """The source of a polynomial of numbers that are arguments."""
    return " + ".join("*".join([str(k), *term]) for term, k in polynomial.items()) or "0"
