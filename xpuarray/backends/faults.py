"""What a library gets wrong, and what runs in its place: the form in which `<backend>/faults.py` says it.

Each of these names its faults with library and version.  tests/test_upstream.py (CuPy's: tests/test_cuda.py) looks for
each one, and fails when the library has mended it: then its entry can go.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from xpuarray.backends import complex_functions

__all__ = ["Faults", "StandIn", "of_complex", "read_first"]

#: A function (library, *native operands) that runs in place of the library's own
StandIn = Callable[..., Any]


@dataclasses.dataclass(frozen=True)
class Faults:
    """What one library gets wrong.  Functions are named as the Array API names them, with "linalg." and "fft." before;
    kinds of dtype are numpy.dtype.kind.

    What is wrong whatever the dtype, or only lacking, is no fault here, but mended in the library itself: see Library.
    """

    #: function -> kinds of dtype for which our kernel runs, whatever the size
    by_kernel: Mapping[str, str] = dataclasses.field(default_factory=dict)
    #: dtypes for which our kernels run in place of all elementwise functions
    all_by_kernel: tuple[Any, ...] = ()
    #: what the library copies to the host, in silence, for NumPy to compute
    by_numpy: frozenset[str] = frozenset()
    #: function -> kinds of dtype -> what runs for those
    stand_ins: Mapping[str, Mapping[str, StandIn]] = dataclasses.field(default_factory=dict)

    def needs_kernel(self, function: str, dtype: np.dtype) -> bool:
        """Whether the library's function is wrong for a dtype of which our kernel is right."""
        return dtype.kind in self.by_kernel.get(function, "") or dtype in self.all_by_kernel

    def correction(self, function: str, dtype: np.dtype) -> StandIn | None:
        """What stands in for a function that the library gets wrong for this dtype."""
        kinds = self.stand_ins.get(function)
        return None if kinds is None else kinds.get(dtype.kind)


# -- for the tables ------------------------------------------------------------------------------

#: Functions of complex numbers that are wrong in all libraries, each in its way, or absent; see complex_functions.py.
_OF_ALL = ("expm1", "fmax", "fmin", "sinc", "tanh", "tan")


def of_complex(*names: str) -> dict[str, dict[str, StandIn]]:
    """Stand-ins for the functions of complex numbers that are wrong in all libraries, and for these."""
    return {name: {"c": getattr(complex_functions, name)} for name in (*_OF_ALL, *names)}


def read_first(shared: Callable[[Any], bool], copy: Callable[[Any], Any], key: Any, value: Any) -> tuple[Any, Any]:
    """What native[key] = value is to read, where a library can't read what it writes into: copies of what is `shared`,
    arrays in the memory of `native`."""
    parts = key if isinstance(key, tuple) else (key,)
    *apart, value = (copy(part) if hasattr(part, "strides") and shared(part) else part for part in (*parts, value))
    return (tuple(apart) if isinstance(key, tuple) else apart[0]), value
