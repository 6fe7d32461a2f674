"""How NumPy users write: positions, methods, `out=`, scalars, assignment; NumPy's functions of our arrays; files."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_numpy_names import ARRAYS, Arrays, parts

import xpuarray as xp
from xpuarray.placement.devices import Device

Case = Callable[[Any, Any], Any]


def compare(case: Case, device: Device) -> None:
    """The same expression of NumPy's arrays and of ours: integers are equal, floats nearly so."""
    got, expected = parts(case(xp, Arrays(False))), parts(case(np, Arrays(True)))
    assert len(got) == len(expected)
    for one, other in zip(got, expected):
        if isinstance(one, xp.Array):
            assert one.device is device
            assert (one.shape, one.dtype.kind) == (np.shape(other), np.asarray(other).dtype.kind)
            one = xp.asnumpy(one)
        # Sums of up to 24 numbers of about 1.
        np.testing.assert_allclose(one, other, rtol=24 * 2.0**-24, atol=24 * 2.0**-24)


SIGNATURES: list[Case] = [
    lambda m, a: m.zeros((3, 4), m.int32),
    lambda m, a: m.ones(3, m.int8, "C"),
    lambda m, a: m.full((2,), 3, m.float32),
    lambda m, a: m.zeros_like(a.x, m.int32),
    lambda m, a: m.full_like(a.x, 3, m.int32),
    lambda m, a: m.eye(3, 4, 1),
    lambda m, a: m.linspace(0, 1),
    lambda m, a: m.linspace(0, 1, 5, False),
    lambda m, a: m.arange(1, 10, 2, m.int32),
    lambda m, a: m.asarray([1, 2], m.float32),
    lambda m, a: m.array([[1, 2], [3, 4]], m.float32),
    lambda m, a: m.triu(a.x, 1),
    lambda m, a: m.sum(a.x, 0),
    lambda m, a: m.sum(a.i, 1, m.float32, None, True),
    lambda m, a: m.prod(a.x, (0, 1)),
    lambda m, a: m.mean(a.x, 1, keepdims=True),
    lambda m, a: m.mean(a.i, 0, m.float32),
    lambda m, a: m.std(a.x, 0, ddof=1),
    lambda m, a: m.var(a.x, 0, None, None, 1, True),
    lambda m, a: m.max(a.x, 0),
    lambda m, a: m.amin(a.x, 1, None, True),
    lambda m, a: m.argmax(a.x, 1),
    lambda m, a: m.any(a.b, 0),
    lambda m, a: m.count_nonzero(a.b, 1),
    lambda m, a: m.sort(a.x, 0),
    lambda m, a: m.argsort(a.x, axis=0, kind="stable"),
    lambda m, a: m.searchsorted(a.u, a.x, "right"),
    lambda m, a: m.concatenate((a.x, a.y), 1),
    lambda m, a: m.concatenate([a.x, a.y], None),
    lambda m, a: m.stack((a.x, a.y), 1),
    lambda m, a: m.expand_dims(a.x, 0),
    lambda m, a: m.flip(a.x, 0),
    lambda m, a: m.roll(a.x, 1, 0),
    lambda m, a: m.repeat(a.x, 2, 1),
    lambda m, a: m.tile(a.v, 2),
    lambda m, a: m.reshape(a.x, (6, 4), "C"),
    lambda m, a: m.squeeze(a.x[:, :1], 1),
    lambda m, a: m.take(a.x, [0, 2], 1),
    lambda m, a: m.take(a.x, 7),
    lambda m, a: m.take(a.x, [[1, 9], [-1, 3]], axis=0, mode="wrap"),
    lambda m, a: m.take(a.v, [-5, 50], mode="clip"),
    lambda m, a: m.take_along_axis(a.x, m.argsort(a.x, 1), 1),
    lambda m, a: m.tensordot(a.x, a.w, 1),
    lambda m, a: m.where(a.b),
    lambda m, a: m.where(a.i, 1.5, 0.0),
    lambda m, a: m.clip(a.x, -0.5, 0.5),
    lambda m, a: m.clip(a.x, a_min=-0.5, a_max=None),
    lambda m, a: m.round(a.x, 1),
    lambda m, a: m.around(a.i, -1),
    lambda m, a: m.power(a.x, 2),
    lambda m, a: m.arctan2(a.x, a.y),
    lambda m, a: m.absolute(a.i),
    lambda m, a: m.invert(a.b),
    lambda m, a: m.divmod(a.i, 7),
]

METHODS: list[Case] = [
    lambda m, a: a.x.sum(0),
    lambda m, a: a.x.mean(1, keepdims=True),
    lambda m, a: a.x.std(0, ddof=1),
    lambda m, a: a.x.max(),
    lambda m, a: a.x.argmin(1),
    lambda m, a: a.b.all(1),
    lambda m, a: a.x.reshape(6, 4),
    lambda m, a: a.x.reshape((2, -1)),
    lambda m, a: a.c.transpose(),
    lambda m, a: a.c.transpose(1, 0, 2),
    lambda m, a: a.c.transpose((2, 0, 1)),
    lambda m, a: a.x.T.flatten(),
    lambda m, a: a.x.ravel(),
    lambda m, a: a.x.copy(),
    lambda m, a: a.x.dot(a.w),
    lambda m, a: a.i.cumsum(0),
    lambda m, a: a.c.swapaxes(0, 2),
    lambda m, a: a.c.diagonal(0, 0, 1),
    lambda m, a: a.i.trace(),
    lambda m, a: a.x.round(1),
    lambda m, a: a.x.clip(-0.5, 0.5),
    lambda m, a: a.x.astype(m.int32),
    lambda m, a: (a.z.real, a.z.imag, a.x.real, a.x.imag, a.z.conj(), a.z.conjugate()),
    lambda m, a: a.x.take([0, 1], 1),
    lambda m, a: a.x.repeat(2, 0),
    lambda m, a: a.i.compress([True, False, True], 0),
    lambda m, a: a.k.choose([a.k, 5 - a.k, 9 * a.k]),
    lambda m, a: a.i.nonzero(),
    lambda m, a: a.x.argsort(0),
    lambda m, a: a.u.searchsorted(a.x),
    lambda m, a: (a.i.item(3), a.i.item(-1), a.i.item(1, 2), a.i.item((2, 0)), a.i[0, 0].item()),
    lambda m, a: (3 in a.n, 77 in a.n),
    lambda m, a: divmod(a.i, 7),
    lambda m, a: list(a.i.tobytes()),
]

SCALARS: list[Case] = [
    lambda m, a: m.sqrt(np.float32(2)),
    lambda m, a: m.maximum(1.5, np.float32(2)),
    lambda m, a: m.add(1, 2),
    lambda m, a: np.float32(1) / a.w,
    lambda m, a: np.float32(2) - a.x,
    lambda m, a: np.float32(2) ** a.w,
    lambda m, a: np.int32(7) // (a.n + 1),
    lambda m, a: np.float32(0.5) < a.x,
    lambda m, a: np.float32(0.5) == a.x,
    lambda m, a: a.x * np.float32(3),
]


def changed(statement: str, name: str) -> Case:
    """The array `name` after a statement that writes into it."""

    def case(m: Any, a: Any) -> Any:
        x = m.asarray(getattr(a, name), copy=True)
        exec(statement, {"x": x, "m": m, "a": a, "np": np})
        return x

    return case


ASSIGNMENTS = [
    changed("x[[0, 2], [1, 3]] = 7", "x"),
    changed("x[m.asarray([0, 2])] = a.y[:2]", "x"),
    changed("x[m.asarray([1, 0]), 2:4] = m.asarray([[1, 2], [3, 4]])", "x"),
    changed("x[x > 0] = 0", "x"),
    changed("x[x > 0] += 10", "x"),
    changed("x[x > 0] = a.y[x > 0]", "x"),
    changed("x[a.w > 1.5] = a.u[a.w > 1.5]", "w"),
    changed("x[:, a.w > 1.5] = 3", "x"),
    changed("x[..., 0] = x[..., 1]", "c"),
    changed("x[1:] = x[:-1]", "v"),
    changed("x[::-1] = x", "v"),
    changed("x[m.asarray([0, 1]), m.asarray([2, 2])] += 5", "x"),
    changed("x[0] = [1, 2, 3, 4, 5, 6]", "x"),
    changed("x[None, 1, ..., -1] = 9", "c"),
    changed("x[-1, 0] = np.float32(2)", "x"),
    changed("x += 1; x *= 2; x -= a.y; x /= 4", "x"),
    changed("x //= 3; x %= 5; x **= 2", "i"),
    changed("x &= 12; x |= 1; x ^= 3; x <<= 2; x >>= 1", "i"),
    changed("x.fill(3)", "x"),
    changed("x.sort(0)", "x"),
    changed("x.real = 2", "z"),
    changed("x.imag = x.real", "z"),
    changed("m.put(x, [0, -1, 7], [1, 2])", "x"),
    changed("x.put([30, -30], [1, 2], mode='wrap')", "x"),
    changed("m.put(x, [30, -30], [1, 2], mode='clip')", "x"),
    changed("m.put_along_axis(x, m.argmax(x, axis=1, keepdims=True), 99, axis=1)", "x"),
    changed("m.place(x, x > 0, [1, 2, 3])", "x"),
    changed("m.fill_diagonal(x, 5)", "x"),
    changed("m.copyto(x, a.y)", "x"),
    changed("m.add(x, 1, out=x)", "x"),
    changed("m.sin(x, x)", "x"),
    changed("m.multiply(x, a.y, x)", "x"),
    changed("m.sum(a.x, 0, out=x)", "w"),
    changed("m.sum(a.x, 0, None, x)", "w"),
    changed("m.clip(a.x, 0, 1, out=x)", "y"),
    changed("m.matmul(a.s, a.s, x)", "s"),
    changed("m.cumsum(a.u, out=x)", "w"),
    changed("m.median(a.x, 0, out=x)", "w"),
    changed("m.nan_to_num(x, copy=False)", "e"),
]

ON_DEVICE: list[Case] = [  # NumPy's own functions, of our arrays
    lambda m, a: np.sin(a.x),
    lambda m, a: np.add(a.x, a.y),
    lambda m, a: np.add(1, a.x),
    lambda m, a: np.add.reduce(a.x),
    lambda m, a: np.maximum.reduce(a.x, axis=1),
    lambda m, a: np.add.accumulate(a.x, 1),
    lambda m, a: np.multiply.outer(a.w, a.u),
    lambda m, a: np.sum(a.x),
    lambda m, a: np.mean(a.x, 1),
    lambda m, a: np.std(a.x, ddof=1),
    lambda m, a: np.median(a.x, axis=0),
    lambda m, a: np.concatenate([a.x, a.y]),
    lambda m, a: np.vstack((a.x, a.y)),
    lambda m, a: np.where(a.x > 0, a.x, 0),
    lambda m, a: np.clip(a.x, 0, 1),
    lambda m, a: np.round(a.x, 1),
    lambda m, a: np.einsum("ij,kj->ik", a.x, a.y),
    lambda m, a: np.zeros_like(a.x),
    lambda m, a: np.sort(a.x, axis=0),
    lambda m, a: np.dot(a.s, a.s),
    lambda m, a: np.isclose(a.x, a.x),
    lambda m, a: np.percentile(a.x, [10, 20]),
    lambda m, a: np.pad(a.x, 1),
    lambda m, a: (np.shape(a.x), np.ndim(a.x), np.size(a.x)),
    changed("np.multiply(x, a.y, out=x)", "x"),
    changed("np.copyto(x, a.y)", "x"),
]


@pytest.mark.parametrize("case", SIGNATURES, ids=range(len(SIGNATURES)))
def test_signatures(device: Device, case: Case):
    compare(case, device)


@pytest.mark.parametrize("case", METHODS, ids=range(len(METHODS)))
def test_methods(device: Device, case: Case):
    compare(case, device)


@pytest.mark.parametrize("case", SCALARS, ids=range(len(SCALARS)))
def test_scalars(device: Device, case: Case):
    compare(case, device)


@pytest.mark.parametrize("case", ASSIGNMENTS, ids=range(len(ASSIGNMENTS)))
def test_assignments(device: Device, case: Case):
    compare(case, device)


@pytest.mark.parametrize("case", ON_DEVICE, ids=range(len(ON_DEVICE)))
def test_numpys_functions_stay_on_the_device(device: Device, case: Case):
    compare(case, device)


def test_double_scalars(device: Device):
    """A scalar of NumPy's has its own dtype, where the device has it."""
    result = xp.sqrt(np.float64(2))
    assert result.dtype == (np.float64 if device.info.fp64 else np.float32)
    assert abs(float(result) - 2**0.5) < 1e-6


@pytest.mark.parametrize(
    "call",
    [
        lambda x, host: np.asarray(x),
        lambda x, host: np.array(x),
        lambda x, host: host + x,
        lambda x, host: x + host,
        lambda x, host: np.add(host, x),
        lambda x, host: np.add(x, 1, out=host),
        lambda x, host: host.__iadd__(x),
        lambda x, host: np.concatenate([host, x]),
        lambda x, host: np.asmatrix(x),
        lambda x, host: np.isnat(x),
    ],
)
def test_nothing_is_copied_to_the_host_in_silence(device: Device, call: Callable[..., Any]):
    with pytest.raises(xp.ImplicitTransferError):
        call(xp.asarray(ARRAYS["x"]), ARRAYS["x"].copy())


def test_errors(device: Device):
    x = xp.asarray(ARRAYS["x"])
    with pytest.raises(TypeError, match="multiple values"):
        xp.sum(x, 0, axis=1)
    with pytest.raises(TypeError, match="positional arguments"):
        xp.sum(x, 0, None, None, False, 1, True, 1)
    with pytest.raises(ValueError, match="shape"):
        xp.sum(x, 0, out=xp.zeros(3, dtype=xp.float32))
    with pytest.raises(TypeError, match="Cannot cast"):
        xp.add(x, 1, out=xp.zeros_like(x, dtype=xp.int32))
    with pytest.raises(TypeError, match="out is"):
        xp.sin(x, out=ARRAYS["x"])
    with pytest.raises(IndexError, match="out of bounds"):
        xp.put(x, [24], 1)
    with pytest.raises(IndexError, match="out of bounds"):
        x.item(24)
    with pytest.raises(ValueError, match="nothing but NaN"):
        xp.nanargmin(xp.full(3, float("nan"), xp.float32))
    for call in (
        lambda: xp.quantile(x, 2.0),
        lambda: xp.quantile(x, 0.5, method="other"),
        lambda: xp.median(x[:0]),
        lambda: xp.bincount(xp.asarray([-1])),
        lambda: xp.digitize(x, xp.asarray([1.0, 3.0, 2.0], xp.float32)),
        lambda: xp.split(x, 3),
        lambda: xp.pad(x, 1, "other"),
        lambda: xp.unravel_index(xp.asarray([24]), (4, 6)),
        lambda: xp.ravel_multi_index((xp.asarray([4]), xp.asarray([0])), (4, 6)),
        lambda: xp.choose(xp.asarray([3]), [x, x]),
        lambda: xp.einsum("ij,jk", x, x),
        lambda: xp.einsum("ij->k", x),
        lambda: xp.interp(x, x, x),
        lambda: xp.gradient(x, edge_order=3),
        lambda: xp.convolve(x[0], x[0], "other"),
        lambda: xp.block([[x], x]),
        lambda: xp.histogram(x, 0),
    ):
        with pytest.raises(ValueError):
            call()


# -- files and text -----------------------------------------------------------------------------


def test_files(device: Device, tmp_path: Path):
    x, n = xp.asarray(ARRAYS["x"]), xp.asarray(ARRAYS["n"])
    xp.save(tmp_path / "x.npy", x)
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), ARRAYS["x"])
    assert xp.load(tmp_path / "x.npy", device=device).device is device
    for write in (xp.savez, xp.savez_compressed):
        write(tmp_path / "two.npz", x, n=n)
        with xp.load(tmp_path / "two.npz") as found:
            assert sorted(found) == sorted(np.load(tmp_path / "two.npz").files) == ["arr_0", "n"]
            assert len(found) == 2
            assert found["n"].device is device
            np.testing.assert_array_equal(xp.asnumpy(found["arr_0"]), ARRAYS["x"])
    buffer = io.BytesIO()
    np.save(buffer, np.asfortranarray(ARRAYS["i"]))
    buffer.seek(0)
    np.testing.assert_array_equal(xp.asnumpy(xp.load(buffer)), ARRAYS["i"])


def test_files_with_objects_are_refused(tmp_path: Path):
    np.save(tmp_path / "objects.npy", np.array([print], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError):
        xp.load(tmp_path / "objects.npy", device="host")
    (tmp_path / "pickle.npy").write_bytes(pickle.dumps(1))
    with pytest.raises(ValueError):
        xp.load(tmp_path / "pickle.npy", device="host")


@pytest.mark.parametrize("shape", [(3,), (0,), (2000,), (40, 50), (7, 300), (1200, 2), (12, 13, 14)])
def test_text_is_numpys(device: Device, shape: tuple[int, ...]):
    values = np.arange(np.prod(shape), dtype=np.float32).reshape(shape) / 4
    x = xp.asarray(values)
    assert str(x) == str(values)
    body = repr(values).removeprefix("array(").partition(", shape=")[0].partition(", dtype=")[0].rstrip(")")
    assert "".join(body.split()) in "".join(repr(x).split())
    assert (f"shape={shape}" in repr(x)) == (values.size > 1000)


def test_large_arrays_are_printed_without_copying_them(device: Device, monkeypatch: pytest.MonkeyPatch):
    x = xp.ones((3000, 1000), dtype=xp.int8)
    copied = []

    def watched(x: xp.Array) -> np.ndarray:
        copied.append(x.size)
        return xp.asnumpy(x)

    monkeypatch.setattr("xpuarray.functions.printing.asnumpy", watched)
    assert repr(x).count("1, 1, 1, ..., 1, 1, 1") == 6
    assert copied == [49]


def test_format(device: Device):
    x = xp.asarray([2.5], dtype=xp.float32)
    assert f"{x[0]:.3f} {x:.1f} {x}" == "2.500 2.5 [2.5]"
    with pytest.raises(TypeError, match=r"shape \(4, 6\)"):
        format(xp.asarray(ARRAYS["x"]), ".2f")
