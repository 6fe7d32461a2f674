"""An array library as a Runtime offers it: every function runs in the runtime's `active` context, and what it makes
is noted."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

__all__ = ["Library"]


class Library:
    """A module whose functions, and those of the modules in it, run inside `active()`, if there is one.

    note: told of what they return
    replaced: name -> a function (module, *arguments) that takes the place of the module's own
    parts: name -> what takes the place of a module or a function in it, as it is; a function's `route` says what it is
    """

    def __init__(
        self,
        module: Any,
        active: Callable[[], contextlib.AbstractContextManager[Any]] | None,
        note: Callable[[Any], None],
        replaced: Mapping[str, Callable[..., Any]] = {},
        parts: Mapping[str, Any] = {},
    ):
        self._module = module
        self._active = active
        self._note = note
        self._replaced = replaced
        self.__name__ = module.__name__
        self.__dict__.update(parts)

    def __getattr__(self, name: str) -> Any:
        member: Any = self._replaced.get(name)
        member = getattr(self._module, name) if member is None else functools.partial(member, self._module)
        if isinstance(member, ModuleType):
            member = Library(member, self._active, self._note)
        elif callable(member) and not isinstance(member, type):
            member = self._inside(member)
        setattr(self, name, member)  # found without this method from now on
        return member

    def _inside(self, function: Callable[..., Any]) -> Callable[..., Any]:
        active, note = self._active, self._note

        if active is None:  # entering what does nothing takes as long as the call

            def noted(*args: Any, **kwargs: Any) -> Any:
                made = function(*args, **kwargs)
                note(made)
                return made

            return noted

        def inside(*args: Any, **kwargs: Any) -> Any:
            with active():
                made = function(*args, **kwargs)
            note(made)
            return made

        return inside
