"""A launch's arguments: on which device they are, of which types, and how they are passed."""

from __future__ import annotations

import dis
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from xpuarray.backends.info import DeviceInfo
from xpuarray.core.array import Array
from xpuarray.errors import ImplicitTransferError, KernelArgumentError, KernelRangeError, PlacementError
from xpuarray.lang.memory import LocalAccessor
from xpuarray.lang.ranges import NdRange
from xpuarray.lang.types import KernelType, LocalType, Space, TupleType, scalar_type
from xpuarray.placement.devices import Device, default_device
from xpuarray.text import integer

__all__ = ["check_item", "check_range", "no_range", "pack_arguments"]

_SCALARS = {
    *("bool", "float16", "float32", "float64", "complex64", "complex128"),
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
}
_TAKEN = "arrays, numbers and bools, tuples of these, and LocalAccessors"
_NARROW = {"float64": "float32", "complex128": "complex64"}


def pack_arguments(
    kernel: str, parameters: Sequence[str], args: Sequence[Any]
) -> tuple[Device, tuple[KernelType, ...], list[Any]]:
    """The device all arrays among `args` are on (the default device if there are none), the type of
    each argument, and what is passed for them.

    Raises PlacementError, ImplicitTransferError or KernelArgumentError, naming the argument.
    """
    if len(args) != len(parameters):
        raise KernelArgumentError(
            f"{kernel} takes {len(parameters)} argument(s) besides the item ({', '.join(parameters)}), not {len(args)}"
            + (f"; its first parameter is the item: def {kernel}(item, ...)" if len(args) > len(parameters) else "")
        )
    device: Device | None = None
    for arg in args:
        if type(arg) is Array:
            if device is None:
                device = arg._device
            elif arg._device is not device:
                raise _misplaced(kernel, parameters, args)
    if device is None:
        device = _device_in_tuples(args) or default_device()
    types: list[KernelType] = []
    packed: list[Any] = []
    for position, arg in enumerate(args):
        kernel_type: KernelType
        if type(arg) is Array:
            kernel_type, values = arg._kernel_argument or arg._as_kernel_argument()
        else:
            kernel_type, values = _pack(f"{kernel}: argument {parameters[position]!r}", device, arg)
        types.append(kernel_type)
        packed.extend(values)
    return device, tuple(types), packed


def _device_in_tuples(args: Sequence[Any]) -> Device | None:
    for arg in args:
        if isinstance(arg, tuple):
            for part in arg:
                if isinstance(part, Array):
                    return part._device
    return None


def _pack(where: str, device: Device, arg: Any) -> tuple[KernelType, tuple[Any, ...]]:
    """Type and launch arguments of anything but a plain array."""
    name = scalar_type(arg)
    if name is not None:
        if name not in _SCALARS:
            raise KernelArgumentError(f"{where} is a NumPy scalar of {name}; a kernel takes {_TAKEN}")
        if not device.info.fp64 and not isinstance(arg, np.generic):
            name = _NARROW.get(name, name)
        return name, device.runtime.pack_scalar(arg, name)
    if isinstance(arg, Array):
        if arg._device is not device:
            raise PlacementError(f"{where} is on {arg._device}, another one on {device}; move it with .to_device(...)")
        return arg._as_kernel_argument()
    if isinstance(arg, tuple):
        parts = [_pack(where, device, part) for part in arg]
        return TupleType(tuple(t for t, _ in parts)), tuple(v for _, values in parts for v in values)
    if isinstance(arg, LocalAccessor):
        return LocalType(arg.dtype.name, len(arg.shape)), device.runtime.pack_local(arg.dtype, arg.shape)
    if isinstance(arg, np.ndarray) or hasattr(arg, "__dlpack__"):
        raise ImplicitTransferError(
            f"{where} is a {type(arg).__module__.partition('.')[0]} array; kernels take xpuarray arrays: "
            "write xp.asarray(a, device=...) first"
        )
    if isinstance(arg, int):
        raise KernelArgumentError(f"{where} is {integer(arg)}, which neither int64 nor uint64 holds")
    if isinstance(arg, list):
        raise KernelArgumentError(
            f"{where} is a list, to which a kernel can't write: write xp.asarray(...) first, or a tuple of scalars"
        )
    raise KernelArgumentError(f"{where} has type {type(arg).__name__}; a kernel takes {_TAKEN}{_hint(arg)}")


def _hint(arg: Any) -> str:
    if isinstance(arg, type):
        return f": {arg.__name__} itself was given; write {arg.__name__}(...)"
    if hasattr(arg, "__float__"):
        return ": write float(...)"
    return ""


def _misplaced(kernel: str, parameters: Sequence[str], args: Sequence[Any]) -> PlacementError:
    places = ", ".join(f"{name!r} on {arg._device}" for name, arg in zip(parameters, args) if isinstance(arg, Array))
    return PlacementError(f"{kernel}: arguments on several devices: {places}; move them with .to_device(...)")


def check_range(kernel: str, range: Any, args: Sequence[Any], info: DeviceInfo) -> None:
    """Raise KernelRangeError for a range or local memory that the device can't run."""
    local = [arg for arg in args if isinstance(arg, LocalAccessor)]
    if not isinstance(range, NdRange):
        return
    size = range.local_range.size()
    if size > info.max_work_group_size:
        raise KernelRangeError(
            f"{kernel}: a work-group of {size} work-items ({range.local_range}) is larger than "
            f"{info.filter_string} allows: {info.max_work_group_size}"
        )
    needed = sum(arg.nbytes for arg in local)
    if needed > info.local_memory:
        raise KernelRangeError(
            f"{kernel}: its LocalAccessors need {needed:,} bytes a work-group; {info.filter_string} has "
            f"{info.local_memory:,}"
        )


def no_range(kernel: str, given: Any) -> KernelRangeError:
    """Something else stands where the range should."""
    instead = repr(given) if isinstance(given, (int, tuple)) else f"{type(given).__name__} object"
    example = f"Range({given})" if isinstance(given, int) else "Range(n)"
    return KernelRangeError(
        f"{kernel}: the range comes before the arguments, and {instead} is none: call_kernel({kernel}, {example}, ...)"
    )


#: The methods of Item and NdItem that the other one lacks, and what it has in their place
_OF_ITEMS = {
    "get_id": "get_global_id",
    "get_range": "get_global_range",
    "get_linear_id": "get_global_linear_id",
    "get_linear_range": "get_global_linear_range",
}
_OF_ND_ITEMS = {ours: theirs for theirs, ours in _OF_ITEMS.items()} | dict.fromkeys(
    ("get_local_id", "get_local_range", "get_local_linear_id", "get_local_linear_range", "get_group", "get_sub_group")
)


def check_item(kernel: str, function: Any, space: Space) -> None:
    """Raise KernelRangeError for a kernel that asks its first parameter for what it has over the other kind of range
    only; before it is compiled.  Annotations are not looked at: they change nothing."""
    here, there, lacking = (
        ("an NdRange", "a Range", _OF_ITEMS) if space.grouped else ("a Range", "an NdRange", _OF_ND_ITEMS)
    )
    code = function.__code__
    if not code.co_argcount:
        return
    name = code.co_varnames[0]
    instructions = dis.get_instructions(code)
    for first, second in itertools.pairwise(instructions):
        if first.argval == name and second.opname in ("LOAD_ATTR", "LOAD_METHOD") and second.argval in lacking:
            other = lacking[second.argval]
            raise KernelRangeError(
                f"{kernel} calls {name}.{second.argval}, which there is over {there} only: launch it over {there}, not "
                f"over {here}" + (f", or write {name}.{other}" if other else "")
            )
