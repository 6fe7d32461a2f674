"""The libraries the estimators come from, and how they are kept from leaving the device in silence."""

from __future__ import annotations

import contextlib
import contextvars
import functools
import importlib
import os
import threading
from collections.abc import Iterator
from typing import Any

from xpuarray.placement.devices import all_devices

__all__ = ["Unsupported", "array_api_dispatch", "base_class", "missing", "stock_class", "watch"]

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


def base_class(module: str, name: str) -> type:
    """The fastest class there is for NumPy arrays: scikit-learn-intelex's, or scikit-learn's own."""
    if "sklearnex" in globals():
        module = module.replace("sklearn", sklearnex.__name__, 1)
    return getattr(importlib.import_module(module), name)


def stock_class(base: type) -> type:
    """scikit-learn's own class, also where somebody has patched scikit-learn."""
    return next(c for c in base.__mro__ if c.__module__.startswith("sklearn."))


# -- no silent fallback -------------------------------------------------------------------------


class Unsupported(Exception):  # noqa: N818  never leaves this package
    """scikit-learn-intelex was about to hand a call over to stock scikit-learn on the host."""


_accelerated: contextvars.ContextVar[list[str] | None] = contextvars.ContextVar("xpuarray_accelerated", default=None)


@contextlib.contextmanager
def watch() -> Iterator[list[str]]:
    """Raise Unsupported in place of a fallback to stock scikit-learn; collects what oneDAL ran."""
    calls: list[str] = []
    token = _accelerated.set(calls)
    try:
        yield calls
    finally:
        _accelerated.reset(token)


def _report_to_watch(chain: type) -> None:
    """Make a class of condition chains tell `watch` what it decided.

    scikit-learn-intelex evaluates a chain of conditions before every call that it can accelerate and
    logs the outcome (`write_log`) right before it acts on it, at level INFO, which nobody sees.
    """
    write_log = chain.write_log  # type: ignore[attr-defined]

    @functools.wraps(write_log)
    def reporting(self: Any, *args: Any, **kwargs: Any) -> None:
        calls = _accelerated.get()
        if calls is not None:
            if not self.patching_is_enabled:
                raise Unsupported("; ".join(m.rstrip(".") for m in self.messages))
            calls.append(self.scope_name)
        write_log(self, *args, **kwargs)

    chain.write_log = reporting  # type: ignore[attr-defined]


if "sklearnex" in globals():
    import daal4py.sklearn._utils
    import sklearnex._utils

    _report_to_watch(daal4py.sklearn._utils.PatchingConditionsChain)
    _report_to_watch(sklearnex._utils.PatchingConditionsChain)


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
    finally:
        with _lock:
            _dispatching -= 1
            if not _dispatching:
                del os.environ["SCIPY_ARRAY_API"]
                if _former is not None:
                    os.environ["SCIPY_ARRAY_API"] = _former


_former: str | None = None
