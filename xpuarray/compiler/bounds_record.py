"""The record that a kernel with check="bounds" fills in at its first index out of bounds, and what it says.

Nothing here needs Numba: whoever launches the kernel reads the record.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from xpuarray.text import place

__all__ = ["FIELDS", "WORDS", "message", "number_of"]

#: The record: words of int64. The last two are where stray accesses go.
FIELDS = ("flag", "argument", "axis", "index", "extent", "site", "", "")
WORDS = len(FIELDS) + 2

#: Source lines that index an array, by number: (file, line)
_sites: list[tuple[str, int]] = []


def number_of(file: str, line: int) -> int:
    """The number by which a record names a source line."""
    if (file, line) not in _sites:
        _sites.append((file, line))
    return _sites.index((file, line))


def message(kernel: str, parameters: Sequence[str], record: Iterable[int]) -> str:
    """What a filled-in record says; "" for an empty one."""
    values: dict[str, Any] = dict(zip(FIELDS, map(int, record)))
    if not values["flag"]:
        return ""
    file, line = _sites[values["site"]]
    return (
        f"kernel {kernel}: index {values['index']} is out of bounds for axis {values['axis']} of "
        f"{parameters[values['argument']]!r}, whose extent is {values['extent']} ({place(file, line)})"
    )
