"""compiler/targets/divergence.py: values that work-items bring from different branches."""

from __future__ import annotations

import re

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.compiler.emission_client import emit
from xpuarray.compiler.targets.divergence import diversified

#: Two branches meet at %meet that not all work-items take, each with branches of its own before it.
MEETING = """\
target triple = "spirv64-unknown-unknown"
declare spir_func i64 @_Z13get_global_idj(i32)
declare spir_func double @_Z5floord(double)
define spir_kernel void @k(ptr addrspace(1) %x, ptr addrspace(1) %out, ptr addrspace(1) %other, i64 %v) {
entry:
  %i = tail call spir_func i64 @_Z13get_global_idj(i32 0)
  %px = getelementptr i64, ptr addrspace(1) %x, i64 %i
  %value = load i64, ptr addrspace(1) %px, align 8
  %pout = getelementptr i64, ptr addrspace(1) %out, i64 %i
  %pother = getelementptr i64, ptr addrspace(1) %other, i64 %i
  %large = icmp ugt i64 %value, 9
  br i1 %large, label %a, label %b

a:
  %odd = trunc i64 %value to i1
  br i1 %odd, label %a1, label %a2

a1:
  %quotient = udiv i64 255, %value
  br label %a2

a2:
  %w = phi i64 [ %quotient, %a1 ], [ %value, %a ]
  store i64 %w, ptr addrspace(1) %pother, align 8
  br label %meet

b:
  %even = icmp eq i64 %v, 0
  %d = sitofp i64 %v to double
  br i1 %even, label %b1, label %b2

b1:
  %half = fmul double %d, 0.5
  br label %b3

b2:
  %floor = tail call spir_func double @_Z5floord(double %d)
  br label %b3

b3:
  %limit = phi double [ %half, %b1 ], [ %floor, %b2 ]
  %own = uitofp i64 %value to double
  %small = fcmp olt double %limit, %own
  br i1 %small, label %meet, label %end

meet:
  %p = phi i64 [ 100, %a2 ], [ 200, %b3 ]
  store i64 %p, ptr addrspace(1) %pout, align 8
  br label %end

end:
  ret void
}
"""
#: Two ways end in stores, of which LLVM's optimiser makes one: of 87 or 22, to the first or the second %n of %out.
ALIKE = """\
target triple = "spirv64-unknown-unknown"
declare spir_func i64 @_Z15get_global_sizej(i32)
declare spir_func i64 @_Z13get_global_idj(i32)
define spir_kernel void @k(ptr addrspace(1) %x, ptr addrspace(1) %out, ptr addrspace(1) %other, i64 %v) {
entry:
  %n = tail call spir_func i64 @_Z15get_global_sizej(i32 0)
  %i = tail call spir_func i64 @_Z13get_global_idj(i32 0)
  %px = getelementptr i64, ptr addrspace(1) %x, i64 %i
  %value = load i64, ptr addrspace(1) %px, align 8
  %high = and i64 %value, 8
  %large = icmp ne i64 %high, 0
  br i1 %large, label %a, label %b

a:
  %eight = and i64 %v, 8
  %none = icmp eq i64 %eight, 0
  br i1 %none, label %a1, label %a2

a1:
  %q12 = add i64 %n, %i
  %p12 = getelementptr i64, ptr addrspace(1) %out, i64 %q12
  store i64 12, ptr addrspace(1) %p12, align 8
  br label %a3

a2:
  %triple = mul i64 %v, 3
  br label %a3

a3:
  %u = phi i64 [ %v, %a1 ], [ %triple, %a2 ]
  %sum = add i64 %v, %u
  %bit = and i64 %sum, 8
  %set = icmp ne i64 %bit, 0
  br i1 %set, label %a4, label %end

a4:
  %p87 = getelementptr i64, ptr addrspace(1) %out, i64 %i
  store i64 87, ptr addrspace(1) %p87, align 8
  br label %end

b:
  %two = and i64 %v, 2
  %odd = icmp ne i64 %two, 0
  br i1 %odd, label %b1, label %b2

b1:
  %p44 = getelementptr i64, ptr addrspace(1) %out, i64 %i
  store i64 44, ptr addrspace(1) %p44, align 8
  br label %b2

b2:
  %q22 = add i64 %n, %i
  %p22 = getelementptr i64, ptr addrspace(1) %out, i64 %q22
  store i64 22, ptr addrspace(1) %p22, align 8
  br label %end

end:
  ret void
}
"""
#: a loop, whose count is the same for all, in a branch by a value that is the same for all
UNIFORM = """\
target triple = "spirv64-unknown-unknown"
declare spir_func i64 @_Z13get_global_idj(i32)
define spir_kernel void @k(ptr addrspace(1) %x, i64 %v) {
entry:
  %i = tail call spir_func i64 @_Z13get_global_idj(i32 0)
  %test = icmp ult i64 %v, 9
  br i1 %test, label %loop, label %meet

loop:
  %n = phi i64 [ 0, %entry ], [ %next, %loop ]
  %next = add i64 %n, 1
  %px = getelementptr i64, ptr addrspace(1) %x, i64 %i
  store i64 %n, ptr addrspace(1) %px, align 8
  %more = icmp ult i64 %next, %v
  br i1 %more, label %loop, label %meet

meet:
  %p = phi i64 [ 100, %entry ], [ 200, %loop ]
  %q = getelementptr i64, ptr addrspace(1) %x, i64 %p
  store i64 %i, ptr addrspace(1) %q, align 8
  ret void
}
"""


def test_one_of_the_values_differs_between_work_items():
    text = diversified(MEETING)
    assert re.findall(r"%p = phi .*", text) == ["%p = phi i64 [ %xpu.own.p, %a2 ], [ 200, %b3 ]"]
    assert "  %xpu.own.p = select i1 %xpu.never, i64 zeroinitializer, i64 100\n  br label %meet" in text
    assert text.count("select") == 1  # %w differs by itself
    assert text.count("declare") == 2


def test_one_of_two_ways_that_end_alike_leads_to_the_other():
    text = diversified(ALIKE)
    assert re.findall(r"  store i64 (\d+), .*\n  br i1 %xpu.never, label (%\w+), label (%\w+)", text) == [
        ("22", "%a", "%end")
    ]
    assert text.count("%xpu.never, label") == 1


def test_ways_by_blocks_that_do_nothing_end_alike_too():
    text = ALIKE.replace(
        "align 8\n  br label %end\n\nend:\n", "align 8\n  br label %c\n\nc:\n  br label %end\n\nend:\n"
    )
    assert "\nc:\n" in text
    assert "  br i1 %xpu.never, label %a, label %c\n" in diversified(text)


#: Two loops end where their stores could move behind; no block stands there yet.
LOOPS = """\
target triple = "spirv64-unknown-unknown"
declare spir_func i64 @_Z13get_global_idj(i32)
define spir_kernel void @k(ptr addrspace(1) %x, ptr addrspace(1) %out, ptr addrspace(1) %other, i64 %v) {
entry:
  %i = tail call spir_func i64 @_Z13get_global_idj(i32 0)
  %px = getelementptr i64, ptr addrspace(1) %x, i64 %i
  %value = load i64, ptr addrspace(1) %px, align 8
  %high = icmp ugt i64 %value, 7
  br i1 %high, label %a, label %b

a:
  %m = phi i64 [ 0, %entry ], [ %m1, %a ]
  %pout = getelementptr i64, ptr addrspace(1) %out, i64 %i
  store i64 %m, ptr addrspace(1) %pout, align 8
  %m1 = add i64 %m, 1
  %again = icmp ult i64 %m1, %v
  br i1 %again, label %a, label %end

b:
  %n = phi i64 [ 9, %entry ], [ %n1, %b ]
  %pother = getelementptr i64, ptr addrspace(1) %other, i64 %i
  store i64 %n, ptr addrspace(1) %pother, align 8
  %n1 = add i64 %n, 1
  %more = icmp ult i64 %n1, %v
  br i1 %more, label %b, label %end

end:
  %p = phi i64 [ %m1, %a ], [ %value, %b ]
  %pboth = getelementptr i64, ptr addrspace(1) %px, i64 64
  store i64 %p, ptr addrspace(1) %pboth, align 8
  ret void
}
"""


def test_ways_with_loops_stay_as_they_are():
    assert "br i1 %xpu.never" not in diversified(LOOPS)


@pytest.mark.parametrize(
    ("what", "instead"),
    [
        ("%high = and i64 %value, 8", "%high = and i64 %v, 8"),  # all work-items go the same way
        ("store i64 (44|22), ptr addrspace\\(1\\)", "%z\\1 = load i64, ptr addrspace(1)"),  # nothing is alike
    ],
)
def test_other_ways_stay_as_they_are(what, instead):
    text = re.sub(what, instead, ALIKE) if "(" in what else ALIKE.replace(what, instead)
    assert text != ALIKE
    assert diversified(text) == text


def test_the_phis_where_a_way_leads_besides():
    """They have to name each block that leads to theirs."""
    text = ALIKE.replace("a:\n", "a:\n  %w = phi i64 [ 7, %entry ]\n")
    text = diversified(text)
    assert "%w = phi i64 [ 7, %entry ], [ poison, %b2 ]" in text
    assert emit(text, "spirv64-unknown-unknown", binary=False, options=["--spirv-ext=all"])


def test_values_that_are_the_same_for_all_stay_so():
    assert diversified(UNIFORM) == UNIFORM
    assert diversified(UNIFORM.replace("ult i64 %v, 9", "ult i64 %i, 9")).count("select") == 1


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [("i64", "100", "200"), ("float", "0.000000e+00", "1.000000e+00"), ("half", "0xH3C00", "0xH0000"),
     ("ptr addrspace(1)", "%x", "%other"), ("i1", "false", "true"), ("i8", "0", "%v8")],
)  # fmt: skip
def test_every_type_of_values_can_be_emitted(kind, one, other):
    text = MEETING.replace("phi i64 [ 100, %a2 ], [ 200", f"phi {kind} [ {one}, %a2 ], [ {other}")
    text = text.replace("store i64 %p,", f"store {kind} %p,").replace(
        "entry:\n", "entry:\n  %v8 = trunc i64 %v to i8\n"
    )
    changed = diversified(text)
    assert changed.count("select") == 1
    assert b"OpSelect" in emit(changed, "spirv64-unknown-unknown", binary=False, options=["--spirv-ext=all"])


def test_stores_to_two_arrays_in_different_branches(device):
    """LLVM makes one store of them, through a phi of pointers."""

    @xp.kernel
    def kernel(item, v, x, b, o, u):
        i = item.get_id(0)
        if x[i] > 2:
            o[1, i] = i if b[0, i] > 0 else 255 // i
        elif i > v // 1.5:
            u[i] = 32

    n, v = 50, 6
    x = np.random.default_rng(0).integers(0, 5, n).astype(np.int32)
    x[0] = 0
    b = np.random.default_rng(1).integers(-3, 4, (2, n)).astype(np.int32)
    o, u = xp.zeros((2, n), dtype=xp.int64), xp.zeros(n, dtype=xp.uint64)
    xp.call_kernel(kernel, xp.Range(n), v, xp.asarray(x), xp.asarray(b), o, u)
    i = np.arange(n)
    expected = np.where(x > 2, np.where(b[0] > 0, i, 255 // np.maximum(i, 1)), 0)
    assert xp.asnumpy(o)[1].tolist() == expected.tolist()
    assert not xp.asnumpy(o)[0].any()
    assert xp.asnumpy(u).tolist() == np.where((x <= 2) & (i > v // 1.5), 32, 0).tolist()


def test_variables_set_in_different_branches(device):
    @xp.kernel
    def kernel(item, v, x, other, out):
        i = item.get_id(0)
        t = 0
        if x[i] > 9:
            other[i] = 255 // x[i] if x[i] % 2 else x[i]
            t = 100
        else:
            if x[i] <= v // 1.5:
                return
            t = 200
        out[i] = t

    x = np.arange(64) % 16
    other, out = xp.zeros((2, 64), dtype=xp.int64)
    xp.call_kernel(kernel, xp.Range(64), 8, xp.asarray(x), other, out)
    assert xp.asnumpy(out).tolist() == np.where(x > 9, 100, np.where(x > 5, 200, 0)).tolist()
    large = np.where(x % 2, 255 // np.maximum(x, 1), x)
    assert xp.asnumpy(other).tolist() == np.where(x > 9, large, 0).tolist()


def test_branches_that_compare_the_id_itself(device):
    """There it is known that the id is not below 0, so that is no condition of which nothing is known."""

    @xp.kernel
    def kernel(item, v, x, other, out):
        i = item.get_id(0)
        if i > 10:
            other[0, i] = i if (i | x[(i % 23) - 23]) > 100.0 else 255 // i
            out[2, i - out.shape[1]] = 7
        elif i != v % 1.5:
            out[2, i - out.shape[1]] = 100

    if not device.info.fp64:
        pytest.skip("it computes in float64")
    x, v = np.arange(23, dtype=np.int8) % 7, 8
    other, out = xp.zeros((3, 64), dtype=xp.uint8), xp.zeros((3, 64), dtype=xp.int16)
    xp.call_kernel(kernel, xp.Range(64), v, xp.asarray(x), other, out)
    i = np.arange(64)
    assert xp.asnumpy(out)[2].tolist() == np.where(i > 10, 7, np.where(i != v % 1.5, 100, 0)).tolist()
