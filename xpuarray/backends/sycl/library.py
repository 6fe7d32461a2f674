"""dpnp under the Array API's names: dpnp.tensor, with dpnp's linalg and fft, which have arrays of another class."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import numpy as np

from xpuarray.backends.library import Library
from xpuarray.backends.sycl import faults
from xpuarray.backends.sycl.versions import tensor

__all__ = ["dpnp_library"]


def dpnp_library(
    active: Callable[[], contextlib.AbstractContextManager[Any]],
    note: Callable[[Any], None],
    others: Mapping[str, Callable[..., Any]],
) -> Library:
    """dpnp.tensor whose functions run inside `active()`, and `others`, which submit nothing, in place of its own."""
    import dpnp

    def noted(made: Any) -> None:
        if type(made) is not np.ndarray:  # which is a copy for the host
            note(made)

    module = tensor()
    modules = {name: Library(_OnTensors(getattr(dpnp, name)), active, noted) for name in ("linalg", "fft")}
    return Library(module, active, noted, faults.replaced(module), {**modules, **others})


class _OnTensors:
    """A module of dpnp whose functions take and return usm_ndarrays; their memory is never copied.

    dpnp 0.20 keeps the GIL while oneMKL's factorisations and plans of transforms wait for all that the queue has to do:
    no thread gets a turn, and a host task that needs the GIL, as that of `take`, never ends (threads.py).  So the queue
    is waited for before, without the GIL.
    """

    def __init__(self, module: ModuleType):
        self._module = module
        self.__name__ = module.__name__

    def __getattr__(self, name: str) -> Callable[..., Any]:
        function = getattr(self._module, name)

        def on_tensors(*args: Any, **kwargs: Any) -> Any:
            args[0].sycl_queue.wait()
            return _tensors(function(*map(_ndarray, args), **kwargs))

        return on_tensors


def _ndarray(argument: Any) -> Any:
    from dpnp.dpnp_array import dpnp_array

    # A view, since dpnp marks the tensor that it wraps as one of its own.
    return (
        dpnp_array._create_from_usm_ndarray(argument[...]) if isinstance(argument, tensor().usm_ndarray) else argument
    )


def _tensors(result: Any) -> Any:
    if isinstance(result, tuple):
        return tuple(map(_tensors, result))
    return result.get_array() if hasattr(result, "get_array") else result
