"""@dpjit as numba-dpex has it: `xp.jit` for dpnp's arrays."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

from xpuarray.core.array import Array
from xpuarray.loops.jit import Jitted, jit

__all__ = ["DpexFunction", "dpjit"]


class DpexFunction(Jitted):
    """A function under dpjit; call it as the function, with dpnp.ndarray, usm_ndarray or xpuarray arrays."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the function returns, its arrays as dpnp's if it was given some."""
        from xpuarray.dpex.queues import device_of, execution_queue, usm_array, wrapped

        given = [*args, *kwargs.values()]
        if all(isinstance(arg, Array) or usm_array(arg) is None for arg in given):
            return super().__call__(*args, **kwargs)
        queue = execution_queue(self.__name__, [f"argument {k}" for k in range(len(given))], given)
        device = device_of(queue)
        _finish(queue)
        there = [wrapped(arg, device) for arg in given]
        named = dict(zip(kwargs, there[len(args) :]))
        result = super().__call__(*there[: len(args)], **named)
        device.runtime.wait()
        return _returned(result, {id(ours): arg for ours, arg in zip(there, given)}, queue)


def _finish(queue: Any) -> None:
    from xpuarray.backends.sycl.versions import order_of

    order_of(queue).wait()
    queue.wait()


def _returned(result: Any, given: dict[int, Any], queue: Any) -> Any:
    """dpnp's arrays for ours: the very argument, if it is one."""
    if isinstance(result, Array):
        import dpnp

        return given[id(result)] if id(result) in given else dpnp.asarray(result.native.to_device(queue))
    if type(result) in (tuple, list):
        return type(result)(_returned(part, given, queue) for part in result)
    return result


def dpjit(*args: Any, **options: Any) -> Any:
    """`xp.jit` under numba-dpex's name, bare or with signatures and options: of these `fastmath` alone has an effect.

    >>> @dpjit                                                              # doctest: +SKIP
    ... def scaled(x):
    ...     for i in prange(x.shape[0]):
    ...         x[i] *= 2
    ...     return x
    """
    function = args[0] if args else None
    if isinstance(function, FunctionType):
        return _made(function, options)
    return lambda given: _made(given, options)


def _made(function: Callable[..., Any], options: dict[str, Any]) -> DpexFunction:
    made = jit(fastmath=options.get("fastmath", False))(function)
    return DpexFunction(made.py_func, made._options, transfer=False)
