"""Routes: how scikit-learn gets at a device's arrays, and how its results get back there.

| route  | scikit-learn sees                      | computes                          | results            |
|--------|----------------------------------------|-----------------------------------|--------------------|
| Views  | NumPy arrays over the same memory      | the processor, which is the device | theirs, without a copy |
| Usm    | dpnp arrays over the same memory       | oneDAL on the device's queue      | the same memory    |
| Own    | our arrays themselves                  | our drivers, else scikit-learn    | as they are        |
| Copies | NumPy copies                           | the host, if that was allowed     | copied to the device |
"""

from __future__ import annotations

import contextlib
import functools
from typing import Any

import numpy as np

from xpuarray.core.array import Array, asnumpy, from_numpy
from xpuarray.core.dispatch import fall_back
from xpuarray.core.modes import current
from xpuarray.functions.data_types import astype, default_float
from xpuarray.placement.devices import Device
from xpuarray.sklearn import choosing, drivers, libraries
from xpuarray.sklearn.table import ARRAY_API, HANDED_ON, ONEDAL_ON_GPUS, OURS_ON_CPUS, STOCK_ON_CPUS

__all__ = ["ROUTES", "Copies", "Own", "Route", "Usm", "Views", "choices", "choose"]


_NOTHING = contextlib.nullcontext()


class Route:
    """What all routes have: NumPy results go to the device."""

    arrays = "NumPy"  #: whose arrays compute where oneDAL does not
    native = False  #: whether what an estimator has learned is in arrays of the device's, not NumPy's

    def __init__(self, device: Device):
        self.device = device

    @classmethod
    def engine(cls, target: Any) -> str:
        """The module of what computes an estimator (its class) or a function; Unsupported if nothing does."""
        raise NotImplementedError

    @classmethod
    def describe(cls, target: Any) -> str:
        """The same in words: "oneDAL", "NumPy"; empty if nothing does."""
        try:
            return "oneDAL" if cls.engine(target).startswith("sklearnex.") else cls.arrays
        except libraries.Unsupported:
            return ""

    def admit(self, model: Any) -> None:
        """Raise Unsupported for an estimator whose parameters would have it leave the device in silence."""

    def method(self, owner: type, name: str, original: Any) -> Any:
        """What is called as the method of a class."""
        return original

    def function(self, original: Any) -> Any:
        """What is called as a function."""
        return original

    def context(self, ran: list[libraries.Ran] | None) -> contextlib.AbstractContextManager[Any]:
        """What the call has to run in; `ran` collects what other engines run of it."""
        return _NOTHING if ran is None else libraries.watch(ran)

    def take(self, array: Array) -> Any:
        """The array as scikit-learn gets it."""
        raise NotImplementedError

    def put(self, value: Any) -> Any:
        """A part of a model that has moved here: its NumPy arrays as `take` would give them."""
        return value

    def bring(self, value: Any) -> Any:
        """A part of a model that leaves: NumPy arrays."""
        return value

    def give(self, value: Any) -> Any:
        """A result as the user gets it; what no device can hold (names, objects) stays as it is.

        Scalars come back as Python's: these fit to arrays of any dtype on any device.
        """
        if isinstance(value, np.generic):
            return value.item()
        if type(value) is np.ndarray and value.dtype.kind in "biuf":
            if not value.ndim:
                return value.item()
            fitting = value.astype(self.device.info.fit(value.dtype), copy=False)
            if self.device.runtime.host_sees:
                return from_numpy(fitting, self.device)
            return Array(self.device.runtime.from_host(fitting), self.device)
        return value


class Views(Route):
    """The device is the host's processor and shares its memory: all of scikit-learn runs on it."""

    @classmethod
    def engine(cls, target: Any) -> str:
        return _library(target)

    @classmethod
    def describe(cls, target: Any) -> str:
        words = super().describe(target)
        if words != "oneDAL":
            return words
        told: dict[str, list[str]] = {}
        for engine, rules in (("NumPy", STOCK_ON_CPUS), (Own.describe(target), OURS_ON_CPUS)):
            for key, rule in rules.items():
                if name := _of(target.__name__, key):
                    told.setdefault(" ".join(filter(None, (engine, rule.words))), []).append(name)
        return ", ".join([words, *(f"{' '.join(sorted(names))}: {engine}" for engine, names in sorted(told.items()))])

    def method(self, owner: type, name: str, original: Any) -> Any:
        """Another engine's where that is faster."""
        if not _is_library(original):
            return original
        stock = libraries.stock_class(owner)
        key = f"{stock.__name__}.{name}"
        if libraries.accelerated(original) and key in STOCK_ON_CPUS:
            own = getattr(stock, name)
            forget = libraries.ONEDAL_PART if name.startswith("fit") else ""  # what an earlier fit has learned
            original = choosing.either(STOCK_ON_CPUS[key], stock, own, original, forget)
        if key in OURS_ON_CPUS:
            ours = drivers.on_processor(owner, name, original)
            original = choosing.either(OURS_ON_CPUS[key], stock, ours, original)
        return original

    def take(self, array: Array) -> np.ndarray:
        # Memory from dpnp's own functions may be device memory, which has no view even on CPUs.
        return asnumpy(array, copy=None)


class Usm(Route):
    """A SYCL device: dpnp arrays over the same memory, on the device's one queue."""

    arrays = "dpnp"
    native = True

    @classmethod
    def engine(cls, target: Any) -> str:
        if libraries.missing:
            raise libraries.Unsupported(libraries.missing)
        if target.__name__ in ONEDAL_ON_GPUS or _takes_any_arrays(target):
            return _library(target)
        raise libraries.Unsupported("neither scikit-learn-intelex nor scikit-learn's array API dispatch has it on GPUs")

    def admit(self, model: Any) -> None:
        for name, value in model.get_params(deep=False).items():
            if callable(value) and not hasattr(value, "get_params"):
                raise libraries.Unsupported(f"{name} is a Python function, which expects NumPy arrays")
            if isinstance(value, str) and (type(model).__name__, name, value) in HANDED_ON:
                raise libraries.Unsupported(f"{name}={value!r} is stock scikit-learn's")

    @contextlib.contextmanager
    def context(self, ran: list[libraries.Ran] | None) -> Any:
        with libraries.array_api_dispatch(), libraries.watch([] if ran is None else ran, refuse=True):
            yield

    def take(self, array: Array) -> Any:
        import dpnp

        return dpnp.asarray(_floating(array)._native)

    def put(self, value: Any) -> Any:
        placed = super().give(value)
        return self.take(placed) if isinstance(placed, Array) else value

    def bring(self, value: Any) -> Any:
        return value.asnumpy() if hasattr(value, "__sycl_usm_array_interface__") else value

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


class Own(Route):
    """Any device: our drivers (drivers/), and what stock scikit-learn computes with arrays of any library."""

    arrays = "array API"
    native = True

    @classmethod
    def engine(cls, target: Any) -> str:
        if drivers.found(target):
            return "xpuarray.sklearn"
        if not _takes_any_arrays(target):
            raise libraries.Unsupported("neither xpuarray nor scikit-learn's array API dispatch has it on GPUs")
        return _library(libraries.stock_class(target) if isinstance(target, type) else target)

    @classmethod
    def describe(cls, target: Any) -> str:
        return "xpuarray" if drivers.found(target) else super().describe(target)

    def method(self, owner: type, name: str, original: Any) -> Any:
        if libraries.accelerated(original):
            stock = libraries.stock_class(owner)
            original = vars(stock).get(name) or getattr(stock, name)
        return drivers.method(owner, name, original)

    def function(self, original: Any) -> Any:
        return drivers.function(original)

    def context(self, ran: list[libraries.Ran] | None) -> contextlib.AbstractContextManager[Any]:
        return libraries.array_api_dispatch()

    def take(self, array: Array) -> Any:
        return array

    def put(self, value: Any) -> Any:
        return super().give(value) if isinstance(value, np.ndarray) else value

    def bring(self, value: Any) -> Any:
        return asnumpy(value) if type(value) is Array else value

    def give(self, value: Any) -> Any:
        if type(value) is Array:
            return value if value.ndim else value.item()
        return super().give(value)


class Copies(Route):
    """scikit-learn on copies in the host's memory."""

    def __init__(self, device: Device, why: str = "its model was made on the host"):
        super().__init__(device)
        self.why = why

    def engine(self, target: Any) -> str:  # type: ignore[override]
        """Raises FallbackError unless leaving the device is allowed."""
        fall_back(target.__name__, self.device, self.why)
        return _library(target)

    def take(self, array: Array) -> np.ndarray:
        return self.device.runtime.to_host(array._native)


ROUTES: dict[str, type[Route]] = {route.__name__: route for route in (Views, Usm, Own, Copies)}


def choices(device: Device) -> tuple[Route, ...]:
    """The ways into a device, the best first: what one has no engine for, the next may have."""
    if device.runtime.host_sees and device.type == "cpu":
        return (Own(device), Views(device)) if current().route == "kernel" else (Views(device),)
    if hasattr(device.runtime, "sycl_queue"):
        return Usm(device), Own(device)
    return (Own(device),)


def choose(device: Device) -> Route:
    """The best way into a device."""
    return choices(device)[0]


def _of(owner: str, method: str) -> str:
    """fit of PCA.fit, if PCA owns it."""
    return method.removeprefix(f"{owner}.") if method.startswith(f"{owner}.") else ""


def _is_library(original: Any) -> bool:
    return original.__module__.partition(".")[0] in ("sklearn", "sklearnex", "daal4py")


@functools.lru_cache(512)
def _library(target: Any) -> str:
    """sklearn.cluster of sklearn.cluster._kmeans.KMeans, sklearnex.manifold of daal4py.sklearn.manifold._t_sne.TSNE"""
    name = target.__module__.replace("daal4py.sklearn", "sklearnex").replace("sklearnex.preview", "sklearnex")
    return ".".join(name.split(".")[:2])


def _takes_any_arrays(target: Any) -> bool:
    """Whether stock scikit-learn computes it with any library's arrays; pipelines and searches pass them on."""
    if target.__name__ in ARRAY_API or not isinstance(target, type):
        return target.__name__ in ARRAY_API
    if target.__name__[0] == "_":
        return True  # a part of an estimator that was asked
    return bool(target.__module__.split(".")[1:2] in (["pipeline"], ["model_selection"]) or _tagged(target))


def _tagged(target: type) -> bool:
    try:
        from sklearn.utils import get_tags  # since 1.6

        return bool(get_tags(libraries.stock_class(target)()).array_api_support)
    except (ImportError, TypeError, AttributeError):
        return False


def _floating(array: Array) -> Array:
    """Whole numbers and half floats as the device's default float, which oneDAL wants."""
    if array.ndim > 1 and (array.dtype.kind in "biu" or array.dtype == np.float16):
        return astype(array, default_float(array.device))
    return array
