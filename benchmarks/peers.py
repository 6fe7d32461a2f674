"""Libraries that fuse, as sides of a race: JAX, PyTorch, numexpr, CuPy.  Each is absent where it is not installed."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from benchmarks.harness import Contender
from benchmarks.sides import Side

__all__ = ["Cupy", "Jax", "Torch", "numexpr_contender"]


class Jax(Side):
    """jax.jit on JAX's default device of that platform ("cpu" or "gpu")."""

    def __init__(self, platform: str):
        os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # else it takes most of a GPU's memory
        import jax

        try:
            self.device = jax.devices(platform)[0]
        except RuntimeError as error:
            raise ImportError(f"this JAX has no {platform}") from error
        self._jax = jax

    def asarray(self, values: np.ndarray) -> Any:
        return self._jax.device_put(values, self.device)

    def contender(self, name: str, function: Callable[..., Any], *inputs: np.ndarray) -> Contender:
        compiled = self._jax.jit(functools.partial(function, self._jax.numpy))
        arrays = [self.asarray(x) for x in inputs]
        latest: list[Any] = [None]  # what was started before it has ended by then

        def call() -> Any:
            latest[0] = compiled(*arrays)
            return latest[0]

        return Contender(name, call, lambda: self._jax.block_until_ready(latest[0]))


class Torch(Side):
    """torch.compile on "cpu" or "cuda"."""

    def __init__(self, device: str):
        import torch

        if device == "cuda":
            if not torch.cuda.is_available():
                raise ImportError("this PyTorch has no CUDA")
            self.wait = torch.cuda.synchronize
        self._torch, self.device = torch, device
        names = ("sin", "exp", "sqrt", "log", "where", "sum", "mean", "abs")
        self.namespace = SimpleNamespace(max=torch.amax, **{name: getattr(torch, name) for name in names})

    def asarray(self, values: np.ndarray) -> Any:
        return self._torch.asarray(values, device=self.device, copy=True)

    def asnumpy(self, array: Any) -> np.ndarray:
        return array.cpu().numpy()

    def contender(self, name: str, function: Callable[..., Any], *inputs: np.ndarray) -> Contender:
        self._torch._dynamo.reset()  # after some races it would compile for any shape, or no more
        compiled = self._torch.compile(functools.partial(function, self.namespace))
        arrays = [self.asarray(x) for x in inputs]
        return Contender(name, lambda: compiled(*arrays), self.wait, self.asnumpy)


class Cupy(Side):
    """CuPy on the current GPU; with `fuse`, through cupy.fuse."""

    def __init__(self, fuse: bool = False):
        import cupy

        try:
            cupy.cuda.runtime.getDevice()
        except cupy.cuda.runtime.CUDARuntimeError as error:
            raise ImportError("no CUDA device") from error
        self.namespace, self.fuse = cupy, fuse
        self.wait = cupy.cuda.Device().synchronize

    def asarray(self, values: np.ndarray) -> Any:
        return self.namespace.asarray(values)

    def asnumpy(self, array: Any) -> np.ndarray:
        return self.namespace.asnumpy(array)

    def contender(self, name: str, function: Callable[..., Any], *inputs: np.ndarray) -> Contender:
        if self.fuse:
            names = ", ".join(f"x{k}" for k in range(len(inputs)))
            plain = eval(f"lambda {names}: f(ns, {names})", {"f": function, "ns": self.namespace})
            plain.__name__ = "fused"  # which becomes the kernel's
            fused = self.namespace.fuse()(plain)
            return super().contender(name, lambda namespace, *arrays: fused(*arrays), *inputs)
        return super().contender(name, function, *inputs)


def numexpr_contender(name: str, expression: str, **inputs: np.ndarray) -> Contender:
    """numexpr on all cores."""
    import numexpr

    numexpr.set_num_threads(numexpr.detect_number_of_cores())
    return Contender(name, lambda: numexpr.evaluate(expression, inputs))
