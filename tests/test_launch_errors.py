"""An error after a launch names the lines that may have caused it; with XPUARRAY_SYNC=1, the one that did."""

from __future__ import annotations

import sys

import pytest
from xpuarray.kernels import histogram

import xpuarray as xp
from xpuarray.launch import kernel as launched

pytestmark = pytest.mark.needs_device("opencl:cpu")


@xp.kernel
def increment(item, x):
    x[item.get_id(0)] += 1


class Faulty:
    """A queue on which something has gone wrong by the time somebody waits for it."""

    def __init__(self, queue):
        self._queue = queue

    def __getattr__(self, name: str):
        return getattr(self._queue, name)

    def wait(self) -> None:
        self._queue.wait()
        raise RuntimeError("an injected fault")


@pytest.fixture
def x(monkeypatch: pytest.MonkeyPatch) -> xp.Array:
    """An array on a device where waiting reports a fault; all earlier work on it has ended."""
    array = xp.zeros(8, dtype=xp.float32, device="opencl:cpu")
    xp.call_kernel(increment, xp.Range(8), array)
    xp.synchronize(array.device)
    runtime = array.device.runtime
    monkeypatch.setitem(runtime.__dict__, "sycl_queue", Faulty(runtime.sycl_queue))
    return array


def test_a_fault_names_what_was_launched_since_the_last_wait(x: xp.Array):
    line = sys._getframe().f_lineno
    xp.call_kernel(increment, xp.Range(8), x)
    xp.call_kernel(increment, xp.Range(8), x)
    with pytest.raises(xp.KernelRuntimeError) as caught:
        xp.synchronize(x.device)
    text = str(caught.value)
    assert "opencl:cpu:0 reported: an injected fault" in text
    assert text.index(f"{__file__}, line {line + 2}") < text.index(f"{__file__}, line {line + 1}")
    assert "XPUARRAY_SYNC=1" in text


def test_a_fault_is_found_where_it_happens_if_asked_for(x: xp.Array, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(launched, "SYNC", True)
    with pytest.raises(xp.KernelRuntimeError) as caught:
        xp.call_kernel(increment, xp.Range(8), x)
    line = sys._getframe().f_lineno - 1
    assert f"kernel increment, launched at {__file__}, line {line}" in str(caught.value)
    assert str(caught.value).count("launched at") == 1
    assert caught.traceback[0].lineno + 1 == line, "the exception leaves from the launching line"


def test_our_own_kernels_are_launched_by_whoever_calls_them():
    """`kernels/` is a part of the package, though in a checkout it lies beside it."""
    numbers, counts = (xp.zeros(n, dtype=xp.int32, device="opencl:cpu") for n in (16, 4))
    xp.synchronize(counts.device)
    line = sys._getframe().f_lineno + 1
    histogram.histogram(numbers, counts)
    text = str(counts.device.runtime.launches.error("opencl:cpu:0", "an injected fault"))
    assert f"kernel histogram_local, launched at {__file__}, line {line}" in text


def test_code_that_has_no_file_is_told_from_ours_that_has_none():
    """What is typed in (`python -c`, `exec`) is in a file "<string>", as are functions that Python makes for our
    classes."""
    x = xp.zeros(8, dtype=xp.float32, device="opencl:cpu")
    xp.synchronize(x.device)
    for scope in ({"__name__": "xpuarray.made"}, {"__name__": "typed_in"}, {}):
        exec("def launch(call, *args):\n    call(*args)", scope)
        scope["launch"](xp.call_kernel, increment, xp.Range(8), x)
    line = sys._getframe().f_lineno - 1
    text = str(x.device.runtime.launches.error("opencl:cpu:0", "an injected fault"))
    assert text.count("launched at <string>, line 2") == 2
    assert f"launched at {__file__}, line {line}" in text


def test_a_device_is_busy_from_a_launch_to_the_next_wait():
    x = xp.zeros(8, dtype=xp.float32, device="opencl:cpu")
    runtime = x.device.runtime
    xp.synchronize(x.device)
    assert not runtime.busy
    xp.call_kernel(increment, xp.Range(8), x)
    assert runtime.busy
    xp.synchronize(x.device)
    assert not runtime.busy
    with runtime.active():  # whoever takes the device may submit to it
        assert runtime.busy
    assert runtime.busy
