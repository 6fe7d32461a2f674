"""Fitted models: on their route, and in the portable form in which they move and pickle."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

from xpuarray.core.array import Array, pickled_device
from xpuarray.sklearn.routes import Copies, Cupy, Route, choose

__all__ = ["Fitted", "Portable"]

#: Where scikit-learn-intelex's estimators keep oneDAL's.
_ONEDAL = "_onedal_estimator"

#: Estimators whose methods need oneDAL's estimator, because it can't be made of fitted attributes.
_NEEDS_ONEDAL = {"KMeans", "PCA"}


@dataclasses.dataclass
class Fitted:
    """A model of scikit-learn's on its route."""

    route: Route
    model: Any
    #: fitted attributes as they were given out, each with what it was made of
    given: dict[str, tuple[Any, Any]] = dataclasses.field(default_factory=dict)

    def attribute(self, name: str) -> Any:
        """A fitted attribute for the user, the same object as long as the model has the same."""
        raw = getattr(self.model, name)
        if name not in self.given or self.given[name][0] is not raw:
            self.given[name] = raw, self.route.give(raw)
        return self.given[name][1]

    def update(self, params: dict[str, Any]) -> None:
        """Pass on what the estimator's user has set, as far as the model's class knows it."""
        for name, value in params.items():
            # `n_jobs` is known to scikit-learn-intelex alone; arrays not unwrapped matter to `fit` alone.
            if hasattr(self.model, name) and not isinstance(value, Array):
                setattr(self.model, name, value)


@dataclasses.dataclass
class Portable:
    """What a model has learned, in NumPy arrays: made on one device, used on another.

    learned: fitted attributes by their public names
    onedal: oneDAL's estimator, which only scikit-learn-intelex's classes need
    """

    learned: dict[str, Any]
    onedal: Any

    @staticmethod
    def names(model: Any) -> list[str]:
        """The names under which an estimator of scikit-learn's holds what it has learned."""
        return [k for k in vars(model) if k == _ONEDAL or (k.endswith("_") and not k.endswith("__"))]

    @classmethod
    def of(cls, estimator: Any) -> Portable:
        """A copy of what an estimator has learned, whether on a device or on NumPy arrays."""
        fitted = vars(estimator).get("_fitted")
        model = fitted.model if fitted else estimator
        params = model.get_params(deep=False)
        learned = {k: v for k, v in vars(model).items() if k not in params and k != _ONEDAL}
        public = {_public(model, k): _to_numpy(v) for k, v in learned.items()}
        return cls(copy.deepcopy(public), copy.deepcopy(_converted(vars(model).get(_ONEDAL), _to_numpy)))

    def on(self, route: Route, estimator: Any) -> Fitted:
        """The model on a route, as that of `estimator`."""
        if self.onedal is None and estimator._base.__name__ in _NEEDS_ONEDAL and not isinstance(route, (Copies, Cupy)):
            route = Copies(route.device, "its model was made by stock scikit-learn")
        made = route.model_class(estimator._base)()
        fitted = Fitted(route, made)
        fitted.update(estimator.get_params(deep=False))
        for name, value in self.learned.items():
            setattr(made, name, route.put(value))
        if not isinstance(route, Copies) and self.onedal is not None:
            setattr(made, _ONEDAL, _converted(self.onedal, route.put))
        return fitted

    def packed(self, device: Any) -> dict[str, Any]:
        """A dictionary to pickle.  oneDAL's part stays closed, since the reader may not have oneDAL."""
        return {"device": str(device), "learned": self.learned, "onedal": pickle.dumps(self.onedal)}

    @staticmethod
    def unpacked(packed: dict[str, Any], estimator: Any) -> Fitted:
        """The model on the device it was on; if that is not here, on the default device, with a warning."""
        device = pickled_device(packed["device"], f"this {type(estimator).__name__}")
        try:
            onedal = pickle.loads(packed["onedal"])
        except ImportError:
            onedal = None
        return Portable(packed["learned"], onedal).on(choose(device, estimator._base), estimator)


def _public(model: Any, name: str) -> str:
    """scikit-learn-intelex keeps some attributes behind properties; scikit-learn knows the public name."""
    public = name.removeprefix("_")
    return public if isinstance(getattr(type(model), public, None), property) else name


def _to_numpy(value: Any) -> Any:
    return value.asnumpy() if hasattr(value, "__sycl_usm_array_interface__") else value


def _converted(onedal: Any, convert: Callable[[Any], Any]) -> Any:
    """A copy of oneDAL's estimator with its arrays converted."""
    if onedal is None:
        return None
    made = object.__new__(type(onedal))
    for name, value in vars(onedal).items():
        # KMeans of dpnp arrays keeps a lambda there that does not pickle; it is rebuilt by `fit`.
        vars(made)[name] = None if name == "_input_type" else convert(value)
    return made
