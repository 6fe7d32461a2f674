"""What Numba's @overload says about a plain Python function.  Nothing here loads Numba."""

from __future__ import annotations

import sys
from types import FunctionType
from typing import Any

__all__ = ["is_overloaded", "overloads_of"]


def overloads_of(function: FunctionType) -> list[tuple[str, FunctionType]]:
    """The functions that choose an implementation of `function`, each after the target it is for."""
    templates: Any = sys.modules.get("numba.core.typing.templates")
    if templates is None:  # nobody can have registered one
        return []
    return [
        (template.metadata.get("target", "generic"), template._overload_func)
        for known, numba_type in templates.builtin_registry.globals
        if known is function
        for template in numba_type.templates
        if hasattr(template, "_overload_func")
    ]


def is_overloaded(function: FunctionType) -> bool:
    """Whether Numba has an implementation of `function` for the target that is being compiled for."""
    overloads = overloads_of(function)
    if not overloads:
        return False
    from numba.core.target_extension import current_target, target_registry

    current = target_registry[current_target()]
    targets = [target_registry.get(name) for name, _ in overloads]
    return any(target is not None and issubclass(current, target) for target in targets)
