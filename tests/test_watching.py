"""xp.profile and xp.strict: what they see, what they say, and that nobody else notices."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.core.dispatch import fall_back
from xpuarray.spans import watched


@xp.kernel
def triple(item, x, out):
    i = item.get_id(0)
    out[i] = x[i] + x[i] + x[i]


def rows(p: xp.Profile) -> dict[str, xp.ProfileRow]:
    return {row.name if row.kind in ("kernel", "library") else row.kind: row for row in p.rows}


def fresh() -> xp.Kernel:
    """A kernel that is compiled nowhere."""
    marks = fresh.__dict__.setdefault("marks", iter(range(10**6)))
    mark = next(marks) + os.getpid() * 10**6

    def never_seen(item, x):
        x[item.get_id(0)] = mark

    return xp.kernel(never_seen)


def test_a_profile_splits_the_time(device: xp.Device):
    n = 256
    kernel = xp.kernel(triple.function)
    with xp.profile() as p:
        x = xp.asarray(np.arange(n, dtype=np.float32))
        out = xp.empty_like(x)
        for _ in range(3):
            xp.call_kernel(kernel, xp.Range(n), x, out)
        values = xp.asnumpy(xp.sort(out))
    np.testing.assert_array_equal(values, 3 * np.arange(n, dtype=np.float32))
    seen = rows(p)
    assert seen["triple"].calls == 3
    assert seen["triple"].kind == "kernel"
    assert seen["triple"].compile > 0
    assert seen["triple"].work >= 0
    assert seen["sort"].calls == 1
    assert seen["sort"].kind == "library"
    assert seen["sort"].work + seen["sort"].launch > 0
    assert seen["to device"].nbytes == 4 * n
    assert seen["to host"].nbytes == 4 * n
    assert seen["to host"].transfer > 0
    assert {row.device for row in p.rows} == {str(device)}
    assert sum(row.total for row in p.rows) <= p.elapsed * 1.01
    assert p.methods[str(device)] in str(p)


def test_work_is_timed_where_it_is_done(device: xp.Device):
    """The kernel's own time grows with its work; that of the launch is no part of it."""
    if device.info.backend == "fake":
        pytest.skip("its kernels are simulated")
    x = xp.ones(1 << 20, dtype=xp.float32)
    xp.sort(x)
    with xp.profile() as p:
        xp.sort(x)
    row = rows(p)["sort"]
    assert 0 < row.work <= p.elapsed
    assert row.work > row.launch or device.info.backend == "cuda"


def test_profiles_nest_and_end(device: xp.Device):
    x = xp.ones(8, dtype=xp.float32)
    with xp.profile() as outer:
        with xp.profile() as inner:
            xp.sort(x)
        xp.sort(x)
    xp.sort(x)
    assert rows(inner)["sort"].calls == 1
    assert rows(outer)["sort"].calls == 2
    assert watched() == ()


def test_a_profile_sees_its_own_thread_alone():
    x = xp.ones(8, dtype=xp.float32, device="host")
    with xp.profile() as p:
        thread = threading.Thread(target=lambda: xp.sort(x))
        thread.start()
        thread.join()
    assert p.rows == []


def test_errors_pass_through_a_profile(device: xp.Device):
    x = xp.ones(8, dtype=xp.float32)
    with pytest.raises(ValueError), xp.profile() as p:
        xp.sort(x)
        xp.reshape(x, (3, 3))
    assert list(rows(p)) == ["sort"]


def test_a_trace_is_what_chrome_reads(device: xp.Device, tmp_path: Path):
    with xp.profile() as p:
        float(xp.sort(xp.asarray([2.0, 1.0], dtype=xp.float32))[0])
    p.save(tmp_path / "trace.json")
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    names = {e["tid"]: e["args"]["name"] for e in events if e["ph"] == "M"}
    spans = [e for e in events if e["ph"] == "X"]
    assert any(name.startswith(str(device)) for name in names.values())
    assert {e["cat"] for e in spans} >= {"to device", "library", "to host"}
    on_device = [e for e in spans if e["tid"] in names]
    assert [e["name"] for e in on_device if e["cat"] == "library"] == ["sort"]
    assert all(e["dur"] >= 0 and -1e5 < e["ts"] < p.elapsed * 1e6 + 1e5 for e in spans)


def test_a_profile_as_a_table():
    @xp.kernel
    def a_lt_b(item, x):
        x[item.get_id(0)] = 1

    a_lt_b.__name__ = "a<b"
    with xp.device("fake"), xp.profile() as p:
        xp.call_kernel(a_lt_b, xp.Range(2), xp.zeros(2, dtype=xp.float32))
    assert str(p).splitlines()[0].split() == [
        "function", "kind", "device", "calls", "compile", "transfer", "launch", "work", "moved",
    ]  # fmt: skip
    assert ">a&lt;b</code>" in p._repr_html_()


def test_a_profile_without_calls():
    with xp.profile() as p:
        pass
    assert p.rows == []
    assert "the block took" in str(p)


@pytest.mark.needs_device("opencl:cpu")
def test_event_profiling():
    """XPUARRAY_PROFILING=1 gives queues on which the device itself notes the times."""
    code = """
import xpuarray as xp
x = xp.ones(1 << 20, dtype=xp.float32, device="opencl:cpu")
xp.sort(x)
with xp.profile() as p:
    xp.sort(x)
    with xp.prefer("kernel"):
        xp.synchronize()
        y = xp.sin(x)
        xp.synchronize()
print(p.methods["opencl:cpu:0"])
assert all(r.work > 0 for r in p.rows if r.kind in ("kernel", "library")), p
"""
    environment = os.environ | {"XPUARRAY_PROFILING": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "by the device's own clock (SYCL event profiling)"


# -- budgets --------------------------------------------------------------------------------------


READS = {
    "asnumpy": xp.asnumpy,
    "item": lambda x: x[0].item(),
    "float": lambda x: float(x[0]),
    "bool": lambda x: bool(x[0]),
    "tolist": lambda x: x.tolist(),
    "repr": repr,
    "asarray": lambda x: xp.asarray([1.0, 2.0]),
    "list as an index": lambda x: x[[0, 1]],
}


@pytest.mark.parametrize("read", READS)
def test_transfers_have_a_budget(read: str, device: xp.Device):
    x = xp.sort(xp.ones(1000, dtype=xp.float32))
    with xp.strict():
        y = xp.sort(x)
        with pytest.raises(xp.BudgetError, match=r"strict allows 0 transfers here; number 1 would be \d") as caught:
            READS[read](y)
    assert f"{device}" in str(caught.value)
    assert f"at {__file__}, line " in str(caught.value)
    with xp.strict(transfers=1) as budgets:
        READS[read](y)
    assert budgets.spent["transfers"] == 1
    with xp.strict(transfers=None):
        READS[read](y)
        READS[read](y)


def test_compilations_have_a_budget(device: xp.Device):
    kernel, x = fresh(), xp.zeros(3, dtype=xp.int64)
    with (
        xp.strict(),
        pytest.raises(xp.BudgetError, match=f"0 compiles here; .* never_seen for {device}"),
    ):
        xp.call_kernel(kernel, xp.Range(3), x)
    xp.call_kernel(kernel, xp.Range(3), x)
    with xp.strict():
        xp.call_kernel(kernel, xp.Range(3), x)
    assert int(x[0]) > 0


def test_fallbacks_have_a_budget(device: xp.Device):
    with (
        xp.allow_fallback(),
        xp.strict(),
        pytest.raises(xp.BudgetError, match=f"solve of {device} on the host"),
    ):
        fall_back("solve", device, "a test")
    with xp.allow_fallback(), xp.strict(fallbacks=1), pytest.warns(xp.FallbackWarning):
        fall_back(f"solve {os.getpid()}", device, "a test")


def test_budgets_of_one_thread_are_not_anothers():
    x = xp.ones(3, dtype=xp.float32, device="host")
    read: list[float] = []
    with xp.strict():
        thread = threading.Thread(target=lambda: read.extend(x.tolist()))
        thread.start()
        thread.join()
    assert read == [1, 1, 1]
    assert watched() == ()
