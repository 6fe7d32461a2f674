"""What an estimator has learned, and its parameters that are arrays: native inside a call, ours from outside."""

from __future__ import annotations

from typing import Any

from xpuarray.sklearn.crossing import Crossing, inside
from xpuarray.sklearn.libraries import accelerated
from xpuarray.sklearn.models import HOME, Home
from xpuarray.sklearn.operands import has_arrays
from xpuarray.sklearn.routes import Route

__all__ = ["Learned", "learned_property", "settle"]


def settle(estimator: Any, route: Route) -> None:
    """What it has learned is in native arrays of that route from here on."""
    estimator.__dict__[HOME] = Home(route)
    Learned.attend(estimator)


Crossing.settle = staticmethod(settle)


class Learned:
    """A class's attribute of one name: what was learned, or a parameter that was an array in some object of it.

    Only these are looked at, so that all other attributes are as fast as ever.
    """

    #: (class, name, attribute) of each, until scikit-learn is unpatched
    made: list[tuple[type, str, Learned]] = []

    def __init__(self, name: str):
        self.name = name
        self.learned = name[-1] == "_"

    @classmethod
    def attend(cls, estimator: Any) -> None:
        """See to all attributes of an estimator that might hold arrays."""
        kind = type(estimator)
        for name, value in list(vars(estimator).items()):
            if (name[-1] == "_" != name[0] or has_arrays(value)) and not _defines(kind, name):
                attribute = cls(name)
                setattr(kind, name, attribute)
                cls.made.append((kind, name, attribute))

    def __get__(self, estimator: Any, owner: type) -> Any:
        if estimator is None:
            raise AttributeError(f"type object {owner.__name__!r} has no attribute {self.name!r}")
        state = estimator.__dict__
        try:
            value = state[self.name]
        except KeyError:
            raise AttributeError(f"{owner.__name__!r} object has no attribute {self.name!r}") from None
        crossing = inside.get()
        if crossing is not None:
            return crossing.take(value)
        home = state.get(HOME)
        return value if home is None or not self.learned else _read(home, owner, self.name, value)

    def __set__(self, estimator: Any, value: Any) -> None:
        crossing = inside.get()
        if self.learned:
            value = _native(estimator, self.name, value)
        elif crossing is not None and has_arrays(estimator.__dict__.get(self.name)):
            crossing.replace(estimator.__dict__[self.name], value)  # the user's parameter stays what it was
            return
        estimator.__dict__[self.name] = value

    def __delete__(self, estimator: Any) -> None:
        try:
            del estimator.__dict__[self.name]
        except KeyError:
            raise AttributeError(f"{type(estimator).__name__!r} object has no attribute {self.name!r}") from None


def learned_property(name: str, original: property) -> property:
    """A property that computes something of what was learned."""
    get: Any = original.fget

    def fget(self: Any) -> Any:
        home = self.__dict__.get(HOME)
        if home is None or inside.get() is not None:
            return get(self)
        value = Crossing(type(self).__name__, home.route).run(get, self)
        return _read(home, type(self), name, value)

    def fset(self: Any, value: Any) -> None:
        put(self, _native(self, name, value))

    put: Any = original.fset
    fget.native = get  # type: ignore[attr-defined]
    return property(fget, put and fset, original.fdel, original.__doc__)


def _native(estimator: Any, name: str, value: Any) -> Any:
    """What was learned, set by the user."""
    home, kind = estimator.__dict__.get(HOME), type(estimator)
    if home is None or inside.get() is not None:
        return value
    if accelerated(kind):
        raise AttributeError(
            f"{name} can't be set: scikit-learn-intelex's {kind.__name__} would not predict by it. Scikit-learn's own "
            f"would: import {kind.__name__} before you call patch_sklearn()"
        )
    return Crossing(kind.__name__, home.route).take(value)


def _read(home: Home, owner: type, name: str, value: Any) -> Any:
    return home.read(name, value, Crossing(owner.__name__, home.route).give)


def _defines(kind: type, name: str) -> bool:
    return name in vars(kind) or any(name in vars(base) for base in kind.__mro__)
