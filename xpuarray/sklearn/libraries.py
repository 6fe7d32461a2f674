"""The libraries the estimators come from, and how they are kept from leaving the device in silence."""

from __future__ import annotations

import contextlib
import contextvars
import functools
import importlib
import os
import sys
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

from xpuarray.placement.devices import all_devices
from xpuarray.sklearn.table import ONEDAL

__all__ = [
    "ONEDAL_PART", "Unsupported", "accelerated", "array_api_dispatch", "engines", "missing", "Ran",
    "stock_class", "tell", "watch",
]  # fmt: skip

#: Where scikit-learn-intelex's estimators keep oneDAL's.
ONEDAL_PART = "_onedal_estimator"

# scikit-learn-intelex starts the SYCL runtime when it is imported; xpuarray has to come first to
# show that its CPU device and to hide from it the selectors that it trips over.
all_devices()


def _has_sycl_support(onedal: Any) -> bool:
    """Whether scikit-learn-intelex (its package onedal, of 2024.7 or 2026.2) computes on SYCL devices."""
    return onedal._is_dpc_backend if hasattr(onedal, "_is_dpc_backend") else onedal._default_backend.is_dpc


#: Why scikit-learn-intelex does not compute on SYCL devices here; empty if it does.
missing = ""

try:
    import onedal
    import sklearnex
except ImportError as error:
    missing = f"scikit-learn-intelex can't be imported ({error})"
else:
    if not _has_sycl_support(onedal):
        missing = "scikit-learn-intelex has no SYCL support without the package scikit-learn-intelex-gpu"


def engines() -> Iterator[tuple[str, str, Any]]:
    """What is scikit-learn-intelex's: (module of scikit-learn, name, class or function)."""
    if "sklearnex" not in globals():
        return
    for place, names in ONEDAL.items():
        module = importlib.import_module(f"sklearnex.{place}")
        for name in names:
            if hasattr(module, name):  # of 2024.7 some are not there
                yield f"sklearn.{place.removeprefix('preview.')}", name, getattr(module, name)


def accelerated(target: Any) -> bool:
    """Whether a class or function is scikit-learn-intelex's, or of its package daal4py."""
    return target.__module__.partition(".")[0] in ("sklearnex", "daal4py")


def stock_class(base: type) -> type:
    """scikit-learn's own class, also where somebody has patched scikit-learn.

    scikit-learn-intelex's forests are derived from scikit-learn's common base, so the name counts.
    """
    nearest = next((c for c in base.__mro__ if accelerated(c) or c.__module__.startswith("sklearn.")), base)
    stock = next((c for c in nearest.__mro__ if c.__module__.startswith("sklearn.")), base)
    own: type = getattr(sys.modules[stock.__module__], nearest.__name__, stock)
    return own


# -- no silent fallback -------------------------------------------------------------------------


class Unsupported(Exception):  # noqa: N818  never leaves this package
    """The engine of a device was about to leave it."""


#: An engine other than stock scikit-learn, and a method that it ran: ("oneDAL", "KMeans.fit").
Ran = tuple[str, str]


class _Watch(NamedTuple):
    ran: list[Ran]  #: what has run of a call
    refuse: bool  #: whether it may not hand calls over to stock scikit-learn


_watch: contextvars.ContextVar[_Watch | None] = contextvars.ContextVar("xpuarray_watch", default=None)


@contextlib.contextmanager
def watch(ran: list[Ran], refuse: bool = False) -> Iterator[None]:
    """Collect what oneDAL or we run; with `refuse` raise Unsupported in place of a fallback to stock scikit-learn."""
    token = _watch.set(_Watch(ran, refuse))
    try:
        yield
    finally:
        _watch.reset(token)


def tell(engine: str, method: str) -> None:
    """Tell `watch` who has run a method."""
    if (watch := _watch.get()) is not None:
        watch.ran.append((engine, method))


def _watched(chain: type) -> None:
    """Make a class of condition chains tell `watch` what it decided.

    scikit-learn-intelex evaluates a chain of conditions before every call that it can accelerate, and logs the outcome
    (`write_log`) right before it acts on it.
    """
    write_log = chain.write_log  # type: ignore[attr-defined]

    @functools.wraps(write_log)
    def reporting(self: Any, *args: Any, **kwargs: Any) -> None:
        watch = _watch.get()
        if watch is not None:
            if self.patching_is_enabled:
                watch.ran.append(("oneDAL", _method(self)))
            elif watch.refuse:
                raise Unsupported("; ".join(m.rstrip(".") for m in self.messages))
        write_log(self, *args, **kwargs)

    chain.write_log = reporting  # type: ignore[attr-defined]


def _method(chain: Any) -> str:
    """KMeans.fit of sklearn.cluster.KMeans.fit"""
    return ".".join(chain.scope_name.split(".")[-2:])


def _mend_kmeans(kmeans: type) -> None:
    """KMeans of 2026.2 can't predict once its own fit has fallen back: nobody asks whether oneDAL's model is there."""
    supported = getattr(kmeans, "_onedal_predict_supported", None)
    if supported is None:  # 2024.7
        return

    @functools.wraps(supported)
    def asked(self: Any, *args: Any, **kwargs: Any) -> Any:
        chain = supported(self, *args, **kwargs)
        chain.and_conditions([(hasattr(self, "_onedal_estimator"), "oneDAL model was not trained")])
        return chain

    kmeans._onedal_predict_supported = asked  # type: ignore[attr-defined]


if "sklearnex" in globals():
    import daal4py.sklearn._utils
    import sklearnex._utils

    for _chain in {daal4py.sklearn._utils.PatchingConditionsChain, sklearnex._utils.PatchingConditionsChain}:
        _watched(_chain)
    _mend_kmeans(importlib.import_module("sklearnex.cluster").KMeans)


# -- device arrays in scikit-learn --------------------------------------------------------------

_dispatching = 0
_lock = threading.Lock()


def _config_context() -> contextlib.AbstractContextManager[None]:
    if "sklearnex" in globals():
        return sklearnex.config_context(array_api_dispatch=True, target_offload="auto", allow_fallback_to_host=False)
    return importlib.import_module("sklearn").config_context(array_api_dispatch=True)


@contextlib.contextmanager
def array_api_dispatch() -> Iterator[None]:
    """scikit-learn's mode for device arrays, in this thread.

    scikit-learn refuses the mode unless SCIPY_ARRAY_API is 1, which it reads each time.  SciPy reads
    it once, when imported, and its own mode changes what it accepts, also from NumPy users; nothing
    we call needs it.  So the variable is set while somebody is in here, and only then.

    Raises Unsupported for what scikit-learn says it has for NumPy's arrays alone (svd_solver="arpack").
    """
    global _dispatching, _former
    with _lock:
        if not _dispatching:
            _former = os.environ.get("SCIPY_ARRAY_API")
            os.environ["SCIPY_ARRAY_API"] = "1"
        _dispatching += 1
    try:
        with _config_context():
            yield
    except ValueError as error:
        if "not support" not in str(error) or "array api" not in str(error).lower():
            raise
        raise Unsupported(str(error).rstrip(".")) from error
    finally:
        with _lock:
            _dispatching -= 1
            if not _dispatching:
                del os.environ["SCIPY_ARRAY_API"]
                if _former is not None:
                    os.environ["SCIPY_ARRAY_API"] = _former


_former: str | None = None
