"""Random array programs and random kernels, on a device and by a reference that shares no code with it.

    python -m xpuarray.conformance fuzz opencl:cpu --programs 1000 --kernels 40 --seed 7 --minutes 10

kernels.py    random kernels, as trees: drawn by kernel_programs.py, written by kernel_source.py, and computed by
              interpreter.py with the types of kernel_types.py
worker.py     a process that may crash or hang, and is replaced
report.py     what is said of a program whose answer differs
"""

from __future__ import annotations

from xpuarray.conformance.fuzz.report import Difference

__all__ = ["Difference"]
