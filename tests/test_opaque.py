"""compiler/targets/opaque.py: signs behind barriers, and 0 / 0."""

from __future__ import annotations

import re

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.compiler.targets.opaque import obscured
from xpuarray.conformance.suite import has
from xpuarray.lang import NdRange, group_barrier

#: What is negated before a barrier is stored behind it.
KEPT = """\
target triple = "spirv64-unknown-unknown"
declare spir_func i64 @_Z13get_global_idj(i32)
declare spir_func void @_Z7barrierj(i32)
define spir_kernel void @k(ptr addrspace(1) %out, double %z) {
entry:
  %i = tail call spir_func i64 @_Z13get_global_idj(i32 0)
  %f = sitofp i64 %i to double
  %v = fmul double %f, %z
  %w = fneg double %v
  tail call spir_func void @_Z7barrierj(i32 3)
  %p = getelementptr double, ptr addrspace(1) %out, i64 %i
  store double %w, ptr addrspace(1) %p, align 8
  ret void
}
"""
#: (0 / x) * 0.25
DIVIDED = """\
target triple = "spirv64-unknown-unknown"
declare spir_func i64 @_Z13get_global_idj(i32)
define spir_kernel void @k(ptr addrspace(1) %out, double %z) {
entry:
  %i = tail call spir_func i64 @_Z13get_global_idj(i32 0)
  %v = uitofp i64 %i to double
  %q = fdiv double 0.000000e+00, %v
  %w = fmul double %q, 2.500000e-01
  %p = getelementptr double, ptr addrspace(1) %out, i64 %i
  store double %w, ptr addrspace(1) %p, align 8
  ret void
}
"""


@xp.kernel
def negated(nd, z, x, out):
    i = nd.get_global_id(0)
    v = x[i] * z
    once, twice, chosen = -v, -(v * v), v
    if v <= z * 2:
        chosen = -v
    group_barrier(nd.get_group())
    out[0, i] = once
    out[1, i] = twice
    out[2, i] = chosen
    out[3, i] = -v


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_signs_behind_a_barrier(dtype: str, device: xp.Device):
    if not has(device, dtype):
        pytest.skip(f"{device} has no {dtype}")
    v = np.arange(64, dtype=dtype) / 4
    x, out = xp.asarray(v, device=device), xp.zeros((4, 64), dtype=dtype, device=device)
    xp.call_kernel(negated, NdRange((64,), (32,)), np.dtype(dtype).type(1), x, out)
    assert xp.asnumpy(out).tolist() == np.stack([-v, -(v * v), np.where(v <= 2, -v, v), -v]).tolist()


def test_only_modules_with_barriers_are_changed():
    assert obscured(KEPT.replace("barrier", "floor")) == KEPT.replace("barrier", "floor")
    changed = obscured(KEPT)
    assert "fneg" not in changed
    assert re.search(r"%w = bitcast i64 %\S+ to double", changed)
    assert obscured(changed) == changed


@xp.kernel
def divided(item, x, out):
    i = item.get_id(0)
    out[0, i] = 0.25 * (0.0 / x[i])
    out[1, i] = 3 * (0.0 // x[i])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_zeros_that_are_divided(dtype: str, device: xp.Device):
    if not has(device, dtype):
        pytest.skip(f"{device} has no {dtype}")
    x, out = xp.asarray(np.arange(4, dtype=dtype), device=device), xp.ones((2, 4), dtype=dtype, device=device)
    xp.call_kernel(divided, xp.Range(4), x, out)
    np.testing.assert_array_equal(xp.asnumpy(out), [[np.nan, 0, 0, 0]] * 2)


def test_divided_zeros_are_no_constants():
    assert "fdiv double %xpu.zero.double, %v" in obscured(DIVIDED)
