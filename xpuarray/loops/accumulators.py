"""Of which dtype a variable is that all iterations join values in: what Numba infers in the loop's kernel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from xpuarray.lang.types import ArrayType, KernelType, Space

__all__ = ["UNKNOWN", "dtypes"]

#: stands for the type of what values are stored to
UNKNOWN = ArrayType("float32", 1, "C")


def dtypes(function: Any, types: Sequence[KernelType], names: Iterable[str]) -> dict[str, np.dtype]:
    """The dtypes of these variables of a kernel for arguments of these types.

    Raises whatever Numba does for what it can't type.
    """
    from numba.core import types as numba_types

    from xpuarray.compiler.frontend.integers import plain
    from xpuarray.compiler.frontend.numba_types import item_type, numba_type
    from xpuarray.compiler.targets.host_target import host_array
    from xpuarray.compiler.targets.inference import inferred

    arguments = [item_type(Space(1)), *(numba_type(t, host_array) for t in types)]
    found = {}
    for name in names:
        known = inferred(function, arguments, name)[0][name]
        found[name] = np.dtype(str(plain(numba_types.unliteral(known))).replace("boolean", "bool"))
    return found
