"""What CuPy's tests ask dpnp's helpers about the device, and dpnp's settings of them: all dtypes are tried."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
from foreign_assertions import comparing

import xpuarray as xp

for _name in (
    "assert_allclose",
    "assert_almost_equal",
    "assert_array_almost_equal",
    "assert_array_equal",
    "assert_equal",
):
    setattr(np.testing, _name, comparing(_name))

xp.Array.asnumpy = xp.asnumpy  # type: ignore[attr-defined]  # a method of dpnp's
xp.Array.sycl_device = property(lambda self: self.device)  # type: ignore[attr-defined]

all_int_types = float16_types = complex_types = bool_types = True


_dpnp_random_states: dict[str, Any] = {}


def pointer(x: Any) -> int:
    """Where an array's first element lies, which CuPy says by `x.data.ptr`."""
    memory = x.native if isinstance(x, xp.Array) else x
    if isinstance(memory, np.ndarray):
        return memory.ctypes.data
    return memory.data.ptr if hasattr(memory, "data") else memory._pointer


def select_default_device() -> Any:
    """Asked for its aspects."""
    info = xp.default_device().info
    return SimpleNamespace(has_aspect_fp64=info.fp64, has_aspect_fp16=True)


def factor_to_tol(dtype: Any, factor: float) -> float:
    """A tolerance of so many times the dtype's resolution."""
    return factor * float(np.finfo(dtype).resolution) if np.issubdtype(dtype, np.inexact) else 0.0


def has_support_aspect64(device: Any = None) -> bool:
    return xp.default_device().info.fp64


def has_support_aspect16(device: Any = None) -> bool:
    return True


def is_cuda_device(device: Any = None) -> bool:
    return False  # it is asked where dpnp on CUDA has faults


def is_win_platform() -> bool:
    return False


def numpy_version() -> Any:
    return np.lib.NumpyVersion(np.__version__)


def __getattr__(name: str) -> Any:
    """Further questions are of Intel's hardware."""
    return lambda *args: False
