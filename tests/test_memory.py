"""Memory: what is counted, what is used again and when, the limit, and what is said when there is none left."""

from __future__ import annotations

import gc
import pickle
import re
import sys
import threading

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.backends.memory import parse_limit
from xpuarray.backends.sycl.memory import size_class
from xpuarray.core import pending
from xpuarray.placement.devices import as_device

MIB = 1 << 20
ON_SYCL = "these devices have no pool of ours"


@xp.kernel
def slowly_add(item, x, out, rounds):
    i = item.get_id(0)
    total = np.float32(0)
    for k in range(rounds):
        total = total + x[i] * np.float32(k % 2)
    out[i] = total


def array(nbytes: int, value: float = 1) -> xp.Array:
    return xp.full(nbytes // 4, value, dtype=xp.float32)


def pooled(device: xp.Device) -> xp.Device:
    """The device, if it has a pool of ours; empties the pool."""
    if not hasattr(device.runtime.memory, "take"):
        pytest.skip(ON_SYCL)
    gc.collect()
    xp.release_memory(device)
    return device


def asynchronous(device: xp.Device) -> None:
    if device.info.backend in ("fake", "host"):
        pytest.skip("launches here have ended when they return")


# -- counting -------------------------------------------------------------------------------------


def test_use_and_peak_are_counted(device: xp.Device):
    gc.collect()
    before = xp.memory_info(device).in_use
    x = array(4 * MIB)
    assert xp.memory_info().in_use - before == 4 * MIB
    xp.reset_peak_memory()
    for _ in range(5):
        y = xp.empty_like(x)
        del y
    view = x[: x.size // 2]
    del x
    now = xp.memory_info(device)
    assert now.in_use - before == 4 * MIB, "a view keeps the whole array alive"
    assert now.peak - before == 8 * MIB, "temporaries follow one another in the same memory"
    assert now.in_use <= now.held <= now.limit <= now.total
    del view
    assert xp.memory_info(device).in_use == before


def test_arrays_of_the_library_are_counted(device: xp.Device):
    x = array(2 * MIB)
    before = xp.memory_info(device).in_use
    with xp.prefer("library"):
        y = xp.concat([x, x])
    assert xp.memory_info(device).in_use - before >= 4 * MIB
    del y
    gc.collect()
    assert xp.memory_info(device).in_use == before


def test_information_as_text(device: xp.Device):
    text = str(xp.memory_info())
    assert text.startswith(str(device) + ": in use ")
    assert [name for name in ("in use", "held", "peak", "limit", "total") if f"{name} " not in text] == []


def test_threads_count_right(device: xp.Device):
    gc.collect()
    before = xp.memory_info(device).in_use
    wrong: list[float] = []

    def work(value: int) -> None:
        for _ in range(20):
            x = xp.full(3000, value, dtype=xp.float32, device=device)
            y = xp.asnumpy(xp.reshape(x, (30, 100)))
            if not (y == value).all():
                wrong.append(value)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong
    gc.collect()
    assert xp.memory_info(device).in_use == before


def test_pickles_hold_values_not_blocks(device: xp.Device):
    x = array(MIB, 3)
    text = pickle.dumps(x)
    del x
    filler = array(MIB, 4)
    assert float(xp.sum(pickle.loads(text))) == 3 * MIB / 4
    assert float(xp.sum(filler)) == MIB


# -- reuse ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("nbytes", [1, 511, 512, 513, 4097, 100_000, MIB, MIB + 1, 3 * MIB - 1, 10**9, 2**40 + 1])
def test_blocks_waste_little(nbytes: int):
    assert nbytes <= size_class(nbytes) <= max(nbytes * 9 / 8, nbytes + 511)
    assert size_class(size_class(nbytes)) == size_class(nbytes)


def test_memory_is_used_again(device: xp.Device):
    pooled(device)
    xp.release_memory()
    others = xp.memory_info().held  # of arrays that other tests keep
    x = array(MIB)
    pointer = x.native.usm_data._pointer
    del x
    held = xp.memory_info().held
    y = xp.empty(MIB // 4 - 7, dtype=xp.float32)
    assert y.native.usm_data._pointer == pointer
    assert xp.memory_info().held == held
    del y
    assert xp.release_memory() >= MIB
    assert xp.memory_info().held == others


def test_a_chain_takes_no_memory_but_that_of_its_result(device: xp.Device):
    x, y = (xp.full(MIB, value, dtype=np.float32) for value in (2, 3))

    def chain() -> xp.Array:
        z = xp.sqrt(xp.exp(-x) + 1) * y - x / (y + 0.5)
        z = xp.abs(xp.sin(z) * 2)
        xp.evaluate(z)
        return z

    with xp.prefer("kernel"):
        chain()  # compiles
        xp.reset_peak_memory()
        before = xp.memory_info().in_use
        z = chain()
    assert xp.memory_info().peak - before == z.nbytes == 4 * MIB


def test_no_more_is_kept_than_was_in_use(device: xp.Device):
    pooled(device)
    xp.reset_peak_memory()
    start = xp.memory_info()
    for n in range(1, 40):  # each of another size class, one at a time
        xp.empty(n * MIB, dtype=xp.int8)
    now = xp.memory_info()
    assert now.peak - start.in_use == 39 * MIB
    assert now.held - start.held <= 2.5 * 39 * MIB


@pytest.mark.parametrize("host_writes", [True, False])
def test_work_in_flight_keeps_its_memory(device: xp.Device, host_writes: bool):
    """The block of an array that a running kernel still reads is given out again, and written to."""
    asynchronous(device)
    n, rounds = 1 << 20, 400
    values = np.arange(n, dtype=np.float32)
    out = xp.empty(n, dtype=xp.float32)
    xp.call_kernel(slowly_add, xp.Range(n), xp.asarray(values), out, np.int32(1))  # compiled now
    x = xp.asarray(values)
    xp.synchronize()
    xp.call_kernel(slowly_add, xp.Range(n), x, out, np.int32(rounds))
    del x
    for k in range(3):
        again = xp.asarray(values * k - 1) if host_writes else xp.full(n, -1, dtype=xp.float32)
    np.testing.assert_allclose(xp.asnumpy(out), values * (rounds // 2), rtol=1e-5)
    assert float(again[0]) == -1


def test_many_temporaries_in_flight(device: xp.Device):
    """Chains of launches whose operands are gone before they run: results are right, and memory stays bounded."""
    asynchronous(device)
    n = 1 << 18
    x = xp.ones(n, dtype=xp.float32)
    with xp.prefer("kernel"):
        y = x + x
        xp.reset_peak_memory()
        before = xp.memory_info().peak
        for k in range(50):
            y = y + x
            y = y - x * k
    assert float(y[n - 1]) == 2 + 50 - sum(range(50))
    assert xp.memory_info().peak - before <= 5 * y.nbytes + MIB


def test_threads_share_one_pool(device: xp.Device):
    """Blocks go from one thread to another while work on them is in flight; each thread's values stay its own."""
    asynchronous(device)
    sizes = [1000, 1001, 4000, 1 << 16]
    wrong: list[tuple[int, int]] = []

    def work(seed: int) -> None:
        rng = np.random.default_rng(seed)
        for step in range(40):
            n, value = int(rng.choice(sizes)), float(rng.integers(100))
            x = xp.full(n, value, dtype=xp.float32, device=device)
            out = xp.empty_like(x)
            xp.call_kernel(slowly_add, xp.Range(n), x, out, np.int32(20))
            del x
            y = xp.full(n, -1, dtype=xp.float32, device=device)
            if not (xp.asnumpy(out) == 10 * value).all() or float(y[n - 1]) != -1:
                wrong.append((seed, step))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert wrong == []


def test_sharing_ends_with_the_memory(device: xp.Device):
    """An address that was once given out of our hands is as good as any when it is used again."""
    pooled(device)
    x = xp.empty(MIB, dtype=xp.float32)
    pointer = x.native.usm_data._pointer
    assert pending.has_escaped(x)
    view = x[3:]
    del x
    assert pending.has_escaped(view)
    del view
    y = xp.empty(MIB, dtype=xp.float32)
    assert y._native.usm_data._pointer == pointer
    assert not pending.has_escaped(y)


EXPORTS = {
    "view": lambda a: a[3:],
    "transpose": lambda a: xp.reshape(a, (16, -1)).T,
    "usm_ndarray": lambda a: a.native[5:],
    "memory": lambda a: a.native.usm_data,
    "as_usm_memory": lambda a: _dpctl_memory().as_usm_memory(a),
    "dpnp": lambda a: _dpnp().asarray(a)[::2],
    "capsule": lambda a: a.__dlpack__(),
    "from_dlpack": lambda a: _dpnp().tensor.from_dlpack(a),
    "buffer": lambda a: np.frombuffer(a.native.usm_data, np.uint8)[4:],
}


def _dpctl_memory():
    import dpctl.memory

    return dpctl.memory


def _dpnp():
    import dpnp
    import dpnp.tensor

    return dpnp


@pytest.mark.parametrize("export", EXPORTS)
def test_whoever_shares_memory_keeps_it(export: str, device: xp.Device):
    pooled(device)
    if export in ("capsule", "from_dlpack") and device.info.part:
        pytest.skip("dpnp exports by DLPack from SYCL's default contexts alone, which parts of a device have not")
    x = xp.empty(4096, dtype=xp.int32)
    before = xp.memory_info().in_use
    shared = EXPORTS[export](x)
    del x
    gc.collect()
    assert xp.memory_info().in_use == before
    del shared
    gc.collect()
    assert xp.memory_info().in_use == before - 4 * 4096


# -- the limit ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "limit"),
    [("", 1000), ("0", 1000), ("100", 100), ("1KiB", 1000), ("50%", 500), ("100%", 1000), (" 10 B ", 10)],
)
def test_limits_as_they_are_written(text: str, limit: int):
    assert parse_limit(text, 1000) == limit


@pytest.mark.parametrize("text", ["much", "-1", "101%", "0%", "%", "5 apples"])
def test_what_is_no_limit(text: str):
    with pytest.raises(xp.XpuarrayError, match="XPUARRAY_MEMORY_LIMIT="):
        parse_limit(text, 1000)


def test_the_limit_holds(device: xp.Device, monkeypatch: pytest.MonkeyPatch):
    if device.info.backend == "cuda":
        pytest.skip("CuPy's pool takes the limit once, when the device is found")
    gc.collect()
    xp.release_memory()
    limit = xp.memory_info().in_use + 10 * MIB
    monkeypatch.setenv("XPUARRAY_MEMORY_LIMIT", str(limit))
    assert xp.memory_info().limit == limit
    first = array(4 * MIB)
    xp.empty(5 * MIB, dtype=xp.int8)  # kept by the pool, and let go of for the next
    second = array(4 * MIB)
    with pytest.raises(xp.OutOfDeviceMemoryError, match=f"the limit is {limit:,} .XPUARRAY_MEMORY_LIMIT"):
        array(4 * MIB)
    with xp.prefer("library"):
        with pytest.raises(xp.OutOfDeviceMemoryError):
            first + second
        del second
        assert float((first + first)[0]) == 2
    assert xp.memory_info().held <= limit


# -- no memory left -------------------------------------------------------------------------------


def test_an_error_lists_the_largest_arrays_with_their_lines(device: xp.Device):
    gc.collect()
    small, large = array(2 * MIB), xp.empty((3, MIB), dtype=xp.int16)
    line = sys._getframe().f_lineno - 1
    with pytest.raises(xp.OutOfDeviceMemoryError) as caught:
        xp.empty(2**50, dtype=xp.int8)
    text = str(caught.value)
    assert re.match(rf"{device} could not allocate 1,125,899,906,842,624 bytes for \(\d+,\) int8: [\d,]+ of its", text)
    assert re.search(rf"6,291,456 bytes  \(3, 1048576\) int16 +made at {__file__}, line {line}", text)
    assert text.index("6,291,456 bytes") < text.index("2,097,152 bytes")
    del small, large


def test_garbage_is_collected_before_memory_is_out():
    """An array in a cycle is freed by Python's collector alone."""
    with xp.device("fake"):
        gc.collect()
        gc.disable()
        try:
            cycle = [array(40 * MIB)]
            cycle.append(cycle)  # type: ignore[arg-type]
            del cycle
            assert xp.memory_info("fake").in_use >= 40 * MIB
            assert float(array(40 * MIB)[0]) == 1
            with xp.prefer("library"):
                x = array(10 * MIB)
                cycle = [array(40 * MIB)]
                cycle.append(cycle)  # type: ignore[arg-type]
                del cycle
                assert xp.concat([x, x]).nbytes == 20 * MIB
        finally:
            gc.enable()


def test_a_failed_allocation_leaves_everything_as_it_was(device: xp.Device):
    x = array(MIB, 5)
    before = xp.memory_info().in_use
    for _ in range(3):
        with pytest.raises(xp.OutOfDeviceMemoryError):
            xp.empty(2**52, dtype=xp.float32)
    assert xp.memory_info().in_use == before
    assert float(xp.sum(x)) == 5 * MIB / 4


def test_devices_that_are_not_there_have_no_memory():
    for name in ("no:such", "cuda:gpu:9"):
        with pytest.raises(xp.DeviceError):
            xp.memory_info(name)
    assert as_device("host").runtime.release_memory() == 0
