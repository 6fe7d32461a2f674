"""The target that counts: instead of all work-items one runs, in the simulator, and its operations are counted.

Of a Range it is the item in the middle, of an NdRange the group in the middle.  All others are taken to do as much.
The kernel library's reductions and scans, whose items do much, are not run: they do what they are made of (the
expression that they read, and one operation that combines two elements) once for each element.
"""

from __future__ import annotations

import dis
import functools
import math
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from types import CodeType, FrameType
from typing import Any

import numpy as np

from xpuarray.backends.contract import Compiled
from xpuarray.backends.info import DeviceInfo
from xpuarray.compiler.frontend.linking import function_of
from xpuarray.compiler.source import Source
from xpuarray.compiler.targets import simulator
from xpuarray.lang.types import KernelType, Space

__all__ = ["compile_kernel"]

#: What counts as an operation: arithmetic, comparisons, and calls (of functions such as sin, which cost more).
_COUNTED = ("BINARY_OP", "BINARY_ADD", "BINARY_SUB", "BINARY_MUL", "BINARY_TRUE", "BINARY_FLOOR", "BINARY_POWER",
            "INPLACE_", "UNARY_NEG", "COMPARE_OP")  # fmt: skip
_HERE = os.path.dirname(os.path.dirname(os.path.dirname(__file__))) + os.sep
_KERNELS = os.sep + "kernels" + os.sep
_PACKAGE = __name__.partition(".")[0]
#: Modules of the kernel library whose kernels do the same once for each element.
_BY_ELEMENT = {f"{_PACKAGE}.kernels.{name}" for name in ("arg_reduce", "reduce", "reduce_tree", "scan", "segments")}


def compile_kernel(kernel: Source, space: Space, types: tuple[KernelType, ...], info: DeviceInfo) -> Compiled:
    """A callable (global size, local size or None, *arguments) that returns how many operations that would be."""
    if kernel.function.__module__ in _BY_ELEMENT:
        return Compiled(
            kernel.__name__, "counted", functools.partial(_by_element, 1 + _made_of(kernel.function, set()))
        )
    body = simulator.body_of(kernel)

    def count(global_size: Sequence[int], local_size: Sequence[int] | None, *args: Any) -> float:
        counter = _Counter()
        with np.errstate(all="ignore"), counter:
            ran = simulator.run_some(kernel, types, body, global_size, local_size, args)
        return counter.operations / ran * math.prod(global_size)

    return Compiled(kernel.__name__, "counted", count)


def _by_element(each: int, global_size: Any, local_size: Any, *args: Any) -> float:
    return float(each * max((x.size for x in args if isinstance(x, np.ndarray)), default=0))


def _made_of(function: Any, seen: set[Any]) -> int:
    """The operations in the generated functions that a function calls."""
    code = function.__code__
    if code in seen:
        return 0
    seen.add(code)
    made = sum(1 for _ in _operations(code)) if code.co_filename.startswith("<") else 0
    named = [function.__globals__.get(name) for name in code.co_names]
    named += [cell.cell_contents for cell in function.__closure__ or ()]
    return made + sum(_made_of(f, seen) for f in map(function_of, named) if f is not None)


class _Counter:
    """Counts the operations of Python functions that are a kernel's, in all threads that are started meanwhile."""

    def __init__(self) -> None:
        self.operations = 0
        self._known: dict[CodeType, set[int]] = {}

    def __enter__(self) -> _Counter:
        self._before = sys.gettrace()
        threading.settrace(self._entered)
        sys._getframe().f_trace_opcodes = True  # Python 3.12: before settrace, or no frame tells them (gh-103615)
        sys.settrace(self._entered)
        return self

    def __exit__(self, *error: Any) -> None:
        sys.settrace(self._before)
        threading.settrace(self._before)  # type: ignore[arg-type]

    def _entered(self, frame: FrameType, event: str, argument: Any) -> Any:
        path = frame.f_code.co_filename
        if path.startswith(_HERE) and _KERNELS not in path:
            return None  # the simulator's own
        if frame.f_code not in self._known:
            self._known[frame.f_code] = set(_operations(frame.f_code))
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return self._stepped

    def _stepped(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "opcode" and frame.f_lasti in self._known[frame.f_code]:
            self.operations += 1
        return self._stepped


def _operations(code: CodeType) -> Iterator[int]:
    """The places in a function's code of what counts."""
    for step in dis.get_instructions(code):
        if step.opname.startswith(_COUNTED):
            yield step.offset
