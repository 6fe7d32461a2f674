"""Assignment from memory that overlaps: values are read before anything is written, as in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.backends.cuda.faults import assigned
from xpuarray.placement.devices import Device

DTYPES = ("bool", "int8", "uint16", "float16", "int32", "float32", "int64", "float64", "complex64", "complex128")
#: Just below, at and above what copies take at once: chunks of 16 bytes, groups of 1,024
SIZES = (5, 1023, 1024, 40_001)
OFFSETS = (1, 2, 3, 8, 511)


def values(dtype: str, size: int) -> np.ndarray:
    return (np.arange(size) % 251).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_of_every_item_size_and_offset(dtype: str, device: Device):
    if device.info.fit(np.dtype(dtype)) != dtype or (dtype == "float16" and not device.info.fp16):
        return
    for size in SIZES:
        host, x = values(dtype, size), xp.asarray(values(dtype, size))
        for k in (k for k in OFFSETS if k < size):
            for array in (host, x):
                array[k:] = array[:-k]
                array[:-k] = array[k:]
                array[k:] = array[size - k - 1 :: -1]
        np.testing.assert_array_equal(xp.asnumpy(x), host)


def square(a: Any) -> Any:
    return a[:900].reshape(30, 30)


def as_indices(a: Any) -> Any:
    """(In the memory that is written to, where the dtype allows.)"""
    return a if a.dtype.kind == "u" else a.astype("int64")


#: what is written to, where in it, and what is written
OVERLAPS = {
    "reversed": lambda a: (a, slice(None), a[::-1]),
    "spread": lambda a: (a, slice(0, 500, 2), a[:250]),
    "gathered": lambda a: (a, slice(250), a[:500:2]),
    "of other strides": lambda a: (a, slice(300, 900, 3), a[500:900:2]),
    "transposed": lambda a: (square(a), slice(None), square(a).T),
    "rows": lambda a: (square(a), slice(1, None), square(a)[:-1]),
    "columns": lambda a: (square(a), (..., slice(1, None)), square(a)[:, :-1]),
    "one row to all": lambda a: (square(a), slice(None), a[30:60]),
    "indices": lambda a: (a, list(range(1, 1024)), a[:1023]),
    "by itself": lambda a: (a[:251], as_indices(a[:251]), a[100:351]),
    "mask": lambda a: (a, a > 100, a[::-1][a[::-1] > 100]),
}


def test_of_every_shape(device: Device):
    for dtype in ("uint16",) if device.parent else ("uint16", "float32"):
        for assignment in OVERLAPS.values():
            host, x = values(dtype, 1024), xp.asarray(values(dtype, 1024))
            target, key, value = assignment(host)
            target[key.copy() if isinstance(key, np.ndarray) else key] = value.copy()
            target, key, value = assignment(x)
            target[key] = value
            np.testing.assert_array_equal(xp.asnumpy(x), host)


@pytest.mark.parametrize("route", ["auto", "kernel", "library"])
def test_in_place(route: str, device: Device):
    for size in (100, 40_000):
        host, x = values("float32", size), xp.asarray(values("float32", size))
        host[1:] += host[:-1]
        with xp.prefer(route):
            x[1:] += x[:-1]
        np.testing.assert_array_equal(xp.asnumpy(x), host)


class Hasty(np.ndarray):
    """Writes before it has read all, as CuPy 14 does."""

    def __setitem__(self, key: Any, value: Any) -> None:
        target = np.ndarray.__getitem__(self, key)
        for k in range(len(target)):
            np.ndarray.__setitem__(target, k, value[k])


def test_what_mends_cupy():
    """(No GPU is needed to see that the values are copied first.)"""
    native = np.arange(6).view(Hasty)
    native[1:] = native[:-1]
    assert native.tolist() == [0] * 6
    native = np.arange(6).view(Hasty)
    assigned(np, native, slice(1, None), native[:-1])
    assert native.tolist() == [0, 0, 1, 2, 3, 4]
