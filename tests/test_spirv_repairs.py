"""compiler/spirv_repairs.py: what LLVM's SPIR-V backend gets wrong, and that it comes out right after the repair.

The tests of the unrepaired text fail once LLVM has mended its fault: then that repair can go.
"""

from __future__ import annotations

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.compiler import emission
from xpuarray.compiler.spirv_repairs import REFUSED, repaired

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
    code = emission.emit(text, "spirv64-unknown-unknown", binary=False, option="--spirv-ext=all")
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
        emission.emit(text, "spirv64-unknown-unknown", binary=True, option="--spirv-ext=all")


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
