"""The sides of a race: array libraries, each with the way in, the way out and the way to the end."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import xpuarray as xp
from benchmarks.harness import Contender, nothing
from xpuarray.fusion import Expression
from xpuarray.placement.devices import as_device

__all__ = ["Dpnp", "Numpy", "Side", "Xpu", "by_kernel", "compiled_loop", "device_names", "parts", "sycl_names"]


class Side:
    """An array library on a device."""

    namespace: Any
    wait: Callable[[], None] = staticmethod(nothing)

    def place(self) -> contextlib.AbstractContextManager[Any]:
        """Where new arrays are the side's."""
        return contextlib.nullcontext()

    def waits(self, value: Any) -> bool:
        """Whether something in what a call returned is not computed before it is read."""
        return False

    def finish(self, value: Any) -> None:
        """Have all of what a call returned computed, or at least begun."""

    def asarray(self, values: np.ndarray) -> Any:
        """The values on the device."""
        return values

    def asnumpy(self, array: Any) -> np.ndarray:
        """The values of what a call returned."""
        return np.asarray(array)

    def contender(self, name: str, function: Callable[..., Any], *inputs: np.ndarray) -> Contender:
        """`function(namespace, *arrays)`, which returns an array of its own."""
        arrays = [self.asarray(x) for x in inputs]
        size = max(x.size for x in inputs)
        # Freed at once: a result that is never written finds this in its memory, not an earlier result.
        poison = lambda: self.asarray(np.full(size, np.nan, inputs[0].dtype))  # noqa: E731
        return Contender(name, lambda: function(self.namespace, *arrays), self.wait, self.asnumpy, poison)


class Numpy(Side):
    """NumPy."""

    namespace = np

    def asarray(self, values: np.ndarray) -> np.ndarray:
        return values.copy()


class Dpnp(Side):
    """dpnp, on the queue that it uses by itself for the device."""

    def __init__(self, device: str):
        import dpnp

        self.namespace = dpnp
        self.device = as_device(device).sycl_queue.sycl_device
        self.wait = self.asarray(np.zeros(1)).sycl_queue.wait

    def asarray(self, values: np.ndarray) -> Any:
        return self.namespace.asarray(values, device=self.device)

    def asnumpy(self, array: Any) -> np.ndarray:
        return self.namespace.asnumpy(array)


class Xpu(Side):
    """xpuarray on one of its devices."""

    namespace = xp

    def __init__(self, device: str):
        self.device = as_device(device)
        self.wait = self.device.runtime.wait

    def asarray(self, values: np.ndarray) -> xp.Array:
        return xp.asarray(values, device=self.device)

    def asnumpy(self, array: xp.Array) -> np.ndarray:
        return xp.asnumpy(array)

    def place(self) -> contextlib.AbstractContextManager[Any]:
        return xp.device(self.device)

    def waits(self, value: Any) -> bool:
        return any(map(_waits, parts(value)))

    def finish(self, value: Any) -> None:
        waiting = list(filter(_waits, parts(value)))
        if waiting:
            xp.evaluate(*waiting)

    def contender(self, name: str, function: Callable[..., Any], *inputs: np.ndarray) -> Contender:
        def computed(namespace: Any, *arrays: Any) -> xp.Array:
            result = function(namespace, *arrays)
            if type(result._expression) is Expression:  # else nothing would be timed
                xp.evaluate(result)
            return result

        return super().contender(name, computed, *inputs)


def parts(value: Any) -> Iterator[Any]:
    """The arrays and numbers in what a function returned."""
    if isinstance(value, (tuple, list)):
        for item in value:
            yield from parts(item)
    elif isinstance(value, (int, float, complex)) or (hasattr(value, "shape") and hasattr(value, "dtype")):
        yield value


def _waits(part: Any) -> bool:
    return type(getattr(part, "_expression", None)) is Expression


def by_kernel(name: str, device: str, kernel: xp.Kernel, *inputs: np.ndarray) -> Contender:
    """`kernel(item, *inputs, out)` over as many work-items as an input has elements."""
    side = Xpu(device)
    arrays = [side.asarray(x) for x in inputs]
    out = side.asarray(np.empty_like(inputs[0]))
    extent = xp.Range(inputs[0].size)

    def call() -> xp.Array:
        xp.call_kernel(kernel, extent, *arrays, out)
        return out

    return Contender(name, call, side.wait, side.asnumpy, lambda: _spoil(out))


def _spoil(out: xp.Array) -> None:
    out[...] = float("nan")


def compiled_loop(name: str, loop: Callable[..., None], *inputs: np.ndarray, part: int | None = None) -> Contender:
    """`loop(*inputs, out)` on NumPy arrays, or on the first `part` elements of them."""
    arrays = [x[:part].copy() for x in inputs]
    out = np.empty_like(arrays[0])

    def call() -> np.ndarray:
        loop(*arrays, out)
        return out

    return Contender(name, call, poison=lambda: out.fill(np.nan), part=part)


def device_names() -> Iterator[str]:
    """The devices that the filter admits, and those that a result should say are missing."""
    found = [str(d) for d in xp.devices()]
    yield from found
    for name in ("opencl:cpu:0", "host:cpu:0"):
        if name not in found:
            yield name


def sycl_names() -> Iterator[str]:
    """The SYCL devices among them."""
    return (name for name in device_names() if name.partition(":")[0] in ("opencl", "level_zero"))
