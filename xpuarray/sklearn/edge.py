"""The edge of an estimator: arrays are unwrapped on the way in, results wrapped on the way out.

An estimator fitted on a device holds a *model*: an object of the class it derives from, fitted on
the device's native arrays.  Methods and fitted attributes go to the model, through its route.
Fitted on NumPy arrays, the estimator is its own model, as in scikit-learn.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from xpuarray.core.array import Array
from xpuarray.errors import ImplicitTransferError, PlacementError
from xpuarray.placement.devices import Device
from xpuarray.sklearn import libraries
from xpuarray.sklearn.models import Fitted, Portable
from xpuarray.sklearn.operands import one_device, unwrapped
from xpuarray.sklearn.routes import Copies, Route, choose, refused
from xpuarray.spans import record

__all__ = ["OnDevice", "on_devices"]

#: The methods that arrays go through, of all estimators.
_METHODS = (
    "fit", "fit_predict", "fit_transform", "predict", "predict_proba", "predict_log_proba", "decision_function",
    "transform", "inverse_transform", "score", "score_samples", "get_covariance", "get_precision",
    "get_feature_names_out", "densify", "sparsify",
)  # fmt: skip


def on_devices(module: str, name: str, home: str) -> type:
    """scikit-learn's estimator `module.name`, taking xpuarray arrays too; a class of module `home`."""
    base = libraries.base_class(module, name)
    methods = {m: _method(m, getattr(base, m)) for m in _METHODS if hasattr(base, m)}
    made = type(name, (OnDevice, base), {"__module__": home, "__doc__": base.__doc__, "_base": base})
    for method_name, method in methods.items():
        # After the class is made: scikit-learn would wrap these for set_output, and `base`'s are already.
        setattr(made, method_name, method)
    return made


def _method(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(original)

    @functools.wraps(original)
    def method(self: OnDevice, *args: Any, **kwargs: Any) -> Any:
        operands = dict(signature.bind(self, *args, **kwargs).arguments)
        del operands["self"]
        on_device = any(isinstance(o, Array) for o in operands.values())
        if name.startswith("fit"):
            if on_device:
                return self._fit_on_device(name, operands)
            self.__dict__.pop("_fitted", None)
        elif on_device or "_fitted" in self.__dict__:
            return self._call_on_device(name, operands)
        return original(self, *args, **kwargs)

    return method


class OnDevice:
    """What makes an estimator work on devices; comes before scikit-learn's class."""

    _base: type  #: the class it derives from, which its models are of

    # -- methods -----------------------------------------------------------------------------
    def _fit_on_device(self, name: str, operands: dict[str, Any]) -> Any:
        function = f"{type(self).__name__}.{name}"
        params = self.get_params(deep=False)  # type: ignore[attr-defined]
        device = one_device(function, {**params, **operands})
        route = choose(device, self._base)
        try:
            return self._fit_on_route(route, name, params, operands)
        except libraries.Unsupported as refusal:
            route = refused(device, refusal, params)
        return self._fit_on_route(route, name, params, operands)

    def _fit_on_route(self, route: Route, name: str, params: dict[str, Any], operands: dict[str, Any]) -> Any:
        former: Fitted | None = self.__dict__.get("_fitted")
        if former and params.get("warm_start") and type(former.route) is type(route):
            fitted = Fitted(route, former.model)
        else:
            fitted = Fitted(route, route.model_class(self._base)())
        kind = type(self).__name__
        fitted.update({k: route.accept(kind, k, unwrapped(kind, k, v, route)) for k, v in params.items()})
        result = self._run(fitted, name, operands)
        for learned in Portable.names(self):
            del self.__dict__[learned]
        self.__dict__["_fitted"] = fitted
        return self if result is fitted.model else result

    def _call_on_device(self, name: str, operands: dict[str, Any]) -> Any:
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(self)
        function = f"{type(self).__name__}.{name}"
        fitted: Fitted | None = self.__dict__.get("_fitted")
        if fitted is None:
            device = one_device(function, operands)
            raise PlacementError(
                f"{function}: it was fitted on NumPy arrays, and its input is on {device}; "
                f"move the model: model.to_device({str(device)!r})"
            )
        one_device(function, operands, fitted.route.device)
        params = self.get_params(deep=False)  # type: ignore[attr-defined]
        fitted.update(params)
        try:
            return self._run(fitted, name, operands)
        except libraries.Unsupported as refusal:
            route = refused(fitted.route.device, refusal, params)
        return self._run(Portable.of(self).on(route, self), name, operands)

    def _run(self, fitted: Fitted, name: str, operands: dict[str, Any]) -> Any:
        from sklearn.base import is_regressor

        function, route = f"{type(self).__name__}.{name}", fitted.route
        if isinstance(route, Copies):
            route.admit(f"{' '.join(repr(self).split())}.{name}")
        if name in ("transform", "fit_transform"):
            self._refuse_tables(function)
        taken = {k: unwrapped(function, k, v, route, is_regressor(self)) for k, v in operands.items()}
        with route.context(), libraries.watch() as accelerated:
            result = getattr(fitted.model, name)(**taken)
        record(function, route.device.info, route.describe(type(fitted.model), name, bool(accelerated)))
        return result if result is fitted.model else route.give(result)

    def _refuse_tables(self, function: str) -> None:
        from sklearn import get_config

        config = self.__dict__.get("_sklearn_output_config", {})
        output = config.get("transform") or get_config()["transform_output"]
        if output != "default":
            raise ImplicitTransferError(
                f"{function}: set_output(transform={output!r}) would copy the result to the host; "
                "take the array, and make a table of xp.asnumpy(result)"
            )

    # -- fitted attributes -------------------------------------------------------------------
    def __getattr__(self, name: str) -> Any:
        fitted = self.__dict__.get("_fitted")
        if fitted is None or name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return fitted.attribute(name)

    def __setattr__(self, name: str, value: Any) -> None:
        fitted = self.__dict__.get("_fitted")
        if fitted is None or name.startswith("_") or not name.endswith("_"):
            return super().__setattr__(name, value)
        # scikit-learn-intelex would take the value and go on predicting with the former one.
        raise AttributeError(
            f"{name} can't be set, since this {type(self).__name__} was fitted on {fitted.route.device}; "
            "set it on a model of NumPy arrays and move that: model.to_device(...)"
        )

    def __dir__(self) -> list[str]:
        fitted = self.__dict__.get("_fitted")
        learned = [n for n in dir(fitted.model) if n.endswith("_") and n[0] != "_"] if fitted else []
        return sorted({*super().__dir__(), *learned})

    def __sklearn_is_fitted__(self) -> bool:
        return "_fitted" in self.__dict__ or any(Portable.names(self))

    # -- moving, copying, pickling -----------------------------------------------------------
    def to_device(self, device: Device | str) -> Any:
        """A copy of the fitted estimator on another device; it predicts the same.

        Raises NotFittedError if it is not fitted.

        >>> model = KMeans(8).fit(X).to_device("host")                    # doctest: +SKIP
        """
        from sklearn.utils.validation import check_is_fitted

        from xpuarray.placement.devices import as_device

        check_is_fitted(self)
        copy = self._without_model()
        copy.__dict__["_fitted"] = Portable.of(self).on(choose(as_device(device), self._base), copy)
        return copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        import copy

        fitted = self.__dict__.get("_fitted")
        if fitted is None:
            made = type(self).__new__(type(self))
            made.__dict__.update(copy.deepcopy(self.__dict__, memo))
            return made
        made = self._without_model()
        made.__dict__.update(copy.deepcopy(made.__dict__, memo))
        made.__dict__["_fitted"] = Portable.of(self).on(fitted.route, made)
        return made

    def _without_model(self) -> Any:
        copy = type(self).__new__(type(self))
        learned = {"_fitted", *Portable.names(self)}
        copy.__dict__.update((k, v) for k, v in self.__dict__.items() if k not in learned)
        return copy

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        fitted = state.pop("_fitted", None)
        if fitted is not None:
            state["_portable"] = Portable.of(self).packed(fitted.route.device)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        packed = state.pop("_portable", None)
        self.__dict__.update(state)
        if packed is not None:
            self.__dict__["_fitted"] = Portable.unpacked(packed, self)
