"""Routes: how an estimator gets at a device's arrays, and how its results get back there.

| route  | the estimator sees                     | computes                          | results            |
|--------|----------------------------------------|-----------------------------------|--------------------|
| Usm    | dpnp arrays over the same memory       | oneDAL on the device's queue      | the same memory    |
| Cupy   | the same CuPy arrays                   | stock scikit-learn through CuPy   | the same memory    |
| Views  | NumPy arrays over the same memory      | the host's processor, which is it | copied to the device |
| Copies | NumPy copies                           | the host, if that was allowed     | copied to the device |
"""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import fall_back
from xpuarray.placement.devices import Device
from xpuarray.sklearn import libraries

__all__ = ["Copies", "Cupy", "Route", "choose", "refused"]

#: Estimators that scikit-learn-intelex 2026.2 accelerates on CPUs for NumPy arrays only: with dpnp
#: arrays it runs stock scikit-learn, which took ten times as long.
_NUMPY_ON_CPUS = {"LogisticRegression"}

#: Estimators that scikit-learn 1.9 runs on CuPy arrays.
_ON_CUPY = {"LogisticRegression", "PCA"}

#: What scikit-learn-intelex 2026.2 hands on to stock scikit-learn without reporting it.
_HANDED_ON = {("LogisticRegression", "solver", "liblinear")}


class Route:
    """What all routes have: NumPy results go to the device."""

    arrays = "NumPy"  #: what computes where oneDAL does not

    def __init__(self, device: Device):
        self.device = device

    def describe(self, model: type, method: str, accelerated: bool) -> str:
        """The route in words, for `xp.explain`."""
        module = ".".join(model.__module__.split(".")[:2])
        return f"library {module}.{model.__name__}.{method} ({'oneDAL' if accelerated else self.arrays})"

    def model_class(self, base: type) -> type:
        """The class that does the work, given the fastest one."""
        return base

    def context(self) -> contextlib.AbstractContextManager[Any]:
        """What the estimator has to run in."""
        return contextlib.nullcontext()

    def take(self, array: Array) -> Any:
        """The array as the estimator gets it."""
        raise NotImplementedError

    def accept(self, estimator: str, param: str, value: Any) -> Any:
        """A parameter, unwrapped.  Raises Unsupported for one that would leave the route in silence."""
        if isinstance(value, str) and (estimator, param, value) in _HANDED_ON:
            raise libraries.Unsupported(f"{param}={value!r} is stock scikit-learn's")
        return value

    def put(self, value: Any) -> Any:
        """A part of a model that has moved here: its NumPy arrays as `take` would give them."""
        return value

    def give(self, value: Any) -> Any:
        """A result as the user gets it; what no device can hold (names, objects) stays as it is.

        Scalars come back as Python's: these fit to arrays of any dtype on any device.
        """
        if isinstance(value, (np.ndarray, np.generic)) and not value.ndim:
            return value.item()
        if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
            fitting = value.astype(self.device.info.fit(value.dtype), copy=False)
            return Array(self.device.runtime.from_host(fitting), self.device)
        return value


class Views(Route):
    """The device is the host's processor and shares its memory."""

    def take(self, array: Array) -> np.ndarray:
        view = self.device.runtime.host_view(array._native)
        # Memory from dpnp's own functions may be device memory, which has no view even on CPUs.
        return view if view is not None else self.device.runtime.to_host(array._native)


class Usm(Route):
    """A SYCL device: dpnp arrays over the same memory, on the device's one queue."""

    arrays = "dpnp"

    def context(self) -> contextlib.AbstractContextManager[Any]:
        return libraries.array_api_dispatch()

    def take(self, array: Array) -> Any:
        import dpnp

        return dpnp.asarray(array._native)

    def accept(self, estimator: str, param: str, value: Any) -> Any:
        if callable(value):
            raise libraries.Unsupported(f"{param} is a Python function, which expects NumPy arrays")
        return super().accept(estimator, param, value)

    def put(self, value: Any) -> Any:
        placed = super().give(value)
        return self.take(placed) if isinstance(placed, Array) else value

    def give(self, value: Any) -> Any:
        if not hasattr(value, "__sycl_usm_array_interface__"):
            return super().give(value)
        if not value.ndim:
            return value.asnumpy().item()
        native = value.get_array()
        own = self.device.runtime.empty(native.shape, native.dtype)
        if own.usm_type == native.usm_type and own.sycl_queue == native.sycl_queue:
            return Array(native, self.device)
        with self.device.runtime.active():
            own[...] = native  # oneDAL's results are in device memory; on CPUs ours is host-visible
        return Array(own, self.device)


class Cupy(Route):
    """A CUDA device: stock scikit-learn computes with CuPy's arrays as with any of the standard."""

    arrays = "CuPy"

    def context(self) -> contextlib.AbstractContextManager[Any]:
        return libraries.array_api_dispatch()

    def model_class(self, base: type) -> type:
        return libraries.stock_class(base)

    def take(self, array: Array) -> Any:
        return array._native

    def put(self, value: Any) -> Any:
        placed = super().give(value)
        return placed._native if isinstance(placed, Array) else value

    def give(self, value: Any) -> Any:
        if not hasattr(value, "__cuda_array_interface__"):
            return super().give(value)
        return Array(value, self.device) if value.ndim else value.item()


class Copies(Route):
    """Stock scikit-learn on copies in the host's memory.

    Not scikit-learn-intelex: its KMeans can't predict after its own fallback (2026.2).
    """

    def __init__(self, device: Device, why: str):
        super().__init__(device)
        self.why = why

    def describe(self, model: type, method: str, accelerated: bool) -> str:
        return super().describe(model, method, accelerated).replace("library", "host", 1)

    def admit(self, function: str) -> None:
        """Raise FallbackError if this leaves the device, unless that is allowed."""
        if not self.device.runtime.numpy_native:
            fall_back(function, self.device, self.why)

    def model_class(self, base: type) -> type:
        return libraries.stock_class(base)

    def accept(self, estimator: str, param: str, value: Any) -> Any:
        return value

    def take(self, array: Array) -> np.ndarray:
        return self.device.runtime.to_host(array._native)


def choose(device: Device, base: type) -> Route:
    """The way to run an estimator on `device`."""
    if device.runtime.numpy_native:
        return Views(device)
    if device.backend == "cuda" and base.__name__ in _ON_CUPY:
        return Cupy(device)
    if not hasattr(device.runtime, "sycl_queue"):
        return Copies(device, "neither scikit-learn nor scikit-learn-intelex runs on it")
    if libraries.missing:
        return Copies(device, libraries.missing)
    if base.__name__ in _NUMPY_ON_CPUS and device.type == "cpu":
        return Views(device)
    return Usm(device)


def refused(device: Device, refusal: libraries.Unsupported, params: dict[str, Any]) -> Copies:
    """The only way left once scikit-learn-intelex has refused."""
    why = f"scikit-learn-intelex refuses it: {refusal}"
    if params.get("svd_solver") == "auto":
        why += " (here svd_solver='auto' is another)"
    return Copies(device, why)
