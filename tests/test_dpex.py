"""xpuarray.dpex: launches of numba-dpex's kernels, on whatever queue their arguments are."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray import dpex
from xpuarray.backends.sycl import versions
from xpuarray.dpex import kernel_api as kapi

pytestmark = pytest.mark.needs_device("opencl:cpu")


@pytest.fixture(scope="module")
def dpnp() -> Any:
    xp.devices()  # lets the runtime find its CPU device, which dpnp's first array is put on
    return pytest.importorskip("dpnp")


@pytest.fixture
def queue() -> Any:
    import dpctl

    return dpctl.SyclQueue()


@dpex.kernel
def add(item: kapi.Item, a, b, c):
    i = item.get_id(0)
    c[i] = a[i] + b[i]


@dpex.kernel
def add_2d(item, a, b, c):
    i, j = item.get_id(0), item.get_id(1)
    c[i, j] = a[i, j] + b[i, j]


@dpex.kernel
def add_rows(item, a, b, c):
    i, j = item.get_id(0), item.get_id(1)
    row_a, row_b, row_c = a[i], b[i], c[i]
    row_c[j] = row_a[j] + row_b[j]


@dpex.kernel
def scale(item, a, b, factor):
    i = item.get_id(0)
    b[i] = a[i] * factor


@dpex.kernel
def fill(item, a, value):
    a[item.get_id(0)] = value


# -- arrays -------------------------------------------------------------------------------------


@pytest.mark.parametrize("usm_type", ["shared", "device", "host"])
@pytest.mark.parametrize("kernel", [add_2d, add_rows])
@pytest.mark.parametrize("wrapped", [True, False], ids=["dpnp", "usm_ndarray"])
def test_arrays_of_every_kind_of_memory(dpnp, wrapped: bool, kernel, usm_type: str):
    library = dpnp if wrapped else versions.tensor()
    a = library.reshape(library.arange(60, dtype=dpnp.int32, usm_type=usm_type), (6, 10))
    c = library.empty_like(a)
    dpex.call_kernel(kernel, dpex.Range(6, 10), a, a, c)
    assert (library.asnumpy(c) == 2 * np.arange(60).reshape(6, 10)).all()


def test_xpuarray_arrays(device: xp.Device):
    a, c = xp.arange(8, dtype=xp.float32), xp.zeros(8, dtype=xp.float32)
    dpex.call_kernel(add, dpex.Range(8), a, a, c)
    assert (xp.asnumpy(c) == 2 * np.arange(8)).all()
    event, again = dpex.call_kernel_async(fill, dpex.Range(4), (), c, 7)
    event.wait()
    again.wait()
    assert xp.asnumpy(c).tolist() == [7, 7, 7, 7, 8, 10, 12, 14]


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int64", "float16", "float32", "float64"])
def test_dtypes(dpnp, dtype: str):
    a, b = dpnp.asarray([0, 1, 1, 0], dtype=dtype), dpnp.zeros(4, dtype=dtype)
    dpex.call_kernel(scale, dpex.Range(4), a, b, a.dtype.type(1))
    assert b.dtype == dtype
    assert b.asnumpy().tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_complex_arrays_and_scalars(dpnp, dtype: str):
    a, b = dpnp.asarray([1, 1j, 2 - 1j], dtype=dtype), dpnp.zeros(3, dtype=dtype)
    dpex.call_kernel(scale, dpex.Range(3), a, b, a.dtype.type(2 + 1j))
    assert b.asnumpy().tolist() == [2 + 1j, -1 + 2j, 5]


def test_a_bool_chooses(dpnp):
    @dpex.kernel
    def choose(item, a, b, double):
        i = item.get_id(0)
        if double:
            b[i] = a[i] + a[i]
        else:
            b[i] = a[i] - a[i]

    a, b = dpnp.ones(4), dpnp.empty(4)
    for double, expected in ((True, 2), (False, 0), (np.bool_(True), 2)):
        dpex.call_kernel(choose, dpex.Range(4), a, b, double)
        assert (b.asnumpy() == expected).all()


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("steps", [(1, 1, 1), (2, 1, 3), (1, -1, 2), (-2, 3, -1)])
def test_strides(dpnp, steps: tuple[int, ...], order: str):
    @dpex.kernel
    def fill_3d(item, a, value):
        a[item.get_id(0), item.get_id(1), item.get_id(2)] = value

    host = np.arange(5 * 7 * 6).reshape(5, 7, 6).copy(order=order)
    whole = dpnp.asarray(host, order=order)
    part = tuple(slice(None, None, step) for step in steps)
    dpex.call_kernel(fill_3d, dpex.Range(*host[part].shape), whole[part], -3)
    host[part] = -3
    assert (whole.asnumpy() == host).all()


def test_views_of_views(dpnp):
    host = np.arange(256)
    whole = view = dpnp.asarray(host)
    expected = host
    while view.shape[0] > 1:
        view, expected = view[::3], expected[::3]
        dpex.call_kernel(fill, dpex.Range(view.shape[0]), view, -1)
        expected[:] = -1
    assert (whole.asnumpy() == host).all()


def test_nothing_to_do(dpnp):
    dpex.call_kernel(fill, dpex.Range(0), dpnp.zeros(0), 1)
    for event in dpex.call_kernel_async(fill, dpex.Range(0), (), dpnp.zeros(0), 1):
        event.wait()


# -- queues -------------------------------------------------------------------------------------


@dpex.kernel
def slow(item, a, out):
    """Long enough that a launch returns before it ends."""
    i = item.get_id(0)
    total = out[i] * 0
    for k in range(3000):
        total += a[i] + k % 2
    out[i] = total


SLOW = 200_000  # work-items, each of which adds up to 4500 if it finds ones


# Memory is freed here only once it is used no more, so that freeing it waits for no kernel.


@pytest.mark.parametrize("waiting", [True, False])
def test_kernels_come_after_what_dpnp_has_submitted(dpnp, waiting: bool):
    import dpctl
    from dpctl.utils import SequentialOrderManager

    elsewhere, a, b = dpctl.SyclQueue(), dpnp.ones(1), dpnp.zeros(1)
    dpex.call_kernel(scale, dpex.Range(1), a, b, 2.0)
    ones, out = dpnp.ones(SLOW, sycl_queue=elsewhere), dpnp.zeros(SLOW, sycl_queue=elsewhere)
    for factor in range(5):
        pending, _ = dpex.call_kernel_async(slow, dpex.Range(SLOW), (), ones, out)
        SequentialOrderManager[a.sycl_queue].add_event_pair(pending, pending)  # as dpnp's functions do
        if waiting:
            dpex.call_kernel(scale, dpex.Range(1), a, b, factor)
        else:
            dpex.call_kernel_async(scale, dpex.Range(1), (), a, b, factor)[1].wait()
        assert pending.execution_status == dpctl.event_status_type.complete
        assert b.asnumpy().tolist() == [factor]


def test_dpnps_work_comes_after_kernels(dpnp):
    ones, out = dpnp.ones(SLOW), dpnp.zeros(SLOW)
    for _ in range(3):
        out.fill(0)
        dpex.call_kernel_async(slow, dpex.Range(SLOW), (), ones, out)
        copied = out.copy()
        assert (copied.asnumpy() == 4500).all()


def test_call_kernel_waits(dpnp):
    ones, out = dpnp.ones(SLOW), dpnp.zeros(SLOW, usm_type="shared")
    memory = np.frombuffer(out.get_array().usm_data)
    dpex.call_kernel(slow, dpex.Range(SLOW), ones, out)
    assert (memory == 4500).all()


@pytest.mark.parametrize("options", [(), ("in_order",), ("enable_profiling",)])
def test_queues_of_the_users_own(dpnp, options: tuple[str, ...]):
    import dpctl

    queue = dpctl.SyclQueue("cpu", property=list(options))
    a, b = dpnp.ones(1000, sycl_queue=queue), dpnp.zeros(1000, sycl_queue=queue)
    dpex.call_kernel(add, dpex.Range(1000), a, a, b)
    assert b.sycl_queue == queue
    assert (b.asnumpy() == 2).all()


def test_a_context_of_the_users_own(dpnp):
    import dpctl

    device = dpctl.SyclDevice("cpu")
    queue = dpctl.SyclQueue(dpctl.SyclContext(device), device)
    a, b = dpnp.ones(10, sycl_queue=queue), dpnp.zeros(10, sycl_queue=queue)
    dpex.call_kernel(add, dpex.Range(10), a, a, b)
    assert (b.asnumpy() == 2).all()


def test_queues_of_one_device_share_what_is_compiled(dpnp):
    import dpctl

    kernel = dpex.kernel(_fill_one)
    for _ in range(3):
        dpex.call_kernel(kernel, dpex.Range(1), dpnp.zeros(4, sycl_queue=dpctl.SyclQueue()))
    assert len(kernel.overloads) == len(kernel._executables) == 1


def _fill_one(item, a):
    a[item.get_id(0)] = 1


def test_arrays_on_several_queues(dpnp, queue):
    import dpctl

    from xpuarray.dpex.core.exceptions import ExecutionQueueInferenceError

    a, b = dpnp.ones(10, sycl_queue=queue), dpnp.ones(10, sycl_queue=dpctl.SyclQueue())
    with pytest.raises(ExecutionQueueInferenceError, match=r"several queues: a on queue 0x\w+ .*, b on queue 0x\w+"):
        dpex.call_kernel(add, dpex.Range(10), a, b, a)
    with pytest.raises(xp.PlacementError):
        dpex.call_kernel_async(add, dpex.Range(10), (), a, b, a)


def test_no_array_at_all():
    from xpuarray.dpex.core.exceptions import ExecutionQueueInferenceError

    with pytest.raises(ExecutionQueueInferenceError, match="no argument is an array"):
        dpex.call_kernel(add, dpex.Range(10), 1, 2, 3)


def test_numpy_arrays():
    from xpuarray.dpex.core.exceptions import UnsupportedKernelArgumentError

    with pytest.raises(UnsupportedKernelArgumentError, match="host's memory"):
        dpex.call_kernel(add, dpex.Range(3), np.ones(3), np.ones(3), np.ones(3))
    with pytest.raises(xp.ImplicitTransferError):
        dpex.call_kernel(add, dpex.Range(3), np.ones(3), np.ones(3), np.ones(3))


# -- asynchronous launches ------------------------------------------------------------------------


def test_events(dpnp):
    import dpctl

    a, b, c = dpnp.ones(10), dpnp.ones(10), dpnp.zeros(10)
    first = dpex.call_kernel_async(add, dpex.Range(10), (), a, b, c)
    second = dpex.call_kernel_async(add, dpex.Range(10), (first[1],), a, c, b)
    assert all(isinstance(event, dpctl.SyclEvent) for event in (*first, *second))
    second[1].wait()
    assert (b.asnumpy() == 3).all()


def test_events_must_be_a_tuple(dpnp):
    from numba.core.errors import TypingError

    a = dpnp.ones(10)
    with pytest.raises(TypingError, match="must be passed as a tuple, not a list"):
        dpex.call_kernel_async(add, dpex.Range(10), [], a, a, a)


def test_arguments_live_until_the_kernel_has_ended(dpnp):
    from dpctl import event_status_type

    out = dpnp.zeros(SLOW)
    dpex.call_kernel(slow, dpex.Range(1), dpnp.ones(SLOW), out)
    event, _ = dpex.call_kernel_async(slow, dpex.Range(SLOW), (), dpnp.ones(SLOW), out)
    # If the ones had been freed, the runtime would have waited for the kernel.
    assert event.execution_status != event_status_type.complete
    event.wait()  # dpnp of 2024 does not
    assert (out.asnumpy() == 4500).all()


# -- kernels --------------------------------------------------------------------------------------


def test_a_kernel_without_an_item(dpnp):
    @dpex.kernel(release_gil=False, no_compile=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
    def add_first(a, b, c):
        c[0] = a[0] + b[0]

    a, c = dpnp.ones(10), dpnp.zeros(10)
    dpex.call_kernel(add_first, dpex.Range(10), a, a, c)
    assert c.asnumpy().tolist() == [2] + [0] * 9
    dpex.call_kernel(add_first, dpex.NdRange((10,), (2,)), c, c, c[5:])
    assert c.asnumpy().tolist() == [2, 0, 0, 0, 0, 4, 0, 0, 0, 0]


@pytest.mark.parametrize("decorated", [dpex.kernel, dpex.kernel(), dpex.kernel(None), dpex.kernel(debug=True)])
def test_forms_of_the_decorator(dpnp, decorated):
    kernel = decorated(_fill_one)
    assert isinstance(kernel, dpex.DpexKernel)
    a = dpnp.zeros(3)
    dpex.call_kernel(kernel, dpex.Range(3), a)
    assert (a.asnumpy() == 1).all()


def test_options():
    with pytest.warns(UserWarning, match="_compilation_mode"):
        dpex.kernel(_compilation_mode="kernel")(_fill_one)
    with pytest.raises(TypeError, match=r"unknown option.* speed"):
        dpex.kernel(speed="high")
    with pytest.raises(TypeError, match=r"unknown option.* speed"):
        dpex.device_func(speed="high")


def test_a_kernel_that_returns_a_value(dpnp):
    from xpuarray.dpex.core.exceptions import KernelHasReturnValueError

    @dpex.kernel
    def returns(item, a):
        return a

    with pytest.raises(KernelHasReturnValueError, match=r"kernel returns .*returns a value"):
        dpex.call_kernel(returns, dpex.Range(3), dpnp.ones(3))


def test_errors_of_the_compiler_are_numbas_and_ours(dpnp):
    from numba.core.errors import TypingError

    @dpex.kernel
    def unknown(item, a):
        a[item.get_id(0)] = item.get_nothing()

    for error in (TypingError, xp.KernelCompileError):
        with pytest.raises(error, match=r"get_nothing"):
            dpex.call_kernel(unknown, dpex.Range(3), dpnp.ones(3))


def test_ranges_that_cant_be(dpnp):
    from xpuarray.dpex.core.exceptions import UnmatchedNumberOfRangeDimsError, UnsupportedGroupWorkItemSizeError

    for whole, part in [((2, 2), ("a", 1, 1)), ((3, 3, 3, 3), (2, 2, 2))]:
        with pytest.raises(TypeError):
            dpex.NdRange(whole, part)
    with pytest.raises(UnmatchedNumberOfRangeDimsError, match="differ in dimensions"):
        dpex.NdRange((4, 4), (2,))
    with pytest.raises(UnsupportedGroupWorkItemSizeError, match="5 work-items can't be cut into work-groups of 2"):
        dpex.NdRange((5,), (2,))
    with pytest.raises(xp.KernelRangeError, match="work-group of 1000000"):
        dpex.call_kernel(fill, dpex.NdRange((10**6,), (10**6,)), dpnp.ones(3), 1)


def test_what_is_no_kernel(dpnp):
    with pytest.raises(TypeError, match=r"decorated with dpex\.kernel"):
        dpex.call_kernel(_fill_one, dpex.Range(3), dpnp.ones(3))
    with pytest.raises(TypeError, match="takes 3 argument"):
        dpex.call_kernel(add, dpex.Range(3), dpnp.ones(3), dpnp.ones(3))


# -- names ----------------------------------------------------------------------------------------


def test_numba_dpexs_paths():
    program = """
        import xpuarray.dpex as numba_dpex
        from xpuarray.dpex import (DpnpNdArray, NdRange, Range, USMNdArray, b1, bool_, boolean, call_kernel,
                                   call_kernel_async, device_func, double, f4, f8, float32, float64, i4, i8, int32,
                                   int64, kernel, none, prange, u4, u8, uint32, uint64, usm_ndarray, void)
        from xpuarray.dpex.core.exceptions import KernelHasReturnValueError, MissingSpecializationError
        from xpuarray.dpex.core.types import USMNdArray
        from xpuarray.dpex.core.types.kernel_api.index_space_ids import GroupType, ItemType, NdItemType
        from xpuarray.dpex.core.types.kernel_api.local_accessor import LocalAccessorType
        from xpuarray.dpex.kernel_api import (AddressSpace, AtomicRef, Group, Item, LocalAccessor, MemoryOrder,
                                              MemoryScope, NdItem, PrivateArray, atomic_fence, group_barrier)
        assert numba_dpex.int32 is i4 and not hasattr(numba_dpex, "nothing")
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True)


@pytest.mark.needs_device("opencl:cpu")
def test_dpjit_is_jit_for_dpnps_arrays():
    import dpnp

    for decorate in (dpex.dpjit, dpex.dpjit(debug=True), dpex.dpjit("f8(f8)")):

        @decorate
        def half(x, factor):
            total = 0
            for i in dpex.prange(1, x.shape[0]):
                x[i] *= factor
                total += i
            return x, np.zeros_like(x), total

        x = dpnp.arange(4, dtype=np.float32)
        same, zeros, total = half(x, factor=0.5)
        assert same is x and dpnp.asnumpy(x).tolist() == [0, 0.5, 1, 1.5]
        assert dpnp.asnumpy(zeros + x).tolist() == [0, 0.5, 1, 1.5] and int(total) == 6


@pytest.mark.parametrize("stand_in", ["file", "module"])
def test_a_module_named_numba_dpex_is_not_taken_for_the_compiler(stand_in, tmp_path):
    """A file beside the program, and a module without a spec, as test suites put it in place."""
    if stand_in == "file":
        (tmp_path / "numba_dpex.py").write_text("from xpuarray.dpex import *\n")
        there = ""
    else:
        there = (
            "import sys, types, xpuarray.dpex as dpex; sys.modules['numba_dpex'] = new = types.ModuleType('numba_dpex')"
        )
        there += "; new.__dict__.update({name: getattr(dpex, name) for name in dpex.__all__})"
    (tmp_path / "program.py").write_text(
        textwrap.dedent(
            """
            {}
            import numba_dpex
            import xpuarray as xp

            @numba_dpex.kernel
            def double(item, x):
                x[item.get_id(0)] *= 2

            @numba_dpex.dpjit
            def never(x):
                return x

            x = xp.ones(5, dtype=xp.float32)
            try:
                numba_dpex.call_kernel(double, numba_dpex.Range(5), x)
                assert list(x.tolist()) == [2.0] * 5
            except xp.errors.DeviceError as error:  # where numba-dpex itself is hidden
                assert "rename it" in str(error), error
            else:
                from xpuarray.backends.sycl import versions
                assert versions.kernel_compiler() == ("dpex" if versions.numba_dpex_version() else "spirv")
            """
        ).format(there)
    )
    cache = {"XPUARRAY_CACHE_DIR": str(tmp_path / "cache")}
    subprocess.run([sys.executable, "program.py"], cwd=tmp_path, env={**os.environ, **cache}, check=True)
    if not versions.numba_dpex_version():  # no stand-in takes part in a fingerprint, so kernels are kept
        assert list((tmp_path / "cache").glob("*.kernel"))
