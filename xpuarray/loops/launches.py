"""The launches of a loop's kernel."""

from __future__ import annotations

import ast
import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from xpuarray.compiler.frontend.diagnosis import compile_error
from xpuarray.core.array import Array
from xpuarray.core.plans import Bounded
from xpuarray.core.promotion import as_dtype
from xpuarray.errors import KernelCompileError, RaceError, XpuarrayError
from xpuarray.functions import reductions
from xpuarray.functions.creation import empty, full
from xpuarray.lang.atomic import AtomicRef
from xpuarray.lang.ranges import Range
from xpuarray.launch.arguments import pack_arguments
from xpuarray.launch.kernel import Kernel
from xpuarray.loops.accumulators import UNKNOWN, check, dtypes
from xpuarray.loops.kernels import function
from xpuarray.loops.memory import sharing
from xpuarray.loops.observed import launch
from xpuarray.loops.plans import KINDS, Plan
from xpuarray.loops.polynomials import Polynomial
from xpuarray.placement.devices import Device, default_device

__all__ = ["Launches", "as_number", "natural"]

#: Bytes that the work-items' own parts of arrays take together, at most.
_OWN = 1 << 27
#: how values are joined -> how those of all work-items are, and with what was there before
_JOINED: dict[str, tuple[Callable[..., Any], Callable[[Any, Any], Any]]] = {
    "add": (reductions.sum, lambda before, x: before + x),
    "mul": (reductions.prod, lambda before, x: before * x),
    "min": (reductions.min, lambda before, x: x),
    "max": (reductions.max, lambda before, x: x),
    "and": (reductions.all, lambda before, x: x),
    "or": (reductions.any, lambda before, x: x),
}


class Launches:
    """A plan, its kernel, and how it is launched."""

    def __init__(self, names: tuple[str, ...], options: Any, plan: Plan, scope: dict[str, Any]):
        self.names, self.options = names, options  #: names of the values that come in
        self.plan, self.recipe, self.nest = plan, plan.recipe, plan.recipe.nest
        self._numbers = plan.recipe.told
        self._checked = False
        self.reason: str | None = None  #: why the loop runs as Python
        self._positions = [names.index(name) for name in plan.recipe.names]
        scope |= {
            "xpu_AtomicRef": AtomicRef,
            "__builtins__": __builtins__,
            "__name__": self.nest.source.function.__module__,
        }
        self.kernel = Kernel(function(plan.recipe, scope), fastmath=options.fastmath, check=options.check)
        self._starts = {name: names.index(name) for name in plan.recipe.reduced}
        self._dtypes: Bounded[Any, dict[str, np.dtype]] = Bounded(KINDS)
        changed = plan.written | (plan.recipe.arrays - self.nest.rebound)
        self._written = [names.index(name) for name in changed if name in names]

    def run(self, values: tuple[Any, ...], ranges: list[range]) -> tuple[Any, ...] | None:
        recipe = self.recipe
        spans = [_upwards(r) for r in ranges[: recipe.depth]]
        self._check_memory(values)
        given = [values[k] for k in self._positions]
        if not all(span[2] for span in spans):
            return tuple(values[k] for k in self._starts.values())
        try:
            if recipe.several:
                return self._several(values, given, spans)
            for part in self._parts(values, spans, ranges[0].step < 0):
                self._launch(Range(*(span[2] for span in part)), [*self._told(part), *map(natural, given)])
        except KernelCompileError as error:
            if not self.plan.whole:
                raise
            self.reason = str(error)
            return None
        return ()

    def told(self, ranges: list[range]) -> str:
        """A line about how it runs."""
        nest, recipe = self.nest, self.recipe
        if self.reason is not None:
            return (
                f"line {nest.line}: as Python on the device's arrays, for no kernel can be made of it:\n{self.reason}"
            )
        extents = " x ".join(f"{len(r):,}" for r in ranges[: recipe.depth])
        joined = "".join(f"; {name} by {kind}" for name, kind in recipe.reduced.items())
        atomic = f"; {len(recipe.atomic)} atomic update(s)" if recipe.atomic else ""
        memory = f"; memory of each work-item's own: {', '.join(recipe.memory)}" if recipe.memory else ""
        cut = "; in three parts, one after the other" if self.plan.cut is not None else ""
        return (
            f"line {nest.line}: kernel {self.kernel.__name__} over {extents} iteration(s){joined}{atomic}{memory}{cut}"
        )

    def _told(self, spans: list[tuple[int, int, int]]) -> list[Any]:
        """The first indices and steps that the kernel is told."""
        return [natural(spans[k][what]) for k, what in self._numbers]

    def _launch(self, range: Range, arguments: list[Any]) -> None:
        if not self._checked:
            self._check(range, arguments)
        launch(self.kernel, range, arguments)

    def _check(self, range: Range, arguments: list[Any]) -> None:
        """Whether a kernel can be made of it, where nothing is compiled that would say so."""
        device, types, _ = pack_arguments(self.kernel.__name__, self.kernel.parameters[1:], arguments)
        if self.plan.whole and device.runtime.target == "simulator":
            try:
                check(self.kernel.function, types, len(range))
            except Exception as error:
                raise compile_error(self.kernel, device.info, error) from error
        self._checked = True

    def _parts(
        self, values: tuple[Any, ...], spans: list[tuple[int, int, int]], backwards: bool
    ) -> list[list[tuple[int, int, int]]]:
        """The range, or what it is cut into, in the order of the loop."""
        if self.plan.cut is None:
            return [spans]
        ((first, step, count),) = spans
        place, rest = divmod(_value(self.plan.cut, dict(zip(self.names, values))) - first, step)
        if rest or not 0 <= place < count:
            return [spans]
        cut = [
            (first, step, place),
            (first + step * place, step, 1),
            (first + step * (place + 1), step, count - place - 1),
        ]
        made = [[part] for part in cut if part[2]]
        return made[::-1] if backwards else made

    def _check_memory(self, values: tuple[Any, ...]) -> None:
        """Two names for memory that is written would be taken for two arrays, and elements that repeat for several."""
        shared = sharing(values, self._written)
        if shared is not None and not self.options.unsafe:
            mine, other = (self.names[k] for k in shared)
            raise RaceError(
                f"{self.nest.source.name}: `{mine}`, which the prange at line {self.nest.line} writes, shares memory "
                f"with `{other}`: iterations might read what others write; write {other}.copy(), or "
                f"xp.jit(unsafe=True) if they don't"
            )

    # -- several iterations a work-item -----------------------------------------------------------------
    def _several(self, values: tuple[Any, ...], given: list[Any], spans: list[tuple[int, int, int]]) -> tuple[Any, ...]:
        recipe = self.recipe
        device = next((v._device for v in values if type(v) is Array), None) or default_device()
        known = dict(zip(self.names, values))
        own = {name: self._own(name, node, known, device) for name, node in recipe.memory.items()}
        total = math.prod(span[2] for span in spans)
        each = sum(math.prod(shape) * dtype.itemsize for shape, dtype in own.values())
        each += sum(known[name].nbytes for name in recipe.arrays)
        items = max(1, min(total, _items(device), _OWN // max(1, each)))
        if device.info.type == "cpu":
            reach = -(-total // items)
            items, counts = -(-total // reach), (reach, 1, reach, total)
        else:
            counts = (1, items, total, total)
        extents = [span[2] for span in spans[1:]]
        starts = {name: known[name] for name in recipe.reduced}
        given = [v if name in starts else natural(v) for name, v in zip(recipe.names, given)]
        head = [*self._told(spans), *map(natural, (*counts, *extents)), *given]
        found = self._dtype(device, head, starts, own)
        parts = [self._part(name, items, known[name], found, device) for name in recipe.reduced]
        memory = [empty((items, *shape), dtype, device=device) for shape, dtype in own.values()]
        self._launch(Range(items), [*head, *parts, *memory])
        return tuple(
            _joined(recipe.reduced[name], known[name], part, name in recipe.arrays, name in recipe.nest.rebound)
            for name, part in zip(recipe.reduced, parts)
        )

    def _dtype(self, device: Device, head: list[Any], starts: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
        names = [name for name in starts if name not in self.recipe.arrays]
        if not names:
            return {}
        parameters = self.kernel.parameters[1 : 1 + len(head)]
        types = pack_arguments(self.kernel.__name__, parameters, head)[1]
        found = self._dtypes.get(types)
        if found is None:
            parts = [
                UNKNOWN._replace(ndim=1 + starts[name].ndim, dtype=starts[name].dtype.name)
                if name in self.recipe.arrays else UNKNOWN
                for name in self.recipe.reduced
            ]  # fmt: skip
            parts += [UNKNOWN._replace(ndim=1 + len(shape), dtype=dtype.name) for shape, dtype in own.values()]
            try:
                found = dtypes(self.kernel.function, [*types, *parts], names)
            except XpuarrayError:
                raise
            except Exception as error:
                raise compile_error(self.kernel, device.info, error) from error
            self._check_bools(found)
            self._dtypes[types] = found
        return found

    def _check_bools(self, found: dict[str, np.dtype]) -> None:
        for name, dtype in found.items():
            if self.recipe.reduced[name] in ("and", "or") and dtype != np.bool_:
                place = self.nest.carried[name]
                raise self.nest.source.error(f"`{name}` is {dtype} in the prange; `and` and `or` join bools", place)

    def _part(self, name: str, items: int, start: Any, found: dict[str, Any], device: Device) -> Array:
        if name not in self.recipe.arrays:
            return empty((items,), device.info.fit(found[name]), device=device)
        kind = self.recipe.reduced[name]
        if kind in ("add", "mul"):
            return full((items, *start.shape), int(kind == "mul"), start.dtype, device=device)
        part = empty((items, *start.shape), start.dtype, device=device)
        part[...] = start
        return part

    def _own(
        self, name: str, node: ast.Assign, known: dict[str, Any], device: Device
    ) -> tuple[tuple[int, ...], np.dtype]:
        """Shape and dtype of an array that each work-item has."""
        shape, given = self._shapes[name](known)
        dtype = device.info.fit(np.dtype(float)) if given is None else as_dtype(given, device)
        return tuple(map(int, shape)) if isinstance(shape, (tuple, list)) else (int(shape),), dtype

    @functools.cached_property
    def _shapes(self) -> dict[str, Callable[[dict[str, Any]], Any]]:
        made: dict[str, Callable[[dict[str, Any]], Any]] = {}
        for name, node in self.recipe.memory.items():
            call = node.value
            assert isinstance(call, ast.Call)
            given = dict(zip(("shape", "dtype"), map(ast.unparse, call.args)))
            given |= {str(k.arg): ast.unparse(k.value) for k in call.keywords}
            code = compile(f"({given['shape']}, {given.get('dtype')})", "<shape>", "eval")
            made[name] = functools.partial(eval, code, dict(self.kernel.function.__globals__))
        return made


def _upwards(r: range) -> tuple[int, int, int]:
    """First index, step and count, so that indices go up: the order of a prange makes no difference."""
    return (r.start, r.step, len(r)) if r.step > 0 else (r[-1] if r else 0, -r.step, len(r))


def natural(value: Any) -> Any:
    """A number of which the compiler knows that it is not negative, if it isn't: indices of such numbers are faster."""
    return np.uint32(value) if type(value) is int and 0 <= value < 1 << 32 else value


def as_number(value: Any) -> Any:
    """What Python goes on with after a loop over `range`: integers, which may count or index, and bools are read."""
    return value.item() if type(value) is Array and not value.ndim and value.dtype.kind in "iub" else value


def _items(device: Device) -> int:
    """How many work-items a device is given, where each takes several iterations."""
    return 64 * device.info.compute_units if device.info.type == "cpu" else 1 << 16


def _joined(kind: str, before: Any, part: Array, is_array: bool, rebound: bool) -> Any:
    whole, with_before = _JOINED[kind]
    if not is_array:
        return with_before(before, whole(part))
    after = with_before(before, whole(part, axis=0))
    if rebound:
        return after
    before[...] = after
    return before


def _value(polynomial: Polynomial, known: dict[str, Any]) -> int:
    """What a polynomial of numbers that are known comes to."""
    total = 0
    for term, k in polynomial.items():
        for name in term:
            array, dot, axis = name.partition(".shape[")
            k *= known[array].shape[int(axis[:-1])] if dot else int(known[name])
        total += k
    return total
