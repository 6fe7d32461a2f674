"""Reductions, scans, sorting, searching, sets, statistics, functions that leave NaN out."""

from __future__ import annotations

from typing import Any

import numpy as np

from xpuarray.conformance.fuzz.functions.groups import group


def axes(g: Any, x: str, several: bool = True) -> str:
    """An axis= of x and keepdims=, or nothing."""
    ndim = g.value(x).ndim
    if not ndim or g.chance(0.3):
        return ""
    axis = g.rng.randrange(-ndim, ndim)
    chosen = f"({axis % ndim}, {(axis + 1) % ndim})" if several and ndim > 1 and g.chance(0.3) else str(axis)
    return f", axis={chosen}"


def kept(g: Any) -> str:
    return g.some(", keepdims=True")


def reduced(g: Any, name: str, kinds: str, size: int = 0, **wanted: Any) -> str:
    """A call of a reduction, or of the method of its name."""
    x = g.array(kinds, size=size, **wanted)
    # NumPy adds up columns of halves in halves, which stand still at 2048.
    columns = name != "sum" or g.value(x).dtype != np.float16 or g.value(x).size <= 2048
    options = (axes(g, x) if columns else "") + kept(g)
    if g.chance(0.3) and hasattr(np.ndarray, name):
        return f"{x}.{name}({options.removeprefix(', ')})"
    return f"lib.{name}({x}{options})"


@group("sum prod", weight=3)
def whole(g: Any, name: str) -> str | None:
    return reduced(g, name, "biu")


@group("sum mean", weight=4, ulps=2, sums=True)
def sums(g: Any, name: str) -> str | None:
    return reduced(g, name, "biufc" if name == "mean" else "fc", size=1)


@group("max min amax amin all any count_nonzero nanmax nanmin ptp", weight=10)
def exact(g: Any, name: str) -> str | None:
    if name == "count_nonzero":
        x = g.array()
        return f"lib.count_nonzero({x}{axes(g, x)})"
    return reduced(g, name, "biufc" if name in ("all", "any") else "biuf" if name != "ptp" else "iuf", size=1)


@group("argmax argmin nanargmax nanargmin argsort argsort argpartition lexsort", jumps=True, weight=8)
def positions(g: Any, name: str) -> str | None:
    x = g.array("biuf", least=1, size=1)
    if name == "lexsort":
        x = g.array("biuf", ndim=1, size=1)
        return f"lib.lexsort(({x}, {g.leaf('int8', g.value(x).shape)}))"
    if name == "argsort":
        return f"lib.argsort({x}{axes(g, x, False)}, kind='stable')"
    if name == "argpartition":  # which of equals comes first is open
        x = g.array("iuf", ndim=1, size=3)
        return f"lib.take({x}, lib.argpartition({x}, 1)[1:2])"
    return f"lib.{name}({x}{axes(g, x, False)}{kept(g)})"


@group("std var nanstd nanvar nanmean nansum nanprod average", ulps=8, sums=True, weight=7)
def statistics(g: Any, name: str) -> str | None:
    if name == "average":
        x = g.array("iuf", size=1)
        weights = f", weights={g.leaf('float64', g.value(x).shape, finite=True)} + 20" if g.chance(0.4) else ""
        return f"lib.average({x}{weights})" if weights else f"lib.average({x}{axes(g, x)})"
    x = g.array("iuf", size=2) if name != "nanprod" else _factors(g, "f")
    if g.value(x).dtype == np.float16:  # whose squares overflow in NumPy, and not in single precision
        return None
    return f"lib.{name}({x}{axes(g, x)}{kept(g)})"


def _factors(g: Any, kinds: str) -> str:
    """An array whose products don't overflow or vanish, as which of them would depends on their order, and on the
    precision: products of singles are kept in doubles until they are stored."""
    x = g.array(kinds, least=1, size=1, most=16, finite=True)
    if g.value(x).dtype.kind == "f" and (abs(g.value(x)[g.value(x) != 0]) < 1e-3).any():
        x = g.leaf("float32", (7,), finite=True)
    return x if g.value(x).dtype != np.float16 else g.leaf("float32", (7,), finite=True)


@group("median nanmedian percentile quantile nanpercentile nanquantile", ulps=2, sums=True, weight=5, jumps=True)
def quantiles(g: Any, name: str) -> str | None:
    x = g.array("iuf", size=1, bounded="median" not in name)  # between infinities NumPy has NaN, as between them it is
    q = g.pick(("25", "[10, 90]", "0", "100", "50")) if "perc" in name else g.pick(("0.25", "[0.1, 0.9]", "0.5", "1.0"))
    q = "" if "median" in name else f", {q}"
    return f"lib.{name}({x}{q}{axes(g, x, False)}{kept(g)})"


# NumPy adds one after the other, and rounds as often as there are elements; in a tree it is their logarithm.
@group("cumsum cumprod cumulative_sum cumulative_prod nancumsum nancumprod", ulps=32, sums=True)
def scans(g: Any, name: str) -> str | None:
    x = g.array("biuf", least=1)
    x = _factors(g, "f") if name.endswith("prod") and g.value(x).dtype.kind == "f" else x
    if name.startswith("cumulative"):
        axis = "" if g.value(x).ndim == 1 else f", axis={g.rng.randrange(g.value(x).ndim)}"
        return f"lib.{name}({x}{axis}{g.some(', include_initial=True')})"
    return f"lib.{name}({x}{axes(g, x, False)})"


@group("diff ediff1d trapezoid gradient", ulps=4, sums=True)
def differences(g: Any, name: str) -> str | None:
    if name == "gradient":
        x = g.array("f", ndim=1, size=3)
        return f"lib.gradient({x})"
    if name == "trapezoid":
        return f"lib.trapezoid({g.array('f', least=1, size=1)})"
    x = g.array("iuf", least=1)
    return f"lib.{name}({x}{f', n={g.pick((1, 2, 0))}' if name == 'diff' else ''})"


@group("sort sort partition partition unique unique_values unique_counts unique_inverse unique_all flip_sort "
       "searchsorted digitize isin intersect1d union1d setdiff1d setxor1d bincount histogram histogram_bin_edges "
       "interp", jumps=True, weight=16)  # fmt: skip
def ordered(g: Any, name: str) -> str | None:
    x = g.array("biuf", least=1)
    if name == "sort":
        return f"lib.sort({x}{axes(g, x, False)}{g.some(', stable=True')})"
    if name == "flip_sort":
        return f"lib.flip(lib.sort({x}))"
    if name == "partition":
        x = g.array("biuf", ndim=1, size=3)
        return f"lib.sort(lib.partition({x}, 2)[:3])"
    if name == "unique":
        return f"lib.unique({x}{g.some(', return_counts=True', ', return_index=True', ', return_inverse=True')})"
    if name.startswith("unique"):
        return f"lib.{name}({x}){'' if name == 'unique_values' else '[' + g.pick('01') + ']'}"
    if name in ("searchsorted", "digitize"):
        kind = g.pick(("int64", "float64", "int8", "uint8", "float32", "bool"))
        kind = "int64" if name == "digitize" and kind == "bool" else kind
        edges = g.do(f"lib.asarray(np.sort(values('{kind}', ({g.pick((1, 4, 9, 300))},), {4 * g.rng.randrange(99)})))")
        y = g.array("biuf" if name == "searchsorted" else "iuf")
        right = g.some(", side='right'" if name == "searchsorted" else ", right=True")
        return (
            f"lib.searchsorted({edges}, {y}{right})" if name == "searchsorted" else f"lib.digitize({y}, {edges}{right})"
        )
    if name in ("isin", "intersect1d", "union1d", "setdiff1d", "setxor1d"):
        # NumPy's isin of integers in floats confuses neighbours of 2**53 on, which are one float.
        y = g.array("f" if g.value(x).dtype.kind == "f" else "biu", least=1)
        if g.value(x).dtype.kind != "f" and np.result_type(g.value(x), g.value(y)).kind == "f":
            return None
        return f"lib.{name}({x}, {y}{g.some(', invert=True') if name == 'isin' else ''})"
    if name == "bincount":
        return f"lib.bincount({g.indices(12, (g.pick((0, 1, 5, 40)),))} % 12{g.some(', minlength=20')})"
    if name == "interp":
        at = g.array("f", least=1, finite=True)
        return f"lib.interp({at}, lib.arange(5.0), {g.leaf('float64', (5,), finite=True)})"
    x = g.array("iuf", least=1, size=1, finite=True)
    options = f", bins={g.pick((3, 10))}, range=(-10, 10)"
    return f"lib.{name}({x}{options}){'[0]' if name == 'histogram' else ''}"
