"""Signatures written with Numba's types, as the argument types that kernels are compiled for."""

from __future__ import annotations

from typing import Any

from numba.core import types
from numba.core.sigutils import is_signature
from numba.core.typing import Signature
from numba.np.numpy_support import as_dtype

from xpuarray.compiler.frontend.numba_types import ADDRESS_SPACES, DeviceArray, ItemType, NdItemType
from xpuarray.dpex.core.exceptions import InvalidKernelSpecializationError, KernelHasReturnValueError
from xpuarray.dpex.core.types import USMNdArray
from xpuarray.dpex.core.types.kernel_api.local_accessor import LocalAccessorType
from xpuarray.lang.types import ArrayType, KernelType, LocalType, Space, TupleType

__all__ = ["function_signature", "kernel_signature", "signatures_of"]


def signatures_of(given: Any) -> list[Any] | None:
    """The signatures that a decorator was given, or None if it was given something else.

    Raises NotImplementedError for signatures written as text.
    """
    signatures = given if isinstance(given, list) else [given]
    if any(isinstance(signature, str) for signature in signatures):
        raise NotImplementedError(f"a signature is a tuple of types, not text: {given!r}")
    return signatures if all(map(is_signature, signatures)) else None


def kernel_signature(kernel: str, signature: Any) -> tuple[Space | None, tuple[KernelType, ...], str | None]:
    """What to compile: the space (None for a kernel without an item), the arguments' types, and the
    filter string of the device, if one of them names it.

    Raises KernelHasReturnValueError or InvalidKernelSpecializationError, naming the signature.
    """
    arguments = list(signature.args if isinstance(signature, Signature) else signature)
    if isinstance(signature, Signature) and signature.return_type not in (None, types.none, types.void):
        raise KernelHasReturnValueError(
            f"kernel {kernel}: the signature {signature} has a return value; a kernel returns nothing"
        )
    space = None
    if arguments and isinstance(arguments[0], (ItemType, NdItemType)):
        item = arguments.pop(0)
        space = Space(item.ndim, isinstance(item, NdItemType))
    kernel_types = [_kernel_type(argument) for argument in arguments]
    known = [t for t in kernel_types if t is not None]
    if len(known) < len(kernel_types):
        wrong = ", ".join(str(a) for a, t in zip(arguments, kernel_types) if t is None)
        raise InvalidKernelSpecializationError(
            f"kernel {kernel}: no argument can have the type {wrong}; arrays are DpnpNdArray or usm_ndarray"
        )
    device = next((a.device for a in arguments if isinstance(a, USMNdArray) and a.device), None)
    return space, tuple(known), device


def function_signature(signature: Any) -> Signature:
    """A device function's signature, with array types as they are inside a kernel."""
    given = signature if isinstance(signature, Signature) else Signature(None, signature, None)
    return given.replace(
        return_type=None if given.return_type is None else _inside(given.return_type),
        args=tuple(map(_inside, given.args)),
    )


def _inside(numba_type: types.Type) -> types.Type:
    layout = "C" if getattr(numba_type, "layout", "C") == "C" else "A"
    if isinstance(numba_type, USMNdArray):
        return DeviceArray(numba_type.dtype, numba_type.ndim, layout)
    if isinstance(numba_type, LocalAccessorType):
        return DeviceArray(numba_type.dtype, numba_type.ndim, layout, ADDRESS_SPACES["local"])
    return numba_type


def _kernel_type(numba_type: types.Type) -> KernelType | None:
    if isinstance(numba_type, USMNdArray):
        layout = "C" if numba_type.layout == "C" else "A"
        return ArrayType(as_dtype(numba_type.dtype).name, numba_type.ndim, layout)
    if isinstance(numba_type, LocalAccessorType):
        return LocalType(as_dtype(numba_type.dtype).name, numba_type.ndim)
    if isinstance(numba_type, (types.Number, types.Boolean)):
        return as_dtype(numba_type).name
    if isinstance(numba_type, types.BaseTuple):
        parts = [_kernel_type(part) for part in numba_type]
        known = [part for part in parts if part is not None]
        return TupleType(tuple(known)) if len(known) == len(parts) else None
    return None
