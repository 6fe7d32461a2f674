"""Tests that can't hold on numba-dpex's older stack (requirements-dpex.txt), by name, each with the reason."""

from __future__ import annotations

__all__ = ["reason"]

_NUMPY_1 = "NumPy 1.26's from_dlpack takes no device and can't copy"
_DPNP_15 = "dpnp 0.15's asarray has no parameter `copy`"

#: (file, test) or (file, test[parameters]) -> why
LEFT_OUT = {
    ("test_arrays.py", "test_dlpack_from_a_sycl_device"): _NUMPY_1,
    ("test_arrays.py", "test_dlpack_with_numpy"): _NUMPY_1,
    ("test_arrays.py", "test_usm_interface"): _DPNP_15,
}


def reason(file: str, test: str) -> str:
    """Why a test is left out; "" if it is not."""
    return LEFT_OUT.get((file, test)) or LEFT_OUT.get((file, test.partition("[")[0]), "")
