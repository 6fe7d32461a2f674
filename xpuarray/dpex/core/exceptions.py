"""numba-dpex's errors, each also the xpuarray error and, where it was one, the Numba error that it is."""

from __future__ import annotations

import re

from numba.core.errors import TypingError

from xpuarray.errors import (
    ImplicitTransferError,
    KernelArgumentError,
    KernelCompileError,
    KernelRangeError,
    PlacementError,
)

__all__ = [
    "ExecutionQueueInferenceError",
    "InvalidKernelSpecializationError",
    "KernelHasReturnValueError",
    "KernelTypingError",
    "MissingSpecializationError",
    "UnmatchedNumberOfRangeDimsError",
    "UnsupportedGroupWorkItemSizeError",
    "UnsupportedKernelArgumentError",
    "translated",
]


class KernelTypingError(KernelCompileError, TypingError):
    """A kernel's source uses something that can't be compiled."""


class KernelHasReturnValueError(KernelCompileError):
    """A kernel returns a value, or was specialised as if it did."""


class InvalidKernelSpecializationError(KernelArgumentError):
    """A signature holds a type that no argument of a kernel can have."""


class MissingSpecializationError(KernelArgumentError, TypingError):
    """A specialised kernel was called with arguments of other types than those it was made for."""


class ExecutionQueueInferenceError(PlacementError):
    """The arguments are on several queues, or on none."""


class UnsupportedKernelArgumentError(ImplicitTransferError):
    """An argument is an array of the host's."""


#: Both are about an NdRange that can't be; xpuarray has one error for that.
UnmatchedNumberOfRangeDimsError = UnsupportedGroupWorkItemSizeError = KernelRangeError


def translated(error: KernelCompileError) -> KernelCompileError:
    """xpuarray's compile error as the one that numba-dpex raises."""
    made: KernelCompileError
    if re.search(r"\breturns a value\b", str(error)):
        made = KernelHasReturnValueError(str(error))
    else:
        lowering = "(step: native lowering)" in error.numba or "print in a kernel" in str(error)
        made = KernelTypingError(f"{'LoweringError' if lowering else 'TypingError'}: {error}")
    made.numba = error.numba
    return made
