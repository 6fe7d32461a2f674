"""Numba's errors, told in the words of the kernel's author."""

from __future__ import annotations

import re

from xpuarray.backends.info import DeviceInfo
from xpuarray.compiler.source import Source
from xpuarray.errors import KernelCompileError

__all__ = ["compile_error"]


#: How Numba writes where in the source something is
_PLACE = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+)|\bat (?P<other>[^\s()]+) \((?P<number>\d+)\)')


def compile_error(kernel: Source, info: DeviceInfo, error: Exception) -> KernelCompileError:
    """What went wrong, in which kernel, for which device, at which line."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip()
    places = [(m["file"] or m["other"], m["line"] or m["number"]) for m in _PLACE.finditer(text)]
    loc = getattr(error, "loc", None)
    if loc is not None:
        places.insert(0, (loc.filename, loc.line))
    # Numba's own source says nothing to the author.
    own = [place for place in places if "/numba/" not in place[0].replace("\\", "/")]
    line = f" ({own[-1][0]}, line {own[-1][1]})" if own else ""
    inside = type(error).__module__.partition(".")[0] not in ("numba", "xpuarray")  # an error that nobody foresaw
    if "'_allocate'" in text:
        text = f"this makes an array, and a kernel can't allocate memory; use a PrivateArray\n{text}"
    what = f"{type(error).__name__}: {text}" if inside else text
    return KernelCompileError(f"kernel {kernel.__name__} can't be compiled for {info.filter_string}{line}:\n{what}")
