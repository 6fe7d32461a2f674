"""Plain text for terminals: tables and sizes."""

from __future__ import annotations

import itertools
import linecache
import re
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from types import FunctionType
from typing import Any

from xpuarray.errors import XpuarrayError

__all__ = [
    "columns", "integer", "line_of_source", "must_be_function", "paragraphs", "parse_size", "place", "size", "table",
]  # fmt: skip


def must_be_function(name: str, value: Any, written: bool = False) -> None:
    """Raise TypeError if `name` can't be called with this value: it takes what can be called, or, if its source is
    compiled, a function that is written in Python.

    >>> must_be_function("fuse", "x + 1")
    Traceback (most recent call last):
    TypeError: fuse takes a function, not 'x + 1'
    """
    if isinstance(value, FunctionType) if written else callable(value):
        return
    shown = repr(value) if value is None or isinstance(value, (str, int, float)) else f"a {type(value).__name__}"
    form, cure = (" written in Python", "; write it above a def") if written else ("", "")
    raise TypeError(f"{name} takes a function{form}, not {shown}{cure}")


def table(rows: Iterable[Sequence[str]], indent: str = "  ", width: int | None = None) -> str:
    """Rows as lines with aligned columns, the widest wrapped if they are to fit into `width`.

    >>> print(table([("a", "1"), ("long", "2")]))
      a     1
      long  2
    """
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows)]
    room = (width or sum(widths) + len(indent) + 2 * len(widths)) - len(indent) - 2 * (len(widths) - 1)
    while sum(widths) > room and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    lines = []
    for row in rows:
        cells = [_wrapped(cell, w) for cell, w in zip(row, widths)]
        for parts in itertools.zip_longest(*cells, fillvalue=""):
            lines.append(indent + "  ".join(part.ljust(w) for part, w in zip(parts, widths)).rstrip())
    return "\n".join(lines)


_NARROWEST = 8


def _wrapped(cell: str, width: int) -> list[str]:
    if len(cell) <= width:
        return [cell]
    whole = "/" in cell  # a path, which is copied
    return textwrap.wrap(cell, width, break_long_words=not whole, break_on_hyphens=False) or [""]


def columns() -> int:
    """How wide what is printed may be: the terminal, or 80 where there is none."""
    return shutil.get_terminal_size((80, 24)).columns


def paragraphs(text: str, indent: str = "", further: str | None = None) -> str:
    """Lines of text, wrapped to the width of the terminal; all but the first of a line by `further`, or its indent."""
    after = indent if further is None else further
    return "\n".join(
        textwrap.fill(line, columns(), initial_indent=indent if k == 0 else after, subsequent_indent=after,
                      break_long_words=False, break_on_hyphens=False)
        for k, line in enumerate(text.split("\n"))
    )  # fmt: skip


def size(count: int) -> str:
    """A number of bytes in the largest unit that gives at least 1.

    >>> size(25_325_268_992), size(262144), size(12)
    ('23.6 GiB', '256 KiB', '12 B')
    """
    unit = min(max(count.bit_length() - 1, 0) // 10, 4)
    return f"{count / 1024**unit:.1f}".removesuffix(".0") + " " + ("B", "KiB", "MiB", "GiB", "TiB")[unit]


def place(file: str, line: int) -> str:
    """A line of the user's, as a reader finds it: of a notebook its cell, else the file.

    >>> place("<stdin>", 3)
    '<stdin>, line 3'
    """
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    called = getattr(getattr(shell, "compile", None), "format_code_name", lambda file: None)(file)
    return f"{' '.join(called)}, line {line}" if called else f"{file}, line {line}"


def line_of_source(file: str, line: int, start: int = 0, end: int | None = None) -> list[str]:
    """That line without what it is indented by, and carets under its columns from `start` to `end` (counted in
    bytes, as Python does), or under all of it; nothing where its source is not known."""
    text = linecache.getline(file, line).rstrip()
    indent = len(text) - len(text.lstrip())
    start, stop = (len(text.encode()[:column].decode(errors="ignore")) for column in (start, end))
    start = max(start, indent)
    caret = " " * (start - indent) + "^" * max(1, stop - start)
    return [f"    {text.strip()}", f"    {caret}"] if text else []


def integer(value: int) -> str:
    """An integer for an error: Python refuses to write thousands of digits, and nobody reads hundreds.

    >>> integer(2**70), integer(10**400)
    ('1180591620717411303424', 'an integer of 1329 bits')
    """
    return str(value) if value.bit_length() < 200 else f"an integer of {value.bit_length()} bits"


def parse_size(text: str, name: str, remark: str = "0 keeps nothing") -> int:
    """The bytes that a size such as "512MiB", "2G" or "1000000" means.

    Raises XpuarrayError, naming the variable `name`, for anything else.

    >>> parse_size("1.5KiB", "XPUARRAY_CACHE_SIZE")
    1536
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?\s*", text.lower())
    if match is None:
        raise XpuarrayError(f"{name}={text!r} is no size: write a number of bytes, or 512MiB or 2GiB; {remark}")
    return int(float(match[1]) * 1024 ** " kmgt".index(match[2] or " "))
