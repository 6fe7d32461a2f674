"""One outermost call of scikit-learn's: which native arrays it is inside with, and what it gives out."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterator
from types import GeneratorType
from typing import Any

from xpuarray.core.array import Array
from xpuarray.errors import PlacementError
from xpuarray.sklearn.libraries import Ran
from xpuarray.sklearn.models import HOME, is_fitted
from xpuarray.sklearn.operands import has_arrays, replaced
from xpuarray.sklearn.routes import Route
from xpuarray.spans import watched

__all__ = ["Crossing", "inside"]


class Crossing:
    """What a call takes in and gives out."""

    #: What an estimator goes through that was fitted in another process, and so has no home yet.
    settle: Callable[[Any, Route], None]

    def __init__(self, name: str, route: Route):
        self.name = name
        self.route = route
        self.ran: list[Ran] = []  #: what others than stock scikit-learn ran of it, if somebody wants to know
        #: id -> (what was taken, as what): the same object each time it is read
        self._taken: dict[int, tuple[Any, Any]] = {}
        #: id -> (a native array, of which of ours): held, so that no other object gets the id
        self._origin: dict[int, tuple[Any, Array]] = {}

    def __reduce__(self) -> Any:
        return _nowhere, ()  # another process is inside of nothing of ours

    def take(self, value: Any) -> Any:
        """An argument or parameter with native arrays."""
        known = self._taken.get(id(value))
        if known is None:
            if not has_arrays(value):
                return value
            known = self._taken[id(value)] = value, replaced(value, self._native)
        return known[1]

    def arguments(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """All arguments of a call with native arrays."""
        taken = [self._native(value) if type(value) is Array else self.take(value) for value in args]
        return taken, kwargs and {name: self.take(value) for name, value in kwargs.items()}

    def replace(self, value: Any, native: Any) -> None:
        """From here on `value` is taken as that."""
        self._taken[id(value)] = value, native

    def _native(self, value: Any) -> Any:
        if type(value) is not Array:
            return value
        if value.device is not self.route.device:
            here = self.route.device
            raise PlacementError(
                f"{self.name} is on {here}, and an array among its parameters on {value.device}; move it: "
                f"x.to_device({str(here)!r})"
            )
        known = self._taken.get(id(value))
        if known is None:
            known = self._taken[id(value)] = value, self.route.take(value)
            self._origin[id(known[1])] = known[1], value
        return known[1]

    def give(self, value: Any) -> Any:
        """A result with arrays of ours."""
        return self._steps(value) if isinstance(value, GeneratorType) else replaced(value, self._given)

    def _given(self, value: Any) -> Any:
        origin = self._origin.get(id(value))
        if origin is not None:
            return origin[1]  # what came in goes out again
        if hasattr(value, "get_params") and not isinstance(value, type):
            if HOME not in vars(value) and is_fitted(value):
                Crossing.settle(value, self.route)
            return value
        return self.route.give(value)

    def _steps(self, results: Iterator[Any]) -> Iterator[Any]:
        end = object()
        while (result := self.run(next, results, end)) is not end:
            yield self.give(result)

    def run(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call it inside."""
        token = inside.set(self)
        try:
            with self.route.context(self.ran if watched() else None):
                return call(*args, **kwargs)
        finally:
            inside.reset(token)


#: The outermost call that this thread is in.
inside: contextvars.ContextVar[Crossing | None] = contextvars.ContextVar("xpuarray_crossing", default=None)


def _nowhere() -> None:
    return None
