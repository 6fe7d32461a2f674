"""xpuarray.dpex: kernels and device functions that are made for certain signatures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray import dpex

pytestmark = pytest.mark.needs_device("opencl:cpu")


@pytest.fixture(scope="module")
def dpnp() -> Any:
    xp.devices()  # lets the runtime find its CPU device, which dpnp's first array is put on
    return pytest.importorskip("dpnp")


@pytest.fixture(scope="module")
def item() -> Any:
    from xpuarray.dpex.core.types.kernel_api.index_space_ids import ItemType

    return ItemType(ndim=1)


def array(dtype: Any, layout: str = "C", ndim: int = 1) -> Any:
    return dpex.DpnpNdArray(ndim=ndim, dtype=dtype, layout=layout)


def add(item, a, b, c):
    i = item.get_id(0)
    c[i] = a[i] + b[i]


def returns(item, a):
    return a


# -- kernels ------------------------------------------------------------------------------------


def test_one_signature(dpnp, item):
    ints = array(dpex.int64)
    kernel = dpex.kernel((item, ints, ints, ints))(add)
    assert len(kernel.overloads) == 1
    a, c = dpnp.arange(16, dtype=dpnp.int64), dpnp.zeros(16, dtype=dpnp.int64)
    dpex.call_kernel(kernel, dpex.Range(16), a, a, c)
    assert (c.asnumpy() == 2 * np.arange(16)).all()
    assert len(kernel.overloads) == 1


def test_several_signatures(dpnp, item):
    kernel = dpex.kernel([(item, *[array(dtype)] * 3) for dtype in (dpex.int64, dpex.float32)])(add)
    assert len(kernel.overloads) == 2
    for dtype in ("int64", "float32"):
        a, c = dpnp.ones(4, dtype=dtype), dpnp.zeros(4, dtype=dtype)
        dpex.call_kernel(kernel, dpex.Range(4), a, a, c)
        assert (c.asnumpy() == 2).all()


def test_other_types_than_those_of_the_signature(dpnp, item):
    from numba.core.errors import TypingError

    from xpuarray.dpex.core.exceptions import MissingSpecializationError

    ints = array(dpex.int64)
    kernel = dpex.kernel((item, ints, ints, ints))(add)
    message = r"made for arguments of the types int64\[1C\], .*, not int32\[1C\]"
    a = dpnp.ones(4, dtype=dpnp.int32)
    for error in (TypingError, MissingSpecializationError, TypeError):
        with pytest.raises(error, match=message):
            dpex.call_kernel(kernel, dpex.Range(4), a, a, a)
    strided = dpnp.ones(8, dtype=dpnp.int64)[::2]
    with pytest.raises(TypingError, match=r"not int64\[1A\]"):
        dpex.call_kernel(kernel, dpex.Range(4), strided, strided, strided)
    with pytest.raises(TypingError):
        dpex.call_kernel(kernel, dpex.Range(2, 2), *[dpnp.ones(4, dtype=dpnp.int64)] * 3)
    assert len(kernel.overloads) == 1


def test_types_of_arguments(dpnp):
    from numba.core import types

    from xpuarray.dpex.core.types.kernel_api.index_space_ids import NdItemType
    from xpuarray.dpex.core.types.kernel_api.local_accessor import LocalAccessorType
    from xpuarray.dpex.kernel_api import LocalAccessor

    def shift(nd, a, factors, sign, negative, tile):
        i = nd.get_global_id(0)
        tile[i] = a[i] * factors[0] + factors[1]
        a[i] = -tile[i] if negative else tile[i] * sign

    signature = (
        NdItemType(1), array(dpex.float64, layout="A"), types.UniTuple(dpex.int64, 2), dpex.float64, dpex.boolean,
        LocalAccessorType(1, dpex.float64),
    )  # fmt: skip
    kernel = dpex.kernel(signature)(shift)
    a = dpnp.arange(8.0)
    dpex.call_kernel(kernel, dpex.NdRange((4,), (4,)), a[::2], (3, 1), 1.0, True, LocalAccessor(4, np.float64))
    assert a.asnumpy().tolist() == [-1, 1, -7, 3, -13, 5, -19, 7]


def test_a_kernel_without_an_item(dpnp):
    def first(a):
        a[0] = 5

    kernel = dpex.kernel((array(dpex.float64),))(first)
    assert len(kernel.overloads) == 1
    a = dpnp.zeros(3)
    dpex.call_kernel(kernel, dpex.Range(3), a)
    dpex.call_kernel(kernel, dpex.Range(1, 1), a[1:])
    assert a.asnumpy().tolist() == [5, 5, 0]
    with pytest.raises(TypeError, match=r"float64\[1C\], not float32\[1C\]"):
        dpex.call_kernel(kernel, dpex.Range(3), dpnp.zeros(3, dtype=dpnp.float32))


def test_arrays_of_the_host(item):
    from xpuarray.dpex.core.exceptions import InvalidKernelSpecializationError

    decorate = dpex.kernel((item, dpex.int64[::1], dpex.int64[::1], dpex.int64[::1]))
    with pytest.raises(InvalidKernelSpecializationError, match=r"kernel add: no argument can have the type .*int64"):
        decorate(add)


def test_a_number_of_arguments_that_is_not_the_functions(item):
    from xpuarray.dpex.core.exceptions import InvalidKernelSpecializationError

    with pytest.raises(InvalidKernelSpecializationError, match=r"kernel add: the signature .* has 2 .*takes 3"):
        dpex.kernel((item, array(dpex.int64), array(dpex.int64)))(add)


@pytest.mark.parametrize("decorate", [dpex.kernel, dpex.device_func])
def test_signatures_as_text(decorate):
    with pytest.raises(NotImplementedError, match="not text"):
        decorate("(item, array)")
    with pytest.raises(NotImplementedError, match="not text"):
        decorate(["(item, array)", "(item, other)"])


def test_what_is_no_signature():
    with pytest.raises(ValueError, match="expected a function or a signature"):
        dpex.kernel(array(dpex.int64))
    with pytest.raises(ValueError, match="expected a function or a signature"):
        dpex.kernel([add, add])


def test_a_signature_that_returns_a_value(item):
    from xpuarray.dpex.core.exceptions import KernelHasReturnValueError

    ints = array(dpex.int32)
    with pytest.raises(KernelHasReturnValueError, match="a kernel returns nothing"):
        dpex.kernel(ints(item, ints))(returns)
    with pytest.raises(KernelHasReturnValueError, match="returns a value"):
        dpex.kernel(dpex.void(item, ints))(returns)


def test_array_types():
    one = dpex.usm_ndarray(ndim=2, dtype=dpex.float32, layout="C", usm_type="shared")
    assert one == dpex.USMNdArray(2, "C", dpex.float32) != array(dpex.float32, ndim=2)
    assert (one.ndim, one.dtype, one.layout, one.usm_type) == (2, dpex.float32, "C", "shared")
    assert one != dpex.usm_ndarray(2, "C", dpex.float32, device="opencl:cpu")


def test_the_device_that_a_type_names(dpnp, item):
    there = dpex.usm_ndarray(1, "C", dpex.int64, device="opencl:cpu:0")
    kernel = dpex.kernel((item, there, there, there))(add)
    a = dpnp.ones(4, dtype=dpnp.int64, device="opencl:cpu:0")
    dpex.call_kernel(kernel, dpex.Range(4), a, a, a)
    assert (a.asnumpy() == 2).all()


# -- device functions ---------------------------------------------------------------------------


def increment(x):
    return x + 1


def kernel_calling(function: Any) -> Any:
    @dpex.kernel
    def call(item, a, b):
        i = item.get_id(0)
        b[i] = function(a[i])

    return call


def result(function: Any, a: Any, b: Any) -> list[Any]:
    dpex.call_kernel(kernel_calling(function), dpex.Range(a.size), a, b)
    return b.asnumpy().tolist()


@pytest.mark.parametrize("decorated", [dpex.device_func, dpex.device_func(), dpex.device_func(None)])
def test_device_functions(dpnp, decorated):
    function = decorated(increment)
    assert function(2) == 3  # from Python, as it is written
    assert result(function, dpnp.arange(3.0), dpnp.zeros(3)) == [1, 2, 3]


def test_arguments_are_converted_to_the_signature(dpnp):
    from numba import float32, int32

    function = dpex.device_func(int32(int32))(increment)
    assert result(function, dpnp.full(3, 1.5, dtype=dpnp.float32), dpnp.zeros(3, dtype=dpnp.float32)) == [2, 2, 2]
    function = dpex.device_func(float32(float32))(increment)
    assert result(function, dpnp.full(3, 1.5, dtype=dpnp.float32), dpnp.zeros(3, dtype=dpnp.float32)) == [2.5] * 3


def test_the_signature_that_fits(dpnp):
    from numba import int32, int64

    function = dpex.device_func([int32(int32), int64(int64)])(increment)
    for dtype, greatest in (("int32", 2**31 - 1), ("int64", 2**31)):
        a, b = dpnp.full(1, greatest, dtype=dtype), dpnp.zeros(1, dtype="int64")
        assert result(function, a, b) == [greatest + 1 if dtype == "int64" else -(2**31)]


def test_arrays_and_items_in_signatures(dpnp, item):
    def store(item, a, value):
        a[item.get_id(0)] = value

    function = dpex.device_func(dpex.void(item, array(dpex.float64), dpex.float64))(store)

    @dpex.kernel
    def fill(item, a):
        function(item, a, 3)

    a = dpnp.zeros(3)
    dpex.call_kernel(fill, dpex.Range(3), a)
    assert a.asnumpy().tolist() == [3, 3, 3]


def test_functions_of_one_name_are_not_mixed_up(dpnp):
    def writer(columns: int) -> Any:
        @dpex.device_func
        def write(a, row):
            for column in range(columns):
                a[row, column] = 1

        return write

    one, three = writer(1), writer(3)

    @dpex.device_func
    def write_row(a, row, even):
        if even:
            three(a, row)
        else:
            one(a, row)

    @dpex.kernel
    def write_all(a):
        for row in range(4):
            write_row(a, row, row % 2 == 0)

    a = dpnp.zeros((4, 4), dtype=dpnp.int64)
    dpex.call_kernel(write_all, dpex.NdRange((1,), (1,)), a)
    assert a.asnumpy().tolist() == [[1, 1, 1, 0], [1, 0, 0, 0]] * 2
