"""The edge of scikit-learn: the outermost call of a method or function takes our arrays, and returns some.

Inside of it everything is called as always, on native arrays: a pipeline's steps, a search's candidates, what they
are scored by.  An estimator that was fitted inside has a `Home` (models.py), by which what it has learned is read from
outside as arrays of ours.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from xpuarray.core.array import Array
from xpuarray.errors import ImplicitTransferError, PlacementError
from xpuarray.placement.devices import Device
from xpuarray.progress import announced
from xpuarray.sklearn import libraries
from xpuarray.sklearn.attributes import Learned, settle
from xpuarray.sklearn.crossing import Crossing, inside
from xpuarray.sklearn.models import HOME, Home, described, is_fitted, moved
from xpuarray.sklearn.operands import has_arrays, one_device
from xpuarray.sklearn.routes import Copies, Route, choices
from xpuarray.spans import record, watched

__all__ = ["function", "method"]


def method(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    """The method of an estimator, taking our arrays too."""
    learns = name.startswith(("fit", "partial_fit"))

    @functools.wraps(original)
    def at_edge(self: Any, *args: Any, **kwargs: Any) -> Any:
        crossing, home = inside.get(), self.__dict__.get(HOME)
        if crossing is not None:
            return _within(crossing, self, home, name, original, learns, args, kwargs)
        given = has_arrays(args) or (kwargs and has_arrays(kwargs))
        if learns and not given and name != "partial_fit":
            given = bool(_parameters(self))
            if home is not None and not given:
                del self.__dict__[HOME]  # fitted on NumPy arrays from here on
                home = None
        if not given and home is None:
            return original(self, *args, **kwargs)
        return _cross(self, home, name, original, learns, args, kwargs)

    return at_edge


def _within(
    crossing: Crossing, self: Any, home: Home | None, name: str, original: Any, learns: bool, args: Any, kwargs: Any
) -> Any:
    route = crossing.route
    if route.native and hasattr(self, "get_params"):
        route.engine(type(self))
        route.admit(self)
    call = route.method(type(self), name, original)
    if not learns:
        if home is not None and home.route.device is not route.device:
            raise PlacementError(
                f"{crossing.name} is on {route.device}, and {type(self).__name__}, a part of it, was fitted on "
                f"{home.route.device}; move that: model.to_device({str(route.device)!r})"
            )
        if home is None:
            Learned.attend(self)  # to parameters that are arrays
        return call(self, *args, **kwargs)
    Learned.attend(self)
    result = call(self, *args, **kwargs)
    settle(self, route)
    return result


def _cross(self: Any, home: Home | None, name: str, original: Any, learns: bool, args: Any, kwargs: Any) -> Any:
    kind = type(self)
    label, stays = f"{kind.__name__}.{name}", home is not None and (not learns or name == "partial_fit")
    params = _parameters(self) if learns else {}
    here = home.route if home is not None and stays else None
    device = one_device(label, functools.partial(original, self), args, kwargs, params, here.device if here else None)
    if home is None and not learns and is_fitted(self):
        raise PlacementError(
            f"{label}: it was fitted on NumPy arrays, and its input is on {device}; "
            f"move the model: model.to_device({str(device)!r})"
        )

    def attempt(route: Route, model: Any) -> Any:
        engine, crossing = route.engine(kind), Crossing(label, route)
        if route.native and hasattr(model, "get_params"):
            route.admit(model)
            _refuse_tables(label, model)
        (_attend_parts if learns else Learned.attend)(model)
        call = route.method(kind, name, original)
        given, options = crossing.arguments(args, kwargs)
        with announced(f"{label} on {device}"):
            result = crossing.run(call, model, *given, **options)
        if learns:
            settle(model, route)
        _record(crossing, engine, kind.__name__, name)
        return self if result is model else crossing.give(result)

    def on(route: Route) -> Any:
        return attempt(route, moved(self, route) if stays and route is not here else self)

    return _first(device, here, on, self)


def _parameters(self: Any) -> dict[str, Any]:
    """Those that are arrays, or have some; what was learned, or is its own, has a name with an underscore at an end."""
    return {name: value for name, value in vars(self).items() if "_" not in (name[0], name[-1]) and has_arrays(value)}


def _first(device: Device, here: Route | None, attempt: Callable[[Route], Any], model: Any = None) -> Any:
    """What the first way into the device gives that can: `here`, others, copies on the host if these are allowed."""
    refusals = []
    others = (route for route in choices(device) if type(route) is not type(here))
    for route in (here, *others) if here else others:
        try:
            return attempt(route)
        except libraries.Unsupported as refusal:
            refusals.append(str(refusal))
    why = "; ".join(dict.fromkeys(refusals))
    return attempt(Copies(device, why if model is None else f"{why}: {described(model)}"))


def _refuse_tables(label: str, model: Any) -> None:
    from sklearn import get_config

    chosen = vars(model).get("_sklearn_output_config", {}).get("transform") or get_config()["transform_output"]
    if chosen != "default" and label.endswith("transform"):
        raise ImplicitTransferError(
            f"{label}: set_output(transform={chosen!r}) would copy the result to the host; take the array, and make a "
            "table of xp.asnumpy(result)"
        )


def function(original: Callable[..., Any]) -> Callable[..., Any]:
    """A function of scikit-learn's, taking our arrays too."""
    label = original.__name__

    @functools.wraps(original)
    def at_edge(*args: Any, **kwargs: Any) -> Any:
        if not (has_arrays(args) or (kwargs and has_arrays(kwargs))):
            return original(*args, **kwargs)
        crossing = inside.get()
        if crossing is not None:
            return crossing.route.function(original)(*args, **kwargs)
        device = one_device(label, original, args, kwargs, {}, None)

        def attempt(route: Route) -> Any:
            engine, crossing = route.engine(original), Crossing(label, route)
            for operand in (*args, *kwargs.values()):
                if type(operand) is not Array:
                    _attend_parts(operand)
            given, options = crossing.arguments(args, kwargs)
            result = crossing.run(route.function(original), *given, **options)
            _record(crossing, engine, "", label)
            return crossing.give(result)

        return _first(device, None, attempt)

    return at_edge


def _attend_parts(value: Any) -> None:
    """See to the parameters of an estimator and of those in it: they are copied inside, before they are fitted."""
    if _is_estimator(value):
        Learned.attend(value)
        if any(_is_estimator(part) or type(part) in (list, tuple) for part in vars(value).values()):
            for part in filter(_is_estimator, value.get_params().values()):
                Learned.attend(part)


def _is_estimator(value: Any) -> bool:
    return hasattr(value, "get_params") and not isinstance(value, type)


def _record(crossing: Crossing, engine: str, kind: str, name: str) -> None:
    """Tell those who watch: library sklearnex.cluster.KMeans.fit (oneDAL)."""
    if not watched():
        return
    route, whole = crossing.route, f"{kind}.{name}" if kind else f"{engine.partition('.')[2]}.{name}"
    ran = dict.fromkeys(crossing.ran)
    by = next((other for other, method in ran if method == whole), "")
    if by != "oneDAL":
        engine = engine.replace("sklearnex", "sklearn", 1)
    if not by:
        by = "xpuarray" if engine.startswith("xpuarray") else route.arrays
        for other in sorted({other for other, _ in ran}):
            by = f"{by}, {other}: {' '.join(method for who, method in ran if who == other)}"
    path = ".".join(part for part in (engine, kind, name) if part)
    where = "host" if isinstance(route, Copies) else "kernel" if by == "xpuarray" else "library"
    record(crossing.name, route.device.info, f"{where} {path} ({by})")
