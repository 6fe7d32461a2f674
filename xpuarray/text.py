"""Plain text for terminals: tables and sizes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["size", "table"]


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
