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
    MATRICES,
    PRODUCTS,
    REDUCING,
    REDUCTIONS,
    is_elementwise,
    text_of,
)
from xpuarray.compiler.frontend.loops import reduced
from xpuarray.compiler.frontend.memory_lowering import private_type
from xpuarray.compiler.frontend.numba_types import DeviceArray, ExpressionType, is_array
from xpuarray.compiler.frontend.typing_tools import method

__all__ = ["CURE", "dot", "elementwise", "registry", "resolve"]

CURE = "a kernel has no memory for its values: assign it to part of an array (or of an xp.PrivateArray), or reduce it"


def resolve(context: Any, function: Any, args: Sequence[types.Type], kws: Any) -> Signature | None:
    """The signature of `function` of arrays; None if it is not for this module to say."""
    if function in CREATED:
        return _created(function, args, dict(kws))
    if kws or not any(map(is_array, args)):
        return None
    if function in PRODUCTS:
        return _product(context, args)
    if function is operator.getitem and (found := _gathered(args)) is not None:
        return found
    if function in IN_PLACE and isinstance(args[0], DeviceArray):
        return signature(args[0], *args)
    function = IN_PLACE.get(function, function)
    if is_elementwise(function):
        return signature(elementwise(context, function, args), *args)
    constant_index = isinstance(function, str)  # Numba tries "static_setitem" before operator.setitem
    if not constant_index and function not in REDUCING and any(isinstance(kind, ExpressionType) for kind in args):
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
    """Of `x[indices]`; None for masks, of which nobody knows how many elements they pick."""
    array, indices = args
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
    if not all(isinstance(kind, DeviceArray) for kind in args):
        raise TypingError("a product of matrices takes arrays; assign the expression to an xp.PrivateArray first")
    if dims not in MATRICES:
        raise TypingError(
            f"a product in a kernel is of arrays of one or two dimensions, not of {dims[0]} and {dims[1]}"
        )
    dtype = context.resolve_function_type(operator.mul, tuple(map(_element, args)), {}).return_type
    return signature(ExpressionType(MATRICES[dims], tuple(args), types.unliteral(dtype), sum(dims) - 2), *args)


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
    if len(args) > 1 or kws:
        raise TypingError(f"{name} in a kernel is of all elements: it takes no other argument")
    return signature(reduced(context, name, args[0])[1].return_type, args[0])


for _function, _name in REDUCING.items():
    _register(_function, lambda context, args, kws, name=_name: _reducing(name, args, kws, context))
for _function in (np.dot, np.where):
    _register(_function, lambda context, args, kws, function=_function: resolve(context, function, args, kws))


class _Reductions(AttributeTemplate):
    """`row.sum()` and its kin."""

    def generic_resolve(self, array, name):
        if name not in REDUCTIONS:
            return None
        return method("array", name, lambda this, args: _reducing(name, (this, *args), {}, self.context))(self, array)


for _kind in (DeviceArray, ExpressionType):
    registry.register_attr(type("_Reductions", (_Reductions,), {"key": _kind}))
