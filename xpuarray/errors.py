"""Every error xpuarray raises, each with the numbers that explain it in its message."""

from __future__ import annotations

__all__ = [
    "XpuarrayError",
    "DeviceError",
    "DeviceFilterError",
    "DeviceUnusableError",
    "PlacementError",
    "ImplicitTransferError",
    "FallbackError",
    "BudgetError",
    "OutOfDeviceMemoryError",
    "UnsupportedDTypeError",
    "KernelError",
    "KernelArgumentError",
    "KernelCompileError",
    "KernelRangeError",
    "KernelRuntimeError",
    "LoopError",
    "RaceError",
    "FallbackWarning",
    "KernelWarning",
]


class XpuarrayError(Exception):
    """Base of all errors of this package."""


class DeviceError(XpuarrayError, RuntimeError):
    """A device could not be found, opened or used."""


class DeviceFilterError(DeviceError, ValueError):
    """A device filter is malformed, or admits no device."""


class DeviceUnusableError(DeviceError):
    """The device is present but can't be used; the message says why."""


class PlacementError(XpuarrayError, ValueError):
    """Operands live on different devices."""


class ImplicitTransferError(XpuarrayError, TypeError):
    """Data would have to move between host and device without having been asked to."""


class FallbackError(XpuarrayError, NotImplementedError):
    """There is no implementation on this device, and fallback to the host was not allowed."""


class BudgetError(XpuarrayError, RuntimeError):
    """A `strict` block would take more transfers, fallbacks or compilations than it allows."""


class OutOfDeviceMemoryError(XpuarrayError, MemoryError):
    """An allocation did not fit into the device's memory."""


class UnsupportedDTypeError(XpuarrayError, TypeError):
    """The device, or the function, does not support this data type."""


class KernelError(XpuarrayError):
    """Base of errors about kernels."""


class KernelArgumentError(KernelError, TypeError):
    """An argument of a kernel launch has a type, device or value that a kernel can't take."""


class KernelCompileError(KernelError, TypeError):
    """A kernel's source uses something that its target can't compile: what, where, and what to write instead."""

    numba: str = ""  #: all that Numba said of it


class KernelRangeError(KernelError, ValueError):
    """The range of a launch is malformed or larger than the device allows."""


class KernelRuntimeError(KernelError, RuntimeError):
    """A kernel failed on the device; the message names it and the line that launched it."""


class LoopError(KernelError, TypeError):
    """A loop of a function under `xp.jit` can't run in parallel as it is written; the message shows its lines."""


class RaceError(LoopError):
    """Two iterations of a prange may touch one element, and one of them writes it; the message shows both lines."""


class FallbackWarning(UserWarning):
    """Work was done on the host because `allow_fallback` was in force."""


class KernelWarning(UserWarning):
    """A kernel compiles, and does what is undefined: not every work-item of a group reaches a barrier."""
