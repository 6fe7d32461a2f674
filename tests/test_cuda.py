"""What is particular to NVIDIA GPUs.  The rest of the suite runs on them through the fixture `device`."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.errors import KernelRangeError, OutOfDeviceMemoryError

pytestmark = pytest.mark.needs_device("cuda:gpu")


@pytest.fixture
def gpu() -> Any:
    """The first GPU; new arrays go to it."""
    with xp.device("cuda:gpu") as chosen:
        yield chosen
        xp.synchronize(chosen)


@xp.kernel
def e1(item, a, b, out):
    i = item.get_id(0)
    out[i] = math.sin(a[i]) * b[i] + math.exp(-a[i]) * math.sqrt(b[i]) + a.dtype.type(1)


@pytest.mark.parametrize("dtype, bound", [(np.float32, 5e-7), (np.float64, 1e-15)])
def test_the_expression_of_the_benchmarks(gpu: xp.Device, dtype: Any, bound: float) -> None:
    a, b = (np.random.default_rng(k).random(100_003).astype(dtype) for k in (0, 1))
    out = xp.empty_like(xp.asarray(a))
    xp.call_kernel(e1, xp.Range(a.size), xp.asarray(a), xp.asarray(b), out)
    wide = a.astype(np.longdouble), b.astype(np.longdouble)
    exact = np.sin(wide[0]) * wide[1] + np.exp(-wide[0]) * np.sqrt(wide[1]) + 1
    assert np.abs(xp.asnumpy(out) - exact).max() < bound


@xp.kernel
def count_1d(item, hits):
    xp.AtomicRef(hits, item.get_id(0)).fetch_add(1)
    if item.get_range(0) != hits.shape[0]:
        hits[0] = -1


@xp.kernel
def count_2d(item, hits):
    xp.AtomicRef(hits, (item.get_id(0), item.get_id(1))).fetch_add(1)
    if item.get_range(0) != hits.shape[0] or item.get_range(1) != hits.shape[1]:
        hits[0, 0] = -1


@xp.kernel
def count_3d(item, hits):
    xp.AtomicRef(hits, (item.get_id(0), item.get_id(1), item.get_id(2))).fetch_add(1)
    if item.get_range(0) != hits.shape[0] or item.get_range(2) != hits.shape[2]:
        hits[0, 0, 0] = -1


# In large ranges, and beyond 65,535 blocks in y or z, the threads walk on: (17_000_000, 1) has 66,407 blocks of 256.
@pytest.mark.parametrize(
    "extents",
    [
        *[(1,), (31,), (257,), (1_000_003,)],
        *[(1, 1), (3, 1000), (1000, 3), (4097, 2050), (17_000_000, 1)],
        *[(1, 1, 1), (1000, 1, 1), (5, 6, 7), (70_000, 1, 40), (2, 70_000, 65)],
    ],
    ids=str,
)
def test_every_work_item_runs_once(gpu: xp.Device, extents: tuple[int, ...]) -> None:
    hits = xp.zeros(extents, xp.int32)
    kernel = {1: count_1d, 2: count_2d, 3: count_3d}[len(extents)]
    xp.call_kernel(kernel, xp.Range(*extents), hits)
    assert bool(xp.all(hits == 1))


def test_an_empty_range_runs_nothing(gpu: xp.Device) -> None:
    hits = xp.zeros(1, xp.int32)
    xp.call_kernel(count_1d, xp.Range(0), hits)
    assert int(hits[0]) == 0


# -- groups -------------------------------------------------------------------------------------


@xp.kernel
def collectives(nd_item, x, out, local):
    i = nd_item.get_global_id(0)
    k = nd_item.get_local_id(0)
    group = nd_item.get_group()
    sub_group = nd_item.get_sub_group()
    local[k] = x[i]
    xp.group_barrier(group)
    neighbour = local[(k + np.uint64(1)) % nd_item.get_local_range(0)]
    out[0, i] = xp.group_reduce(group, neighbour, "add")
    out[1, i] = xp.group_scan(group, x[i], "add")
    out[2, i] = xp.group_scan(group, x[i], "max")
    out[3, i] = xp.group_reduce(group, x[i], "min")
    out[4, i] = xp.group_reduce(sub_group, x[i], "max")
    out[5, i] = xp.group_scan(sub_group, x[i], "add")
    out[6, i] = xp.broadcast(group, x[i], 0)
    out[7, i] = xp.shuffle(sub_group, x[i], 0)


@pytest.mark.parametrize("dtype", ["int32", "int64", "float32", "float64", "uint8"])
@pytest.mark.parametrize("size", [1, 31, 32, 33, 100, 256, 1024])
def test_group_functions(gpu: xp.Device, size: int, dtype: str) -> None:
    host = (np.random.default_rng(size).integers(0, 100, (7, size))).astype(dtype)
    out = xp.zeros((8, 7 * size), dtype)
    local = xp.LocalAccessor(size, dtype)
    xp.call_kernel(collectives, xp.NdRange((7 * size,), (size,)), xp.asarray(host.ravel()), out, local)
    total = np.broadcast_to(host.sum(1, dtype=dtype, keepdims=True), host.shape)
    warps = [host[:, w : w + 32] for w in range(0, size, 32)]
    expected = [
        total,
        np.cumsum(host, 1, dtype=dtype),
        np.maximum.accumulate(host, 1),
        np.broadcast_to(host.min(1, keepdims=True), host.shape),
        np.concatenate([np.broadcast_to(w.max(1, keepdims=True), w.shape) for w in warps], 1),
        np.concatenate([np.cumsum(w, 1, dtype=dtype) for w in warps], 1),
        np.broadcast_to(host[:, :1], host.shape),
        np.concatenate([np.broadcast_to(w[:, :1], w.shape) for w in warps], 1),
    ]
    np.testing.assert_array_equal(xp.asnumpy(out), np.stack([e.ravel() for e in expected]))


@xp.kernel
def reverse_in_two(nd_item, x, first, second):
    """Through two stretches of local memory, so that their offsets matter."""
    i = nd_item.get_global_id(0)
    k = nd_item.get_local_id(0)
    n = nd_item.get_local_range(0)
    first[k] = x[i]
    second[n - k - n // n] = x[i]
    xp.group_barrier(nd_item.get_group())
    x[i] = first[k] + second[k] * 1000


@pytest.mark.parametrize("size", [100, 1024])
def test_several_stretches_of_local_memory(gpu: xp.Device, size: int) -> None:
    x = xp.arange(size, dtype=xp.float64)
    accessors = xp.LocalAccessor(size + 1, xp.int16), xp.LocalAccessor(size, xp.float64)
    xp.call_kernel(reverse_in_two, xp.NdRange((size,), (size,)), x, *accessors)
    host = np.arange(size)
    np.testing.assert_array_equal(xp.asnumpy(x), host + host[::-1] * 1000)


@xp.kernel
def through_large_local_memory(nd_item, x, local):
    k = nd_item.get_local_id(0)
    last = local.shape[0] - 1
    local[last - k] = x[k]
    xp.group_barrier(nd_item.get_group())
    x[k] = local[last - nd_item.get_local_range(0) + 1 + k]


def test_local_memory_up_to_the_devices_limit(gpu: xp.Device) -> None:
    x = xp.arange(64, dtype=xp.float64)
    count = (gpu.local_memory - 1024) // 8
    assert count * 8 > 48 << 10, "more than a kernel gets without asking"
    xp.call_kernel(through_large_local_memory, xp.NdRange((64,), (64,)), x, xp.LocalAccessor(count, xp.float64))
    np.testing.assert_array_equal(xp.asnumpy(x), np.arange(64)[::-1])


@xp.kernel
def positions(nd_item, out):
    k = nd_item.get_global_id(0) * nd_item.get_global_range(1) + nd_item.get_global_id(1)
    k = k * nd_item.get_global_range(2) + nd_item.get_global_id(2)
    out[k, 0] = nd_item.get_local_id(0) * 100 + nd_item.get_local_id(1) * 10 + nd_item.get_local_id(2)
    group = nd_item.get_group()
    out[k, 1] = group.get_group_id(0) * 100 + group.get_group_id(1) * 10 + group.get_group_id(2)


def test_three_dimensional_groups(gpu: xp.Device) -> None:
    whole, part = (4, 6, 8), (2, 3, 4)
    out = xp.zeros((4 * 6 * 8, 2), xp.int64)
    xp.call_kernel(positions, xp.NdRange(whole, part), out)
    ids = np.stack(np.meshgrid(*map(np.arange, whole), indexing="ij"), -1).reshape(-1, 3)
    weights = np.array([100, 10, 1])
    np.testing.assert_array_equal(xp.asnumpy(out), np.stack([ids % part @ weights, ids // part @ weights], 1))


@xp.kernel
def many_registers(nd_item, x):
    i = nd_item.get_global_id(0)
    a = xp.PrivateArray(96, xp.float64)
    for k in range(96):
        a[k] = x[(i * 7 + k) % x.shape[0]]
    for _ in range(3):
        for k in range(96):
            a[k] = a[k] * a[(k * 37 + 11) % 96] + a[(k * 5 + 1) % 96]
    total = a[0]
    for k in range(1, 96):
        total += a[k]
    x[i] = total


def test_a_kernel_with_many_registers_runs_in_the_largest_group(gpu: xp.Device) -> None:
    size = gpu.max_work_group_size
    host = np.random.default_rng(0).random(size) / 100
    results = []
    for part in (32, size):
        x = xp.asarray(host)
        xp.call_kernel(many_registers, xp.NdRange((size,), (part,)), xp.asarray(host))
        xp.call_kernel(many_registers, xp.NdRange((32,), (32,)), x)
        results.append(xp.asnumpy(x)[:32])
    np.testing.assert_array_equal(*results)


def test_groups_that_cuda_cannot_launch(gpu: xp.Device) -> None:
    out = xp.zeros((128, 2), xp.int64)
    with pytest.raises(KernelRangeError, match="dimension 0 of the work-group is 128; CUDA allows 64"):
        xp.call_kernel(positions, xp.NdRange((128, 1, 1), (128, 1, 1)), out)
    with pytest.raises(KernelRangeError, match=r"2048 work-items .* allows: 1024"):
        xp.call_kernel(collectives, xp.NdRange((2048,), (2048,)), out[0], out, xp.LocalAccessor(2048, xp.int64))


# -- memory and order ---------------------------------------------------------------------------


@xp.kernel
def elementwise_sine(item, x, out):
    i, j = item.get_id(0), item.get_id(1)
    out[i, j] = math.sin(x[i, j])


@xp.kernel
def increment(item, x):
    x[item.get_id(0)] += 1


def test_launches_and_cupys_work_are_in_order(gpu: xp.Device) -> None:
    import cupy

    x = xp.zeros(1 << 20, xp.int32)
    for _ in range(50):
        xp.call_kernel(increment, xp.Range(x.size), x)
        cupy.multiply(x.native, 2, out=x.native)
        cupy.remainder(x.native, 1009, out=x.native)
    value = 0
    for _ in range(50):
        value = (value + 1) * 2 % 1009
    assert bool(xp.all(x == value))


def test_cupy_takes_small_singles_for_zero(gpu: xp.Device) -> None:
    """Upstream, in CuPy 14.2; once this fails, its entry in xpuarray/backends/cuda/faults.py can go."""
    import cupy

    small = np.full(3, 1e-39, np.float32)
    assert float(cupy.add(cupy.asarray(small), cupy.asarray(small))[0]) == 0
    with xp.prefer("library"):
        assert float(xp.add(xp.asarray(small), xp.asarray(small))[0]) == small[0] + small[0]


def test_cupys_assignment_of_overlapping_memory_is_wrong() -> None:
    """cuda/faults.py: assigned.  A race, which a large copy always loses.  What xpuarray does: test_overlap.py"""
    import cupy

    x = cupy.arange(5_000_001)
    before = cupy.asnumpy(x)
    x[2:] = x[:-2]
    assert not np.array_equal(cupy.asnumpy(x)[2:], before[:-2])


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_complex_quotients_are_numpys(gpu: xp.Device, dtype: Any) -> None:
    """cuda/faults.py: _divide."""
    parts = np.array([0, 1, -2, np.inf, np.nan, 0.5])
    numbers = (parts[:, None] + 0j).repeat(6, 1).astype(dtype)
    numbers.imag = parts
    z, w = (x.ravel() for x in np.meshgrid(numbers, numbers))
    with np.errstate(all="ignore"):
        expected = z / w
    for got in (xp.asarray(z) / xp.asarray(w), (xp.asarray(z[::-1]) / xp.asarray(w[::-1]))[::-1]):
        values = xp.asnumpy(got)
        np.testing.assert_allclose(values.real, expected.real, rtol=1e-6)
        np.testing.assert_allclose(values.imag, expected.imag, rtol=1e-6)
    assert complex(xp.asarray([1 + 1j], dtype=dtype)[0] / 0.0) == complex(np.inf, np.inf)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (3,), (2, 0)])
def test_fillings_keep_every_bit(gpu: xp.Device, dtype: Any, shape: tuple[int, ...]) -> None:
    for value in (-0.0, 0.0, np.finfo(dtype).smallest_subnormal, np.inf, 1.5):
        expected = np.full(shape, value, dtype)
        for made in (xp.full(shape, value, dtype), xp.asarray(expected)):
            assert made.shape == shape
            assert xp.asnumpy(made).tobytes() == expected.tobytes()


def test_cupys_own_fillings_do_not() -> None:
    """Upstream, in CuPy 14.2; once this fails, `filled` and `copied_in` in xpuarray/backends/cuda/faults.py can go."""
    import cupy

    assert not np.signbit(float(cupy.asarray(np.array(-0.0))))
    assert float(cupy.full(1, 1e-39, np.float32)[0]) == 0


def test_what_xpuarray_corrects_is_wrong_in_cupy() -> None:
    """Upstream, in CuPy 14.2; once this fails, an entry in xpuarray/backends/cuda/faults.py can go."""
    import cupy

    one, infinity = cupy.ones(1, np.float16), cupy.full(1, np.inf, np.float16)
    assert np.isnan(float(cupy.remainder(one, infinity)[0]))
    x, y = np.float16(8.03125), np.float16(0.00021589)
    assert float(cupy.floor_divide(cupy.full(1, x), cupy.full(1, y))[0]) == 37216
    assert np.float16(np.float64(x) // np.float64(y)) == 37184
    longs = cupy.ones(1, np.int64)
    assert int(cupy.right_shift(longs, longs * -(2**63))[0]) != 0
    assert float(cupy.expm1(cupy.full(1, 1e-10 + 1e-10j, np.complex64))[0].real) == 0
    z = cupy.full(1, 1 + 1j, np.complex64)
    assert cupy.isnan(z / cupy.zeros(1, np.complex64)).all()
    with pytest.raises(TypeError):
        cupy.logical_and(z, z)
    assert cupy.fft.irfftn(cupy.ones((5, 1, 2), np.complex64), s=(5, 1, 2), axes=(0, 2, 1)).shape != (5, 2, 1)
    tiny = cupy.asarray(np.full(1, 1e-45, np.float32))
    assert cupy.nonzero(tiny)[0].size == 0
    assert cupy.searchsorted(cupy.asarray(np.zeros(1, np.float32)), tiny)[0] == 0
    assert cupy.unique(cupy.concatenate([tiny, tiny * 0])).size == 1
    assert np.isnan(float(cupy.nextafter(infinity, infinity)[0])) and np.isnan(float(cupy.nextafter(infinity, one)[0]))
    assert cupy.isnan(cupy.reciprocal(cupy.full(1, 3e38, np.complex64))).all()
    assert np.isnan(float(cupy.sort(cupy.asarray([1.0, np.copysign(np.nan, -1)]))[0]))
    assert bool(tiny.astype(np.complex64)[0] == 0)
    assert float(tiny.astype(np.float64)[0]) == 0
    with pytest.raises(BufferError, match="only supported for copy to CPU"):  # exchange.py: dlpack
        cupy.ones(1).__dlpack__(copy=True)


def test_nvidias_assembler_takes_minus_the_least_int16_for_positive() -> None:
    """Upstream, in CUDA 13: once this fails, ptx._with_wide_signs can go."""
    import cupy

    text = """.version 7.8
        .target sm_75
        .address_size 64
        .visible .entry k(.param .u64 x, .param .u64 out) {
          .reg .b16 %rs<3>; .reg .b64 %rd<4>;
          ld.param.u64 %rd1, [x]; ld.param.u64 %rd2, [out];
          ld.global.b16 %rs1, [%rd1]; neg.s16 %rs2, %rs1; cvt.s64.s16 %rd3, %rs2; st.global.b64 [%rd2], %rd3;
          ret; }"""
    module = cupy.cuda.function.Module()
    module.load(text.encode())
    x, out = cupy.full(1, -32768, np.int16), cupy.zeros(1, np.int64)
    module.get_function("k")((1,), (1,), (x, out))
    assert int(out[0]) == 32768


@pytest.mark.parametrize(
    "name, number, expected",
    [
        ("log", complex(np.inf, np.nan), complex(np.inf, np.nan)),
        ("log1p", complex(0.5, -0.0), complex(np.log1p(0.5), -0.0)),
        ("log2", complex(np.inf, 1), complex(np.inf, 0)),
        ("log10", complex(np.inf, 1), complex(np.inf, 0)),
        ("acosh", complex(0, np.nan), complex(np.nan, np.pi / 2)),
        ("tanh", complex(0, np.inf), complex(0, np.nan)),
        ("reciprocal", complex(np.inf, 1), complex(0, -0.0)),
        ("sign", complex(np.inf, 1), complex(1, 0)),
    ],
)
def test_what_complex_functions_correct_is_wrong_in_cupy(name: str, number: complex, expected: complex) -> None:
    """Upstream, in CuPy 14.2; once this fails, an entry in xpuarray/backends/cuda/faults.py can go."""
    import cupy

    function = getattr(cupy, {"acosh": "arccosh"}.get(name, name))
    got = complex(function(cupy.full(1, number, np.complex128))[0])
    parts = zip((got.real, got.imag), (expected.real, expected.imag))
    same = [(np.isnan(p) and np.isnan(q)) or (abs(p - q) < 1e-9 and np.signbit(p) == np.signbit(q)) for p, q in parts]
    assert same != [True, True]


def test_memory_is_shared_with_cupy(gpu: xp.Device) -> None:
    import cupy

    x = xp.arange(10, dtype=xp.float32)
    there = cupy.from_dlpack(x)
    assert there.data.ptr == x.native.data.ptr
    back = xp.from_dlpack(there)
    assert back.device is gpu
    assert back.native.data.ptr == x.native.data.ptr


def test_out_of_memory_names_the_numbers(gpu: xp.Device) -> None:
    with pytest.raises(OutOfDeviceMemoryError, match=r"cuda:gpu:0 could not allocate .*bytes.* of its"):
        xp.empty(2 * gpu.memory, xp.uint8)
    held = xp.empty(gpu.memory // 2, xp.uint8)
    with pytest.raises(OutOfDeviceMemoryError, match=r"cuda:gpu:0 could not allocate .*bytes.* of its"):
        xp.empty(gpu.memory - 2**30, xp.uint8)
    del held
    assert float(xp.sum(xp.ones(10))) == 10


def test_print_in_a_kernel(gpu: xp.Device, capfd: pytest.CaptureFixture[str]) -> None:
    @xp.kernel
    def say(item, x):
        i = item.get_id(0)
        if i == 1:
            print("at", i, "there is", x[i])

    xp.call_kernel(say, xp.Range(3), xp.asarray([1.5, 2.5, 3.5]))
    xp.synchronize(gpu)
    sys.stdout.flush()
    assert capfd.readouterr().out.split() == ["at", "1", "there", "is", "2.500000"]


def test_an_error_on_the_device_names_the_kernel(gpu: xp.Device) -> None:
    """In a process of its own: after an illegal address a process can't use the GPU any more."""
    source = """
import xpuarray as xp
from xpuarray.errors import KernelRuntimeError

@xp.kernel
def astray(item, x):
    x[item.get_id(0) + 2**40] = 1

x = xp.zeros(10, device="cuda:gpu")
xp.call_kernel(astray, xp.Range(10), x)
try:
    xp.synchronize("cuda:gpu")
except KernelRuntimeError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False)
    assert "astray" in done.stdout, done.stdout + done.stderr
    assert "line" in done.stdout


@pytest.mark.needs_device("cuda:gpu:1")
def test_work_stays_on_the_second_gpu() -> None:
    """CuPy puts results on the thread's current device, which is the first GPU here."""
    second = xp.devices("cuda:gpu:1")[0]
    host = np.random.default_rng(0).random((64, 64))
    x = xp.asarray(host, device=second)
    index = xp.asarray([3, 1, 2], device=second)
    y = xp.zeros_like(x)
    xp.call_kernel(elementwise_sine, xp.Range(64, 64), x, y)
    y[index] = 1.0
    results = {
        "arithmetic": (x * 2 + 1, host * 2 + 1),
        "reduction": (xp.sum(x, axis=0), host.sum(0)),
        "mask": (x[x > 0.5], host[host > 0.5]),
        "take": (x[index], host[[3, 1, 2]]),
        "matmul": (x @ x, host @ host),
        "sort": (xp.sort(x), np.sort(host)),
        "concat": (xp.concat([x, x]), np.concatenate([host, host])),
        "kernel": (y[4:], np.sin(host)[4:]),
        "assigned": (y[1:4], np.ones((3, 64))),
        "there and back": (x.to_device("cuda:gpu:0").to_device(second), host),
    }
    for name, (got, expected) in results.items():
        assert got.device is second, name
        assert got.native.device.id == 1, name
        np.testing.assert_allclose(xp.asnumpy(got), expected, rtol=1e-13, err_msg=name)
