"""NumPy's signatures on top of the standard's: parameters by position, NumPy's names for them, `out=`, scalars.

A row of a table says which parameters NumPy's function has behind those that the standard takes by
position.  The functions here take the place of the standard's in the namespace; they differ from them in what they
accept, not in what they do.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from xpuarray.core.array import Array
from xpuarray.functions import elementwise
from xpuarray.functions.numpy_outputs import delivered
from xpuarray.functions.numpy_reductions import WITH_WHERE, with_where
from xpuarray.functions.numpy_replaced import REPLACED

xp: Any = sys.modules["xpuarray"]  # complete, but for what is made here

#: function -> (how many parameters go by position in the standard, those that follow: `name` or `name=standard's`)
_FUNCTIONS: dict[str, tuple[int, str]] = {
    **dict.fromkeys(("sum", "prod"), (1, "axis dtype out keepdims initial where")),
    **dict.fromkeys(("max", "min", "all", "any"), (1, "axis out keepdims initial where")),
    "mean": (1, "axis dtype out keepdims where"),
    **dict.fromkeys(("var", "std"), (1, "axis dtype out ddof=correction keepdims where")),
    **dict.fromkeys(("argmax", "argmin"), (1, "axis out keepdims")),
    **dict.fromkeys(("sort", "argsort"), (1, "axis kind order stable")),
    **dict.fromkeys(("cumulative_sum", "cumulative_prod"), (1, "axis dtype out include_initial")),
    "count_nonzero": (1, "axis keepdims"),
    "logsumexp": (1, "axis"),
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
    **dict.fromkeys(("zeros_like", "ones_like", "empty_like"), (1, "dtype order subok shape")),
    "full": (2, "dtype order"),
    "full_like": (2, "dtype order subok shape"),
    "asarray": (1, "dtype order"),
    "arange": (3, "dtype"),
    "linspace": (2, "num endpoint retstep dtype"),
    **dict.fromkeys(("matmul", "vecdot"), (2, "out axis")),
    "eye": (2, "k dtype order"),
    **dict.fromkeys(("tril", "triu"), (1, "k")),
    "nonzero": (1, ""),
    "moveaxis": (3, ""),
    "broadcast_to": (2, "subok"),
    "permute_dims": (2, ""),
    "diff": (1, "n axis prepend append"),
    "isin": (2, "assume_unique invert kind"),
}  # fmt: skip

#: The same of the functions in `xp.linalg`.
_LINALG: dict[str, tuple[int, str]] = {
    "cross": (2, "axis"),
    **dict.fromkeys(("diagonal", "trace"), (1, "offset")),
    "matrix_norm": (1, "keepdims ord"),
    "matrix_rank": (1, ""),
    "pinv": (1, "rcond=rtol hermitian"),
    **dict.fromkeys(("cholesky", "det", "eig", "eigvals", "inv", "slogdet"), (1, "")),
    **dict.fromkeys(("eigh", "eigvalsh"), (1, "UPLO")),
    **dict.fromkeys(("matrix_power", "solve"), (2, "")),
    "qr": (1, "mode"),
    "svd": (1, "full_matrices compute_uv hermitian"),
    "vector_norm": (1, "axis keepdims ord"),
}

#: The same of the functions in `xp.fft`.
_FFT: dict[str, tuple[int, str]] = dict.fromkeys(
    ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft", "fftn", "ifftn", "rfftn", "irfftn"), (4, "out")
)

#: What may be asked for and makes no difference here: the parameter's values that are accepted.
_WITHOUT_EFFECT: dict[str, tuple[Any, ...]] = {
    "order": (None, "C", "K", "A"),
    "kind": (None, "quicksort", "mergesort", "heapsort", "stable", "sort", "table"),
    "assume_unique": (True, False),
    "hermitian": (True, False),
    "casting": ("same_kind", "unsafe"),
    "subok": (True, False),
    "mode": ("raise",),
    "where": (True,),
    "retstep": (False,),
    "compute_uv": (True,),
}


class _Signature(NamedTuple):
    first: int
    order: tuple[str, ...]
    renamed: dict[str, str]


def _read(first: int, text: str) -> _Signature:
    pairs = [part.partition("=") for part in text.split()]
    return _Signature(first, tuple(p[0] for p in pairs), {p[0]: p[2] for p in pairs if p[2]})


def _keywords(
    name: str, signature: _Signature, own: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
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
    return _effective(name, kwargs, own)


def _effective(name: str, kwargs: dict[str, Any], own: Any = ()) -> dict[str, Any]:
    """`kwargs` without what makes no difference; `own`: the function's own parameters, which do."""
    for key in kwargs.keys() & _WITHOUT_EFFECT.keys() - set(own):
        value = kwargs.pop(key)
        if not any(value is v or value == v for v in _WITHOUT_EFFECT[key]):
            raise TypeError(f"{name}: {key}={value!r} is not supported; {key} may be {_WITHOUT_EFFECT[key]}")
    return kwargs


def _accepting(name: str, first: int, text: str, part: Any = xp) -> Callable[..., Any]:
    function, signature = getattr(part, name), _read(first, text)
    if part is xp and name in WITH_WHERE:
        function = with_where(name, function)
    adapt, own = _ADAPTED.get(name), inspect.signature(function).parameters

    @functools.wraps(function)
    def accepting(*args: Any, **kwargs: Any) -> Any:
        if len(args) > first or kwargs:
            if len(args) < first:
                args = _named(name, part.__name__, first, args, kwargs)
            kwargs = _keywords(name, signature, own, args, kwargs)
            args = args[:first]
            out = kwargs.pop("out", None)
            if adapt is not None:
                args, kwargs = adapt(args, kwargs)
            return delivered(name, function(*args, **kwargs), out)
        if adapt is not None:
            args, kwargs = adapt(args, kwargs)
        return function(*args, **kwargs)

    return accepting


def _named(name: str, module: str, first: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """The first parameters by position, which NumPy takes by their names as well: they are taken out of kwargs."""
    for key in _names(name, module)[len(args) : first]:
        if key not in kwargs:
            break
        args = (*args, kwargs.pop(key))
    return args


@functools.cache
def _names(name: str, module: str) -> tuple[str, ...]:
    part = getattr(np, module.partition(".")[2], np)
    try:
        return tuple(inspect.signature(getattr(part, name)).parameters)
    except (AttributeError, ValueError):  # not NumPy's, or without a signature
        return ()


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


def _of_shape(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
    """zeros_like and its kin: `shape` in place of the array's."""
    shape = kwargs.pop("shape", None)
    if shape is not None:
        args = (xp.empty(shape, args[0].dtype, device=args[0].device), *args[1:])
    return args, kwargs


def _fifty(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
    return args, {"num": 50, **kwargs}


def _lower(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
    """eigh and eigvalsh: UPLO says which triangle is read; ours read the lower one."""
    triangle = kwargs.pop("UPLO", "L").upper()
    if triangle not in ("L", "U"):
        raise ValueError(f"UPLO is 'L' or 'U', not {triangle!r}")
    if triangle == "U":
        x = xp.matrix_transpose(args[0])
        args = (xp.conj(x) if x.dtype.kind == "c" else x,)
    return args, kwargs


_ADAPTED: dict[str, Callable[..., Call]] = {
    "linspace": _fifty,
    **dict.fromkeys(("mean", "var", "std"), _in_dtype),
    **dict.fromkeys(("concat", "stack"), _joined),
    **dict.fromkeys(("sort", "argsort"), _stable),
    **dict.fromkeys(("eigh", "eigvalsh"), _lower),
    **dict.fromkeys(("zeros_like", "ones_like", "empty_like", "full_like"), _of_shape),
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
_MADE.update(REPLACED)
_MADE.update((name, _MADE[standard]) for name, standard in ALIASES.items())
__all__ = [*_MADE]
for _part, _rows in ((xp.linalg, _LINALG), (xp.fft, _FFT)):
    for _name, _row in _rows.items():
        setattr(_part, _name, _accepting(_name, *_row, _part))


def __getattr__(name: str) -> Any:
    """Among this module's own names these would hide Python's `any`, `all`, ..."""
    try:
        return _MADE[name]
    except KeyError:
        raise AttributeError(name) from None
