"""The host's own processor: NumPy's memory, Numba's threads."""

from typing import Any


def discover() -> Any:
    """One runtime a device."""
    from xpuarray.backends.host.runtime import discover

    return discover()
