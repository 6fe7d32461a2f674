"""Values for arrays, made again from a few words: what programs and the scripts that reproduce them start from."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = ["DTYPES", "picks", "regular", "values"]

DTYPES = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
)


def values(dtype: str, shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Small numbers, often repeated (seed % 4 is 0), any (1), special ones among small ones (2), or rising ones (3).

    Real and imaginary parts of the small and the rising ones are halves of small integers: sums of them are exact.
    """
    kind, rng, size = np.dtype(dtype), np.random.default_rng(seed), math.prod(shape)
    if kind.kind == "b":
        flat = rng.random(size) < (0.5, 0.1, 0.9, 0.5)[seed % 4]
    elif kind.kind in "iu":
        flat = _integers(kind, size, seed % 4, rng)
    elif kind.kind == "f":
        flat = _reals(kind, size, seed % 4, rng)
    else:
        part = np.dtype(f"f{kind.itemsize // 2}")
        flat = _complex(kind, *(_reals(part, size, seed % 4, rng) for _ in range(2)))
    return np.asarray(flat).astype(kind, copy=False).reshape(shape)


def _integers(dtype: np.dtype, size: int, flavour: int, rng: np.random.Generator) -> np.ndarray:
    limits = np.iinfo(dtype)
    small = rng.integers(0 if dtype.kind == "u" else -9, 10, size, dtype=dtype)
    if flavour == 1:
        return rng.integers(limits.min, limits.max, size, dtype=dtype, endpoint=True)
    if flavour == 2:
        near = [limits.min, limits.min + 1, limits.max, limits.max - 1, 2**53 + 1, 2**24 + 1, 2**31, 255, 0, 1]
        special = np.array([v for v in near if limits.min <= v <= limits.max], dtype)
        return np.where(rng.random(size) < 0.4, special[rng.integers(0, special.size, size)], small)
    return np.sort(small) if flavour == 3 else small


def _reals(dtype: np.dtype, size: int, flavour: int, rng: np.random.Generator) -> np.ndarray:
    small = (rng.integers(-12, 13, size) / 2).astype(dtype)
    if flavour == 1:
        return rng.normal(size=size).astype(dtype)
    if flavour == 2:
        limits = np.finfo(dtype)
        special = np.array(
            [math.nan, math.inf, -math.inf, -0.0, limits.max, limits.min, limits.smallest_normal,
             limits.smallest_subnormal, limits.eps, 2.0**11 + 1], dtype,
        )  # fmt: skip
        return np.where(rng.random(size) < 0.3, special[rng.integers(0, special.size, size)], small)
    return np.sort(small) if flavour == 3 else small


def _complex(dtype: np.dtype, real: np.ndarray, imag: np.ndarray) -> np.ndarray:
    """None by which NumPy divides otherwise than C does: docs/differences.md, quotients of complex numbers."""
    for part in (real, imag):  # the reciprocal of one that is still smaller is infinite
        part[np.abs(part) == np.finfo(part.dtype).smallest_subnormal] = 0
    imag[np.isinf(real)] = 1
    real[np.isinf(imag)] = 1
    return np.stack([real, imag], axis=-1).view(dtype)


def picks(n: int, shape: tuple[int, ...], seed: int, dtype: str = "int64") -> np.ndarray:
    """Indices of n elements, negative ones too (seed % 3 is 0), all different ones (1), or from the front (2)."""
    rng, size = np.random.default_rng(seed), math.prod(shape)
    if seed % 3 == 1 and size <= n:
        return rng.permutation(n)[:size].astype(dtype).reshape(shape)
    low = -n if seed % 3 == 0 and np.dtype(dtype).kind == "i" else 0
    return rng.integers(low, max(n, low + 1), size).astype(dtype).reshape(shape)


def regular(dtype: str, shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Matrices whose condition is small: their diagonals outweigh the rest."""
    rng: Any = np.random.default_rng(seed)
    rest = rng.uniform(-1, 1, shape)
    if np.dtype(dtype).kind == "c":
        rest = rest + 1j * rng.uniform(-1, 1, shape)
    n = max(shape[-1], 1)
    return (rest / n + 2 * np.eye(shape[-2], shape[-1])).astype(dtype)
