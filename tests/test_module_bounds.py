"""What a long process keeps: built kernels, and arrays that wait to be computed, are bounded."""

from __future__ import annotations

import gc
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.backends.sycl.modules import Modules
from xpuarray.core import pending
from xpuarray.core.modes import always
from xpuarray.placement.devices import as_device

on_sycl = pytest.mark.needs_device("opencl:cpu")


def multiplying(factor: float) -> xp.kernel:
    constant = np.float32(factor)

    @xp.kernel
    def multiply(item, x, out):
        i = item.get_id(0)
        out[i] = x[i] * constant

    return multiply


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """At most so many kernels are built on the CPU device."""
    monkeypatch.setattr(Modules, "most", 4)
    modules = as_device("opencl:cpu").runtime.modules
    for module in list(modules._built):  # of other tests
        module.built = None
        modules.forget(module)
    return Modules.most


@on_sycl
def test_kernels_used_long_ago_are_built_again(few: int):
    x, out = (xp.ones(100, dtype=xp.float32, device="opencl:cpu") for _ in range(2))
    kernels = [multiplying(k + 0.5) for k in range(2 * few)]
    for _ in range(2):
        for k, kernel in enumerate(kernels):
            xp.call_kernel(kernel, xp.Range(100), x, out)
            assert float(out[99]) == k + 0.5
            assert 1 <= xp.memory_info("opencl:cpu").kernels <= few
    assert f"kernels {xp.memory_info('opencl:cpu').kernels}" in str(xp.memory_info("opencl:cpu"))
    assert len({id(kernel) for kernel in kernels}) == 2 * few


@on_sycl
def test_the_latest_stay(few: int, monkeypatch: pytest.MonkeyPatch):
    """A kernel that is used all the time is built once, however many others there are."""
    x, out = (xp.ones(100, dtype=xp.float32, device="opencl:cpu") for _ in range(2))
    often = multiplying(99)
    built: list[str] = []
    build = Modules.build
    monkeypatch.setattr(Modules, "build", lambda self, module: (built.append(module), build(self, module))[1])
    for k in range(2 * few):
        xp.call_kernel(often, xp.Range(100), x, out)
        xp.call_kernel(multiplying(k + 100.5), xp.Range(100), x, out)
    assert len(built) == len(set(built)) == 2 * few + 1


@on_sycl
def test_what_is_let_go_of_may_still_run(few: int):
    """Launches whose kernels are let go of before they end."""
    n = 1 << 20
    x = xp.ones(n, dtype=xp.float32, device="opencl:cpu")
    outs = [xp.empty_like(x) for _ in range(3 * few)]
    for k, out in enumerate(outs):
        xp.call_kernel(multiplying(k + 200.5), xp.Range(n), x, out)
    gc.collect()
    assert [float(out[n - 1]) for out in outs] == [k + 200.5 for k in range(3 * few)]


@on_sycl
def test_kernels_that_are_gone_take_no_memory():
    """Each takes 3 MiB in the OpenCL runtime while it is there."""
    code = """
    import dataclasses, gc, struct
    import numpy as np
    import xpuarray as xp

    def resident():
        return int(open("/proc/self/statm").read().split()[1]) * 4096 / 2**20

    constant = np.float32(12345.678)

    @xp.kernel
    def multiply(item, x):
        i = item.get_id(0)
        x[i] = x[i] * constant

    x = xp.ones(10, dtype=xp.float32, device="opencl:cpu")
    xp.call_kernel(multiply, xp.Range(10), x)
    (compiled,) = multiply._compiled.values()
    before, after = (struct.pack("<f", c) for c in (12345.678, 2.0))
    assert before in compiled.binary
    runtime = x.device.runtime
    other = dataclasses.replace(compiled, binary=compiled.binary.replace(before, after))
    for k in range(35):
        if k == 5:
            start = resident()
        runtime.load(other)(xp.Range(10), None, runtime.pack(x.native, "C"), ())
    runtime.wait()
    gc.collect()
    print(resident() - start)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=150)
    assert float(done.stdout) < 30, done.stderr


def test_what_waits_is_bounded(device: xp.Device, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pending, "MOST", 16)
    x = xp.arange(2000, dtype=xp.float32)
    with always():
        results = []
        for k in range(100):
            results.append(x + np.float32(k))
            assert len(pending._waiting[device]) <= 16
    assert [float(y[1]) for y in results] == [k + 1.0 for k in range(100)]


def test_what_there_is_no_memory_for_goes_on_waiting(device: xp.Device, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pending, "MOST", 8)
    x = xp.asarray(np.arange(2000, dtype=np.float32))
    waiting = []
    with always():
        monkeypatch.setattr(device.runtime, "empty", _no_memory, raising=False)
        for k in range(20):
            waiting.append(x + np.float32(k))
    monkeypatch.undo()
    assert [float(y[0]) for y in waiting] == [*range(20)]


def _no_memory(*what: object) -> None:
    raise xp.OutOfDeviceMemoryError("none")


@on_sycl
def test_numba_keeps_nothing_of_a_kernel(monkeypatch: pytest.MonkeyPatch):
    """Its IR, 70 KiB of it, is gone with it; functions that kernels call are kept for others, so many at most."""
    from xpuarray.compiler.frontend import device_target
    from xpuarray.compiler.targets import spirv

    monkeypatch.setenv("XPUARRAY_CACHE", "off")
    monkeypatch.setattr(device_target, "_MOST_FUNCTIONS", 4)
    target = spirv.target
    x = xp.ones(10, dtype=xp.float32, device="opencl:cpu")

    def calling(number: int) -> xp.kernel:
        def added(value):
            return value + np.float32(number)

        @xp.kernel
        def add(item, x):
            i = item.get_id(0)
            x[i] = added(x[i])

        return add

    definitions = []
    for k in range(12):
        xp.call_kernel(calling(k), xp.Range(10), x)
        gc.collect()
        assert len(target._functions) <= 4
        definitions.append(len(target.target_context._defns))
    assert float(x[0]) == 1 + sum(range(12))
    assert max(definitions[4:]) <= max(definitions[:4]) + 1


def test_numbas_loops_know_no_kernel_that_is_compiled():
    """On the host, where a table of Numba's kept the IR and the code of each kernel."""
    from numba.core.registry import cpu_target

    x = xp.ones(10, dtype=xp.float32, device="host")
    for k in range(3):
        xp.call_kernel(multiplying(k + 0.25), xp.Range(10), x, x)
        known = [f for f in cpu_target.target_context._defns if getattr(f, "__name__", "") == "multiply"]
        assert not [f for f in known if "_dynfunc._Closure" in repr(f)]
    assert float(x[0]) == 0.25 * 1.25 * 2.25


def test_a_kernel_on_the_host_keeps_less_than_a_mebibyte():
    """Of 3, before LLVM's pass managers were freed."""
    code = """
    import numpy as np
    import xpuarray as xp

    def resident():
        return int(open("/proc/self/statm").read().split()[1]) * 4096 / 2**20

    def launch(factor):
        constant = np.float32(factor)

        @xp.kernel
        def multiply(item, x):
            i = item.get_id(0)
            x[i] = x[i] * constant

        xp.call_kernel(multiply, xp.Range(10), x)

    x = xp.ones(10, dtype=xp.float32, device="host")
    for k in range(35):
        if k == 5:
            start = resident()
        launch(k + 0.5)
    print((resident() - start) / 30)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=150)
    assert float(done.stdout) < 1, done.stderr
