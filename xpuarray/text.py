"""Plain text for terminals: tables and sizes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from xpuarray.errors import XpuarrayError

__all__ = ["integer", "parse_size", "size", "table"]


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
