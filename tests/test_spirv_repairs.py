"""compiler/targets/spirv_repairs.py: what LLVM's SPIR-V backend gets wrong, and that it is right after the repair.

The tests of the unrepaired text fail once LLVM has mended its fault: then that repair can go.
"""

from __future__ import annotations

import numpy as np
import pytest
from bounds import assert_close

import xpuarray as xp
from xpuarray.compiler.emission_client import emit
from xpuarray.compiler.targets.contraction import contracted
from xpuarray.compiler.targets.spirv_repairs import REFUSED, repaired

MODULE = """
target triple = "spirv64-unknown-unknown"
define spir_kernel void @k(ptr addrspace(1) %p, ptr addrspace(3) %q, ptr addrspace(1) %x) {
entry:
  %a = load atomic i64, ptr addrspace(1) %p syncscope("device") acquire, align 8
  %b = load atomic i32, ptr addrspace(3) %q syncscope("workgroup") monotonic, align 4
  store atomic i64 %a, ptr addrspace(1) %p release, align 8
  fence syncscope("device") acq_rel
  store atomic i32 %b, ptr addrspace(3) %q syncscope("workgroup") monotonic, align 4
  ret void
}
"""
LDEXP = """
target triple = "spirv64-unknown-unknown"
define spir_kernel void @k(ptr addrspace(1) %x, i32 %n) {
entry:
  %a = load double, ptr addrspace(1) %x, align 8
  %b = call double @llvm.ldexp.f64.i32(double %a, i32 %n)
  %c = tail call double @llvm.exp10.f64(double %b)
  store double %c, ptr addrspace(1) %x, align 8
  ret void
}
declare double @llvm.ldexp.f64.i32(double, i32) #0
declare double @llvm.exp10.f64(double)
"""


def emitted(text: str) -> list[str]:
    """SPIR-V instructions of a module, without the numbers of results."""
    code = emit(text, "spirv64-unknown-unknown", binary=False, options=["--spirv-ext=all"])
    return [line.split("=")[-1].strip() for line in code.decode().splitlines()]


def names(text: str) -> list[str]:
    return [line.split(" ")[0] for line in emitted(text)]


def test_atomic_loads_and_stores():
    found = names(repaired(MODULE))
    assert [n for n in found if n.startswith(("OpAtomic", "OpMemoryBarrier"))] == [
        "OpAtomicLoad", "OpAtomicLoad", "OpAtomicStore", "OpMemoryBarrier", "OpAtomicStore",
    ]  # fmt: skip
    assert not {"OpLoad", "OpStore"} & set(found)


def test_unrepaired_atomic_loads_and_stores():
    found = names(MODULE)
    assert "OpAtomicLoad" not in found
    assert "OpAtomicStore" not in found
    assert {"OpLoad", "OpStore"} <= set(found)


def test_scopes_and_orders():
    text = repaired(MODULE)
    calls = [line.split("(", 1)[1] for line in text.splitlines() if "call spir_func" in line and "__spirv_" in line]
    assert [c.rstrip(")") for c in calls] == [
        f"ptr addrspace(1) %p, i32 1, i32 {0x202}",
        f"ptr addrspace(3) %q, i32 2, i32 {0x100}",
        f"ptr addrspace(1) %p, i32 0, i32 {0x204}, i64 %a",
        f"i32 1, i32 {0x308}",
        f"ptr addrspace(3) %q, i32 2, i32 {0x100}, i32 %b",
    ]


def test_intrinsics_with_opencl_functions():
    found = emitted(repaired(LDEXP))
    assert [line.split(" ")[3] for line in found if line.startswith("OpExtInst ")] == ["ldexp", "exp10"]


#: intrinsic -> its type, as LLVM writes it
ABORTING = {
    "ldexp.f64.i32": "double (double, i32)",
    "exp10.f32": "float (float)",
    "canonicalize.f64": "double (double)",
    "minimumnum.f64": "double (double, double)",
    "maximumnum.f32": "float (float, float)",
    "sincos.f64": "{double, double} (double)",
    "lrint.i64.f64": "i64 (double)",
    "llrint.i64.f32": "i64 (float)",
    "ushl.sat.i64": "i64 (i64, i64)",
    "sshl.sat.i32": "i32 (i32, i32)",
    "sadd.with.overflow.i64": "{i64, i1} (i64, i64)",
    "ssub.with.overflow.i32": "{i32, i1} (i32, i32)",
}


@pytest.mark.parametrize("name", ABORTING)
def test_unrepaired_intrinsics(name: str):
    """Each ends the process that LLVM runs in."""
    result, _, arguments = ABORTING[name].partition(" (")
    types = arguments.rstrip(")").split(", ")
    given = ", ".join(f"{t} %a{k}" for k, t in enumerate(types))
    scalar, value = result, "%r"
    take_apart = ""
    if result.startswith("{"):
        scalar, value = result[1:].partition(",")[0], "%e"
        take_apart = f"%e = extractvalue {result} %r, 0"
    text = f"""
        target triple = "spirv64-unknown-unknown"
        define spir_kernel void @k(ptr addrspace(1) %p, {given}) {{
          %r = call {result} @llvm.{name}({given})
          {take_apart}
          store {scalar} {value}, ptr addrspace(1) %p
          ret void
        }}
        declare {result} @llvm.{name}({", ".join(types)})
    """
    with pytest.raises(xp.KernelCompileError, match="LLVM ERROR"):
        emit(text, "spirv64-unknown-unknown", binary=True, options=["--spirv-ext=all"])


def test_every_such_intrinsic_is_repaired_or_refused():
    known = {f"llvm.{name}" for name in ABORTING}
    refused = {name for name in known if name.startswith(REFUSED)}
    assert {n for n in known - refused if n in repaired(f"declare double @{n}(double)")} == set()
    # LLVM emits products that may overflow, and Intel's compiler refuses them.
    assert {r for r in REFUSED if not any(n.startswith(r) for n in refused)} == {
        "llvm.smul.with.overflow.", "llvm.umul.with.overflow.",
    }  # fmt: skip


@pytest.mark.needs_device("opencl:cpu")
def test_powers_of_two_and_ten():
    @xp.kernel
    def powers(item, n, out):
        i = item.get_id(0)
        out[i] = 2.0 ** float(n[i]) + 10.0 ** float(n[i])

    n = xp.arange(9, dtype=xp.int32, device="opencl:cpu")
    out = xp.zeros(9, dtype=xp.float64, device="opencl:cpu")
    xp.call_kernel(powers, xp.Range(9), n, out)
    assert xp.asnumpy(out).tolist() == [2.0**k + 10.0**k for k in range(9)]
    assert "llvm.ldexp" in next(iter(powers.inspect_llvm().values()))  # else nothing was tested


@pytest.mark.needs_device("opencl:cpu")
def test_updates_that_change_nothing_are_atomic_loads():
    @xp.kernel
    def look(item, x, out):
        out[item.get_id(0)] = xp.AtomicRef(x, 0).fetch_or(0)

    x, out = xp.asarray(np.array([7]), device="opencl:cpu"), xp.zeros(2, dtype=xp.int64, device="opencl:cpu")
    xp.call_kernel(look, xp.Range(2), x, out)
    assert xp.asnumpy(out).tolist() == [7, 7]
    (text,) = look.inspect_asm().values()
    assert "OpAtomicLoad" in text or "OpAtomicOr" in text


EXTREMES = """
target triple = "spirv64-unknown-unknown"
define spir_kernel void @k(ptr addrspace(1) %x, i64 %a, i64 %b) {
entry:
  %0 = tail call i64 @llvm.umin.i64(i64 %a, i64 %b)
  %least = call range(i64 0, 9) i64 @llvm.smin.i64(i64 %0, i64 -3), !range !0
  %most = tail call noundef i64 @llvm.umax.i64(i64 noundef %least, i64 5) #0
  store i64 %most, ptr addrspace(1) %x, align 8
  ret void
}
declare i64 @llvm.umin.i64(i64, i64)
declare i64 @llvm.smin.i64(i64, i64)
declare i64 @llvm.umax.i64(i64, i64)
attributes #0 = { nounwind }
!0 = !{i64 0, i64 9}
"""


SIGNED_BIT = """
target triple = "spirv64-unknown-unknown"
define spir_kernel void @k(ptr addrspace(1) %x, i32 %n) {
entry:
  %a = icmp sgt i32 %n, 3
  %b = sitofp i1 %a to float
  store float %b, ptr addrspace(1) %x, align 4
  ret void
}
"""


def test_a_signed_bit_as_a_float():
    """Unrepaired it is a number of 1 or 0 that is converted."""
    assert "OpConvertSToF" in names(SIGNED_BIT)
    assert "OpConvertSToF" not in names(repaired(SIGNED_BIT))
    assert any(line.startswith("OpConstant ") and line.endswith(" -1") for line in emitted(repaired(SIGNED_BIT)))


def test_the_lesser_of_two_is_selected():
    assert names(repaired(EXTREMES)).count("OpSelect") == 3
    assert "OpExtInst" not in names(repaired(EXTREMES))
    assert names(EXTREMES).count("OpExtInst") == 3


JOINED = """
target triple = "spirv64-unknown-unknown"
define spir_kernel void @k(ptr addrspace(1) %x, float %a, float %b, float %c) {
entry:
  %0 = fmul contract float %a, %b
  %1 = fadd contract float %0, %c
  %2 = fmul fast float %1, %b
  %3 = fsub fast float %c, %2
  %4 = fmul contract float %3, %b
  %5 = fsub contract float %4, 1.000000e+00
  %6 = fmul float %5, %b
  %7 = fadd contract float %6, %c
  %8 = fmul contract float %7, %b
  %9 = fadd float %8, %c
  %10 = fmul contract float %9, %b
  %11 = fadd contract float %10, %10
  store float %11, ptr addrspace(1) %x, align 4
  ret void
}
"""


def test_products_are_joined_to_sums_where_both_allow_it():
    text = contracted(JOINED)
    calls = [line.strip() for line in text.splitlines() if "@_Z3fmafff" in line]
    assert calls == [
        "%1 = call spir_func float @_Z3fmafff(float %a, float %b, float %c)",
        "%3 = call spir_func float @_Z3fmafff(float %xpu.negative.3, float %b, float %c)",
        "%5 = call spir_func float @_Z3fmafff(float %3, float %b, float %xpu.negative.5)",
        "declare spir_func float @_Z3fmafff(float, float, float)",
    ]
    assert names(text).count("OpExtInst") == 3
    assert contracted(MODULE) is MODULE


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_joined_products_are_rounded_once(device, dtype):
    @xp.kernel(fastmath={"contract"})
    def kernel(item, x, y, out):
        i = item.get_id(0)
        out[0, i] = x[i] * y[i] + out[0, i]
        out[1, i] = out[1, i] - x[i] * y[i]
        out[2, i] = x[i] * y[i] - out[2, i]

    if dtype == np.float64 and not device.info.fp64:
        pytest.skip(f"{device} has no float64")
    x, y = np.random.default_rng(0).random((2, 100)).astype(dtype)
    before = np.stack([-x * y] * 3)
    out = xp.asarray(before)
    xp.call_kernel(kernel, xp.Range(100), xp.asarray(x), xp.asarray(y), out)
    exact = x.astype(np.longdouble) * y
    # Separately rounded, the differences would be 0.
    expected = np.stack([exact + before[0], before[1] - exact, exact - before[2]])
    bound = np.spacing(np.abs(np.stack([exact] * 3).astype(dtype)))
    assert_close(out, expected, dtype, 0.5, bound, signs=False)
    if device.info.backend == "opencl":
        assert np.count_nonzero(xp.asnumpy(out)[0]) > 50


@pytest.mark.parametrize("fastmath", ["fused", {"contract", "exact"}, 3])
def test_unknown_flags_are_refused(fastmath):
    with pytest.raises((ValueError, TypeError)):
        xp.kernel(fastmath=fastmath)(lambda item: None)


SHIFTED = """\
target triple = "spirv64-unknown-unknown"
declare spir_func i64 @_Z13get_global_idj(i32)
define spir_kernel void @k(ptr addrspace(1) %out, i64 %n) {
entry:
  %i = tail call spir_func i64 @_Z13get_global_idj(i32 0)
  %shifted = shl nuw i64 %n, %i
  %cut = shl i64 %shifted, 32
  %extended = ashr exact i64 %cut, 32
  %place = getelementptr i64, ptr addrspace(1) %out, i64 %i
  store i64 %extended, ptr addrspace(1) %place, align 8
  ret void
}
"""


def test_what_is_shifted_by_a_constant_stays_as_it_is():
    text = repaired(SHIFTED)
    assert "%cut = shl i64 %shifted, 32\n" in text and "shl nuw i64 %n, %i" not in text


@pytest.mark.parametrize("kind", [np.int8, np.uint16, np.int32, np.int64])
@pytest.mark.parametrize("group", [None, 32])
def test_numbers_shifted_by_ids(device, kind, group):
    def id_of(item):
        return item.get_id(0)

    def id_in_groups(item):
        return item.get_global_id(0)

    own = id_in_groups if group else id_of

    @xp.kernel
    def shifted(item, n, out):
        i = own(item)
        out[i, 0] = kind(n << i)
        out[i, 1] = kind((n << (i + 1)) >> i) + kind(1 << (62 - i // 2))

    space, i = xp.Range(64) if group is None else xp.NdRange((64,), (group,)), np.arange(64)
    for n in (3, -77777777777):
        out = xp.zeros((64, 2), dtype=xp.int64, device=device)
        xp.call_kernel(shifted, space, n, out)
        back = np.where(i < 63, np.left_shift(n, np.minimum(i + 1, 63)), 0) >> i
        both = back.astype(kind).astype(np.int64) + np.left_shift(1, 62 - i // 2).astype(kind).astype(np.int64)
        np.testing.assert_array_equal(xp.asnumpy(out), np.stack([np.left_shift(n, i).astype(kind), both], axis=1))
