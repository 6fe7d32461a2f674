"""SYCL devices, through dpctl and dpnp."""

from typing import Any


def discover() -> Any:
    """One runtime a device."""
    from xpuarray.backends.sycl.runtime import discover

    return discover()
