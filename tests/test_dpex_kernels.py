"""What numba-dpex's kernels say, compiled by xpuarray.dpex and, where numba-dpex has it, simulated."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray import dpex
from xpuarray.dpex import kernel_api as kapi
from xpuarray.dpex.kernel_api import (
    AddressSpace,
    AtomicRef,
    Item,
    LocalAccessor,
    MemoryOrder,
    MemoryScope,
    NdItem,
    NdRange,
    PrivateArray,
    Range,
    atomic_fence,
    group_barrier,
)

pytestmark = pytest.mark.needs_device("opencl:cpu")

Run = Callable[..., None]


@pytest.fixture(scope="module")
def dpnp() -> Any:
    xp.devices()  # lets the runtime find its CPU device, which dpnp's first array is put on
    return pytest.importorskip("dpnp")


@pytest.fixture(params=["compiled", "simulated"])
def run(request: pytest.FixtureRequest) -> Run:
    """Runs a function over a range: (function, range, *arguments)."""
    if request.param == "simulated":
        return kapi.call_kernel
    return lambda function, space, *args: dpex.call_kernel(dpex.kernel(function), space, *args)


# -- where a work-item stands -------------------------------------------------------------------


def item_1d(item: Item, out):
    i = item.get_id(0)
    out[i, 0], out[i, 1], out[i, 2] = item.get_linear_id(), item.get_range(0), item.get_linear_range()
    out[i, 3] = item.dimensions


def item_3d(item: Item, out):
    n = (item.get_id(0) * item.get_range(1) + item.get_id(1)) * item.get_range(2) + item.get_id(2)
    out[n, 0], out[n, 1], out[n, 2] = item.get_linear_id(), item.get_range(2), item.get_linear_range()
    out[n, 3] = item.dimensions


def test_items(dpnp, run: Run):
    out = dpnp.zeros((24, 4), dtype=dpnp.int64)
    run(item_1d, Range(24), out)
    assert out.asnumpy().tolist() == [[n, 24, 24, 1] for n in range(24)]
    run(item_3d, Range(2, 3, 4), out)
    assert out.asnumpy().tolist() == [[n, 4, 24, 3] for n in range(24)]


def nd_item_2d(nd: NdItem, out):
    n = nd.get_global_id(0) * nd.get_global_range(1) + nd.get_global_id(1)
    out[n, 0], out[n, 1] = nd.get_global_linear_id(), nd.get_global_linear_range()
    out[n, 2], out[n, 3] = nd.get_local_id(0), nd.get_local_id(1)
    out[n, 4], out[n, 5] = nd.get_local_linear_id(), nd.get_local_linear_range()
    out[n, 6], out[n, 7], out[n, 8] = nd.get_local_range(0), nd.get_local_range(1), nd.dimensions


def group_2d(nd: NdItem, out):
    n, group = nd.get_global_linear_id(), nd.get_group()
    out[n, 0], out[n, 1] = group.get_group_id(0), group.get_group_id(1)
    out[n, 2], out[n, 3] = group.get_group_linear_id(), group.get_group_linear_range()
    out[n, 4], out[n, 5] = group.get_group_range(0), group.get_group_range(1)
    out[n, 6], out[n, 7] = group.get_local_range(1), group.get_local_linear_range()
    out[n, 8] = group.dimensions


def test_items_of_groups(dpnp, run: Run):
    out = dpnp.zeros((24, 9), dtype=dpnp.int64)
    run(nd_item_2d, NdRange((4, 6), (2, 3)), out)
    expected = [[6 * i + j, 24, i % 2, j % 3, i % 2 * 3 + j % 3, 6, 2, 3, 2] for i in range(4) for j in range(6)]
    assert out.asnumpy().tolist() == expected
    run(group_2d, NdRange((4, 6), (2, 3)), out)
    expected = [[i // 2, j // 3, i // 2 * 2 + j // 3, 4, 2, 2, 3, 6, 2] for i in range(4) for j in range(6)]
    assert out.asnumpy().tolist() == expected


def group_3d(nd: NdItem, out):
    n, group = nd.get_global_linear_id(), nd.get_group()
    out[n, 0], out[n, 1] = group.get_group_linear_id(), group.get_group_linear_range()
    out[n, 2], out[n, 3] = nd.get_local_linear_id(), group.get_local_linear_range()


def test_groups_in_three_dimensions(dpnp, run: Run):
    out = dpnp.zeros((24, 4), dtype=dpnp.int64)
    run(group_3d, NdRange((2, 3, 4), (1, 1, 4)), out)
    assert out.asnumpy().tolist() == [[n // 4, 6, n % 4, 4] for n in range(24)]


def test_what_an_item_is_not(dpnp, run: Run):
    def wrong(item, a):
        a[item.get_global_id(0)] = 1

    with pytest.raises(Exception, match="get_global_id"):
        run(wrong, Range(4), dpnp.zeros(4))


# -- memory ----------------------------------------------------------------------------------------


def private_1d(item: Item, a):
    p = PrivateArray(10, a.dtype)
    for j in range(10):
        p[j] = j * j
    total = p[0]
    for j in range(1, 10):
        total += p[j]
    a[item.get_linear_id()] = total


def private_2d(item: Item, a):
    p = PrivateArray(shape=(5, 2), dtype=np.float32, fill_zeros=True)
    for j in range(10):
        p[j % 5, j // 5] += j * j
    total = p[0, 0]
    for j in range(1, 10):
        total += p[j % 5, j // 5]
    a[item.get_linear_id()] = total


@pytest.mark.parametrize("function", [private_1d, private_2d])
def test_private_arrays(dpnp, run: Run, function):
    a = dpnp.empty(10, dtype=dpnp.float32)
    run(function, Range(10), a)
    assert (a.asnumpy() == 285).all()

    called = dpex.device_func(function)
    a[:] = 0
    run(lambda item, a: called(item, a), Range(10), a)
    assert (a.asnumpy() == 285).all()


def test_the_dtype_of_a_private_array_may_be_numbas(dpnp):
    @dpex.kernel
    def copy(item, a, b):
        p = PrivateArray(1, dtype=single)
        p[0] = a[item.get_id(0)]
        b[item.get_id(0)] = p[0]

    single = dpex.float32
    b = dpnp.zeros(1)
    dpex.call_kernel(copy, Range(1), dpnp.full(1, 0.1), b)
    assert b.asnumpy().tolist() == [np.float32(0.1)]


def local_1d(nd: NdItem, a, tile):
    j = (nd.get_local_id(0),)
    tile[j] = 0
    for m in range(100):
        tile[j] += a.dtype.type(nd.get_global_linear_id()) * a.dtype.type(m)
    a[nd.get_global_linear_id()] = tile[j]


def local_3d(nd: NdItem, a, tile):
    j = (nd.get_local_id(0), nd.get_local_id(1), nd.get_local_id(2))
    tile[j] = 0
    for m in range(100):
        tile[j] += a.dtype.type(nd.get_global_linear_id()) * a.dtype.type(m)
    a[nd.get_global_linear_id()] = tile[j]


@pytest.mark.parametrize("dtype", ["int32", "int64", "float32", "float64"])
@pytest.mark.parametrize(
    ("function", "space"), [(local_1d, NdRange((32,), (32,))), (local_3d, NdRange((1, 32, 1), (1, 32, 1)))]
)
def test_local_memory(dpnp, run: Run, function, space: NdRange, dtype: str):
    a = dpnp.empty(32, dtype=dtype)
    run(function, space, a, LocalAccessor(space.local_range, dtype=a.dtype))
    assert (a.asnumpy() == 4950 * np.arange(32)).all()


def test_local_memory_starts_as_zeros(dpnp):
    """numba-dpex promises nothing, but one of its own tests counts on it."""

    @dpex.kernel
    def add_one(nd: NdItem, a, tile):
        AtomicRef(tile, (0, 1)).fetch_add(a.dtype.type(1))
        group_barrier(nd.get_group())
        a[nd.get_global_linear_id()] = tile[0, 1] + tile[2, 4]
        group_barrier(nd.get_group())
        tile[2, 4] = 99  # what the next group would find

    a = dpnp.zeros((8, 6), dtype=dpnp.float32)
    dpex.call_kernel(add_one, NdRange((8, 6), (2, 3)), a.ravel(), LocalAccessor((3, 5), np.float32))
    assert (a.asnumpy() == 6).all()


def test_local_memory_needs_groups(dpnp, run: Run):
    with pytest.raises((TypeError, xp.KernelRangeError), match=r"LocalAccessor needs work-groups|over an NdRange only"):
        run(local_1d, Range(4), dpnp.zeros(4), LocalAccessor(4, np.float64))


def test_local_memory_is_out_of_the_hosts_reach():
    tile = LocalAccessor((4,), np.float32)
    with pytest.raises(NotImplementedError):
        tile[0]
    with pytest.raises(NotImplementedError):
        tile[0] = 1


def test_memory_enumerations_are_numbers(dpnp):
    enumerations = [member for enumeration in (MemoryOrder, MemoryScope, AddressSpace) for member in enumeration]
    lines = [f"    a[{k}] = {member}" for k, member in enumerate(enumerations)]
    scope = {"MemoryOrder": MemoryOrder, "MemoryScope": MemoryScope, "AddressSpace": AddressSpace}
    exec("\n".join(["def store(a):", *lines]), scope)
    a = dpnp.full(len(enumerations), -1, dtype=dpnp.int64)
    dpex.call_kernel(dpex.kernel(scope["store"]), Range(1), a)
    assert a.asnumpy().tolist() == enumerations


# -- atomics ---------------------------------------------------------------------------------------

UPDATES = ["fetch_add", "fetch_sub", "fetch_min", "fetch_max", "fetch_and", "fetch_or", "fetch_xor"]


@pytest.mark.parametrize("name", [*UPDATES, "exchange"])
@pytest.mark.parametrize("dtype", ["int32", "int64", "float32", "float64"])
def test_atomic_updates(dpnp, dtype: str, name: str):
    """The compiled kernel leaves behind what AtomicRef does as plain Python, and returns the same."""

    @dpex.kernel
    def update(item: Item, a, b, old):
        i = item.get_id(0)
        ref = AtomicRef(b, index=i)
        old[i] = getattr(ref, name)(a[i])

    a, b, old = dpnp.arange(6, dtype=dtype), dpnp.full(6, 3, dtype=dtype), dpnp.zeros(6, dtype=dtype)
    expected_b, expected_old = b.copy(), old.copy()
    if name in UPDATES[4:] and dtype.startswith("float"):
        with pytest.raises(xp.KernelCompileError, match="bitwise atomic operations take integers"):
            dpex.call_kernel(update, Range(6), a, b, old)
        return
    dpex.call_kernel(update, Range(6), a, b, old)
    for i in range(6):
        expected_old[i] = getattr(AtomicRef(expected_b, index=i), name)(a[i])
    assert b.asnumpy().tolist() == expected_b.asnumpy().tolist()
    assert old.asnumpy().tolist() == expected_old.asnumpy().tolist() == [3] * 6


@pytest.mark.parametrize("dtype", ["int32", "float32", "float64"])
@pytest.mark.parametrize("position", [0, 5])
def test_many_atomic_updates_of_one_element(dpnp, dtype: str, position: int):
    @dpex.kernel
    def collect(item: Item, a, b, position):
        AtomicRef(b, index=position).fetch_add(a[item.get_id(0)])

    b = dpnp.ones(10, dtype=dtype)
    dpex.call_kernel(collect, Range(1000), dpnp.arange(1000, dtype=dtype), b, position)
    assert b.asnumpy().tolist() == [499_501 if k == position else 1 for k in range(10)]


@pytest.mark.parametrize("dtype", ["int32", "int64", "float32", "float64"])
def test_load_store_and_compare_exchange(dpnp, dtype: str):
    @dpex.kernel
    def copy(item, a, b):
        i = item.get_id(0)
        AtomicRef(a, index=i).store(AtomicRef(b, index=i).load())

    a, b = dpnp.zeros(10, dtype=dtype), dpnp.arange(10, dtype=dtype)
    dpex.call_kernel(copy, Range(10), a, b)
    assert a.asnumpy().tolist() == list(range(10))

    @dpex.kernel
    def compare(b):
        ref = AtomicRef(b, index=1)
        b[0] = ref.compare_exchange(expected_ref=b, desired=b[3], expected_idx=2)

    b = dpnp.arange(4, dtype=dtype)
    dpex.call_kernel(compare, Range(1), b)
    assert b.asnumpy().tolist() == [0, 1, 1, 3]  # refused: the element's value is where 2 was expected
    dpex.call_kernel(compare, Range(1), b)
    assert b.asnumpy().tolist() == [1, 3, 1, 3]


@pytest.mark.parametrize("name", [*UPDATES, "store", "exchange"])
def test_floats_are_not_stored_in_integers(dpnp, name: str):
    from numba.core.errors import TypingError

    @dpex.kernel
    def update(item: Item, a, b):
        getattr(AtomicRef(b, index=0), name)(a[item.get_id(0)])

    with pytest.raises(TypingError, match="AtomicRef to int32 doesn't take values of type float32"):
        dpex.call_kernel(update, Range(3), dpnp.ones(3, dtype=dpnp.float32), dpnp.zeros(3, dtype=dpnp.int32))


def test_what_an_atomic_ref_refers_to(dpnp):
    from numba.core.errors import TypingError

    @dpex.kernel
    def update_3d(item: Item, a, b):
        AtomicRef(b, index=(1, 0, 1)).fetch_add(a[item.get_id(0)])

    b = dpnp.zeros((2, 2, 2))
    dpex.call_kernel(update_3d, Range(8), dpnp.ones(8), b)
    assert b.asnumpy().ravel().tolist() == [0, 0, 0, 0, 0, 8, 0, 0]

    @dpex.kernel
    def elsewhere(item: Item, a):
        AtomicRef(a, index=0, address_space=AddressSpace.LOCAL).fetch_add(1.0)

    with pytest.raises(TypingError, match="address space 1, not 3"):
        dpex.call_kernel(elsewhere, Range(1), b[0, 0])
    for ref in (dpnp.ones(3), np.ones(3)):
        assert AtomicRef(ref, 0).ref == 1
    with pytest.raises(TypeError, match="not of int"):
        AtomicRef(1, 0)


@pytest.mark.timeout(60)
def test_a_work_item_sees_what_another_one_released(dpnp):
    """It hangs if loads and stores are moved out of the loop; see compiler/targets/spirv_repairs.py."""

    @dpex.kernel
    def hand_over(item: Item, a, flag):
        ref = AtomicRef(flag, index=0)
        if item.get_id(0) == 1:
            a[1] += 1
            atomic_fence(MemoryOrder.RELEASE, MemoryScope.DEVICE)
            ref.store(1)
        else:
            while not ref.load():
                continue
            atomic_fence(MemoryOrder.ACQUIRE, MemoryScope.DEVICE)
            a[0] += a[1]

    a = dpnp.ones(2, dtype=dpnp.int64)
    dpex.call_kernel(hand_over, Range(2), a, dpnp.zeros(1, dtype=dpnp.int64))
    assert a.asnumpy().tolist() == [3, 2]


# -- barriers -------------------------------------------------------------------------------------


def sum_in_group(nd: NdItem, a):
    i = nd.get_global_id(0)
    a[i] += 1
    group_barrier(nd.get_group(), MemoryScope.DEVICE)
    if i == 0:
        for k in range(1, a.size):
            a[0] += a[k]


def test_barriers(dpnp, run: Run):
    a = dpnp.ones(16, dtype=dpnp.int32)
    run(sum_in_group, NdRange((16,), (16,)), a)
    assert a.asnumpy().tolist() == [32] + [2] * 15

    called = dpex.device_func(sum_in_group)
    a[:] = 1
    run(lambda nd, a: called(nd, a), NdRange((16,), (16,)), a)
    assert a.asnumpy().tolist() == [32] + [2] * 15


# -- mathematics ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["fabs", "exp", "log", "sqrt", "sin", "cos", "tan"])
def test_math_functions(dpnp, name: str, dtype: str):
    of_math, of_dpnp = getattr(math, name), getattr(dpnp, name)

    @dpex.kernel
    def apply(item, a, b, c):
        i = item.get_id(0)
        b[i] = of_math(a[i])
        c[i] = of_dpnp(a[i])

    a = dpnp.arange(1, 200, dtype=dtype) / 8
    b, c = dpnp.zeros_like(a), dpnp.zeros_like(a)
    dpex.call_kernel(apply, Range(a.size), a, b, c)
    expected = getattr(np, name)(a.asnumpy().astype("float64"))
    bound = 8 * np.finfo(dtype).eps * np.maximum(np.abs(expected), 1)
    assert (np.abs(b.asnumpy() - expected) <= bound).all()
    assert (b.asnumpy() == c.asnumpy()).all()


def test_names_of_dpnp(dpnp):
    @dpex.device_func
    def increment(x):
        return x + dpnp.float32(1)

    @dpex.kernel
    def apply(item, a, b):
        i = item.get_id(0)
        b[i] = dpnp.sqrt(increment(a[i])) + dpnp.maximum(a[i], dpnp.int32(2)) + dpnp.pi

    a, b = dpnp.arange(5.0), dpnp.zeros(5)
    dpex.call_kernel(apply, Range(5), a, b)
    expected = np.sqrt(np.arange(5) + 1) + np.maximum(np.arange(5), 2) + np.pi
    assert np.allclose(b.asnumpy(), expected, rtol=1e-15)


def test_numbas_overloads(dpnp):
    from numba.extending import overload

    def clipped(x, top):
        return {"clipped": min(x, top)}["clipped"]  # not in a kernel

    @overload(clipped)
    def choose(x, top):
        return lambda x, top: min(x, top)

    @dpex.device_func
    def between(x, top):
        return clipped(x, top)

    @dpex.kernel
    def clip(item: Item, a, b):
        i = item.get_id(0)
        b[i] = clipped(a[i], 2) + between(a[i], 1)

    b = dpnp.zeros(4)
    dpex.call_kernel(clip, Range(4), dpnp.arange(4.0), b)
    assert b.asnumpy().tolist() == [0, 2, 3, 3]


# -- print ------------------------------------------------------------------------------------------


def test_print(dpnp, capfd: pytest.CaptureFixture[str]):
    @dpex.kernel
    def show(a, b):
        print("element", a[0], "half", b[0], 7)

    dpex.call_kernel(show, Range(1), dpnp.full(1, 10), dpnp.full(1, 0.5))
    assert capfd.readouterr().out == "element 10 half 0.500000 7\n"


def test_what_print_does_not_take(dpnp):
    from numba.core.errors import TypingError

    @dpex.kernel
    def text_alone(item, a):
        print("text alone")

    @dpex.kernel
    def array(a):
        print(a)

    for kernel in (text_alone, array):
        with pytest.raises(TypingError, match=r"(?s)LoweringError: .*print in a kernel"):
            dpex.call_kernel(kernel, Range(1), dpnp.zeros(1))


# -- the simulator -------------------------------------------------------------------------------------


def add(item: Item, a, b, c):
    i = item.get_id(0)
    c[i] = a[i] + b[i]


def test_the_simulator_takes_arrays_of_every_library(dpnp):
    host, there = np.zeros(4), dpnp.zeros(4)
    kapi.call_kernel(add, Range(4), np.ones(4), dpnp.arange(4.0), host)
    kapi.call_kernel(dpex.kernel(add), Range(4), xp.arange(4.0), dpnp.arange(4.0)[::-1], there)
    assert host.tolist() == [1, 2, 3, 4]
    assert there.asnumpy().tolist() == [3, 3, 3, 3]


def test_arrays_that_share_memory_share_it_in_the_simulator(dpnp):
    def shift(item, a, b):
        i = item.get_id(0)
        b[i] = a[i] + 1

    a = dpnp.zeros(6)
    kapi.call_kernel(shift, Range(5), a, a[1:])
    assert a.asnumpy().tolist() == [0, 1, 2, 3, 4, 5]


def test_what_the_simulator_refuses():
    with pytest.raises(ValueError, match="must be a function"):
        kapi.call_kernel(3, Range(1))
    with pytest.raises(ValueError, match="must be a Range or an NdRange"):
        kapi.call_kernel(add, (4,), np.ones(4), np.ones(4), np.ones(4))
    with pytest.raises(ValueError, match=r"takes an item and 3 argument\(s\), not 1"):
        kapi.call_kernel(add, Range(4), np.ones(4))
