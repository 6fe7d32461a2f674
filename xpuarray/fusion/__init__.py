"""Elementwise expressions made into kernels, alone or as what a reduction reads.

expression.py: what is deferred, modes.py: whether; generate.py: its kernel; layout.py: how that walks its arrays;
evaluate.py: when and how it is computed; repeats.py: once more; source.py: how reductions and scans see it;
launches.py: all of a launch but its arrays; reduction.py: reductions over it, rows.py: as GPUs read them;
arg_reduction.py: where its extremes are; scan.py: scans; row_programs.py: expressions with reductions in them;
tracing.py: whole functions.
"""

from xpuarray.fusion.arg_reduction import place_by_kernel
from xpuarray.fusion.evaluate import compute_now, evaluate, update
from xpuarray.fusion.expression import (
    Expression,
    Operation,
    Reduction,
    awaits_rows,
    defer,
    is_deferred,
)
from xpuarray.fusion.modes import eager, is_traced
from xpuarray.fusion.reduction import reduce_by_kernel
from xpuarray.fusion.repeats import repeat, repeatable
from xpuarray.fusion.row_programs import suits_rows
from xpuarray.fusion.scan import scan_by_kernel
from xpuarray.fusion.tracing import fuse

__all__ = [
    "Expression", "Operation", "Reduction", "awaits_rows", "compute_now", "defer", "eager", "evaluate", "fuse",
    "is_deferred", "is_traced", "place_by_kernel", "reduce_by_kernel", "repeat", "repeatable", "scan_by_kernel",
    "suits_rows", "update",
]  # fmt: skip
