"""What dpnp's own tests ask dpctl and dpnp's modules, and names that dpnp has beside NumPy's, under ours."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import cupy_suite_helper
import numpy as np
from numpy.exceptions import AxisError

import xpuarray as xp
from xpuarray.core.promotion import default_float
from xpuarray.errors import PlacementError

__all__ = ["AxisError", "ExecutionPlacementError", "dpnp_array", "map_dtype_to_device", "select_default_device"]

ExecutionPlacementError = PlacementError
SyclDeviceCreationError = LookupError
dpnp_array = xp.Array
utils = SimpleNamespace(intel_device_info=lambda device: {})
backend_type = SimpleNamespace(cuda="cuda")


def map_dtype_to_device(dtype: Any, device: Any) -> Any:
    """The dtype itself, or the float or complex number that a device without doubles has for it."""
    wanted = np.dtype(dtype)
    return wanted if device.has_aspect_fp64 else np.dtype({"d": "f", "D": "F"}.get(wanted.char, wanted))


def aspects(device: xp.Device) -> Any:
    """What their helper asks a device."""
    info, driver = device.info, "none of Intel's"
    answers = {"fp64": info.fp64, "fp16": True, "cpu": info.type == "cpu", "gpu": info.type == "gpu"}
    named = {f"has_aspect_{name}": answer for name, answer in answers.items()}
    return SimpleNamespace(**named, is_cpu=answers["cpu"], is_gpu=answers["gpu"], backend=None, driver_version=driver)


def select_default_device() -> Any:
    return aspects(xp.default_device())


def get_devices(*args: Any, **kwargs: Any) -> list[Any]:
    return []


def _default_float_type(device: Any = None) -> Any:
    return default_float(xp.default_device()).type


def _complex_type(*args: Any) -> Any:
    return np.result_type(_default_float_type(), np.complex64).type


default_device_complex_type = _complex_type

for _name, _value in {
    "default_float_type": _default_float_type,
    "default_complex_type": _complex_type,
    "is_cuda_backend": lambda *args: False,
    "is_supported_array_type": lambda x: isinstance(x, xp.Array),
    "usm_ndarray": xp.Array,
}.items():
    setattr(xp, _name, _value)
xp.Array.sycl_device = property(lambda self: aspects(self.device))  # type: ignore[attr-defined]


def __getattr__(name: str) -> Any:
    """Further questions are of Intel's hardware."""
    return getattr(cupy_suite_helper, name)
