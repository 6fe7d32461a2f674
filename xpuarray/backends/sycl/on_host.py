"""What a CPU's SYCL device leaves to NumPy, however large: its memory is the host's.

dpnp.tensor's own functions are kernels of one work-item an element of the result, without a BLAS and without blocks
for the caches.  `python -m benchmarks census` shows where that costs more than NumPy takes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from xpuarray.backends.host.library import numpy_library
from xpuarray.spans import unwatched

if TYPE_CHECKING:
    from xpuarray.backends.sycl.runtime import SyclRuntime

__all__ = ["on_host"]

#: dpnp 0.20's products take up to 1,000 times as long as those of NumPy's BLAS.
_BY_NUMPY = ("matmul", "tensordot", "vecdot")


def on_host(runtime: SyclRuntime) -> dict[str, Callable[..., Any]]:
    """name -> what takes the place of dpnp.tensor's function on this device."""
    return {name: _by_numpy(runtime, name) for name in _BY_NUMPY} if runtime.is_cpu else {}


def _by_numpy(runtime: SyclRuntime, name: str) -> Callable[..., Any]:
    function = getattr(numpy_library(), name)

    def call(*args: Any, **options: Any) -> Any:
        given: list[Any] = [runtime.host_view(arg) if hasattr(arg, "usm_data") else arg for arg in args]
        if name == "matmul" and min(x.ndim for x in given) > 1:
            return _matmul(runtime, *given)
        with unwatched():  # the values are where they were made
            return runtime.from_host(np.asarray(function(*given, **options)))

    call.route = f"NumPy {name} on shared memory"  # type: ignore[attr-defined]
    return call


def _matmul(runtime: SyclRuntime, x: np.ndarray, y: np.ndarray) -> Any:
    """Straight into the device's memory, as the product may be larger than what it is made of."""
    stack = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    made = runtime.empty((*stack, x.shape[-2], y.shape[-1]), x.dtype)
    np.matmul(x, y, out=runtime.host_view(made))
    return made
