"""What a newcomer's mistakes are answered with: what is wrong, where, and what to write instead."""

from __future__ import annotations

import copy
import pickle
import sys
import traceback
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import xpuarray as xp

N = 6


def launch(body: Callable[..., Any], over: Any = None, *arguments: Any) -> None:
    x = xp.ones(N, dtype=xp.float32)
    xp.call_kernel(xp.kernel(body), over or xp.Range(N), x, xp.empty_like(x), *arguments)


# -- kernels ------------------------------------------------------------------------------------


def an_array_of_n(item, x, out, n):
    t = np.zeros(n)
    out[0] = t[0]


def a_list(item, x, out):
    t = [1.0, 2.0]
    out[0] = t[0]


def an_appended_list(item, x, out):
    t = []
    t.append(x[0])
    out[0] = t[0]


def a_comprehension(item, x, out):
    t = [x[j] for j in range(3)]
    out[0] = t[0]


def a_dict(item, x, out):
    t = {1: 2.0}
    out[0] = t[1]


def a_set(item, x, out):
    t = {1, 2}
    out[0] = len(t)


def an_f_string(item, x, out):
    print(f"{x[0]}")


def a_try(item, x, out):
    try:
        out[0] = x[0]
    except ValueError:
        out[0] = 0


def a_raise(item, x, out):
    raise ValueError("no")


def a_with(item, x, out):
    with open("file"):
        out[0] = x[0]


def a_recursion(item, x, out):
    out[0] = _countdown(3)


def _countdown(n):
    return 0 if n == 0 else _countdown(n - 1)


def a_returned_value(item, x, out):
    out[0] = x[0]
    return x[0]


def a_float_index(item, x, out):
    out[0] = x[item.get_id(0) / 2]


def too_many_indices(item, x, out):
    out[0] = x[0, 1]


def a_complex_into_floats(item, x, out):
    out[0] = x[0] + 1j


def an_expression_kept(item, x, out):
    y = x + 1
    out[0] = y[0]


def a_function_of_arrays(item, x, out):
    out[0] = xp.median(x)


def an_unknown_function(item, x, out):
    out[0] = np.interp(x[0], x, x)


def an_undefined_name(item, x, out):
    out[0] = nowhere(x[0])  # noqa: F821


def a_variable_before_its_value(item, x, out):
    out[0] = total  # noqa: F821
    total = 1.0  # noqa: F841


def an_array_outside(item, x, out):
    out[0] = x[0] + OUTSIDE[0]


def _closed_over():
    held = xp.ones(3, device="host")

    def an_array_of_the_function_outside(item, x, out):
        out[0] = x[0] + held[0]

    return an_array_of_the_function_outside


def an_array_of_a_module(item, x, out):
    out[0] = x[0] + MODULE.array[0]


def an_object_outside(item, x, out):
    out[0] = THING.value


def two_types_of_one_variable(item, x, out):
    if x[0] > 2:
        v = x
    else:
        v = 1.0
    out[0] = v


def a_dimension_too_many(item, x, out):
    out[0] = item.get_id(1)


def a_barrier_of_items(item, x, out):
    xp.group_barrier(item)


class _Thing:
    value = 1.0


THING = _Thing()
OUTSIDE = xp.ones(3, device="host")
MODULE: Any = types.ModuleType("module")
MODULE.array = OUTSIDE

_PRIVATE = "xp.PrivateArray"
#: kernel -> what its line shows above the carets, and what its message says to write
COMPILED: dict[Callable[..., Any], tuple[str, str]] = {
    an_array_of_n: ("t = np.zeros(n)", _PRIVATE),
    a_list: ("t = [1.0, 2.0]", f"a tuple, or an {_PRIVATE}"),
    an_appended_list: ("t.append", f"a tuple, or fill an {_PRIVATE}"),
    a_comprehension: ("t = [x[j] for j in range(3)]", f"a tuple, or fill an {_PRIVATE}"),
    a_dict: ("{1: 2.0}", "if and elif, or pass an array of its values"),
    a_set: ("{1, 2}", "write comparisons, or pass an array"),
    an_f_string: ('f"{x[0]}"' if sys.version_info < (3, 12) else "{x[0]}", 'print("x is", x)'),
    a_try: ("", "write an if"),
    a_raise: ('raise ValueError("no")', "write an if"),
    a_with: ("", "open and close around the launch"),
    a_recursion: ("", "write a loop"),
    a_returned_value: ("return x[0]", "write it to an element of an array"),
    a_float_index: ("x[item.get_id(0) / 2]", "write //, or int(...)"),
    too_many_indices: ("x[0, 1]", "it has 1 dimension(s), and this is 2 indices"),
    a_complex_into_floats: ("out[0]", "write its .real"),
    an_expression_kept: ("", "assign it to part of an array"),
    a_function_of_arrays: ("xp.median", "write a loop over the elements"),
    an_unknown_function: ("np.interp", "write a loop over the elements"),
    an_undefined_name: ("nowhere", "define it before the launch, or pass its value as an argument"),
    a_variable_before_its_value: ("total", "give it one first"),
    an_array_outside: ("OUTSIDE", "pass it as an argument"),
    _closed_over(): ("held", "pass it as an argument"),
    an_array_of_a_module: ("MODULE.array", "pass it as an argument"),
    an_object_outside: ("THING", "write numbers and arrays as arguments"),
    two_types_of_one_variable: ("", "use two variables"),
    a_dimension_too_many: ("item.get_id(1)", "launch over more dimensions"),
    a_barrier_of_items: ("", "item.get_group()"),
}


@pytest.mark.parametrize("body", COMPILED, ids=lambda body: body.__name__)
def test_a_kernel_that_can_not_be_compiled(device: xp.Device, body: Callable[..., Any]):
    """At most twelve lines: which kernel, where, its line, carets under what is meant, and what to write."""
    if device.runtime.target == "simulator":
        pytest.skip("the simulator runs what Python runs")
    shown, instead = COMPILED[body]
    with pytest.raises(xp.KernelCompileError) as caught:
        launch(body, None, *([3] if body is an_array_of_n else []))
    first, where, source, carets, *told = str(caught.value).split("\n")
    assert first == f"kernel {body.__name__} can't be compiled for {device}:"
    code = body.__code__ if body is not a_recursion else _countdown.__code__
    number = int(where.removeprefix(f"  {__file__}, line "))
    assert code.co_firstlineno <= number <= max(line or 0 for *_, line in code.co_lines())
    columns = [k for k, sign in enumerate(carets) if sign == "^"]
    assert set(carets) == {" ", "^"} and len(columns) == columns[-1] - columns[0] + 1
    assert shown in ("", source[columns[0] : columns[-1] + 1])
    assert instead in " ".join(told) and len(told) <= 8, told
    assert "numba" not in " ".join(told).lower()
    assert caught.value.numba and (caught.value.__cause__, caught.value.__suppress_context__) == (None, True)


def test_a_variable_of_its_own_may_have_the_name_of_an_array(device: xp.Device):
    @xp.kernel
    def own(item, x, out):
        OUTSIDE = x[0] + 1
        add = lambda y: y + OUTSIDE  # noqa: E731
        out[0] = add(x[0])

    out = xp.zeros(1)
    xp.call_kernel(own, xp.Range(1), xp.ones(1), out)
    assert float(out[0]) == 3


def test_what_numba_said_is_kept_and_shown_on_request(monkeypatch):
    for asked in ("", "full"):
        monkeypatch.setenv("XPUARRAY_TRACEBACK", asked)
        with xp.device("host"), pytest.raises(xp.KernelCompileError) as caught:
            launch(an_unknown_function)
        printed = "".join(traceback.format_exception(caught.value))
        assert ("numba.core.errors" in printed) == bool(asked)
        for same in (pickle.loads(pickle.dumps(caught.value)), copy.copy(caught.value)):
            assert (str(same), same.numba) == (str(caught.value), caught.value.numba)
            assert "unsupported NumPy function" in same.numba


# -- launches and arrays ------------------------------------------------------------------------


@xp.kernel
def fill(item, x, value):
    x[item.get_id(0)] = value


@xp.kernel
def without_item(x):
    x[0] = 1


def _numpy_ufunc(x):
    import scipy.special

    return scipy.special.erf(x)


def _estimator(x):
    from sklearn.preprocessing import StandardScaler

    return StandardScaler().fit(xp.ones((9, 2)))


def _condition(x):
    if x > 0.5:
        pass


#: mistake -> what it raises, and what the message says
MADE: dict[str, tuple[Callable[[Any], Any], type[Exception], str]] = {
    "no Range": (lambda x: xp.call_kernel(fill, x, 1.0), xp.KernelRangeError, "call_kernel(fill, Range(n), ...)"),
    "an int": (lambda x: xp.call_kernel(fill, N, x, 1.0), xp.KernelRangeError, f"Range({N})"),
    "Range(x.shape)": (lambda x: xp.Range(x.shape), TypeError, "Range(*shape)"),
    "NdRange(n, m)": (lambda x: xp.NdRange(N, 2), TypeError, "NdRange((n,), (group_size,))"),
    "NdRange on an Item's": (
        lambda x: xp.call_kernel(fill, xp.NdRange((N,), (2,)), x, 1.0), xp.KernelRangeError, "item.get_global_id",
    ),
    "an argument too few": (lambda x: xp.call_kernel(fill, xp.Range(N), x), xp.KernelArgumentError, "x, value), not 1"),
    "no item": (
        lambda x: xp.call_kernel(without_item, xp.Range(N), x), xp.KernelArgumentError, "def without_item(item, ...)",
    ),
    "a kernel called": (lambda x: fill(x, 1.0), TypeError, "fill[Range(n)](...)"),
    "a class": (lambda x: xp.kernel(_Thing), TypeError, "write it above a def"),
    "a list to a kernel": (
        lambda x: xp.call_kernel(fill, xp.Range(N), x, [1.0]), xp.KernelArgumentError, "a tuple of scalars",
    ),
    "a NumPy array to a kernel": (
        lambda x: xp.call_kernel(fill, xp.Range(N), np.ones(N), 1.0), xp.ImplicitTransferError, "xp.asarray(a",
    ),
    "x + numpy": (lambda x: x + np.ones(N), xp.ImplicitTransferError, "xp.asarray(a, device=...)"),
    "np.asarray(x)": (np.asarray, xp.ImplicitTransferError, "xp.asnumpy(a)"),
    "if x > 0.5": (_condition, ValueError, "a.any() or a.all()"),
    "float(x)": (float, TypeError, "index it, or write .tolist()"),
    "len(0-d)": (lambda x: len(xp.sum(x)), TypeError, "x.item()"),
    "list(0-d)": (lambda x: list(xp.sum(x)), TypeError, "x.item()"),
    "x[10]": (lambda x: x[10], IndexError, f"index 10 is out of bounds for axis 0 with size {N}"),
    "axis=3": (lambda x: xp.sum(x, axis=3), np.exceptions.AxisError, "axis 3 is out of bounds for 1 dimension(s)"),
    "shapes": (lambda x: x + xp.ones(5), ValueError, "(6,), (5,) can't be broadcast together"),
    "matmul": (lambda x: xp.ones((2, 3)) @ xp.ones((2, 3)), ValueError, "inner extents differ"),
    "zeros(2, 3)": (lambda x: xp.zeros(2, 3), TypeError, "zeros((2, 3))"),
    "x.numpy()": (lambda x: x.numpy(), AttributeError, "xp.asnumpy(x)"),
    "a ufunc of SciPy's": (_numpy_ufunc, xp.ImplicitTransferError, "erf(xp.asnumpy(a))"),
    "an estimator": (_estimator, xp.ImplicitTransferError, "xpuarray.sklearn.patch_sklearn()"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MADE)
def test_a_mistake_is_answered_with_what_to_write(device: xp.Device, mistake: str):
    make, kind, instead = MADE[mistake]
    with pytest.raises(kind) as caught:
        make(xp.ones(N, dtype=xp.float32))
    assert instead in str(caught.value)
    assert len(str(caught.value).splitlines()) <= 12


def test_two_devices():
    with pytest.raises(xp.PlacementError, match=r"one operand is on host.*fake.*b\.to_device\('host:cpu:0'\)"):
        xp.ones(N, device="host") + xp.ones(N, device="fake")


def test_numba_dpexs_error_keeps_what_numba_said():
    from xpuarray import dpex

    @dpex.kernel
    def unknown(item, x):
        x[0] = np.interp(x[0], x, x)

    with pytest.raises(xp.KernelCompileError, match="TypingError: kernel unknown can't be compiled") as caught:
        dpex.call_kernel(unknown, dpex.Range(4), xp.ones(4, device="host"))
    assert "unsupported NumPy function" in caught.value.numba and caught.value.__cause__ is None
