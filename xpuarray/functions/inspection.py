"""What is asked of arrays and of the namespace: shapes, kinds, `xp.__array_namespace_info__()`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.promotion import default_float
from xpuarray.core.shapes import normalise_axes
from xpuarray.core.typing import Place
from xpuarray.functions.checking import checked
from xpuarray.functions.data_types import isdtype
from xpuarray.placement.devices import Device, as_device, default_device, devices

__all__ = ["__array_namespace_info__", "iscomplexobj", "isrealobj", "isscalar", "ndim", "shape", "size"]

#: float16 is none of the standard's.
_DTYPES = ["bool"] + [f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)]

_DTYPES += ["float32", "float64", "complex64", "complex128"]


class Info:
    """What the namespace, and each of its devices, can do."""

    def capabilities(self) -> dict[str, Any]:
        """Masks and functions whose results' shapes depend on values are supported, in up to 64 dimensions."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self) -> Device:
        """Where new arrays go: `xp.default_device()`."""
        return default_device()

    def devices(self) -> list[Device]:
        """The usable devices that the environment's filters admit, best first: what `x.device` may be."""
        return [d for d in devices() if d.usable]

    def default_dtypes(self, *, device: Place = None) -> dict[str, np.dtype]:
        """The dtypes of new arrays on `device`: float32 and complex64 where it has no doubles."""
        real = default_float(as_device(device))
        return {
            "real floating": real,
            "complex floating": np.result_type(real, np.complex64),
            "integral": np.dtype(np.int64),
            "indexing": np.dtype(np.int64),
        }

    def dtypes(self, *, device: Place = None, kind: str | tuple[str, ...] | None = None) -> dict[str, np.dtype]:
        """The standard's dtypes, by name, that `device` can hold, of one kind (as in `isdtype`) or of several.

        Raises ValueError for an unknown kind.
        """
        place = as_device(device)
        held = {n: np.dtype(n) for n in _DTYPES if place.info.fit(np.dtype(n)) == np.dtype(n)}
        return held if kind is None else {n: d for n, d in held.items() if isdtype(d, kind)}


_INFO = Info()


def __array_namespace_info__() -> Info:  # noqa: N807
    """Capabilities, devices and dtypes, as in the Array API standard.

    >>> import xpuarray as xp
    >>> xp.__array_namespace_info__().capabilities()["boolean indexing"]
    True
    """
    return _INFO


def shape(a: Any) -> tuple[int, ...]:
    """The extents of a, which may be nested sequences; () of a scalar."""
    return a.shape if isinstance(a, Array) else np.shape(a)


def ndim(a: Any) -> int:
    """The number of dimensions of a."""
    return len(shape(a))


@checked
def size(a: Any, axis: int | Sequence[int] | None = None) -> int:
    """The number of elements of a, or along `axis`."""
    return math.prod(shape(a)[k] for k in normalise_axes("size", axis, ndim(a)))


def isscalar(element: Any) -> bool:
    """Whether `element` is a scalar, which a 0-dimensional array is not."""
    return np.isscalar(element)


def iscomplexobj(x: Any) -> bool:
    """Whether x is complex by its dtype."""
    return np.dtype(x.dtype).kind == "c" if hasattr(x, "dtype") else np.iscomplexobj(x)


def isrealobj(x: Any) -> bool:
    """Whether x is real by its dtype."""
    return not iscomplexobj(x)
