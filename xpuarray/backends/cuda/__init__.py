"""NVIDIA's GPUs, through CuPy."""

from __future__ import annotations

from xpuarray.backends.contract import Runtime
from xpuarray.backends.registry import Backend


def discover() -> list[Runtime]:
    """Every GPU that CUDA shows.  Raises ImportError without CuPy, DeviceError without a GPU or driver."""
    from xpuarray.backends.cuda.runtime import discover

    return discover()


BACKEND = Backend(discover, ranks={"cuda": 0}, hint="pip install 'xpuarray[cuda]'")
