"""Where kernels of numba-dpex differ from ours: set by `xpuarray.dpex` while one is compiled."""

from __future__ import annotations

import contextvars

__all__ = ["text_alone"]

#: Whether print takes text without a value.
text_alone: contextvars.ContextVar[bool] = contextvars.ContextVar("xpuarray_text_alone", default=True)
