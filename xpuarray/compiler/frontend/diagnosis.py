"""An error of Numba's, or of our own rules', told to the kernel's author: what, at which line, and what to write."""

from __future__ import annotations

import ast
import linecache
import os
import re
from typing import Any

from xpuarray.backends.info import DeviceInfo
from xpuarray.compiler.frontend.advice import Told, told
from xpuarray.compiler.source import Source
from xpuarray.errors import KernelCompileError
from xpuarray.text import line_of_source, place

__all__ = ["compile_error"]

#: How Numba writes where in the source something is
_PLACE = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+)|\b(?:at|from) (?P<other>[^\s()]+) \((?P<number>\d+)\)')
#: Whose source says nothing to the author
_OTHERS = ("/numba/", os.path.dirname(os.__file__) + "/", "/xpuarray/core/", "/xpuarray/functions/")
_LONGEST = 8  #: lines of what is said beside the place


def compile_error(kernel: Source, info: DeviceInfo, error: Exception) -> KernelCompileError:
    """What went wrong, in which kernel, for which device, at which line."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip()
    home = type(error).__module__.partition(".")[0]
    foreseen = home in ("numba", "xpuarray") or isinstance(error, NameError)
    what = told(text) if foreseen else Told(f"{type(error).__name__}: {text}")
    lines = what.text.split("\n")
    if len(lines) > _LONGEST:
        lines[_LONGEST - 1 :] = ["... (all of it: the error's attribute `numba`)"]
    shown = _shown(kernel, error, text, what.mark)
    made = KernelCompileError(
        "\n".join([f"kernel {kernel.__name__} can't be compiled for {info.filter_string}:", *shown, *lines])
    )
    made.numba = text
    return made


def _shown(kernel: Source, error: Exception, text: str, mark: Any) -> list[str]:
    """The line of the user's that it is about, with carets; the kernel's first where none is named."""
    code = kernel.function.__code__
    places = (
        [(code.co_filename, code.co_firstlineno)] if linecache.getline(code.co_filename, code.co_firstlineno) else []
    )
    loc = getattr(error, "loc", None)
    if loc is not None:
        places.append((loc.filename, loc.line))
    places += [(m["file"] or m["other"], int(m["line"] or m["number"])) for m in _PLACE.finditer(text)]
    own = [place for place in places if not any(part in place[0].replace("\\", "/") for part in _OTHERS)]
    if not own:
        return []
    file, number = own[-1]
    if not file.startswith("<"):
        file = os.path.abspath(file)  # Numba writes it as seen from here
    start, end = getattr(error, "columns", None) or _columns(linecache.getline(file, number), mark)
    return [f"  {place(file, number)}", *line_of_source(file, number, start, end)]


def _columns(line: str, mark: Any) -> tuple[int, int | None]:
    """Where in a line of source that is which an error is about; all of the line where it isn't found."""
    statement = line.strip()
    try:
        tree = ast.parse(f"{statement} pass" if statement.endswith(":") else statement)
    except SyntaxError:
        return 0, None
    indent = len(line) - len(line.lstrip())
    for node in ast.walk(tree):
        named = getattr(node, "attr", getattr(node, "id", None))
        kind = (type(node), type(getattr(node, "ctx", None)) if isinstance(node, ast.Subscript) else None)
        if mark is not None and (named == mark or mark in kind):
            return indent + node.col_offset, indent + (node.end_col_offset or 0)  # type: ignore[attr-defined]
    return 0, None
