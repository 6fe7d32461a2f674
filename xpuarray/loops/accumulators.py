"""What Numba infers of a loop's kernel: of which dtypes the variables are that all iterations join values in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from xpuarray.backends.interrupts import on_own_stack
from xpuarray.lang.types import ArrayType, KernelType, Space

__all__ = ["UNKNOWN", "check", "dtypes"]

#: stands for the type of what values are stored to
UNKNOWN = ArrayType("float32", 1, "C")


@on_own_stack
def dtypes(function: Any, types: Sequence[KernelType], names: Collection[str]) -> dict[str, np.dtype]:
    """The dtypes of these variables of a kernel for arguments of these types.

    Raises whatever Numba does for what it can't type.
    """
    from numba.core import types as numba_types

    from xpuarray.compiler.frontend.integers import plain

    known = _inferred(function, types, tuple(names), 1)
    return {name: np.dtype(str(plain(numba_types.unliteral(known[name]))).replace("boolean", "bool")) for name in names}


@on_own_stack
def check(function: Any, types: Sequence[KernelType], ndim: int) -> None:
    """Raise what Numba does for a kernel over `ndim` dimensions that it can't type: the simulator takes more."""
    _inferred(function, types, (), ndim)


def _inferred(function: Any, types: Sequence[KernelType], prefixes: tuple[str, ...], ndim: int) -> dict[str, Any]:
    from xpuarray.compiler.frontend.numba_types import item_type, numba_type
    from xpuarray.compiler.targets.host_target import host_array
    from xpuarray.compiler.targets.inference import inferred

    return inferred(function, [item_type(Space(ndim)), *(numba_type(t, host_array) for t in types)], prefixes)[0]
