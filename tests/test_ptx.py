"""PTX without a GPU: NVIDIA's assembler accepts what the compiler makes, and it is precise.

`ptxas` and libdevice come with the extra `test` on Linux x86-64 (nvidia-cuda-nvcc, nvidia-nvvm).
"""

from __future__ import annotations

import importlib.util
import math
import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import numpy as np
import pytest
from test_kernel_library import LAUNCHES, Launch
from xpuarray.kernels import reduce

import xpuarray as xp
from xpuarray.backends.cuda.launch import Local, cover, parameters, place_local
from xpuarray.backends.cuda.runtime import CudaRuntime
from xpuarray.backends.info import DeviceInfo
from xpuarray.compiler.targets import libdevice, ptx
from xpuarray.errors import KernelCompileError, KernelRangeError
from xpuarray.functions.elementwise import ROWS
from xpuarray.functions.rows import DOMAINS, Row
from xpuarray.fusion.expression import Operation, Program
from xpuarray.fusion.generate import elementwise_kernel
from xpuarray.fusion.rows import reduce_rows
from xpuarray.lang.types import ArrayType, KernelType, LocalType, Space, TupleType

ARCHITECTURES = ["sm_75", "sm_80", "sm_90", "sm_100", "sm_120"]
RANGE = Space(1)
SINGLE = ArrayType("float32", 1, "C")


@pytest.fixture(scope="session")
def ptxas() -> str:
    """NVIDIA's PTX assembler."""
    spec = importlib.util.find_spec("nvidia")
    wheels = [Path(p) for p in (spec.submodule_search_locations or ())] if spec else []
    found = shutil.which("ptxas") or next((str(p) for w in wheels for p in w.glob("*/bin/ptxas")), None)
    if found is None:
        missing = "ptxas is not installed: pip install nvidia-cuda-nvcc"
        if os.environ.get("CI") and sys.platform == "linux":
            pytest.fail(missing)
        pytest.skip(missing)
    return found


def emit(
    kernel: Any,
    *types: KernelType,
    space: Space = RANGE,
    architecture: str = "sm_90",
) -> str:
    """The PTX of a kernel."""
    info = DeviceInfo("cuda", "gpu", 0, "a GPU that is not here", architecture=architecture)
    return ptx.compile_kernel(kernel, space, types, info).binary.decode()


def assemble(ptxas: str, text: str, folder: Path) -> None:
    """Fail with the assembler's message if it does not accept the module."""
    (architecture,) = re.findall(r"^\.target (\w+)", text, re.MULTILINE)
    source = folder / "kernel.ptx"
    source.write_text(text)
    done = subprocess.run(
        [ptxas, f"-arch={architecture}", str(source), "-o", str(folder / "kernel.cubin")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\n{text}"


def instructions(text: str) -> set[str]:
    """The instructions, without their operands."""
    return set(re.findall(r"^\s+(?:@!?%p\d+ )?([a-z][\w.]+)\s", text, re.MULTILINE))


# -- the assembler accepts everything -----------------------------------------------------------


@pytest.mark.parametrize("row", ROWS.values(), ids=lambda row: row.name)
def test_elementwise_kernels_assemble(row: Row, ptxas: str, tmp_path: Path) -> None:
    for dtype in ("float32", "float64", "int64", "uint8"):
        kind = np.dtype(dtype).kind
        function = row.integer if row.integer and kind in "iu" else row.kernel
        if function is None or kind not in DOMAINS[row.domain] or (row.domain.endswith("float") and kind != "f"):
            continue
        result = dtype if row.result in ("same", "real") else row.result
        program = one_step(row.name, function, (dtype,) * row.operands, result)
        kernel = elementwise_kernel(program, ("0",) * (row.operands + 1), 1)
        arrays = [ArrayType(d, 1, "C") for d in (*[dtype] * row.operands, result)]
        assemble(ptxas, emit(kernel, *arrays), tmp_path)


def one_step(name: str, function: Any, compute: tuple[str, ...], result: str) -> Program:
    step = Operation(name, function, compute, np.dtype(result), lambda device, operands: None)  # type: ignore
    return Program(compute, ((step, tuple(f"v{k}" for k in range(len(compute)))),), ("t0",))


@pytest.mark.parametrize(
    "dtype, chunk, load", [("float32", 4, "v4.b32"), ("float64", 2, "v2.b64"), ("int8", 8, "v2.b32")]
)
def test_chunks_are_read_and_written_at_once(dtype: str, chunk: int, load: str, ptxas: str, tmp_path: Path) -> None:
    kernel = elementwise_kernel(one_step("plus", lambda x, y: x + y, (dtype,) * 2, dtype), ("0",) * 3, 1, chunk)
    text = emit(kernel, *[ArrayType(dtype, 1, "W")] * 3, "uint64")
    assemble(ptxas, text, tmp_path)
    assert text.count(f"ld.global.{load}") == 2
    assert text.count(f"st.global.{load}") == 1


@pytest.mark.parametrize(
    "dtype, accumulate, chunk, load",
    [("float32", "float64", 4, "v4.b32"), ("int64", "int64", 2, "v2.b64"), ("bool", "bool", 8, "v2.b32")],
)
def test_rows_are_read_by_chunks(
    dtype: str, accumulate: str, chunk: int, load: str, ptxas: str, tmp_path: Path
) -> None:
    """Two under way, and one in the rest of the loop; sub-groups exchange what they have by shuffles."""
    program, start = Program((dtype,), (), ("v0",)), np.dtype(accumulate).type(0)
    combine = reduce.logical_or if dtype == "bool" else reduce.add
    kernel = reduce_rows(program, ("01",), chunk, accumulate, combine, start, 256, 1 if dtype == "bool" else 32)
    arrays = ArrayType(accumulate, 1, "C"), LocalType(accumulate, 1)
    text = emit(kernel, TupleType((ArrayType(dtype, 1, "W"),)), *["uint64"] * 3, *arrays, space=Space(1, True))
    assemble(ptxas, text, tmp_path)
    assert text.count(f"ld.global.{load}") >= 3
    assert ("shfl.sync" in text) == (dtype != "bool")


@pytest.mark.parametrize("launch", LAUNCHES.values(), ids=LAUNCHES)
def test_the_kernel_library_assembles(launch: Launch, ptxas: str, tmp_path: Path) -> None:
    text = emit(launch.kernel, *launch.types, space=launch.space.space)
    assemble(ptxas, text, tmp_path)
    used = " ".join(instructions(text))
    assert ".f64" not in used, "doubles are slow on many GPUs"
    assert ".local" not in used, "private arrays belong in registers"
    if launch.kernel.fastmath:
        assert "fma.rn.f32" in used and "div.approx" not in used and "sqrt.approx" not in used


@xp.kernel
def every_function(item, x, out):
    i = item.get_id(0)
    a, b = x[i], x[i + 1]
    s = math.acos(a) + math.acosh(a) + math.asin(a) + math.asinh(a) + math.atan(a) + math.atan2(a, b) + math.atanh(a)
    s += math.ceil(a) + math.copysign(a, b) + math.cos(a) + math.cosh(a) + math.degrees(a) + math.erf(a) + math.erfc(a)
    s += math.exp(a) + math.expm1(a) + math.fabs(a) + math.floor(a) + math.gamma(a) + math.hypot(a, b)
    s += math.lgamma(a) + math.log(a) + math.log10(a) + math.log1p(a) + math.log2(a) + math.pow(a, b) + math.radians(a)
    s += math.sin(a) + math.sinh(a) + math.sqrt(a) + math.tan(a) + math.tanh(a) + math.trunc(a)
    s += math.ldexp(a, 3) + math.isnan(a) + math.isinf(a) + math.isfinite(a)
    out[i] = s


@xp.kernel
def every_ufunc(item, x, out):
    i = item.get_id(0)
    a, b = x[i], x[i + 1]
    s = np.arccos(a) + np.arccosh(a) + np.arcsin(a) + np.arcsinh(a) + np.arctan(a) + np.arctan2(a, b) + np.arctanh(a)
    s += np.cbrt(a) + np.ceil(a) + np.copysign(a, b) + np.cos(a) + np.cosh(a) + np.deg2rad(a) + np.exp(a) + np.exp2(a)
    s += np.expm1(a) + np.fabs(a) + np.floor(a) + np.fmax(a, b) + np.fmin(a, b) + np.fmod(a, b) + np.hypot(a, b)
    s += np.log(a) + np.log10(a) + np.log1p(a) + np.log2(a) + np.logaddexp(a, b) + np.logaddexp2(a, b)
    s += np.maximum(a, b) + np.minimum(a, b) + np.nextafter(a, b) + np.power(a, b) + np.remainder(a, b) + np.rint(a)
    s += np.sin(a) + np.sinh(a) + np.spacing(a) + np.sqrt(a) + np.square(a) + np.tan(a) + np.tanh(a) + np.trunc(a)
    s += np.floor_divide(a, b) + np.sign(a) + np.reciprocal(a) + np.signbit(a)
    out[i] = s


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kernel", [every_function, every_ufunc], ids=lambda k: k.__name__)
def test_all_math_functions_assemble(kernel: xp.Kernel, dtype: str, ptxas: str, tmp_path: Path) -> None:
    array = ArrayType(dtype, 1, "C")
    text = emit(kernel, array, array)
    assemble(ptxas, text, tmp_path)
    assert not [i for i in instructions(text) if i.startswith("sqrt.approx")]


@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize("layout", ["C", "A"])
def test_ranges_of_every_dimension_assemble(ndim: int, layout: str, ptxas: str, tmp_path: Path) -> None:
    program = one_step("plus", lambda x, y: x + y, ("float32",) * 2, "float32")
    element = "012"[:ndim]
    kernel = elementwise_kernel(program, (element, "scalar", element), ndim)
    array = ArrayType("float32", ndim, layout)
    text = emit(kernel, array, "float32", array, space=Space(ndim))
    assemble(ptxas, text, tmp_path)
    (parameters,) = re.findall(r"\.entry \w+\((.*?)\)", text, re.DOTALL)
    own = 2 * (1 + ndim * (1 + (layout == "A"))) + 1
    hidden = ndim + (ndim - 1)
    assert parameters.count(".param") == own + hidden, "the range's extents and a thread's rows follow the kernel's own"


@xp.kernel
def in_groups(nd_item, x, out, local):
    i = nd_item.get_global_id(0)
    k = nd_item.get_local_id(0)
    group = nd_item.get_group()
    sub_group = nd_item.get_sub_group()
    local[k] = x[i]
    xp.group_barrier(group)
    value = local[nd_item.get_local_range(0) - k - k // k]
    value += xp.group_reduce(group, value, "add") + xp.group_scan(group, value, "max")
    value += xp.group_reduce(sub_group, value, "min") + xp.group_scan(sub_group, value, "add")
    xp.group_barrier(sub_group)
    value += xp.broadcast(group, value, 3) + xp.shuffle(sub_group, value, 5)
    if xp.group_any(group, value > x[0]) and xp.group_all(sub_group, value > x[1]):
        print(i, value)
    out[i] = value


@xp.kernel
def with_atomics(item, total, x):
    i = item.get_id(0)
    xp.AtomicRef(total, 0).fetch_add(x[i])
    xp.AtomicRef(total, 1).fetch_min(x[i])
    xp.AtomicRef(total, 2).fetch_max(x[i])
    xp.AtomicRef(total, 3, xp.MemoryOrder.ACQ_REL, xp.MemoryScope.DEVICE).fetch_sub(x[i])
    xp.AtomicRef(total, 4, xp.MemoryOrder.SEQ_CST, xp.MemoryScope.SYSTEM).exchange(x[i])
    xp.AtomicRef(total, 5, xp.MemoryOrder.RELEASE, xp.MemoryScope.WORK_GROUP).store(x[i])
    expected = xp.PrivateArray(1, total.dtype)
    expected[0] = x[i]
    xp.AtomicRef(total, 6, xp.MemoryOrder.ACQUIRE, xp.MemoryScope.SUB_GROUP).compare_exchange(expected, x[i])
    xp.atomic_fence(xp.MemoryOrder.ACQ_REL, xp.MemoryScope.DEVICE)
    x[i] = xp.AtomicRef(total, 7, xp.MemoryOrder.ACQUIRE, xp.MemoryScope.DEVICE).load()


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64", "uint32", "uint64"])
def test_groups_and_atomics_assemble(dtype: str, ptxas: str, tmp_path: Path) -> None:
    array = ArrayType(dtype, 1, "C")
    text = emit(in_groups, array, array, LocalType(dtype, 1), space=Space(1, True))
    assert ".ptr .shared" not in text, "the driver refuses such parameters, though the assembler takes them"
    assemble(ptxas, text, tmp_path)
    assemble(ptxas, emit(with_atomics, array, array), tmp_path)


@pytest.mark.parametrize("name", ["local", "scratch", "reflect"])
def test_a_kernel_may_have_the_name_of_something_in_its_module(name: str, ptxas: str, tmp_path: Path) -> None:
    def kernel(nd, t, out):
        t[nd.get_local_id(0)] = np.sin(out[nd.get_global_id(0)])
        out[nd.get_global_id(0)] = xp.group_reduce(nd.get_group(), t[0], "add")

    kernel.__name__ = kernel.__qualname__ = name
    assemble(ptxas, emit(xp.kernel(kernel), LocalType("float32", 1), SINGLE, space=Space(1, True)), tmp_path)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_architecture_assembles(architecture: str, ptxas: str, tmp_path: Path) -> None:
    kernels = [
        emit(every_function, SINGLE, SINGLE, architecture=architecture),
        emit(in_groups, SINGLE, SINGLE, LocalType("float32", 1), space=Space(1, True), architecture=architecture),
        emit(with_atomics, SINGLE, SINGLE, architecture=architecture),
    ]
    for text in kernels:
        assert f".target {architecture}" in text
        assemble(ptxas, text, tmp_path)


@xp.kernel(check="bounds")
def checked(item, x, out):
    i = item.get_id(0)
    out[i] = x[i + 1]


@xp.kernel
def with_complex_numbers(item, factor, x, out):
    i = item.get_id(0)
    out[i] = np.sqrt(x[i] * factor) / x[i + 1]


def test_other_kernels_assemble(ptxas: str, tmp_path: Path) -> None:
    assemble(ptxas, emit(checked, SINGLE, SINGLE), tmp_path)
    for dtype in ("complex64", "complex128"):
        array = ArrayType(dtype, 1, "C")
        assemble(ptxas, emit(with_complex_numbers, dtype, array, array), tmp_path)


def test_a_newer_gpu_gets_the_newest_ptx_that_llvm_knows() -> None:
    assert ptx.compute_capability("sm_90") == 90
    assert ptx.compute_capability("sm_88") == 87
    assert ptx.compute_capability("sm_999") == 120


# -- launches -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "extents",
    [(1,), (1000,), (1, 1), (3, 1000), (1000, 3), (10**8, 1), (1, 1, 1), (1000, 1, 1), (5, 6, 7), (10**6, 10**6, 2)],
    ids=str,
)
def test_a_range_is_covered_by_blocks_that_cuda_allows(extents: tuple[int, ...]) -> None:
    grid, block, rows = cover(extents)
    assert math.prod(block) <= 256
    assert all(size <= most for size, most in zip(block, (1024, 1024, 64)))
    assert all(size <= most for size, most in zip(grid, (2**31 - 1, 65535, 65535)))
    for extent, blocks, threads, walk in zip(reversed(extents), grid, block, (1, *reversed(rows))):
        assert blocks * threads * walk >= extent > (blocks - 1) * threads * walk


def test_a_range_too_large_for_cuda_is_an_error() -> None:
    with pytest.raises(KernelRangeError, match="larger than CUDA allows"):
        cover((2**40,))


def test_local_memory_is_laid_out_in_one_stretch() -> None:
    assert place_local(["a", Local(20), 5, Local(8), 1]) == (("a", 0, 5, 32, 1), 48)


def test_parameters_lie_as_the_entry_takes_them() -> None:
    def scale(item, flag, small, x, alpha, beta, out):
        out[item.get_id(0)] = x[item.get_id(0)] * alpha + beta + small + flag

    for alpha, letter in (("float16", "e"), ("float32", "f")):
        layout = parameters(emit(xp.kernel(scale), "bool", "uint16", SINGLE, alpha, "float64", SINGLE).encode())
        assert layout.format == "@q" + "b" + "h" + "qq" + letter + "d" + "qq" + "q"  # the last is the range's


WHOLE = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]


@pytest.mark.parametrize("dtype", ["bool", *WHOLE, "float16", "float32", "float64"])
def test_scalars_are_packed_bit_by_bit(dtype: str) -> None:
    kind = np.dtype(dtype)
    letter = {"b": "b", "f": {2: "e", 4: "f", 8: "d"}.get(kind.itemsize)}.get(
        kind.kind, {1: "b", 2: "h", 4: "i", 8: "q"}[kind.itemsize]
    )
    limits = (0, 1) if kind.kind == "b" else (np.nan, -0.0, np.inf, 0.1) if kind.kind == "f" else None
    for value in limits or (np.iinfo(kind).min, np.iinfo(kind).max, 1):
        scalar = kind.type(value)
        (packed,) = CudaRuntime.pack_scalar(None, scalar, dtype)  # type: ignore[arg-type]
        assert struct.pack(letter, packed) == scalar.tobytes()


# -- precision ----------------------------------------------------------------------------------


def arithmetic(item, x, y, out):
    i = item.get_id(0)
    out[i] = np.sqrt(x[i]) + x[i] * y[i] + x[i] / y[i] + math.hypot(x[i], y[i])


def test_arithmetic_is_ieee_by_default() -> None:
    used = instructions(emit(xp.kernel(arithmetic), SINGLE, SINGLE, SINGLE))
    assert {"sqrt.rn.f32", "div.rn.f32", "mul.rn.f32", "add.rn.f32"} <= used
    assert not [i for i in used if "approx" in i or "full" in i or "ftz" in i]


def test_products_and_sums_are_not_contracted() -> None:
    def multiply_add(item, x, y, out):
        i = item.get_id(0)
        out[i] = x[i] * y[i] + out[i]

    assert not [i for i in instructions(emit(xp.kernel(multiply_add), SINGLE, SINGLE, SINGLE)) if "fma" in i]
    for fastmath in (True, {"contract"}):
        text = emit(xp.kernel(fastmath=fastmath)(multiply_add), SINGLE, SINGLE, SINGLE)
        assert "fma.rn.f32" in instructions(text)


def test_contraction_alone_leaves_the_rest_precise() -> None:
    used = instructions(emit(xp.kernel(fastmath={"contract"})(arithmetic), SINGLE, SINGLE, SINGLE))
    assert {"sqrt.rn.f32", "div.rn.f32", "fma.rn.f32"} <= used
    assert not [i for i in used if "approx" in i or "full" in i or "ftz" in i]


def test_fastmath_allows_approximations(ptxas: str, tmp_path: Path) -> None:
    def approximate(item, x, y, out):
        i = item.get_id(0)
        out[i] = math.sin(x[i]) + math.exp(x[i]) + x[i] / y[i] + math.sqrt(y[i])

    text = emit(xp.kernel(fastmath=True)(approximate), SINGLE, SINGLE, SINGLE)
    assemble(ptxas, text, tmp_path)
    used = " ".join(instructions(text))
    assert "sin.approx" in used and "sqrt.approx" in used and re.search(r"div\.(approx|full)", used)


def test_remainders_are_exact_for_large_quotients() -> None:
    def remainder(item, x, y, out):
        i = item.get_id(0)
        out[i] = np.fmod(x[i], y[i])

    info = DeviceInfo("cuda", "gpu", 0, "a GPU that is not here", architecture="sm_90")
    compiled = ptx.compile_kernel(xp.kernel(remainder), Space(1), (SINGLE,) * 3, info)
    assert "frem" not in compiled.llvm
    assert "div.rz" not in compiled.binary.decode()


@pytest.mark.parametrize("dtype", ["int64", "uint64"])
@pytest.mark.parametrize("name", ["bitwise_left_shift", "bitwise_right_shift"])
def test_long_shifts_look_at_all_bits(name: str, dtype: str, ptxas: str, tmp_path: Path) -> None:
    row = ROWS[name]
    assert row.kernel is not None
    array = ArrayType(dtype, 1, "C")
    assert row.kernel is not None
    program = one_step(name, row.kernel, (dtype,) * 2, dtype)
    text = emit(elementwise_kernel(program, ("0",) * 3, 1), array, array, array)
    assemble(ptxas, text, tmp_path)
    assert text.count("ld.global.b64") == 2, text


# -- libdevice ----------------------------------------------------------------------------------


def test_a_missing_libdevice_is_an_error_that_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libdevice, "find", lambda: None)
    libdevice._part.cache_clear()

    def sine(item, x):
        x[item.get_id(0)] = math.sin(x[item.get_id(0)])

    def square_root(item, x):
        x[item.get_id(0)] = math.sqrt(x[item.get_id(0)])

    with pytest.raises(KernelCompileError, match=r"kernel sine.*(\n.*)*nvidia-nvvm"):
        emit(xp.kernel(sine), SINGLE)
    assert "sqrt.rn.f32" in emit(xp.kernel(square_root), SINGLE), "what needs no libdevice compiles without it"


def test_cuda_home_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "nvvm" / "libdevice" / "libdevice.10.bc"
    file.parent.mkdir(parents=True)
    file.touch()
    monkeypatch.setenv("CUDA_HOME", str(tmp_path))
    assert libdevice.find() == file


def test_libdevice_has_every_function_of_the_table() -> None:
    path = libdevice.find()
    assert path is not None, "pip install nvidia-nvvm"
    there = {f.name for f in llvm.parse_bitcode(path.read_bytes()).functions}
    wanted = {n for n in (*libdevice.MATH_NAMES.values(), *libdevice._FAST.values()) if n.startswith("__nv_")}
    assert not wanted - there


# -- workarounds: these fail once LLVM needs them no longer --------------------------------------


def by_llvm(body: str) -> str:
    """PTX for LLVM IR that went past this project's code."""
    module = llvm.parse_assembly(f'target triple = "nvptx64-nvidia-cuda"\n{body}')
    machine = llvm.Target.from_triple("nvptx64-nvidia-cuda").create_target_machine(cpu="sm_90", opt=3)
    tuning = llvm.create_pipeline_tuning_options(speed_level=2)
    builder = llvm.create_pass_builder(machine, tuning)
    builder.getModulePassManager().run(module, builder)
    return machine.emit_assembly(module)


def test_llvm_drops_the_order_of_atomic_updates() -> None:
    text = by_llvm("""
        define ptx_kernel void @k(ptr addrspace(1) %p) {
          %old = atomicrmw add ptr addrspace(1) %p, i32 1 syncscope("device") acq_rel
          ret void
        }""")
    assert "fence" not in text and "acq_rel" not in text, "GroupOps.orders_updates can become True"


def test_llvm_computes_remainders_by_a_rounded_quotient() -> None:
    text = by_llvm("""
        define ptx_kernel void @k(ptr addrspace(1) %p, float %x, float %y) {
          %rest = frem float %x, %y
          store float %rest, ptr addrspace(1) %p
          ret void
        }""")
    assert "div.rn.f32" in text, "PtxOps.rename need not replace frem"


def test_libdevice_takes_large_powers_of_two_for_odd() -> None:
    """Its `and 63` of the shift that brings the last digit before the point to the top."""
    path = libdevice.find()
    if path is None:
        pytest.skip("libdevice is not installed: pip install nvidia-nvvm")
    power = llvm.parse_bitcode(path.read_bytes()).get_function("__nv_pow")
    assert "63" in str(power), "libdevice._MENDED can go"


def test_llvm_looks_at_half_of_a_shift() -> None:
    text = by_llvm("""
        define ptx_kernel void @k(ptr addrspace(1) %p, i64 %x, i64 %n) {
          %shifted = shl i64 %x, %n
          %large = icmp ugt i64 %n, 63
          %result = select i1 %large, i64 0, i64 %shifted
          store i64 %result, ptr addrspace(1) %p
          ret void
        }""")
    assert "setp" not in text and "min" not in text, "ptx._with_short_shifts can go"


def test_llvm_makes_libdevices_square_roots_approximate() -> None:
    path = libdevice.find()
    assert path is not None
    module = llvm.parse_bitcode(path.read_bytes())
    module.triple = "nvptx64-nvidia-cuda"
    machine = llvm.Target.from_triple("nvptx64-nvidia-cuda").create_target_machine(cpu="sm_90", opt=3)
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=1))
    builder.getModulePassManager().run(module, builder)
    assert "sqrt.approx" in str(module.get_function("__nv_sqrtf")), "libdevice._REFLECT can go"


def test_llvm_ends_the_process_for_intrinsics_without_instruction() -> None:
    source = """
import llvmlite.binding as llvm
llvm.initialize_all_targets()
llvm.initialize_all_asmprinters()
module = llvm.parse_assembly('''
target triple = "nvptx64-nvidia-cuda"
declare double @llvm.sin.f64(double)
define double @k(double %x) {
  %y = call double @llvm.sin.f64(double %x)
  ret double %y
}''')
llvm.Target.from_triple(module.triple).create_target_machine(cpu="sm_90").emit_assembly(module)
print("emitted")
"""
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False)
    assert "emitted" not in done.stdout, "ptx._NO_INSTRUCTION need not list sin"
