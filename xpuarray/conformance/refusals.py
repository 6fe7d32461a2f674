"""What is an error: each is typed, and says what is wrong with which argument, limit or source line."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

import xpuarray as xp
from xpuarray.conformance.suite import case
from xpuarray.lang import AtomicRef, LocalAccessor, NdRange, PrivateArray, Range
from xpuarray.launch.kernel import kernel
from xpuarray.launch.launch import call_kernel
from xpuarray.placement.devices import Device, as_device

__all__ = ["raises"]


def raises(error: type[Exception], words: list[str], call: Callable[[], Any]) -> str:
    """`call` must raise `error` with all of `words` in its message, which is returned."""
    try:
        call()
    except error as told:
        missing = [w for w in words if w not in str(told)]
        assert not missing, f"{missing} not in the message of {error.__name__}: {told}"
        return str(told)
    raise AssertionError(f"{error.__name__} was not raised (expected with {words})")


@kernel
def _fine(item, x):
    x[item.get_id(0)] += 1


@case
def arguments(device: Device) -> None:
    """Their number, their types, the device they are on."""
    x = xp.zeros(4, dtype=xp.float32)
    other = xp.zeros(4, dtype=xp.float32, device=_another(device))
    pair = xp.kernel(lambda item, x, y: None)
    raises(xp.KernelArgumentError, ["takes 1 argument", "x", "2"], lambda: call_kernel(_fine, Range(4), x, x))
    raises(xp.KernelArgumentError, ["'x'", "str"], lambda: call_kernel(_fine, Range(4), "text"))
    raises(xp.KernelArgumentError, ["'x'", "NoneType"], lambda: call_kernel(_fine, Range(4), None))
    raises(xp.ImplicitTransferError, ["'x'", "numpy", "asarray"], lambda: call_kernel(_fine, Range(4), np.zeros(4)))
    raises(
        xp.PlacementError, ["'x'", str(device), "'y'", str(other.device), "to_device"],
        lambda: call_kernel(pair, Range(4), x, other),
    )  # fmt: skip
    raises(xp.KernelArgumentError, ["@kernel"], lambda: call_kernel(len, Range(4), x))  # type: ignore[arg-type]
    raises(TypeError, ["range"], lambda: _fine(x))


def _another(device: Device) -> Device:
    host = as_device("host")
    return host if device is not host else as_device("fake")


@case
def ranges(device: Device) -> None:
    """What can't be a range, groups that don't come out even or are too large."""
    x, most = xp.zeros(4, dtype=xp.float32), device.info.max_work_group_size
    raises(xp.KernelRangeError, ["-1"], lambda: Range(-1))
    raises(TypeError, ["dim0", "float"], lambda: Range(2.5))  # type: ignore[arg-type]
    raises(xp.KernelRangeError, ["10", "4"], lambda: NdRange((10,), (4,)))
    raises(xp.KernelRangeError, ["dimensions"], lambda: NdRange((10, 2), (5,)))
    raises(xp.KernelRangeError, ["12"], lambda: call_kernel(_fine, 12, x))  # type: ignore[arg-type]
    raises(
        xp.KernelRangeError, ["_fine", f"{2 * most}", f"{most}"],
        lambda: call_kernel(_fine, NdRange((2 * most,), (2 * most,)), x),
    )  # fmt: skip


@kernel
def _local(nd, x, tile):
    tile[nd.get_local_id(0)] = 1


@case
def local_memory(device: Device) -> None:
    """More than the device has, or none of the sort."""
    x, limit = xp.zeros(4, dtype=xp.float32), device.info.local_memory
    too_much = LocalAccessor(limit // 4 + 1, np.float32)
    raises(
        xp.KernelRangeError, ["_local", f"{too_much.nbytes:,}", f"{limit:,}"],
        lambda: call_kernel(_local, NdRange((4,), (4,)), x, too_much),
    )  # fmt: skip
    raises(
        xp.KernelRangeError, ["LocalAccessor", "NdRange"],
        lambda: call_kernel(_local, Range(4), x, LocalAccessor(4, np.float32)),
    )  # fmt: skip
    raises(TypeError, ["LocalAccessor"], lambda: LocalAccessor(0, np.float32))
    raises(TypeError, ["LocalAccessor"], lambda: LocalAccessor(4, "text"))


# -- source that can't be a kernel --------------------------------------------------------------


def _returns(item, x):
    return x[0]


def _raises(item, x):
    if x[0] > 0:
        raise ValueError("no")  # refused


def _asserts(item, x):
    assert x[0] >= 0  # refused


def _tries(item, x):
    try:  # refused
        x[0] = 1  # refused
    except ValueError:  # refused
        x[0] = 2


def _fails(x):
    raise ValueError(x)  # refused


def _calls(item, x):
    x[0] = _fails(x[0])


@case(over=("_raises", "_asserts", "_tries", "_calls"))
def exceptions(device: Device, name: str) -> None:
    """There is nobody on a device to raise an exception to: the source line is named, in callees too."""
    function, x = globals()[name], xp.zeros(4, dtype=xp.float32)
    source, first = inspect.getsourcelines(_fails if name == "_calls" else function)
    told = raises(
        xp.KernelCompileError, [f"kernel {name}", "exception", "refusals.py", str(device)],
        lambda: call_kernel(kernel(function), Range(4), x),
    )  # fmt: skip
    lines = [first + k for k, text in enumerate(source) if "# refused" in text]
    assert any(f"line {line}" in told for line in lines), f"none of the lines {lines} named: {told}"


#: source -> words of the error; the simulator runs what Python runs, and is not asked
_SOURCES = {
    "y = undefined_name(x)": ["undefined_name", "line 2"],
    "x[item.get_id(2)] = 1": ["no dimension 2", "line 2"],
    "x[item.get_id(x[0])] = 1": ["constant", "line 2"],
    "x.append(1)": ["append", "line 2"],
    "import math": ["IMPORT_NAME"],
    "AtomicRef(x, 0).fetch_xor(1)": ["bitwise", "float32", "line 2"],
    "AtomicRef(x, (0, 0)).fetch_add(1)": ["index", "line 2"],
    "y = PrivateArray(x.size, np.float32)": ["constant", "line 2"],
}


@case
def sources(device: Device) -> None:
    """A value returned, and constructs that don't exist: refused when compiled, with the source line."""
    x = xp.zeros(4, dtype=xp.float32)
    raises(xp.KernelCompileError, ["_returns", "returns a value"], lambda: call_kernel(kernel(_returns), Range(4), x))
    for source, words in _SOURCES.items() if device.runtime.target != "simulator" else ():
        scope: dict[str, Any] = {"AtomicRef": AtomicRef, "PrivateArray": PrivateArray, "np": np}
        exec(f"def refused(item, x):\n    {source}\n", scope)
        refused = kernel(scope["refused"])
        raises(xp.KernelCompileError, ["refused", *words], functools.partial(call_kernel, refused, Range(4), x))
    equal_after = xp.zeros(4, dtype=xp.float32)
    call_kernel(_fine, Range(4), equal_after)  # the device goes on working
    assert (xp.asnumpy(equal_after) == 1).all()
