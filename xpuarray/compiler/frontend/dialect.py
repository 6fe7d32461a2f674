"""Where kernels of numba-dpex differ from ours: set by `xpuarray.dpex` while one is compiled."""

from __future__ import annotations

import contextvars

__all__ = ["numba_dpex"]

#: Whether the kernel is numba-dpex's: print refuses text without a value, and local memory starts as
#: zeros, which kernels there count on.
numba_dpex: contextvars.ContextVar[bool] = contextvars.ContextVar("xpuarray_numba_dpex", default=False)
