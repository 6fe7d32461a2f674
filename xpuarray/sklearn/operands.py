"""What goes into a call and comes out of it: arrays are found, and replaced, in lists and dictionaries too."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.errors import ImplicitTransferError, PlacementError, UnsupportedDTypeError
from xpuarray.placement.devices import Device

__all__ = ["arrays_in", "has_arrays", "one_device", "replaced"]

#: A list of more than so many, the first of which is one of these, is a table of numbers or names.
_LONG = 64
#: Names of arguments that have a value for each sample, and are no settings (classes, cv, param_range).
_DATA = ("X", "Y", "y", "T", "groups")
_DATA_LIKE = ("X_", "y_", "sample_weight", "labels_", "arrays[")
_PLAIN = (int, float, str, bool, bytes)


def _parts(value: Any) -> Any:
    """What is in a list, tuple or dictionary, and in an object array; nothing in anything else."""
    if isinstance(value, (list, tuple)):
        return () if len(value) > _LONG and type(value[0]) in _PLAIN else value
    return value.values() if isinstance(value, dict) else ()


def arrays_in(value: Any) -> Iterator[Array]:
    """All arrays of ours in `value`."""
    if type(value) is Array:
        yield value
    else:
        for part in _parts(value):
            yield from arrays_in(part)


def has_arrays(value: Any) -> bool:
    """Whether there is one."""
    if type(value) is Array:
        return True
    if isinstance(value, (tuple, list, dict)):
        for part in _parts(value):
            if type(part) is Array or (isinstance(part, (tuple, list, dict)) and has_arrays(part)):
                return True
    return False


def replaced(value: Any, leaf: Callable[[Any], Any]) -> Any:
    """The same with what `leaf` makes of whatever is no container; `value` itself if it makes no other of any."""
    if isinstance(value, dict):
        made = {key: replaced(part, leaf) for key, part in value.items()}
        if all(made[key] is part for key, part in value.items()):
            return value
        return made if type(value) is dict else type(value)(**made)
    if isinstance(value, (list, tuple)):
        parts = _parts(value)
        new = [replaced(part, leaf) for part in parts]
        if all(a is b for a, b in zip(new, parts, strict=True)):
            return value
        return type(value)(*new) if hasattr(value, "_fields") else type(value)(new)
    if type(value) is np.ndarray and value.dtype == object and value.ndim == 1:
        parts = [replaced(part, leaf) if isinstance(part, np.ndarray) else part for part in value]
        if all(a is b for a, b in zip(parts, value, strict=True)):
            return value
        ragged = np.empty(len(parts), object)
        for k, part in enumerate(parts):
            ragged[k] = part
        return ragged
    return leaf(value)


def one_device(
    function: str, call: Callable[..., Any], args: Any, kwargs: Any, params: dict[str, Any], home: Device | None
) -> Device:
    """The device of all arrays of a call, which is `home` where a fitted model has one.

    params: the estimator's parameters that have arrays, if it is to be fitted

    Raises PlacementError for arrays on two devices, ImplicitTransferError for data on the host, UnsupportedDTypeError
    for complex numbers.
    """
    device, holder, place = home, None, 0

    def name_of(operand: Any, place: int) -> str:
        """As the signature has it, which is asked for an error alone."""
        if operand is None:
            return "the model"
        named = {**params, **_named(call, args, kwargs)}
        return next((name for name, other in named.items() if other is operand), f"argument {place}")

    for k, operand in enumerate((*params.values(), *args, *kwargs.values())):
        for array in (operand,) if type(operand) is Array else arrays_in(operand):
            if array.dtype.kind == "c":
                raise UnsupportedDTypeError(
                    f"{function}: an argument is {array.dtype}, and scikit-learn computes with real numbers; "
                    "give it real and imaginary part as features"
                )
            if device is None:
                device, holder, place = array._device, operand, k
            elif device is not array._device:
                name = name_of(operand, k)
                other = "" if holder is not None else f" or model.to_device({str(array._device)!r})"
                raise PlacementError(
                    f"{function}: {name_of(holder, place)} is on {device}, {name} is on {array._device}; "
                    f"move one: {name}.to_device({str(device)!r}){other}"
                )
    assert device is not None, "called without a device array"
    if any(type(operand) is not Array and _numbers_on_host(operand) for operand in (*args, *kwargs.values())):
        for name, operand in _named(call, args, kwargs).items():
            if (name in _DATA or name.startswith(_DATA_LIKE)) and _numbers_on_host(operand):
                there = name_of(holder, place)
                where = repr(str(device)) if holder is None else f"{there}.device"
                raise ImplicitTransferError(
                    f"{function}: {name} is a {_kind(operand)}, {there} is on {device}; xpuarray does not copy it in "
                    f"silence. Write xp.asarray({name}, device={where})"
                )
    return device


def _named(call: Callable[..., Any], args: Any, kwargs: Any) -> dict[str, Any]:
    """The arguments by their names; those of `*arrays` by number."""
    try:
        bound = inspect.signature(call).bind_partial(*args, **kwargs)
    except TypeError:  # the call will say so
        return {**{f"argument {k}": a for k, a in enumerate(args)}, **kwargs}
    named: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        kind = bound.signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_POSITIONAL:
            named.update({f"{name}[{k}]": v for k, v in enumerate(value)})
        elif kind is inspect.Parameter.VAR_KEYWORD:
            named.update(value)
        else:
            named[name] = value
    return named


def _kind(operand: Any) -> str:
    return f"{type(operand).__module__.partition('.')[0]}.{type(operand).__name__}"


def _numbers_on_host(operand: Any) -> bool:
    """Text, such as class names, and sparse matrices may be on the host: no device can hold them."""
    if isinstance(operand, np.ndarray):
        return operand.dtype.kind in "biufc" and operand.ndim > 0
    if isinstance(operand, (Array, np.generic, list, tuple, dict, str, int, float, type(None))):
        return False
    return any(hasattr(operand, a) for a in ("__array__", "__dlpack__", "__array_interface__"))
