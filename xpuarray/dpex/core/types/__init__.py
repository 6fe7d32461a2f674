"""The types that signatures are written with: arrays in USM memory, and Numba's scalars."""

from __future__ import annotations

from typing import Any

from numba.core.types import (
    Array,
    Type,
    boolean,
    complex64,
    complex128,
    float32,
    float64,
    int32,
    int64,
    none,
    uint32,
    uint64,
    void,
)

__all__ = [
    "DpnpNdArray", "USMNdArray", "b1", "bool_", "boolean", "complex128", "complex64", "double", "f4", "f8", "float32",
    "float64", "float_", "i4", "i8", "int32", "int64", "none", "u4", "u8", "uint32", "uint64", "usm_ndarray", "void",
]  # fmt: skip


class USMNdArray(Array):
    """The type of a dpnp.tensor.usm_ndarray or a dpnp.ndarray, for signatures.

    ndim: the number of dimensions
    layout: "C" for contiguous arrays, "F" or "A" for others
    dtype: a Numba scalar type
    device: the filter string of the device to compile for; the default device if left out

    A kernel does not depend on the kind of USM memory and on the queue, so these are not looked at.
    """

    def __init__(
        self,
        ndim: int,
        layout: str = "C",
        dtype: Type = float64,
        usm_type: str = "device",
        device: str | None = None,
        queue: Any = None,
        **options: Any,
    ):
        self.usm_type = usm_type
        self.device = device
        name = f"{type(self).__name__}(dtype={dtype}, ndim={ndim}, layout={layout}, device={device})"
        super().__init__(dtype, ndim, layout, name=name)

    @property
    def key(self) -> tuple[Any, ...]:
        """What distinguishes the type from others."""
        return *super().key, self.device


class DpnpNdArray(USMNdArray):
    """The type of a dpnp.ndarray; a kernel makes no difference."""


usm_ndarray = USMNdArray
bool_ = b1 = boolean
i4, i8, u4, u8, f4, f8 = int32, int64, uint32, uint64, float32, float64
float_, double = float32, float64
