"""A broadcast view, and memory that was given to be read, is not written to: by no operator, function or route."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.placement.devices import Device

Make = Callable[[xp.Array], xp.Array]

#: Of an array of one row: none of its elements may be written to through these.
VIEWS: dict[str, Make] = {
    "broadcast_to": lambda x: xp.broadcast_to(x, (3, 4)),
    "broadcast_to its own shape": lambda x: xp.broadcast_to(x, x.shape),
    "broadcast_arrays": lambda x: xp.broadcast_arrays(x, xp.zeros((3, 1), dtype=x.dtype))[0],
    "many": lambda x: xp.broadcast_to(x, (40_000, 4)),
    "a row": lambda x: xp.broadcast_to(x, (3, 4))[0],
    "a part": lambda x: xp.broadcast_to(x, (3, 4))[:1, 1:],
    "a column": lambda x: xp.broadcast_to(x, (3, 4))[:, 1],
    "transposed": lambda x: xp.broadcast_to(x, (3, 4)).T,
    "reversed": lambda x: xp.flip(xp.broadcast_to(x, (3, 4))),
    "more axes": lambda x: xp.expand_dims(xp.broadcast_to(x, (3, 4)), 0),
    "fewer axes": lambda x: xp.squeeze(xp.broadcast_to(x, (1, 1, 4))),
    "reshaped": lambda x: xp.broadcast_to(x, (3, 1, 4)).reshape(3, 4),
    "moved": lambda x: xp.moveaxis(xp.broadcast_to(x, (3, 4)), 0, 1),
    "split": lambda x: xp.split(xp.broadcast_to(x, (2, 4)), 2)[0],
    "itself": lambda x: xp.asarray(xp.broadcast_to(x, (3, 4))),
    "real": lambda x: xp.broadcast_to(x, (3, 4)).real,
    "diagonal of parts": lambda x: xp.unstack(xp.broadcast_to(x, (3, 4)))[1],
    "view": lambda x: xp.broadcast_to(x, (3, 4)).view(),
    "other dtype": lambda x: xp.broadcast_to(x, (3, 4)).view(xp.int32),
    "broadcast again": lambda x: xp.broadcast_to(xp.broadcast_to(x, (3, 4)), (2, 3, 4)),
}
WRITES: dict[str, Callable[[xp.Array], Any]] = {
    "+=": lambda b: b.__iadd__(1),
    "*= array": lambda b: b.__imul__(xp.ones_like(b)),
    "//= 2": lambda b: b.__ifloordiv__(2),
    "[0] =": lambda b: b.__setitem__(0, 5),
    "[...] =": lambda b: b.__setitem__(..., xp.zeros_like(b)),
    "[mask] =": lambda b: b.__setitem__(b == b, 5),
    "[indices] =": lambda b: b.__setitem__([0], 5),
    "fill": lambda b: b.fill(5),
    "sort": lambda b: b.sort(),
    "partition": lambda b: b.partition(0),
    "put": lambda b: b.put([0], 5),
    "xp.put": lambda b: xp.put(b, [0], 5),
    "flat": lambda b: b.flat.__setitem__(0, 5),
    ".flat": lambda b: setattr(b, "flat", 5),
    ".real": lambda b: setattr(b, "real", 5),
    "putmask": lambda b: xp.putmask(b, b == b, xp.zeros(1, dtype=b.dtype)),
    "place": lambda b: xp.place(b, b == b, xp.zeros(1, dtype=b.dtype)),
    "copyto": lambda b: xp.copyto(b, xp.zeros_like(b)),
    "put_along_axis": lambda b: xp.put_along_axis(b, xp.zeros(b.shape, dtype=xp.int64), 5, axis=-1),
    "fill_diagonal": lambda b: xp.fill_diagonal(xp.broadcast_to(b.reshape(-1)[:1], (3, 3)), 5),
    "nan_to_num": lambda b: xp.nan_to_num(b, copy=False),
    "out= of one operand": lambda b: xp.sin(b, out=b),
    "out= of two": lambda b: xp.add(b, b, out=b),
    "out= of clip": lambda b: xp.clip(b, 0, 1, out=b),
    "out= of sum": lambda b: xp.sum(b[None], axis=0, out=b),
    "out= of cumsum": lambda b: xp.cumsum(b, axis=0, out=b),
    "out= of matmul": lambda b: xp.matmul(xp.ones((3, 3), dtype=b.dtype), xp.ones((3, 4), dtype=b.dtype), out=b),
    "out= of concatenate": lambda b: xp.concatenate([b[:1], b[1:]], out=b),
    "out= of take": lambda b: xp.take(b, xp.arange(b.shape[0]), axis=0, out=b),
    "out= of mean": lambda b: xp.mean(b[None], axis=0, out=b),
    "out= of max": lambda b: xp.max(b[None], axis=0, out=b),
    "out= of where's kin": lambda b: xp.choose(xp.zeros(b.shape, dtype=xp.int64), [b], out=b),
}
#: Of the shape (3, 4) only
OF_ONE_SHAPE = {"out= of matmul"}


@pytest.mark.parametrize("route", ["auto", "kernel"])
@pytest.mark.parametrize("view", VIEWS)
def test_views(view: str, route: str, device: Device):
    """Each view, by an operator and by assignment."""
    if device.backend == "fake" and view == "many":
        return  # minutes of plain Python
    with xp.prefer("auto" if device.backend == "host" and view != "many" else route):
        row = xp.asarray([1, 2, 3, 4], dtype=xp.float32)
        assert not VIEWS[view](row).flags.writeable
        for write in ("+=", "[0] =", "fill", "out= of two"):
            with pytest.raises(ValueError, match="assignment destination is read-only"):
                WRITES[write](VIEWS[view](row))
        assert xp.asnumpy(row).tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("route", ["auto", "kernel"])
def test_writes(route: str, device: Device):
    """Each way to write, into a view and (to see that it is one) into a copy."""
    for name, write in WRITES.items():
        with xp.prefer("auto" if device.backend == "host" else route):
            row = xp.asarray([1, 2, 3, 4], dtype=xp.float32)
            with pytest.raises(ValueError, match="assignment destination is read-only"):
                write(xp.broadcast_to(row, (3, 4)))
            assert xp.asnumpy(row).tolist() == [1, 2, 3, 4], name
            kept = xp.broadcast_to(row, (3, 4)).copy()
            kept.flags.writeable = False  # whose memory could be written
            with pytest.raises(ValueError, match="assignment destination is read-only"):
                write(kept)
            assert xp.asnumpy(kept).tolist() == [[1, 2, 3, 4]] * 3, name
            if name != "fill_diagonal":
                write(xp.broadcast_to(row, (3, 4)).copy())


def test_copies_are_written_to(device: Device):
    view = xp.broadcast_to(xp.asarray([1, 2, 3, 4], dtype=xp.float32), (3, 4))
    for copy in (
        view + 0,
        view.copy(),
        view.flatten(),
        view.reshape(12),
        xp.asarray(view, copy=True),
        view[[0]],
        view.ravel(),
    ):
        copy += 1
        copy[...] = 7
        assert xp.asnumpy(copy).ravel().tolist() == [7] * copy.size
    same = xp.broadcast_arrays(x := xp.zeros(3, dtype=xp.float32), x)[0]  # nothing repeats
    same += 1
    assert xp.asnumpy(x).tolist() == [1] * 3


def test_memory_that_is_given_to_be_read(device: Device):
    values = np.arange(3.0, dtype=np.float32)
    values.flags.writeable = False
    x = xp.from_dlpack(values)
    with pytest.raises(ValueError, match="read-only"):
        x += 1
    there = xp.from_dlpack(x, device=device)
    if there.device.backend != "host":
        there += 1  # a copy
    assert values.tolist() == [0, 1, 2]
    view = xp.broadcast_to(xp.zeros(1, dtype=xp.float32), (3,))
    seen = xp.asnumpy(view, copy=None)
    assert seen.flags.writeable == (seen.strides != (0,))


@pytest.mark.parametrize("view", VIEWS)
def test_who_takes_the_memory_may_not_write_either(view: str, device: Device):
    """Old capsules of DLPack can't say so, nor can CuPy."""
    x = VIEWS[view](xp.arange(4, dtype=xp.float32, device=device))
    assert not x.flags.writeable
    with pytest.raises(BufferError, match=r"x\.copy\(\)"):
        x.__dlpack__()
    if device.backend == "cuda":
        with pytest.raises(BufferError, match=r"x\.copy\(\)"):
            x.__dlpack__(max_version=(1, 0))
    elif device.backend != "fake":  # whose memory is out of reach
        there = np.from_dlpack(x, device="cpu")
        assert not there.flags.writeable and there.tolist() == xp.asnumpy(x).tolist()
        assert not xp.from_dlpack(x, device="host").flags.writeable
        assert not getattr(x.native.flags, "writeable", getattr(x.native.flags, "writable", False))
    assert xp.from_dlpack(x, copy=True).flags.writeable
    x.copy().__dlpack__(dl_device=(1, 0))


#: Writes of a module into one of its arrays, which has two dimensions and perhaps no elements.
EVEN_NOTHING: dict[str, Callable[[Any, Any], Any]] = {
    "put": lambda p, a: p.put(a, [], 5),
    "place": lambda p, a: p.place(a, p.zeros(a.shape, bool), p.ones(2)),
    "place nothing": lambda p, a: p.place(a, p.zeros(a.shape, bool), p.ones(0)),
    "putmask": lambda p, a: p.putmask(a, p.zeros(a.shape, bool), 5),
    "putmask nothing": lambda p, a: p.putmask(a, p.zeros(a.shape, bool), p.ones(0)),
    "put_along_axis": lambda p, a: p.put_along_axis(a, p.zeros((a.shape[0], 0), int), 5, 1),
    "copyto": lambda p, a: p.copyto(a, 5),
    "copyto nowhere": lambda p, a: p.copyto(a, 5, where=False),
    "fill": lambda p, a: a.fill(5),
    "fill_diagonal": lambda p, a: p.fill_diagonal(a, 5),
    "sort": lambda p, a: a.sort(),
    "shuffle": lambda p, a: p.random.default_rng(1).shuffle(a),
    "a[...]": lambda p, a: a.__setitem__(..., 5),
    "a[mask]": lambda p, a: a.__setitem__(p.zeros(a.shape, bool), 5),
    "a[places]": lambda p, a: a.__setitem__(p.zeros(0, int), 5),
    "a[:0]": lambda p, a: a.__setitem__(slice(0, 0), 5),
    "flat": lambda p, a: a.flat.__setitem__(slice(0, 0), 5),
    "+=": lambda p, a: a.__iadd__(1),
    "add.at": lambda p, a: p.add.at(a, p.zeros(0, int), 1),
    "add": lambda p, a: p.add(a, a, out=a),
    "clip": lambda p, a: p.clip(a, 0, 1, out=a),
    "sum": lambda p, a: p.sum(p.ones((*a.shape, 2)), axis=-1, out=a),
    "cumsum": lambda p, a: p.cumsum(a, axis=0, out=a),
    "matmul": lambda p, a: p.matmul(a, p.ones((a.shape[1], a.shape[1])), out=a),
    "real": lambda p, a: setattr(a, "real", 5),
}


def raised(call: Callable[[Any, Any], Any], p: Any, a: Any) -> type[Exception] | None:
    try:
        call(p, a)
    except Exception as error:
        return ValueError if isinstance(error, ValueError) else type(error)
    return None


@pytest.mark.parametrize("name", EVEN_NOTHING)
@pytest.mark.parametrize("shape", [(2, 2), (2, 0), (0, 0)])
def test_writing_nothing_is_refused_where_numpy_does(name: str, shape: tuple[int, int], device: Device):
    dtype = np.float64 if device.fp64 else np.float32
    with xp.device(device):
        ours = xp.broadcast_to(xp.ones((), dtype), shape)
        assert raised(EVEN_NOTHING[name], xp, ours) is raised(
            EVEN_NOTHING[name], np, np.broadcast_to(np.ones((), dtype), shape)
        )
        assert bool((ours == 1).all())
