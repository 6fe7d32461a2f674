"""Elementwise expressions made into kernels, alone or as what a reduction reads.

plans.py: what a call comes to; expression.py: what is deferred; generate.py: its kernel; layout.py: how that walks
its arrays; evaluation.py: when and how it is computed; dense.py: once more; source.py: how reductions and scans see
it; launches.py: all of a launch but its arrays; reduction.py: reductions over it, rows.py: as GPUs read them;
arg_reduction.py: where its extremes are; scan.py: scans; row_programs.py: expressions with reductions in them;
tracing.py: whole functions;
recording.py: what one does, as the steps of steps.py; replay.py: these done again.
"""

from xpuarray.fusion.arg_reduction import place_by_kernel
from xpuarray.fusion.evaluation import compute_now, evaluate, update, write
from xpuarray.fusion.expression import (
    Expression,
    Operation,
    Reduction,
    awaits_rows,
    defer,
    expression_of,
    is_deferred,
)
from xpuarray.fusion.reduction import reduce_by_kernel
from xpuarray.fusion.row_programs import suits_rows
from xpuarray.fusion.scan import scan_by_kernel
from xpuarray.fusion.tracing import fuse

__all__ = [
    "Expression", "Operation", "Reduction", "awaits_rows", "compute_now", "defer", "evaluate", "expression_of", "fuse",
    "is_deferred", "place_by_kernel", "reduce_by_kernel", "scan_by_kernel", "suits_rows", "update", "write",
]  # fmt: skip
