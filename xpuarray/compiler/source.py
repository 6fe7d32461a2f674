"""What the compiler asks of a kernel: `launch.Kernel` is one, and so is anything else with these attributes."""

from __future__ import annotations

from typing import Any, Protocol

__all__ = ["Source"]


class Source(Protocol):
    """A Python function to compile, and how."""

    __name__: str
    function: Any  #: the Python function
    fastmath: bool | tuple[str, ...]  #: whether arithmetic need not be IEEE's; or in which ways, by LLVM's names
    check: str | None  #: "bounds": indices are checked
