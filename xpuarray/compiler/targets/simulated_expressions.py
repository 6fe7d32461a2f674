"""Expressions of arrays in the simulator: their elements are its numbers, and reductions the loops that devices run."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from xpuarray.compiler.frontend.array_operations import (
    BINARY,
    CREATED,
    IN_PLACE,
    OPERATORS,
    PRODUCTS,
    REDUCING,
    REDUCTIONS,
    is_elementwise,
)
from xpuarray.compiler.targets.simulated_arrays import SimulatedArray
from xpuarray.compiler.targets.simulated_numbers import called, joined, kind_of, numba_type, number_class

__all__ = ["give_operators", "of_arrays"]

Wrap = Callable[[Any], Callable[..., Any]]  # a function of the language's, for the simulator's values


class _Expression:
    """The elements of an expression: an array of numbers."""

    __slots__ = ("_values",)
    __array_ufunc__ = None  # NumPy's scalars leave operators to it

    def __init__(self, values: np.ndarray):
        self._values = values

    @property
    def ndim(self) -> int:
        return self._values.ndim

    @property
    def shape(self) -> tuple[int, ...]:
        return self._values.shape

    def __getitem__(self, index: Any) -> Any:
        if _is_array(index):
            return _gathered(self, index)
        found = self._values[index]
        return _Expression(found) if isinstance(found, np.ndarray) else found


def _elements(value: Any) -> np.ndarray:
    if isinstance(value, _Expression):
        return value._values
    shape = value.shape if isinstance(value, SimulatedArray) else ()
    made = np.empty(tuple(map(int, shape)), object)
    for index in np.ndindex(*made.shape):
        made[index] = value[index] if isinstance(value, SimulatedArray) else value
    return made


def _is_array(value: Any) -> bool:
    return isinstance(value, (SimulatedArray, _Expression))


def _elementwise(function: Any, *args: Any) -> _Expression:
    compute = _choose if function is np.where else (lambda *numbers: called(function, *numbers))
    values = np.frompyfunc(compute, len(args), 1)(*map(_elements, args))
    made = np.empty(np.shape(values), object)
    made[...] = values
    return _Expression(made)


def _choose(condition: Any, x: Any, y: Any) -> Any:
    return joined(x, y)(x if condition else y)


def _kind(value: Any) -> Any:
    """The type that the compilers have for it, or for an array of such elements."""
    from xpuarray.compiler.frontend.numba_types import DeviceArray

    if isinstance(value, SimulatedArray):
        return DeviceArray(numba_type(value.converted(0).__class__), len(value.shape), "A")
    first = next(iter(value._values.flat), False)
    return DeviceArray(numba_type(kind_of(first)), len(value.shape), "A")


def _reduced(name: str, value: Any, wrap: Wrap, axis: Any = None, keepdims: bool = False) -> Any:
    from xpuarray.compiler.frontend.loops import reduction

    if axis is None or (len(value.shape) == 1 and not keepdims):
        return wrap(reduction(name, _kind(value)))(value)
    last = np.moveaxis(_elements(value), int(axis), -1)
    made = np.empty(last.shape[:-1], object)
    for index in np.ndindex(*made.shape):
        made[index] = _reduced(name, _Expression(last[index]), wrap)
    return _Expression(np.expand_dims(made, int(axis)) if keepdims else made)


def _reducing(name: str, wrap: Wrap) -> Callable[..., Any]:
    return lambda self, axis=None, keepdims=False: _reduced(name, self, wrap, axis, keepdims)


def _reshaped(value: Any, *shape: Any) -> _Expression:
    given = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple) else shape
    return _Expression(_elements(value).reshape([int(n) for n in given]))


def _copied(value: Any) -> _Expression:
    return _Expression(_elements(value).copy())


def _product(wrap: Wrap, a: Any, b: Any) -> Any:
    dims = len(a.shape), len(b.shape)
    if dims == (1, 1):
        return _reduced("sum", _elementwise(operator.mul, a, b), wrap)
    rows = [a[i] for i in range(a.shape[0])] if dims[0] == 2 else [a]
    columns = [b[:, j] for j in range(b.shape[1])] if dims[1] == 2 else [b]
    made = np.empty((len(rows), len(columns)), object)
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            made[i, j] = _product(wrap, row, column)
    return _Expression(made.reshape([n for n, d in zip(made.shape, dims) if d == 2]))


def of_arrays(function: Any, of_numbers: Any, wrap: Wrap) -> Any:
    """A function that kernels name, for arrays, too; of numbers it is `of_numbers`."""
    if function in CREATED:
        fill = CREATED[function]

        def create(shape: Any, dtype: Any = number_class("float64")) -> SimulatedArray:  # noqa: B008
            return SimulatedArray(np.full(shape, fill or 0, dtype.dtype))

        return create

    def call(*args: Any, **kwargs: Any) -> Any:
        if not any(map(_is_array, args)):
            return of_numbers(*args, **kwargs)
        if function in REDUCING:
            return _reduced(REDUCING[function], args[0], wrap, *args[1:], **kwargs)
        if kwargs:
            return of_numbers(*args, **kwargs)
        if function is np.reshape:
            return _reshaped(*args)
        if function in PRODUCTS:
            return _product(wrap, *args)
        return _elementwise(function, *args)

    known = function in REDUCING or function in PRODUCTS or function is np.reshape or is_elementwise(function)
    return call if known else of_numbers


def give_operators(wrap: Wrap) -> None:
    """Let arrays and expressions have operators, and methods that reduce them."""
    for kind in (SimulatedArray, _Expression):
        for function in OPERATORS:
            name = function.__name__.rstrip("_")
            setattr(kind, f"__{name}__", lambda *args, function=function: _elementwise(function, *args))
            if function in BINARY:
                turned = lambda self, other, function=function: _elementwise(function, other, self)  # noqa: E731
                setattr(kind, f"__r{name}__", turned)
        for in_place, function in IN_PLACE.items():
            setattr(kind, f"__{in_place.__name__}__", _in_place(function))
        for name in REDUCTIONS:
            setattr(kind, name, _reducing(name, wrap))
        setattr(kind, "copy", _copied)  # noqa: B010
        setattr(kind, "reshape", _reshaped)  # noqa: B010
        setattr(kind, "__matmul__", lambda self, other: _product(wrap, self, other))  # noqa: B010
        setattr(kind, "__hash__", object.__hash__)  # noqa: B010
    setattr(SimulatedArray, "_gathered", _gathered)  # noqa: B010


def _is_bool(value: Any) -> bool:
    return str(numba_type(kind_of(value))) == "bool"


def _gathered(array: Any, indices: Any) -> _Expression:
    """`x[indices]`, `x[mask]`."""
    places = _elements(indices)
    if len(array.shape) == places.ndim == 1 and all(map(_is_bool, places)):
        picked = [array[k] for k, place in enumerate(places) if place]
        return _Expression(np.fromiter(picked, object, len(picked)))
    if (
        isinstance(array, _Expression)
        or len(array.shape) != 1
        or any(_is_bool(place) or not hasattr(place, "__index__") for place in places.flat)
    ):
        raise TypeError("an array is indexed by an array: in a kernel that is of one dimension, and by integers")
    made = np.empty(places.shape, object)
    for where, place in np.ndenumerate(places):
        made[where] = array[place]
    return _Expression(made)


def _in_place(function: Any) -> Callable[[Any, Any], Any]:
    def update(self: Any, other: Any) -> Any:
        made = _elementwise(function, self, other)
        if isinstance(self, _Expression):
            return made
        self[...] = made
        return self

    return update
