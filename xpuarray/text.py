"""Plain text for terminals: tables and sizes."""

from __future__ import annotations

import linecache
import re
import sys
from collections.abc import Iterable, Sequence

from xpuarray.errors import XpuarrayError

__all__ = ["integer", "line_of_source", "parse_size", "place", "size", "table"]


def table(rows: Iterable[Sequence[str]], indent: str = "  ") -> str:
    """Rows as lines with aligned columns.

    >>> print(table([("a", "1"), ("long", "2")]))
      a     1
      long  2
    """
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join(indent + "  ".join(cell.ljust(w) for cell, w in zip(row, widths)).rstrip() for row in rows)


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
