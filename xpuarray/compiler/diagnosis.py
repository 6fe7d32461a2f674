"""Numba's errors, told in the words of the kernel's author."""

from __future__ import annotations

import re
from typing import Any

from xpuarray.backends.contract import DeviceInfo
from xpuarray.errors import KernelCompileError

__all__ = ["compile_error"]


def compile_error(kernel: Any, info: DeviceInfo, error: Exception) -> KernelCompileError:
    """What went wrong, in which kernel, for which device, at which line."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip()
    where = re.findall(r'File "([^"]+)", line (\d+)', text)
    loc = getattr(error, "loc", None)
    if loc is not None and not where:
        where = [(loc.filename, loc.line)]
    line = f" ({where[-1][0]}, line {where[-1][1]})" if where else ""
    inside = type(error).__module__.partition(".")[0] not in ("numba", "xpuarray")  # an error that nobody foresaw
    what = f"{type(error).__name__}: {text}" if inside else text
    return KernelCompileError(f"kernel {kernel.__name__} can't be compiled for {info.filter_string}{line}:\n{what}")
