"""Views of any shape and step, copies, joining and splitting, creation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from xpuarray.conformance.fuzz.functions.groups import Statement, group


def key(g: Any, shape: tuple[int, ...], whole: bool = False) -> str:
    """A basic index: slices with any steps, integers, an ellipsis, new axes."""
    parts: list[str] = []
    for extent in shape:
        if extent and not whole and g.chance(0.2):
            parts.append(str(g.rng.randrange(-extent, extent)))
        elif g.chance(0.3):
            parts.append(":")
        else:
            ends = ["", "", *(str(g.rng.randrange(-extent - 1, extent + 2)) for _ in range(2))]
            parts.append(f"{g.pick(ends)}:{g.pick(ends)}:{g.pick(('', '', '1', '2', '3', '-1', '-1', '-2', '5'))}")
    if parts and g.chance(0.2):
        parts = [*parts[: (cut := g.rng.randrange(len(parts)))], "...", *parts[cut + g.pick((0, 1)) :]]
    elif parts and g.chance(0.2):
        parts = parts[: g.rng.randrange(1, len(parts) + 1)]
    if g.chance(0.1):
        parts.insert(g.rng.randrange(len(parts) + 1), "None")
    return ", ".join(parts) or "..."


@group("slice", weight=14)
def slices(g: Any, name: str) -> str | None:
    x = g.array(least=1)
    return f"{x}[{key(g, g.value(x).shape, whole=g.chance(0.7))}]"


@group("reshape ravel flatten transpose T swapaxes moveaxis rollaxis squeeze expand_dims permute_dims matrix_transpose "
       "flip fliplr flipud rot90 roll broadcast_to atleast_1d atleast_2d atleast_3d diagonal copy astype")  # fmt: skip
def shapes(g: Any, name: str) -> str | None:
    least = {"swapaxes": 1, "moveaxis": 1, "rollaxis": 1, "matrix_transpose": 2, "fliplr": 2, "flipud": 1, "rot90": 2,
             "diagonal": 2}.get(name, 0)  # fmt: skip
    x = g.array(least=least)
    shape = g.value(x).shape
    ndim = len(shape)
    axes = list(range(ndim))
    g.rng.shuffle(axes)
    axis = lambda: str(g.rng.randrange(-ndim, ndim)) if ndim else "0"  # noqa: E731
    along = f", axis={axis()}" if ndim and g.chance(0.5) else ""
    if name == "reshape":
        new = _reshaped(g, math.prod(shape))
        return f"{x}.reshape({new})" if g.chance(0.5) else f"lib.reshape({x}, {new})"
    if name == "astype":
        target = g.dtype()
        if g.value(x).dtype.kind in "fc" and np.dtype(target).kind in "iu":  # undefined beyond the integers' range
            return None
        if g.value(x).dtype.kind == "c" and np.dtype(target).kind != "c":
            return None
        return f"{x}.astype('{target}'{g.some(', copy=False')})"
    return {
        "T": f"{x}.T" if ndim == 2 else f"{x}.transpose()",
        "ravel": f"lib.ravel({x})",
        "flatten": f"{x}.flatten()",
        "copy": f"{x}.copy()",
        "transpose": f"lib.transpose({x}, {tuple(axes)})" if g.chance(0.5) else f"{x}.transpose()",
        "permute_dims": f"lib.permute_dims({x}, {tuple(axes)})",
        "swapaxes": f"lib.swapaxes({x}, {axis()}, {axis()})",
        "moveaxis": f"lib.moveaxis({x}, {axis()}, {axis()})",
        "rollaxis": f"lib.rollaxis({x}, {axis()})",
        "expand_dims": f"lib.expand_dims({x}, {axis()})",
        "flip": f"lib.flip({x}{along})",
        "rot90": f"lib.rot90({x}, {g.pick((-1, 0, 1, 2, 3, 5))})",
        "roll": f"lib.roll({x}, {g.pick((1, -1, 2, 7, -100, 0))}{along})",
        "broadcast_to": f"lib.broadcast_to({x}, {(g.pick((1, 2, 3)), *shape)})",
        "diagonal": f"lib.diagonal({x}, {g.pick((0, 1, -1, 2))})",
    }.get(name, f"lib.{name}({x})")


def _reshaped(g: Any, size: int) -> str:
    """Another shape for so many elements, sometimes with a -1."""
    for divisor in g.rng.sample((2, 3, 4, 5, 8, 1), 6):
        if size % divisor == 0:
            rest = size // divisor
            shape = g.pick([(divisor, rest), (rest, divisor), (divisor, 1, rest), (size,)])
            return str(shape if g.chance(0.6) or not size else (-1, *shape[1:]))
    return "(-1,)"


@group("concat stack concatenate vstack hstack dstack column_stack append block", weight=6)
def joining(g: Any, name: str) -> str | None:
    x = g.array(least=1)
    shape = g.value(x).shape
    same = [v for v in g.variables if g.value(v).shape == shape]
    others = [g.pick(same) if g.chance(0.6) else g.leaf(g.dtype(), shape) for _ in range(g.pick((1, 1, 2)))]
    axis = g.rng.randrange(-len(shape), len(shape))
    joined = ", ".join([x, *others])
    if name == "append":
        return f"lib.append({x}, {others[0]}{g.some(f', axis={axis}')})"
    if name == "block":
        return f"lib.block([{joined}])"
    options = f", axis={axis}" if name in ("concat", "stack", "concatenate") and g.chance(0.7) else ""
    return f"lib.{name}([{joined}]{options})"


@group("split array_split unstack broadcast_arrays meshgrid tile repeat pad insert delete resize trim_zeros tril triu "
       "diag diagflat vander kron", weight=14)  # fmt: skip
def parts(g: Any, name: str) -> str | None:
    if name in ("meshgrid", "trim_zeros", "diag", "diagflat", "vander"):
        x = g.array("biuf" if name != "vander" else "iuf", ndim=1, most=100)
    elif name in ("tile", "repeat", "pad", "insert", "resize", "kron"):
        x = g.array("biufc" if name != "kron" else "iuf", least=1, most=2000 if name != "kron" else 50, size=1)
    else:
        x = g.array(least=2 if name in ("tril", "triu") else 1)
    shape = g.value(x).shape
    axis = g.rng.randrange(-len(shape), len(shape))
    n = shape[axis]
    if name == "split":
        cuts = sorted(g.rng.randrange(0, n + 1) for _ in range(2))
        return f"lib.split({x}, {cuts}, axis={axis})[{g.pick((0, 1, 2))}]"
    if name == "repeat":
        counts = g.pick(("2", "3", "0"))
        return f"lib.repeat({x}, {counts}{g.some(f', axis={axis}')})"
    if name == "unstack":
        return f"lib.unstack({x}, axis={axis})[{g.rng.randrange(n)}]" if n else None
    if name == "pad":
        mode = g.pick(("constant", "edge", "reflect", "symmetric", "wrap", "maximum", "linear_ramp"))
        if g.value(x).dtype.kind not in ("f" if mode == "linear_ramp" else "biuf"):
            mode = "edge"
        return f"lib.pad({x}, {g.pick(('1', '(2, 1)', '(0, 3)'))}, mode='{mode}')"
    if name == "insert":
        return f"lib.insert({x}, {g.rng.randrange(n + 1)}, {g.pick((0, 1))}, axis={axis})"
    if name == "delete":
        return f"lib.delete({x}, {g.rng.randrange(n)}, axis={axis})" if n else None
    return {
        "array_split": f"lib.array_split({x}, {g.pick((1, 2, 3))}, axis={axis})[-1]",
        "broadcast_arrays": f"lib.broadcast_arrays({x}, {g.beside(x)})[{g.pick((0, 1))}]",
        "meshgrid": f"lib.meshgrid({x}, {g.array('biuf', ndim=1, most=100)})[{g.pick((0, 1))}]",
        "tile": f"lib.tile({x}, {g.pick(('2', '(2, 1)', '(1, 2, 2)', '0'))})",
        "resize": f"lib.resize({x}, {g.pick(((2, 3), (7,), (0,)))})",
        "tril": f"lib.tril({x}, {g.pick((0, 1, -1))})",
        "triu": f"lib.triu({x}, {g.pick((0, 1, -1))})",
        "diag": f"lib.diag({x}, {g.pick((0, 1, -1))})",
        "diagflat": f"lib.diagflat({x}, {g.pick((0, 1, -1))})",
        "vander": f"lib.vander({x}, 3)",
        "kron": f"lib.kron({x}, {g.leaf(g.value(x).dtype.name, (2,) * len(shape))})",
    }.get(name, f"lib.{name}({x})")


@group("linspace logspace geomspace", ulps=4, weight=1)
def spaces(g: Any, name: str) -> str | None:
    ends = g.pick(((0, 1), (-2, 5), (1, 10))) if name != "geomspace" else (1, 64)
    return f"lib.{name}({ends[0]}, {ends[1]}, {g.rng.randrange(40)}{g.some(', endpoint=False')})"


@group("zeros ones full arange eye identity tri zeros_like ones_like full_like fromfunction indices empty "
       "asarray array ascontiguousarray tril_indices", weight=5)  # fmt: skip
def creation(g: Any, name: str) -> str | None:
    shape, dtype = g.shape(), g.dtype()
    n = g.rng.randrange(0, 40)
    if name.endswith("like") or name in ("asarray", "array", "ascontiguousarray"):
        x = g.array(least=1)
        whole = g.value(x).dtype.kind
        fill = f", {g.pick((0, 1))}" if name == "full_like" else ""
        changed = f", dtype='{dtype}'" if name.endswith("like") and g.chance(0.3) else ""
        return f"lib.{name}({x}{fill}{changed})" if whole else None
    start, step = g.rng.randrange(-20, 20), g.pick((1, 2, -1, -3, 0.5))
    return {
        "zeros": f"lib.zeros({shape}, dtype='{dtype}')",
        "ones": f"lib.ones({shape}, dtype='{dtype}')",
        "full": f"lib.full({shape}, {g.pick(('1', '2', 'True'))}, dtype='{dtype}')",
        "arange": f"lib.arange({start}, {start + n}, {step})",
        "eye": f"lib.eye({n % 7}, {n % 5}, {g.pick((0, 1, -1))}, dtype='{dtype}')",
        "identity": f"lib.identity({n % 7}, dtype='{dtype}')",
        "tri": f"lib.tri({n % 7}, {n % 5}, dtype='{dtype}')",
        "fromfunction": f"lib.fromfunction(lambda i, j: i * 2 + j, ({n % 5}, 3))",
        "indices": f"lib.indices((2, {n % 6}))[{g.pick((0, 1))}]",
        "empty": f"lib.empty((0, {n}), dtype='{dtype}')",
        "tril_indices": f"lib.tril_indices({n % 6})[{g.pick((0, 1))}]",
    }[name]


@group("shape=", weight=0.5)
def scalars_of_arrays(g: Any, name: str) -> str | None:
    x = g.array()
    return f"{x}.{g.pick(('size', 'ndim', 'nbytes', 'itemsize', 'shape'))}"


@group("copyto fill sort put place putmask", weight=4)
def written(g: Any, name: str) -> str | None:
    x = g.array(least=1, writable=True)
    kind, shape = g.value(x).dtype.kind, g.value(x).shape
    if name == "copyto":
        where = f", where={g.leaf('bool', g.narrowed(shape))}" if g.chance(0.4) else ""
        source = g.array("b" if kind == "b" else kind, shape=shape) if g.chance(0.5) else "1"
        return Statement(f"lib.copyto({x}, {source}{where})") if g.fits_into(source, x) else None
    if name == "fill":
        return Statement(f"{x}.fill({g.pick(('0', '1', 'True'))})")
    if name == "sort":
        if kind == "c":
            return None
        return Statement(f"{x}.sort(axis={g.rng.randrange(-len(shape), len(shape))}, kind='stable')")
    if name == "put":
        if not math.prod(shape):
            return None
        where = g.indices(math.prod(shape), (3,), different=math.prod(shape) > 3)
        return Statement(f"lib.put({x}, {where}, {g.leaf(g.value(x).dtype.name, (3,))})")
    mask = g.leaf("bool", shape)
    return Statement(f"lib.{name}({x}, {mask}, {g.leaf(g.value(x).dtype.name, (g.pick((1, 2, 3)),))})")
