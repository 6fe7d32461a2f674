"""The functions that programs call, by subject: how each is drawn, and how near NumPy's result it has to be."""

from __future__ import annotations

from xpuarray.conformance.fuzz.functions import (  # noqa: F401  they enter their groups
    algebra,
    elementwise,
    indexing,
    manipulation,
    reductions,
)
from xpuarray.conformance.fuzz.functions.groups import GROUPS, Group, Statement

__all__ = ["GROUPS", "Group", "Statement"]
