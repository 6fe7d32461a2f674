"""Expressions of arrays in kernels, `a[i, :] * s + b[i]`: their types, and the loops that they become.

A kernel can't allocate memory, so such an expression has no value: it is a type that remembers what it is made of,
until it is assigned to a part of an array or reduced to a number. There a function of the language takes its place
(loops.py): a loop over the elements, whose operands are the arrays and numbers in the expression. So the elements are
computed as numbers are everywhere in a kernel, on every target. (The idea is C++'s expression templates: T. Veldhuizen,
"Expression Templates", C++ Report 7(5), 1995.)
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numba.core import types
from numba.core.errors import TypingError
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, Registry, Signature, signature

from xpuarray.compiler.frontend.array_operations import (
    CREATED,
    GATHERED,
    IN_PLACE,
    KEPT,
    METHODS,
    OVER,
    PRODUCT,
    PRODUCTS,
    REDUCING,
    RESHAPED,
    is_elementwise,
    text_of,
)
from xpuarray.compiler.frontend.loops import reduced
from xpuarray.compiler.frontend.memory_lowering import private_type
from xpuarray.compiler.frontend.numba_types import DeviceArray, ExpressionType, PickedType, is_array
from xpuarray.compiler.frontend.typing_tools import method

__all__ = ["CURE", "PICKED", "dot", "elementwise", "registry", "resolve"]

CURE = "a kernel has no memory for its values: assign it to part of an array (or of an xp.PrivateArray), or reduce it"


#: functions of expressions with rules of their own
_RULED = (*REDUCING, np.reshape)
PICKED = (
    "what a mask picks is for a reduction alone, x[mask].sum(), for nobody knows how much it is, and a kernel has "
    "no memory for its values"
)


def resolve(context: Any, function: Any, args: Sequence[types.Type], kws: Any) -> Signature | None:
    """The signature of `function` of arrays; None if it is not for this module to say."""
    if function in CREATED:
        return _created(function, args, dict(kws))
    if kws or not any(map(is_array, args)):
        return None
    constant_index = isinstance(function, str)  # Numba tries "static_setitem" before operator.setitem
    if not constant_index and function not in _RULED and any(isinstance(kind, PickedType) for kind in args):
        raise TypingError(PICKED)
    if function in PRODUCTS:
        return _product(context, args)
    if function is operator.getitem and (found := _gathered(args)) is not None:
        return found
    if function in IN_PLACE and isinstance(args[0], DeviceArray):
        return signature(args[0], *args)
    function = IN_PLACE.get(function, function)
    if is_elementwise(function):
        return signature(elementwise(context, function, args), *args)
    if not constant_index and function not in _RULED and any(isinstance(kind, ExpressionType) for kind in args):
        raise TypingError(f"{getattr(function, '__name__', 'this')} takes no expression of arrays; {CURE}")
    return None


def _created(function: Any, args: Sequence[types.Type], kws: dict[str, types.Type]) -> Signature | None:
    """`np.zeros(3)` makes an xp.PrivateArray; None if the shape is no constant, or there is more that it is told."""
    names = ("shape", "dtype")
    given = dict(zip(names, args)) | kws
    shape = given.get("shape")
    if len(given) != len(args) + len(kws) or set(given) - set(names) or not _is_constant(shape):
        return None
    dtype = given.get("dtype", types.NumberClass(types.float64))
    return signature(private_type(shape, dtype, types.literal(True)), *args, *kws.values())


def _is_constant(shape: Any) -> bool:
    if isinstance(shape, types.BaseTuple):
        return all(map(_is_constant, shape))
    return isinstance(shape, types.IntegerLiteral)


def _element(kind: types.Type) -> types.Type:
    return kind.dtype if is_array(kind) else kind  # type: ignore[attr-defined]


def elementwise(context: Any, function: Any, args: Sequence[types.Type]) -> ExpressionType:
    """The expression that `function` makes of arrays and numbers."""
    elements = tuple(map(_element, args))
    if function is np.where:
        dtype = context.unify_types(*elements[1:])
    else:
        found = context.resolve_function_type(function, elements, {})
        dtype = None if found is None else found.return_type
    if dtype is None:
        raise TypingError(f"{getattr(function, '__name__', function)} takes no ({', '.join(map(str, elements))})")
    ndim = max(kind.ndim for kind in args if is_array(kind))  # type: ignore[attr-defined]
    return ExpressionType(str(text_of(function)), tuple(args), types.unliteral(dtype), ndim)


def dot(context: Any, args: Sequence[types.Type]) -> ExpressionType:
    """What is summed in the product of two vectors."""
    return elementwise(context, operator.mul, args)


def _gathered(args: Sequence[types.Type]) -> Signature | None:
    """Of `x[indices]` and `x[mask]`."""
    array, indices = args
    if all(is_array(kind) and kind.ndim == 1 for kind in args) and isinstance(_element(indices), types.Boolean):  # type: ignore[attr-defined]
        return signature(PickedType("picked", tuple(args), array.dtype, 1), *args)  # type: ignore[attr-defined]
    if not isinstance(array, DeviceArray) or array.ndim != 1 or not is_array(indices):
        return None
    if not isinstance(_element(indices), types.Integer):
        return None
    return signature(ExpressionType(GATHERED, (array, indices), array.dtype, indices.ndim), *args)  # type: ignore[attr-defined]


def _product(context: Any, args: Sequence[types.Type]) -> Signature:
    """Of `a @ b` and `np.dot(a, b)`."""
    dims = tuple(kind.ndim for kind in args if is_array(kind))  # type: ignore[attr-defined]
    if dims == (1, 1):
        return signature(reduced(context, "sum", dot(context, args))[1].return_type, *args)
    if not all(map(is_array, args)) or not {*dims} <= {1, 2}:
        raise TypingError(
            f"a product in a kernel is of arrays of one or two dimensions, not of {' and '.join(map(str, dims))}"
        )
    dtype = context.resolve_function_type(operator.mul, tuple(map(_element, args)), {}).return_type
    return signature(ExpressionType(PRODUCT, tuple(args), types.unliteral(dtype), sum(dims) - 2), *args)


# -- names that Numba doesn't have for kernels -----------------------------------------------------------------

registry = Registry()


def _register(function: Any, rule: Any) -> None:
    @registry.register_global(function)
    class Template(AbstractTemplate):
        key = function
        prefer_literal = True

        def generic(self, args, kws):
            return rule(self.context, args, kws)


def _reducing(name: str, args: Sequence[types.Type], kws: Any, context: Any) -> Signature | None:
    if not args or not is_array(args[0]):
        return None
    array, given = args[0], {**dict(zip(("axis",), args[1:])), **dict(kws)}
    axis, kept = given.get("axis", types.none), given.get("keepdims", types.literal(False))
    known = axis is types.none or isinstance(axis, types.IntegerLiteral)
    if set(given) - {"axis", "keepdims"} or len(args) > 2 or not (known and isinstance(kept, types.BooleanLiteral)):
        raise TypingError(
            f"{name} in a kernel is of all elements, or over one constant axis (keepdims=True keeps it): "
            "it takes no other argument"
        )
    if axis is types.none and kept.literal_value:
        raise TypingError(f"{name} in a kernel keeps the dimension of one constant axis, not all: keepdims needs axis=")
    if isinstance(array, PickedType) and kept.literal_value:
        raise TypingError(PICKED)
    whole = (array, *args[1:], *dict(kws).values())
    ndim: int = array.ndim  # type: ignore[attr-defined]
    if axis is not types.none and not -ndim <= axis.literal_value < ndim:
        raise TypingError(f"{name} has no axis {axis.literal_value} in an array of {ndim} dimension(s)")
    if axis is types.none or (ndim == 1 and not kept.literal_value):
        return signature(reduced(context, name, array)[1].return_type, *whole)
    dtype = reduced(context, name, DeviceArray(_element(array), 1, "A"))[1].return_type
    text = f"{name}{OVER}{axis.literal_value % ndim}{KEPT if kept.literal_value else ''}"
    left = ndim - (not kept.literal_value)
    return signature(ExpressionType(text, (array,), types.unliteral(dtype), left), *whole)


def _reshaping(args: Sequence[types.Type], kws: Any) -> Signature | None:
    if not args or not is_array(args[0]):
        return None
    if isinstance(args[0], PickedType):
        raise TypingError(PICKED)
    dims = args[1:]
    if len(dims) == 1 and isinstance(dims[0], types.BaseTuple):
        dims = [*dims[0]]
    if kws or not dims or not all(isinstance(dim, types.Integer) for dim in dims):
        raise TypingError("reshape in a kernel takes an array and its new shape, nothing else")
    return signature(ExpressionType(RESHAPED, (args[0], *dims), args[0].dtype, len(dims)), *args)  # type: ignore[attr-defined]


for _function, _name in REDUCING.items():
    _register(_function, lambda context, args, kws, name=_name: _reducing(name, args, kws, context))
for _function in (np.dot, np.where):
    _register(_function, lambda context, args, kws, function=_function: resolve(context, function, args, kws))


_register(np.reshape, lambda context, args, kws: _reshaping(args, kws))


class _Methods(AttributeTemplate):
    """`row.sum()` and its kin, and methods that make expressions."""

    def generic_resolve(self, array, name):
        if name not in METHODS:
            return None
        rule = lambda this, args: self._of(name, (this, *args))  # noqa: E731
        return method("array", name, rule, ("axis", "keepdims"))(self, array)

    def _of(self, name: str, args: tuple[types.Type, ...]) -> Signature | None:
        if name == "reshape":
            return _reshaping(args, {})
        if name != "copy":
            return _reducing(name, args[:1], dict(zip(("axis", "keepdims"), args[1:])), self.context)
        if isinstance(args[0], PickedType):
            raise TypingError(PICKED)
        if len(args) > 1:
            raise TypingError("copy in a kernel takes no argument")
        return signature(ExpressionType("{0}", args, args[0].dtype, args[0].ndim), *args)  # type: ignore[attr-defined]


for _kind in (DeviceArray, ExpressionType):
    registry.register_attr(type("_Methods", (_Methods,), {"key": _kind}))
