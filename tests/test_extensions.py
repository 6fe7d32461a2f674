"""The Array API standard's extensions: linear algebra, by NumPy in double precision, and Fourier transforms."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.placement.devices import Device

STACKS = [(3, 3), (2, 4, 4), (1, 1), (0, 2, 2)]
TALL_AND_WIDE = [(4, 3), (3, 4), (2, 3, 5), (3, 3)]
SINGLES = [np.dtype(np.float32), np.dtype(np.complex64)]


def numbers(shape: tuple[int, ...], dtype: Any, seed: int = 0) -> np.ndarray:
    """Normally distributed ones, the same at each call."""
    random = np.random.default_rng(seed)
    values = random.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        values = values + 1j * random.standard_normal(shape)
    return values.astype(dtype)


def square(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Matrices far from singular ones."""
    return numbers(shape, dtype) + 3 * np.eye(shape[-1], dtype=dtype)


def hermitian(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Positive definite matrices."""
    x = numbers(shape, dtype)
    return x @ x.conj().mT + np.eye(shape[-1], dtype=dtype)


def wide(x: np.ndarray) -> np.ndarray:
    return x.astype(np.complex128 if x.dtype.kind == "c" else np.float64)


def near(got: xp.Array, exact: Any, dtype: Any, scale: float | None = None) -> None:
    """Within 100 roundings of the largest value (or of `scale`): these results are sums, well conditioned here."""
    exact = np.asarray(exact)
    assert (got.dtype, got.shape) == (dtype, exact.shape)
    if exact.size:
        bound = 100 * np.finfo(dtype).eps * (np.abs(exact).max() if scale is None else scale)
        assert np.abs(xp.asnumpy(got) - exact).max() <= bound


def real(dtype: np.dtype) -> np.dtype:
    return np.dtype(np.float32) if dtype.kind == "c" else dtype


# -- factorisations: what they are for holds, and values are NumPy's where they are unique -------


@pytest.mark.parametrize("dtype", SINGLES, ids=str)
@pytest.mark.parametrize("shape", STACKS, ids=str)
def test_square_matrices(shape: tuple[int, ...], dtype: np.dtype, device: Device):
    host = square(shape, dtype)
    x = xp.asarray(host)
    near(xp.linalg.inv(x), np.linalg.inv(wide(host)), dtype)
    near(xp.linalg.det(x), np.linalg.det(wide(host)), dtype)
    sign, logarithm = np.linalg.slogdet(wide(host))
    near(xp.linalg.slogdet(x).sign, sign, dtype)
    near(xp.linalg.slogdet(x).logabsdet, logarithm, real(dtype), scale=10)
    right = numbers((*shape[:-1], 2), dtype, seed=1)
    near(xp.linalg.solve(x, xp.asarray(right)), np.linalg.solve(wide(host), wide(right)), dtype)
    for n in (-2, 0, 1, 5):
        near(xp.linalg.matrix_power(x, n), np.linalg.matrix_power(wide(host), n), dtype)
    values, vectors = xp.linalg.eig(x)
    assert values.dtype == vectors.dtype == np.complex64
    near(xp.astype(x, xp.complex64) @ vectors, xp.asnumpy(vectors * values[..., None, :]), np.dtype(np.complex64), 10)
    near(xp.sum(xp.linalg.eigvals(x), axis=-1), wide(host).trace(axis1=-2, axis2=-1) + 0j, np.dtype(np.complex64), 10)


@pytest.mark.parametrize("dtype", SINGLES, ids=str)
@pytest.mark.parametrize("shape", STACKS, ids=str)
def test_hermitian_matrices(shape: tuple[int, ...], dtype: np.dtype, device: Device):
    host = hermitian(shape, dtype)
    x = xp.asarray(host)
    near(xp.linalg.cholesky(x), np.linalg.cholesky(wide(host)), dtype)
    near(xp.linalg.cholesky(x, upper=True), np.linalg.cholesky(wide(host)).conj().mT, dtype)
    values, vectors = xp.linalg.eigh(x)
    scale = np.abs(host).max(initial=0) * shape[-1]
    near(values, np.linalg.eigvalsh(wide(host)), real(dtype), scale)
    near(xp.linalg.eigvalsh(x), np.linalg.eigvalsh(wide(host)), real(dtype), scale)
    near(x @ vectors, xp.asnumpy(vectors * values[..., None, :]), dtype, scale)


@pytest.mark.parametrize("dtype", SINGLES, ids=str)
@pytest.mark.parametrize("shape", TALL_AND_WIDE, ids=str)
def test_rectangular_matrices(shape: tuple[int, ...], dtype: np.dtype, device: Device):
    host = numbers(shape, dtype)
    x, k = xp.asarray(host), min(shape[-2:])
    near(xp.linalg.pinv(x), np.linalg.pinv(wide(host)), dtype)
    near(xp.linalg.svdvals(x), np.linalg.svdvals(wide(host)), real(dtype))
    assert xp.linalg.matrix_rank(x).tolist() == np.linalg.matrix_rank(wide(host)).tolist()
    for full in (False, True):
        u, s, vh = xp.linalg.svd(x, full_matrices=full)
        near((u[..., :k] * s[..., None, :]) @ vh[..., :k, :], host, dtype)
        assert u.shape[-1] == (shape[-2] if full else k)
        assert vh.shape[-2] == (shape[-1] if full else k)
    for mode in ("reduced", "complete"):
        q, r = xp.linalg.qr(x, mode=mode)
        near(q @ r, host, dtype)
        assert q.shape[-1] == (shape[-2] if mode == "complete" else k)
        assert xp.all(xp.tril(r, k=-1) == 0)


@pytest.mark.needs_device("opencl:cpu")
def test_eigenvalues_are_not_computed_on_the_host_in_silence(monkeypatch: pytest.MonkeyPatch):
    """dpnp takes NumPy for them, which on a GPU is a copy to the host; here the CPU stands for one."""
    with xp.device("opencl:cpu") as device:
        x = xp.asarray(square((2, 3, 3), np.float32))
        on_cpu = xp.asnumpy(xp.linalg.eigvals(x))
        gpu = dataclasses.replace(device.info, type="gpu")
        monkeypatch.setattr(device, "info", gpu)
        for function in (xp.linalg.eig, xp.linalg.eigvals):
            with pytest.raises(xp.FallbackError, match=r"no implementation on opencl:gpu:0: dpnp.* for NumPy"):
                function(x)
        with xp.allow_fallback(), pytest.warns(xp.FallbackWarning, match="eigvals on .* ran on the host"):
            assert xp.asnumpy(xp.linalg.eigvals(x)).tolist() == on_cpu.tolist()
        from xpuarray.commands import coverage

        assert coverage._route("linalg.eig(m)", coverage._examples(device), device) == "host"
        xp.linalg.eigh(x)


def test_singular_matrices_and_wrong_shapes(device: Device):
    zero, row = xp.zeros((2, 2), xp.float32), xp.ones((1, 3), xp.float32)
    for fail in (xp.linalg.inv, xp.linalg.cholesky, lambda x: xp.linalg.solve(x, x)):
        with pytest.raises(xp.linalg.LinAlgError):
            fail(zero)
    for name in ("inv", "det", "eig", "eigh", "cholesky", "slogdet"):
        with pytest.raises(xp.linalg.LinAlgError, match=r"square matrices \(..., n, n\), not \(1, 3\)"):
            getattr(xp.linalg, name)(row)
    assert xp.linalg.matrix_rank(zero).item() == 0
    assert xp.linalg.inv(xp.asarray([[2, 0], [0, 4]])).tolist() == [[0.5, 0], [0, 0.25]]  # integers become floats


# -- what is composed of products ---------------------------------------------------------------


@pytest.mark.parametrize("dtype", SINGLES, ids=str)
def test_norms(dtype: np.dtype, device: Device):
    host = numbers((2, 3, 4), dtype)
    x = xp.asarray(host)
    for ord in ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf):
        for keepdims in (False, True):
            expected = np.linalg.matrix_norm(wide(host), ord=ord, keepdims=keepdims)
            near(xp.linalg.matrix_norm(x, ord=ord, keepdims=keepdims), expected, real(dtype))
    for ord in (0, 1, 2, 3, -1, 0.5, np.inf, -np.inf):
        for axis in (None, 1, (0, -1)):
            expected = np.linalg.vector_norm(wide(host), ord=ord, axis=axis)
            near(xp.linalg.vector_norm(x, ord=ord, axis=axis), expected, real(dtype))
    with pytest.raises(ValueError, match="ord is"):
        xp.linalg.matrix_norm(x, ord="3")


def test_diagonals_and_products(device: Device):
    host = np.arange(24, dtype=np.int32).reshape(2, 3, 4)
    for offset in range(-4, 6):
        assert xp.linalg.diagonal(xp.asarray(host), offset=offset).tolist() == (
            np.linalg.diagonal(host, offset=offset).tolist()
        )
        trace = xp.linalg.trace(xp.asarray(host), offset=offset)
        assert (trace.dtype, trace.tolist()) == (np.int64, np.linalg.trace(host, offset=offset).tolist())
    a, b = numbers((4, 3), np.float32), numbers((2, 4, 3), np.float32, seed=1)
    near(xp.linalg.cross(xp.asarray(a), xp.asarray(b)), np.linalg.cross(wide(a), wide(b)), np.dtype(np.float32))
    near(xp.linalg.outer(xp.asarray(a[0]), xp.asarray(a[1])), np.outer(wide(a[0]), wide(a[1])), np.dtype(np.float32))
    with pytest.raises(ValueError, match="must have extent 3"):
        xp.linalg.cross(xp.asarray(host), xp.asarray(host))


# -- Fourier transforms -------------------------------------------------------------------------


@pytest.mark.parametrize("norm", ["backward", "ortho", "forward"])
@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"])
def test_transforms_along_one_dimension(name: str, norm: str, device: Device):
    host = numbers((3, 6, 2), np.float32 if name in ("rfft", "ihfft") else np.complex64)
    dtype = np.dtype(np.float32 if name in ("irfft", "hfft") else np.complex64)
    for n, axis in ((None, 1), (4, -2), (9, 0), (1, 1)):
        expected = getattr(np.fft, name)(wide(host), n=n, axis=axis, norm=norm)
        near(getattr(xp.fft, name)(xp.asarray(host), n=n, axis=axis, norm=norm), expected, dtype)


@pytest.mark.parametrize("name", ["fftn", "ifftn", "rfftn", "irfftn"])
def test_transforms_over_several_dimensions(name: str, device: Device):
    host = numbers((3, 4, 5), np.float32 if name == "rfftn" else np.complex64)
    dtype = np.dtype(np.float32 if name == "irfftn" else np.complex64)
    for s, axes in ((None, None), (None, (0, 2)), ((2, 6), (1, 0)), ((3,), (-1,)), ((3, 4, 5), (1, 2, 0))):
        expected = getattr(np.fft, name)(wide(host), s=s, axes=axes, norm="ortho")
        near(getattr(xp.fft, name)(xp.asarray(host), s=s, axes=axes, norm="ortho"), expected, dtype)


def test_frequencies_and_shifts(device: Device):
    for n in (1, 4, 5):
        near(xp.fft.fftfreq(n, d=0.1, dtype=xp.float32), np.fft.fftfreq(n, 0.1), np.dtype(np.float32))
        near(xp.fft.rfftfreq(n, d=0.1, dtype=xp.float32), np.fft.rfftfreq(n, 0.1), np.dtype(np.float32))
        host = np.arange(3 * n).reshape(3, n)
        for axes in (None, 1, (0, 1)):
            assert xp.fft.fftshift(xp.asarray(host), axes=axes).tolist() == np.fft.fftshift(host, axes).tolist()
            assert xp.fft.ifftshift(xp.asarray(host), axes=axes).tolist() == np.fft.ifftshift(host, axes).tolist()


def test_what_transforms_refuse(device: Device):
    x = xp.ones(4, xp.complex64)
    with pytest.raises(ValueError, match="at least 1"):
        xp.fft.fft(x, n=0)
    with pytest.raises(ValueError, match="norm is one of"):
        xp.fft.fft(x, norm="both")
    with pytest.raises(xp.UnsupportedDTypeError, match="takes real numbers"):
        xp.fft.rfft(x)
    with pytest.raises(IndexError, match="out of bounds"):
        xp.fft.fft(x, axis=1)
