"""What the kernel language promises, checked on one device: a suite that any backend can run.

    python -m xpuarray.conformance opencl:cpu              # prints a line a case
    python -m xpuarray.conformance --kernels 1000          # with more random kernels

Each case runs kernels on the device and compares what they leave behind with closed formulas, with
NumPy in float64 (within a bound that the case states), or with another interpreter.

positions.py    Item, NdItem, Group, SubGroup
memory.py       local and private memory, barriers, fences
atomics.py      AtomicRef
collectives.py  reductions, scans, votes, broadcasts of groups and sub-groups
arguments.py    dtypes, ranks, strides, scalars, tuples, closures
integers.py     integer arithmetic
mathematics.py  `math` and NumPy's functions
refusals.py     what is an error, and which
random_kernels.py   random kernels against an interpreter of their own
"""

from __future__ import annotations

from xpuarray.conformance import (  # noqa: F401  they register their cases
    arguments,
    atomics,
    collectives,
    integers,
    mathematics,
    memory,
    positions,
    random_kernels,
    refusals,
)
from xpuarray.conformance.suite import CASES, Case, NotApplicable, Outcome, Report, run

__all__ = ["CASES", "Case", "NotApplicable", "Outcome", "Report", "run"]
