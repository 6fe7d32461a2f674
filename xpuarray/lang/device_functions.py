"""@device_func: a function for kernels to call.  Plain functions will do; this says it is meant so."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, overload

__all__ = ["DeviceFunction", "device_func"]


class DeviceFunction:
    """A function that kernels call; from Python it runs as it is written.

    signatures: Numba's; if there are some, it is compiled for these only and arguments are converted
    """

    __qualname__: str

    def __init__(self, function: Callable[..., Any], signatures: Sequence[Any] = ()):
        functools.update_wrapper(self, function)
        self.function = function
        self.signatures = tuple(signatures)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<device_func {self.__qualname__}>"


@overload
def device_func(function: Callable[..., Any]) -> DeviceFunction: ...
@overload
def device_func() -> Callable[[Callable[..., Any]], DeviceFunction]: ...


def device_func(
    function: Callable[..., Any] | None = None,
) -> DeviceFunction | Callable[[Callable[..., Any]], DeviceFunction]:
    """Mark a function as one that kernels call.

    A kernel may call any Python function that it sees, marked or not.

    >>> @device_func
    ... def square(x):
    ...     return x * x
    >>> square(3)
    9
    """
    return DeviceFunction if function is None else DeviceFunction(function)
