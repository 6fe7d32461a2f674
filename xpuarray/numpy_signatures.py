"""NumPy's signatures on top of the standard's: parameters by position, NumPy's names for them, `out=`, scalars.

A row of a table says which parameters NumPy's function has behind those that the standard takes by
position.  The functions here take the place of the standard's in the namespace; they differ from them in what they
accept, not in what they do.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from xpuarray import elementwise
from xpuarray.array import Array
from xpuarray.dispatch import common_device
from xpuarray.numpy_outputs import beside, delivered
from xpuarray.statistical import normalise_axes

xp: Any = sys.modules["xpuarray"]  # complete, but for what is made here

#: function -> (how many parameters go by position in the standard, those that follow: `name` or `name=standard's`)
_FUNCTIONS: dict[str, tuple[int, str]] = {
    **dict.fromkeys(("sum", "prod"), (1, "axis dtype out keepdims")),
    **dict.fromkeys(("max", "min", "all", "any"), (1, "axis out keepdims")),
    "mean": (1, "axis dtype out keepdims"),
    **dict.fromkeys(("var", "std"), (1, "axis dtype out ddof=correction keepdims")),
    **dict.fromkeys(("argmax", "argmin"), (1, "axis out keepdims")),
    **dict.fromkeys(("sort", "argsort"), (1, "axis kind order stable")),
    **dict.fromkeys(("cumulative_sum", "cumulative_prod"), (1, "axis dtype out include_initial")),
    "count_nonzero": (1, "axis keepdims"),
    "searchsorted": (2, "side sorter"),
    "take_along_axis": (2, "axis"),
    **dict.fromkeys(("expand_dims", "flip", "squeeze"), (1, "axis")),
    **dict.fromkeys(("repeat", "roll"), (2, "axis")),
    **dict.fromkeys(("concat", "stack"), (1, "axis out dtype casting")),
    "unstack": (1, "axis"),
    "tensordot": (2, "axes"),
    "reshape": (2, "order"),
    "ravel": (1, "order"),
    "clip": (1, "a_min=min a_max=max out"),
    **dict.fromkeys(("zeros", "ones", "empty"), (1, "dtype order")),
    **dict.fromkeys(("zeros_like", "ones_like", "empty_like"), (1, "dtype order subok")),
    "full": (2, "dtype order"),
    "full_like": (2, "dtype order subok"),
    "asarray": (1, "dtype order"),
    "arange": (3, "dtype"),
    "linspace": (2, "num endpoint retstep dtype"),
    **dict.fromkeys(("matmul", "vecdot"), (2, "out axis")),
    "eye": (2, "k dtype order"),
    **dict.fromkeys(("tril", "triu"), (1, "k")),
}  # fmt: skip

#: The same of the functions in `xp.linalg`.
_LINALG: dict[str, tuple[int, str]] = {
    "cross": (2, "axis"),
    **dict.fromkeys(("diagonal", "trace"), (1, "offset")),
    "matrix_norm": (1, "keepdims ord"),
    "matrix_rank": (1, ""),
    "pinv": (1, "rcond=rtol"),
    "qr": (1, "mode"),
    "svd": (1, "full_matrices"),
    "vector_norm": (1, "axis keepdims ord"),
}

#: What may be asked for and makes no difference here: the parameter's values that are accepted.
_WITHOUT_EFFECT: dict[str, tuple[Any, ...]] = {
    "order": (None, "C", "K", "A"),
    "kind": (None, "quicksort", "mergesort", "heapsort", "stable"),
    "casting": ("same_kind", "unsafe"),
    "subok": (True, False),
    "mode": ("raise",),
    "where": (True,),
    "retstep": (False,),
}


class _Signature(NamedTuple):
    first: int
    order: tuple[str, ...]
    renamed: dict[str, str]


def _read(first: int, text: str) -> _Signature:
    pairs = [part.partition("=") for part in text.split()]
    return _Signature(first, tuple(p[0] for p in pairs), {p[0]: p[2] for p in pairs if p[2]})


def _keywords(name: str, signature: _Signature, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """What the standard's function gets by keyword."""
    extra = args[signature.first :]
    if len(extra) > len(signature.order):
        raise TypeError(f"{name} takes {signature.first + len(signature.order)} arguments at most, not {len(args)}")
    for key, value in zip(signature.order, extra):
        if key in kwargs:
            raise TypeError(f"{name} got {key!r} twice, by position and by keyword")
        kwargs[key] = value
    for key, standard in signature.renamed.items():
        if key in kwargs:
            kwargs[standard] = kwargs.pop(key)
    return _effective(name, kwargs)


def _effective(name: str, kwargs: dict[str, Any]) -> dict[str, Any]:
    for key in kwargs.keys() & _WITHOUT_EFFECT.keys():
        value = kwargs.pop(key)
        if not any(value is v or value == v for v in _WITHOUT_EFFECT[key]):
            raise TypeError(f"{name}: {key}={value!r} is not supported; {key} may be {_WITHOUT_EFFECT[key]}")
    return kwargs


def _accepting(name: str, first: int, text: str, part: Any = xp) -> Callable[..., Any]:
    function, signature = getattr(part, name), _read(first, text)
    adapt = _ADAPTED.get(name)

    @functools.wraps(function)
    def accepting(*args: Any, **kwargs: Any) -> Any:
        if len(args) > first or kwargs:
            kwargs = _keywords(name, signature, args, kwargs)
            args = args[:first]
            out = kwargs.pop("out", None)
            if adapt is not None:
                args, kwargs = adapt(args, kwargs)
            return delivered(name, function(*args, **kwargs), out)
        if adapt is not None:
            args, kwargs = adapt(args, kwargs)
        return function(*args, **kwargs)

    return accepting


Call = tuple[tuple[Any, ...], dict[str, Any]]


def _in_dtype(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
    """mean, var and std: computed in `dtype`."""
    dtype = kwargs.pop("dtype", None)
    return (args if dtype is None else (xp.astype(args[0], dtype), *args[1:])), kwargs


def _joined(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
    dtype = kwargs.pop("dtype", None)
    return (args if dtype is None else ([xp.astype(x, dtype) for x in args[0]], *args[1:])), kwargs


def _stable(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
    if kwargs.get("stable", True) is None:
        del kwargs["stable"]
    return args, kwargs


def _fifty(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
    return args, {"num": 50, **kwargs}


_ADAPTED: dict[str, Callable[..., Call]] = {
    "linspace": _fifty,
    **dict.fromkeys(("mean", "var", "std"), _in_dtype),
    **dict.fromkeys(("concat", "stack"), _joined),
    **dict.fromkeys(("sort", "argsort"), _stable),
}


# -- elementwise functions ----------------------------------------------------------------------


def _ufunc(row: elementwise.Row) -> Callable[..., Any]:
    """The function with `out`, `dtype` and scalar operands alone (then on the default device)."""
    name, n = row.name, row.operands
    function = getattr(xp, name)

    @functools.wraps(function)
    def accepting(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        if len(args) == n and not kwargs and (type(args[0]) is Array or (n == 2 and type(args[1]) is Array)):
            return function(*args) if out is None else delivered(name, function(*args), out)
        if len(args) == n + 1 and out is None:
            args, out = args[:n], args[n]
        dtype = _effective(name, kwargs).pop("dtype", None)
        if kwargs or len(args) != n:
            raise TypeError(
                f"{name} takes {n} operand(s) and out, not {len(args)} and {', '.join(kwargs) or 'no more'}"
            )
        if not any(type(a) is Array for a in args) and all(isinstance(a, _SCALARS) for a in args):
            args = (xp.asarray(args[0]), *args[1:])
        if dtype is not None:
            args = tuple(xp.astype(a, dtype, copy=False) if isinstance(a, Array) else a for a in args)
        return delivered(name, function(*args), out)

    return accepting


_SCALARS = (bool, int, float, complex, np.generic)


def _round(x: Any, /, decimals: int = 0, out: Any = None) -> Any:
    """x rounded to `decimals` digits behind the point, halves to even."""
    if not decimals:
        return _plain_round(x, out=out)
    x = beside("round", x, None)
    if x.dtype.kind == "c":
        value = _round(xp.real(x), decimals) + _round(xp.imag(x), decimals) * 1j
    elif x.dtype.kind == "f":
        factor = 10.0 ** abs(decimals)
        value = _plain_round(x * factor) / factor if decimals > 0 else _plain_round(x / factor) * factor
    else:
        value = x if decimals > 0 else _rounded_integers(x, 10**-decimals)
    return delivered("round", xp.astype(value, x.dtype, copy=False), out)


def _rounded_integers(x: Array, unit: int) -> Array:
    below = x // unit
    twice = 2 * (x - below * unit)
    up = (twice > unit) | ((twice == unit) & (below % 2 == 1))
    return (below + xp.astype(up, x.dtype)) * unit


_plain_where = xp.where


def _where(condition: Any, /, *values: Any) -> Any:
    """Where `condition` holds the first value, else the second; of the condition alone: its `nonzero`."""
    if not values:
        return xp.nonzero(condition)
    if isinstance(condition, Array) and condition.dtype != np.bool_:
        condition = condition != 0
    return _plain_where(condition, *values)


_plain_tile = xp.tile


def _tile(x: Array, repetitions: Any, /) -> Array:
    """x laid out `repetitions` times along each dimension, or (an int) along the last."""
    return _plain_tile(x, (repetitions,) if hasattr(repetitions, "__index__") else repetitions)


_plain_take = xp.take


def _take(x: Array, indices: Any, /, axis: int | None = None, out: Any = None, mode: str = "raise") -> Array:
    """The elements of x along `axis` (None: of x flattened) at `indices`, whose dimensions take the axis' place.

    mode: what is done with indices out of bounds: "raise" IndexError, "wrap" or "clip"
    """
    if not isinstance(x, Array):
        common_device("take", x)
    places = beside("take", indices, x.device)
    common_device("take", x, places)
    source = x if axis is not None or x.ndim == 1 else xp.reshape(x, (-1,))
    (axis,) = normalise_axes("take", 0 if axis is None else axis, source.ndim)
    extent = source.shape[axis]
    if mode == "wrap":
        places = places % extent
    elif mode == "clip":
        places = xp.clip(places, 0, extent - 1)
    elif mode != "raise":
        raise ValueError(f"take: mode is 'raise', 'wrap' or 'clip', not {mode!r}")
    value = _plain_take(source, xp.reshape(places, (-1,)), axis=axis)
    shape = (*source.shape[:axis], *places.shape, *source.shape[axis + 1 :])
    return delivered("take", value if places.ndim == 1 else xp.reshape(value, shape), out)


#: NumPy's name -> the standard's
ALIASES = {
    "absolute": "abs", "amax": "max", "amin": "min", "around": "round", "arccos": "acos", "arccosh": "acosh",
    "arcsin": "asin", "arcsinh": "asinh", "arctan": "atan", "arctan2": "atan2", "arctanh": "atanh",
    "bitwise_not": "bitwise_invert", "concatenate": "concat", "conjugate": "conj", "fabs": "abs",
    "invert": "bitwise_invert", "left_shift": "bitwise_left_shift", "mod": "remainder", "power": "pow",
    "right_shift": "bitwise_right_shift", "rint": "round", "true_divide": "divide",
}  # fmt: skip

_MADE = {name: _accepting(name, *row) for name, row in _FUNCTIONS.items()}
_MADE.update((row.name, _ufunc(row)) for row in elementwise.TABLE)
_plain_round = _MADE["round"]
_MADE["round"] = functools.wraps(xp.round)(_round)
_MADE.update({f.__name__[1:]: functools.wraps(getattr(xp, f.__name__[1:]))(f) for f in (_where, _take, _tile)})
_MADE.update((name, _MADE[standard]) for name, standard in ALIASES.items())
__all__ = [*_MADE]
for _name, _row in _LINALG.items():
    setattr(xp.linalg, _name, _accepting(_name, *_row, xp.linalg))


def __getattr__(name: str) -> Any:
    """Among this module's own names these would hide Python's `any`, `all`, ..."""
    try:
        return _MADE[name]
    except KeyError:
        raise AttributeError(name) from None
