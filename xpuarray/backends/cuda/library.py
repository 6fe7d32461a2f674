"""CuPy under the Array API's names, on one device."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from xpuarray.backends.cuda.faults import REPLACED
from xpuarray.backends.library import Library

__all__ = ["cupy_library"]


def cupy_library(
    cupy: Any, active: Callable[[], contextlib.AbstractContextManager[Any]], note: Callable[[Any], None]
) -> Library:
    """CuPy whose functions run on one device, whichever is the current one.

    CuPy allocates results on the thread's current device, not on its operands'.
    """

    @contextlib.contextmanager
    def checking() -> Iterator[None]:
        """CuPy returns what it likes for singular matrices, unless told to raise."""
        import cupyx

        with active(), cupyx.errstate(linalg="raise"):
            yield

    return Library(cupy, active, note, REPLACED, parts={"linalg": Library(cupy.linalg, checking, note)})
