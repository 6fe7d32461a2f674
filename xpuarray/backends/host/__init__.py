"""The host's own processor: NumPy's memory, Numba's threads."""

from __future__ import annotations

from xpuarray.backends.contract import Runtime
from xpuarray.backends.registry import Backend


def discover() -> list[Runtime]:
    """The one host device."""
    from xpuarray.backends.host.runtime import discover

    return discover()


BACKEND = Backend(discover, ranks={"host": 5}, in_process=True)
