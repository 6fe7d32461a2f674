"""Bools and bits as bytes, and bytes as bits."""

from __future__ import annotations

import numpy as np

from xpuarray.core.array import Array
from xpuarray.functions import creation, joining, manipulation, reductions
from xpuarray.functions.checking import checked
from xpuarray.functions.data_types import astype
from xpuarray.functions.editing import along
from xpuarray.functions.few import whole_by_numpy
from xpuarray.placement.devices import Device

__all__ = ["packbits", "unpackbits"]


def _weights(bitorder: str, device: Device) -> Array:
    """How far each of eight bits is shifted."""
    if bitorder not in ("big", "little"):
        raise ValueError(f"bitorder is 'big' or 'little', not {bitorder!r}")
    shifts = list(range(8))
    return creation.asarray(shifts[::-1] if bitorder == "big" else shifts, np.uint8, device=device)


@whole_by_numpy
@checked
def packbits(a: Array, /, axis: int | None = None, bitorder: str = "big") -> Array:
    """Eight elements along `axis` (None: of a flattened) as the bits of a uint8: 1 for what is not 0.

    >>> import xpuarray as xp
    >>> xp.packbits(xp.asarray([True, False, True], device="host")).tolist()
    [160]
    """
    if a.dtype.kind not in "biu":
        raise TypeError(f"packbits: takes integers or bools, not {a.dtype}")
    x, axis = along("packbits", a, axis)
    bits = manipulation.moveaxis(x != 0, axis, -1)
    missing = creation.zeros((*bits.shape[:-1], -bits.shape[-1] % 8), np.bool_, device=a.device)
    bits = joining.concat([bits, missing], axis=-1)
    eights = astype(bits, np.uint8).reshape((*bits.shape[:-1], bits.shape[-1] // 8, 8))
    bytes_ = reductions.sum(eights << _weights(bitorder, a.device), axis=-1, dtype=np.uint8)
    return manipulation.moveaxis(bytes_, -1, axis)


@checked
def unpackbits(a: Array, /, axis: int | None = None, count: int | None = None, bitorder: str = "big") -> Array:
    """The bits of each uint8 along `axis` (None: of a flattened), as uint8.

    count: so many of them: more are 0, and of a negative number so many are left out
    """
    if a.dtype != np.uint8:
        raise TypeError(f"unpackbits: takes uint8, not {a.dtype}")
    x, axis = along("unpackbits", a, axis)
    bytes_ = manipulation.moveaxis(x, axis, -1)
    bits = (bytes_[..., None] >> _weights(bitorder, a.device)) & 1
    bits = bits.reshape((*bytes_.shape[:-1], 8 * bytes_.shape[-1]))
    if count is not None:
        if -count > bits.shape[-1]:
            raise ValueError(f"unpackbits: there are no {-count} bits to leave out, but {bits.shape[-1]}")
        more = creation.zeros((*bits.shape[:-1], max(count - bits.shape[-1], 0)), np.uint8, device=a.device)
        bits = joining.concat([bits[..., :count], more], axis=-1)
    return manipulation.moveaxis(bits, -1, axis)
