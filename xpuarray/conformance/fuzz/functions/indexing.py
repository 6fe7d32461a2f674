"""Reading and writing elements: by masks, by arrays of indices, and both beside slices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from xpuarray.conformance.fuzz.functions.groups import Statement, group
from xpuarray.conformance.fuzz.functions.manipulation import key

_INDICES = ("int64", "int64", "int32", "uint8", "int8", "uint64", "int16")


def advanced(g: Any, shape: tuple[int, ...]) -> str:
    """An index with masks or arrays of indices in it."""
    if g.chance(0.35):  # a mask of the whole, or of the first axes
        depth = len(shape) if g.chance(0.7) else g.rng.randrange(1, len(shape) + 1)
        mask = g.leaf("bool", shape[:depth])
        return f"{mask}, {key(g, shape[depth:], whole=True)}" if depth < len(shape) and g.chance(0.4) else mask
    count = (g.pick((0, 1, 2, 3, 5)),) if g.chance(0.8) or len(shape) == 0 else (2, 2)
    parts: list[str] = []
    for extent in shape:
        if extent and (g.chance(0.6) or not parts):
            chosen = count if g.chance(0.8) else (1,)
            dtype = g.pick([d for d in _INDICES if np.iinfo(d).max >= extent])
            parts.append(g.indices(extent, chosen, dtype))
        else:
            parts.append(key(g, (extent,), whole=g.chance(0.8)))
    return ", ".join(parts)


@group("getitem", weight=8)
def read(g: Any, name: str) -> str | None:
    x = g.array(least=1)
    return f"{x}[{advanced(g, g.value(x).shape)}]"


@group("setitem", weight=12)
def write(g: Any, name: str) -> str | None:
    x = g.array(least=1, writable=True)
    place = key(g, g.value(x).shape) if g.chance(0.6) else advanced(g, g.value(x).shape)
    made = g.tried(f"{x}[{place}]")
    return None if made is None else Statement(f"{x}[{place}] = {_source(g, x, made)}")


def _source(g: Any, x: str, made: Any) -> str:
    """A value for a part of x: a scalar, an array that broadcasts to it, or another part of x itself."""
    dtype = g.value(x).dtype
    if g.chance(0.3):
        return g.pick(("0", "1", "True", "5")) if dtype.kind != "b" else g.pick(("True", "False"))
    kinds = {"b": "b", "u": "bu", "i": "bi", "f": "biuf", "c": "biufc"}[dtype.kind]
    same = [v for v in g.variables if g.fits(v, kinds) and g.value(v).shape == made.shape]
    if same and g.chance(0.5):
        return g.pick(same)
    if made.ndim == 1 and made.size and g.value(x).ndim == 1 and g.chance(0.5):  # which may overlap with it
        start = g.rng.randrange(g.value(x).size)
        overlapping = f"{x}[{start}:{start + made.size}]"
        if g.tried(overlapping).shape == made.shape:
            return overlapping
    return g.leaf(g.dtype(kinds), g.narrowed(made.shape))


@group("updated", weight=5, rounds=True, jumps=True)
def update(g: Any, name: str) -> str | None:
    """x[...] += y, and the ufuncs' `at`."""
    x = g.array("iufc", least=1, writable=True)
    place = key(g, g.value(x).shape) if g.chance(0.6) else advanced(g, g.value(x).shape)
    made = g.tried(f"{x}[{place}]")
    if made is None:
        return None
    value = g.pick(("1", "2")) if g.chance(0.5) else g.leaf(g.value(x).dtype.name, g.narrowed(made.shape))
    return Statement(f"{x}[{place}] {g.pick(('+=', '*=', '-='))} {value}")


@group("swap", weight=1)
def swap(g: Any, name: str) -> str | None:
    """Elements exchanged, as values and not as views."""
    x = g.array(ndim=1, size=2, writable=True)
    i, j = g.rng.sample(range(g.value(x).size), 2)
    return Statement(f"{x}[{i}], {x}[{j}] = {x}[{j}], {x}[{i}]")


@group("take take_along_axis compress extract choose select put_along_axis piecewise flatnonzero nonzero argwhere "
       "unravel_index ravel_multi_index fill_diagonal count_nonzero item", weight=12)  # fmt: skip
def functions(g: Any, name: str) -> str | None:
    x = g.array(least=1, size=1, writable=name in ("put_along_axis", "fill_diagonal"))
    shape = g.value(x).shape
    axis = g.rng.randrange(-len(shape), len(shape))
    if name == "take":
        if g.chance(0.4):
            return f"lib.take({x}, {g.indices(math.prod(shape), (4,))})"
        return f"lib.take({x}, {g.indices(shape[axis], (3,))}, axis={axis})"
    if name == "take_along_axis":
        wanted = list(shape)
        wanted[axis] = 2
        return f"lib.take_along_axis({x}, {g.indices(shape[axis], tuple(wanted))}, axis={axis})"
    if name == "put_along_axis":
        wanted = list(shape)
        wanted[axis] = 1
        return Statement(f"lib.put_along_axis({x}, {g.indices(shape[axis], tuple(wanted))}, 1, axis={axis})")
    if name in ("compress", "extract"):
        if name == "compress":
            return f"lib.compress({g.leaf('bool', (shape[axis],))}, {x}, axis={axis})"
        return f"lib.extract({g.leaf('bool', shape)}, {x})"
    if name == "choose":
        return f"lib.choose({g.indices(2, shape, 'int64')}, [{x}, {g.leaf(g.dtype(), shape)}], mode='wrap')"
    if name == "select":
        other = g.leaf(g.value(x).dtype.name, shape)
        return f"lib.select([{g.leaf('bool', shape)}, {g.leaf('bool', shape)}], [{x}, {other}])"
    if name == "piecewise":
        return f"lib.piecewise({x}, [{g.leaf('bool', shape)}], [{g.pick((1, 0))}, {g.pick((1, 0))}])"
    if name in ("nonzero",):
        return f"lib.nonzero({x})[{axis}]"
    if name == "unravel_index":
        return f"lib.unravel_index({g.indices(math.prod(shape), (4,), 'int64')} % {math.prod(shape)}, {shape})[{axis}]"
    if name == "ravel_multi_index":
        parts = ", ".join(f"{g.indices(n, (4,))} % {n}" for n in shape)
        return f"lib.ravel_multi_index(({parts},), {shape})"
    if name == "fill_diagonal":
        return Statement(f"lib.fill_diagonal({x}, 1)") if len(shape) == 2 else None
    if name == "item":
        return f"{x}.item({g.rng.randrange(math.prod(shape))})"
    if name == "count_nonzero" and g.chance(0.5):
        return f"lib.count_nonzero({x}, axis={axis})"
    return f"lib.{name}({x})"
