"""Where NumPy gives a view, so do we, on every device, and where it copies we copy; who may write is the same, too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import xpuarray as xp

#: Calls of a module on an array of (4, 6) that is dense, and on what `LAYOUTS` make of it.
CALLS: dict[str, Any] = {
    "einsum ii->i": lambda m, x: m.einsum("ii->i", x[:4, :4]),
    "einsum of stacks": lambda m, x: m.einsum("ijj->ji", x[:, :4].reshape(2, 2, 4)[:, :, :2]),
    "einsum ij->ji": lambda m, x: m.einsum("ij->ji", x),
    "einsum ij->ij": lambda m, x: m.einsum("ij->ij", x),
    "einsum ij->i": lambda m, x: m.einsum("ij->i", x),
    "diagonal": lambda m, x: m.diagonal(x),
    "diagonal above": lambda m, x: m.diagonal(x, 2),
    "diagonal below": lambda m, x: x.diagonal(-1),
    "diagonal of a stack": lambda m, x: m.diagonal(m.reshape(x[:, :4], (2, 2, 4)), 1, 0, 2),
    "no diagonal": lambda m, x: m.diagonal(x, 9),
    "linalg.diagonal": lambda m, x: m.linalg.diagonal(x, offset=1),
    "diag": lambda m, x: m.diag(x, 1),
    "diag of a row": lambda m, x: m.diag(x[1]),
    "real": lambda m, x: m.real(x),
    "x.real": lambda m, x: x.real,
    "broadcast_to": lambda m, x: m.broadcast_to(x, (2, *x.shape)),
    "meshgrid": lambda m, x: m.meshgrid(x[0], x[1])[0],
    "meshgrid sparse": lambda m, x: m.meshgrid(x[0], x[1], sparse=True, copy=False)[1],
    "swapaxes": lambda m, x: m.swapaxes(x, 0, 1),
    "T": lambda m, x: x.T,
    "mT": lambda m, x: x.mT,
    "transpose": lambda m, x: x.transpose(1, 0),
    "moveaxis": lambda m, x: m.moveaxis(x, 0, 1),
    "rollaxis": lambda m, x: m.rollaxis(x, 1),
    "reshape": lambda m, x: m.reshape(x, (2, 2, -1)),
    "reshape flat": lambda m, x: x.reshape(-1),
    "reshape F": lambda m, x: x.reshape(-1, order="F"),
    "ravel": lambda m, x: x.ravel(),
    "ravel K": lambda m, x: m.ravel(x, "K"),
    "flatten": lambda m, x: x.flatten(),
    "squeeze": lambda m, x: m.squeeze(x[:1]),
    "expand_dims": lambda m, x: m.expand_dims(x, 1),
    "atleast_3d": lambda m, x: m.atleast_3d(x),
    "flip": lambda m, x: m.flip(x),
    "rot90": lambda m, x: m.rot90(x),
    "split": lambda m, x: m.split(x, 2)[1],
    "array_split": lambda m, x: m.array_split(x, 3)[0],
    "hsplit": lambda m, x: m.hsplit(x, 2)[0],
    "unstack": lambda m, x: m.unstack(x)[1],
    "trim_zeros": lambda m, x: m.trim_zeros(x[0]),
    "view": lambda m, x: x.view(m.int32),
    "asarray": lambda m, x: m.asarray(x),
    "array": lambda m, x: m.array(x),
    "astype": lambda m, x: x.astype(m.float32),
    "astype, no copy": lambda m, x: x.astype(m.float32, copy=False),
    "ascontiguousarray": lambda m, x: m.ascontiguousarray(x),
    "a slice": lambda m, x: x[1:, ::2],
    "a new axis": lambda m, x: x[:, None],
    "an index": lambda m, x: x[[1, 0]],
    "a mask": lambda m, x: x[x > 3],
    "roll": lambda m, x: m.roll(x, 1),
    "tile": lambda m, x: m.tile(x, (1, 1)),
    "repeat": lambda m, x: m.repeat(x, 1),
    "concatenate": lambda m, x: m.concatenate([x]),
    "take": lambda m, x: m.take(x, 1, axis=0),
    "copy": lambda m, x: m.copy(x),
    "triu": lambda m, x: m.triu(x),
}
LAYOUTS: dict[str, Any] = {
    "dense": lambda x: x,
    "columns": lambda x: x.T.copy().T,
    "part": lambda x: m_part(x),
    "reversed": lambda x: x[::-1, ::-1],
}


def m_part(x: Any) -> Any:
    """Of a wider array."""
    lib = np if isinstance(x, np.ndarray) else xp
    return lib.concatenate([x, x], axis=1)[:, : x.shape[1]]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_views_are_views_and_copies_are_copies(device, layout):
    for name, call in CALLS.items():
        values = np.arange(24, dtype=np.float32).reshape(4, 6)
        with xp.device(device):
            x, host = LAYOUTS[layout](xp.asarray(values)), LAYOUTS[layout](values.copy())
            ours, numpys = call(xp, x), call(np, host)
            assert ours.shape == numpys.shape and np.array_equal(xp.asnumpy(ours), numpys), name
            shared = np.may_share_memory(host, numpys)
            assert xp.may_share_memory(x, ours) == shared, (
                f"{name}: a view in {'NumPy' if shared else 'xpuarray'} alone"
            )
            assert ours.flags.writeable == numpys.flags.writeable or name == "broadcast_to", name
            if not numpys.flags.writeable:
                with pytest.raises(ValueError, match="read-only"):
                    ours[...] = 1
                continue
            numpys[...] = 7  # what is written through one is in the other
            ours[...] = 7
            assert x.tolist() == host.tolist(), name
            host[...] = 9
            x[...] = 9
            assert ours.tolist() == numpys.tolist(), name


def test_parts_of_complex_numbers_are_written_through(device):
    with xp.device(device):
        z, host = xp.zeros((2, 3), xp.complex64), np.zeros((2, 3), np.complex64)
        for m, c in ((xp, z), (np, host)):
            m.real(c)[1] = 3
            c.imag[:, 0] = 2
            m.einsum("ii->i", c[:, :2])[...] += 1
        assert z.tolist() == host.tolist()


def test_a_grid_of_views_is_to_be_read(device):
    with xp.device(device):
        x = xp.arange(3)
        for grid in xp.meshgrid(x, x, copy=False):
            assert xp.may_share_memory(x, grid)
            with pytest.raises(ValueError, match="read-only"):
                grid[0] = 1
        assert xp.meshgrid(x, x)[0].flags.writeable
