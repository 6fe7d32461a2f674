"""A launch that can't be: one clear, typed error, before anything is compiled."""

from __future__ import annotations

import decimal
import fractions
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.launch import kernel as kernels
from xpuarray.placement.devices import Device


@xp.kernel
def fill(item: xp.Item, x, value):
    x[item.get_id(0)] = value


@xp.kernel
def bare(item, x):
    x[item.get_id(0)] = 1


@xp.kernel
def grouped(nd: xp.NdItem, x):
    x[nd.get_global_id(0)] = 1


@xp.kernel
def bare_grouped(nd, x):
    x[nd.get_local_id(0)] = nd.get_global_linear_id()


@pytest.fixture
def launch(device: Device, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A launch that must not come to the compiler."""

    def refuse(kernel: Any, *args: Any) -> None:
        raise AssertionError(f"{kernel.__name__} was to be compiled")

    monkeypatch.setattr(kernels, "build", refuse)
    return xp.call_kernel


ARGUMENTS: dict[str, tuple[Any, list[str]]] = {
    "a list": ([1, 2, 3], ["'value'", "list", "xp.asarray"]),
    "an empty list": ([], ["'value'", "list"]),
    "an int beyond 64 bits": (2**70, ["'value'", f"{2**70}", "int64"]),
    "an int below them": (-(2**63) - 1, ["'value'", f"{-(2**63) - 1}", "int64"]),
    "one in a tuple": ((1, 2**70), ["'value'", f"{2**70}"]),
    "a list in a tuple": ((1, [2]), ["'value'", "list"]),
    "None": (None, ["'value'", "NoneType"]),
    "text": ("text", ["'value'", "str"]),
    "bytes": (b"text", ["'value'", "bytes"]),
    "a dict": ({}, ["'value'", "dict"]),
    "a set": ({1}, ["'value'", "set"]),
    "a range": (range(3), ["'value'", "range"]),
    "a slice": (slice(3), ["'value'", "slice"]),
    "a function": (len, ["'value'", "builtin_function_or_method"]),
    "a class": (np.float32, ["'value'", "float32(...)"]),
    "a dtype": (np.dtype("f4"), ["'value'", "DType"]),
    "a fraction": (fractions.Fraction(1, 2), ["'value'", "Fraction", "float(...)"]),
    "a decimal": (decimal.Decimal("0.5"), ["'value'", "Decimal", "float(...)"]),
    "a date": (np.datetime64("2024-01-01"), ["'value'", "datetime64"]),
    "a time": (np.timedelta64(1, "s"), ["'value'", "timedelta64"]),
    "NumPy's text": (np.str_("text"), ["'value'", "str"]),
    "extended precision": (np.longdouble(1), ["'value'", "float128" if np.longdouble(1).nbytes > 8 else "array"]),
    "a record": (np.zeros(1, "i4,f4")[0], ["'value'", "void"]),
    "a private array": (xp.PrivateArray(3, np.float32), ["'value'", "PrivateArray"]),
    "a kernel": (bare, ["'value'", "Kernel"]),
    "a device": (xp.devices()[0], ["'value'", "Device"]),
}


@pytest.mark.parametrize("what", ARGUMENTS)
def test_arguments(device: Device, launch: Callable[..., None], what: str):
    argument, words = ARGUMENTS[what]
    x = xp.zeros(4, dtype=xp.float32)
    with pytest.raises(xp.KernelArgumentError) as caught:
        launch(fill, xp.Range(4), x, argument)
    assert not [word for word in ["fill", *words] if word not in str(caught.value)], str(caught.value)


@pytest.mark.parametrize("kind", ["numpy", "list of arrays"])
def test_arrays_of_others(device: Device, launch: Callable[..., None], kind: str):
    x = xp.zeros(4, dtype=xp.float32)
    given = {"numpy": np.zeros(4), "list of arrays": [x, x]}[kind]
    with pytest.raises((xp.ImplicitTransferError, xp.KernelArgumentError), match=r"'value' .*xp\.asarray"):
        launch(fill, xp.Range(4), x, given)


@pytest.mark.parametrize("first", ["array", "int", "tuple", "None", "list", "float", "numpy"])
def test_a_range_that_is_missing_or_none(device: Device, launch: Callable[..., None], first: str):
    x = xp.zeros(4, dtype=xp.float32)
    given: Any = {"array": x, "int": 4, "tuple": (4,), "None": None, "list": [4], "float": 4.0, "numpy": np.int64(4)}[
        first
    ]
    for rest in ((x, 1.0), (1.0,), ()):
        with pytest.raises(xp.KernelRangeError, match=r"fill: the range comes before .*Range\("):
            launch(fill, given, *rest)


@pytest.mark.parametrize(
    "kernel, over, words",
    [
        (fill, "nd", ["fill calls item.get_id", "a Range"]),
        (bare, "nd", ["item.get_id", "a Range", "item.get_global_id"]),
        (grouped, "range", ["grouped calls nd.get_global_id", "an NdRange"]),
        (bare_grouped, "range", ["nd.get_global_linear_id", "an NdRange", "nd.get_linear_id"]),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_an_item_over_the_other_kind_of_range(
    device: Device, launch: Callable[..., None], kernel: Any, over: str, words: list[str]
):
    x = xp.zeros(4, dtype=xp.float32)
    range = xp.NdRange((4,), (2,)) if over == "nd" else xp.Range(4)
    with pytest.raises(xp.KernelRangeError) as caught:
        launch(kernel, range, *((x, 1.0) if kernel is fill else (x,)))
    assert not [word for word in words if word not in str(caught.value)], str(caught.value)


def test_the_number_of_arguments(device: Device, launch: Callable[..., None]):
    x = xp.zeros(4, dtype=xp.float32)
    for args in ((), (x,), (x, 1, 2)):
        with pytest.raises(xp.KernelArgumentError, match=rf"takes 2 argument.*x, value.*not {len(args)}"):
            launch(fill, xp.Range(4), *args)


def test_the_kernel_comes_first(device: Device, launch: Callable[..., None]):
    for first in (xp.Range(4), fill.function, None):
        with pytest.raises(xp.KernelArgumentError, match="@kernel"):
            launch(first, xp.Range(4), xp.zeros(4))


@pytest.mark.parametrize("dtype", ["float16", "int8", "uint16", "bool", "complex64"])
def test_atomics_say_which_dtypes_there_are(device: Device, dtype: str):
    if dtype == "float16" and not device.fp16:
        pytest.skip(f"{device} has no float16")

    @xp.kernel
    def count(item, x):
        xp.AtomicRef(x, 0).fetch_add(1)

    with pytest.raises(xp.KernelCompileError, match=rf"int32, int64, uint32, uint64, float32, float64, not {dtype}"):
        xp.call_kernel(count, xp.Range(4), xp.zeros(4, dtype=dtype))
