"""NumPy 1.26 for tests that are written with the names and the promotion of NumPy 2."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["provide"]


def _stable(function: Any) -> Any:
    """sort or argsort with NumPy 2's parameter `stable`."""

    def sorting(x: Any, axis: Any = -1, kind: Any = None, *, stable: bool | None = None) -> Any:
        return function(x, axis, kind="stable" if stable else kind)

    return sorting


def provide() -> None:
    """Give NumPy 1.26 the Array API's names; nothing in the package relies on it."""
    if np.lib.NumpyVersion(np.__version__) >= "2.0.0":
        return
    import array_api_compat.numpy as standard

    for name in dir(standard):
        if not name.startswith("_") and name not in dir(np):
            setattr(np, name, getattr(standard, name))
    for name in ("argsort", "sort"):
        setattr(np, name, _stable(getattr(np, name)))
    np._set_promotion_state("weak")
