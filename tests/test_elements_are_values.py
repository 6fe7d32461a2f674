"""An element (all integers in its index) is a value on every device; what is a view and what a copy is NumPy's rule."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.core import pending
from xpuarray.core.element import Element
from xpuarray.placement.devices import Device


def sizes(device: Device) -> tuple[int, int]:
    """Few elements are NumPy's where the memory is shared, many the device's (the fake one's are Python's)."""
    return (4, 100 if device.backend == "fake" else 100_000)


def counted(size: int, dtype: Any = np.float32) -> xp.Array:
    return xp.asarray(np.arange(size).astype(dtype))


ELEMENTS: dict[str, Callable[[xp.Array], xp.Array]] = {
    "x[1]": lambda x: x[1],
    "x[-3]": lambda x: x[1 - x.size],
    "x[(1,)]": lambda x: x[(1,)],
    "x[np.int64]": lambda x: x[np.int64(1)],
    "x[0-d]": lambda x: x[xp.asarray(1)],
    "m[0, 1]": lambda x: x.reshape(2, -1)[0, 1],
    "m[0][1]": lambda x: x.reshape(2, -1)[0][1],
    "0-d[()]": lambda x: x[1, ...][()],
    "iter": lambda x: [v for v, _ in zip(x, range(2))][1],
    "flat": lambda x: x.flat[1],
}


@xp.kernel
def nine(item: xp.kernel_api.Item, x: Any) -> None:
    x[1] = 9


WRITES: dict[str, Callable[[xp.Array], Any]] = {
    "x[1] = 9": lambda x: x.__setitem__(1, 9),
    "x[:] = 9": lambda x: x.__setitem__(slice(None), 9),
    "x *= 9": lambda x: x.__imul__(9),
    "fill": lambda x: x.fill(9),
    "out": lambda x: xp.add(x, 8, out=x),
    "view": lambda x: x[1:].__setitem__(0, 9),
    "indices": lambda x: x.__setitem__([1], 9),
    "mask": lambda x: x.__setitem__(x == 1, 9),
    "native": lambda x: x.native.__setitem__(1, 9),
    "kernel": lambda x: nine[xp.Range(1)](x),
}


@pytest.mark.parametrize("write", WRITES)
def test_what_is_written_later_is_not_seen(write: str, device: Device):
    for size in sizes(device):
        for name, element in ELEMENTS.items():
            for busy in (False, True):
                x = counted(size)
                if busy:
                    x += 0
                value = element(x)
                assert value.shape == () and value.dtype == np.float32
                WRITES[write](x)
                assert float(x[1]) == 9, name
                assert float(value) == 1, name


def test_writing_into_the_element_leaves_the_array(device: Device):
    for size in sizes(device):
        x = counted(size)
        value = x[1]
        value += 5
        value *= 2
        assert (float(value), float(x[1])) == (12, 1)
        view = x[1, ...]  # an array of no dimensions, as NumPy's
        view += 5
        assert float(x[1]) == 6


def test_exchange_of_elements(device: Device):
    x = counted(5)
    x[0], x[2] = x[2], x[0]
    x[3], x[4] = x[4] + x[3], x[3]
    assert xp.asnumpy(x).tolist() == [2, 1, 0, 7, 3]


USES: dict[str, Callable[[xp.Array], Any]] = {
    "float": float,
    "asnumpy": xp.asnumpy,
    "item": lambda v: v.item(),
    "bool": bool,
    "tolist": lambda v: v.tolist(),
    "repr": repr,
    "sum": lambda v: float(v.sum()),
    "copy": lambda v: float(copy.deepcopy(v)),
    "pickle": lambda v: float(pickle.loads(pickle.dumps(v))),
    "reshape": lambda v: xp.asnumpy(v.reshape(1)),
    "add": lambda v: float(v + 1),
    "scaled": lambda v: xp.asnumpy(xp.ones(50_000, dtype=xp.float32) * v + v),
    "mean": lambda v: float((xp.ones(50_000, dtype=xp.float32) * v).mean()),
    "evaluate": lambda v: (xp.evaluate(v, v + 1), float(v))[1],
    "fuse": lambda v: xp.asnumpy(xp.fuse(lambda a: a * 2)(v)),
    "stack": lambda v: xp.asnumpy(xp.stack([v, v])),
    "setitem": lambda v: (u := xp.zeros(3, dtype=xp.float32), u.__setitem__(1, v), xp.asnumpy(u))[2],
    "index": lambda v: int(xp.arange(5)[xp.astype(v, xp.int64)]),
    "itself": lambda v: float(v[()]),
    "strides": lambda v: (len(v.strides), v.itemsize, v.nbytes, v.size, v.ndim),
    "device": lambda v: str(v.to_device(v.device)) and float(v.to_device("host")),
    "axis": lambda v: xp.asnumpy(v[None]),
}


@pytest.mark.parametrize("route", ["auto", "kernel"])
def test_an_element_that_waits_is_used_as_any_array(route: str, device: Device):
    many = sizes(device)[1]
    if device.backend == "host":
        route = "auto"  # its kernels take long to compile, and no element waits there

    def pended() -> xp.Array:
        x = counted(many)
        x *= 3
        return x[1]

    for name, use in USES.items():
        with xp.prefer(route):
            np.testing.assert_array_equal(use(pended()), use(xp.asarray(3, dtype=xp.float32)), name)
            value = pended()
            np.testing.assert_array_equal(use(value), use(value), name)


def test_an_element_waits_where_it_must_be_fetched(device: Device):
    many = sizes(device)[1]
    x = counted(many)
    x *= 3
    value = x[1]
    waits = type(value._expression) is Element
    assert waits == (device.runtime.busy or not device.runtime.host_until)
    y = value * counted(many)  # reads x's memory in its turn
    x[1] = 0
    assert not pending._waiting.get(device) or y._buffer is not None
    assert float(y[2]) == 6


def test_memory_that_others_may_write_into_is_read_at_once(device: Device):
    x = counted(100_000)
    native = x.native
    value = x[1]
    native[1] = 9
    assert float(value) == 1


@pytest.mark.parametrize("key", [4, -5, (4,), (0, 0), np.int64(4)])
def test_out_of_bounds(key: Any, device: Device):
    for busy in (False, True):
        x = counted(4)
        if busy:
            x += 1
        with pytest.raises(IndexError):
            x[key]


# -- views and copies ---------------------------------------------------------------------------

ALIASES: dict[str, Callable[[Any, Any], Any]] = {
    "real": lambda m, x: m.real(x), "imag": lambda m, x: m.imag(x), ".real": lambda m, x: x.real,
    ".imag": lambda m, x: x.imag, "conj": lambda m, x: m.conj(x), ".conj": lambda m, x: x.conj(),
    ".conjugate": lambda m, x: x.conjugate(),
    "asarray": lambda m, x: m.asarray(x), "asanyarray": lambda m, x: m.asanyarray(x), "array": lambda m, x: m.array(x),
    "array, copy=None": lambda m, x: m.array(x, copy=None), "copy": lambda m, x: m.copy(x),
    ".copy": lambda m, x: x.copy(), "ascontiguousarray": lambda m, x: m.ascontiguousarray(x),
    "ascontiguousarray of T": lambda m, x: m.ascontiguousarray(x.T),
    "ravel": lambda m, x: m.ravel(x), "ravel of T": lambda m, x: m.ravel(x.T), ".ravel": lambda m, x: x.ravel(),
    "ravel of a column": lambda m, x: m.ravel(x[:, 0]), "flatten": lambda m, x: x.flatten(),
    "reshape": lambda m, x: m.reshape(x, (8,)), "reshape to its own": lambda m, x: m.reshape(x, (4, 2)),
    "reshape of T": lambda m, x: m.reshape(x.T, (8,)), "reshape of a column": lambda m, x: x[:, 0].reshape(2, 2),
    "squeeze": lambda m, x: m.squeeze(x), "expand_dims": lambda m, x: m.expand_dims(x, 0),
    "transpose": lambda m, x: m.transpose(x), "T": lambda m, x: x.T, "mT": lambda m, x: x.mT,
    "swapaxes": lambda m, x: m.swapaxes(x, 0, 1), "swapaxes of one": lambda m, x: m.swapaxes(x, 0, 0),
    "moveaxis": lambda m, x: m.moveaxis(x, 0, 1), "moveaxis of one": lambda m, x: m.moveaxis(x, 0, 0),
    "rollaxis": lambda m, x: m.rollaxis(x, 1), "permute_dims": lambda m, x: m.permute_dims(x, (0, 1)),
    "matrix_transpose": lambda m, x: m.matrix_transpose(x), "broadcast_to": lambda m, x: m.broadcast_to(x, (3, 4, 2)),
    "broadcast_to its own": lambda m, x: m.broadcast_to(x, (4, 2)),
    "broadcast_arrays": lambda m, x: m.broadcast_arrays(x, x)[0],
    "flip": lambda m, x: m.flip(x), "flipud": lambda m, x: m.flipud(x), "fliplr": lambda m, x: m.fliplr(x),
    **{f"rot90, {k}": lambda m, x, k=k: m.rot90(x, k) for k in range(4)},
    "roll": lambda m, x: m.roll(x, 0), "roll, axis": lambda m, x: m.roll(x, 0, 0),
    "astype": lambda m, x: x.astype(x.dtype), "astype, copy=False": lambda m, x: x.astype(x.dtype, copy=False),
    "xp.astype": lambda m, x: m.astype(x, x.dtype, copy=False), "x[...]": lambda m, x: x[...],
    "x[:]": lambda m, x: x[:], "x[0]": lambda m, x: x[0], "x[0, 0]": lambda m, x: x[0, 0],
    "x[0, 0, ...]": lambda m, x: x[0, 0, ...], "x[None]": lambda m, x: x[None], "x[[0]]": lambda m, x: x[[0]],
    "flat": lambda m, x: x.flat[:], "atleast_1d": lambda m, x: m.atleast_1d(x),
    "atleast_3d": lambda m, x: m.atleast_3d(x),
    "split": lambda m, x: m.split(x, 2)[0], "hsplit": lambda m, x: m.hsplit(x, 2)[0],
    "array_split": lambda m, x: m.array_split(x, 3)[0], "unstack": lambda m, x: m.unstack(x)[0],
    "round": lambda m, x: m.round(x, 2), "clip": lambda m, x: m.clip(x, None, None),
    "nan_to_num": lambda m, x: m.nan_to_num(x), "nan_to_num, copy=False": lambda m, x: m.nan_to_num(x, copy=False),
    "real_if_close": lambda m, x: m.real_if_close(x), "tril": lambda m, x: m.tril(x, 9),
    "sort": lambda m, x: m.sort(x), "sum": lambda m, x: m.sum(x, axis=()), "max": lambda m, x: m.max(x[:1], axis=0),
    "prod": lambda m, x: m.prod(x[:1], axis=0), "nanmax": lambda m, x: m.nanmax(x[:1], axis=0),
    "concat": lambda m, x: m.concat([x]), "stack": lambda m, x: m.stack([x]), "hstack": lambda m, x: m.hstack([x]),
    "block": lambda m, x: m.block([x]), "tile": lambda m, x: m.tile(x, 1), "repeat": lambda m, x: m.repeat(x, 1),
    "pad": lambda m, x: m.pad(x, 0), "trim_zeros": lambda m, x: m.trim_zeros(x[0]),
    "resize": lambda m, x: m.resize(x, (4, 2)),
    "diff": lambda m, x: m.diff(x, 0), "compress": lambda m, x: m.compress([True, False], x, axis=1),
    "meshgrid": lambda m, x: m.meshgrid(x[0], x[0])[0], "from_dlpack": lambda m, x: m.from_dlpack(x),
    "select": lambda m, x: m.select([x == x], [x]), "fftshift": lambda m, x: m.fft.fftshift(x, axes=()),
    "diagonal": lambda m, x: m.diagonal(x), "diag": lambda m, x: m.diag(x),
    "einsum": lambda m, x: m.einsum("ij->ji", x),
    "meshgrid, copy=False": lambda m, x: m.meshgrid(x[0], x[0], copy=False)[0],
    # docs/differences.md: a view in NumPy, a copy here
    "matrix_power": lambda m, x: m.linalg.matrix_power(x[:2], 1),
}  # fmt: skip
COPIES_HERE = {"matrix_power"}


def alias(m: Any, function: Callable[[Any, Any], Any], x: Any) -> str:
    """Whether what the function returns changes with x."""
    try:
        result = function(m, x)
    except (TypeError, ValueError, RuntimeError) as error:
        return type(error).__name__
    before = xp.asnumpy(result) if m is xp else result.copy()
    x[...] = 99
    return "copy" if np.array_equal(before, xp.asnumpy(result) if m is xp else result) else "view"


@pytest.mark.parametrize("dtype", ["int64", "float32", "bool", "complex64"])
def test_views_and_copies(dtype: str, device: Device):
    host = (np.arange(8).reshape(4, 2) % 2).astype(dtype)
    for route in ["auto"] if device.parent or device.backend == "host" else ["auto", "kernel"]:
        for name, function in ALIASES.items():
            expected = "copy" if name in COPIES_HERE else alias(np, function, host.copy())
            with xp.prefer(route):
                found = alias(xp, function, xp.asarray(host))
            if "Error" not in expected + found:  # which dtypes a function takes is no subject here
                assert found == expected, (name, found, expected)
