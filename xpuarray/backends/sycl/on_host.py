"""What a CPU's SYCL device leaves to NumPy, however large: its memory is the host's.

dpnp.tensor's own functions are kernels of one work-item an element of the result, without a BLAS and without blocks
for the caches.  `python -m benchmarks census` shows where that costs more than NumPy takes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from xpuarray.backends.host.library import numpy_library
from xpuarray.spans import unwatched

if TYPE_CHECKING:
    from xpuarray.backends.sycl.runtime import SyclRuntime

__all__ = ["NUMPY_UNTIL", "on_host"]

_ANY = sys.maxsize
#: function -> up to how many elements NumPy computes it.  dpnp 0.20's products take up to 1,000 times as long as those
#: of NumPy's BLAS, what only moves elements 8 to 30 times as long as NumPy; and what is composed here of several passes
#: is one of NumPy's.
NUMPY_UNTIL: Mapping[str, int] = MappingProxyType(
    {
        **dict.fromkeys(("matmul", "tensordot", "vecdot"), _ANY),
        **dict.fromkeys(("concat", "stack", "repeat", "roll", "tile", "tril", "triu", "nonzero"), _ANY),
        **dict.fromkeys(("flatnonzero", "argwhere", "packbits"), _ANY),
        **dict.fromkeys(("frexp", "modf", "spacing"), _ANY),
        # What kernels are not made for, by whatever function: dpnp's take 5 to 50 times as long, its roots 5.
        "complex": _ANY,
    }
)
#: What takes the place of the library's own, whoever calls it.
_REPLACED = ("matmul", "tensordot", "vecdot")


def on_host(runtime: SyclRuntime) -> dict[str, Callable[..., Any]]:
    """name -> what takes the place of dpnp.tensor's function on this device."""
    return {name: _by_numpy(runtime, name) for name in _REPLACED} if runtime.is_cpu else {}


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
