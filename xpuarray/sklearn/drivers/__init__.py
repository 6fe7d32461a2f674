"""What computes on GPUs: methods of estimators, and functions, written with array expressions and kernels.

A module here has classes that are called as scikit-learn's estimators are, and functions as its functions.  A class is
never made: its methods are called with scikit-learn's estimator as `self`, in place of those of the same name.
What a parameter asks for and they can't compute is `Unsupported`, and the next engine is asked.
"""

from __future__ import annotations

import contextvars
import functools
import importlib
import inspect
from collections.abc import Callable
from typing import Any

from xpuarray.core.array import Array, asnumpy, from_numpy
from xpuarray.placement.devices import as_device
from xpuarray.sklearn import libraries
from xpuarray.sklearn.table import DRIVERS

__all__ = ["THEIRS", "found", "function", "method", "on_host", "on_processor"]

#: Stands for a method that is scikit-learn's own, and calls others of the estimator's.
THEIRS: Any = object()

_LIBRARIES = ("sklearn", "sklearnex", "daal4py", "onedal")
#: Where what all estimators have is defined: `score`, `fit_predict`, `fit_transform` call the others.
_MIXINS = ("sklearn.base", "sklearn.utils._set_output")


@functools.cache
def _named(name: str) -> Any:
    module = DRIVERS.get(name)
    return module and getattr(importlib.import_module(f"xpuarray.sklearn.drivers.{module}"), name)


def found(target: Any) -> Any:
    """What computes an estimator (its class) or a function here; None if nothing does.

    Of a user's class it is what computes scikit-learn's next above it.
    """
    kinds = target.__mro__ if isinstance(target, type) else (target,)
    return next((_named(kind.__name__) for kind in kinds if _is_theirs(kind)), None)


def method(owner: type, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    """What is called as a method of an estimator in place of scikit-learn's own."""
    driver = found(owner)
    if driver is None or not _is_theirs(original):
        return original
    ours = getattr(driver, name, None)
    if ours is THEIRS or (ours is None and original.__module__ in _MIXINS):
        return original
    if ours is None:
        raise libraries.Unsupported(f"{name} has no engine on GPUs")
    return _checked(ours) if name.startswith(("fit", "partial_fit")) else ours


def on_processor(owner: type, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    """What a driver computes of NumPy's arrays, as such; the original if it can't."""
    ours, host, told = getattr(found(owner), name), as_device("host"), f"{owner.__name__}.{name}"

    @functools.wraps(original)
    def computed(model: Any, X: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            with libraries.array_api_dispatch():
                result = ours(model, from_numpy(X, host), *args, **kwargs)
        except libraries.Unsupported:
            return original(model, X, *args, **kwargs)
        libraries.tell("xpuarray", told)
        return asnumpy(result, copy=None) if type(result) is Array else result

    return computed


def function(original: Callable[..., Any]) -> Callable[..., Any]:
    """What is called in place of a function of scikit-learn's, its parameters looked at first as there."""
    ours, constraints = found(original), getattr(original, "_skl_parameter_constraints", {})
    if ours is None:
        return original

    @functools.wraps(original)
    def checked(*args: Any, **kwargs: Any) -> Any:
        from sklearn.utils._param_validation import validate_parameter_constraints

        given = inspect.signature(original).bind(*args, **kwargs).arguments
        validate_parameter_constraints(constraints, {k: v for k, v in given.items() if k in constraints}, ours.__name__)
        return ours(*args, **kwargs)

    return checked


def on_host(call: Callable[..., Any], *args: Any) -> Any:
    """What scikit-learn itself makes of few numbers on the host, inside of no call of ours."""
    return contextvars.Context().run(call, *args)


def _is_theirs(thing: Any) -> bool:
    return thing.__module__.partition(".")[0] in _LIBRARIES


def _checked(fit: Callable[..., Any]) -> Callable[..., Any]:
    """Parameters are looked at first, as scikit-learn does."""

    @functools.wraps(fit)
    def checked(self: Any, *args: Any, **kwargs: Any) -> Any:
        self._validate_params()
        return fit(self, *args, **kwargs)

    return checked
