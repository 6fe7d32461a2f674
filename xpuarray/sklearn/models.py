"""Fitted models: where they are, how they move and pickle."""

from __future__ import annotations

import contextlib
import copy
import importlib
import inspect
import pickle
from collections.abc import Callable
from typing import Any

from xpuarray.core.array import Array, pickled_device
from xpuarray.placement.devices import Device, as_device
from xpuarray.sklearn.libraries import ONEDAL_PART
from xpuarray.sklearn.routes import ROUTES, Route, choose

__all__ = ["HOME", "Home", "described", "hooks", "is_fitted", "moved", "reduce"]

#: The attribute in which an estimator that was fitted on a device keeps its Home.
HOME = "_xpuarray_home"
_LIBRARIES = ("sklearn", "sklearnex", "daal4py", "onedal")


class Home:
    """Where a fitted estimator is: what it has learned is in native arrays of that route."""

    __slots__ = ("_given", "_route", "_where")

    def __init__(self, route: Route | None, where: tuple[str, str] | None = None):
        self._route = route
        self._where = where
        #: name -> (value, what it was given out as)
        self._given: dict[str, tuple[Any, Any]] = {}

    @property
    def where(self) -> tuple[str, str]:
        """The names of route and device, as they are pickled."""
        if self._where is None:
            self._where = type(self.route).__name__, str(self.route.device)
        return self._where

    @property
    def native(self) -> bool:
        """Whether these are other arrays than NumPy's."""
        return ROUTES[self.where[0]].native

    @property
    def route(self) -> Route:
        """That of an unpickled model is found when it is first asked for: a worker of joblib's never asks."""
        if self._route is None:
            assert self._where is not None, "neither a route nor its name"
            kind, name = self._where
            device = pickled_device(name, "this model")
            self._route = ROUTES[kind](device) if str(device) == name else choose(device)
        return self._route

    def read(self, name: str, value: Any, give: Callable[[Any], Any]) -> Any:
        """A fitted attribute for the user: the same object as long as the model has the same."""
        known = self._given.get(name)
        if known is None or known[0] is not value:
            known = self._given[name] = value, give(value)
        return known[1]

    def __reduce__(self) -> Any:
        return Home, (None, self.where)

    def __deepcopy__(self, memo: Any) -> Home:
        return Home(self._route, self._where)


def is_fitted(model: Any) -> bool:
    """Whether an estimator has learned anything itself."""
    return any(name[-1] == "_" and name[0] != "_" for name in vars(model)) or ONEDAL_PART in vars(model)


def described(model: Any) -> str:
    """An estimator with the parameters that it was given, for messages: of arrays their shape and dtype."""
    if type(model) in (list, tuple):
        inside = ", ".join(map(described, model))
        return f"[{inside}]" if type(model) is list else f"({inside})"
    if hasattr(model, "shape") and hasattr(model, "dtype"):
        return f"{type(model).__name__} of {model.shape}, {model.dtype}"
    if not hasattr(model, "get_params") or isinstance(model, type):
        return " ".join(repr(model).split())
    usual = inspect.signature(type(model)).parameters
    given = [
        f"{name}={words}"
        for name, value in model.get_params(deep=False).items()
        if (words := described(value)) != (repr(usual[name].default) if name in usual else "")
    ]
    return f"{type(model).__name__}({', '.join(given)})"


# -- moving -------------------------------------------------------------------------------------


def to_device(self: Any, device: Device | str) -> Any:
    """A copy of the fitted estimator on another device; it predicts the same.

    Raises NotFittedError if it is not fitted.

    >>> model = KMeans(8).fit(X).to_device("host")                        # doctest: +SKIP
    """
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(self)
    return moved(self, choose(as_device(device)))


def moved(model: Any, route: Route) -> Any:
    """A copy of a fitted estimator, with all estimators in it, on another route."""

    def copied(value: Any, here: Route | None) -> Any:
        known = memo.get(id(value))
        if known is not None:
            return known
        made: Any
        if type(value) is Array:
            made = value.to_device(route.device)
        elif type(value) in (list, tuple, set):
            made = type(value)([copied(part, here) for part in value])
        elif isinstance(value, dict):
            made = copy.copy(value)
            made.update({key: copied(part, here) for key, part in value.items()})
        elif _is_model(value):
            made = memo[id(value)] = object.__new__(type(value))
            home = vars(value).get(HOME)
            here = home.route if home else here
            vars(made).update({name: copied(part, here) for name, part in vars(value).items() if name != HOME})
            if home or (hasattr(value, "get_params") and is_fitted(value)):
                vars(made)[HOME] = Home(route)
        elif here and here.native and route.native and here.device is route.device:
            made = here.give(value)  # the same memory
        else:
            brought = here.bring(value) if here else value
            made = route.put(copy.deepcopy(value, memo) if brought is value else brought)
        memo[id(value)] = made
        kept.append(value)  # while its id is in the memo
        return made

    memo: dict[int, Any] = {}
    kept: list[Any] = []
    return copied(model, None)


def _is_model(value: Any) -> bool:
    """Whether it is an object of scikit-learn's, which may have estimators in it, or a user's estimator."""
    if not hasattr(value, "__dict__") or isinstance(value, type):
        return False
    return type(value).__module__.partition(".")[0] in _LIBRARIES or hasattr(value, "get_params")


# -- pickling -----------------------------------------------------------------------------------


def hooks(base: type) -> dict[str, Callable[..., Any]]:
    """What scikit-learn's BaseEstimator gets, so that models of a GPU's arrays pickle as NumPy's."""
    former_get: Any = base.__getstate__  # type: ignore[attr-defined,unused-ignore]
    former_set: Any = base.__setstate__  # type: ignore[attr-defined]

    def get_state(self: Any) -> Any:
        state, home = former_get(self), vars(self).get(HOME)
        return _converted(state, home.route.bring) if home is not None and home.native else state

    def set_state(self: Any, state: dict[str, Any]) -> None:
        former_set(self, state)
        home = vars(self).get(HOME)
        if home is not None and home.native:
            vars(self).update(_converted(vars(self), home.route.put))

    return {"__getstate__": get_state, "__setstate__": set_state, "to_device": to_device}


def _converted(value: Any, convert: Callable[[Any], Any]) -> Any:
    """A copy of an estimator's state, or of a part of it, with its arrays converted; other estimators see to theirs."""
    if type(value) in (list, tuple):
        return type(value)([_converted(part, convert) for part in value])
    if type(value) is dict:
        return {key: _converted(part, convert) for key, part in value.items()}
    if type(value).__module__.startswith("onedal") and hasattr(value, "__dict__"):
        made = object.__new__(type(value))
        # KMeans of dpnp arrays keeps a lambda there that does not pickle; it is rebuilt by `fit`.
        vars(made).update({k: None if k == "_input_type" else _converted(v, convert) for k, v in vars(value).items()})
        return made
    return convert(value)


def reduce(self: Any) -> Any:
    """How scikit-learn-intelex's estimators pickle: where it isn't there, scikit-learn's own class reads them.

    oneDAL's part stays closed, since the reader may not have oneDAL; what is kept behind properties is entered by its
    public name, too.
    """
    from xpuarray.sklearn.libraries import stock_class

    state, kind = self.__getstate__(), type(self)
    closed = pickle.dumps(state.pop(ONEDAL_PART)) if ONEDAL_PART in state else b""
    public = {}
    for name in _settable(kind):
        get = getattr(kind, name).fget
        with contextlib.suppress(AttributeError):
            public[name] = getattr(get, "native", get)(self)
    home = vars(self).get(HOME)
    bring = home.route.bring if home is not None else lambda value: value
    paths = [(c.__module__, c.__qualname__) for c in (kind, stock_class(kind))]
    return _rebuilt, (*paths, state, _converted(public, bring), closed)


def _rebuilt(path: Any, stock: Any, state: dict[str, Any], public: dict[str, Any], closed: bytes) -> Any:
    try:
        kind = _named(*path)
        onedal = pickle.loads(closed) if closed else None
    except ImportError:
        kind, onedal = _named(*stock), None
        state = {**state, **public}
    made = kind.__new__(kind)
    made.__setstate__(state if onedal is None else {**state, ONEDAL_PART: onedal})
    return made


def _named(module: str, name: str) -> Any:
    return getattr(importlib.import_module(module), name)


def _settable(kind: type) -> list[str]:
    """What scikit-learn-intelex keeps behind properties, where stock scikit-learn has attributes."""
    return [n for n in dir(kind) if n[-1] == "_" != n[-2] and getattr(getattr(kind, n, None), "fset", None)]
