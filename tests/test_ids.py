"""Ids, extents and the variables of loops: int64 in meaning, unsigned where they address memory."""

from __future__ import annotations

import math
import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.placement.devices import Device

#: Of the ids i and j, their extents n and m, a scalar argument s = 3, and k, which loops from 0 to j: integers ...
WHOLE = """
i - j; j - i; -i; ~i; i - 1; 1 - i; i - n; n - i; i - s; s - i; i + s; i * -1; i + -1; abs(i - j); abs(i)
max(0, i - j); min(i, j); max(i, j); min(i - 1, j); max(i - 1, -1, j - 2); min(i, s); (i - j) // 2; (i - j) % 3
(i - j) // n; (i - 1) % n; i // 2; i % 2; i // -2; i % -2; i // (j + 1); n // (j + 1); (i - j) * 3; (i - j) * j
i * m + j; i ** 2; (i - j) ** 3; 2 ** i; i << 2; i >> 1; (i - j) >> 1; i & 1; i | 4; (i - j) & 3; i ^ j; (i - j) ^ j
k - 1; k - i; n - 1 - k; int(i) - 5; np.int32(i) - 5; np.int64(i) - j; (i - j < 0) + 0; (abs(i - j) <= 1) + 0
(i - 1 >= 0) + 0; (i > -1) + 0; (n - 10 < i) + 0; (i == j) + 0; (-i < j) + 0; i - j if i > 2 else j
-1 if i < j else i; divmod(i - j, 3)[0]; divmod(i, 3)[1]; (i, j)[1] - 4; len(a) - 20
"""
#: ... numbers that are none ...
FLOATS = """
(i - j) * 0.5; (i - j) / 2; i / -4; math.exp(-abs(i - j)); float(i - j); math.sqrt(i); 0.5 - i; (i - j) * x
"""
#: ... and elements of `a`, which has n elements, of `r`, the same with a negative stride, and of `b`, of shape (n, m).
ELEMENTS = """
a[i - 1]; a[i - j]; a[min(i, n - 1)]; a[max(i - 1, 0)]; a[(i - 1) % n]; a[n - 1 - i]; a[-1]; a[-1 - i]
a[abs(i - j)]; a[i - n]; a[min(i + 1, n - 1)]; a[(i + n - 1) % n]; a[i // 2]; a[k]; a[k - 1]; a[i & 3]
a[(i - j) & 3]; a[int(i)]; a[max(0, min(i - 1, n - 1))]; a[np.int32(i)]; a[i - j if i > j else 0]; a[s - i]
a[min(i, s)]; r[i - 1]; r[i]; r[-1 - k]; b[i - 1, j]; b[i, j - 1]; b[i - 1, j - 1]; b[min(i + 1, n - 1), j]
b[-1, j]; b[i - j, j]; b[(i, j)]; b[i][j - 1]; b[i, m - 1 - j]; b[n - 1 - i, -1]; b[i - 1][max(j - 1, 0)]; b.T[j, i]
b.T[j - 1, i - n]
"""

SOURCE = """
def kernel(item, s, x, a, r, b, {outs}):
    i, j = item.get_id(0), item.get_id(1)
    n, m = b.shape
    k = 0
    for step in range(j):
        k = step
{lines}
"""


def forms(text: str) -> list[str]:
    return [form.strip() for form in re.split("[;\n]", text) if form.strip()]


def kernel_of(table: str) -> Any:
    """A kernel that stores each form at o[number, i, j], also to be called as plain Python."""
    scope: dict[str, Any] = {"np": np, "math": math}
    lines = "\n".join(f"    o[{number}, i, j] = {form}" for number, form in enumerate(forms(table)))
    exec(SOURCE.format(outs="o", lines=lines), scope)
    return scope["kernel"]


@pytest.mark.parametrize("table", [WHOLE, FLOATS, ELEMENTS], ids=["integers", "floats", "elements"])
def test_every_form_is_what_python_makes_of_ints(device: Device, table: str):
    n, m = 6, 5
    kernel = kernel_of(table)
    dtype = np.dtype(np.int64 if table is WHOLE else xp.zeros(1).dtype)
    a, b = np.arange(n) * 10 + 7, np.arange(n * m).reshape(n, m) * 3
    here, there = np.zeros((len(forms(table)), n, m)), xp.zeros((len(forms(table)), n, m), dtype=dtype)
    for i, j in np.ndindex(n, m):
        item = SimpleNamespace(get_id=(i, j).__getitem__)
        kernel(item, 3, 0.25, a, a[::-1], b, here)
    arrays = xp.asarray(a), xp.asarray(a)[::-1], xp.asarray(b)
    xp.call_kernel(xp.kernel(kernel), xp.Range(n, m), 3, dtype.type(0.25), *arrays, there)
    found = xp.asnumpy(there)
    for number, form in enumerate(forms(table)):
        np.testing.assert_allclose(found[number], here[number], rtol=1e-6 if table is FLOATS else 0, err_msg=form)


def test_loops_down_to_0(device: Device):
    def kernel(item, a, out):
        i = item.get_id(0)
        for k in range(i, -1, -1):
            out[i, 0] += a[k]
        k = a.shape[0] - 1
        while k >= 0:
            out[i, 1] = out[i, 1] * 2 + a[k]
            k -= 1
        for k in range(a.shape[0] - 1, i, -2):
            out[i, 2] += a[k] - a[k - 1]
        for k in range(i - 3, i):
            out[i, 3] += k
        down = i
        while down > -2:
            out[i, 4] += down
            down -= 1

    a, out = np.arange(7) ** 2, np.zeros((7, 5), np.int64)
    for i in range(7):
        kernel(SimpleNamespace(get_id=lambda _, i=i: i), a, out)
    there = xp.zeros((7, 5), dtype=xp.int64)
    xp.call_kernel(xp.kernel(kernel), xp.Range(7), xp.asarray(a), there)
    assert xp.asnumpy(there).tolist() == out.tolist()


def test_three_dimensions_and_linear_ids(device: Device):
    @xp.kernel
    def kernel(item, out):
        i, j, k = item.get_id(0), item.get_id(1), item.get_id(2)
        out[i, j, k, 0] = i - j - k
        out[i, j, k, 1] = item.get_linear_id() - item.get_linear_range()
        out[i, j, k, 2] = min(i - 1, j - 2, k - 3) - item.get_range(2)

    out = xp.zeros((3, 4, 5, 3), dtype=xp.int64)
    xp.call_kernel(kernel, xp.Range(3, 4, 5), out)
    i, j, k = np.indices((3, 4, 5))
    expected = [i - j - k, np.arange(60).reshape(3, 4, 5) - 60, np.minimum(np.minimum(i - 1, j - 2), k - 3) - 5]
    assert xp.asnumpy(out).tolist() == np.stack(expected, -1).tolist()


def test_ids_in_groups(device: Device):
    @xp.kernel
    def kernel(item, out):
        i, local, group = item.get_global_id(0), item.get_local_id(0), item.get_group()
        out[i, 0] = local - item.get_local_range(0)
        out[i, 1] = group.get_group_id(0) - group.get_group_range(0)
        out[i, 2] = abs(local - i) * -1
        out[i, 3] = item.get_global_linear_id() - item.get_global_range(0)
        out[i, 4] = group.get_group_linear_id() - local
        out[i, 5] = item.get_local_linear_id() - group.get_local_linear_range()

    out = xp.zeros((12, 6), dtype=xp.int64)
    xp.call_kernel(kernel, xp.NdRange(xp.Range(12), xp.Range(4)), out)
    i = np.arange(12)
    local, group = i % 4, i // 4
    expected = [local - 4, group - 3, -abs(local - i), i - 12, group - local, local - 4]
    assert xp.asnumpy(out).tolist() == np.stack(expected, -1).tolist()


def test_ids_of_functions_variables_and_atomics(device: Device):
    """What a function returns, a tuple holds or several branches set stays an id, or becomes an int64."""

    def place(item, step):
        return item.get_id(0) * step

    @xp.kernel
    def kernel(item, a, out, count):
        i = place(item, 1)
        where = (i, 0)
        out[where] = a[place(item, 1) - 2]
        t = i
        if i > 2:
            t = i - 5
        out[i, 1] = t
        u = 0
        if i > 3:
            u = i
        out[i, 2] = u - 1
        out[i, 3] = a[u]
        xp.kernel_api.AtomicRef(count, index=i % 2).fetch_add(i - 1)

    a, out, count = np.arange(6) * 11, xp.zeros((6, 4), dtype=xp.int64), xp.zeros(2, dtype=xp.int64)
    xp.call_kernel(kernel, xp.Range(6), xp.asarray(a), out, count)
    i = np.arange(6)
    u = np.where(i > 3, i, 0)
    assert xp.asnumpy(out).tolist() == np.stack([a[i - 2], np.where(i > 2, i - 5, i), u - 1, a[u]], -1).tolist()
    assert xp.asnumpy(count).tolist() == [(i[::2] - 1).sum(), (i[1::2] - 1).sum()]


# -- speed: nothing stands between an id and its address -------------------------------------------------


def e1(item, a, b, out):
    i = item.get_id(0)
    out[i] = np.sin(a[i]) * b[i] + np.exp(-a[i]) * np.sqrt(b[i]) + np.float32(1)


def stencil(item, x, y, out):
    i, j = item.get_id(0), item.get_id(1)
    n, m = x.shape
    if i > 0 and j > 0 and i < n - 1 and j < m - 1:
        out[i, j] = x[i - 1, j] + x[i + 1, j] + x[i, j - 1] + x[i, j + 1] - y[i, j]


def product(item, a, b, out):
    i, j = item.get_id(0), item.get_id(1)
    total = np.float32(0)
    for k in range(a.shape[1]):
        total += a[i, k] * b[k, j]
    out[i, j] = total


def numbered_through(item, a, b, out):
    i, j = item.get_id(0), item.get_id(1)
    where = i * item.get_range(1) + j
    out[where] = a[where] + b[max(where - 1, 0)]


def strided_loop(item, a, b, out):
    k = item.get_id(0)
    while k < a.shape[0]:
        out[k] = a[k] * b[k]
        k += item.get_range(0)


@pytest.mark.needs_device("opencl:cpu")
@pytest.mark.parametrize("function", [e1, stencil, product, numbered_through, strided_loop])
def test_no_choice_in_front_of_an_address(function: Any):
    """A `select` there is Numba's wraparound of negative indices, behind which Intel's compiler gathers."""
    flat = function in (e1, numbered_through, strided_loop)
    shape = (24,) if flat else (4, 6)
    range_ = xp.Range(24) if function in (e1, strided_loop) else xp.Range(4, 6)
    with xp.device("opencl:cpu"):
        kernel = xp.kernel(function)
        kernel[range_](*(xp.ones(shape, dtype=xp.float32) for _ in range(3)))
    (text,) = kernel.inspect_llvm().values()
    assert "getelementptr" in text
    assert not re.findall(r"= select i1 [^,]+, i64", text)
